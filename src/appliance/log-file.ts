// Log lines as nats-server writes them, to standard error or a file.

import { appendFileSync } from "node:fs";
import type { Millis } from "../base/clock.ts";
import type { Level, LogSink } from "../base/log.ts";

const TAGS: Record<Level, string> = { error: "ERR", warn: "WRN", info: "INF", debug: "DBG", trace: "TRC" };

export interface LogOptions {
  /** null: standard error. */
  readonly file: string | null;
  /** Put the time before each line. */
  readonly logtime: boolean;
}

/** `[pid] 2026/11/25 05:31:18.066513 [INF] message`. */
export function logSink({ file, logtime }: LogOptions, pid: number): LogSink {
  const put =
    file === null
      ? (text: string) => process.stderr.write(text)
      : (text: string) => appendFileSync(file, text);
  return {
    write(level: Level, at: Millis, message: string): void {
      // One line an event, whatever a peer put into its name.
      const line = message.replace(
        /[\x00-\x1f\x7f]/g,
        (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
      );
      put(`[${pid}]${logtime ? ` ${timeOf(at)}` : ""} [${TAGS[level]}] ${line}\n`);
    },
  };
}

function timeOf(at: Millis): string {
  const micros = Math.floor((at % 1000) * 1000);
  const date = new Date(at).toISOString();
  return `${date.slice(0, 10).replaceAll("-", "/")} ${date.slice(11, 19)}.${String(micros).padStart(6, "0")}`;
}
