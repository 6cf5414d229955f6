// Tests with real processes wait on conditions, never on fixed times: this is the one loop that does it.

const POLL_MILLIS = 10;

/**
 * Asks `probe` until it answers something other than undefined or false, and gives that answer back.
 * `withinMillis` bounds the wait; over it an error names what was waited for and the last failure of the
 * probe. A probe that throws counts as "not yet".
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  withinMillis = 10_000,
): Promise<T> {
  const end = performance.now() + withinMillis;
  let last: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= end) {
      const why = last === undefined ? "" : `; last: ${last instanceof Error ? last.message : String(last)}`;
      throw new Error(`waited ${withinMillis} ms in vain until ${what}${why}`);
    }
    await Bun.sleep(POLL_MILLIS);
  }
}

/** `promise`, or an error naming `what` after `withinMillis`; the timer never outlives the answer. */
export async function within<T>(what: string, promise: Promise<T>, withinMillis: number): Promise<T> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${withinMillis} ms: ${what}`)), withinMillis);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
