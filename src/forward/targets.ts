// The compiled answer to "who gets this subject in this account?".

import type { Subscription } from "../client/subscriptions.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import type { OutboundAccount } from "../gateway/outbound-account.ts";

/** The members of a queue group that are connected here; one of them gets the message. */
export interface QueueTarget {
  readonly name: Uint8Array;
  readonly members: Subscription[];
}

/** A remote cluster that gets one line, whatever it serves with it. */
export interface GatewayTarget {
  readonly session: GatewayOutbound;
  readonly state: OutboundAccount;
  /** `account ` as it stands in the line. */
  readonly account: Uint8Array;
  /** The groups that this line serves, apart by blanks; null without any. */
  readonly queues: Uint8Array | null;
}

/** @hot Good until a generation moves on. */
export class TargetSet {
  readonly plain: Subscription[] = [];
  readonly queues: QueueTarget[] = [];
  readonly gateways: GatewayTarget[] = [];
  /** Gateways that do not want it: settled from `messages` when the set is read or gives way. */
  readonly suppressed: OutboundAccount[] = [];
  messages = 0;

  /** Adds what was counted here to the gateways that were spared. */
  settle(): void {
    if (this.messages === 0) return;
    for (const state of this.suppressed) state.suppressed += this.messages;
    this.messages = 0;
  }
}
