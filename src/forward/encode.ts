// A frame as the line that another peer reads. What follows the subject mostly leaves as it came: one prefix
// and one copy. Sources: gateway.md §2.3, leafnode.md §4, client-and-auth.md §1.1.

import { CR, LF, PIPE, PLUS, SP } from "../base/ascii.ts";
import { bytesOf, copyBytes } from "../base/bytes.ts";
import { writeDecimal } from "../base/decimal.ts";
import type { Subscription } from "../client/subscriptions.ts";
import type { Frame } from "../wire/frame.ts";
import type { GatewayTarget, LeafTarget } from "./targets.ts";

const MSG = bytesOf("MSG ");
const HMSG = bytesOf("HMSG ");
const RMSG_GATEWAY = bytesOf("RMSG ");
const HMSG_GATEWAY = bytesOf("HMSG ");
const LMSG = bytesOf("LMSG ");
/** Verb, blanks, two numbers, line ends: what a line needs besides names and payload. */
const LINE_BYTES = 48;

/** What the receiver is to see in place of the frame's own subject and reply: ranges of `buf`. */
export interface Seen {
  /** The frame's buffer, or another one when only the subject is replaced. */
  subjectBuf: Uint8Array;
  subjectFrom: number;
  subjectTo: number;
  replyFrom: number;
  replyTo: number;
}

/** @hot MSG or HMSG into the client's egress. */
export function writeClient(frame: Frame, seen: Seen, subscription: Subscription): void {
  const { session, sidBytes } = subscription;
  const { egress } = session;
  const { replyFrom, replyTo } = seen;
  const strip = frame.headerBytes > 0 && !session.headers;
  const subjectBytes = seen.subjectTo - seen.subjectFrom;
  egress.reserve(LINE_BYTES + subjectBytes + sidBytes.length + (replyTo - replyFrom) + frame.size);
  const target = egress.buf;
  let at = egress.to;
  at = frame.headerBytes > 0 && !strip ? copyBytes(HMSG, 0, 5, target, at) : copyBytes(MSG, 0, 4, target, at);
  at = copyBytes(seen.subjectBuf, seen.subjectFrom, seen.subjectTo, target, at);
  target[at++] = SP;
  at = copyBytes(sidBytes, 0, sidBytes.length, target, at);
  target[at++] = SP;
  if (replyTo > replyFrom) {
    at = copyBytes(frame.buf, replyFrom, replyTo, target, at);
    target[at++] = SP;
  }
  egress.to = writeTail(frame, strip, target, at);
  egress.mark();
}

/** @hot RMSG or HMSG into a dialled gateway's egress. `prefix` is put before the reply; empty for none. The
 *  groups to name are queues[0, queuesBytes). */
export function writeGateway(
  frame: Frame,
  seen: Seen,
  to: GatewayTarget,
  prefix: Uint8Array,
  queues: Uint8Array,
  queuesBytes: number,
): void {
  const { egress } = to.session;
  const { account } = to;
  const { replyFrom, replyTo } = seen;
  const strip = frame.headerBytes > 0 && !to.session.headers;
  const replyBytes = prefix.length + (replyTo - replyFrom);
  const subjectBytes = seen.subjectTo - seen.subjectFrom;
  egress.reserve(LINE_BYTES + account.length + subjectBytes + replyBytes + queuesBytes + frame.size);
  const target = egress.buf;
  const start = egress.to;
  const hasHeader = frame.headerBytes > 0 && !strip;
  let at = copyBytes(hasHeader ? HMSG_GATEWAY : RMSG_GATEWAY, 0, 5, target, start);
  at = copyBytes(account, 0, account.length, target, at);
  if (frame.canonical && !strip && queuesBytes === 0 && prefix.length === 0 && isWhole(frame, seen)) {
    egress.to = copyBytes(frame.buf, seen.subjectFrom, frame.end, target, at);
    to.state.wireBytes += egress.to - start;
    return egress.mark();
  }
  at = copyBytes(seen.subjectBuf, seen.subjectFrom, seen.subjectTo, target, at);
  target[at++] = SP;
  if (queuesBytes > 0) {
    target[at++] = replyTo > replyFrom ? PLUS : PIPE;
    target[at++] = SP;
  }
  if (replyTo > replyFrom) {
    at = copyBytes(prefix, 0, prefix.length, target, at);
    at = copyBytes(frame.buf, replyFrom, replyTo, target, at);
    target[at++] = SP;
  }
  if (queuesBytes > 0) {
    at = copyBytes(queues, 0, queuesBytes, target, at);
    target[at++] = SP;
  }
  egress.to = writeTail(frame, strip, target, at);
  to.state.wireBytes += egress.to - start;
  egress.mark();
}

/** @hot LMSG or HMSG into a leaf's egress, with the groups that chose the leaf. */
export function writeLeaf(frame: Frame, seen: Seen, to: LeafTarget): void {
  const { session, chosenBy, chosenBytes } = to;
  const { egress } = session;
  const { replyFrom, replyTo } = seen;
  const strip = frame.headerBytes > 0 && !session.headers;
  const subjectBytes = seen.subjectTo - seen.subjectFrom;
  egress.reserve(LINE_BYTES + subjectBytes + (replyTo - replyFrom) + chosenBytes + frame.size);
  const target = egress.buf;
  const hasHeader = frame.headerBytes > 0 && !strip;
  let at = copyBytes(hasHeader ? HMSG : LMSG, 0, 5, target, egress.to);
  if (frame.canonical && !strip && chosenBytes === 0 && isWhole(frame, seen)) {
    egress.to = copyBytes(frame.buf, seen.subjectFrom, frame.end, target, at);
    return egress.mark();
  }
  at = copyBytes(seen.subjectBuf, seen.subjectFrom, seen.subjectTo, target, at);
  target[at++] = SP;
  if (chosenBytes > 0) {
    target[at++] = replyTo > replyFrom ? PLUS : PIPE;
    target[at++] = SP;
  }
  if (replyTo > replyFrom) {
    at = copyBytes(frame.buf, replyFrom, replyTo, target, at);
    target[at++] = SP;
  }
  at = copyBytes(chosenBy, 0, chosenBytes, target, at);
  egress.to = writeTail(frame, strip, target, at);
  egress.mark();
}

/** True when from the subject on the line is what came: the subject may have lost its beginning, nothing
 *  else. */
function isWhole(frame: Frame, seen: Seen): boolean {
  return (
    seen.subjectBuf === frame.buf &&
    seen.subjectTo === frame.subjectTo &&
    seen.replyFrom === frame.replyFrom &&
    seen.replyTo === frame.replyTo
  );
}

/** @hot Sizes and payload. `strip` leaves the header block out, for a peer that knows none. */
function writeTail(frame: Frame, strip: boolean, target: Uint8Array, from: number): number {
  if (frame.tailCanonical && !strip) return copyBytes(frame.buf, frame.sizesFrom, frame.end, target, from);
  let at = from;
  const header = strip ? frame.headerBytes : 0;
  if (frame.headerBytes > 0 && !strip) {
    at = writeDecimal(frame.headerBytes, target, at);
    target[at++] = SP;
  }
  at = writeDecimal(frame.size - header, target, at);
  target[at++] = CR;
  target[at++] = LF;
  return copyBytes(frame.buf, frame.payloadFrom + header, frame.end, target, at);
}
