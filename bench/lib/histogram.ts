// Latencies as HDR histograms: recorded where the messages arrive, packed to cross between processes, and
// read as percentiles. Three digits are kept of each value.

import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";
import { spread } from "./stats.ts";

/** A histogram as text. */
export type Packed = string;

/** Nanoseconds: a minute. What is above is recorded as this, since the library would leave it out. */
const NANOS_MAX = 60e9;
/** Where the curves are drawn. */
const PERCENTILES = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99] as const;

/** What is read of a histogram, in microseconds. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Percentile and microseconds. */
  readonly curve: readonly (readonly [percentile: number, micros: number])[];
}

export function histogram(): Histogram {
  return build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: NANOS_MAX,
    numberOfSignificantValueDigits: 3,
  });
}

/** Records `count` messages that were `nanos` late; what arrived before its time is 1 ns late. */
export function record(into: Histogram, nanos: number, count: number): void {
  into.recordValueWithCount(Math.min(NANOS_MAX, Math.max(1, Math.round(nanos))), count);
}

export function packed(from: Histogram): Packed {
  return encodeIntoCompressedBase64(from);
}

/** What several rounds say: of each percentile the median of the rounds, so that one odd round decides
 *  nothing; and the greatest of all. */
export function latencyOf(packs: readonly Packed[]): Latency {
  const rounds = packs.map((pack) => decodeFromCompressedBase64(pack));
  const at = (percentile: number): number =>
    spread(rounds.map((round) => round.getValueAtPercentile(percentile))).median / 1e3;
  return {
    count: rounds.reduce((sum, round) => sum + round.totalCount, 0),
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: Math.max(...rounds.map((round) => round.maxValue)) / 1e3,
    curve: PERCENTILES.map((percentile) => [percentile, at(percentile)] as const),
  };
}
