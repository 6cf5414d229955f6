// Which modes the accounts of one gateway connection went through, for people: the last changes of the
// connection, and the last few of each account.

import type { Millis } from "../base/clock.ts";
import { HISTORY_MAX } from "../base/limits.ts";
import { Ring } from "../base/ring.ts";

export interface ModeChange {
  readonly account: number;
  readonly at: Millis;
  readonly from: string;
  readonly mode: string;
}

/** How many changes of one account are kept: mostly there are two in the life of a connection. */
const ACCOUNT_CHANGES_MAX = 8;

interface ModeState<Mode extends string> {
  mode: Mode;
  /** Oldest first. */
  readonly modes: ModeChange[];
}

export class ModeHistory {
  readonly recent = new Ring<ModeChange>(HISTORY_MAX);

  /** Sets the mode, and keeps that it is another one. */
  enter<Mode extends string>(account: number, state: ModeState<Mode>, mode: Mode, at: Millis): void {
    if (state.mode === mode) return;
    const change = { account, at, from: state.mode, mode };
    state.mode = mode;
    this.recent.pushOver(change);
    state.modes.push(change);
    if (state.modes.length > ACCOUNT_CHANGES_MAX) state.modes.shift();
  }
}
