// Log lines to a sink that is given; a level that is off costs one comparison and no text.

import type { Clock, Millis } from "./clock.ts";

export type Level = "error" | "warn" | "info" | "debug" | "trace";

const RANK: Record<Level, number> = { error: 0, warn: 1, info: 2, debug: 3, trace: 4 };

export interface LogSink {
  write(level: Level, at: Millis, message: string): void;
}

/** Call sites of debug and trace build their text in the argument only after asking `debugs` or `traces`. */
export class Log {
  debugs = false;
  traces = false;

  constructor(
    readonly sink: LogSink,
    readonly clock: Clock,
    level: Level = "info",
  ) {
    this.setLevel(level);
  }

  setLevel(level: Level): void {
    this.debugs = RANK[level] >= RANK.debug;
    this.traces = RANK[level] >= RANK.trace;
  }

  error(message: string): void {
    this.sink.write("error", this.clock.now(), message);
  }

  warn(message: string): void {
    this.sink.write("warn", this.clock.now(), message);
  }

  info(message: string): void {
    this.sink.write("info", this.clock.now(), message);
  }

  debug(message: string): void {
    if (this.debugs) this.sink.write("debug", this.clock.now(), message);
  }

  trace(message: string): void {
    if (this.traces) this.sink.write("trace", this.clock.now(), message);
  }
}

/** Swallows every line; for tests and the simulator. */
export const SILENT: LogSink = { write: () => {} };
