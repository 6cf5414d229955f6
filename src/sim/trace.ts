// What happened, compactly; for a seed that failed, the lines that have to do with the failure.

import type { Clock } from "../base/clock.ts";

/** More than a world of a minute makes; what comes then gives way to nothing and is not kept. */
const LINES_MAX = 200_000;
/** Words that matter to everybody. */
const FAULTS = ["cut ", "stall ", "partition ", "crash ", "restart ", "deaf ", "rude ", "forsake "] as const;

export class Trace {
  readonly #lines: string[] = [];
  readonly #startedAt: number;

  constructor(private readonly clock: Clock) {
    this.#startedAt = clock.now();
  }

  add(line: string): void {
    const millis = (this.clock.now() - this.#startedAt).toFixed(1).padStart(9);
    if (this.#lines.length < LINES_MAX) this.#lines.push(`${millis} ${line}`);
  }

  /** The last `count` lines with one of the words in them; all lines count when there are no words. */
  tail(count: number, words: readonly string[] = []): string {
    const hit = (line: string): boolean => words.length === 0 || words.some((word) => line.includes(word));
    return this.#lines.filter(hit).slice(-count).join("\n");
  }

  /** What faults there were, and the last `count` lines about the letters and subscriptions that are
   *  named. */
  about(violation: string, count: number): string {
    const letters = violation.match(/#\d+ /g) ?? [];
    const lives = violation.match(/\b[a-z]+[A-Z]+\d+\/\d+ /g) ?? [];
    const isEnd = (line: string): boolean => line.includes("VIOLATION");
    const words = [...letters, ...lives.map((name) => `sub ${name}`)];
    const faults = this.#lines.filter((line) => FAULTS.some((fault) => line.slice(10).startsWith(fault)));
    const lines = this.#lines.filter((line) => !isEnd(line) && words.some((word) => line.includes(word)));
    return [...faults.slice(-count), ...lines.slice(-count)].join("\n");
  }
}
