// A change of interest to every session that must tell its peer. What a peer was told is never written down:
// it follows from the store and from the table below, before the change and after it.

import type { GatewayInbound } from "../gateway/inbound.ts";
import type { Generations } from "../interest/generation.ts";
import type { InterestStore } from "../interest/store.ts";
import type { LeafSession } from "../leaf/session.ts";
import { Holder, TOLD_TO_GATEWAYS } from "../peer/kind.ts";
import type { InterestPort } from "../peer/ports.ts";
import { isLoopSubject, isMappedSpace } from "../subject/reserved.ts";
import type { Traffic } from "./traffic.ts";

export interface PropagateHost {
  readonly store: InterestStore;
  readonly generations: Generations;
  readonly inbounds: Iterable<GatewayInbound>;
  readonly hasGateways: boolean;
  /** Links of an account that take part. */
  leafsOf(account: number): readonly LeafSession[];
  readonly traffic: Traffic;
  /** Any link whose rows are not all gone. */
  leaf(id: number): LeafSession | undefined;
}

/** Whose interest may be interest in another account too. */
const SHADOWED: number = (1 << Holder.Client) | (1 << Holder.Spoke) | (1 << Holder.Hub);

const NO_PATTERN = new Uint8Array(0);

export class Propagator implements InterestPort {
  /** The pattern of the change, copied, because its node may go with it. */
  #pattern = NO_PATTERN;
  #length = 0;
  /** Members behind the pattern and queue: of clients here and in other accounts, of gateways, and by origin
   *  of spokes and of hubs. */
  #clients = 0;
  #gateways = 0;
  #spokes = 0;
  #hubs = 0;
  /** What only leafs hear of, and what only spokes do. */
  #services = 0;
  #hubImports = 0;
  readonly #spokesOf = new Map<string, number>();
  readonly #hubsOf = new Map<string, number>();

  constructor(private readonly host: PropagateHost) {}

  add(
    account: number,
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    holder: Holder,
    owner: number,
    tag: number,
    weight: number,
  ): number {
    const row = this.host.store.add(account, buf, from, to, queue, holder, owner, tag, weight);
    this.#added(row, account, buf, from, to, queue, holder, owner, tag, weight);
    return row;
  }

  addOnce(
    account: number,
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    holder: Holder,
    owner: number,
    tag: number,
    weight: number,
  ): number {
    const row = this.host.store.addOnce(account, buf, from, to, queue, holder, owner, tag, weight);
    if (row !== 0) this.#added(row, account, buf, from, to, queue, holder, owner, tag, weight);
    return row;
  }

