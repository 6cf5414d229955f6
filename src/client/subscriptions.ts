// A client's subscriptions: what it called them, and how many messages it still wants.

import { textOf } from "../base/bytes.ts";
import type { ClientSession } from "./session.ts";

export interface Subscription {
  /** Index in the appliance's table: the tag of its row of interest. */
  id: number;
  readonly session: ClientSession;
  readonly sid: string;
  readonly sidBytes: Uint8Array;
  readonly subject: Uint8Array;
  /** 0: no queue group. */
  readonly queue: number;
  row: number;
  /** Deliveries after which it ends; 0 for never. */
  max: number;
  delivered: number;
}

/** One that nobody knows of yet. */
export function newSubscription(
  session: ClientSession,
  sidBytes: Uint8Array,
  subject: Uint8Array,
  queue: number,
): Subscription {
  const sid = textOf(sidBytes);
  return { id: 0, session, sid, sidBytes, subject, queue, row: 0, max: 0, delivered: 0 };
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
