// The rows with a target, of all suites: what was aimed at and what was reached.

import type { Ratio } from "../lib/ratios.ts";
import { reached, type WholeReport } from "../lib/report.ts";

export interface TargetRow {
  readonly suite: string;
  readonly ratio: Ratio;
  /** Null where nothing was measured. */
  readonly reached: boolean | null;
}

export function targetRows(report: WholeReport): TargetRow[] {
  return report.suites.flatMap(({ suite, ratios }) =>
    ratios
      .filter(({ target }) => target !== null)
      .map((ratio) => ({ suite, ratio, reached: reached(ratio) })),
  );
}

export function reachedText(is: boolean | null): string {
  return is === null ? "not measured" : is ? "reached" : "missed";
}

/** "2.85×", with the range of its rounds where that is known, or what stands for nothing. */
export function timesText({ ratio, range }: Ratio): string {
  if (ratio === null) return "–";
  const spread = range === undefined ? "" : ` [${range[0].toFixed(2)}–${range[1].toFixed(2)}]`;
  return `${ratio.toFixed(2)}×${spread}`;
}
