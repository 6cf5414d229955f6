// What a receiver sees of a message: the frame's own subject and reply, or what stands for them.

import { ackSubjectAt, mappedPrefixBytes } from "../subject/reserved.ts";
import type { Frame } from "../wire/frame.ts";
import type { Seen } from "./encode.ts";

const NOTHING = new Uint8Array(0);

export const newSeen = (): Seen => ({
  subjectBuf: NOTHING,
  subjectFrom: 0,
  subjectTo: 0,
  replyFrom: 0,
  replyTo: 0,
});

/** @hot The frame's own subject, from `subjectFrom` on, and reply. */
export function see(seen: Seen, frame: Frame, subjectFrom: number): Seen {
  seen.subjectBuf = frame.buf;
  seen.subjectFrom = subjectFrom;
  seen.subjectTo = frame.subjectTo;
  seen.replyFrom = frame.replyFrom;
  seen.replyTo = frame.replyTo;
  return seen;
}

/** What a client is to see of the reply: without the way home, and with the subject that JetStream packed
 *  into it. Answers the bytes of the way home. */
export function unwrap(frame: Frame, shown: Seen): number {
  const prefixBytes = mappedPrefixBytes(frame.buf, frame.replyFrom, frame.replyTo);
  shown.replyFrom = frame.replyFrom + prefixBytes;
  const at = ackSubjectAt(frame.buf, shown.replyFrom, shown.replyTo);
  if (at > 0) {
    shown.subjectBuf = frame.buf;
    shown.subjectFrom = at + 1;
    shown.subjectTo = shown.replyTo;
    shown.replyTo = at;
  }
  return prefixBytes;
}

/** The same message under another subject. */
export function seenAs({ replyFrom, replyTo }: Seen, subject: Uint8Array): Seen {
  return { subjectBuf: subject, subjectFrom: 0, subjectTo: subject.length, replyFrom, replyTo };
}
