// The same line again and again tells nothing new and fills a disk: within a second it is written once, and
// then with how often it came. Order is kept: what was held back comes out before a line that is new, so that
// the last line of a log is always what happened last.

import type { Millis } from "../base/clock.ts";
import type { Level, LogFields, LogSink } from "../base/log.ts";

/** How long a line is held back, in milliseconds, from when it was written first. */
const WINDOW_MILLIS = 1_000;

/** How many different lines are remembered at a time; over it a line is written as it comes. */
const LINES_MAX = 256;

interface Line {
  readonly level: Level;
  readonly message: string;
  readonly fields: LogFields | undefined;
  readonly until: Millis;
  repeats: number;
  lastAt: Millis;
}

export class LimitedSink implements LogSink {
  /** By what they say, in the order in which they came last. */
  readonly #lines = new Map<string, Line>();
  #isDue = false;

  constructor(
    private readonly to: LogSink,
    private readonly later: (act: () => void, millis: Millis) => void,
  ) {}

  /** debug and trace are records: they are written as they come. */
  write(level: Level, at: Millis, message: string, fields?: LogFields): void {
    if (level === "debug" || level === "trace") return this.to.write(level, at, message, fields);
    this.#forget(at);
    const key = `${level} ${message} ${fields === undefined ? "" : JSON.stringify(fields)}`;
    const line = this.#lines.get(key);
    if (line !== undefined) {
      line.repeats++;
      line.lastAt = at;
      this.#lines.delete(key);
      this.#lines.set(key, line);
      return this.#schedule();
    }
    this.flush();
    this.to.write(level, at, message, fields);
    if (this.#lines.size >= LINES_MAX) return;
    this.#lines.set(key, { level, message, fields, until: at + WINDOW_MILLIS, repeats: 0, lastAt: at });
  }

  /** Writes what is held back. */
  flush(): void {
    for (const line of this.#lines.values()) this.#tell(line);
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.later(() => {
      this.#isDue = false;
      this.flush();
    }, WINDOW_MILLIS);
  }

  /** Those whose second is over count as new again. */
  #forget(now: Millis): void {
    for (const [key, line] of this.#lines) {
      if (line.until > now) continue;
      this.#tell(line);
      this.#lines.delete(key);
    }
  }

  #tell(line: Line): void {
    const { level, message, fields, repeats, lastAt } = line;
    if (repeats === 0) return;
    line.repeats = 0;
    const times = repeats === 1 ? "1 time" : `${repeats} times`;
    this.to.write(level, lastAt, `${message} (repeated ${times})`, fields);
  }
}
