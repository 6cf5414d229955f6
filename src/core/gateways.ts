// The gateway connections of an appliance: which remotes are connected, in which direction, and what they ask
// of it.

import { isDeepStrictEqual } from "node:util";
import type { Millis } from "../base/clock.ts";
import { GatewayInbound, type InboundHost } from "../gateway/inbound.ts";
import { type GatewayOptions, urlKey } from "../gateway/options.ts";
import { GatewayOutbound } from "../gateway/outbound.ts";
import type { OutboundHost } from "../gateway/outbound-host.ts";
import { type DialRequest, Remotes } from "../gateway/remotes.ts";
import type { CloseReason } from "../peer/close.ts";
import { Kind } from "../peer/kind.ts";
import type { Address } from "../peer/session.ts";
import type { CertificateNames } from "../peer/transport.ts";
import type { GatewayInfo } from "../wire/documents.ts";
import type { Core } from "./core.ts";

export class Gateways implements InboundHost, OutboundHost {
  readonly remotes: Remotes;
  readonly inbounds = new Set<GatewayInbound>();
  /** Those whose handshake is done, nearest first. */
  readonly outbounds: GatewayOutbound[] = [];

  constructor(
    private readonly core: Core,
    private options: GatewayOptions,
  ) {
    const { random, log } = core.world;
    this.remotes = new Remotes(
      options,
      random,
      log,
      (request) => core.world.dial(request),
      (name) => [...this.inbounds].some((session) => session.ready && session.gateway === name),
    );
  }

  get arena() {
    return this.core.arena;
  }
  get express() {
    return this.core.express;
  }
  get frame() {
    return this.core.frame;
  }
  get seed() {
    return this.core.seed;
  }
  get accounts() {
    return this.core.accounts;
  }
  get queues() {
    return this.core.queues;
  }
  get store() {
    return this.core.store;
  }
  get interest() {
    return this.core.interest;
  }
  get generations() {
    return this.core.generations;
  }

  // ---- driven by net and sim, through the core ----

  accept(id: number, remote: Address, now: Millis, certificate: CertificateNames | null): GatewayInbound {
    const { core, options } = this;
    const egress = core.egress(options.pendingMax);
    const session = new GatewayInbound(id, egress, remote, core.world.log, options, this, now, certificate);
    this.inbounds.add(session);
    return session;
  }

  /** The transport is open (and TLS done). */
  dialed(id: number, { remote: name, url }: DialRequest, remote: Address, now: Millis): GatewayOutbound {
    const { core, options, remotes } = this;
    const egress = core.egress(options.pendingMax);
    const session = new GatewayOutbound(id, egress, remote, core.world.log, name, url, options, this, now);
    const known = remotes.all.get(name);
    if (known === undefined || known.session !== null) session.close("Duplicate Remote Gateway");
    else remotes.opened(known, session);
    return session;
  }

  /** With the reason as people read it. */
  dialFailed(request: DialRequest, why: string, now: Millis): void {
    this.core.world.log.debug(`Error trying to connect to gateway "${request.remote}": ${why}`);
    this.remotes.dialFailed(request.remote, why, now);
  }

  /** Remotes that are no more are left, and those whose rules are others now begin anew. */
  reconfigure(options: GatewayOptions, now: Millis): void {
    const before = this.options.rules;
    this.options = options;
    const gone = this.remotes.reconfigure(options, now);
    const rulesOf = ({ others, remotes }: GatewayOptions["rules"], name: string) =>
      remotes.get(name) ?? others;
    for (const session of this.core.sessions.values()) {
      if (session.kind !== Kind.GatewayInbound && session.kind !== Kind.GatewayOutbound) continue;
      session.bounded(options.pendingMax, options.pingMillis, options.pingMax, now);
      const { gateway } = session as GatewayInbound | GatewayOutbound;
      const same = isDeepStrictEqual(rulesOf(before, gateway), rulesOf(options.rules, gateway));
      if (gone.includes(gateway) || !same) session.close("Configuration Changed");
    }
  }

  /** We have an account more: whoever was told that we do not is told all that it wants. */
  accountAdded(account: number): void {
    for (const session of this.inbounds) session.switchAccount(account, "account-added");
  }

  // ---- asked by sessions ----

  ownAccounts(): Iterable<number> {
    return this.core.directory.own;
  }

  accountsWithLeafs(): Iterable<number> {
    return this.core.leafs?.accountsInUse() ?? [];
  }

  get systemAccount(): string {
    return this.core.options.accounts.systemAccount;
  }

  isSystem(account: number): boolean {
    return this.core.isSystem(account);
  }

  passwordMatches(given: string, wanted: string): boolean {
    return this.core.world.passwordMatches(given, wanted);
  }

