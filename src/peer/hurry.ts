// Whether it pays to try the express lane: not for a handful of bytes, and less and less often while it takes
// nothing.

/** Below this, what waits is read as fast without. */
const WORTH_BYTES = 512;
/** At least every so many messages it is tried again. */
const PAUSE_MAX = 64;

export class Hurry {
  #pause = 0;
  #left = 0;

  /** @hot So many bytes wait to be read: is it to be tried? */
  wants(bytes: number): boolean {
    if (bytes < WORTH_BYTES) return false;
    if (this.#left === 0) return true;
    this.#left--;
    return false;
  }

  /** It took so many messages. */
  took(messages: number): void {
    this.#pause = messages > 0 ? 0 : Math.min(PAUSE_MAX, this.#pause * 2 + 1);
    this.#left = this.#pause;
  }
}
