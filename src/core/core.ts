// The whole appliance without its sockets: sessions, interest and forwarder joined. `net` and `sim` drive it
// alike.

import type { LoginAnswer } from "../auth/login.ts";
import { Arena, arenaBytes } from "../base/arena.ts";
import type { Millis } from "../base/clock.ts";
import { NameTable } from "../base/intern.ts";
import { ACCOUNT_COUNT_MAX, CLOSED_MAX, QUEUE_COUNT_MAX } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { Ring } from "../base/ring.ts";
import type { ClientHost } from "../client/host.ts";
import type { ClientOptions } from "../client/options.ts";
import { ClientSession } from "../client/session.ts";
import { type Subscription, SubscriptionTable } from "../client/subscriptions.ts";
import { Forwarder, type ForwardHost } from "../forward/forward.ts";
import { type PropagateHost, Propagator } from "../forward/propagate.ts";
import { Traffic } from "../forward/traffic.ts";
import type { GatewayInbound } from "../gateway/inbound.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import type { DialRequest, Remotes } from "../gateway/remotes.ts";
import { Generations } from "../interest/generation.ts";
import { type ReplyWindow, ReplyWindows } from "../interest/reply-window.ts";
import { InterestStore } from "../interest/store.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { LeafDialRequest } from "../leaf/remotes.ts";
import type { LeafSession } from "../leaf/session.ts";
import type { LeafSolicited } from "../leaf/solicited.ts";
import type { CloseReason } from "../peer/close.ts";
import { addCounters, makeCounters } from "../peer/counters.ts";
import { DirtyList, Egress } from "../peer/egress.ts";
import { Holder } from "../peer/kind.ts";
import type { Address, Session } from "../peer/session.ts";
import { type CertificateNames, CLEAR, type ClientTransport, type LeafTransport } from "../peer/transport.ts";
import type { Connect } from "../wire/documents.ts";
import { Frame } from "../wire/frame.ts";
import { admitted, reviewConfigured } from "./configured.ts";
import { bytesLost, clientClosed, clientCreated } from "./connection-log.ts";
import { deadlineOf, writeDeadlineOf } from "./deadlines.ts";
import { Directory } from "./directory.ts";
import { Gateways } from "./gateways.ts";
import { LameDuck, type LameDuckTimes } from "./lame-duck.ts";
import { Leafs } from "./leafs.ts";
import { Members } from "./members.ts";
import { Operator } from "./operator.ts";
import type { Closed, CoreOptions, CoreWorld } from "./options.ts";
import { Reaper } from "./reaper.ts";
import { System } from "./system.ts";
import { type CountedKind, totalsOf } from "./totals.ts";

export class Core implements ClientHost, ForwardHost, PropagateHost {
  readonly frame = new Frame();
  readonly arena: Arena;
  readonly seed: number;
  readonly accounts: NameTable;
  readonly queues: NameTable;
  readonly store: InterestStore;
  readonly generations: Generations;
  /** null: without the express lane. */
  readonly kernel: Kernel | null;
  readonly subscriptions = new SubscriptionTable();
  readonly random: Random;
  directory: Directory;
  /** null: accounts and users are configured. */
  readonly operator: Operator | null;
  readonly forwarder: Forwarder;
  readonly interest: Propagator;
  readonly traffic: Traffic;
  readonly system: System;
  readonly reaper: Reaper;
  readonly gateways: Gateways | null;
  leafs: Leafs | null;
  /** null: nobody is sent away. */
  lame: LameDuck | null = null;
  readonly dirties = new DirtyList();
  /** All open connections by id. */
  readonly sessions = new Map<number, Session>();
  readonly clients = new Set<ClientSession>();
  /** Those who are let in, by account. */
  readonly members: Members;
  readonly closed = new Ring<Closed>(CLOSED_MAX);
  /** Of connections that are over. */
  readonly past = { clients: makeCounters(), gateways: makeCounters(), leafs: makeCounters() };
  readonly slowConsumers = { clients: 0, gateways: 0, leafs: 0 };
  readonly staleConnections = { clients: 0, gateways: 0, leafs: 0 };
  totalConnections = 0;
  /** That waited for connections when they ended. */
  lostBytes = 0;
  readonly startedAt: Millis;
  readonly #replyWindows = new ReplyWindows();
  #clientOptions: ClientOptions;
  #webSocketOptions: ClientOptions;
  readonly #log: Log;
  /** What there is without gateways and leafs. */
  readonly #noInbounds: ReadonlySet<GatewayInbound> = new Set();
  readonly #noOutbounds: readonly GatewayOutbound[] = [];
  readonly #noLeafs: readonly LeafSession[] = [];
  #lastId = 0;

