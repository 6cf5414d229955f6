// Two regions under mixed traffic for as long as one likes: memory and latency over time. It fails when a
// message is lost, doubled or out of order, and when memory grows without bound.

import { join } from "node:path";
import { type Latency, latencyOf } from "../lib/histogram.ts";
import { machineNotes, machineText, pinning } from "../lib/machine.ts";
import { memoryOf } from "../lib/proc.ts";
import { linkedPair } from "../lib/regions.ts";
import type { Report, SuiteOptions } from "../lib/report.ts";
import { box, titleOf } from "../lib/systems.ts";
import { grouped, table } from "../lib/table.ts";
import { Worker } from "../lib/worker.ts";
import { growthOf, MEMORY_RULE } from "./memory.ts";
import type { Answer, Kind, Question } from "./player.ts";

interface Stretch {
  /** Since the start. */
  readonly seconds: number;
  /** Resident bytes of both boxes. */
  readonly bytes: readonly number[];
  readonly latency: Latency;
  readonly arrived: Readonly<Record<Kind, number>>;
}

export interface SoakReport extends Report {
  readonly box: string;
  readonly minutes: number;
  readonly stretches: readonly Stretch[];
}

const PLAYER = join(import.meta.dir, "player.ts");
const REGIONS = ["east", "west"] as const;
/** So many samples of memory at least, and a stretch no longer than this. */
const STRETCHES_MIN = 24;
const STRETCH_MILLIS_MAX = 10_000;

export async function run({ minutes }: SuiteOptions): Promise<SoakReport> {
  const pinned = pinning();
  const system = box();
  const player = new Worker<Question, Answer>(PLAYER, pinned?.load ?? null);
  const regions = await linkedPair(system, "soak", pinned?.system ?? null);
  const stretches: Stretch[] = [];
  const failures: string[] = [];
  const millis = Math.min(STRETCH_MILLIS_MAX, (minutes * 60_000) / STRETCHES_MIN);
  try {
    const [east, west] = regions.map(({ ports }) => ports.client);
    await player.ask({ ask: "connect", east: east!, west: west! });
    const begun = performance.now();
    const seconds = (): number => Math.round((performance.now() - begun) / 1_000);
    while (stretches.length < STRETCHES_MIN || seconds() < minutes * 60) {
      const answer = await player.ask({ ask: "run", millis });
      const bytes = regions.map(({ pid }) => memoryOf(pid).resident);
      const stretch = {
        seconds: seconds(),
        bytes,
        latency: latencyOf([answer.late]),
        arrived: arrivedOf(answer),
      };
      stretches.push(stretch);
      failures.push(...lossesOf(stretch, answer));
      process.stderr.write(`${lineOf(stretch)}\n`);
    }
    failures.push(...growthsOf(stretches));
  } catch (error) {
    failures.push((error as Error).message);
  } finally {
    await player.stop();
    await Promise.all(regions.map((region) => region.stop()));
  }
  const over = (of: (stretch: Stretch) => number) =>
    stretches.map((stretch) => [stretch.seconds, of(stretch)] as [number, number]);
  return {
    suite: "soak",
    machine: machineNotes(pinned),
    box: titleOf(system),
    minutes,
    stretches,
    ratios: [],
    series: [
      ...REGIONS.map((name, at) => ({
        name: `Memory in the soak: ${name}`,
        unit: "MiB",
        xUnit: "s",
        points: over(({ bytes }) => bytes[at]! / 2 ** 20),
      })),
      ...(["p50", "p99", "p999"] as const).map((which) => ({
        name: `Latency in the soak: ${which}`,
        unit: "µs",
        xUnit: "s",
        points: over(({ latency }) => latency[which]),
      })),
    ],
    failures,
  };
}

export function text({ machine, box: title, minutes, stretches, failures }: SoakReport): string {
  // As many rows as one likes to read.
  const step = Math.ceil(stretches.length / STRETCHES_MIN);
  const rows = stretches
    .filter((_, at) => at % step === 0 || at === stretches.length - 1)
    .map(({ seconds, bytes, latency, arrived }) => [
      String(seconds),
      ...bytes.map((one) => (one / 2 ** 20).toFixed(0)),
      ...[latency.p50, latency.p99, latency.p999, latency.max].map((one) => one.toFixed(0)),
      grouped(arrived.stream),
      grouped(arrived.requests),
      grouped(arrived.visits),
    ]);
  const head = ["s", "east MiB", "west MiB", "p50 µs", "p99", "p99.9", "max", "stream", "requests", "visits"];
  return [
    "",
    machineText(machine),
    `box      ${title}, two of them, ${minutes} minutes`,
    `memory   ${MEMORY_RULE}`,
    "",
    table(
      head,
      rows,
      head.map(() => "right" as const),
    ),
    ...(failures ?? []).map((failure) => `FAILED ${failure}`),
  ].join("\n");
}

function arrivedOf({ counts }: Answer): Record<Kind, number> {
  const { stream, requests, visits } = counts;
  return { stream: stream.arrived, requests: requests.arrived, visits: visits.arrived };
}

function lossesOf({ seconds }: Stretch, { counts, misplaced }: Answer): string[] {
  const losses = Object.entries(counts).flatMap(([kind, { sent, arrived }]) =>
    sent === arrived ? [] : [`up to second ${seconds}: ${kind}: ${sent} sent, ${arrived} arrived`],
  );
  return misplaced === 0
    ? losses
    : [...losses, `up to second ${seconds}: ${misplaced} out of order or twice`];
}

function growthsOf(stretches: readonly Stretch[]): string[] {
  return REGIONS.flatMap((name, at) => {
    const { early, late, isUnbounded } = growthOf(stretches.map(({ bytes }) => bytes[at]!));
    if (!isUnbounded) return [];
    const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
    return [`memory of ${name} grows: ${mib(early)} early, ${mib(late)} late; ${MEMORY_RULE}`];
  });
}

function lineOf({ seconds, bytes, latency }: Stretch): string {
  const mib = bytes.map((one) => `${(one / 2 ** 20).toFixed(0)} MiB`).join(" and ");
  return `${seconds} s: ${mib}, p99.9 ${latency.p999.toFixed(0)} µs`;
}
