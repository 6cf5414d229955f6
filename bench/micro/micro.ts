// What do the parts of the data path cost by themselves, without a socket: nanoseconds an operation. Absolute
// figures: compare runs of a quiet machine only.

import { machineNotes, machineText } from "../lib/machine.ts";
import { isWanted, type Report, type SuiteOptions } from "../lib/report.ts";
import { table } from "../lib/table.ts";
import { cache, store } from "./interest.ts";
import { type Timed, timed } from "./measure.ts";
import { s2 } from "./s2.ts";
import { interestLines, readers, ways } from "./wire.ts";

export interface MicroReport extends Report {
  readonly rows: readonly Timed[];
}

const FULL = { batches: 7, batchMillis: 20 } as const;
const QUICK = { batches: 3, batchMillis: 8 } as const;

export async function run({ quick, only }: SuiteOptions): Promise<MicroReport> {
  const rows: Timed[] = [];
  const failures: string[] = [];
  for (const make of [readers, interestLines, ways, cache, store, s2]) {
    for (const work of make().filter(({ name }) => isWanted(name, only))) {
      process.stderr.write(`${work.name} … `);
      try {
        const row = timed(work, quick ? QUICK : FULL);
        rows.push(row);
        process.stderr.write(`${row.nanos.median.toFixed(1)} ns\n`);
      } catch (error) {
        failures.push((error as Error).message);
        process.stderr.write(`FAILED: ${(error as Error).message}\n`);
      }
    }
  }
  return {
    suite: "micro",
    machine: machineNotes(null),
    rows,
    ratios: rows.map(({ name, nanos }) => ({
      name,
      ratio: null,
      nats: null,
      box: nanos.median,
      unit: "ns",
      better: "lower" as const,
      target: null,
    })),
    failures,
  };
}

export function text({ machine, rows, failures }: MicroReport): string {
  const cells = rows.map(({ name, nanos }) => [
    name,
    nanos.median.toFixed(1),
    `${nanos.min.toFixed(1)}–${nanos.max.toFixed(1)}`,
  ]);
  return [
    "",
    machineText(machine),
    "",
    table(["operation", "ns", "min–max"], cells, ["left", "right", "right"]),
    ...(failures ?? []).map((failure) => `FAILED ${failure}`),
  ].join("\n");
}
