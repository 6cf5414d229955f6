// Monitoring and messages share one thread: however many ask, answers may take only a share of its time.

import type { Millis } from "../base/clock.ts";

/** How much time answers may take for each that others had, and how much at once before that. */
const SHARE = 0.2;
const BURST_MILLIS = 250;

/** The most that is owed: an answer that took longer does not shut monitoring for a minute. */
const DEBT_MILLIS_MAX = 1_000;

/** How many requests may wait for their turn; over it they are refused, before their askers lose patience. */
const WAITING_MAX = 16;

export interface WorkWorld {
  now(): Millis;
  sleep(millis: Millis): Promise<void>;
}

export class WorkShare {
  #left: Millis = BURST_MILLIS;
  #at: Millis;
  #waiting = 0;
  /** Settles when the last of those that wait had its turn. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly world: WorkWorld) {
    this.#at = world.now();
  }

  /** Does the work at once, or in its turn; null: too many wait already. */
  run<T>(work: () => T): T | Promise<T> | null {
    if (this.#waiting === 0 && this.#refilled() > 0) return this.#measured(work);
    if (this.#waiting >= WAITING_MAX) return null;
    this.#waiting++;
    const turn = this.#queue.then(() => this.#inTurn(work));
    this.#queue = turn.catch(() => {});
    return turn;
  }

  async #inTurn<T>(work: () => T): Promise<T> {
    try {
      for (let left = this.#refilled(); left <= 0; left = this.#refilled()) {
        await this.world.sleep(Math.ceil(-left / SHARE) + 1);
      }
      return this.#measured(work);
    } finally {
      this.#waiting--;
    }
  }

  #measured<T>(work: () => T): T {
    const began = this.world.now();
    try {
      return work();
    } finally {
      // Only what others had counts as time that passed.
      this.#at = this.world.now();
      this.#left = Math.max(-DEBT_MILLIS_MAX, this.#left - (this.#at - began));
    }
  }

  #refilled(): Millis {
    const now = this.world.now();
    this.#left = Math.min(BURST_MILLIS, this.#left + (now - this.#at) * SHARE);
    this.#at = now;
    return this.#left;
  }
}
