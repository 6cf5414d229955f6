// A message frame to everybody who wants it: look up, fan out, encode. The hot loop of the product.

import { bytesOf, textOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { hashBytes, hashStart } from "../base/hash.ts";
import type { Random } from "../base/random.ts";
import type { ClientSession } from "../client/session.ts";
import type { GatewayInbound } from "../gateway/inbound.ts";
import { InterestCache } from "../interest/cache.ts";
import type { Generations } from "../interest/generation.ts";
import type { ReplyWindow } from "../interest/reply-window.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { LeafSession } from "../leaf/session.ts";
import { Source } from "../peer/kind.ts";
import type { InterestPort } from "../peer/ports.ts";
import type { Session } from "../peer/session.ts";
import { isServiceReply, mappedPrefixBytes } from "../subject/reserved.ts";
import type { Frame } from "../wire/frame.ts";
import { Delivery, isListed, type WayHome } from "./deliver.ts";
import type { Seen } from "./encode.ts";
import { Express } from "./express.ts";
import { Homes } from "./homes.ts";
import { tellNobody } from "./nobody.ts";
import { Relay, type Router } from "./relay.ts";
import { isOfOrigin, type ResolveHost, Resolver } from "./resolve.ts";
import { newSeen, see, unwrap } from "./seen.ts";
import type { Beyond, GatewayTarget, LeafTarget, QueueTarget, TargetSet } from "./targets.ts";
import { isTraced } from "./trace.ts";
import { Tracer } from "./tracer.ts";

export interface ForwardHost extends ResolveHost {
  readonly frame: Frame;
  readonly generations: Generations;
  readonly seed: number;
  readonly random: Random;
  readonly interest: InterestPort;
  /** null: every message takes the road that is written here. */
  readonly kernel: Kernel | null;
  hasAccount(account: number): boolean;
  replyWindow(account: number): ReplyWindow | undefined;
}

const NO_PREFIX = new Uint8Array(0);

/** How often messages went where no counter of a connection sees it. */
export interface ForwardCounts {
  /** Mapped replies for another cluster, or for one that is not connected. */
  mappedLost: number;
}

export class Forwarder implements Router {
  readonly relay: Relay;
  readonly express: Express | null;
  readonly counts: ForwardCounts = { mappedLost: 0 };
  readonly cache: InterestCache<TargetSet>;
  readonly #resolver: Resolver;
  readonly #tracer: Tracer;
  #delivery: Delivery;
  readonly #homes: Homes;
  /** What servers see of a message, and what clients see of it. */
  readonly #asSent = newSeen();
  readonly #asShown = newSeen();
  /** The last lookup found its answer. */
  #isKnown = false;

  constructor(
    private readonly host: ForwardHost,
    cluster: string,
    serverId: string,
    cacheSlots: number,
  ) {
    this.cache = new InterestCache(cacheSlots, host.generations, (set) => set.settle());
    this.#resolver = new Resolver(host);
    this.#tracer = new Tracer(host);
    this.#delivery = new Delivery(host.random);
    const { kernel, generations } = host;
    this.express = kernel === null ? null : new Express(kernel, host, generations);
    this.relay = new Relay(host, this, this.#delivery, host.interest);
    this.#homes = new Homes(cluster, serverId, () => host.outbounds);
  }

  /** Brings all suppressed counts up to date; before they are read. */
  settle(): void {
    this.express?.settle();
    this.cache.each((set) => set.settle());
  }

  /** @hot The frame is a client's message. */
  fromClient(from: ClientSession, now: Millis): void {
    const { frame } = this.host;
    if (frame.headerBytes <= 0 || !isTraced(frame)) return this.#fromClient(from, frame, now);
    this.#traced(from, now, () => this.#fromClient(from, frame, now));
  }

  /** @hot */
  #fromClient(from: ClientSession, frame: Frame, now: Millis): void {
    const seen = see(this.#asSent, frame, frame.subjectFrom);
    if (from.replies.count > 0) {
      const reply = from.replies.find(frame.hash, frame.buf, frame.subjectFrom, frame.subjectTo, now);
      if (reply !== null) return this.#answer(frame, reply.mapped, reply.leaf, now);
    }
    const set = this.#find(frame, seen);
    if (set === null) return;
    set.messages++;
    let reached = 0;
    const { plain, queues, leafs, beyond } = set;
    const self = from.echo ? null : from;
    // Before anybody is served: a member may leave by the message that it gets.
    const gateways = self === null ? set.gateways : this.#gatewaysBeside(frame, seen, self, set, false);
    for (let i = 0; i < plain.length; i++) {
      const subscription = plain[i]!;
      if (subscription.session === self) continue;
      this.#delivery.toClient(frame, seen, subscription);
      reached++;
    }
    for (let i = 0; i < queues.length; i++)
      if (this.#toGroup(frame, seen, beyond, queues[i]!, self)) reached++;
    if (leafs.length > 0) reached += this.#delivery.toLeafs(frame, seen, leafs, from, now);
    if (gateways.length > 0) {
      const prefixes = this.mustMap(frame, now);
      for (let i = 0; i < gateways.length; i++) this.toGateway(frame, seen, gateways[i]!, prefixes);
      reached++;
    }
    if (beyond !== null) reached += this.relay.beyond(frame, seen, seen, beyond, from, now);
    else if (this.#isKnown) this.express?.offer(from, Source.Own, frame, set);
    if (reached === 0 && from.noResponders && frame.replyTo > frame.replyFrom)
      tellNobody(this.#resolver, frame, from);
  }

  /** @hot The frame is a message from a remote cluster. Source: gateway.md §7.3, §4.4, §4.5. */
  fromGateway(from: GatewayInbound, now: Millis): void {
    const { frame } = this.host;
    const { buf, account } = frame;
    if (account === 0 || !this.host.hasAccount(account)) {
      return from.refuseAccount(textOf(buf, frame.accountFrom, frame.accountTo));
    }
    const mapped = mappedPrefixBytes(buf, frame.subjectFrom, frame.subjectTo);
    const subjectFrom = frame.subjectFrom + mapped;
    if (!from.takes(account, buf, subjectFrom, frame.subjectTo, frame.size)) {
      return from.missed(account, buf, subjectFrom, frame.subjectTo);
    }
    if (mapped > 0) return this.#arrived(frame, mapped, now);
    if (frame.headerBytes <= 0 || !isTraced(frame)) return this.#fromGateway(from, frame, now);
    this.#traced(from, now, () => this.#fromGateway(from, frame, now));
  }

  /** @hot */
  #fromGateway(from: GatewayInbound, frame: Frame, now: Millis): void {
    const { account, buf, subjectTo } = frame;
    const set = this.lookup(frame, Source.Gateway, frame.hash, buf, frame.subjectFrom, subjectTo);
    if (set.beyond === null && this.#isKnown) this.express?.offer(from, Source.Gateway, frame, set);
    this.#toOwn(frame, set, see(this.#asSent, frame, frame.subjectFrom), null, true, now);
    if (set.plain.length === 0 && set.beyond === null && !set.leafs.some(isPlain)) {
      from.missed(account, buf, frame.subjectFrom, frame.subjectTo);
    }
  }

  /** @hot The frame is a message from a leaf. Source: leafnode.md §18. */
  fromLeaf(from: LeafSession, now: Millis): void {
    const { frame } = this.host;
    const { buf, subjectFrom, subjectTo } = frame;
    const mapped = mappedPrefixBytes(buf, subjectFrom, subjectTo);
    if (mapped > 0) return this.homeward(frame, mapped, from, now);
    if (from.replies.count > 0) {
      const reply = from.replies.find(frame.hash, buf, subjectFrom, subjectTo, now);
      if (reply !== null) {
        if (reply.leaf === 0) reply.owed++;
        return this.#answer(frame, reply.mapped, reply.leaf, now);
      }
    }
    if (frame.headerBytes <= 0 || !isTraced(frame)) return this.#fromLeaf(from, frame, now);
    this.#traced(from, now, () => this.#fromLeaf(from, frame, now));
  }

  /** @hot */
  #fromLeaf(from: LeafSession, frame: Frame, now: Millis): void {
    const sent = see(this.#asSent, frame, frame.subjectFrom);
    const set = this.#find(frame, sent);
    if (set === null) return;
    set.messages++;
    // Before anybody is served: a member may leave by the message that it gets.
    const gateways = this.#gatewaysBeside(frame, sent, from, set, true);
    const maps = gateways.length > 0 && this.mustMap(frame, now);
    for (let i = 0; i < gateways.length; i++) {
      const target = gateways[i]!;
      this.#delivery.toGatewayListed(frame, sent, target, this.#prefixFor(target, maps));
    }
    if (set.beyond === null && this.#isKnown) this.express?.offer(from, Source.Own, frame, set);
    this.#toOwn(frame, set, sent, from, true, now);
  }

  /** @hot The set of what a client or leaf of ours says, `seen` being what it says; null: its account's
   *  mapping lets it be lost. */
  #find(frame: Frame, seen: Seen): TargetSet | null {
    const set = this.lookup(frame, Source.Own, frame.hash, frame.buf, frame.subjectFrom, frame.subjectTo);
    return set.beyond === null ? set : this.relay.mapped(frame, seen, set);
  }

  /** @hot One member of the group; those of other accounts are as good as our own. */
  #toGroup(
    frame: Frame,
    shown: Seen,
    beyond: Beyond | null,
    queue: QueueTarget,
    from: Session | null,
  ): boolean {
    const imported = beyond === null ? undefined : beyond.groups.get(queue);
    const { members } = queue;
    if (imported !== undefined && this.relay.toGroup(frame, shown, members.length, imported)) {
      this.#delivery.chosen = null;
      return true;
    }
    if (this.#delivery.toGroup(frame, shown, queue, from)) return true;
    return imported !== undefined && this.relay.anyOf(frame, shown, imported);
  }

  /** @hot Clients and leafs of ours. `sent` is what servers are to see. With `listed`, only the groups that
   *  the frame names. */
  #toOwn(
    frame: Frame,
    { plain, queues, leafs, beyond }: TargetSet,
    sent: Seen,
    from: LeafSession | null,
    listed: boolean,
    now: Millis,
  ): void {
    const shown = see(this.#asShown, frame, sent.subjectFrom);
    shown.subjectBuf = sent.subjectBuf;
    shown.subjectTo = sent.subjectTo;
    const prefixBytes = frame.replyTo > frame.replyFrom ? unwrap(frame, shown) : 0;
    const way = prefixBytes > 0 ? this.#wayHome(frame, prefixBytes, shown.replyTo, from, now) : null;
    const delivery = this.#delivery;
    for (let i = 0; i < plain.length; i++) {
      const subscription = plain[i]!;
      if (way !== null) this.#remember(frame, shown, way, subscription.session);
      delivery.toClient(frame, shown, subscription);
    }
    if (!listed || frame.queuesTo > frame.queuesFrom) {
      for (let i = 0; i < queues.length; i++) {
        const queue = queues[i]!;
        if (listed && !isListed(frame, queue.name, 0, queue.name.length)) continue;
        this.#toGroup(frame, shown, beyond, queue, from);
        const { chosen } = delivery;
        if (way !== null && chosen !== null) this.#remember(frame, shown, way, chosen.session);
      }
    }
    if (leafs.length > 0) delivery.toLeafs(frame, sent, leafs, from, now, way);
    if (beyond !== null) this.relay.beyond(frame, shown, sent, beyond, from, now);
  }

  #wayHome(
    frame: Frame,
    prefixBytes: number,
    replyTo: number,
    from: LeafSession | null,
    now: Millis,
  ): WayHome {
    const { buf, replyFrom, account } = frame;
    const hash = hashBytes(hashStart(this.host.seed, account), buf, replyFrom + prefixBytes, replyTo);
    return { prefixBytes, replyTo, hash, leaf: from?.id ?? 0, now };
  }

  /** @hot Who gets the subject buf[from, to), which has this hash, in the account of the frame. */
  lookup(
    { account }: Frame,
    source: Source,
    hash: number,
    buf: Uint8Array,
    from: number,
    to: number,
  ): TargetSet {
    const found = this.cache.find(account, source, hash, buf, from, to);
    this.#isKnown = found !== undefined;
    if (found !== undefined) return found;
    const made = this.#resolver.resolve(account, source, buf, from, to);
    this.cache.put(account, source, hash, buf, from, to, made);
    return made;
  }

  /** The client answers what it saw, behind the prefix and before what JetStream packed; its answer goes back
   *  by the leaf that the request came from, or to its cluster. */
  #remember(frame: Frame, { replyTo }: Seen, way: WayHome, session: ClientSession): void {
    const { buf, replyFrom } = frame;
    session.replies.remember(way.hash, buf, replyFrom, replyTo, way.prefixBytes, way.leaf, way.now);
  }

  /** A group whose only members on our side are the source, or are of its origin, may be served elsewhere. */
  #gatewaysBeside(
    frame: Frame,
    seen: Seen,
    from: Session,
    set: TargetSet,
    listed: boolean,
  ): readonly GatewayTarget[] {
    const isOnlyOwn = (queue: QueueTarget): boolean => {
      const { name, members, leafs } = queue;
      if (set.beyond?.groups.has(queue) === true) return false;
      return (
        (!listed || isListed(frame, name, 0, name.length)) &&
        members.every(({ session }) => session === from) &&
        leafs.every(({ target }) => isOfOrigin(target.session, from))
      );
    };
    if (set.queues.length === 0 || !set.queues.some(isOnlyOwn)) return set.gateways;
    const { subjectBuf, subjectFrom, subjectTo } = seen;
    // Mappings are behind it.
    const as = Source.Mapped;
    return this.#resolver.resolve(frame.account, as, subjectBuf, subjectFrom, subjectTo, from).gateways;
  }

  toGateway(frame: Frame, seen: Seen, target: GatewayTarget, maps: boolean): void {
    this.#delivery.toGateway(frame, seen, target, this.#prefixFor(target, maps));
  }

  #prefixFor({ session }: GatewayTarget, maps: boolean): Uint8Array {
    return maps ? this.#homes.prefixFor(session) : NO_PREFIX;
  }

  /** Must a reply that leaves by a gateway carry the way home? One that has it is left alone. */
  mustMap(frame: Frame, now: Millis): boolean {
    const { buf, replyFrom, replyTo } = frame;
    if (replyTo === replyFrom || mappedPrefixBytes(buf, replyFrom, replyTo) > 0) return false;
    const window = this.host.replyWindow(frame.account);
    return window?.covers(buf, replyFrom, replyTo, now) ?? false;
  }

  /** A client answered a mapped reply: it goes the way that the request came and nowhere else. Source:
   *  gateway.md §4.4, leafnode.md §18. */
  #answer(frame: Frame, mapped: Uint8Array, leaf: number, now: Millis): void {
    const seen = see(this.#asSent, frame, frame.subjectFrom);
    seen.subjectBuf = mapped;
    seen.subjectFrom = 0;
    seen.subjectTo = mapped.length;
    if (leaf === 0) return this.#toCluster(frame, seen, now);
    const session = this.host.leaf(leaf);
    if (session === undefined || session.closing !== null || !session.maySend(mapped, 0, mapped.length)) {
      this.counts.mappedLost++;
      return;
    }
    const target = { session, plain: true, chosenBy: NO_PREFIX, chosenBytes: 0 };
    this.#delivery.toLeafs(frame, seen, [target], null, now);
  }

  /** To the cluster whose hash stands in the subject. */
  #toCluster(frame: Frame, seen: Seen, now: Millis): void {
    const session = this.#homes.clusterOf(seen.subjectBuf, seen.subjectFrom, seen.subjectTo);
    if (session === undefined) {
      this.counts.mappedLost++;
      return;
    }
    const account = bytesOf(`${this.host.accounts.text(frame.account)} `);
    const target = { session, state: session.state(frame.account), account, plain: true, queues: null };
    this.toGateway(frame, seen, target, this.mustMap(frame, now));
  }

  /** A leaf answered a mapped reply, or an imported answer has one: to its cluster, home, or on to the leafs
   *  that know the way. */
  homeward(frame: Frame, prefixBytes: number, from: LeafSession | null, now: Millis): void {
    const { buf, subjectFrom, subjectTo } = frame;
    const seen = see(this.#asSent, frame, subjectFrom);
    if (this.#homes.isHome(buf, subjectFrom, prefixBytes)) return this.#arrived(frame, prefixBytes, now);
    if (this.#homes.clusterOf(buf, subjectFrom, subjectTo) !== undefined)
      return this.#toCluster(frame, seen, now);
    const { leafs } = this.lookup(frame, Source.Own, frame.hash, buf, subjectFrom, subjectTo);
    if (this.#delivery.toLeafs(frame, seen, leafs, from, now) === 0) this.counts.mappedLost++;
  }

  /** A message to a mapped reply came home, or came to the wrong house. Source: gateway.md §4.5. */
  #arrived(frame: Frame, prefixBytes: number, now: Millis): void {
    const { buf } = frame;
    if (!this.#homes.isHome(buf, frame.subjectFrom, prefixBytes)) {
      this.counts.mappedLost++;
      return;
    }
    const start = frame.subjectFrom + prefixBytes;
    const hash = hashBytes(hashStart(this.host.seed, frame.account), buf, start, frame.subjectTo);
    const set = this.lookup(frame, Source.MappedReply, hash, buf, start, frame.subjectTo);
    this.#toOwn(frame, set, see(this.#asSent, frame, start), null, false, now);
    if (isServiceReply(buf, start, frame.subjectTo)) return;
    const seen = see(this.#asSent, frame, start);
    for (const gateway of set.gateways) this.toGateway(frame, seen, gateway, false);
  }

  /** The message goes its way by a delivery that notes it. */
  #traced(from: ClientSession | GatewayInbound | LeafSession, now: Millis, deliver: () => void): void {
    const usual = this.#delivery;
    this.#tracer.run(this.host.frame, from, now, (by) => {
      this.#delivery = this.relay.delivery = by ?? usual;
      deliver();
      this.#delivery = this.relay.delivery = usual;
    });
  }
}

function isPlain({ plain }: LeafTarget): boolean {
  return plain;
}
