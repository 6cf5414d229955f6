// One direction of a connection: takes what its window holds, and lets it arrive later, in order, in other
// pieces.

import type { Millis } from "../base/clock.ts";
import { below, type Random } from "../base/random.ts";
import type { VirtualClock } from "./clock.ts";

export interface StreamPath {
  readonly delayMillis: Millis;
  readonly jitterMillis: Millis;
  readonly rate: number;
  readonly window: number;
  readonly stalledUntil: Millis;
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly due: Millis;
}

/** One write in this many is taken in part although the window has room. */
const PARTIAL_ONE_IN = 12;
/** About half of the pieces that one write is cut into at most. */
const WRITE_PIECES = 16;

export class Stream {
  #queue: Piece[] = [];
  #queuedBytes = 0;
  #lastDue: Millis = 0;
  #pumping = false;
  #wantsDrain = false;
  #finished: (() => void) | null = null;
  /** The far end does not read. */
  #paused = false;

  constructor(
    private readonly clock: VirtualClock,
    private readonly random: Random,
    private readonly path: StreamPath,
    /** No piece that arrives is longer, unless a large write would be cut into too many. */
    private readonly pieceMax: number,
    private readonly ears: { arrived(chunk: Uint8Array): void; drained(): void },
  ) {}

  take(buf: Uint8Array, from: number, length: number): number {
    if (this.#finished !== null) return -1;
    let taken = Math.min(length, this.path.window - this.#queuedBytes);
    if (taken > 1 && below(this.random, PARTIAL_ONE_IN) === 0) taken = 1 + below(this.random, taken);
    if (taken < length) this.#wantsDrain = true;
    const pieceMax = Math.max(this.pieceMax, taken / WRITE_PIECES);
    for (let at = 0; at < taken; ) {
      const size = Math.min(taken - at, 1 + below(this.random, pieceMax));
      this.#push(buf.slice(from + at, from + at + size));
      at += size;
    }
    if (taken < length && taken > 0 && this.#queuedBytes < this.path.window) this.#drainSoon();
    return taken;
  }

  /** Calls back when all that was taken has arrived. */
  finish(done: () => void): void {
    this.#finished = done;
    if (this.#queue.length === 0) done();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#pump();
  }

  drop(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#finished = null;
  }

  #push(bytes: Uint8Array): void {
    const { delayMillis, jitterMillis, rate } = this.path;
    const jitter = jitterMillis * (below(this.random, 1000) / 1000);
    const earliest = this.clock.now() + delayMillis + jitter;
    this.#lastDue = Math.max(this.#lastDue, earliest) + bytes.length / rate;
    this.#queue.push({ bytes, due: this.#lastDue });
    this.#queuedBytes += bytes.length;
    this.#pump();
  }

  #pump(): void {
    const head = this.#queue[0];
    if (this.#pumping || this.#paused || head === undefined) return;
    this.#pumping = true;
    this.clock.at(Math.max(head.due, this.path.stalledUntil), () => {
      this.#pumping = false;
      this.#arrive();
      this.#pump();
    });
  }

  #arrive(): void {
    const head = this.#queue[0];
    const now = this.clock.now();
    if (head === undefined || head.due > now || this.#paused || this.path.stalledUntil > now) return;
    this.#queue.shift();
    this.#queuedBytes -= head.bytes.length;
    this.ears.arrived(head.bytes);
    if (this.#queue.length === 0 && this.#finished !== null) return this.#finished();
    this.#drainSoon();
  }

  #drainSoon(): void {
    if (!this.#wantsDrain) return;
    this.#wantsDrain = false;
    this.clock.after(0, () => this.ears.drained());
  }
}
