// Log lines as nats-server writes them or as JSON, to standard error or a file.

import type { Millis } from "../base/clock.ts";
import type { Level, LogFields, LogSink } from "../base/log.ts";
import { Ring } from "../base/ring.ts";
import { LimitedSink } from "./log-limit.ts";
import { LogFile, type LogFileOptions, STANDARD_ERROR } from "./log-target.ts";

const TAGS: Record<Level, string> = { error: "ERR", warn: "WRN", info: "INF", debug: "DBG", trace: "TRC" };

/** How many of the last lines are kept to be shown. */
const RECENT_MAX = 1_000;

export interface LogOptions extends Partial<LogFileOptions> {
  /** null: standard error. */
  readonly file: string | null;
  /** Put the time before each line. */
  readonly logtime: boolean;
  readonly format: "text" | "json";
}

export interface LogOutput extends LogSink {
  /** The file is opened anew; false where there is none. Throws what the system says. */
  reopen(): boolean;
  /** The last lines as they were written, without those of trace. */
  readonly recent: Ring<string>;
  close(): void;
}

/** Lines that repeat are held back for a second and counted; the end of the process brings them out.
 *  `recent`: of an output in whose place this one comes. Throws what the system says of the file. */
export function logSink(options: LogOptions, pid: number, recent = new Ring<string>(RECENT_MAX)): LogOutput {
  const { file, logtime, format, sizeLimit = null, filesMax = null } = options;
  const line = (level: Level, at: Millis, message: string, fields?: LogFields): string => {
    if (format === "json") return jsonLine(level, at, message, logtime, fields);
    return `[${pid}]${logtime ? ` ${timeOf(at)}` : ""} [${TAGS[level]}] ${onOneLine(message)}\n`;
  };
  const target =
    file === null
      ? STANDARD_ERROR
      : new LogFile(file, { sizeLimit, filesMax }, (message) =>
          target.write(line("info", Date.now(), message)),
        );
  const sink: LogSink = {
    write(level, at, message, fields) {
      const text = line(level, at, message, fields);
      if (level !== "trace") recent.pushOver(text);
      target.write(text);
    },
  };
  const limited = new LimitedSink(sink, later);
  const flush = (): void => limited.flush();
  process.on("exit", flush);
  const close = (): void => {
    flush();
    process.off("exit", flush);
    target.close();
  };
  return Object.assign(limited, { recent, reopen: () => target.reopen(), close });
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
