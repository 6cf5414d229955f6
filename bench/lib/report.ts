// What every suite hands over, so that one reader can show, compare and plot all of them: plain JSON with
// details of its own, and these parts that all have.

import type { Machine } from "./machine.ts";

/** One comparison. */
export interface Ratio {
  /** Unique within its suite: the baseline knows it by this name. */
  readonly name: string;
  /** How many times better the box is; above 1 favours it. Null where nothing was compared. */
  readonly ratio: number | null;
  readonly nats: number | null;
  readonly box: number | null;
  /** Of `nats` and `box`. */
  readonly unit: string;
  /** Which way `nats` and `box` are better; the ratio is always better when higher. */
  readonly better: "lower" | "higher";
  /** What the ratio is to reach; null where it only informs. */
  readonly target: number | null;
}

/** A line of a plot. What stands before the first ": " of its name is the title of the plot. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  /** "percentile" and "B" get an axis of their own, everything else a linear one. */
  readonly xUnit: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Report {
  readonly suite: string;
  readonly machine: Machine;
  readonly ratios: readonly Ratio[];
  readonly series?: readonly Series[];
  /** What was lost, doubled, changed, or could not be run; empty when all counts held. */
  readonly failures?: readonly string[];
}

export interface SuiteOptions {
  /** Fewer cases and shorter rounds. */
  readonly quick: boolean;
  /** nats-server against itself: whatever differs from 1 is the error of the method. */
  readonly self: boolean;
  /** Only cases whose name holds this text. */
  readonly only: string;
}

/** Every suite of one run. */
export interface WholeReport {
  readonly machine: Machine;
  /** Versions of what was compared. */
  readonly systems: { readonly nats: string; readonly box: string };
  readonly quick: boolean;
  readonly seconds: number;
  readonly suites: readonly Report[];
}

/** Whether a ratio with a target has reached it; null where there is nothing to reach or nothing measured. */
export function reached({ ratio, target }: Ratio): boolean | null {
  return ratio === null || target === null ? null : ratio >= target;
}

/** The failures of all suites, each with the name of its suite. */
export function failuresOf(suites: readonly Report[]): string[] {
  return suites.flatMap(({ suite, failures }) => (failures ?? []).map((text) => `${suite}: ${text}`));
}

/** A figure with as many digits as are worth reading. */
export function figureText(value: number | null): string {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
