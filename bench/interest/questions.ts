// What the bench asks of the process that plays a remote gateway with very much interest.

import type { Latency } from "../lib/live.ts";
import type { Place } from "../transition/questions.ts";

export interface TakingSpec {
  readonly accounts: number;
  /** Of each account. */
  readonly subjects: number;
}

export interface TakingSample {
  readonly lines: number;
  readonly seconds: number;
  readonly cpuMicrosLine: number;
  readonly entryBytes: number;
  /** Round trips of a client's PING, one planned each millisecond, before and while the lines came, in
   *  microseconds. */
  readonly before: Latency;
  readonly during: Latency;
  readonly pauses: number;
  /** The same taken back with RS-. */
  readonly removed: { readonly seconds: number; readonly cpuMicrosLine: number } | null;
}

export type Question =
  | { readonly ask: "listen" }
  | { readonly ask: "take"; readonly place: Place; readonly spec: TakingSpec; readonly removes: boolean }
  | { readonly ask: "stop" };

export type Answer = number | TakingSample | null;
