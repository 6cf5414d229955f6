// A client's subscriptions: what it called them, and how many messages it still wants.

import { bytesOf, textOf } from "../base/bytes.ts";
import type { ClientSession } from "./session.ts";

export class Subscription {
  /** Index in the appliance's table: the tag of its row of interest. 0: it is not known to anybody yet. */
  id = 0;
  row = 0;
  /** Deliveries after which it ends; 0 for never. */
  max = 0;
  delivered = 0;
  /** The express lane delivers to it, and counts for itself. */
  express = false;

  constructor(
    readonly session: ClientSession,
    readonly sid: string,
    /** null: they are those of `sid`, and most subscriptions end before anybody asks. */
    private bytes: Uint8Array | null,
    readonly subject: Uint8Array,
    /** 0: no queue group. */
    readonly queue: number,
  ) {}

  get sidBytes(): Uint8Array {
    this.bytes ??= bytesOf(this.sid);
    return this.bytes;
  }
}

/** Does the text of so many bytes tell them? Not when some of them are no UTF-8. */
export function tellsBytes(text: string, bytes: number): boolean {
  return text.length === bytes && !text.includes("\ufffd");
}

/** What the client is told behind the subject of one that it may not have. */
export function inQueue(queue: Uint8Array | null): string {
  return queue === null ? "" : ` using queue "${textOf(queue)}"`;
}

/** All subscriptions of an appliance by id, so that a row of interest can name one with an integer. */
export class SubscriptionTable {
  readonly #all: (Subscription | undefined)[] = [undefined];
  readonly #free: number[] = [];

  add(subscription: Subscription): void {
    subscription.id = this.#free.pop() ?? this.#all.length;
    this.#all[subscription.id] = subscription;
  }

  remove(subscription: Subscription): void {
    this.#all[subscription.id] = undefined;
    this.#free.push(subscription.id);
  }

  get(id: number): Subscription | undefined {
    return this.#all[id];
  }
}
