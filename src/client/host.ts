// What a client session asks of the appliance.

import type { LoginAnswer } from "../auth/login.ts";
import type { Arena } from "../base/arena.ts";
import type { Millis } from "../base/clock.ts";
import type { NameTable } from "../base/intern.ts";
import type { Random } from "../base/random.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Connect } from "../wire/documents.ts";
import type { Frame } from "../wire/frame.ts";
import type { Scanner } from "../wire/scanner.ts";
import type { ClientSession } from "./session.ts";
import type { Subscription } from "./subscriptions.ts";

/** The way of messages about which nothing is asked anew. */
export interface ClientExpress {
  /** Takes messages from the front of the window, and answers how many. */
  fromClient(from: ClientSession, window: Scanner, now: Millis): number;
  /** The subscription is about to end by its count: what was delivered to it is known from here on. */
  bounding(subscription: Subscription): void;
}

export interface ClientHost {
  readonly express: ClientExpress | null;
  readonly frame: Frame;
  readonly arena: Arena;
  readonly seed: number;
  readonly random: Random;
  /** Names of queue groups. */
  readonly queues: NameTable;
  now(): Millis;
  login(asked: Connect, from: ClientSession): LoginAnswer;
  accountName(account: number): string;
  subscribed(subscription: Subscription, now: Millis): void;
  unsubscribed(subscription: Subscription): void;
  clientMessage(session: ClientSession, now: Millis): void;
  clientEnded(session: ClientSession, reason: CloseReason, now: Millis): void;
}
