// The compiled answer to "who gets this subject in this account?".

import type { Subscription } from "../client/subscriptions.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import type { OutboundAccount } from "../gateway/outbound-account.ts";
import type { LeafSession } from "../leaf/session.ts";
import type { Mapping, ServiceImport } from "./imports.ts";
import type { Handler } from "./own.ts";

/** A leaf that stands for members of a queue group. */
export interface LeafMember {
  readonly target: LeafTarget;
  readonly weight: number;
}

/** A queue group with members on our side; one of them gets the message. */
export interface QueueTarget {
  readonly name: Uint8Array;
  /** Those connected here, which come before leafs. */
  readonly members: Subscription[];
  readonly leafs: LeafMember[];
}

/** A leaf that gets one line, whatever it serves with it. */
export interface LeafTarget {
  readonly session: LeafSession;
  /** It has plain interest: it gets the message without being chosen by a group. */
  plain: boolean;
  /** Scratch of one message: the groups that chose this leaf, each with a blank behind it. */
  chosenBy: Uint8Array;
  chosenBytes: number;
}

/** A remote cluster that gets one line, whatever it serves with it. */
export interface GatewayTarget {
  readonly session: GatewayOutbound;
  readonly state: OutboundAccount;
  /** `account ` as it stands in the line. */
  readonly account: Uint8Array;
  /** It wants the message without any group. */
  readonly plain: boolean;
  /** The groups that this line serves, apart by blanks; null without any. */
  readonly queues: Uint8Array | null;
}

/** A subscription of another account, by a stream import. */
export interface ImportedSubscription {
  readonly subscription: Subscription;
  /** What the message is called there. */
  readonly subject: Uint8Array;
}

/** A leaf of another account, by a stream import. */
export interface ImportedLeaf {
  readonly target: LeafTarget;
  readonly subject: Uint8Array;
}

/** A request that another account answers. */
export interface ServiceRoute {
  readonly service: ServiceImport;
  /** What the request is called there. */
  readonly subject: Uint8Array;
}

/** Who gets a subject beyond its account, and how its account changes it; few subjects have any of it. */
export class Beyond {
  readonly clients: ImportedSubscription[] = [];
  readonly leafs: ImportedLeaf[] = [];
  /** Members in other accounts of groups of the set. */
  readonly groups = new Map<QueueTarget, ImportedSubscription[]>();
  readonly services: ServiceRoute[] = [];
  /** The box itself, in the system account. */
  readonly handlers: Handler[] = [];
  /** The subject is in our space of answers to imported requests. */
  answers = false;
  /** With a mapping there is nothing else: the set is that of another subject. */
  mapping: Mapping | null = null;
}

/** @hot Good until a generation moves on. */
export class TargetSet {
  readonly plain: Subscription[] = [];
  readonly queues: QueueTarget[] = [];
  readonly leafs: LeafTarget[] = [];
  readonly gateways: GatewayTarget[] = [];
  /** null for nearly all subjects. */
  beyond: Beyond | null = null;
  /** Gateways that do not want it: settled from `messages` when the set is read or gives way. */
  readonly suppressed: OutboundAccount[] = [];
  /** Gateways to which a rule does not let it cross, with the place of the rule. */
  readonly refused: { readonly state: OutboundAccount; readonly rule: number }[] = [];
  messages = 0;

  /** Adds what was counted here to the gateways that were spared. */
  settle(): void {
    if (this.messages === 0) return;
    for (const state of this.suppressed) state.suppressed += this.messages;
    for (const { state, rule } of this.refused) state.refusals.add(rule, this.messages);
    this.messages = 0;
  }
}
