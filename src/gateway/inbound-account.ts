// One account as a remote gateway was told of it: what we said, and what it sent.

import type { Millis } from "../base/clock.ts";
import type { InboundMode } from "./inbound-mode.ts";
import type { ModeChange } from "./mode-history.ts";
import type { Crossing } from "./rules.ts";

/** What this connection was told of one account. */
export interface InboundAccount {
  mode: InboundMode;
  readonly modes: ModeChange[];
  /** Subjects for which RS- was sent; only while optimistic. */
  muted: Set<string>;
  messages: number;
  bytes: number;
  /** Messages that nobody here wanted. */
  unwanted: number;
  /** What may come from the remote. */
  readonly in: Crossing;
  /** Messages that a rule kept out, and the rule that refused last. */
  refused: number;
  refusedBy: string;
  transitions: number;
  transitionStartedAt: Millis;
  transitionMillis: Millis;
}

/** Nothing told, nothing come. */
export function newAccount(crossing: Crossing): InboundAccount {
  return {
    mode: "Untold",
    modes: [],
    muted: new Set(),
    messages: 0,
    bytes: 0,
    unwanted: 0,
    in: crossing,
    refused: 0,
    refusedBy: "",
    transitions: 0,
    transitionStartedAt: 0,
    transitionMillis: 0,
  };
}