  #added(
    row: number,
    account: number,
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    holder: Holder,
    owner: number,
    tag: number,
    weight: number,
  ): void {
    const { store, generations } = this.host;
    generations.bump(account);
    // Whatever a gateway wants is told to leafs alone.
    if (holder === Holder.Gateway && this.host.leafsOf(account).length === 0) return;
    // A plain client beside another one changes nothing for anybody.
    if (queue !== 0 || holder !== Holder.Client || store.first) {
      this.#changed(store.rowGroup(row), holder, owner, weight, false);
    }
    if ((SHADOWED & (1 << holder)) === 0) return;
    const { traffic } = this.host;
    const streams = traffic.streamsOf(account);
    if (streams !== undefined) {
      traffic.shadows.added(row, streams, buf, from, to, queue, holder, owner, tag, weight);
    }
  }

  remove(row: number): void {
    const { store, generations } = this.host;
    const group = store.rowGroup(row);
    const holder = store.groupClass(group) as Holder;
    generations.bump(store.nodeAccount(store.groupNode(group)));
    this.host.traffic.shadows.removed(row);
    const isBeside = holder === Holder.Client && store.groupQueue(group) === 0 && store.groupCount(group) > 1;
    if (!isBeside) this.#changed(group, holder, store.rowOwner(row), -store.rowWeight(row), true);
    store.remove(row);
  }

  reweigh(row: number, weight: number): void {
    const { store, generations } = this.host;
    const before = store.rowWeight(row);
    if (before === weight) return;
    const group = store.rowGroup(row);
    store.setRowWeight(row, weight);
    this.host.traffic.shadows.reweighed(row, weight);
    generations.bump(store.nodeAccount(store.groupNode(group)));
    this.#changed(group, store.groupClass(group) as Holder, store.rowOwner(row), weight - before, false);
  }

  /** How many members of a pattern and queue this link is told of. */
  weightFor(session: LeafSession, node: number, queue: number): number {
    this.#copy(node);
    this.#gather(node, queue);
    return this.#visibleTo(session);
  }

  /** The interest behind one group became more or less by `change`. A row that is `leaving` is in the store
   *  still. */
  #changed(group: number, holder: Holder, owner: number, change: number, leaving: boolean): void {
    const { host } = this;
    const node = host.store.groupNode(group);
    const account = host.store.nodeAccount(node);
    const leafs = host.leafsOf(account);
    const tellsGateways = (TOLD_TO_GATEWAYS & (1 << holder)) !== 0;
    if (leafs.length === 0 && !tellsGateways) return;
    const queue = host.store.groupQueue(group);
    this.#copy(node);
    this.#gather(node, queue);
    if (leaving) this.#count(holder, owner, change);
    if (tellsGateways) this.#tellGateways(account, queue, change);
    if (leafs.length === 0 || this.#isToldByUs()) return;
    const origin = this.#originOf(owner);
    for (const session of leafs) this.#tellLeaf(session, queue, holder, origin, change);
  }

  #tellGateways(account: number, queue: number, change: number): void {
    if (isMappedSpace(this.#pattern, 0, this.#length)) return;
    const now = this.#clients + this.#spokes + this.#hubs;
    const before = now - change;
    if (now > 0 === before > 0) return;
    for (const session of this.host.inbounds) {
      session.interestChanged(now > 0, account, this.#pattern, 0, this.#length, queue);
    }
  }

  #tellLeaf(session: LeafSession, queue: number, holder: Holder, origin: string, change: number): void {
    if (!this.#isTold(session, holder, origin)) return;
    const now = this.#visibleTo(session);
    const before = now - change;
    if (queue === 0 && now > 0 === before > 0) return;
    session.interestChanged(this.#pattern, 0, this.#length, queue, now);
  }

  /** Is interest of such an origin told on this link? The table of who hears of whom. */
  #isTold(session: LeafSession, holder: Holder, origin: string): boolean {
    switch (holder) {
      case Holder.Client:
        return true;
      case Holder.Gateway:
      case Holder.Import:
      case Holder.Own:
      case Holder.Service:
        return true;
      case Holder.HubImport:
        return session.isHub;
      case Holder.Spoke:
        return origin !== session.originKey && !session.isolated;
      default:
        return origin !== session.originKey && this.#hubsTold(session);
    }
  }

  /** A hub hears nothing of other hubs, but for the marks by which loops are found. */
  #hubsTold(session: LeafSession): boolean {
    return session.isHub || (!session.isolated && isLoopSubject(this.#pattern, 0, this.#length));
  }

  #visibleTo(session: LeafSession): number {
    if (this.#isToldByUs()) return 0;
    let sum = this.#clients + this.#gateways + this.#services;
    const { originKey } = session;
    if (session.isHub) sum += this.#hubImports;
    if (!session.isolated) sum += this.#spokes - (this.#spokesOf.get(originKey) ?? 0);
    if (this.#hubsTold(session)) sum += this.#hubs - (this.#hubsOf.get(originKey) ?? 0);
    return sum;
  }

  /** We tell our leafs ourselves that mapped replies come this way. */
  #isToldByUs(): boolean {
    return this.host.hasGateways && isMappedSpace(this.#pattern, 0, this.#length);
  }

  #gather(node: number, queue: number): void {
    const { store } = this.host;
    this.#clients = this.#gateways = this.#spokes = this.#hubs = this.#services = this.#hubImports = 0;
    if (this.#spokesOf.size > 0) this.#spokesOf.clear();
    if (this.#hubsOf.size > 0) this.#hubsOf.clear();
    for (let group = store.nodeFirstGroup(node); group !== 0; group = store.nextGroup(group)) {
      if (store.groupQueue(group) !== queue) continue;
      const holder = store.groupClass(group) as Holder;
      if (holder === Holder.Client) this.#clients += store.groupCount(group);
      else if (holder === Holder.Gateway) this.#gateways = store.groupCount(group);
      else {
        for (let row = store.groupFirstRow(group); row !== 0; row = store.nextRow(row)) {
          this.#count(holder, store.rowOwner(row), store.rowWeight(row));
        }
      }
    }
  }

  #count(holder: Holder, owner: number, weight: number): void {
    if (holder === Holder.Client || holder === Holder.Import || holder === Holder.Own) {
      this.#clients += weight;
    } else if (holder === Holder.Service) this.#services += weight;
    else if (holder === Holder.HubImport) this.#hubImports += weight;
    else if (holder === Holder.Gateway) this.#gateways += weight;
    else {
      const isSpoke = holder === Holder.Spoke;
      if (isSpoke) this.#spokes += weight;
      else this.#hubs += weight;
      const origins = isSpoke ? this.#spokesOf : this.#hubsOf;
      const origin = this.#originOf(owner);
      origins.set(origin, (origins.get(origin) ?? 0) + weight);
    }
  }

  #originOf(owner: number): string {
    return this.host.leaf(owner)?.originKey ?? "";
  }

  #copy(node: number): void {
    const { store } = this.host;
    this.#length = store.subjectLength(node);
    if (this.#pattern.length < this.#length) this.#pattern = new Uint8Array(this.#length * 2);
    store.copySubject(node, this.#pattern, 0);
  }
}
