// What a remote gateway told us of an account: do we send without being asked, or only what it asked for?
// Source: gateway.md §3.2, §3.3, §3.5, §3.7.

import type { TransitionCause } from "./transitions.ts";

/**
 * Unheard: nothing heard; means "send" to a peer without gateway_iom and "send nothing" to one with it.
 * NoInterest: A-. Optimistic: send what is not muted. Transitioning: the list is on its way. InterestOnly:
 * the list counts.
 */
export type OutboundMode = "Unheard" | "NoInterest" | "Optimistic" | "Transitioning" | "InterestOnly";

/** RS lines are plain ones. Queue rows are kept in every mode; the first behind A- ends it: "Queue". */
export type Heard = "RS+" | "RS-" | "A+" | "A-" | "Queue" | "Start" | "Complete";

/**
 * none: nothing. mute/unmute: the muted subjects. add/drop: the rows of plain interest.
 * forget: muted subjects and plain rows go. list: as forget, but what was muted stays muted until the list is
 * whole. finish: muted subjects go.
 */
export type HeardAction = "none" | "open" | "mute" | "unmute" | "add" | "drop" | "forget" | "list" | "finish";

type Row = Partial<Record<Heard, readonly [OutboundMode, HeardAction]>>;

/**
 * An empty cell: stay, and count it. Complete without Start stays empty: nats-server would stop sending then,
 * and we would lose what the peer never listed.
 */
export const HEARD = {
  Unheard: {
    "RS-": ["Optimistic", "mute"],
    "A-": ["NoInterest", "forget"],
    Queue: ["Optimistic", "none"],
    Start: ["Transitioning", "list"],
  },
  NoInterest: {
    "RS-": ["Optimistic", "mute"],
    "A+": ["Optimistic", "open"],
    Queue: ["Optimistic", "open"],
    Start: ["Transitioning", "list"],
  },
  Optimistic: {
    "RS+": ["Optimistic", "unmute"],
    Queue: ["Optimistic", "none"],
    "RS-": ["Optimistic", "mute"],
    "A+": ["Optimistic", "open"],
    "A-": ["NoInterest", "forget"],
    Start: ["Transitioning", "list"],
  },
  Transitioning: {
    "RS+": ["Transitioning", "add"],
    Queue: ["Transitioning", "none"],
    "RS-": ["Transitioning", "drop"],
    "A+": ["Optimistic", "open"],
    "A-": ["NoInterest", "forget"],
    Start: ["Transitioning", "list"],
    Complete: ["InterestOnly", "finish"],
  },
  InterestOnly: {
    "RS+": ["InterestOnly", "add"],
    Queue: ["InterestOnly", "none"],
    "RS-": ["InterestOnly", "drop"],
    "A+": ["Optimistic", "open"],
    "A-": ["NoInterest", "forget"],
    Start: ["Transitioning", "list"],
  },
} as const satisfies Record<OutboundMode, Row>;

/** Where to and what to do; null for an empty cell. */
export function heard(mode: OutboundMode, what: Heard): readonly [OutboundMode, HeardAction] | null {
  const row: Row = HEARD[mode];
  return row[what] ?? null;
}

/** Why a list begins, as far as the mode tells in which it came. */
export function causeOfStart(mode: OutboundMode): TransitionCause {
  if (mode === "Transitioning" || mode === "InterestOnly") return "again";
  return mode === "Unheard" ? "first" : "switched";
}

/** The names that /gatewayz uses. An account in A- state shows as Optimistic there. Source: gateway.md
 *  §9.1. */
export function shownMode(
  mode: OutboundMode | InboundModeName,
): "Optimistic" | "Transitioning" | "Interest-Only" {
  if (mode === "InterestOnly") return "Interest-Only";
  return mode === "Transitioning" ? "Transitioning" : "Optimistic";
}
type InboundModeName = "Untold" | "Refused" | "Optimistic" | "Transitioning" | "InterestOnly";
