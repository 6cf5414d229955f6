// What happened, compactly, for a seed that failed: the last lines of it.

import type { Clock } from "../base/clock.ts";
import { Ring } from "../base/ring.ts";

const LINES_KEPT = 400;

export class Trace {
  readonly #lines = new Ring<string>(LINES_KEPT);
  readonly #startedAt: number;

  constructor(private readonly clock: Clock) {
    this.#startedAt = clock.now();
  }

  add(line: string): void {
    const millis = (this.clock.now() - this.#startedAt).toFixed(1).padStart(9);
    this.#lines.pushOver(`${millis} ${line}`);
  }

  /** The last `count` lines in which one of the words stands, or all when there are no words. */
  tail(count: number, words: readonly string[] = []): string {
    const lines = this.#lines.toArray();
    const found =
      words.length === 0 ? lines : lines.filter((line) => words.some((word) => line.includes(word)));
    return found.slice(-count).join("\n");
  }
}
