// What a leaf is told of our interest: all of it when the link begins, in slices as its socket takes them,
// and each change after that. Source: leafnode.md §3.

import { bytesOf } from "../base/bytes.ts";
import { LISTING_SLICE_BYTES } from "../base/limits.ts";
import type { Cursor } from "../interest/cursor.ts";
import { leafInterestLineBytes, writeLeafInterest } from "../wire/leaf-writer.ts";
import type { LeafHost } from "./host.ts";
import type { LeafSession } from "./session.ts";

/** Replies to requests that crossed a gateway; the second is the form of before 2.1.2. */
const MAPPED_REPLIES = ["_GR_.>", "$GR.*.>"].map(bytesOf);

export class LeafListing {
  #cursor: Cursor | null = null;
  #isAgain = false;
  #subject = new Uint8Array(256);

  constructor(
    private readonly host: LeafHost,
    private readonly session: LeafSession,
  ) {}

  get isIdle(): boolean {
    return this.#cursor === null;
  }

  start(): void {
    const { account } = this.session;
    const own = this.host.loopSubject(account);
    this.write(own, 0, own.length, 0, 1);
    if (this.host.hasGateways) {
      for (const subject of MAPPED_REPLIES) this.write(subject, 0, subject.length, 0, 1);
    }
    this.#cursor = this.host.store.cursor(account);
    this.pump();
  }

  /** Says all of it once more, and takes back what may not be told any more. */
  again(): void {
    this.close();
    this.#isAgain = true;
    this.#cursor = this.host.store.cursor(this.session.account);
    this.pump();
  }

  /** Writes until the slice is full or all is said. */
  pump(): void {
    const { egress } = this.session;
    while (this.#cursor !== null && egress.pendingBytes < LISTING_SLICE_BYTES) {
      const node = this.#cursor.next();
      if (node === 0) return this.close();
      this.#node(node);
    }
  }

  close(): void {
    this.#cursor?.close();
    this.#cursor = null;
  }

  #node(node: number): void {
    const { store } = this.host;
    const { session } = this;
    const length = store.subjectLength(node);
    if (this.#subject.length < length) this.#subject = new Uint8Array(length * 2);
    store.copySubject(node, this.#subject, 0);
    const mayTell = session.mayTell(this.#subject, 0, length);
    if (!mayTell && !this.#isAgain) return;
    let last = -1;
    for (let group = store.nodeFirstGroup(node); group !== 0; group = store.nextGroup(group)) {
      const queue = store.groupQueue(group);
      // Clients, gateways and leafs have a group each; said twice is harmless, but mostly they stand side by
      // side.
      if (queue === last) continue;
      last = queue;
      const weight = this.host.weightFor(session, node, queue);
      if (weight > 0) this.write(this.#subject, 0, length, queue, mayTell ? weight : 0);
    }
  }

  /** One LS+ line, or LS- when the weight is 0. */
  write(subject: Uint8Array, from: number, to: number, queue: number, weight: number): void {
    const { egress } = this.session;
    const group = queue === 0 ? null : this.host.queues.bytes(queue);
    const at = egress.reserve(leafInterestLineBytes(to - from, group));
    egress.to = writeLeafInterest(weight > 0, subject, from, to, group, weight, egress.buf, at);
    egress.mark();
  }
}