  constructor(
    public options: CoreOptions,
    readonly world: CoreWorld,
  ) {
    this.startedAt = world.clock.now();
    this.random = world.random;
    this.#log = world.log;
    this.members = new Members(world.log);
    this.seed = world.random.uint32();
    const memory = arenaBytes(options.arenaBytes);
    this.kernel = options.express === true ? Kernel.load(memory) : null;
    this.arena = new Arena(options.arenaBytes, this.kernel?.arena(memory));
    this.generations = new Generations(this.kernel?.generations);
    this.accounts = new NameTable(this.seed, ACCOUNT_COUNT_MAX);
    this.queues = new NameTable(this.seed, QUEUE_COUNT_MAX);
    this.store = new InterestStore(this.seed);
    this.interest = new Propagator(this);
    this.reaper = new Reaper(this.store, this.interest);
    this.directory = new Directory(options.accounts, this.accounts, world.passwordMatches);
    for (const account of this.directory.own) this.generations.bump(account);
    this.#clientOptions = this.clientOptions(false);
    this.#webSocketOptions = this.clientOptions(true);
    const cluster = options.gateway?.identity.gateway ?? options.client.cluster;
    this.traffic = new Traffic(this.accounts, this.store, this.interest, cluster);
    this.forwarder = new Forwarder(this, cluster, options.client.serverId, options.cacheSlots);
    this.system = new System(this);
    this.gateways = options.gateway === null ? null : new Gateways(this, options.gateway);
    this.leafs = options.leaf === null ? null : new Leafs(this, options.leaf);
    const { operator = null } = options.accounts;
    this.operator = operator === null ? null : new Operator(this, operator);
    if (operator === null) this.traffic.replace(options.traffic ?? []);
  }

  // ---- driven by net and sim ----

