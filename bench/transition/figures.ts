// From the samples of a case to its ratios, its plots, and what was lost.

import type { Latency, Stretch } from "../lib/live.ts";
import { type Ratio, ratioOf, type Series } from "../lib/ratios.ts";
import { spread } from "../lib/stats.ts";
import type { Seat } from "../lib/turns.ts";
import type { ChurnSample } from "./churn.ts";
import type { TellingSample, ThresholdSample } from "./telling.ts";
import { type LiveSample, SINGLE_SUBJECTS_MAX, type ToldSample } from "./told.ts";
import type { CaseResult } from "./transition.ts";

type Figure<Sample> = (sample: Sample) => number | null;
type Row<Sample> = readonly [string, string, Ratio["better"], Figure<Sample>, number | null];

const TOLD: readonly Row<ToldSample>[] = [
  ["lines told", "lines/s", "higher", ({ lines, seconds }) => lines / seconds, 10],
  ["CPU a line", "µs", "lower", ({ cpuMicrosLine }) => cpuMicrosLine, null],
];
const SWITCHED: readonly Row<ToldSample>[] = [
  ["CPU a transition", "µs", "lower", ({ cpuMicrosSwitch }) => cpuMicrosSwitch, null],
];
const SINGLE: readonly Row<ToldSample>[] = [
  ["single switch p50", "µs", "lower", ({ singles }) => singles?.p50 ?? null, null],
  ["single switch p99", "µs", "lower", ({ singles }) => singles?.p99 ?? null, null],
];
const LIVE: readonly Row<LiveSample>[] = [
  ["live p50 before", "µs", "lower", ({ before }) => before.p50, null],
  ["live p50 during", "µs", "lower", ({ during }) => during.p50, null],
  ["live p99 before", "µs", "lower", ({ before }) => before.p99, null],
  ["live p99 during", "µs", "lower", ({ during }) => during.p99, null],
  ["live max during", "µs", "lower", ({ during }) => during.max, null],
  ["live lost during", "messages", "lower", ({ during }) => during.lost, null],
];
const WAN: readonly Row<LiveSample>[] = [
  ["WAN before", "B/s", "lower", ({ wanBefore }) => wanBefore, null],
  ["WAN after", "B/s", "lower", ({ wanAfter }) => wanAfter, null],
];
const TELLING: readonly Row<TellingSample>[] = [
  [
    "lines sent",
    "lines/s",
    "higher",
    ({ lines, rounds }) => middle(rounds.map((one) => lines / one.seconds)),
    6,
  ],
  ["CPU a line", "µs", "lower", ({ rounds }) => middle(rounds.map((one) => one.cpuMicrosLine)), 6],
  ["CPU a transition", "µs", "lower", ({ rounds }) => middle(rounds.map((one) => one.cpuMicrosSwitch)), null],
  ["duration", "ms", "lower", ({ rounds }) => middle(rounds.map((one) => one.seconds * 1e3)), null],
];
const FIRST: readonly Row<TellingSample>[] = [
  ["the first remote, CPU a line", "µs", "lower", ({ first }) => first.cpuMicrosLine, 6],
  [
    "the first remote, extra memory",
    "MB",
    "lower",
    ({ first }) => Math.max(0.1, first.extraBytes / 1e6),
    null,
  ],
];
const CHURN: readonly Row<ChurnSample>[] = [
  ["lag p50", "µs", "lower", ({ lag }) => lag.p50, null],
  ["lag p99", "µs", "lower", ({ lag }) => lag.p99, null],
  ["CPU a line", "µs", "lower", ({ cpuMicrosLine }) => cpuMicrosLine, 10],
  ["burst, CPU a line", "µs", "lower", ({ burstMicrosLine }) => burstMicrosLine, 10],
  ["burst, lines", "lines/s", "higher", ({ burstLines }) => burstLines, null],
  ["messages p99", "µs", "lower", ({ messages }) => messages.p99, null],
];

