// What does a hop add to the time that a message takes, at a tenth, half and four fifths of capacity? Every
// message has a planned time and is measured from it, so that a pause counts for all that waited in it. The
// load alone and a raw relay stand beside the systems: what is theirs is nobody's fault.

import { type Contestant, contest, type Method, natsContestant, spreadBy } from "../lib/contest.ts";
import type { LoadSpec } from "../lib/frames.ts";
import { type Latency, latencyOf } from "../lib/histogram.ts";
import type { Load } from "../lib/load.ts";
import { machineNotes, machineText, pinning } from "../lib/machine.ts";
import { type Ratio, ratioOf, type Series } from "../lib/ratios.ts";
import { isWanted, type Report, type SuiteOptions } from "../lib/report.ts";
import { type Pair, pair, titleOf } from "../lib/systems.ts";
import { grouped, table } from "../lib/table.ts";
import { direct, relayContestant, relays } from "../limits/relays.ts";

interface Entry {
  readonly name: string;
  readonly latency: Latency;
  /** What the load was late itself when it sent. */
  readonly sent: Latency;
}

interface Row {
  readonly name: string;
  /** Messages a second. */
  readonly rate: number;
  readonly entries: readonly Entry[];
}

export interface LatencyReport extends Report {
  readonly systems: { readonly nats: string; readonly box: string };
  /** Messages a second that each took when it was sent all that it takes, with this load on this machine. */
  readonly capacity: { readonly nats: number; readonly box: number };
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

const SIZE = 128;
const SPEC: LoadSpec = { direction: "client-to-gateway", size: SIZE, subjects: 1, connections: 1 };
const SHARES = [0.1, 0.5, 0.8] as const;
const NONE = "no hop";
const NATS = "nats-server";
const BOX = "box";

export async function run({ quick, self, only }: SuiteOptions): Promise<LatencyReport> {
  const systems = pair(self);
  const pinned = pinning();
  const method = { rounds: 3, roundMillis: 250, warmUpMillis: 300, leadMillis: 0, pinned };
  process.stderr.write("capacity … ");
  const capacity = await capacityOf(systems, method);
  process.stderr.write(`nats-server ${grouped(capacity.nats)}/s, box ${grouped(capacity.box)}/s\n`);
  const { found, notes } = relays();
  const relay = found.at(-1)!;
  const others = [direct(SIZE), relayContestant(relay, SIZE)];
  const rows: Row[] = [];
  const failures: string[] = [];
  for (const { name, rate, contestants } of plans(systems, capacity, others, quick)) {
    if (!isWanted(name, only)) continue;
    process.stderr.write(`${name} … `);
    try {
      const paced: Method = { ...method, rounds: quick ? 1 : 3 };
      const row = { name, rate, entries: await late(contestants, paced, rate, quick ? 500 : 700) };
      rows.push(row);
      process.stderr.write(
        `${row.entries.map((one) => `${one.name} ${micros(one.latency.p50)}`).join(", ")}\n`,
      );
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message}`);
      process.stderr.write(`FAILED: ${(error as Error).message}\n`);
    }
  }
  return {
    suite: "latency",
    machine: machineNotes(pinned),
    systems: { nats: titleOf(systems.nats), box: titleOf(systems.box) },
    capacity,
    rows,
    notes,
    ratios: rows.flatMap(ratiosOf),
    series: rows.flatMap(seriesOf),
    failures,
  };
}

export function text(report: LatencyReport): string {
  const head = ["", "p50", "p99", "p99.9", "max", "p50 added", "p99 added", "load late p50", "load late p99"];
  const tables = report.rows.flatMap(({ name, entries }) => {
    const least = entries.find((one) => one.name === NONE)?.latency;
    const rows = entries.map(({ name: who, latency, sent }) => [
      who,
      ...[latency.p50, latency.p99, latency.p999, latency.max].map(micros),
      least === undefined || who === NONE ? "" : micros(latency.p50 - least.p50),
      least === undefined || who === NONE ? "" : micros(latency.p99 - least.p99),
      ...[sent.p50, sent.p99].map(micros),
    ]);
    return ["", name, table(head, rows, ["left", ...head.slice(1).map(() => "right" as const)])];
  });
  return [
    "",
    machineText(report.machine),
    `capacity ${grouped(report.capacity.nats)} messages a second of nats-server, ${grouped(report.capacity.box)} of the box`,
    "method   one way through the hop, in µs from the planned time of each message; added is what the load",
    "         alone, without a hop, does not need",
    ...tables,
    "",
    ...report.notes,
    ...(report.failures ?? []).map((failure) => `FAILED ${failure}`),
  ].join("\n");
}

async function capacityOf(systems: Pair, method: Method): Promise<{ nats: number; box: number }> {
  const [nats = [], box = []] = await contest(
    [natsContestant(systems.nats, SPEC), natsContestant(systems.box, SPEC)],
    method,
  );
  const rate = (samples: typeof nats): number => Math.round(spreadBy(samples, (one) => one.rate).median);
  return { nats: rate(nats), box: rate(box) };
}

interface RowPlan {
  readonly name: string;
  readonly rate: number;
  readonly contestants: readonly Contestant[];
}

/** All at the same rates, those of the slower system; and the box also at the upper end of its own. */
function plans(
  systems: Pair,
  capacity: { nats: number; box: number },
  others: readonly Contestant[],
  quick: boolean,
): RowPlan[] {
  const nats = { ...natsContestant(systems.nats, SPEC), name: NATS };
  const box = { ...natsContestant(systems.box, SPEC), name: BOX };
  const common = Math.min(capacity.nats, capacity.box);
  const row = (share: number, of: number, whose: string, contestants: readonly Contestant[]): RowPlan => {
    const rate = Math.max(1_000, Math.round((share * of) / 1_000) * 1_000);
    return { name: `${share * 100} % of what ${whose}, ${grouped(rate)} a second`, rate, contestants };
  };
  const all = SHARES.map((share) => row(share, common, "both take", [...others, nats, box]));
  if (quick) return all.slice(1, 2);
  return [...all, row(SHARES[2], capacity.box, "the box takes", [others[0]!, box])];
}

async function late(
  contestants: readonly Contestant[],
  method: Method,
  rate: number,
  millis: number,
): Promise<Entry[]> {
  const samples = await contest(contestants, method, (load: Load) => load.pace(rate, millis));
  return contestants.map(({ name }, seat) => {
    const rounds = samples[seat]!.flatMap(({ round }) => round.late ?? []);
    const [latency, sent] = [rounds.map((one) => one.arrived), rounds.map((one) => one.sent)].map(latencyOf);
    return { name, latency: latency!, sent: sent! };
  });
}

/** Named without the rate, which differs from run to run. */
function ratiosOf({ name, entries }: Row): Ratio[] {
  const [nats, box] = [NATS, BOX].map((who) => entries.find((one) => one.name === who)?.latency);
  if (nats === undefined || box === undefined) return [];
  const title = titleOfRow(name);
  return [
    { ...ratioOf(`${title}: p50`, "µs", "lower", nats.p50, box.p50), noisy: true },
    { ...ratioOf(`${title}: p99`, "µs", "lower", nats.p99, box.p99), noisy: true },
  ];
}

function seriesOf({ name, entries }: Row): Series[] {
  return entries.map(({ name: who, latency }) => ({
    name: `Latency at ${titleOfRow(name)}: ${who}`,
    unit: "µs",
    xUnit: "percentile",
    points: latency.curve.map(([percentile, value]) => [percentile, value] as [number, number]),
  }));
}

function titleOfRow(name: string): string {
  return name.slice(0, name.indexOf(","));
}

function micros(value: number): string {
  return value.toFixed(value >= 100 ? 0 : 1);
}
