// The whole appliance without its sockets: sessions, interest and forwarder joined. `net` and `sim` drive it
// alike.

import { Arena } from "../base/arena.ts";
import { type Millis, NEVER } from "../base/clock.ts";
import { NameTable } from "../base/intern.ts";
import { ACCOUNT_COUNT_MAX, CLOSED_MAX, QUEUE_COUNT_MAX } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { Ring } from "../base/ring.ts";
import type { ClientOptions } from "../client/options.ts";
import { type ClientHost, ClientSession } from "../client/session.ts";
import { type Subscription, SubscriptionTable } from "../client/subscriptions.ts";
import { Forwarder, type ForwardHost } from "../forward/forward.ts";
import { GatewayInbound, type InboundHost } from "../gateway/inbound.ts";
import { type CertificateNames, urlKey } from "../gateway/options.ts";
import { GatewayOutbound, type OutboundHost } from "../gateway/outbound.ts";
import { type DialRequest, Remotes } from "../gateway/remotes.ts";
import { Generations } from "../interest/generation.ts";
import { ReplyWindow } from "../interest/reply-window.ts";
import { InterestStore } from "../interest/store.ts";
import type { CloseReason } from "../peer/close.ts";
import { Count, makeCounters } from "../peer/counters.ts";
import { DirtyList, Egress } from "../peer/egress.ts";
import { Holder, Kind } from "../peer/kind.ts";
import type { Address, Session } from "../peer/session.ts";
import type { Connect, GatewayInfo } from "../wire/documents.ts";
import { Frame } from "../wire/frame.ts";
import { Directory } from "./directory.ts";
import type { Closed, CoreOptions, CoreWorld } from "./options.ts";
import { Reaper } from "./reaper.ts";

export class Core implements ClientHost, InboundHost, OutboundHost, ForwardHost {
  readonly frame = new Frame();
  readonly arena: Arena;
  readonly seed: number;
  readonly accounts: NameTable;
  readonly queues: NameTable;
  readonly store: InterestStore;
  readonly generations = new Generations();
  readonly subscriptions = new SubscriptionTable();
  readonly random: Random;
  readonly directory: Directory;
  readonly forwarder: Forwarder;
  readonly remotes: Remotes | null;
  readonly dirties = new DirtyList();
  /** All open connections by id. */
  readonly sessions = new Map<number, Session>();
  readonly clients = new Set<ClientSession>();
  readonly inbounds = new Set<GatewayInbound>();
  /** Dialled gateways whose handshake is done, nearest first. */
  readonly outbounds: GatewayOutbound[] = [];
  readonly closed = new Ring<Closed>(CLOSED_MAX);
  /** Of connections that are over. */
  readonly past = makeCounters();
  readonly slowConsumers = { clients: 0, gateways: 0 };
  readonly staleConnections = { clients: 0, gateways: 0 };
  totalConnections = 0;
  readonly startedAt: Millis;
  readonly #reaper: Reaper;
  readonly #replyWindows = new Map<number, ReplyWindow>();
  readonly #clientOptions: ClientOptions;
  readonly #log: Log;
  #lastId = 0;

  constructor(
    readonly options: CoreOptions,
    readonly world: CoreWorld,
  ) {
    this.startedAt = world.clock.now();
    this.random = world.random;
    this.#log = world.log;
    this.seed = world.random.uint32();
    this.arena = new Arena(options.arenaBytes);
    this.accounts = new NameTable(this.seed, ACCOUNT_COUNT_MAX);
    this.queues = new NameTable(this.seed, QUEUE_COUNT_MAX);
    this.store = new InterestStore(this.seed);
    this.#reaper = new Reaper(this.store);
    this.directory = new Directory(options.accounts, this.accounts, world.passwordMatches);
    for (const account of this.directory.own) this.generations.bump(account);
    this.#clientOptions = { ...options.client, authRequired: this.directory.authRequired };
    const cluster = options.gateway?.identity.gateway ?? options.client.cluster;
    this.forwarder = new Forwarder(this, cluster, options.client.serverId, options.cacheSlots);
    this.remotes =
      options.gateway === null
        ? null
        : new Remotes(
            options.gateway,
            world.random,
            world.log,
            (request) => world.dial(request),
            (name) => [...this.inbounds].some((session) => session.ready && session.gateway === name),
          );
  }

  // ---- driven by net and sim ----

  /** A client connected. */
  acceptClient(remote: Address, now: Millis): ClientSession {
    const egress = this.#egress(this.#clientOptions.pendingMax);
    const session = new ClientSession(
      ++this.#lastId,
      egress,
      remote,
      this.#log,
      this.#clientOptions,
      this,
      now,
    );
    this.#open(session);
    this.clients.add(session);
    if (this.clients.size > this.options.maxConnections) {
      session.close("Maximum Connections Exceeded", "maximum connections exceeded");
    }
    return session;
  }

