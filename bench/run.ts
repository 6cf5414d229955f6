// Suites one after the other. One that cannot be run is told as its failure, and does not keep the others
// from running.

import { machineNotes, pinning } from "./lib/machine.ts";
import type { Report, SuiteOptions, WholeReport } from "./lib/report.ts";
import { pair, titleOf } from "./lib/systems.ts";
import type { Suite } from "./suites.ts";

export async function runSuites(
  suites: readonly [name: string, suite: Suite][],
  options: SuiteOptions,
): Promise<WholeReport> {
  // First of all, since without a nats-server there is nothing to compare, and fetching it takes time.
  const { nats, box } = pair(options.self);
  const machine = machineNotes(pinning());
  const begun = performance.now();
  const reports: Report[] = [];
  for (const [name, suite] of suites) {
    process.stderr.write(`\n── ${name}\n`);
    const from = performance.now();
    try {
      reports.push(await suite.run(options));
    } catch (error) {
      const failures = [(error as Error).message];
      reports.push({ suite: name, machine, ratios: [], failures, isEmpty: true });
      process.stderr.write(`FAILED: ${failures[0]}\n`);
    }
    process.stderr.write(`── ${name} took ${secondsSince(from)} s\n`);
  }
  return {
    machine,
    systems: { nats: titleOf(nats), box: titleOf(box) },
    quick: options.quick,
    seconds: secondsSince(begun),
    suites: reports,
  };
}

function secondsSince(from: number): number {
  return Math.round((performance.now() - from) / 1_000);
}
