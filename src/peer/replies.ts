// Mapped replies that a client or a hub was handed without their prefix: its answer must go the way the
// request came. Source: gateway.md §4.4.

import { rangeEquals } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { REPLY_MAPPING_MAX, REPLY_MAPPING_MILLIS } from "../base/limits.ts";

export interface Mapping {
  /** Prefix and original reply in one piece. */
  readonly mapped: Uint8Array;
  /** Where the original reply begins in `mapped`. */
  readonly prefixBytes: number;
  /** The link of the leaf that the request came from; 0: a gateway. */
  readonly leaf: number;
  readonly until: Millis;
  /** Answers that went home and may come back to those who watch: home passes them on to who wants them. */
  owed: number;
}

/** By the hash of the original reply in the client's account; the bytes are compared on every hit. */
export class Replies {
  readonly #mappings = new Map<number, Mapping>();

  get count(): number {
    return this.#mappings.size;
  }

  /** Remembers buf[from, to), of which the first `prefixBytes` are the way home. */
  remember(
    hash: number,
    buf: Uint8Array,
    from: number,
    to: number,
    prefixBytes: number,
    leaf: number,
    now: Millis,
  ): void {
    this.#sweep(now);
    const owed = this.#mappings.get(hash)?.owed ?? 0;
    this.#mappings.delete(hash);
    this.#mappings.set(hash, {
      mapped: buf.slice(from, to),
      prefixBytes,
      leaf,
      until: now + REPLY_MAPPING_MILLIS,
      owed,
    });
  }

  /** Where an answer to buf[from, to) goes, or null. */
  find(hash: number, buf: Uint8Array, from: number, to: number, now: Millis): Mapping | null {
    const mapping = this.#mappings.get(hash);
    if (mapping === undefined || mapping.until < now) return null;
    const original = mapping.mapped.subarray(mapping.prefixBytes);
    return rangeEquals(buf, from, to, original) ? mapping : null;
  }

  /** Is this an answer that went home from here and comes back? Whoever watches here has seen it. */
  isEcho(hash: number, buf: Uint8Array, from: number, to: number, now: Millis): boolean {
    const mapping = this.find(hash, buf, from, to, now);
    if (mapping === null || mapping.owed === 0) return false;
    mapping.owed--;
    return true;
  }

  /** Is there any whose answer is still awaited? */
  holds(now: Millis): boolean {
    if (this.#mappings.size === 0) return false;
    this.#sweep(now);
    return this.#mappings.size > 0;
  }

  /** Insertion order is age: the oldest stand first. */
  #sweep(now: Millis): void {
    for (const [hash, { until }] of this.#mappings) {
      if (until >= now && this.#mappings.size < REPLY_MAPPING_MAX) return;
      this.#mappings.delete(hash);
    }
  }
}
