// What all documents share: the head, and Go's rule of leaving out what is empty.

import { timeText } from "./format.ts";
import type { MonitorSource } from "./source.ts";

/** A JSON object under nats-server's names. */
export type Document = Record<string, unknown>;

/** How many lines of subscriptions or connections one answer lists at most; the rest is reached by offset. */
export const LIST_MAX = 100_000;

/** How many connections or subscriptions are listed when the query does not say. Source: nats-server. */
const LIST_LENGTH = 1_024;

/** The fields without those that Go's `omitempty` leaves out. */
export function omitEmpty(fields: Document): Document {
  const kept: Document = {};
  for (const [name, value] of Object.entries(fields)) if (!isEmpty(value)) kept[name] = value;
  return kept;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  return Array.isArray(value) && value.length === 0;
}

export function head(source: MonitorSource): { server_id: string; now: string } {
  const { core } = source;
  return { server_id: core.options.client.serverId, now: timeText(core.world.clock.now()) };
}

/** Offset and limit as nats-server corrects them, and never more than LIST_MAX lines. */
export function page(offset: number, limit: number): { offset: number; limit: number } {
  return { offset: Math.max(0, offset), limit: limit <= 0 ? LIST_LENGTH : Math.min(limit, LIST_MAX) };
}

/** How much one answer may still list and look at. */
export class Budget {
  truncated = false;
  #lines = LIST_MAX;
  #looks = LOOKS_MAX;

  /** May one more line be listed? */
  line(): boolean {
    if (this.#lines-- > 0) return true;
    this.truncated = true;
    return false;
  }

  /** May one more entry be looked at? */
  look(): boolean {
    if (this.#looks-- > 0) return true;
    this.truncated = true;
    return false;
  }
}

/** How many entries of interest one answer walks past at most: nothing else runs meanwhile. */
const LOOKS_MAX = 1_000_000;