  /** A gateway dialled us. Only called when a gateway is configured. */
  acceptGateway(remote: Address, now: Millis, certificate: CertificateNames | null = null): GatewayInbound {
    const options = this.options.gateway!;
    const egress = this.#egress(options.pendingMax);
    const id = ++this.#lastId;
    const session = new GatewayInbound(id, egress, remote, this.#log, options, this, now, certificate);
    this.#open(session);
    this.inbounds.add(session);
    return session;
  }

  /** A dial succeeded: the transport is open (and TLS done). */
  dialed(request: DialRequest, remote: Address, now: Millis): GatewayOutbound {
    const options = this.options.gateway!;
    const egress = this.#egress(options.pendingMax);
    const { remote: name, url } = request;
    const session = new GatewayOutbound(
      ++this.#lastId,
      egress,
      remote,
      this.#log,
      name,
      url,
      options,
      this,
      now,
    );
    this.#open(session);
    const known = this.remotes?.all.get(name);
    if (known === undefined || known.session !== null) session.close("Duplicate Remote Gateway");
    else this.remotes!.opened(known, session);
    return session;
  }

  /** A dial failed, with the reason as people read it. */
  dialFailed(request: DialRequest, why: string, now: Millis): void {
    this.#log.debug(`Error trying to connect to gateway "${request.remote}": ${why}`);
    this.remotes?.dialFailed(request.remote, why, now);
  }

  /** Dialling begins; our listeners accept. */
  start(now: Millis): void {
    this.remotes?.start(now);
    this.remotes?.tick(now);
  }

  /** At or after `deadline`, and at least every few hundred milliseconds while bytes wait. */
  tick(now: Millis): void {
    this.remotes?.tick(now);
    for (const session of this.sessions.values()) {
      if (session.deadline <= now) session.tick(now);
      if (now - session.blockedSince >= this.#writeDeadlineOf(session)) session.giveUp();
    }
    this.#reaper.step();
  }

  get deadline(): Millis {
    let earliest = Math.min(this.remotes?.deadline ?? NEVER, this.#reaper.isIdle ? NEVER : 0);
    for (const session of this.sessions.values()) {
      earliest = Math.min(earliest, session.deadline, session.blockedSince + this.#writeDeadlineOf(session));
    }
    return earliest;
  }

  /** Everybody is told good-bye; the driver flushes and closes. */
  stop(): void {
    this.remotes?.stop();
    for (const session of this.sessions.values()) session.close("Server Shutdown");
  }

  // ---- asked by sessions ----

  passwordMatches(given: string, wanted: string): boolean {
    return this.world.passwordMatches(given, wanted);
  }

  login(asked: Connect): { account: number; user: string } {
    return this.directory.login(asked);
  }

  accountName(account: number): string {
    return this.accounts.text(account);
  }

  queueOf(name: string): number {
    return this.queues.intern(name);
  }

  ownAccounts(): Iterable<number> {
    return this.directory.own;
  }

  hasAccount(account: number): boolean {
    return this.directory.own.has(account);
  }

  /** What is said in the system account stays in this server: its subjects are about servers, and we are none
   *  of theirs. */
  isKeptIn(account: number): boolean {
    return account === this.directory.system;
  }

  isConfigured(gateway: string): boolean {
    return this.options.gateway?.remotes.some(({ name }) => name === gateway) ?? false;
  }

  isOwnServerName(name: string): boolean {
    return name === this.options.client.serverName;
  }

  replyWindow(account: number): ReplyWindow | undefined {
    return this.#replyWindows.get(account);
  }

  subscribed(subscription: Subscription, now: Millis): void {
    const { session, subject, queue } = subscription;
    const { account } = session;
    this.subscriptions.add(subscription);
    const { length } = subject;
    const { id } = subscription;
    subscription.row = this.store.add(account, subject, 0, length, queue, Holder.Client, session.id, id, 1);
    const first = this.store.first;
    this.generations.bump(account);
    this.#windowOf(account).subscribed(subject, now);
    if (first) this.#announce(true, account, subject, queue);
  }

  unsubscribed(subscription: Subscription): void {
    const { session, subject, queue, row } = subscription;
    this.store.remove(row);
    const last = this.store.last;
    this.subscriptions.remove(subscription);
    this.generations.bump(session.account);
    if (last) this.#announce(false, session.account, subject, queue);
  }

  clientMessage(session: ClientSession, now: Millis): void {
    this.forwarder.fromClient(session, now);
  }

  inboundMessage(session: GatewayInbound, now: Millis): void {
    this.forwarder.fromGateway(session, now);
  }

  inboundReady(session: GatewayInbound, info: GatewayInfo, now: Millis): void {
    this.#log.info(
      `${session.name} - Inbound gateway connection from "${session.gateway}" (${info.serverId}) registered`,
    );
    this.remotes?.learn(info.gateway, info.urls, now);
    this.remotes?.tick(now);
  }

  gossip(except: string): { serverId: string; name: string; urls: readonly string[] }[] {
    const out: { serverId: string; name: string; urls: readonly string[] }[] = [];
    if (this.remotes === null) return out;
    for (const remote of this.remotes.all.values()) {
      const urls = this.remotes.urlsOf(remote).map(urlKey);
      if (remote.name === except || urls.length === 0) continue;
      out.push({ serverId: this.options.client.serverId, name: remote.name, urls });
    }
    return out;
  }

  outboundReady(session: GatewayOutbound, info: GatewayInfo, now: Millis): boolean {
    const remote = this.remotes?.all.get(session.gateway);
    if (remote === undefined || remote.session !== session) return false;
    this.outbounds.unshift(session); // Nearest until it is measured (gateway.md §5.6).
    this.generations.topology++;
    this.remotes!.ready(remote, now);
    this.remotes!.learn(info.gateway, info.urls, now);
    this.#log.info(
      `${session.name} - Outbound gateway connection to "${session.gateway}" (${info.serverId}) registered`,
    );
    return true;
  }

  urlsHeard(session: GatewayOutbound, gateway: string, urls: readonly string[], now: Millis): void {
    if (gateway === session.gateway) this.remotes?.replaceLearned(gateway, urls);
    else this.remotes?.learn(gateway, urls, now);
    this.remotes?.tick(now);
  }

  distanceMeasured(_session: GatewayOutbound): void {
    const before = this.outbounds.map(({ id }) => id).join();
    this.outbounds.sort((a, b) => a.heartbeat.distanceMillis - b.heartbeat.distanceMillis);
    if (before !== this.outbounds.map(({ id }) => id).join()) this.generations.topology++;
  }

  clientEnded(session: ClientSession, reason: CloseReason, now: Millis): void {
    this.clients.delete(session);
    if (reason.startsWith("Slow Consumer")) this.slowConsumers.clients++;
    if (reason === "Stale Connection") this.staleConnections.clients++;
    this.#ended(session, reason, now);
  }

  inboundEnded(session: GatewayInbound, reason: CloseReason, now: Millis): void {
    this.inbounds.delete(session);
    this.#gatewayEnded(session, reason, now);
  }

  outboundEnded(session: GatewayOutbound, reason: CloseReason, now: Millis): void {
    const at = this.outbounds.indexOf(session);
    if (at >= 0) {
      this.outbounds.splice(at, 1);
      this.generations.topology++;
    }
    this.forwarder.settle();
    this.#reaper.bury(session.id, session.accounts.keys());
    const remote = this.remotes?.all.get(session.gateway);
    if (remote?.session === session) this.remotes!.lost(remote, reason, session.lastError, now);
    this.#gatewayEnded(session, reason, now);
  }

  #gatewayEnded(session: GatewayInbound | GatewayOutbound, reason: CloseReason, now: Millis): void {
    if (reason.startsWith("Slow Consumer")) this.slowConsumers.gateways++;
    if (reason === "Stale Connection") this.staleConnections.gateways++;
    this.#log.info(`${session.name} - Gateway connection closed: ${reason} - Remote: "${session.gateway}"`);
    this.#ended(session, reason, now);
  }

  #ended(session: Session, reason: CloseReason, now: Millis): void {
    this.sessions.delete(session.id);
    for (let i = 0; i < this.past.length; i++) this.past[i]! += session.counters[i]!;
    this.closed.pushOver({ session, reason, at: now });
  }

