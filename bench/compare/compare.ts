// Which ratios of a run have fallen against those that were accepted?

import type { Report } from "../lib/report.ts";
import { type Baseline, keyOf } from "./baseline.ts";

/** A ratio may fall by this share: less is the noise of a shared machine. */
export const FALL_MAX = 0.15;

export interface Compared {
  readonly suite: string;
  readonly name: string;
  readonly accepted: number;
  /** Null where the row was run and gave no ratio. */
  readonly is: number | null;
  readonly hasFallen: boolean;
}

/** Every row of `reports` that has an accepted ratio; rows that were not run are not judged. */
export function compareWith({ ratios: accepted }: Baseline, reports: readonly Report[]): Compared[] {
  return reports.flatMap(({ suite, ratios }) =>
    ratios.flatMap(({ name, ratio }) => {
      const was = accepted[keyOf(suite, name)];
      if (was === undefined) return [];
      const hasFallen = ratio === null || ratio < was * (1 - FALL_MAX);
      return [{ suite, name, accepted: was, is: ratio, hasFallen }];
    }),
  );
}

/** The better of two measurements of the same rows. */
export function betterOf(first: readonly Compared[], again: readonly Compared[]): Compared[] {
  return first.map((one) => {
    const other = again.find(({ suite, name }) => suite === one.suite && name === one.name);
    return other !== undefined && (other.is ?? 0) > (one.is ?? 0) ? other : one;
  });
}
