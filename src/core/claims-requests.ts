// What users of the system account ask about the JWTs of accounts: `nats auth account push` and the like.
// What is taken is kept in memory. Source: client-and-auth.md §4.1.

import {
  answer,
  type ResolverAnswer,
  type ResolverHost,
  resolverRequest,
} from "../auth/resolver-messages.ts";
import { textOf } from "../base/bytes.ts";
import type { ClientSession } from "../client/session.ts";
import { Count } from "../peer/counters.ts";
import { matches } from "../subject/match.ts";
import type { Frame } from "../wire/frame.ts";

const CRLF_BYTES = 2;

/** Answers the frame's message to whoever sent it; null when it is no such request. */
export function claimsAsked(
  session: ClientSession,
  frame: Frame,
  host: ResolverHost,
  nowSeconds: number,
): ResolverAnswer | null {
  const { buf, subjectFrom, subjectTo, replyFrom, replyTo, payloadFrom, headerBytes, end } = frame;
  const request = resolverRequest(textOf(buf, subjectFrom, subjectTo));
  if (request === null) return null;
  const payload = buf.subarray(payloadFrom + Math.max(headerBytes, 0), end - CRLF_BYTES);
  const reply = buf.slice(replyFrom, replyTo);
  const answered = answer(request, payload, host, nowSeconds);
  for (const text of reply.length === 0 ? [] : answered.replies) deliver(session, reply, text);
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
