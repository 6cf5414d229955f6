// What a client session asks of the appliance.

import type { LoginAnswer } from "../auth/login.ts";
import type { Arena } from "../base/arena.ts";
import type { Millis } from "../base/clock.ts";
import type { NameTable } from "../base/intern.ts";
import type { Random } from "../base/random.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Connect } from "../wire/documents.ts";
import type { Frame } from "../wire/frame.ts";
import type { ClientSession } from "./session.ts";
import type { Subscription } from "./subscriptions.ts";

export interface ClientHost {
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
