// From a seed to a schedule of what goes wrong, and when.

import type { Millis } from "../base/clock.ts";
import { below, type Random } from "../base/random.ts";

export type FaultKind =
  | "cut"
  | "stall"
  | "partition"
  | "forsake"
  | "client-cut"
  | "client-stall"
  | "client-deaf"
  | "client-rude"
  | "crash"
  | "restart";

export interface Fault {
  readonly at: Millis;
  readonly kind: FaultKind;
  /** The regions concerned: two for what happens between regions, else the first counts. */
  readonly between: readonly [string, string];
  /** How long it lasts; of no meaning for a cut. */
  readonly millis: Millis;
}

/** Likely ones stand more than once. */
const KINDS: readonly FaultKind[] = [
  "cut",
  "cut",
  "stall",
  "stall",
  "stall",
  "partition",
  "client-cut",
  "client-stall",
  "client-deaf",
  "client-rude",
  "crash",
  "restart",
];
/** With leaf links. */
const LEAF_KINDS: readonly FaultKind[] = [...KINDS, "forsake", "forsake"];
const BETWEEN = new Set<FaultKind>(["cut", "stall", "partition", "forsake"]);
const PAUSE_MILLIS = 3_000;
const SHORT_MILLIS = 800;
const LONG_MILLIS = 9_000;

/** Faults from `from` to `to`; some come while others last. `boxes` are the regions that can be switched off,
 *  `pairs` those between which something can happen; null: all. */
export function planFaults(
  random: Random,
  regions: readonly string[],
  boxes: readonly string[],
  pairs: readonly (readonly [string, string])[] | null,
  from: Millis,
  to: Millis,
): Fault[] {
  const faults: Fault[] = [];
  const kinds = pairs === null ? KINDS : LEAF_KINDS;
  for (let at = from; at < to; at += 100 + below(random, PAUSE_MILLIS)) {
    const kind = kinds[below(random, kinds.length)]!;
    const box = boxes[below(random, boxes.length)]!;
    const pair = pairs === null ? anyPair(random, regions) : pairs[below(random, pairs.length)]!;
    const between = BETWEEN.has(kind) ? pair : ([box, box] as const);
    const millis = 50 + below(random, below(random, 2) === 0 ? SHORT_MILLIS : LONG_MILLIS);
    faults.push({ at, kind, between, millis: Math.min(millis, to - at) });
  }
  return faults;
}

function anyPair(random: Random, regions: readonly string[]): readonly [string, string] {
  const first = below(random, regions.length);
  const second = (first + 1 + below(random, regions.length - 1)) % regions.length;
  return [regions[first]!, regions[second]!];
}
