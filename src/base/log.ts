// Log lines to a sink that is given; a level that is off costs one comparison and no text.

import type { Clock, Millis } from "./clock.ts";

export type Level = "error" | "warn" | "info" | "debug" | "trace";

const RANK: Record<Level, number> = { error: 0, warn: 1, info: 2, debug: 3, trace: 4 };

/** What a line is about, where the caller has it at hand: for formats that keep it apart from the text. */
export interface LogFields {
  /** The far end: `ip:port`, or the name of a gateway or leaf. */
  readonly peer?: string;
  readonly kind?: "client" | "gateway" | "leaf";
  readonly id?: number;
  readonly account?: string;
  /** One of those of docs/reasons.md. */
  readonly reason?: string;
}

export interface LogSink {
  write(level: Level, at: Millis, message: string, fields?: LogFields): void;
  /** Nothing is written here any more: what is held back comes out. */
  close?(): void;
}

/** Call sites of debug and trace build their text in the argument only after asking `debugs` or `traces`. */
export class Log {
  debugs = false;
  traces = false;
  #level: Level = "info";

  constructor(
    private sink: LogSink,
    readonly clock: Clock,
    level: Level = "info",
  ) {
    this.setLevel(level);
  }

  get level(): Level {
    return this.#level;
  }

  setLevel(level: Level): void {
    this.#level = level;
    this.debugs = RANK[level] >= RANK.debug;
    this.traces = RANK[level] >= RANK.trace;
  }

  /** Traces whatever this one's level is, and writes to wherever its lines go, then as well. */
  tracing(): Log {
    const sink: LogSink = { write: (...line) => this.sink.write(...line) };
    return Object.assign(new Log(sink, this.clock, this.#level), { traces: true });
  }

  /** The next line goes there. */
  moveTo(sink: LogSink): void {
    this.sink.close?.();
    this.sink = sink;
  }

  error(message: string, fields?: LogFields): void {
    this.sink.write("error", this.clock.now(), message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.sink.write("warn", this.clock.now(), message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.sink.write("info", this.clock.now(), message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    if (this.debugs) this.sink.write("debug", this.clock.now(), message, fields);
  }

  trace(message: string): void {
    if (this.traces) this.sink.write("trace", this.clock.now(), message);
  }
}

/** Swallows every line; for tests and the simulator. */
export const SILENT: LogSink = { write: () => {} };
