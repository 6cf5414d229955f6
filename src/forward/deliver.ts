// One message to one target: who of a group gets it, whether the target keeps up, and what is counted.

import type { GrantedAnswers } from "../auth/granted-answers.ts";
import { SP } from "../base/ascii.ts";
import { copyBytes, rangeEquals, textOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { below, type Random } from "../base/random.ts";
import type { Subscription } from "../client/subscriptions.ts";
import { Count } from "../peer/counters.ts";
import type { Session } from "../peer/session.ts";
import type { Frame } from "../wire/frame.ts";
import { type Seen, writeClient, writeGateway, writeLeaf } from "./encode.ts";
import { isOfOrigin } from "./resolve.ts";
import type { GatewayTarget, LeafTarget, QueueTarget } from "./targets.ts";

/** Of a reply that carries the way home: how much of it, the hash of the rest, and whence the request
 *  came. */
export interface WayHome {
  readonly prefixBytes: number;
  /** Where the reply ends that a client sees. */
  readonly replyTo: number;
  readonly hash: number;
  /** The link of a leaf, or 0. */
  readonly leaf: number;
  readonly now: Millis;
}

/** Groups of one line are mostly few. */
const NAMES_BYTES = 128;
const NO_NAMES = new Uint8Array(0);

export class Delivery {
  /** The member that the last group chose, if it is connected here. */
  chosen: Subscription | null = null;
  /** Nothing is done with the message beyond its account, nor by the box itself. */
  isDry = false;
  #listed = new Uint8Array(NAMES_BYTES);

  constructor(private readonly random: Random) {}

  /** @hot */
  toClient(frame: Frame, seen: Seen, subscription: Subscription): void {
    const { session } = subscription;
    const { counters } = session;
    if (session.egress.full) {
      counters[Count.Dropped]!++;
      return;
    }
    writeClient(frame, seen, subscription);
    counters[Count.OutMessages]!++;
    counters[Count.OutBytes]! += frame.size;
    if (session.answers !== null) grant(session.answers, frame, seen);
    subscription.delivered++;
    if (subscription.max > 0 && subscription.delivered >= subscription.max) session.expire(subscription);
  }

  /** One member of the group: connected here, else behind a leaf, which is marked to get the message. `from`
   *  is passed over, and so is what is of its origin. */
  toGroup(frame: Frame, seen: Seen, queue: QueueTarget, from: Session | null): boolean {
    const { members } = queue;
    this.chosen = null;
    const start = members.length <= 1 ? 0 : below(this.random, members.length);
    for (let i = 0; i < members.length; i++) {
      const member = members[(start + i) % members.length]!;
      if (member.session === from || member.session.egress.full) continue;
      this.chosen = member;
      this.toClient(frame, seen, member);
      return true;
    }
    return queue.leafs.length > 0 && this.#chooseLeaf(queue, from);
  }

  /** By weight, among those that take it. */
  #chooseLeaf({ name, leafs }: QueueTarget, from: Session | null): boolean {
    let sum = 0;
    for (const { target, weight } of leafs) if (takes(target, from)) sum += weight;
    if (sum === 0) return false;
    let left = below(this.random, sum);
    for (const { target, weight } of leafs) {
      if (!takes(target, from)) continue;
      left -= weight;
      if (left >= 0) continue;
      mark(target, name);
      return true;
    }
    return false;
  }

  /** @hot All leafs that want it, or that a group chose; answers how many that was. */
  toLeafs(
    frame: Frame,
    seen: Seen,
    leafs: readonly LeafTarget[],
    from: Session | null,
    now: Millis,
    way: WayHome | null = null,
  ): number {
    let count = 0;
    for (let i = 0; i < leafs.length; i++) {
      const target = leafs[i]!;
      if (!target.plain && target.chosenBytes === 0) continue;
      if (!isOfOrigin(target.session, from) && (from !== null || !isEcho(frame, seen, target, now))) {
        if (way !== null && !target.session.isHub) this.#toHub(frame, seen, target, way);
        else this.leafLine(frame, seen, target);
        count++;
      }
      target.chosenBytes = 0;
    }
    return count;
  }

  /** A hub gets the reply without the way home, which it would show to nobody, and is asked for the
   *  answer. */
  #toHub(
    frame: Frame,
    seen: Seen,
    target: LeafTarget,
    { prefixBytes, replyTo, hash, leaf, now }: WayHome,
  ): void {
    const { replyFrom } = seen;
    target.session.awaitAnswer(hash, frame.buf, replyFrom, replyTo, prefixBytes, leaf, now);
    seen.replyFrom += prefixBytes;
    this.leafLine(frame, seen, target);
    seen.replyFrom = replyFrom;
  }

  protected leafLine(frame: Frame, seen: Seen, target: LeafTarget): void {
    const { session } = target;
    const { counters } = session;
    if (session.egress.full || frame.size > session.maxPayload) {
      counters[Count.Dropped]!++;
      if (!session.egress.full) counters[Count.TooLarge]!++;
      return;
    }
    writeLeaf(frame, seen, target);
    counters[Count.OutMessages]!++;
    counters[Count.OutBytes]! += frame.size;
    if (session.answers !== null) grant(session.answers, frame, seen);
  }

  /** @hot `prefix` is put before the reply. */
  toGateway(frame: Frame, seen: Seen, target: GatewayTarget, prefix: Uint8Array): void {
    const { queues } = target;
    this.gatewayLine(frame, seen, target, prefix, queues ?? NO_NAMES, queues?.length ?? 0);
  }

  /** As toGateway, but only for the groups that the frame's own list names. Source: gateway.md §7.2. */
  toGatewayListed(frame: Frame, seen: Seen, target: GatewayTarget, prefix: Uint8Array): void {
    const { queues } = target;
    if (queues === null) return this.gatewayLine(frame, seen, target, prefix, NO_NAMES, 0);
    if (rangeEquals(frame.buf, frame.queuesFrom, frame.queuesTo, queues)) {
      return this.gatewayLine(frame, seen, target, prefix, queues, queues.length);
    }
    const listedBytes = this.#list(frame, queues);
    if (listedBytes === 0 && !target.plain) return;
    this.gatewayLine(frame, seen, target, prefix, this.#listed, listedBytes);
  }

  /** @hot Of these names, apart by blanks, those that are in the frame's list too; answers their bytes. */
  #list(frame: Frame, names: Uint8Array): number {
    if (this.#listed.length < names.length) this.#listed = new Uint8Array(names.length);
    const listed = this.#listed;
    let to = 0;
    for (let from = 0; from < names.length; ) {
      let end = from;
      while (end < names.length && names[end]! > SP) end++;
      if (isListed(frame, names, from, end)) {
        if (to > 0) listed[to++] = SP;
        to = copyBytes(names, from, end, listed, to);
      }
      from = end + 1;
    }
    return to;
  }

  protected gatewayLine(
    frame: Frame,
    seen: Seen,
    target: GatewayTarget,
    prefix: Uint8Array,
    queues: Uint8Array,
    queuesBytes: number,
  ): void {
    const { session, state } = target;
    const { counters } = session;
    if (session.egress.full) {
      counters[Count.Dropped]!++;
      return;
    }
    writeGateway(frame, seen, target, prefix, queues, queuesBytes);
    counters[Count.OutMessages]!++;
    counters[Count.OutBytes]! += frame.size;
    state.messages++;
    state.bytes += frame.size;
  }
}

