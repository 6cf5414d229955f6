// How far is a figure from what is physically possible here? Relays that do not look at the bytes stand
// beside the box and nats-server, in the same turns, with the same generator and sink: what no server could
// beat.

import { type Contestant, contest, type Method, natsContestant } from "../lib/contest.ts";
import type { LoadSpec } from "../lib/frames.ts";
import { type Machine, machineNotes, machineText, pinning } from "../lib/machine.ts";
import { isWanted, type Report, type SuiteOptions } from "../lib/report.ts";
import type { Spread } from "../lib/stats.ts";
import { type Pair, pair, titleOf } from "../lib/systems.ts";
import { table } from "../lib/table.ts";
import {
  BOX,
  CPU_RATE,
  fastName,
  LATENCY_RATE,
  NATS,
  pacedName,
  type Row,
  ratiosOf,
  rowOf,
  seriesOf,
} from "./figures.ts";
import { type Relays, relayContestant, relays } from "./relays.ts";

export interface LimitsReport extends Report {
  readonly machine: Machine;
  readonly systems: { readonly nats: string; readonly box: string };
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** Of each row that is as fast as it goes. */
const SIZES = [16, 128, 1_024, 16_384] as const;
const PACED_SIZE = 128;

export async function run({ quick, self, only }: SuiteOptions): Promise<LimitsReport> {
  const systems = pair(self);
  const found = relays();
  const pinned = pinning();
  const times = { roundMillis: quick ? 120 : 150, warmUpMillis: 200, leadMillis: 40 };
  const method: Method = { rounds: 3, ...times, pinned };
  const paced: Method = { ...method, rounds: quick ? 1 : 3 };
  const millis = quick ? 500 : 700;
  const rows: Row[] = [];
  const failures: string[] = [];
  const take = async (name: string, make: () => Promise<Row>): Promise<void> => {
    if (!isWanted(name, only)) return;
    process.stderr.write(`${name} … `);
    try {
      const row = await make();
      rows.push(row);
      process.stderr.write(`${outcome(row)}\n`);
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message}`);
      process.stderr.write(`FAILED: ${(error as Error).message}\n`);
    }
  };
  for (const size of quick ? SIZES.slice(1, 2) : SIZES) {
    const name = fastName(size);
    await take(name, () => fast(name, seats(systems, found, size), method));
  }
  for (const rate of [CPU_RATE, LATENCY_RATE]) {
    const name = pacedName(rate, PACED_SIZE);
    await take(name, () => slow(name, seats(systems, slowRelays(found), PACED_SIZE), paced, rate, millis));
  }
  return {
    suite: "limits",
    machine: machineNotes(pinned),
    systems: { nats: titleOf(systems.nats), box: titleOf(systems.box) },
    rows,
    notes: found.notes,
    ratios: rows.flatMap(ratiosOf),
    series: seriesOf(rows, SIZES),
    failures,
  };
}

export function text(report: LimitsReport): string {
  const tables = report.rows.flatMap(({ name, entries }) => {
    const isPaced = entries.some(({ latency }) => latency !== null);
    const head = [
      "",
      "CPU-µs/msg [min–max]",
      "box takes",
      "nats-server takes",
      ...(isPaced ? ["p50 µs", "p99 µs", "p99.9 µs"] : []),
    ];
    const rows = entries.map(({ name: who, cpuMicros, boxOver, natsOver, latency }) => [
      who,
      spreadText(cpuMicros),
      who === BOX ? "" : `${boxOver.median.toFixed(2)}×`,
      who === NATS ? "" : `${natsOver.median.toFixed(2)}×`,
      ...(latency === null ? [] : [latency.p50, latency.p99, latency.p999].map((one) => one.toFixed(0))),
    ]);
    return ["", name, table(head, rows, ["left", ...head.slice(1).map(() => "right" as const)])];
  });
  return [
    "",
    machineText(report.machine),
    "method   relays pass the frames on unread, in turn with both systems, same generator, same sink; how",
    "         many times a relay nats-server takes is the most that any ratio can be here",
    ...tables,
    "",
    ...report.notes,
    ...(report.failures ?? []).map((failure) => `FAILED ${failure}`),
  ].join("\n");
}

function seats({ nats, box }: Pair, { found }: Relays, size: number): Contestant[] {
  const spec: LoadSpec = { direction: "client-to-gateway", size, subjects: 1, connections: 1 };
  return [
    { ...natsContestant(box, spec), name: BOX },
    { ...natsContestant(nats, spec), name: NATS },
    ...found.map((relay) => relayContestant(relay, size)),
  ];
}

/** Of a message that comes alone nothing is copied that could be spliced. */
function slowRelays({ found, notes }: Relays): Relays {
  return { found: found.filter(({ name }) => name !== "Go splice"), notes };
}

async function fast(name: string, contestants: readonly Contestant[], method: Method): Promise<Row> {
  return rowOf(name, contestants, await contest(contestants, method));
}

async function slow(
  name: string,
  contestants: readonly Contestant[],
  method: Method,
  rate: number,
  millis: number,
): Promise<Row> {
  return rowOf(name, contestants, await contest(contestants, method, (load) => load.pace(rate, millis)));
}

function outcome({ entries }: Row): string {
  return entries.map(({ name, cpuMicros }) => `${name} ${cpuMicros.median.toFixed(3)}`).join(", ");
}

function spreadText({ median, min, max }: Spread): string {
  return `${median.toFixed(3)} [${min.toFixed(3)}–${max.toFixed(3)}]`;
}
