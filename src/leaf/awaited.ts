// Answers that a hub is asked for only because it was sent a request that crossed a gateway. It shows its
// clients the reply without the way home, and would keep their answers for itself. See
// docs/decisions/0004-a-spoke-speaks-for-its-hub.md.

import { bytesOf, textOf } from "../base/bytes.ts";
import { type Millis, NEVER } from "../base/clock.ts";
import { REPLY_MAPPING_MAX, REPLY_MAPPING_MILLIS } from "../base/limits.ts";
import type { LeafHost } from "./host.ts";
import type { LeafListing } from "./listing.ts";
import type { LeafSession } from "./session.ts";

export class AwaitedReplies {
  /** By name, until when the hub is asked for them. The oldest stand first. */
  readonly #until = new Map<string, Millis>();

  constructor(
    private readonly host: LeafHost,
    private readonly session: LeafSession,
    private readonly listing: LeafListing,
  ) {}

  /** The hub is asked for answers to buf[from, to). */
  add(buf: Uint8Array, from: number, to: number, now: Millis): void {
    const name = textOf(buf, from, to);
    const isNew = !this.#until.delete(name);
    if (isNew && this.#until.size >= REPLY_MAPPING_MAX) return;
    this.#until.set(name, now + REPLY_MAPPING_MILLIS);
    if (isNew) this.listing.write(buf, from, to, 0, 1);
  }

  /** Takes back what is no longer awaited, unless somebody here wants it by now. */
  expire(now: Millis): void {
    const { host, session } = this;
    for (const [name, until] of this.#until) {
      if (until > now) return;
      this.#until.delete(name);
      const bytes = bytesOf(name);
      const node = host.store.node(session.account, bytes, 0, bytes.length);
      if (node === 0 || host.weightFor(session, node, 0) === 0) {
        this.listing.write(bytes, 0, bytes.length, 0, 0);
      }
    }
  }

  /** When the next one is no longer awaited. */
  get deadline(): Millis {
    for (const until of this.#until.values()) return until;
    return NEVER;
  }
}
