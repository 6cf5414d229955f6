// PING and PONG of one connection: when the next is due, when the peer is stale, and how far away it is.

import { type Millis, NEVER } from "../base/clock.ts";

export type Beat = "none" | "ping" | "stale";

/** How many of the last round trips the shortest is taken of. */
const SAMPLES = 4;

export class Heartbeat {
  deadline: Millis = NEVER;
  #unanswered = 0;
  /** Where in the egress our last PING ends: the clock starts when the transport has taken it, so that bytes
   *  queued before it do not count as distance. */
  #pingPosition = 0;
  #pingSentAt: Millis = NEVER;
  readonly #samples: Millis[] = [];

  constructor(
    private intervalMillis: Millis,
    private unansweredMax: number,
  ) {}

  /** Other times hold from now on; a PING that would be due earlier by them is. */
  retime(intervalMillis: Millis, unansweredMax: number, now: Millis): void {
    this.intervalMillis = intervalMillis;
    this.unansweredMax = unansweredMax;
    if (this.deadline !== NEVER) this.deadline = Math.min(this.deadline, now + intervalMillis);
  }

  /** The first PING is due after `delayMillis`. */
  start(now: Millis, delayMillis: Millis): void {
    this.deadline = now + delayMillis;
  }

  stop(): void {
    this.deadline = NEVER;
  }

  /** At or after the deadline: what to do. The caller sends PING and says where it ended with `sent`. */
  due(now: Millis): Beat {
    if (now < this.deadline) return "none";
    if (this.#unanswered >= this.unansweredMax) {
      this.stop();
      return "stale";
    }
    this.deadline = now + this.intervalMillis;
    return "ping";
  }

  /** A PING was written that ends at this position of the egress. */
  sent(position: number): void {
    this.#unanswered++;
    this.#pingPosition = position;
    this.#pingSentAt = NEVER;
  }

  /** The transport has taken all bytes up to `sentBytes`. */
  flushed(sentBytes: number, now: Millis): void {
    if (this.#pingSentAt === NEVER && this.#unanswered > 0 && sentBytes >= this.#pingPosition)
      this.#pingSentAt = now;
  }

  /** A PONG came. True when it measured a round trip: not while it may be the answer to an earlier PING. */
  pong(now: Millis): boolean {
    const measured = this.#unanswered === 1 && this.#pingSentAt !== NEVER;
    if (measured) {
      this.#samples.push(Math.max(0, now - this.#pingSentAt));
      if (this.#samples.length > SAMPLES) this.#samples.shift();
    }
    this.#unanswered = 0;
    this.#pingSentAt = NEVER;
    return measured;
  }

  /** The last round trip in milliseconds; 0 before the first. */
  get rttMillis(): Millis {
    return this.#samples.at(-1) ?? 0;
  }

  /** The shortest of the last few: what the distance is, without what the peer happened to be busy with. */
  get distanceMillis(): Millis {
    return this.#samples.length === 0 ? 0 : Math.min(...this.#samples);
  }
}
