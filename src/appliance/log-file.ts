// Log lines as nats-server writes them or as JSON, to standard error or a file.

import { appendFileSync } from "node:fs";
import type { Millis } from "../base/clock.ts";
import type { Level, LogFields, LogSink } from "../base/log.ts";
import { LimitedSink } from "./log-limit.ts";

const TAGS: Record<Level, string> = { error: "ERR", warn: "WRN", info: "INF", debug: "DBG", trace: "TRC" };

export interface LogOptions {
  /** null: standard error. */
  readonly file: string | null;
  /** Put the time before each line. */
  readonly logtime: boolean;
  readonly format: "text" | "json";
}

/** Lines that repeat are held back for a second and counted; the end of the process brings them out. Throws
 *  what the system says of a file that cannot be written. */
export function logSink({ file, logtime, format }: LogOptions, pid: number): LogSink {
  if (file !== null) appendFileSync(file, "");
  const put =
    file === null
      ? (text: string) => process.stderr.write(text)
      : (text: string) => appendFileSync(file, text);
  const sink: LogSink = {
    write(level, at, message, fields) {
      put(format === "json" ? jsonLine(level, at, message, logtime, fields) : textLine(level, at, message));
    },
  };
  const textLine = (level: Level, at: Millis, message: string): string =>
    `[${pid}]${logtime ? ` ${timeOf(at)}` : ""} [${TAGS[level]}] ${onOneLine(message)}\n`;
  const limited = new LimitedSink(sink, later);
  const flush = (): void => limited.flush();
  process.on("exit", flush);
  return {
    write: (...line) => limited.write(...line),
    close: () => {
      flush();
      process.off("exit", flush);
    },
  };
}

/** Does not keep the process alive. */
function later(act: () => void, millis: Millis): void {
  setTimeout(act, millis).unref();
}

/** One line an event, whatever a peer put into its name. */
function onOneLine(message: string): string {
  return message.replace(
    /[\x00-\x1f\x7f]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** What came from a peer is escaped as JSON does it: again one line an event. */
function jsonLine(level: Level, at: Millis, message: string, logtime: boolean, fields?: LogFields): string {
  const time = logtime ? { time: new Date(at).toISOString() } : {};
  return `${JSON.stringify({ ...time, level, message, ...fields })}\n`;
}

/** `2026/11/25 05:31:18.066513`. */
function timeOf(at: Millis): string {
  const micros = Math.floor((at % 1000) * 1000);
  const date = new Date(at).toISOString();
  return `${date.slice(0, 10).replaceAll("-", "/")} ${date.slice(11, 19)}.${String(micros).padStart(6, "0")}`;
}
