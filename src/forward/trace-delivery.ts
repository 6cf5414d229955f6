// Delivery of a message that is traced: each target is noted, and servers are sent the message with the hop
// under which they tell the rest. What is only traced goes to servers alone.

import { textOf } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import type { Subscription } from "../client/subscriptions.ts";
import type { Session } from "../peer/session.ts";
import type { Frame } from "../wire/frame.ts";
import { Delivery } from "./deliver.ts";
import type { Seen } from "./encode.ts";
import type { GatewayTarget, LeafTarget } from "./targets.ts";
import { NOT_SENT, NOT_TOLD, nameOf, TRACE_PROTO, type Trace, withHop, withoutTrace } from "./trace.ts";

export interface TraceNames {
  accountName(account: number): string;
  queueName(queue: number): string;
}

export class TraceDelivery extends Delivery {
  constructor(
    random: Random,
    private readonly trace: Trace,
    private readonly names: TraceNames,
  ) {
    super(random);
    this.isDry = trace.only;
  }

  override toClient(frame: Frame, seen: Seen, subscription: Subscription): void {
    const { session, subject, queue } = subscription;
    const error = session.egress.full ? "Not delivered because client is closed" : "";
    this.#note(session, session.account, "", error, textOf(subject), queue);
    if (!this.trace.only) super.toClient(frame, seen, subscription);
  }

  protected override leafLine(frame: Frame, seen: Seen, target: LeafTarget): void {
    const { session } = target;
    const traced = this.#toServer(frame, session, session.account);
    if (traced !== null) super.leafLine(traced, moved(seen, frame, traced), target);
  }

  protected override gatewayLine(
    frame: Frame,
    seen: Seen,
    target: GatewayTarget,
    prefix: Uint8Array,
    queues: Uint8Array,
    queuesBytes: number,
  ): void {
    const traced = this.#toServer(frame, target.session, frame.account);
    if (traced === null) return;
    super.gatewayLine(traced, moved(seen, frame, traced), target, prefix, queues, queuesBytes);
  }

  /** What a server is sent; null: nothing. */
  #toServer(frame: Frame, session: Session, account: number): Frame | null {
    const { trace } = this;
    // Nobody has allowed that the trace is seen from another account.
    if (frame.account !== trace.account) return withoutTrace(frame);
    const isTold = session.proto >= TRACE_PROTO;
    if (trace.only && !isTold) {
      this.#note(session, account, "", NOT_SENT);
      return null;
    }
    const hop = trace.nextHop();
    this.#note(session, account, hop, isTold ? "" : NOT_TOLD);
    return withHop(frame, hop);
  }

  #note(session: Session, account: number, hop: string, error: string, subject = "", queue = 0): void {
    this.trace.left({
      session,
      name: nameOf(session),
      hop,
      account: account === this.trace.account ? "" : this.names.accountName(account),
      subject,
      queue: queue === 0 ? "" : this.names.queueName(queue),
      error,
    });
  }
}

/** What is seen of a frame, in its copy. */
function moved(seen: Seen, from: Frame, to: Frame): Seen {
  return seen.subjectBuf === from.buf ? { ...seen, subjectBuf: to.buf } : seen;
}
