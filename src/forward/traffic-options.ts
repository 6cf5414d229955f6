// What passes between accounts, and under which subjects, as plain options. Source: client-and-auth.md §2.

import type { Millis } from "../base/clock.ts";

export interface StreamImportOptions {
  /** The account that exports. */
  readonly account: string;
  readonly subject: string;
  /** The local form; a prefix is written out. Wildcards in order, or as `$n` and `{{wildcard(n)}}`. */
  readonly to: string;
}

/** How many messages answer a request: one, any number, or any number of which an empty one is the last. */
export type ResponseType = "single" | "stream" | "chunked";

export interface ServiceImportOptions {
  readonly account: string;
  readonly subject: string;
  /** The local form, as of a stream. */
  readonly to: string;
  readonly response: ResponseType;
  /** How long after the request, or after the last answer of several, an answer is taken. */
  readonly thresholdMillis: Millis;
  /** The exporting account is told who asks, beyond the account. */
  readonly share: boolean;
}

export interface DestinationOptions {
  readonly destination: string;
  /** Per cent. */
  readonly weight: number;
  /** The only cluster in which it counts; null for all others. */
  readonly cluster: string | null;
}

export interface MappingOptions {
  readonly source: string;
  readonly destinations: readonly DestinationOptions[];
}

/** What one account gets from others, and what becomes of the subjects of its own messages. */
export interface TrafficOptions {
  readonly account: string;
  readonly streams: readonly StreamImportOptions[];
  readonly services: readonly ServiceImportOptions[];
  readonly mappings: readonly MappingOptions[];
}
