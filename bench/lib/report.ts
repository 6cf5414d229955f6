// What every suite hands over, so that one reader can show, compare and plot all of them: plain JSON with
// details of its own, and these parts that all have.

import type { Machine } from "./machine.ts";
import type { Ratio, Series } from "./ratios.ts";

export interface Report {
  readonly suite: string;
  readonly machine: Machine;
  readonly ratios: readonly Ratio[];
  readonly series?: readonly Series[];
  /** What was lost, doubled, changed, or could not be run; empty when all counts held. */
  readonly failures?: readonly string[];
  /** The suite could not be run at all, and has nothing of its own to tell. */
  readonly isEmpty?: true;
}

export interface SuiteOptions {
  /** Fewer cases and shorter rounds. */
  readonly quick: boolean;
  /** nats-server against itself: whatever differs from 1 is the error of the method. */
  readonly self: boolean;
  /** Only cases whose name holds this text. */
  readonly only: string;
  /** How long the soak takes. */
  readonly minutes: number;
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

/** Whether a row is asked for: by a part of its name, or by the name of a ratio that it gives. */
export function isWanted(name: string, only: string): boolean {
  return name.includes(only) || only.startsWith(name);
}

/** Whether a ratio with a target has reached it; null where there is nothing to reach or nothing measured. */
export function reached({ ratio, target }: Ratio): boolean | null {
  return ratio === null || target === null ? null : ratio >= target;
}

/** The failures of all suites, each with the name of its suite. */
export function failuresOf(suites: readonly Report[]): string[] {
  return suites.flatMap(({ suite, failures }) => (failures ?? []).map((text) => `${suite}: ${text}`));
}
