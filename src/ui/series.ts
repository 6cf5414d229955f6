// Figures of the last minutes, kept in the browser: what was read at each poll, as rates.

import type { Flow } from "./links.ts";

/** Ten minutes at one reading in two seconds. */
const LENGTH_MAX = 300;

/** What is read at one moment: counters that go up, and gauges. */
export interface Reading {
  readonly out: Flow;
  readonly in: Flow;
  readonly rttMillis: number | null;
  readonly pendingBytes: number;
}

/** All columns have one length; null where there is a gap. */
export interface Columns {
  /** Seconds since 1970, as uPlot has them. */
  readonly at: readonly number[];
  readonly outMessages: readonly (number | null)[];
  readonly inMessages: readonly (number | null)[];
  readonly outBytes: readonly (number | null)[];
  readonly inBytes: readonly (number | null)[];
  readonly rttMillis: readonly (number | null)[];
  readonly pendingBytes: readonly (number | null)[];
}

export interface Rates {
  readonly outMessages: number | null;
  readonly inMessages: number | null;
  readonly outBytes: number | null;
  readonly inBytes: number | null;
}

type Column = (number | null)[];

export class Series {
  readonly #columns = {
    at: [] as number[],
    outMessages: [] as Column,
    inMessages: [] as Column,
    outBytes: [] as Column,
    inBytes: [] as Column,
    rttMillis: [] as Column,
    pendingBytes: [] as Column,
  };
  #last: Reading | null = null;
  #lastAt = 0;

  get columns(): Columns {
    return this.#columns;
  }

  /** Of the newest reading. */
  get rates(): Rates {
    const { outMessages, inMessages, outBytes, inBytes } = this.#columns;
    return {
      outMessages: outMessages.at(-1) ?? null,
      inMessages: inMessages.at(-1) ?? null,
      outBytes: outBytes.at(-1) ?? null,
      inBytes: inBytes.at(-1) ?? null,
    };
  }

  /** `now` is the box's time, in milliseconds. A reading of the same moment or of one before is left out. */
  add(now: number, reading: Reading): void {
    const seconds = (now - this.#lastAt) / 1_000;
    if (seconds <= 0) return;
    const last = this.#last;
    const rate = (side: "out" | "in", what: keyof Flow): number | null =>
      last === null ? null : rateOf(last[side][what], reading[side][what], seconds);
    const columns = this.#columns;
    columns.at.push(now / 1_000);
    columns.outMessages.push(rate("out", "messages"));
    columns.inMessages.push(rate("in", "messages"));
    columns.outBytes.push(rate("out", "bytes"));
    columns.inBytes.push(rate("in", "bytes"));
    columns.rttMillis.push(reading.rttMillis);
    columns.pendingBytes.push(reading.pendingBytes);
    if (columns.at.length > LENGTH_MAX) for (const column of Object.values(columns)) column.shift();
    this.#last = reading;
    this.#lastAt = now;
  }
}

/** null: the connection is another one, which began at 0. */
function rateOf(before: number, after: number, seconds: number): number | null {
  return after < before ? null : (after - before) / seconds;
}
