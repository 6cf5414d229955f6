// Runs worlds for fixed seeds and for a few fresh ones, and says all that is needed to see a failure again.

import { expect } from "bun:test";
import type { Plan, RegionPlan } from "../../src/sim/plan.ts";
import { type Report, World } from "../../src/sim/world.ts";

/** How many fresh seeds each scenario gets besides the fixed ones. */
const FRESH = Number(process.env["SIM_SEEDS"] ?? 0);
/** Runs this one seed alone. */
const ONLY = process.env["SIM_SEED"];
const SEEDS_MAX = 0x7fff_ffff;
const TRACE_LINES = 40;

export const ACCOUNTS = ["ONE", "TWO"] as const;

export const QUIET: Omit<Plan, "seed" | "regions"> = {
  faults: false,
  calmMillis: 12_000,
  faultMillis: 12_000,
  users: 3,
  boxThreshold: 1_000,
  modelThreshold: 1_000,
  queues: false,
  requests: false,
  watchers: true,
  strays: 0,
  shy: false,
  bulk: 0,
};

export function region(
  kind: RegionPlan["kind"],
  name: string,
  accounts: readonly string[] = ACCOUNTS,
): RegionPlan {
  return { kind, name, accounts };
}

export function seeds(fixed: readonly number[]): number[] {
  if (ONLY !== undefined) return [Number(ONLY)];
  const fresh = Array.from({ length: FRESH }, () => Math.floor(Math.random() * SEEDS_MAX));
  return [...fixed, ...fresh];
}

/** Fails with the seed, the violations and what led to the first of them. */
export function expectClean(seed: number, report: Report): void {
  const { violations, trace } = report;
  if (violations.length === 0) return;
  const rest = [
    "",
    trace.about(violations[0]!, TRACE_LINES),
    "",
    `Again: SIM_SEED=${seed} bun test test/sim`,
  ];
  expect.unreachable([`seed ${seed}:`, ...violations, ...rest].join("\n"));
}

/** All reports, each clean; and together they owed enough for that to mean something. */
export function runAll(plan: Omit<Plan, "seed">, fixed: readonly number[]): Report[] {
  return seeds(fixed).map((seed) => {
    const report = new World({ ...plan, seed }).run();
    expectClean(seed, report);
    return report;
  });
}

export function sum(reports: readonly Report[], of: (report: Report) => number): number {
  return reports.reduce((total, report) => total + of(report), 0);
}
