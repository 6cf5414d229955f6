// What does a request cost that is answered in another region, and how long does it take: client, box, box,
// service; and the same with two nats-servers? Both of a pair share the core of the system under test.

import { join } from "node:path";
import { type Latency, latencyOf } from "../lib/histogram.ts";
import { machineNotes, machineText, type Pinning, pinning } from "../lib/machine.ts";
import { cpuMicros } from "../lib/process.ts";
import { type Ratio, ratioOf } from "../lib/ratios.ts";
import { linkedPair } from "../lib/regions.ts";
import { isWanted, type Report, type SuiteOptions } from "../lib/report.ts";
import { type Spread, spread } from "../lib/stats.ts";
import { pair, type Running, type System, titleOf } from "../lib/systems.ts";
import { grouped, table } from "../lib/table.ts";
import { Worker } from "../lib/worker.ts";
import type { Answer, Question } from "./player.ts";

interface Figures {
  readonly name: string;
  /** CPU-µs a request, of both systems together. */
  readonly cpuMicros: Spread;
  readonly rate: Spread;
  readonly latency: Latency;
}

interface Row {
  readonly name: string;
  readonly figures: readonly Figures[];
  /** CPU of nats-server over that of the box, round by round. */
  readonly ratio: Spread;
}

export interface RequestReport extends Report {
  readonly systems: { readonly nats: string; readonly box: string };
  readonly rows: readonly Row[];
}

/** Two regions of one system, with those who ask and answer. */
interface Side {
  readonly name: string;
  readonly regions: readonly Running[];
  readonly player: Worker<Question, Answer>;
}

const PLAYER = join(import.meta.dir, "player.ts");

export async function run({ quick, self, only }: SuiteOptions): Promise<RequestReport> {
  const systems = pair(self);
  const pinned = pinning();
  const millis = quick ? 300 : 700;
  const plans: [string, Question][] = [
    ["64 requests under way", { ask: "fast", millis, underWay: 64 }],
    ["one request under way", { ask: "fast", millis, underWay: 1 }],
    ["2,000 requests a second", { ask: "pace", rate: 2_000, millis }],
  ];
  const rows: Row[] = [];
  const failures: string[] = [];
  const sides: Side[] = [];
  try {
    for (const system of [systems.nats, systems.box]) sides.push(await begin(system, sides.length, pinned));
    for (const side of sides) await side.player.ask({ ask: "fast", millis: quick ? 300 : 600, underWay: 64 });
    for (const [name, question] of plans.filter(([name]) => isWanted(name, only))) {
      process.stderr.write(`${name} … `);
      const row = await rowOf(name, question, sides, quick ? 2 : 3);
      rows.push(row);
      process.stderr.write(
        `${row.figures.map((one) => `${one.name} ${one.cpuMicros.median.toFixed(1)}`)} µs\n`,
      );
    }
  } catch (error) {
    failures.push((error as Error).message);
    process.stderr.write(`FAILED: ${(error as Error).message}\n`);
  } finally {
    for (const { player, regions } of sides) {
      await player.stop();
      await Promise.all(regions.map((region) => region.stop()));
    }
  }
  return {
    suite: "request",
    machine: machineNotes(pinned),
    systems: { nats: titleOf(systems.nats), box: titleOf(systems.box) },
    rows,
    ratios: rows.flatMap(ratiosOf),
    series: rows.flatMap(({ name, figures }) =>
      figures.map((one) => ({
        name: `Request across two regions, ${name}: ${one.name}`,
        unit: "µs",
        xUnit: "percentile",
        points: one.latency.curve.map(([percentile, value]) => [percentile, value] as [number, number]),
      })),
    ),
    failures,
  };
}

export function text(report: RequestReport): string {
  const head = ["", "CPU-µs/request", "requests/s", "p50 µs", "p99 µs", "p99.9 µs", "max µs"];
  const tables = report.rows.flatMap(({ name, figures }) => {
    const rows = figures.map(({ name: who, cpuMicros: cpu, rate, latency }) => [
      who,
      `${cpu.median.toFixed(2)} [${cpu.min.toFixed(2)}–${cpu.max.toFixed(2)}]`,
      grouped(rate.median),
      ...[latency.p50, latency.p99, latency.p999, latency.max].map((one) => one.toFixed(0)),
    ]);
    return ["", name, table(head, rows, ["left", ...head.slice(1).map(() => "right" as const)])];
  });
  return [
    "",
    machineText(report.machine),
    "method   client, system, gateway, system, service and back; CPU is that of both systems of a pair",
    ...tables,
    "",
    ...(report.failures ?? []).map((failure) => `FAILED ${failure}`),
  ].join("\n");
}

async function begin(system: System, seat: number, pinned: Pinning | null): Promise<Side> {
  const regions = await linkedPair(system, String(seat), pinned?.system ?? null);
  const player = new Worker<Question, Answer>(PLAYER, pinned?.load ?? null);
  try {
    const [asking, answering] = regions.map(({ ports }) => ports.client);
    await player.ask({ ask: "connect", asking: asking!, answering: answering! });
  } catch (error) {
    await player.stop();
    await Promise.all(regions.map((region) => region.stop()));
    throw new Error(`${system.name}: ${(error as Error).message}`);
  }
  return { name: seat === 0 ? "nats-server" : "box", regions, player };
}

async function rowOf(name: string, question: Question, sides: readonly Side[], rounds: number): Promise<Row> {
  const samples = sides.map(() => [] as (Answer & { cpu: number })[]);
  for (let round = 0; round < rounds; round++) {
    for (const [seat, { name: who, regions, player }] of sides.entries()) {
      const used = (): number => regions.reduce((sum, { pid }) => sum + cpuMicros(pid), 0);
      const before = used();
      const answer = await player.ask(question);
      samples[seat]!.push({ ...answer, cpu: used() - before });
      if (answer.asked !== answer.answered) {
        throw new Error(`${name}, ${who}: ${answer.asked} requests, ${answer.answered} answers`);
      }
    }
  }
  const figures = sides.map(({ name: who }, seat) => ({
    name: who,
    cpuMicros: spread(samples[seat]!.map(({ cpu, answered }) => cpu / answered)),
    rate: spread(samples[seat]!.map(({ answered, nanos }) => (answered * 1e9) / nanos)),
    latency: latencyOf(samples[seat]!.map(({ late }) => late)),
  }));
  const [nats = [], box = []] = samples.map((one) => one.map(({ cpu, answered }) => cpu / answered));
  return { name, figures, ratio: spread(nats.map((cpu, round) => cpu / box[round]!)) };
}

function ratiosOf({ name, figures, ratio }: Row): Ratio[] {
  const [nats, box] = figures;
  if (nats === undefined || box === undefined) return [];
  const [theirs, ours] = [nats.cpuMicros.median, box.cpuMicros.median];
  const cpu: Ratio = {
    ...ratioOf(`${name}: CPU of both`, "CPU-µs/request", "lower", theirs, ours),
    ratio: ratio.median,
    range: [ratio.min, ratio.max],
  };
  const p50 = ratioOf(`${name}: p50`, "µs", "lower", nats.latency.p50, box.latency.p50);
  const rate = ratioOf(`${name}: rate`, "requests/s", "higher", nats.rate.median, box.rate.median);
  return [
    cpu,
    { ...p50, noisy: true },
    ...(name.includes("second") ? [] : [{ ...rate, noisy: true as const }]),
  ];
}