  #announce(added: boolean, account: number, subject: Uint8Array, queue: number): void {
    if (this.isKeptIn(account)) return;
    for (const session of this.inbounds) {
      session.interestChanged(added, account, subject, 0, subject.length, queue);
    }
  }

  #windowOf(account: number): ReplyWindow {
    let window = this.#replyWindows.get(account);
    if (window === undefined) {
      window = new ReplyWindow();
      this.#replyWindows.set(account, window);
    }
    return window;
  }

  #writeDeadlineOf(session: Session): Millis {
    const { clientWriteDeadlineMillis, gatewayWriteDeadlineMillis } = this.options;
    return session.kind === Kind.Client ? clientWriteDeadlineMillis : gatewayWriteDeadlineMillis;
  }

  #open(session: Session): void {
    this.totalConnections++;
    this.sessions.set(session.id, session);
  }

  #egress(pendingMax: number): Egress {
    return new Egress(this.arena, this.dirties, pendingMax);
  }

  /** Messages and bytes of all connections, open and over. */
  totals(): Float64Array {
    const sum = Float64Array.from(this.past);
    for (const { counters } of this.sessions.values()) {
      for (let i = 0; i < sum.length; i++) sum[i]! += counters[i]!;
    }
    return sum;
  }

  get droppedMessages(): number {
    return this.totals()[Count.Dropped]!;
  }
}