  /** A client connected. */
  acceptClient(remote: Address, now: Millis, transport: ClientTransport = CLEAR): ClientSession {
    const options = transport.webSocket ? this.#webSocketOptions : this.#clientOptions;
    const egress = this.egress(options.pendingMax);
    const id = ++this.#lastId;
    const session = new ClientSession(id, egress, remote, this.#log, options, this, now, transport);
    this.#open(session);
    clientCreated(this.#log, session);
    this.clients.add(session);
    if (this.clients.size > this.options.maxConnections) {
      session.close("Maximum Connections Exceeded", "maximum connections exceeded");
    }
    return session;
  }

  /** A gateway dialled us. Only called when a gateway is configured. */
  acceptGateway(remote: Address, now: Millis, certificate: CertificateNames | null = null): GatewayInbound {
    return this.#open(this.gateways!.accept(++this.#lastId, remote, now, certificate));
  }

  /** A dial succeeded: the transport is open (and TLS done). */
  dialed(request: DialRequest, remote: Address, now: Millis): GatewayOutbound {
    return this.#open(this.gateways!.dialed(++this.#lastId, request, remote, now));
  }

  /** A leaf dialled us. Only called when leafs are listened for. */
  acceptLeaf(remote: Address, now: Millis, transport: LeafTransport): LeafSession {
    return this.#open(this.leafs!.accept(++this.#lastId, remote, transport, now));
  }

  /** A hub was reached. */
  leafDialed(
    request: LeafDialRequest<LeafSolicited>,
    remote: Address,
    now: Millis,
    transport: LeafTransport,
  ): LeafSession {
    return this.#open(this.leafs!.dialed(++this.#lastId, request, remote, transport, now));
  }

  leafDialFailed(request: LeafDialRequest<LeafSolicited>, why: string, now: Millis): void {
    this.leafs!.remotes.dialFailed(request.remote, why, now);
  }

  /** A dial failed, with the reason as people read it. */
  dialFailed(request: DialRequest, why: string, now: Millis): void {
    this.gateways?.dialFailed(request, why, now);
  }

  /** A newer JWT of an account, which takes effect on those who are connected. Answers why not, or null. */
  accountUpdated(jwt: string): string | null {
    return this.operator === null ? "there is no operator" : this.operator.updated(jwt);
  }

  /** Dialling begins; our listeners accept. */
  start(now: Millis): void {
    this.remotes?.start(now);
    this.leafs?.remotes.start(now);
    this.#dialAll(now);
  }

  #dialAll(now: Millis): void {
    this.remotes?.tick(now);
    this.leafs?.remotes.tick(now);
  }

  /** At or after `deadline`, and at least every few hundred milliseconds while bytes wait. */
  tick(now: Millis): void {
    this.#dialAll(now);
    for (const session of this.sessions.values()) {
      if (session.deadline <= now) session.tick(now);
      session.waiting.look(session.egress, now);
      if (now - session.blockedSince >= writeDeadlineOf(this.options, session)) session.giveUp();
    }
    this.operator?.tick(now);
    this.system.tick(now);
    this.lame?.tick(now);
    this.reaper.step();
  }

  get deadline(): Millis {
    return deadlineOf(this);
  }

  /** Takes up other options; identity and listeners are as they were. Connections that may stay feel
   *  nothing. */
  reconfigure(options: CoreOptions): void {
    const { options: before, directory } = this;
    const now = this.world.clock.now();
    this.options = options;
    this.directory = new Directory(options.accounts, this.accounts, this.world.passwordMatches);
    this.operator?.reconfigure(options.accounts.operator?.preload ?? []);
    this.#clientOptions = this.clientOptions(false);
    this.#webSocketOptions = this.clientOptions(true);
    if (options.gateway !== null) this.gateways?.reconfigure(options.gateway, now);
    this.#reconfigureLeafs(options, now);
    for (const account of this.directory.own) {
      if (directory.own.has(account)) continue;
      this.generations.bump(account);
      this.gateways?.accountAdded(account);
    }
    if (this.operator === null) this.traffic.replace(options.traffic ?? []);
    reviewConfigured(this, before);
    for (const client of this.clients) {
      client.reconfigure(client.webSocket ? this.#webSocketOptions : this.#clientOptions, now);
    }
    this.#dialAll(now);
  }

  #reconfigureLeafs({ leaf }: CoreOptions, now: Millis): void {
    if (leaf === null) this.leafs?.withdraw(now);
    else if (this.leafs !== null) this.leafs.reconfigure(leaf, now);
    else {
      this.leafs = new Leafs(this, leaf);
      this.leafs.remotes.start(now);
    }
  }

  /** Clients and leafs are sent elsewhere; `over` is called when none is left. The driver lets in nobody. */
  lameDuck(times: LameDuckTimes, now: Millis, over: () => void): void {
    this.lame ??= new LameDuck(this, times, now, over);
  }

  /** Everybody is told good-bye; the driver flushes and closes. */
  stop(): void {
    this.system.events?.stopping(this.now());
    this.remotes?.stop();
    this.leafs?.remotes.stop();
    for (const session of this.sessions.values()) session.close("Server Shutdown");
  }

  login(asked: Connect, from: ClientSession): LoginAnswer {
    this.system.arrives(from, asked.user || asked.nkey);
    if (this.operator !== null) return this.operator.login(asked, from);
    return admitted(this, this.directory.login(asked, from), from);
  }

  now(): Millis {
    return this.world.clock.now();
  }

  accountName(account: number): string {
    return this.accounts.text(account);
  }

  hasAccount(account: number): boolean {
    return this.directory.own.has(account);
  }

  isSystem(account: number): boolean {
    return account === this.directory.system;
  }

  replyWindow(account: number): ReplyWindow | undefined {
    return this.#replyWindows.find(account);
  }

  subscribed(subscription: Subscription, now: Millis): void {
    const { session, subject, queue } = subscription;
    const { account, id: owner } = session;
    this.subscriptions.add(subscription);
    const { length } = subject;
    const { id } = subscription;
    subscription.row = this.interest.add(account, subject, 0, length, queue, Holder.Client, owner, id, 1);
    this.recentInterest(account, subject, now);
  }

  /** Replies to what was just subscribed must find their way home. The pattern is kept. */
  recentInterest(account: number, pattern: Uint8Array, now: Millis): void {
    if (this.hasGateways) this.#replyWindows.of(account).subscribed(pattern, now);
  }

  unsubscribed(subscription: Subscription): void {
    this.interest.remove(subscription.row);
    this.subscriptions.remove(subscription);
  }

  /** What was worked out for the account is not true any more, nor is what its imports get. */
  stale(account: number): void {
    this.generations.bump(account);
    for (const { exporter } of this.traffic.streamsOf(account) ?? []) this.generations.bump(exporter);
  }

  get express() {
    return this.forwarder.express;
  }

  get hasGateways(): boolean {
    return this.gateways !== null;
  }

  get remotes(): Remotes | null {
    return this.gateways?.remotes ?? null;
  }

  get inbounds(): ReadonlySet<GatewayInbound> {
    return this.gateways?.inbounds ?? this.#noInbounds;
  }

  /** Dialled gateways whose handshake is done, nearest first. */
  get outbounds(): readonly GatewayOutbound[] {
    return this.gateways?.outbounds ?? this.#noOutbounds;
  }

  leafsOf(account: number): readonly LeafSession[] {
    return this.leafs?.leafsOf(account) ?? this.#noLeafs;
  }

  leaf(id: number): LeafSession | undefined {
    return this.leafs?.leaf(id);
  }

  clientMessage(session: ClientSession, now: Millis): void {
    this.forwarder.fromClient(session, now);
  }

  clientEnded(session: ClientSession, reason: CloseReason, now: Millis): void {
    this.clients.delete(session);
    this.members.left(session);
    clientClosed(this.#log, session, this.accountName(session.account), reason);
    this.ended("clients", session, reason, now);
  }

  /** A connection is over. */
  ended(who: CountedKind, session: Session, reason: CloseReason, now: Millis): void {
    this.sessions.delete(session.id);
    if (reason.startsWith("Slow Consumer")) this.slowConsumers[who]++;
    if (reason === "Stale Connection") this.staleConnections[who]++;
    if (session.lostBytes > 0) {
      this.lostBytes += session.lostBytes;
      bytesLost(this.#log, session, reason);
    }
    addCounters(this.past[who], session.counters);
    this.closed.pushOver({ session, reason, at: now });
    this.express?.left(session);
    this.system.ended(session, reason, now);
  }

  /** What a client's session is made with, and what its INFO says. */
  clientOptions(webSocket: boolean): ClientOptions {
    const { directory } = this;
    const authRequired = directory.authRequired(webSocket);
    return { ...this.options.client, webSocket, authRequired, asksSignatures: directory.asksSignatures };
  }

  /** Are leafs taken, over whichever transport? */
  get acceptsLeafs(): boolean {
    return (this.options.leaf?.listen ?? null) !== null;
  }

  #open<S extends Session>(session: S): S {
    this.totalConnections++;
    this.sessions.set(session.id, session);
    return session;
  }

  egress(pendingMax: number): Egress {
    return new Egress(this.arena, this.dirties, pendingMax);
  }

  /** Messages and bytes of all connections, open and over; of one kind when it is named. */
  totals(kind?: CountedKind): Float64Array {
    return totalsOf(this.past, this.sessions.values(), kind);
  }
}
