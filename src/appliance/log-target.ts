// Where log lines go: standard error, or a file that is kept open, can be moved away and opened anew, and is
// set aside when it is too long. Source: nats-server 2.15, logger/log.go.

import { closeSync, fstatSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Millis } from "../base/clock.ts";

/** As nats-server's log files: not for everybody. */
const MODE = 0o640;

export interface LogFileOptions {
  /** Bytes after which a file is set aside; null: never. */
  readonly sizeLimit: number | null;
  /** Files that are kept, the open one included; null: all. */
  readonly filesMax: number | null;
}

export interface LogTarget {
  write(text: string): void;
  /** False where there is no file. Throws what the system says of a file that cannot be opened. */
  reopen(): boolean;
  /** Nothing is written any more. */
  close(): void;
}

export const STANDARD_ERROR: LogTarget = {
  write: (text) => void process.stderr.write(text),
  reopen: () => false,
  close: () => {},
};

export class LogFile implements LogTarget {
  #handle: number;
  #bytes: number;

  /** `tell` takes what is to be said of the file itself. Throws what the system says. */
  constructor(
    private readonly path: string,
    private readonly options: LogFileOptions,
    private readonly tell: (message: string) => void,
  ) {
    this.#handle = openSync(path, "a", MODE);
    this.#bytes = fstatSync(this.#handle).size;
  }

  /** What the file does not take (the disk is full) goes to standard error, and does not end the box. */
  write(text: string): void {
    try {
      this.#bytes += writeSync(this.#handle, text);
    } catch (error) {
      process.stderr.write(`${this.path}: ${(error as Error).message}: ${text}`);
    }
    const { sizeLimit } = this.options;
    if (sizeLimit !== null && this.#bytes > sizeLimit) this.#rotate();
  }

  /** Whoever moved the file away gets a new one under the old name. The old one stays if that fails. */
  reopen(): boolean {
    const handle = openSync(this.path, "a", MODE);
    closeSync(this.#handle);
    this.#handle = handle;
    this.#bytes = fstatSync(handle).size;
    return true;
  }

  close(): void {
    closeSync(this.#handle);
  }

  #rotate(): void {
    const aside = `${this.path}.${stamp(performance.timeOrigin + performance.now())}`;
    try {
      renameSync(this.path, aside);
      this.reopen();
    } catch (error) {
      this.#bytes = 0; // It is tried again when as much again was written.
      return this.tell(`Unable to set the log file aside: ${(error as Error).message}`);
    }
    this.tell(`Rotated log, backup saved as ${JSON.stringify(aside)}`);
    this.#purge();
  }

  #purge(): void {
    const { filesMax } = this.options;
    if (filesMax === null) return;
    const folder = dirname(this.path);
    const start = `${basename(this.path)}.`;
    const isAside = (name: string): boolean => name.startsWith(start) && STAMP.test(name.slice(start.length));
    const asides = readdirSync(folder).filter(isAside).sort();
    for (const name of asides.slice(0, Math.max(0, asides.length - (filesMax - 1)))) {
      rmSync(join(folder, name), { force: true });
      this.tell(`Purged log file ${JSON.stringify(name)}`);
    }
  }
}

const STAMP = /^\d{4}(?:\.\d\d){5}\.\d{9}$/;

/** `2026.11.25.17.12.55.375903085`, in UTC as the lines are: finer than a millisecond, in which a file may be
 *  too long twice. */
function stamp(at: Millis): string {
  const seconds = new Date(at).toISOString().slice(0, 19).replace(/[-T:]/g, ".");
  return `${seconds}.${String(Math.floor((at % 1_000) * 1_000_000)).padStart(9, "0")}`;
}
