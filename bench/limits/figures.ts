// What the rows of the limits say: who takes how much of whom, as ratios and as lines of a plot.

import { type Contestant, ratioBy, type Sample, spreadBy } from "../lib/contest.ts";
import { type Latency, latencyOf } from "../lib/histogram.ts";
import { type Ratio, ratioOf, type Series } from "../lib/ratios.ts";
import type { Spread } from "../lib/stats.ts";
import { sizeText } from "../lib/table.ts";

/** One contestant in one row. */
export interface Entry {
  readonly name: string;
  /** CPU-µs a message, of its process. */
  readonly cpuMicros: Spread;
  /** CPU of the box and of nats-server over its own, in the same round. */
  readonly boxOver: Spread;
  readonly natsOver: Spread;
  /** Where the load was paced. */
  readonly latency: Latency | null;
}

export interface Row {
  readonly name: string;
  readonly entries: readonly Entry[];
}

/** They have the first two seats. */
export const BOX = "box";
export const NATS = "nats-server";

/** At which rates a message comes alone: wake-ups are the cost then, and a hop is felt most. */
export const CPU_RATE = 10_000;
export const LATENCY_RATE = 50_000;
/** Times the raw relay, at most; the target of the ratio is its inverse. */
const CPU_OVER_MAX = 1.15;
const LATENCY_OVER_MAX = 1.1;

export function fastName(size: number): string {
  return `as fast as it goes, ${sizeText(size)}`;
}

export function pacedName(rate: number, size: number): string {
  return `${rate.toLocaleString("en-US")} messages a second, ${sizeText(size)}`;
}

export function rowOf(name: string, contestants: readonly Contestant[], samples: readonly Sample[][]): Row {
  const cpu = (one: Sample): number => one.cpuMicros;
  const entries = contestants.map((contestant, seat) => {
    const late = samples[seat]!.flatMap(({ round }) => round.late?.arrived ?? []);
    return {
      name: contestant.name,
      cpuMicros: spreadBy(samples[seat]!, cpu),
      boxOver: ratioBy(samples[0]!, samples[seat]!, cpu),
      natsOver: ratioBy(samples[1]!, samples[seat]!, cpu),
      latency: late.length === 0 ? null : latencyOf(late),
    };
  });
  return { name, entries };
}

/** Each other contestant stands at the place of nats-server: above 1 the box is the better one. */
export function ratiosOf({ name, entries }: Row): Ratio[] {
  const box = entries.find((entry) => entry.name === BOX);
  if (box === undefined) return [];
  const raw = ["C relay", "Go relay"].find((who) => entries.some((entry) => entry.name === who));
  const isSlow = name.startsWith(CPU_RATE.toLocaleString("en-US"));
  const ratios = entries
    .filter((entry) => entry !== box)
    .map((other): Ratio => {
      const target = isSlow && other.name === raw ? inverse(CPU_OVER_MAX) : null;
      const [theirs, ours] = [other.cpuMicros.median, box.cpuMicros.median];
      const title = `${name}: ${other.name} ÷ box`;
      const { min, max, median } = other.boxOver;
      return {
        ...ratioOf(title, "CPU-µs/message", "lower", theirs, ours, target),
        ratio: 1 / median,
        range: [1 / max, 1 / min],
      };
    });
  const latency = entries.find((entry) => entry.name === raw)?.latency;
  if (latency == null || box.latency === null || isSlow) return ratios;
  const target = inverse(LATENCY_OVER_MAX);
  const p50 = ratioOf(`${name}: p50, ${raw} ÷ box`, "µs", "lower", latency.p50, box.latency.p50, target);
  return [...ratios, { ...p50, noisy: true }];
}

/** CPU over size, where a message comes as fast as it goes. */
export function seriesOf(rows: readonly Row[], sizes: readonly number[]): Series[] {
  const sized = sizes.flatMap((size) => {
    const row = rows.find(({ name }) => name === fastName(size));
    return row === undefined ? [] : [{ size, entries: row.entries }];
  });
  if (sized.length < 2) return [];
  return sized[0]!.entries.map(({ name }, seat) => ({
    name: `CPU of a message over its size, and of relays: ${name}`,
    unit: "µs",
    xUnit: "B",
    points: sized.map(({ size, entries }) => [size, entries[seat]!.cpuMicros.median] as [number, number]),
  }));
}

function inverse(over: number): number {
  return Math.floor(100 / over) / 100;
}
