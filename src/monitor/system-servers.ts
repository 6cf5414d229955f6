// Other servers, as far as they are heard of: they say themselves that they are there, and that they go.
// Source: nats-server 2.15, events.go.

import type { Millis } from "../base/clock.ts";
import { fieldsOf, parsedObject } from "./system-json.ts";

/** Who was silent for so long is gone. */
const SILENT_MILLIS_MAX = 150_000;
/** A super-cluster is much smaller; whoever names more makes them up. */
const SERVERS_MAX = 10_000;

export class SystemServers {
  readonly #heard = new Map<string, Millis>();

  constructor(private readonly own: string) {}

  /** Those that we have heard of lately, without ourselves. */
  get count(): number {
    return this.#heard.size;
  }

  /** A document with a `server` came: true when that one is new. */
  heard(payload: Uint8Array, now: Millis): boolean {
    const { id } = fieldsOf(parsedObject(payload)["server"]);
    if (typeof id !== "string" || id === "" || id === this.own) return false;
    const isNew = !this.#heard.has(id);
    if (isNew && this.#heard.size >= SERVERS_MAX) return false;
    this.#heard.set(id, now);
    return isNew;
  }

  gone(id: string): void {
    this.#heard.delete(id);
  }

  tick(now: Millis): void {
    for (const [id, at] of this.#heard) if (now - at > SILENT_MILLIS_MAX) this.#heard.delete(id);
  }
}
