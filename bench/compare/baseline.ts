// The ratios that were accepted: written from a run of a quiet machine, and held against later ones.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../lib/machine.ts";
import type { WholeReport } from "../lib/report.ts";

export interface Baseline {
  /** Where it was measured: ratios travel between machines, if only so far. */
  readonly machine: Machine;
  readonly systems: { readonly nats: string; readonly box: string };
  /** By suite and name of the row. */
  readonly ratios: Readonly<Record<string, number>>;
}

const FILE = join(import.meta.dir, "../baseline.json");

/** What a row is called across suites. */
export function keyOf(suite: string, name: string): string {
  return `${suite}: ${name}`;
}

/** Rows that were measured, without those that chance decides. */
export function baselineOf({ machine, systems, suites }: WholeReport): Baseline {
  const rows = suites.flatMap(({ suite, ratios }) =>
    ratios.flatMap(({ name, ratio, noisy }): [string, number][] =>
      ratio === null || noisy === true ? [] : [[keyOf(suite, name), Math.round(ratio * 1_000) / 1_000]],
    ),
  );
  return { machine, systems, ratios: Object.fromEntries(rows) };
}

/** Answers the file. */
export function writeBaseline(report: WholeReport): string {
  if (report.quick) throw new Error("a quick run is too short for a baseline");
  writeFileSync(FILE, `${JSON.stringify(baselineOf(report), null, 2)}\n`);
  return "bench/baseline.json";
}

export function readBaseline(): Baseline {
  if (!existsSync(FILE))
    throw new Error("there is no bench/baseline.json; write it: bun run bench --write-baseline");
  return JSON.parse(readFileSync(FILE, "utf8")) as Baseline;
}
