// One account as a remote gateway was told of it: what we said, and what it sent.

import type { InboundMode } from "./inbound-mode.ts";
import type { ModeChange } from "./mode-history.ts";
import { Refusals } from "./refusals.ts";
import type { Crossing } from "./rules.ts";
import { Transitions } from "./transitions.ts";

/** What this connection was told of one account. */
export interface InboundAccount {
  mode: InboundMode;
  readonly modes: ModeChange[];
  /** Subjects for which RS- was sent; only while optimistic. */
  muted: Set<string>;
  messages: number;
  /** Payload, headers included. */
  bytes: number;
  /** The same with their protocol lines, as they were before compression and TLS. */
  wireBytes: number;
  /** Messages that nobody here wanted. */
  unwanted: number;
  /** What may come from the remote. */
  readonly in: Crossing;
  /** Messages that a rule kept out. */
  readonly refusals: Refusals;
  readonly transitions: Transitions;
}

/** Nothing told, nothing come. */
export function newAccount(crossing: Crossing): InboundAccount {
  return {
    mode: "Untold",
    modes: [],
    muted: new Set(),
    messages: 0,
    bytes: 0,
    wireBytes: 0,
    unwanted: 0,
    in: crossing,
    refusals: new Refusals(crossing),
    transitions: new Transitions(),
  };
}
