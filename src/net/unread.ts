// What came for a session that is patient: it is read in pieces, as long as others let us, and so long the
// transport brings no more. A list of a million lines then keeps nobody waiting.

import type { Clock, Millis } from "../base/clock.ts";
import type { Session } from "../peer/session.ts";

/** How much is read before the time is looked at, in bytes: some hundred lines, a tenth of a millisecond. */
const PIECE_BYTES = 8 * 1024;

export class Unread {
  readonly #chunks: Uint8Array[] = [];
  /** How much of the first one was read. */
  #at = 0;

  get any(): boolean {
    return this.#chunks.length > 0;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  /** Has the session read for so long, and at least one piece. */
  read(session: Session, clock: Clock, millis: Millis): void {
    let now = clock.now();
    const until = now + millis;
    for (let chunk = this.#chunks[0]; chunk !== undefined && now < until; chunk = this.#chunks[0]) {
      const to = Math.min(chunk.length, this.#at + PIECE_BYTES);
      session.receive(chunk.subarray(this.#at, to), now);
      this.#at = to;
      if (to === chunk.length) {
        this.#chunks.shift();
        this.#at = 0;
      }
      now = clock.now();
    }
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#at = 0;
  }
}
