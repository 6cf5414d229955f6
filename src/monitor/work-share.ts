// Monitoring and messages share one thread: however many ask, answers may take only a share of its time.

import type { Millis } from "../base/clock.ts";

/** The share of time that answers may take in the long run, and what they may take at once before that. */
const SHARE = 0.2;
const BURST_MILLIS = 250;

/** How many requests may wait for their turn; over it they are refused. */
const WAITING_MAX = 64;

export interface WorkWorld {
  now(): Millis;
  sleep(millis: Millis): Promise<void>;
}

export class WorkShare {
  #left: Millis = BURST_MILLIS;
  #at: Millis;
  #waiting = 0;
  /** The requests that wait, one behind the other. */
  #queue: Promise<void> = Promise.resolve();

  constructor(private readonly world: WorkWorld) {
    this.#at = world.now();
  }

  /** null: go on. Else wait for it; true then means go on, false that too many wait. */
  admit(): Promise<boolean> | null {
    this.#refill();
    if (this.#waiting === 0 && this.#left > 0) return null;
    if (this.#waiting >= WAITING_MAX) return Promise.resolve(false);
    this.#waiting++;
    const turn = this.#queue.then(() => this.#paid());
    this.#queue = turn;
    return turn.then(() => {
      this.#waiting--;
      return true;
    });
  }

  /** An answer took so long. */
  spent(millis: Millis): void {
    this.#left -= millis;
  }

  async #paid(): Promise<void> {
    this.#refill();
    while (this.#left <= 0) {
      await this.world.sleep(Math.ceil(-this.#left / SHARE) + 1);
      this.#refill();
    }
  }

  #refill(): void {
    const now = this.world.now();
    this.#left = Math.min(BURST_MILLIS, this.#left + (now - this.#at) * SHARE);
    this.#at = now;
  }
}