export function ratiosOf({ spec, turns }: CaseResult): Ratio[] {
  const { name } = spec;
  if (spec.kind === "told") {
    const sides = turns as Both<ToldSample>;
    if (spec.spec.live) return rows(name, livesOf(sides), [...LIVE, ...WAN]);
    const { accounts, subjects } = spec.spec;
    const many = accounts >= 1_000 && subjects === 1;
    const lines = accounts * subjects;
    return [
      ...(many ? rows(name, sides, [transitions(accounts)]) : []),
      ...(lines >= 1_000 && !many ? rows(name, sides, TOLD) : []),
      ...(accounts > 1 ? rows(name, sides, SWITCHED) : []),
      ...(lines >= 100_000 ? rows(name, sides, [memory()]) : []),
      ...(accounts === 1 && subjects <= SINGLE_SUBJECTS_MAX ? rows(name, sides, SINGLE) : []),
    ];
  }
  if (spec.kind === "telling") {
    const sides = turns as Both<TellingSample>;
    const first = spec.spec.accounts * spec.spec.subjects >= 100_000 ? FIRST : [];
    if (spec.spec.live)
      return [...rows(name, sides, TELLING.slice(0, 1)), ...rows(name, livesOf(sides), LIVE)];
    return rows(name, sides, [...TELLING, ...first]);
  }
  if (spec.kind === "threshold") {
    const sides = turns as Both<ThresholdSample>;
    const of = (key: keyof Latency) => (sample: ThresholdSample) => ("none" in sample ? null : sample[key]);
    const figures: Row<ThresholdSample>[] = [
      ["switch p50", "µs", "lower", of("p50"), null],
      ["switch p99", "µs", "lower", of("p99"), null],
    ];
    return rows(name, sides, figures);
  }
  return rows(name, turns as Both<ChurnSample>, CHURN);
}

/** The longest latency of live messages over the time of a switch. */
export function seriesOf({ spec, turns }: CaseResult): Series[] {
  if ((spec.kind !== "told" && spec.kind !== "telling") || !spec.spec.live) return [];
  const sides = livesOf(turns as Both<ToldSample | TellingSample>);
  return (["nats", "box"] as const).flatMap((seat) => {
    const points = sides[seat][0]?.timeline;
    return points === undefined ? [] : [{ name: `${spec.name}: ${seat}`, unit: "µs", points }];
  });
}

/** What makes the run fail: a system that did, and each message that the box lost, doubled or withheld. */
export function lossesOf(result: CaseResult): string[] {
  const { spec, turns } = result;
  const failed = (["nats", "box"] as const).flatMap((seat) => {
    const why = turns.failures[seat];
    return why === null ? [] : [`${spec.name}, ${seat}: ${why}`];
  });
  const lost = stretchesOf(result, "box").flatMap((stretch) => {
    if (stretch.lost === 0 && stretch.doubled === 0) return [];
    return [`${spec.name}, box: ${stretch.lost} messages lost, ${stretch.doubled} doubled`];
  });
  return [...failed, ...lost];
}

export function natsLossesOf(result: CaseResult): string[] {
  return stretchesOf(result, "nats").flatMap(({ lost, doubled, count }) => {
    if (lost === 0 && doubled === 0) return [];
    const share = ((100 * lost) / (lost + count)).toFixed(1);
    return [`${result.spec.name}: nats-server lost ${lost} of ${lost + count} messages (${share} %)`];
  });
}

interface Both<Sample> {
  readonly nats: readonly Sample[];
  readonly box: readonly Sample[];
}

function rows<Sample>(name: string, sides: Both<Sample>, figures: readonly Row<Sample>[]): Ratio[] {
  return figures.map(([what, unit, better, of, target]) => {
    const [nats, box] = [sides.nats, sides.box].map((samples) => {
      const values = samples.map(of).filter((value) => value !== null);
      return values.length === 0 ? null : middle(values);
    });
    return ratioOf(`${name}: ${what}`, unit, better, nats!, box!, target);
  });
}

function transitions(accounts: number): Row<ToldSample> {
  return ["transitions", "a second", "higher", ({ seconds }) => accounts / seconds, 10];
}

function memory(): Row<ToldSample> {
  return ["memory an entry", "B", "lower", ({ entryBytes }) => entryBytes, 8];
}

function livesOf(sides: Both<ToldSample | TellingSample>): Both<LiveSample> {
  const of = (samples: readonly (ToldSample | TellingSample)[]): LiveSample[] =>
    samples.flatMap((sample) =>
      "rounds" in sample ? sample.rounds.flatMap(({ live }) => live ?? []) : (sample.live ?? []),
    );
  return { nats: of(sides.nats), box: of(sides.box) };
}

function stretchesOf({ spec, turns }: CaseResult, seat: Seat): Stretch[] {
  if (spec.kind === "churn") return (turns as Both<ChurnSample>)[seat].map(({ messages }) => messages);
  if (spec.kind === "threshold" || !spec.spec.live) return [];
  const lives = livesOf(turns as Both<ToldSample | TellingSample>)[seat];
  return lives.flatMap(({ before, during, after }) => [before, during, after]);
}

function middle(values: readonly number[]): number {
  return spread(values).median;
}