  isConfigured(gateway: string): boolean {
    return this.options.remotes.some(({ name }) => name === gateway);
  }

  isOwnServerName(name: string): boolean {
    return name === this.core.options.client.serverName;
  }

  inboundMessage(session: GatewayInbound, now: Millis): void {
    this.core.forwarder.fromGateway(session, now);
  }

  inboundReady(session: GatewayInbound, info: GatewayInfo, now: Millis): void {
    this.core.world.log.info(
      `${session.name} - Inbound gateway connection from "${session.gateway}" (${info.serverId}) registered`,
      { ...session.fields, peer: session.gateway },
    );
    this.remotes.learn(info.gateway, info.urls, now);
    this.remotes.tick(now);
    this.core.leafs?.gatewayJoined(session.gateway);
  }

  /** Does anything of the account cross between here and this cluster? */
  reaches(cluster: string, account: number): boolean {
    const leaves = this.outbounds.some(
      (session) => session.gateway === cluster && !session.state(account).out.isClosed,
    );
    if (leaves) return true;
    for (const session of this.inbounds) {
      const isTo = session.ready && session.gateway === cluster;
      if (isTo && !session.stateOf(account).in.isClosed) return true;
    }
    return false;
  }

  gossip(except: string): { serverId: string; name: string; urls: readonly string[] }[] {
    const out: { serverId: string; name: string; urls: readonly string[] }[] = [];
    for (const remote of this.remotes.all.values()) {
      const urls = this.remotes.urlsOf(remote).map(urlKey);
      if (remote.name === except || urls.length === 0) continue;
      out.push({ serverId: this.options.identity.serverId, name: remote.name, urls });
    }
    return out;
  }

  outboundReady(session: GatewayOutbound, info: GatewayInfo, now: Millis): boolean {
    const remote = this.remotes.all.get(session.gateway);
    if (remote === undefined || remote.session !== session) return false;
    this.outbounds.unshift(session); // Nearest until it is measured (gateway.md §5.6).
    this.generations.moved();
    this.remotes.learn(info.gateway, info.urls, now);
    this.core.leafs?.gatewayJoined(session.gateway);
    return true;
  }

  outboundConfirmed(session: GatewayOutbound, now: Millis): void {
    session.confirmed = true;
    const remote = this.remotes.all.get(session.gateway);
    if (remote?.session === session) this.remotes.ready(remote, now);
    this.core.world.log.info(
      `${session.name} - Outbound gateway connection to "${session.gateway}" (${session.serverId}) registered`,
      { ...session.fields, peer: session.gateway },
    );
  }

  urlsHeard(session: GatewayOutbound, gateway: string, urls: readonly string[], now: Millis): void {
    if (gateway === session.gateway) this.remotes.replaceLearned(gateway, urls);
    else this.remotes.learn(gateway, urls, now);
    this.remotes.tick(now);
  }

  distanceMeasured(_session: GatewayOutbound): void {
    const before = this.outbounds.map(({ id }) => id).join();
    this.outbounds.sort((a, b) => a.heartbeat.distanceMillis - b.heartbeat.distanceMillis);
    if (before !== this.outbounds.map(({ id }) => id).join()) this.generations.moved();
  }

  inboundEnded(session: GatewayInbound, reason: CloseReason, now: Millis): void {
    this.inbounds.delete(session);
    this.#ended(session, reason, now);
  }

  outboundEnded(session: GatewayOutbound, reason: CloseReason, now: Millis): void {
    const at = this.outbounds.indexOf(session);
    if (at >= 0) {
      this.outbounds.splice(at, 1);
      this.generations.moved();
    }
    this.core.forwarder.settle();
    this.core.reaper.buryGateway(session.id, session.accounts.keys());
    const remote = this.remotes.all.get(session.gateway);
    if (remote?.session === session) this.remotes.lost(remote, reason, session.lastError, now);
    this.#ended(session, reason, now);
  }

  #ended(session: GatewayInbound | GatewayOutbound, reason: CloseReason, now: Millis): void {
    const { gateway, name } = session;
    const peer = gateway === "" ? (session.fields.peer ?? "") : gateway;
    const fields = { ...session.fields, peer, reason };
    this.core.world.log.info(`${name} - Gateway connection closed: ${reason} - Remote: "${gateway}"`, fields);
    this.core.ended("gateways", session, reason, now);
  }

  /** The account has leafs from now on: all gateways know its whole interest, and tell theirs. Source:
   *  leafnode.md §18. */
  leafJoined(account: number): void {
    for (const session of this.inbounds) session.switchAccount(account, "leaf-joined");
    for (const session of this.outbounds) session.askForInterest(account);
  }
}
