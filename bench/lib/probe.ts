// A client that asks for a PONG at planned times: whatever holds the system up shows as a late answer.

import { histogram, type Latency, latencyOf } from "./live.ts";
import type { WireEnd } from "./wire-end.ts";

export class Probe {
  readonly #gap: number;
  #running = false;
  #startedAt = 0;
  #sent = 0;
  #round = histogram();
  /** Answers later than this, in microseconds. */
  #late = 0;

  constructor(
    private readonly end: WireEnd,
    perSecond: number,
    private readonly lateMicros: number,
  ) {
    this.#gap = 1e9 / perSecond;
  }

  start(): void {
    this.#startedAt = Bun.nanoseconds();
    this.#running = true;
    const turn = (): void => {
      if (!this.#running) return;
      const due = Math.floor((Bun.nanoseconds() - this.#startedAt) / this.#gap) + 1;
      for (; this.#sent < due; this.#sent++) this.#ask(this.#startedAt + this.#sent * this.#gap);
      setImmediate(turn);
    };
    turn();
  }

  /** Answers since the last time, and how many of them were late. */
  take(): { latency: Latency; late: number } {
    const taken = { latency: latencyOf(this.#round), late: this.#late };
    this.#round = histogram();
    this.#late = 0;
    return taken;
  }

  stop(): void {
    this.#running = false;
  }

  #ask(planned: number): void {
    this.end.ping(() => {
      const micros = Math.max(1, (Bun.nanoseconds() - planned) / 1e3);
      this.#round.recordValue(micros);
      if (micros > this.lateMicros) this.#late++;
    });
  }
}
