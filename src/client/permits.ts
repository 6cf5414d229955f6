// What a client may publish, as permissions and the servers' own subjects say.

import type { GrantedAnswers } from "../auth/granted-answers.ts";
import type { SubjectFilter } from "../auth/permission.ts";
import { textOf } from "../base/bytes.ts";
import { forbiddenReply, forbiddenSubject, isJetStreamAck } from "../subject/reserved.ts";
import type { Frame } from "../wire/frame.ts";

interface Publisher {
  readonly in: SubjectFilter;
  readonly answers: GrantedAnswers | null;
}

/** @hot What the message in the frame does that it may not, as the client is told, and with which subject;
 *  null for nothing. */
export function forbidden(from: Publisher, frame: Frame): readonly [what: string, subject: string] | null {
  const { buf, subjectFrom, subjectTo, replyFrom, replyTo } = frame;
  if (forbiddenSubject(buf, subjectFrom, subjectTo) || !mayPublish(from, buf, subjectFrom, subjectTo)) {
    return ["Publish to", textOf(buf, subjectFrom, subjectTo)];
  }
  if (replyTo === replyFrom || !forbiddenReply(buf, replyFrom, replyTo)) return null;
  return ["Publish with Reply of", textOf(buf, replyFrom, replyTo)];
}

/** Acknowledgements go where JetStream asked for them (client-and-auth.md §1.3). */
function mayPublish({ in: own, answers }: Publisher, buf: Uint8Array, from: number, to: number): boolean {
  if (own.isOpen || own.passes(buf, from, to) || isJetStreamAck(buf, from, to)) return true;
  return answers?.use(textOf(buf, from, to)) ?? false;
}
