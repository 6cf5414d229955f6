// What a leaf session asks of the appliance.

import type { LoginAnswer } from "../auth/login.ts";
import type { Arena } from "../base/arena.ts";
import type { Millis } from "../base/clock.ts";
import type { NameTable } from "../base/intern.ts";
import type { Random } from "../base/random.ts";
import type { InterestStore } from "../interest/store.ts";
import type { CloseReason } from "../peer/close.ts";
import type { InterestPort } from "../peer/ports.ts";
import type { Frame } from "../wire/frame.ts";
import type { LeafConnect } from "../wire/leaf-documents.ts";
import type { LeafReader } from "../wire/leaf-reader.ts";
import type { S2Buffers } from "../wire/s2-buffers.ts";
import type { S2Codec } from "../wire/s2-codec.ts";
import type { LeafAccepted } from "./accepted.ts";
import type { LeafSession } from "./session.ts";

export interface LeafHost {
  /** Takes messages from the front of the window, and answers how many. null: nobody does. */
  readonly express: { fromLeaf(from: LeafSession, window: LeafReader, now: Millis): number } | null;
  readonly arena: Arena;
  readonly frame: Frame;
  readonly random: Random;
  readonly seed: number;
  readonly accounts: NameTable;
  readonly queues: NameTable;
  readonly store: InterestStore;
  now(): Millis;
  /** What all compressed links share. */
  readonly s2Buffers: S2Buffers;
  readonly s2Codec: S2Codec;
  readonly interest: InterestPort;
  /** Mapped replies come through here: leafs are told so. */
  readonly hasGateways: boolean;
  /** Its subjects about servers are meant for us, and may be wanted by leafs. */
  isSystem(account: number): boolean;
  /** The `$LDS.` subject by which we know our own interest again. */
  loopSubject(account: number): Uint8Array;
  leafLogin(asked: LeafConnect, from: LeafAccepted): LoginAnswer;
  /** Another link of the same leaf is told so and closed. */
  replaceDuplicate(session: LeafAccepted): void;
  /** The handshake is done: the link takes part from now on. */
  leafReady(session: LeafSession, now: Millis): void;
  /** How many members stand behind a pattern and queue of the store, as far as this link is told of them. */
  weightFor(session: LeafSession, node: number, queue: number): number;
  /** Interest that just came: replies to it may be on their way. */
  recentInterest(account: number, pattern: Uint8Array, now: Millis): void;
  leafMessage(session: LeafSession, now: Millis): void;
  /** Places where the hub can be reached, as it says. */
  hubUrls(session: LeafSession, urls: readonly string[], now: Millis): void;
  /** What the peer may be sent, or may send, is another thing now. */
  permissionsChanged(account: number): void;
  /** The rows of a link that is over are to go. */
  bury(session: LeafSession): void;
  leafEnded(session: LeafSession, reason: CloseReason, now: Millis): void;
}
