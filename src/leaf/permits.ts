// What may cross a leaf link, as permissions and the two ends say. Source: leafnode.md §8.

import type { GrantedAnswers } from "../auth/granted-answers.ts";
import type { SubjectFilter } from "../auth/permission.ts";
import { textOf } from "../base/bytes.ts";
import { isJetStreamAck, isJetStreamOwn, isServiceReply, mappedPrefixBytes } from "../subject/reserved.ts";

/** A link as far as its permissions go. */
export interface Permitted {
  readonly isHub: boolean;
  /** What we may send to the peer, and what it may send to us. */
  readonly out: SubjectFilter;
  readonly in: SubjectFilter;
  /** What it may answer besides. */
  readonly answers: GrantedAnswers | null;
}

/** @hot Answers to requests that went this way are not looked at (leafnode.md §8). A mapped reply stands for
 *  what is behind its prefix; but a hub passes on what was allowed where it came from. */
export function mayCome(link: Permitted, buf: Uint8Array, start: number, to: number): boolean {
  const from = start + mappedPrefixBytes(buf, start, to);
  if (from > start && !link.isHub) return true;
  if (link.in.passes(buf, from, to) || isServiceReply(buf, from, to)) return true;
  return isJetStreamAck(buf, from, to) || (link.answers?.use(textOf(buf, start, to)) ?? false);
}

/** May the peer be sent a message with this literal subject? It may cut us for a mapped reply too. */
export function maySend(link: Permitted, buf: Uint8Array, start: number, to: number): boolean {
  if (isJetStreamOwn(buf, start, to)) return false;
  if (link.out.isOpen) return true;
  const from = start + mappedPrefixBytes(buf, start, to);
  return link.out.passes(buf, from, to) || isServiceReply(buf, from, to);
}
