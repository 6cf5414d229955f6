// Reports made up for the tests of what is made of reports.

import type { Machine } from "../../bench/lib/machine.ts";
import type { Ratio, Series } from "../../bench/lib/ratios.ts";
import type { Report, WholeReport } from "../../bench/lib/report.ts";

export const MACHINE: Machine = {
  date: "2026-01-02T03:04:05.000Z",
  cpu: "a <fast> one",
  cores: 2,
  memoryGib: 24,
  kernel: "Linux 6 x64",
  bun: "1.4.5",
  pinning: { system: "1", load: "0" },
};

export function ratio(name: string, value: number | null, target: number | null = null): Ratio {
  return { name, ratio: value, nats: 2, box: 1, unit: "µs", better: "lower", target };
}

export function reportOf(
  suite: string,
  ratios: readonly Ratio[],
  more: { series?: readonly Series[]; failures?: readonly string[] } = {},
): Report {
  return { suite, machine: MACHINE, ratios, ...more };
}

export function wholeOf(suites: readonly Report[]): WholeReport {
  const systems = { nats: "nats-server 2.15.2", box: "isthmus 1" };
  return { machine: MACHINE, systems, quick: false, seconds: 5, suites };
}
