// What users of the system account ask about the JWTs of accounts: `nats auth account push` and the like.
// Source: client-and-auth.md §4.1.

import type { ResolverAnswer } from "../auth/resolver-messages.ts";
import { textOf } from "../base/bytes.ts";
import type { ClientSession } from "../client/session.ts";
import { Count } from "../peer/counters.ts";
import { matches } from "../subject/match.ts";
import type { Frame } from "../wire/frame.ts";
import type { Resolver } from "./resolver.ts";

const CRLF_BYTES = 2;

/** Answers the frame's message to whoever sent it; null when it is no such request. */
export function claimsAsked(session: ClientSession, frame: Frame, resolver: Resolver): ResolverAnswer | null {
  const { buf, subjectFrom, subjectTo, replyFrom, replyTo, payloadFrom, headerBytes, end } = frame;
  const payload = buf.subarray(payloadFrom + Math.max(headerBytes, 0), end - CRLF_BYTES);
  const reply = buf.slice(replyFrom, replyTo);
  const answered = resolver.asked(textOf(buf, subjectFrom, subjectTo), payload);
  for (const text of reply.length === 0 ? [] : (answered?.replies ?? [])) deliver(session, reply, text);
  return answered;
}

/** To the first subscription of his that the reply is for. */
function deliver(session: ClientSession, reply: Uint8Array, text: string): void {
  for (const subscription of session.subscriptions.values()) {
    const { subject, sid } = subscription;
    if (!matches(subject, 0, subject.length, reply, 0, reply.length)) continue;
    const bytes = Buffer.byteLength(text);
    session.egress.text(`MSG ${textOf(reply)} ${sid} ${bytes}\r\n${text}\r\n`);
    session.counters[Count.OutMessages]!++;
    session.counters[Count.OutBytes]! += bytes;
    subscription.delivered++;
    if (subscription.max > 0 && subscription.delivered >= subscription.max) session.expire(subscription);
    return;
  }
}
