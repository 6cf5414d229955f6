// The lists of all interest of one account that were begun on one connection: how many, why, and how long
// they took. Each of them costs the link as many lines as there are subjects.

import type { Millis } from "../base/clock.ts";

/**
 * Ours (inbound). handshake: the remote knows us as interest-only from the start. account-added: we have the
 * account since. leaf-joined: it has leafs since. threshold: too many subjects were refused one by one.
 * Theirs (outbound), which do not say why. first: nothing was heard of the account. switched: it was served
 * optimistically. again: a list was there.
 */
export type TransitionCause =
  | "handshake"
  | "account-added"
  | "leaf-joined"
  | "threshold"
  | "first"
  | "switched"
  | "again";

export class Transitions {
  count = 0;
  startedAt: Millis = 0;
  /** Of the last one that ended; 0 before. */
  lastMillis: Millis = 0;
  /** Of all that ended. */
  totalMillis: Millis = 0;
  readonly byCause = new Map<TransitionCause, number>();

  began(cause: TransitionCause, now: Millis): void {
    this.count++;
    this.startedAt = now;
    this.byCause.set(cause, (this.byCause.get(cause) ?? 0) + 1);
  }

  ended(now: Millis): void {
    this.lastMillis = now - this.startedAt;
    this.totalMillis += this.lastMillis;
  }
}
