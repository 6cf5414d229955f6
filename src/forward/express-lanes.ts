// The egresses into which the express lane writes: while it runs, it has the open block of each; before
// anybody else writes there, it has given it back.

import type { Kernel } from "../kernel/kernel.ts";
import { Count } from "../peer/counters.ts";
import type { Session } from "../peer/session.ts";

export class ExpressLanes {
  /** By number; 0 is none. */
  readonly #sessions: (Session | undefined)[] = [undefined];
  readonly #numbers = new Map<Session, number>();
  readonly #free: number[] = [];
  /** Lanes of sessions that are over: entries may still name them. */
  readonly #retired: number[] = [];
  /** Numbers of lanes that have a block now. */
  readonly #lent: number[] = [];

  constructor(private readonly kernel: Kernel) {
    kernel.lend = (lane, size) => this.#lend(lane, size);
  }

  /** Where the lane of a session lies, opened when it has none; 0 when there are too many. */
  of(session: Session): number {
    const { LANES, LANE_BYTES, LANE_COUNT } = this.kernel.layout;
    let number = this.#numbers.get(session);
    if (number === undefined) {
      number = this.#free.pop() ?? this.#sessions.length;
      if (number >= LANE_COUNT) return 0;
      this.#sessions[number] = session;
      this.#numbers.set(session, number);
    }
    return LANES + number * LANE_BYTES;
  }

  /** The session is over. Its lane has no room any more. */
  close(session: Session): void {
    const number = this.#numbers.get(session);
    if (number === undefined) return;
    this.#numbers.delete(session);
    this.#sessions[number] = undefined;
    this.#retired.push(number);
  }

  /** No entry names a lane any more: those of sessions that are over may be given to others. */
  forgotten(): void {
    this.#free.push(...this.#retired.splice(0));
  }

  /** @hot Gives back what was lent, and counts what was written. */
  recall(): void {
    const { words, layout } = this.kernel;
    const lent = this.#lent;
    for (let i = 0; i < lent.length; i++) {
      const number = lent[i]!;
      const at = (layout.LANES + number * layout.LANE_BYTES) >> 2;
      this.#sessions[number]!.egress.to = words[at]! - layout.ARENA;
      this.#count(number);
    }
    lent.length = 0;
  }

  #lend(lane: number, size: number): boolean {
    const { words, layout, bytes } = this.kernel;
    const number = (lane - layout.LANES) / layout.LANE_BYTES;
    const session = this.#sessions[number];
    if (session === undefined || session.egress.full) return false;
    const { egress } = session;
    const at = lane >> 2;
    const isLent = words[at] !== 0;
    if (isLent) egress.to = words[at]! - layout.ARENA;
    egress.reserve(size);
    // A block beside the arena is out of reach: it is filled the slow way.
    const isNear = egress.buf.buffer === bytes.buffer;
    if (isNear || isLent) {
      words[at] = isNear ? egress.to + layout.ARENA : 0;
      words[at + (layout.LANE_LIMIT >> 2)] = isNear ? egress.limit + layout.ARENA : 0;
    }
    if (!isNear && isLent) {
      this.#count(number);
      this.#lent.splice(this.#lent.indexOf(number), 1);
    } else if (isNear && !isLent) this.#lent.push(number);
    return isNear;
  }

  /** @hot The lane has a block no more: what was written by it is counted. */
  #count(number: number): void {
    const { words, layout } = this.kernel;
    const at = (layout.LANES + number * layout.LANE_BYTES) >> 2;
    const { egress, counters } = this.#sessions[number]!;
    egress.mark();
    counters[Count.OutMessages]! += words[at + (layout.LANE_MESSAGES >> 2)]!;
    counters[Count.OutBytes]! += words[at + (layout.LANE_PAYLOAD >> 2)]! >>> 0;
    words.fill(0, at, at + (layout.LANE_BYTES >> 2));
  }
}
