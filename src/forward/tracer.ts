// Which messages are traced, and how: a trace is made, the message goes its way with a delivery that notes
// each target, and what was noted is told.

import { bytesOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import type { NameTable } from "../base/intern.ts";
import type { Random } from "../base/random.ts";
import type { ClientSession } from "../client/session.ts";
import type { GatewayInbound } from "../gateway/inbound.ts";
import type { LeafSession } from "../leaf/session.ts";
import { Kind } from "../peer/kind.ts";
import type { Frame } from "../wire/frame.ts";
import type { Delivery } from "./deliver.ts";
import type { OwnInterest } from "./own.ts";
import { Trace } from "./trace.ts";
import { TraceDelivery } from "./trace-delivery.ts";

export interface TraceHost {
  readonly accounts: NameTable;
  readonly queues: NameTable;
  readonly random: Random;
  readonly system: OwnInterest;
}

type Sender = ClientSession | GatewayInbound | LeafSession;

/** The message at hand goes its way; with another delivery than the usual one where that is given. */
type Deliver = (delivery: Delivery | null) => void;

export class Tracer {
  constructor(private readonly host: TraceHost) {}

  /** The frame's header names a subject for traces. */
  run(frame: Frame, from: Sender, now: Millis, deliver: Deliver): void {
    const { host } = this;
    const trace = new Trace(frame, from, host.accounts.text(frame.account), now);
    if (trace.isOff) return deliver(null);
    if (!trace.isValid) return trace.only ? undefined : deliver(null);
    if (!mayTell(from, trace.destination)) return;
    const names = {
      accountName: (account: number) => host.accounts.text(account),
      queueName: (queue: number) => host.queues.text(queue),
    };
    deliver(new TraceDelivery(host.random, trace, names));
    host.system.traced(trace);
  }
}

/** Whoever may not publish there must not do it by a trace. */
function mayTell(from: Sender, destination: string): boolean {
  if (from.kind === Kind.GatewayInbound) return true;
  const bytes = bytesOf(destination);
  if (from.in.isOpen || from.in.passes(bytes, 0, bytes.length)) return true;
  from.egress.text(`-ERR 'Permissions Violation for Publish to "${destination}"'\r\n`);
  return false;
}
