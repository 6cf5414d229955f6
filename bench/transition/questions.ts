// What the bench asks of the process that plays the far region and its clients.

import type { ChurnSample, ChurnSpec } from "./churn.ts";
import type { TellingSample, TellingSpec, ThresholdSample } from "./telling.ts";
import type { ToldSample, ToldSpec } from "./told.ts";

/** Where the system is. */
export interface Place {
  readonly pid: number;
  readonly client: number;
  readonly gateway: number;
  readonly monitor: number;
}

export type Question =
  | { readonly ask: "listen"; readonly old: boolean }
  | { readonly ask: "told"; readonly place: Place; readonly spec: ToldSpec }
  | { readonly ask: "telling" | "threshold"; readonly place: Place; readonly spec: TellingSpec }
  | { readonly ask: "churn"; readonly place: Place; readonly spec: ChurnSpec }
  | { readonly ask: "stop" };

/** The port of "listen", or the sample that was asked for. */
export type Answer = number | ToldSample | TellingSample | ThresholdSample | ChurnSample | null;
