// The log of a box, and where it goes: a reload may send it elsewhere, between one line and the next.

import type { Clock } from "../base/clock.ts";
import { type Level, Log } from "../base/log.ts";
import type { Staged } from "../base/staged.ts";
import type { LogConfiguration } from "../config/config.ts";
import { type LogOptions, type LogOutput, logSink } from "./log-file.ts";

export class LogOutlet {
  readonly log: Log;
  #output: LogOutput;

  /** Throws what the system says of the file. */
  constructor(options: LogConfiguration, clock: Clock) {
    this.#output = logSink(options, process.pid);
    this.log = new Log(this.#output, clock, levelOf(options));
  }

  /** Lines go on where they went until it is used. Throws what the system says of the new file. */
  stage(before: LogConfiguration, next: LogConfiguration): Staged {
    const { log } = this;
    const output = isSamePlace(before, next) ? null : logSink(next, process.pid, this.#output.recent);
    const use = (): void => {
      if (output !== null) {
        log.moveTo(output);
        this.#output = output;
      }
      log.setLevel(levelOf(next));
    };
    return { use, drop: () => output?.close() };
  }

  /** Opens the file anew; false where there is none. Throws what the system says. */
  reopen(): boolean {
    return this.#output.reopen();
  }

  /** The last lines, oldest first, wherever they went. */
  recent(): string[] {
    return this.#output.recent.toArray();
  }
}

function isSamePlace(one: LogOptions, other: LogOptions): boolean {
  const keys = ["file", "format", "logtime", "sizeLimit", "filesMax"] as const;
  return keys.every((key) => one[key] === other[key]);
}

function levelOf({ trace, debug }: LogConfiguration): Level {
  if (trace) return "trace";
  return debug ? "debug" : "info";
}
