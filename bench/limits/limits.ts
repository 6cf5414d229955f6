// How far is a figure from what is physically possible here? Relays that do not look at the bytes stand
// beside the box and nats-server, in the same turns, with the same generator and sink: what no server could
// beat.

import {
  type Contestant,
  contest,
  type Method,
  natsContestant,
  ratioBy,
  type Sample,
  spreadBy,
} from "../lib/contest.ts";
import type { LoadSpec } from "../lib/frames.ts";
import { type Latency, latencyOf } from "../lib/histogram.ts";
import { type Machine, machineNotes, machineText, pinning } from "../lib/machine.ts";
import { type Ratio, ratioOf, type Series } from "../lib/ratios.ts";
import { isWanted, type Report, type SuiteOptions } from "../lib/report.ts";
import type { Spread } from "../lib/stats.ts";
import { type Pair, pair, titleOf } from "../lib/systems.ts";
import { sizeText, table } from "../lib/table.ts";
import { type Relays, relayContestant, relays } from "./relays.ts";

/** One contestant in one row. */
interface Entry {
  readonly name: string;
  /** CPU-µs a message, of its process. */
  readonly cpuMicros: Spread;
  /** CPU of the box over its own, in the same round. */
  readonly boxOver: Spread;
  /** Where the load was paced. */
  readonly latency: Latency | null;
}

interface Row {
  readonly name: string;
  readonly entries: readonly Entry[];
}

export interface LimitsReport extends Report {
  readonly machine: Machine;
  readonly systems: { readonly nats: string; readonly box: string };
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** At which rates a message comes alone: wake-ups are the cost then, and a hop is felt most. */
const CPU_RATE = 10_000;
const LATENCY_RATE = 50_000;
const PACED_SIZE = 128;
const SIZES = [16, 128, 1_024, 16_384] as const;
/** Times the C relay, at most; the target of the ratio is its inverse. */
const CPU_OVER_MAX = 1.15;
const LATENCY_OVER_MAX = 1.1;

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
    const name = `as fast as it goes, ${sizeText(size)}`;
    await take(name, () => fast(name, seats(systems, found, size), method));
  }
  for (const rate of [CPU_RATE, LATENCY_RATE]) {
    const name = `${rate.toLocaleString("en-US")} messages a second, ${sizeText(PACED_SIZE)}`;
    await take(name, () => slow(name, seats(systems, slowRelays(found), PACED_SIZE), paced, rate, millis));
  }
  return {
    suite: "limits",
    machine: machineNotes(pinned),
    systems: { nats: titleOf(systems.nats), box: titleOf(systems.box) },
    rows,
    notes: found.notes,
    ratios: rows.flatMap(ratiosOf),
    series: seriesOf(rows),
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
      ...(isPaced ? ["p50 µs", "p99 µs", "p99.9 µs"] : []),
    ];
    const rows = entries.map(({ name: who, cpuMicros, boxOver, latency }) => [
      who,
      spreadText(cpuMicros),
      who === BOX ? "" : `${boxOver.median.toFixed(2)}×`,
      ...(latency === null ? [] : [latency.p50, latency.p99, latency.p999].map((one) => one.toFixed(0))),
    ]);
    return ["", name, table(head, rows, ["left", ...head.slice(1).map(() => "right" as const)])];
  });
  return [
    "",
    machineText(report.machine),
    "method   relays pass the frames on unread, in turn with both systems, same generator, same sink",
    ...tables,
    "",
    ...report.notes,
    ...(report.failures ?? []).map((failure) => `FAILED ${failure}`),
  ].join("\n");
}

const BOX = "box";
const NATS = "nats-server";

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

function rowOf(name: string, contestants: readonly Contestant[], samples: readonly Sample[][]): Row {
  const cpu = (one: Sample): number => one.cpuMicros;
  const entries = contestants.map((contestant, seat) => {
    const late = samples[seat]!.flatMap(({ round }) => round.late?.arrived ?? []);
    return {
      name: contestant.name,
      cpuMicros: spreadBy(samples[seat]!, cpu),
      boxOver: ratioBy(samples[0]!, samples[seat]!, cpu),
      latency: late.length === 0 ? null : latencyOf(late),
    };
  });
  return { name, entries };
}

/** A relay stands at the place of nats-server: above 1 the box is the better one. */
function ratiosOf({ name, entries }: Row): Ratio[] {
  const of = (who: string): Entry | undefined => entries.find((entry) => entry.name === who);
  const [box, nats, c] = [of(BOX), of(NATS), of("C relay")];
  if (box === undefined || nats === undefined) return [];
  const cpu = (what: string, other: Entry, target: number | null): Ratio => ({
    ...ratioOf(
      `${name}: ${what}`,
      "CPU-µs/message",
      "lower",
      other.cpuMicros.median,
      box.cpuMicros.median,
      target,
    ),
    ratio: 1 / other.boxOver.median,
  });
  if (box.latency === null) {
    const least = entries.filter(({ name: who }) => who !== BOX && who !== NATS);
    const best = least.reduce((a, b) => (b.cpuMicros.median < a.cpuMicros.median ? b : a));
    return [cpu(`nearest possible (${best.name}) ÷ box`, best, null)];
  }
  const withNats = cpu("CPU", nats, null);
  const other = c ?? of("Bun relay");
  if (other?.latency == null) return [withNats];
  const over = (most: number): number => Math.floor(100 / most) / 100;
  const isSlowest = name.startsWith(CPU_RATE.toLocaleString("en-US"));
  return [
    withNats,
    isSlowest
      ? cpu(`CPU, ${other.name} ÷ box`, other, over(CPU_OVER_MAX))
      : {
          ...ratioOf(
            `${name}: p50, ${other.name} ÷ box`,
            "µs",
            "lower",
            other.latency.p50,
            box.latency.p50,
            over(LATENCY_OVER_MAX),
          ),
          noisy: true,
        },
  ];
}

/** CPU over size, where a message comes as fast as it goes. */
function seriesOf(rows: readonly Row[]): Series[] {
  const sized = rows.flatMap(({ name, entries }) => {
    const size = SIZES.find((one) => name.endsWith(` ${sizeText(one)}`));
    return size === undefined || entries[0]!.latency !== null ? [] : [{ size, entries }];
  });
  if (sized.length < 2) return [];
  const names = sized[0]!.entries.map(({ name }) => name);
  return names.map((name, seat) => ({
    name: `CPU of a message over its size, and of relays: ${name}`,
    unit: "µs",
    xUnit: "B",
    points: sized.map(({ size, entries }) => [size, entries[seat]!.cpuMicros.median] as [number, number]),
  }));
}

function outcome({ entries }: Row): string {
  return entries.map(({ name, cpuMicros }) => `${name} ${cpuMicros.median.toFixed(3)}`).join(", ");
}

function spreadText({ median, min, max }: Spread): string {
  return `${median.toFixed(3)} [${min.toFixed(3)}–${max.toFixed(3)}]`;
}
