// Which sets of targets the express lane may serve, and what each line to them begins with. A set that needs
// a choice, another subject or a count that ends a subscription goes its slow way.

import { bytesOf } from "../base/bytes.ts";
import type { Subscription } from "../client/subscriptions.ts";
import type { OutboundAccount } from "../gateway/outbound-account.ts";
import { Kind, Source } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import { isOfOrigin } from "./resolve.ts";
import type { TargetSet } from "./targets.ts";

export interface ExpressTarget {
  readonly session: Session;
  /** The line up to what follows the subject, as it is with headers. */
  readonly prefix: Uint8Array;
  /** The first byte of a line without headers; 0: it begins with the second byte of the prefix. */
  readonly first: number;
  /** Bytes of the largest message. */
  readonly sizeMax: number;
  /** Who counts deliveries; null for none. */
  readonly subscription: Subscription | null;
  readonly state: OutboundAccount | null;
}

const HMSG = bytesOf("HMSG");
const BLANK = bytesOf(" ");
const R = 0x52;
const L = 0x4c;
const ANY_SIZE = Number.MAX_SAFE_INTEGER;
/** Wider sets are served as fast by the loop that serves all. */
const TARGETS_MAX = 256;

/** Everybody who gets a message to this subject from this source; null when it must go the slow way. */
export function expressTargets(
  set: TargetSet,
  source: Source,
  subject: Uint8Array,
  from: Session,
): ExpressTarget[] | null {
  const { plain, queues, leafs, gateways, beyond } = set;
  if (queues.length > 0 || beyond !== null) return null;
  if (plain.length + leafs.length + gateways.length > TARGETS_MAX) return null;
  const line = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts.flatMap((part) => [part, BLANK]));
  const targets: ExpressTarget[] = [];
  for (const subscription of plain) {
    if (subscription.max > 0) return null;
    const prefix = line(HMSG, subject, subscription.sidBytes);
    subscription.express = true;
    targets.push({ ...NOTHING_COUNTED, session: subscription.session, prefix, first: 0, subscription });
  }
  for (const { session, plain: wants } of leafs) {
    // Our hub may be shown an answer that it has shown already: that is looked at message by message.
    if (source === Source.Gateway && !session.isHub) return null;
    if (!wants || (from.kind === Kind.Leaf && isOfOrigin(session, from))) continue;
    const prefix = line(HMSG, subject);
    targets.push({ ...NOTHING_COUNTED, session, prefix, first: L, sizeMax: session.maxPayload });
  }
  for (const { session, state, account, plain: wants, queues: groups } of gateways) {
    if (!wants || groups !== null) return null;
    const prefix = line(HMSG, account.subarray(0, -1), subject);
    targets.push({ ...NOTHING_COUNTED, session, prefix, first: R, state });
  }
  // A remote cluster is told of what nobody wants.
  return source === Source.Gateway && targets.length === 0 ? null : targets;
}

const NOTHING_COUNTED = { sizeMax: ANY_SIZE, subscription: null, state: null };

/** Which messages to the set go the slow way all the same. */
export function refusalsOf(
  { plain, leafs, gateways }: TargetSet,
  source: Source,
): { reply: boolean; freshReply: boolean; headers: boolean } {
  const knowsHeaders =
    plain.every(({ session }) => session.headers) &&
    leafs.every(({ session }) => session.headers) &&
    gateways.every(({ session }) => session.headers);
  const nobody = plain.length + leafs.length + gateways.length === 0;
  return {
    // Somebody may answer what he was asked, or the sender learns that there is nobody.
    reply: nobody || plain.some(({ session }) => session.answers !== null),
    freshReply: source === Source.Own && gateways.length > 0,
    headers: !knowsHeaders,
  };
}
