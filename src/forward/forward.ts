// A message frame to everybody who wants it: look up, fan out, encode. The hot loop of the product.

import { SP } from "../base/ascii.ts";
import { bytesOf, rangeEquals, textOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { hashBytes, hashStart } from "../base/hash.ts";
import { hash4, hash6 } from "../base/hash6.ts";
import { below, type Random } from "../base/random.ts";
import { type ClientSession, noResponderStatus } from "../client/session.ts";
import type { Subscription } from "../client/subscriptions.ts";
import type { GatewayInbound } from "../gateway/inbound.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import { InterestCache } from "../interest/cache.ts";
import type { Generations } from "../interest/generation.ts";
import type { ReplyWindow } from "../interest/reply-window.ts";
import { Count } from "../peer/counters.ts";
import { Source } from "../peer/kind.ts";
import { ackSubjectAt, isServiceReply, MAPPED_BYTES, mappedPrefixBytes } from "../subject/reserved.ts";
import type { Frame } from "../wire/frame.ts";
import { type Seen, writeClient, writeGateway } from "./encode.ts";
import { type ResolveHost, Resolver } from "./resolve.ts";
import type { GatewayTarget, QueueTarget, TargetSet } from "./targets.ts";

export interface ForwardHost extends ResolveHost {
  readonly frame: Frame;
  readonly generations: Generations;
  readonly seed: number;
  readonly random: Random;
  hasAccount(account: number): boolean;
  replyWindow(account: number): ReplyWindow | undefined;
}

const NO_PREFIX = new Uint8Array(0);
/** `_GR_.` and the cluster's hash. */
const CLUSTER_FROM = 5;
const OLD_CLUSTER_FROM = 4;

/** How often messages went where no counter of a connection sees it. */
export interface ForwardCounts {
  /** Mapped replies for another cluster, or for one that is not connected. */
  mappedLost: number;
}

export class Forwarder {
  readonly counts: ForwardCounts = { mappedLost: 0 };
  readonly #cache: InterestCache<TargetSet>;
  readonly #resolver: Resolver;
  /** `_GR_.<our cluster>.<our server>.` and the form before 2.1.2. */
  readonly #prefix: Uint8Array;
  readonly #oldPrefix: Uint8Array;
  readonly #seen: Seen = { subjectBuf: NO_PREFIX, subjectFrom: 0, subjectTo: 0, replyFrom: 0, replyTo: 0 };

  constructor(
    private readonly host: ForwardHost,
    cluster: string,
    serverId: string,
    cacheSlots: number,
  ) {
    this.#cache = new InterestCache(cacheSlots, host.generations, (set) => set.settle());
    this.#resolver = new Resolver(host);
    this.#prefix = bytesOf(`_GR_.${hash6(cluster)}.${hash6(serverId)}.`);
    this.#oldPrefix = bytesOf(`$GR.${hash4(cluster)}.`);
  }

  /** Brings all suppressed counts up to date; before they are read. */
  settle(): void {
    this.#cache.each((set) => set.settle());
  }

  /** @hot The frame is a client's message. */
  fromClient(from: ClientSession, now: Millis): void {
    const { frame } = this.host;
    const seen = this.#see(frame, frame.subjectFrom);
    if (from.replies.count > 0) {
      const mapped = from.replies.find(frame.hash, frame.buf, frame.subjectFrom, frame.subjectTo, now);
      if (mapped !== null) return this.#answer(frame, mapped, now);
    }
    const set = this.#lookup(Source.Client, frame.hash, frame.subjectFrom, frame.subjectTo);
    set.messages++;
    let reached = 0;
    const { plain, queues } = set;
    // Before anybody is served: a member may leave by the message that it gets.
    const gateways = from.echo ? set.gateways : this.#gatewaysBeside(frame, from, set);
    for (let i = 0; i < plain.length; i++) {
      const subscription = plain[i]!;
      if (subscription.session === from && !from.echo) continue;
      this.#toClient(frame, seen, subscription);
      reached++;
    }
    for (let i = 0; i < queues.length; i++) if (this.#toQueue(frame, seen, queues[i]!, from)) reached++;
    if (gateways.length > 0) {
      this.#toGateways(frame, seen, gateways, now);
      reached++;
    }
    if (reached === 0 && from.noResponders && frame.replyTo > frame.replyFrom)
      this.#noResponders(frame, from);
  }

  /** @hot The frame is a message from a remote cluster. Source: gateway.md §7.3, §4.4, §4.5. */
  fromGateway(from: GatewayInbound, now: Millis): void {
    const { frame } = this.host;
    const { buf, account } = frame;
    if (account === 0 || !this.host.hasAccount(account)) {
      return from.refuseAccount(textOf(buf, frame.accountFrom, frame.accountTo));
    }
    if (this.host.isKeptIn(account)) return;
    from.count(account, frame.size);
    const mapped = mappedPrefixBytes(buf, frame.subjectFrom, frame.subjectTo);
    if (mapped > 0) return this.#arrived(frame, mapped, now);
    const set = this.#lookup(Source.Gateway, frame.hash, frame.subjectFrom, frame.subjectTo);
    const seen = this.#see(frame, frame.subjectFrom);
    const prefixBytes = frame.replyTo > frame.replyFrom ? this.#unwrap(frame, seen) : 0;
    const { plain, queues } = set;
    for (let i = 0; i < plain.length; i++) {
      if (prefixBytes > 0) this.#remember(frame, seen, prefixBytes, plain[i]!.session, now);
      this.#toClient(frame, seen, plain[i]!);
    }
    if (frame.queuesTo > frame.queuesFrom) {
      for (let i = 0; i < queues.length; i++) {
        if (!isListed(frame, queues[i]!.name)) continue;
        const chosen = this.#toQueue(frame, seen, queues[i]!, null);
        if (prefixBytes > 0 && chosen) this.#remember(frame, seen, prefixBytes, this.#chosen!.session, now);
      }
    }
    if (plain.length === 0) from.missed(account, () => textOf(buf, frame.subjectFrom, frame.subjectTo));
  }

  #lookup(source: Source, hash: number, from: number, to: number): TargetSet {
    const { account, buf } = this.host.frame;
    const found = this.#cache.find(account, source, hash, buf, from, to);
    if (found !== undefined) return found;
    const made = this.#resolver.resolve(account, source, buf, from, to);
    this.#cache.put(account, source, hash, buf, from, to, made);
    return made;
  }

  #see(frame: Frame, subjectFrom: number): Seen {
    const seen = this.#seen;
    seen.subjectBuf = frame.buf;
    seen.subjectFrom = subjectFrom;
    seen.subjectTo = frame.subjectTo;
    seen.replyFrom = frame.replyFrom;
    seen.replyTo = frame.replyTo;
    return seen;
  }

  /** What a client is to see of the reply: without the way home, and with the subject that JetStream packed
   *  into it. */
  #unwrap(frame: Frame, seen: Seen): number {
    const prefixBytes = mappedPrefixBytes(frame.buf, frame.replyFrom, frame.replyTo);
    seen.replyFrom = frame.replyFrom + prefixBytes;
    const at = ackSubjectAt(frame.buf, seen.replyFrom, seen.replyTo);
    if (at > 0) {
      seen.subjectFrom = at + 1;
      seen.subjectTo = seen.replyTo;
      seen.replyTo = at;
    }
    return prefixBytes;
  }

  /** The client answers what it saw: behind the prefix, and before what JetStream packed. */
  #remember(frame: Frame, seen: Seen, prefixBytes: number, session: ClientSession, now: Millis): void {
    const { buf, replyFrom, account } = frame;
    const { replyTo } = seen;
    const hash = hashBytes(hashStart(this.host.seed, account), buf, replyFrom + prefixBytes, replyTo);
    session.replies.remember(hash, buf, replyFrom, replyTo, prefixBytes, now);
  }

  #toClient(frame: Frame, seen: Seen, subscription: Subscription): void {
    const { session } = subscription;
    const { counters } = session;
    if (session.egress.full) {
      counters[Count.Dropped]!++;
      return;
    }
    writeClient(frame, seen, subscription);
    counters[Count.OutMessages]!++;
    counters[Count.OutBytes]! += frame.size;
    subscription.delivered++;
    if (subscription.max > 0 && subscription.delivered >= subscription.max) session.expire(subscription);
  }

  /** The member that the last group chose. */
  #chosen: Subscription | null = null;

  #toQueue(frame: Frame, seen: Seen, queue: QueueTarget, from: ClientSession | null): boolean {
    const { members } = queue;
    const start = members.length === 1 ? 0 : below(this.host.random, members.length);
    for (let i = 0; i < members.length; i++) {
      const member = members[(start + i) % members.length]!;
      if ((member.session === from && !from.echo) || member.session.egress.full) continue;
      this.#chosen = member;
      this.#toClient(frame, seen, member);
      return true;
    }
    return false;
  }

  /** A group whose only members here are a publisher without echo may be served elsewhere. */
  #gatewaysBeside(frame: Frame, from: ClientSession, set: TargetSet): readonly GatewayTarget[] {
    const isOnlyOwn = ({ members }: QueueTarget): boolean => members.every(({ session }) => session === from);
    if (!set.queues.some(isOnlyOwn)) return set.gateways;
    const { account, buf, subjectFrom, subjectTo } = frame;
    return this.#resolver.resolve(account, Source.Client, buf, subjectFrom, subjectTo, from).gateways;
  }

  #toGateways(frame: Frame, seen: Seen, gateways: readonly GatewayTarget[], now: Millis): void {
    const maps = frame.replyTo > frame.replyFrom && this.#mustMap(frame, now);
    for (let i = 0; i < gateways.length; i++) this.#toGateway(frame, seen, gateways[i]!, maps);
  }

  #toGateway(frame: Frame, seen: Seen, target: GatewayTarget, maps: boolean): void {
    const { session, state } = target;
    const { counters } = session;
    if (session.egress.full) {
      counters[Count.Dropped]!++;
      return;
    }
    const prefix = maps ? (session.newReplyPrefix ? this.#prefix : this.#oldPrefix) : NO_PREFIX;
    writeGateway(frame, seen, target, prefix);
    counters[Count.OutMessages]!++;
    counters[Count.OutBytes]! += frame.size;
    state.messages++;
    state.bytes += frame.size;
  }

  #mustMap(frame: Frame, now: Millis): boolean {
    const window = this.host.replyWindow(frame.account);
    return window?.covers(frame.buf, frame.replyFrom, frame.replyTo, now) ?? false;
  }

  /** A client answered a mapped reply: it goes to the cluster of the request and nowhere else. Source:
   *  gateway.md §4.4. */
  #answer(frame: Frame, mapped: Uint8Array, now: Millis): void {
    const session = this.#clusterOf(mapped, 0, mapped.length);
    if (session === undefined) {
      this.counts.mappedLost++;
      return;
    }
    const seen = this.#seen;
    seen.subjectBuf = mapped;
    seen.subjectFrom = 0;
    seen.subjectTo = mapped.length;
    const account = bytesOf(`${this.host.accounts.text(frame.account)} `);
    const target = { session, state: session.state(frame.account), account, queues: null };
    const maps = frame.replyTo > frame.replyFrom && this.#mustMap(frame, now);
    this.#toGateway(frame, seen, target, maps);
  }

  /** The dialled gateway whose cluster's hash stands in a mapped subject. */
  #clusterOf(buf: Uint8Array, from: number, to: number): GatewayOutbound | undefined {
    const isNew = mappedPrefixBytes(buf, from, to) === MAPPED_BYTES;
    const at = from + (isNew ? CLUSTER_FROM : OLD_CLUSTER_FROM);
    const wanted = textOf(buf, at, at + (isNew ? 6 : 4));
    return this.host.outbounds.find(({ gateway }) => (isNew ? hash6(gateway) : hash4(gateway)) === wanted);
  }

  /** A message to a mapped reply came home, or came to the wrong house. Source: gateway.md §4.5. */
  #arrived(frame: Frame, prefixBytes: number, now: Millis): void {
    const own = prefixBytes === MAPPED_BYTES ? this.#prefix : this.#oldPrefix;
    const from = prefixBytes === MAPPED_BYTES ? CLUSTER_FROM : OLD_CLUSTER_FROM;
    const length = prefixBytes === MAPPED_BYTES ? 6 : 4;
    const { buf } = frame;
    const at = frame.subjectFrom + from;
    if (!rangeEquals(buf, at, at + length, own.subarray(from, from + length))) {
      this.counts.mappedLost++;
      return;
    }
    const start = frame.subjectFrom + prefixBytes;
    const hash = hashBytes(hashStart(this.host.seed, frame.account), buf, start, frame.subjectTo);
    const set = this.#lookup(Source.MappedReply, hash, start, frame.subjectTo);
    const seen = this.#see(frame, start);
    const replyPrefix = frame.replyTo > frame.replyFrom ? this.#unwrap(frame, seen) : 0;
    for (const subscription of set.plain) {
      if (replyPrefix > 0) this.#remember(frame, seen, replyPrefix, subscription.session, now);
      this.#toClient(frame, seen, subscription);
    }
    for (const queue of set.queues) {
      const chosen = this.#toQueue(frame, seen, queue, null);
      if (chosen && replyPrefix > 0) this.#remember(frame, seen, replyPrefix, this.#chosen!.session, now);
    }
    if (isServiceReply(buf, start, frame.subjectTo)) return;
    const onward = this.#see(frame, start);
    for (const gateway of set.gateways) this.#toGateway(frame, onward, gateway, false);
  }

  /** Nobody could get a request: its sender is told at once. Source: client-and-auth.md §1.3. */
  #noResponders(frame: Frame, from: ClientSession): void {
    const { buf, replyFrom, replyTo } = frame;
    const { plain } = this.#resolver.resolve(frame.account, Source.Gateway, buf, replyFrom, replyTo);
    const own = plain.find(({ session }) => session === from);
    if (own === undefined) return;
    const status = noResponderStatus(textOf(buf, frame.subjectFrom, frame.subjectTo));
    const head = `HMSG ${textOf(buf, replyFrom, replyTo)} ${own.sid} ${status.length} ${status.length}\r\n`;
    from.egress.text(`${head}${textOf(status)}\r\n`);
    from.counters[Count.OutMessages]!++;
    from.counters[Count.OutBytes]! += status.length;
    own.delivered++;
    if (own.max > 0 && own.delivered >= own.max) from.expire(own);
  }
}

/** @hot Is the group among the names in the frame's queue list? */
function isListed(frame: Frame, name: Uint8Array): boolean {
  const { buf, queuesTo } = frame;
  let from = frame.queuesFrom;
  while (from < queuesTo) {
    let to = from;
    while (to < queuesTo && buf[to]! > SP) to++;
    if (rangeEquals(buf, from, to, name)) return true;
    from = to + 1;
  }
  return false;
}
