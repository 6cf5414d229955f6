// Account and subject to a target set, for one kind of source: the slow path, run once and remembered. It is
// the only place that says who may pass messages to whom: a message that came by a gateway never leaves by
// one. What came by a leaf goes to whom a client's message goes, but not back to its origin, which is looked
// at when it is sent.

import { bytesOf, rangeEquals, textOf } from "../base/bytes.ts";
import type { NameTable } from "../base/intern.ts";
import type { ClientSession } from "../client/session.ts";
import type { Subscription, SubscriptionTable } from "../client/subscriptions.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import type { OutboundAccount } from "../gateway/outbound-account.ts";
import type { Generations } from "../interest/generation.ts";
import { MatchList } from "../interest/match-list.ts";
import type { InterestStore } from "../interest/store.ts";
import type { LeafSession } from "../leaf/session.ts";
import { Holder, Source } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import { isSystemSubject } from "../subject/reserved.ts";
import { ANSWERS_TAG, type OwnInterest } from "./own.ts";
import { SharedSets } from "./shared-sets.ts";
import { Beyond, type LeafTarget, type QueueTarget, TargetSet } from "./targets.ts";
import type { Traffic } from "./traffic.ts";

export interface ResolveHost {
  readonly accounts: NameTable;
  readonly queues: NameTable;
  readonly store: InterestStore;
  readonly subscriptions: SubscriptionTable;
  /** Dialled gateways, nearest first. */
  readonly outbounds: readonly GatewayOutbound[];
  readonly traffic: Traffic;
  readonly system: OwnInterest;
  readonly generations: Generations;
  leaf(id: number): LeafSession | undefined;
}

const DOLLAR = 0x24;
const NO_NAMES = new Uint8Array(0);

/** What is put together for one subject. */
interface Work {
  readonly set: TargetSet;
  readonly groups: Map<number, QueueTarget>;
  readonly leafs: Map<number, LeafTarget | null>;
  /** Gateways with plain interest, and the groups of gateways, by session id. */
  readonly wanted: Set<number>;
  readonly remote: Map<number, Set<number>>;
  readonly source: Source;
  readonly buf: Uint8Array;
  readonly from: number;
  readonly to: number;
  /** Whoever is of its origin is no member of any group. */
  readonly except: Session | null;
}

export class Resolver {
  readonly #matched = new MatchList();
  readonly #shared: SharedSets;
  /** The subject itself was asked about, not only what it matches. */
  #isOwn = false;

  constructor(private readonly host: ResolveHost) {
    this.#shared = new SharedSets(host.generations);
  }

