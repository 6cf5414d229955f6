// What all connections did together, those that are over included.

import { addCounters, makeCounters } from "../peer/counters.ts";
import { Kind } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";

export type CountedKind = "clients" | "gateways" | "leafs";

function countedKind({ kind }: Session): CountedKind {
  if (kind === Kind.Leaf) return "leafs";
  return kind === Kind.Client ? "clients" : "gateways";
}

/** Messages and bytes of all connections, open and over; of one kind when it is named. */
export function totalsOf(
  past: Readonly<Record<CountedKind, Float64Array>>,
  sessions: Iterable<Session>,
  kind?: CountedKind,
): Float64Array {
  const sum = makeCounters();
  for (const [of, counters] of Object.entries(past)) {
    if (kind === undefined || kind === of) addCounters(sum, counters);
  }
  for (const session of sessions) {
    if (kind === undefined || kind === countedKind(session)) addCounters(sum, session.counters);
  }
  return sum;
}
