// Memory and processor time of this process, as /varz shows them.

import { availableParallelism } from "node:os";
import type { ProcessFigures } from "./source.ts";

/** How far a processor figure looks back at least, in milliseconds; nats-server samples once a second. */
const WINDOW_MILLIS = 1_000;

/** Processor time is the average since it was last asked for, over at least a second. */
export class ProcessMeter {
  readonly #cores = availableParallelism();
  #sampledAt = 0;
  #sampledCpu = 0;
  #percent = 0;

  figures(): ProcessFigures {
    const now = performance.now();
    const elapsed = now - this.#sampledAt;
    if (elapsed >= WINDOW_MILLIS || this.#sampledAt === 0) {
      const { user, system } = process.cpuUsage();
      const cpu = (user + system) / 1_000;
      this.#percent = Math.round(((cpu - this.#sampledCpu) / Math.max(1, elapsed)) * 1_000) / 10;
      this.#sampledAt = now;
      this.#sampledCpu = cpu;
    }
    return { memBytes: process.memoryUsage.rss(), cpuPercent: this.#percent, cores: this.#cores };
  }
}