  /** `except` and links of its origin are no members of any queue group. */
  resolve(
    account: number,
    source: Source,
    buf: Uint8Array,
    from: number,
    to: number,
    except: Session | null = null,
  ): TargetSet {
    const mapping = source === Source.Own ? this.host.traffic.mappingOf(account, buf, from, to) : undefined;
    if (mapping !== undefined) {
      const set = new TargetSet();
      beyond(set).mapping = mapping;
      return set;
    }
    this.host.store.match(account, buf, from, to, this.#matched);
    // What servers have to do with is looked at by its name.
    const mayShare = except === null && buf[from] !== DOLLAR;
    const known = mayShare ? this.#shared.find(account, source, this.#matched) : undefined;
    if (known !== undefined) return known;
    this.#isOwn = false;
    const set = this.#compile(account, source, buf, from, to, except);
    if (mayShare && !this.#isOwn && set.beyond === null)
      this.#shared.put(account, source, this.#matched, set);
    return set;
  }

  /** The set of what was matched. */
  #compile(
    account: number,
    source: Source,
    buf: Uint8Array,
    from: number,
    to: number,
    except: Session | null,
  ): TargetSet {
    const set = new TargetSet();
    const work: Work = {
      set,
      groups: new Map(),
      leafs: new Map(),
      wanted: new Set(),
      remote: new Map(),
      source,
      buf,
      from,
      to,
      except,
    };
    for (let i = 0; i < this.#matched.length; i++) this.#sort(this.#matched.ids[i]!, work);
    set.queues.push(...work.groups.values());
    for (const target of work.leafs.values()) if (target !== null) set.leafs.push(target);
    if (source !== Source.Gateway) this.#addGateways(account, work);
    if (isSystemSubject(buf, from, to)) this.#ask(account, work);
    return set;
  }

  /** What clients and leafs of ours ask of this server, although nobody was told that it is wanted. */
  #ask(account: number, { set, source, buf, from, to }: Work): void {
    if (source !== Source.Own && source !== Source.Mapped) return;
    const { system } = this.host;
    for (const handler of system.untold(account, buf, from, to)) beyond(set).handlers.push(handler);
    const service = system.service(account, buf, from, to);
    if (service === undefined) return;
    beyond(set).services.push({ service, subject: service.subjectOf(buf, from, to) });
  }

  /** Puts the rows of one group where they belong. */
  #sort(group: number, work: Work): void {
    const { store } = this.host;
    const queue = store.groupQueue(group);
    const holder = store.groupClass(group);
    for (let row = store.groupFirstRow(group); row !== 0; row = store.nextRow(row)) {
      if (holder === Holder.Client) this.#client(work, store.rowTag(row), queue);
      else if (holder > Holder.Hub) this.#beyond(work, holder, row, queue);
      else if (holder !== Holder.Gateway) this.#leaf(work, store.rowOwner(row), queue, store.rowWeight(row));
      else if (queue === 0) work.wanted.add(store.rowOwner(row));
      else upsert(work.remote, store.rowOwner(row), () => new Set()).add(queue);
    }
  }

  #client(work: Work, id: number, queue: number): void {
    const subscription: Subscription | undefined = this.host.subscriptions.get(id);
    if (subscription === undefined || !this.#mayGet(subscription.session, queue, work)) return;
    if (queue === 0) work.set.plain.push(subscription);
    else if (subscription.session !== work.except) this.#group(work, queue).members.push(subscription);
  }

  #leaf(work: Work, id: number, queue: number, weight: number): void {
    const target = upsert(work.leafs, id, () => this.#leafTarget(work, id));
    if (target === null) return;
    if (queue === 0) target.plain = true;
    else if (!isOfOrigin(target.session, work.except)) this.#leafGroup(work, work, target, queue, weight);
  }