/** A hub has shown its answers to its own watchers; home sends them here once more. */
function isEcho(frame: Frame, seen: Seen, { session }: LeafTarget, now: Millis): boolean {
  const { replies } = session;
  if (session.isHub || replies.count === 0) return false;
  return replies.isEcho(frame.hash, seen.subjectBuf, seen.subjectFrom, seen.subjectTo, now);
}

function takes({ session }: LeafTarget, from: Session | null): boolean {
  return !session.egress.full && !isOfOrigin(session, from);
}

/** The leaf gets the message for this group too. */
function mark(target: LeafTarget, name: Uint8Array): void {
  const end = target.chosenBytes + name.length + 1;
  if (target.chosenBy.length < end) {
    const larger = new Uint8Array(Math.max(NAMES_BYTES, end * 2));
    larger.set(target.chosenBy);
    target.chosenBy = larger;
  }
  target.chosenBytes = copyBytes(name, 0, name.length, target.chosenBy, target.chosenBytes);
  target.chosenBy[target.chosenBytes++] = SP;
}

/** @hot Is names[nameFrom, nameTo) among the names in the frame's queue list? */
export function isListed(frame: Frame, names: Uint8Array, nameFrom: number, nameTo: number): boolean {
  const { buf, queuesTo } = frame;
  for (let i = frame.queuesFrom; i < queuesTo; i++) {
    let at = nameFrom;
    while (at < nameTo && i < queuesTo && buf[i] === names[at]) {
      at++;
      i++;
    }
    if (at === nameTo && (i === queuesTo || buf[i]! <= SP)) return true;
    while (i < queuesTo && buf[i]! > SP) i++;
  }
  return false;
}

/** Who was asked may answer. */
function grant(answers: GrantedAnswers, { buf }: Frame, { replyFrom, replyTo }: Seen): void {
  if (replyTo > replyFrom) answers.grant(textOf(buf, replyFrom, replyTo));
}
