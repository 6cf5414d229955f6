// Messages that are sent at planned times whatever the system does, so that a pause counts with everything
// that waited for it, and a ledger of what became of each. Even numbers are wanted at the far end, odd ones
// are not.

import { build, type Histogram } from "hdr-histogram-js";
import { NUMBER_DIGITS } from "./line-sink.ts";
import type { WireEnd } from "./wire-end.ts";

export const WANTED = "live.wanted";
export const UNWANTED = "live.noise";
const PAYLOAD_BYTES = 64;
const FILLER = "x".repeat(PAYLOAD_BYTES - NUMBER_DIGITS);
/** Latency is kept in microseconds, up to a minute. */
const LATENCY_MAX = 60_000_000;

export interface Latency {
  readonly count: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What became of the wanted messages that were planned for a stretch of time. */
export interface Stretch extends Latency {
  readonly lost: number;
  readonly doubled: number;
  /** Unwanted ones that came all the same. */
  readonly wasted: number;
}

export function histogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_MAX,
    numberOfSignificantValueDigits: 3,
  });
}

export function latencyOf(histogram: Histogram): Latency {
  return {
    count: histogram.totalCount,
    p50: histogram.getValueAtPercentile(50),
    p99: histogram.getValueAtPercentile(99),
    max: histogram.maxValue,
  };
}

export class Live {
  sent = 0;
  readonly #gap: number;
  readonly #seen: Uint8Array;
  readonly #arrived: Float64Array;
  #startedAt = 0;
  #running = false;
  readonly #heads: readonly string[];

  /** `verb`: what a line begins with up to the subject: "PUB " or "RMSG account ". `shares`: 1 when all are
   *  wanted, 2 when every other one is. */
  constructor(
    private readonly sender: WireEnd,
    private readonly verb: string,
    perSecond: number,
    private readonly shares: 1 | 2,
    seconds = 60,
  ) {
    this.#gap = 1e9 / perSecond;
    const most = Math.ceil(perSecond * seconds);
    this.#seen = new Uint8Array(most);
    this.#arrived = new Float64Array(most);
    this.#heads = [WANTED, UNWANTED].map((subject) => `${this.verb}${subject} ${PAYLOAD_BYTES}\r\n`);
  }

  /** To be called with each message that arrives. */
  readonly arrived = (number: number): void => {
    if (number >= this.#seen.length) return;
    if (this.#seen[number]! < 255) this.#seen[number]!++;
    if (this.#arrived[number] === 0) this.#arrived[number] = Bun.nanoseconds();
  };

  start(): void {
    this.#startedAt = Bun.nanoseconds();
    this.#running = true;
    const turn = (): void => {
      if (!this.#running) return;
      this.#pump();
      setImmediate(turn);
    };
    turn();
  }

  /** Sends no more, and waits a little for what is on its way. */
  async stop(aftermathMillis = 300): Promise<void> {
    this.#running = false;
    await Bun.sleep(aftermathMillis);
  }

  /** Of messages planned from `from` until `to`, both as Bun.nanoseconds. */
  between(from: number, to: number): Stretch {
    const latencies = histogram();
    let [lost, doubled, wasted] = [0, 0, 0];
    const first = Math.max(0, Math.ceil((from - this.#startedAt) / this.#gap));
    const end = Math.min(this.sent, Math.ceil((to - this.#startedAt) / this.#gap));
    for (let number = first; number < end; number++) {
      const seen = this.#seen[number]!;
      if (number % this.shares !== 0) {
        if (seen > 0) wasted++;
        continue;
      }
      if (seen === 0) lost++;
      else latencies.recordValue(Math.min(LATENCY_MAX, this.#micros(number)));
      if (seen > 1) doubled++;
    }
    return { ...latencyOf(latencies), lost, doubled, wasted };
  }

  /** The longest latency in each of `points` steps from `from` to `to`: [ms from `zero`, microseconds]. */
  timeline(from: number, to: number, zero: number, points: number): [number, number][] {
    const step = (to - from) / points;
    const longest = new Map<number, number>();
    for (let number = 0; number < this.sent; number++) {
      const planned = this.#startedAt + number * this.#gap;
      if (planned < from || planned >= to || this.#arrived[number] === 0) continue;
      const at = Math.floor((planned - from) / step);
      longest.set(at, Math.max(longest.get(at) ?? 0, this.#micros(number)));
    }
    return [...longest].map(([at, micros]) => [round((from + at * step - zero) / 1e6), round(micros)]);
  }

  #micros(number: number): number {
    const planned = this.#startedAt + number * this.#gap;
    return Math.max(1, (this.#arrived[number]! - planned) / 1e3);
  }

  #pump(): void {
    const due = Math.min(
      this.#seen.length,
      Math.floor((Bun.nanoseconds() - this.#startedAt) / this.#gap) + 1,
    );
    if (due <= this.sent) return;
    const lines: string[] = [];
    for (let number = this.sent; number < due; number++) {
      const digits = String(number).padStart(NUMBER_DIGITS, "0");
      lines.push(`${this.#heads[number % this.shares]}${digits}${FILLER}\r\n`);
    }
    this.sent = due;
    this.sender.say(lines.join(""));
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
