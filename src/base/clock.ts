// Time as the sessions see it: a number that is handed to them, never one that they fetch.

/** Milliseconds since the epoch of the clock that made it; fractions allowed. */
export type Millis = number;

/** No deadline. */
export const NEVER: Millis = Number.POSITIVE_INFINITY;

export interface Clock {
  /** Now, in milliseconds. Never goes back. */
  now(): Millis;
}

/** The machine's clock: epoch milliseconds that never go back, whatever is done to the wall clock. */
export class SystemClock implements Clock {
  readonly #origin = Date.now() - performance.now();

  now(): Millis {
    return this.#origin + performance.now();
  }
}
