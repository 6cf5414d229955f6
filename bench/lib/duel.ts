// One load through the box and through nats-server: the figures of both, and their ratio pair by pair.

import {
  type Contestant,
  contest,
  type Method,
  natsContestant,
  ratioBy,
  type Sample,
  spreadBy,
} from "./contest.ts";
import { type LoadSpec, peersOf } from "./frames.ts";
import type { Round } from "./load.ts";
import type { Ratio } from "./ratios.ts";
import { type Spread, spread } from "./stats.ts";
import type { Pair } from "./systems.ts";

/** Figures of one system in one case. */
export interface Figures {
  /** CPU time of the process, user and system, in microseconds a message. */
  readonly cpuMicros: Spread;
  /** Messages a second that arrived at the sink. */
  readonly rate: Spread;
  /** Share of one core that it used while the load ran; well below 1 means that the load was the limit. */
  readonly busy: Spread;
  /** Bytes a message on the wire of the leaf hop: those that the system sent, or where the sink is no leaf,
   *  those that it was sent. */
  readonly leafBytes: Spread | null;
  /** Bytes that an S2 block of the system is once decoded: what it compressed in one go. */
  readonly blockBytes: Spread | null;
}

export interface CaseResult {
  readonly name: string;
  readonly spec: LoadSpec;
  readonly nats: Figures | null;
  readonly box: Figures | null;
  /** CPU time of nats-server over that of the box, round by round: 3 means that the box needs a third. */
  readonly ratio: Spread | null;
  /** What the ratio is to reach; null where it only informs. */
  readonly target: number | null;
  /** Why the case does not count, null when it does. */
  readonly failure: string | null;
}

/** A load with its name and what is wanted of it. */
export interface Case {
  readonly name: string;
  readonly spec: LoadSpec;
  readonly target: number | null;
  /** Teaches something beside the main rows, and gets less time. */
  readonly isSide: boolean;
}

/** Runs the case; what goes wrong in it is its result. */
export async function compared(
  { name, spec, target }: Case,
  systems: Pair,
  method: Method,
): Promise<CaseResult> {
  const base = { name, spec, target };
  const contestants: Contestant[] = [systems.nats, systems.box].map((one) => natsContestant(one, spec));
  try {
    const [nats = [], ours = []] = await contest(contestants, method);
    const ratio = ratioBy(nats, ours, (one) => one.cpuMicros);
    return { ...base, nats: figures(spec, nats), box: figures(spec, ours), ratio, failure: null };
  } catch (error) {
    return { ...base, nats: null, box: null, ratio: null, failure: (error as Error).message };
  }
}

export function ratioOf({ name, ratio, nats, box, target }: CaseResult): Ratio {
  return {
    name,
    ratio: ratio?.median ?? null,
    nats: nats?.cpuMicros.median ?? null,
    box: box?.cpuMicros.median ?? null,
    unit: "CPU-µs/message",
    better: "lower",
    target,
    ...(ratio === null ? {} : { range: [ratio.min, ratio.max] as const }),
  };
}

function figures(spec: LoadSpec, samples: readonly Sample[]): Figures {
  return {
    cpuMicros: spreadBy(samples, (one) => one.cpuMicros),
    rate: spreadBy(samples, (one) => one.rate),
    busy: spreadBy(samples, (one) => one.busy),
    leafBytes: spreadOf(samples.map(({ round }) => leafBytesOf(spec, round))),
    blockBytes: spreadOf(
      samples.map(({ round }) => (round.blocks === 0 ? null : round.plainBytes / round.blocks)),
    ),
  };
}

function leafBytesOf(spec: LoadSpec, round: Round): number | null {
  const { from, to } = peersOf(spec.direction);
  if (to === "leaf") return round.arrivedBytes / round.arrived;
  return from === "leaf" ? round.sentBytes / round.sent : null;
}

function spreadOf(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : spread(known);
}