  /** `there` is the message as the leaf would get it. */
  #leafGroup(work: Work, { buf, from, to }: Work, target: LeafTarget, queue: number, weight: number): void {
    const { groups } = target.session;
    if (!groups.isOpen) this.#isOwn = true;
    if (groups.deniesGroup(buf, from, to, this.host.queues.bytes(queue))) return;
    this.#group(work, queue).leafs.push({ target, weight });
  }

  /** A wildcard may be allowed with less behind it than it names. */
  #mayGet({ out }: ClientSession, queue: number, { buf, from, to }: Work): boolean {
    if (out.isOpen) return true;
    this.#isOwn = true;
    return out.receives(buf, from, to, queue === 0 ? null : this.host.queues.bytes(queue));
  }

  /** What a row says that is not the interest of anybody in this account. */
  #beyond(work: Work, holder: number, row: number, queue: number): void {
    const { store, traffic } = this.host;
    const tag = store.rowTag(row);
    if (holder === Holder.Own) this.#own(work.set, tag);
    else if (holder !== Holder.Service) this.#imported(work, tag, queue, store.rowWeight(row));
    else {
      const service = traffic.service(tag);
      // A request is imported where it enters: the cluster that it came from has done so.
      if (service === undefined || work.source === Source.Gateway) return;
      const subject = service.subjectOf(work.buf, work.from, work.to);
      beyond(work.set).services.push({ service, subject });
    }
  }

  #own(set: TargetSet, tag: number): void {
    if (tag === ANSWERS_TAG) {
      beyond(set).answers = true;
      return;
    }
    const handler = this.host.system.handler(tag);
    if (handler !== undefined) beyond(set).handlers.push(handler);
  }

  #imported(work: Work, tag: number, queue: number, weight: number): void {
    const shadow = this.host.traffic.shadows.get(tag);
    if (shadow === undefined) return;
    const subject = shadow.import.localOf(work.buf, work.from, work.to);
    const there = { ...work, buf: subject, from: 0, to: subject.length };
    if (shadow.holder !== Holder.Client) return this.#importedLeaf(there, work, shadow.whose, queue, weight);
    const subscription = this.host.subscriptions.get(shadow.whose);
    if (subscription === undefined || !this.#mayGet(subscription.session, queue, there)) return;
    const more = beyond(work.set);
    if (queue === 0) more.clients.push({ subscription, subject });
    else upsert(more.groups, this.#group(work, queue), () => []).push({ subscription, subject });
  }

  #importedLeaf(there: Work, work: Work, id: number, queue: number, weight: number): void {
    const { leafs } = beyond(work.set);
    let imported = leafs.find(
      ({ target, subject }) => target.session.id === id && isSame(subject, there.buf),
    );
    if (imported === undefined) {
      const target = this.#leafTarget(there, id);
      if (target === null) return;
      imported = { target, subject: there.buf };
      leafs.push(imported);
    }
    if (queue === 0) imported.target.plain = true;
    else this.#leafGroup(work, there, imported.target, queue, weight);
  }

  /** null: it is gone, or may not be sent this. */
  #leafTarget({ buf, from, to }: Work, id: number): LeafTarget | null {
    const session = this.host.leaf(id);
    if (session?.out.isOpen === false) this.#isOwn = true;
    if (session === undefined || session.closing !== null || !session.maySend(buf, from, to)) return null;
    return { session, plain: false, chosenBy: NO_NAMES, chosenBytes: 0 };
  }

  #group({ groups }: Work, queue: number): QueueTarget {
    return upsert(groups, queue, () => ({ name: this.host.queues.bytes(queue), members: [], leafs: [] }));
  }

  /** Groups with members on our side are served here, the others by the nearest cluster that has any. */
  #addGateways(account: number, { set, groups, wanted, remote, buf, from, to }: Work): void {
    const served = new Set(groups.keys());
    const subject = (): string => textOf(buf, from, to);
    for (const session of this.host.outbounds) {
      if (this.#isRefused(set, session.state(account), buf, from, to)) continue;
      const own = [...(remote.get(session.id) ?? [])].filter((queue) => !served.has(queue));
      if (isOptimistic(session.state(account))) this.#isOwn = true;
      const plain = session.wants(account, subject, wanted.has(session.id));
      if (plain || own.length > 0) this.#line(set, session, account, plain, own);
      else set.suppressed.push(session.state(account));
      for (const queue of own) served.add(queue);
    }
  }

  #isRefused(set: TargetSet, state: OutboundAccount, buf: Uint8Array, from: number, to: number): boolean {
    if (state.out.isOpen) return false;
    this.#isOwn = true;
    if (state.out.passes(buf, from, to)) return false;
    set.refused.push({ state, rule: state.out.refusing(buf, from, to) });
    return true;
  }

  #line(set: TargetSet, session: GatewayOutbound, account: number, plain: boolean, groups: number[]): void {
    const names = groups.map((queue) => this.host.queues.text(queue)).join(" ");
    set.gateways.push({
      session,
      state: session.state(account),
      account: bytesOf(`${this.host.accounts.text(account)} `),
      plain,
      queues: groups.length === 0 ? null : bytesOf(names),
    });
  }
}

/** The remote gets what it did not mute. */
function isOptimistic({ mode, unasked }: OutboundAccount): boolean {
  return unasked && (mode === "Optimistic" || mode === "Transitioning");
}

function beyond(set: TargetSet): Beyond {
  set.beyond ??= new Beyond();
  return set.beyond;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return rangeEquals(a, 0, a.length, b);
}

/** @hot Is the link the source itself, or another one of the same origin? Source: leafnode.md §18. */
export function isOfOrigin(link: LeafSession, source: Session | null): boolean {
  return link === source || (source !== null && link.originKey === source.originKey);
}

function upsert<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
