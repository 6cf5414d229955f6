// How often something may begin in a second, counted and not smoothed, as nats-server counts handshakes.

import type { Millis } from "../base/clock.ts";

const WINDOW_MILLIS = 1_000;

export class RateWindow {
  /** Refused since the window began. */
  refused = 0;
  #taken = 0;
  #until: Millis = Number.NEGATIVE_INFINITY;

  /** `max` of them in each second that begins with the first. */
  constructor(private readonly max: number) {}

  /** Whether one more may begin. `ended` hears how many the second before refused, if any. */
  takes(now: Millis, ended: (refused: number) => void): boolean {
    if (now >= this.#until) {
      if (this.refused > 0) ended(this.refused);
      this.refused = 0;
      this.#taken = 0;
      this.#until = now + WINDOW_MILLIS;
    }
    if (this.#taken >= this.max) {
      this.refused += 1;
      return false;
    }
    this.#taken += 1;
    return true;
  }
}
