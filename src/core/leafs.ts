// The leaf links of an appliance: who is connected, in which account, and what they ask of it.

import { isDeepStrictEqual } from "node:util";
import type { LoginAnswer } from "../auth/login.ts";
import { bytesOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { base62 } from "../base/random.ts";
import { S2Kernel } from "../kernel/s2.ts";
import { LeafAccepted } from "../leaf/accepted.ts";
import type { LeafHost } from "../leaf/host.ts";
import type { LeafListenOptions, LeafOptions, LeafRemoteOptions } from "../leaf/options.ts";
import { type LeafDialRequest, LeafRemotes } from "../leaf/remotes.ts";
import type { LeafSession } from "../leaf/session.ts";
import { LeafSolicited } from "../leaf/solicited.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Address } from "../peer/session.ts";
import type { LeafTransport } from "../peer/transport.ts";
import type { LeafConnect } from "../wire/leaf-documents.ts";
import { S2Buffers } from "../wire/s2-buffers.ts";
import type { S2Codec } from "../wire/s2-codec.ts";
import { S2Fallback } from "../wire/s2-fallback.ts";
import { admitted } from "./configured.ts";
import type { Core } from "./core.ts";
import { isUnchangedLeaf } from "./unchanged.ts";

/** Characters behind `$LDS.`, and in a nonce. */
const LOOP_CHARACTERS = 22;
const NONCE_CHARACTERS = 15;

export class Leafs implements LeafHost {
  readonly all = new Set<LeafSession>();
  readonly s2Buffers = new S2Buffers();
  readonly remotes: LeafRemotes<LeafSolicited>;
  /** Links by id, until the last of their rows is gone. */
  readonly #byId = new Map<number, LeafSession>();
  /** Links that take part, by account. */
  readonly #ready = new Map<number, readonly LeafSession[]>();
  readonly #none: readonly LeafSession[] = [];
  #s2Codec: S2Codec | null = null;
  /** Our mark in each account. Source: leafnode.md §6. */
  readonly #loopSubjects = new Map<number, Uint8Array>();

  constructor(
    private readonly core: Core,
    private options: LeafOptions,
  ) {
    const { random, log } = core.world;
    this.remotes = new LeafRemotes(options.remotes, random, log, (request) => core.world.dialLeaf(request));
  }

  /** Made for the first link that is compressed. */
  get s2Codec() {
    this.#s2Codec ??= S2Kernel.load() ?? new S2Fallback();
    return this.#s2Codec;
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
  get random() {
    return this.core.random;
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
  get hasGateways(): boolean {
    return this.core.hasGateways;
  }

  // ---- driven by net and sim, through the core ----

  accept(id: number, remote: Address, transport: LeafTransport, now: Millis): LeafAccepted {
    const { identity, limits, listen } = this.options;
    const session = new LeafAccepted(
      id,
      this.core.egress(limits.pendingMax),
      remote,
      this.core.world.log,
      transport,
      identity,
      limits,
      listen!,
      this,
      base62(this.random, NONCE_CHARACTERS),
      now,
    );
    return this.#open(session);
  }

  dialed(
    id: number,
    request: LeafDialRequest<LeafSolicited>,
    remote: Address,
    transport: LeafTransport,
    now: Millis,
  ): LeafSolicited {
    const { identity, limits } = this.options;
    const { options } = request.remote;
    const session = new LeafSolicited(
      id,
      this.core.egress(limits.pendingMax),
      remote,
      this.core.world.log,
      transport,
      identity,
      limits,
      options,
      request.url,
      this,
      this.accounts.idOf(options.account),
      now,
    );
    if (this.remotes.all.includes(request.remote)) this.remotes.opened(request.remote, session);
    else session.close("Configuration Changed");
    return this.#open(session);
  }

  /** No hub is solicited any more. */
  withdraw(now: Millis): void {
    this.reconfigure({ ...this.options, remotes: [] }, now);
  }

  /** Hubs that are no more are left, and so are leafs that would not be let in again. */
  reconfigure(options: LeafOptions, now: Millis): void {
    const { listen } = this.options;
    this.options = options;
    const isSame = (one: LeafRemoteOptions, other: LeafRemoteOptions): boolean =>
      isDeepStrictEqual({ ...one, index: 0 }, { ...other, index: 0 });
    for (const { session } of this.remotes.reconfigure(options.remotes, isSame, now)) {
      session?.close("Configuration Changed");
    }
    const { pendingMax, pingMillis, pingMax } = options.limits;
    for (const session of this.all) {
      session.bounded(pendingMax, pingMillis, pingMax, now);
      if (session instanceof LeafAccepted) this.#reconsider(session, listen, options.listen);
    }
  }

  /** Who may stay is told where we are now. */
  #reconsider(
    session: LeafAccepted,
    before: LeafListenOptions | null,
    after: LeafListenOptions | null,
  ): void {
    const isLetIn = isUnchangedLeaf(
      before?.authorization ?? null,
      after?.authorization ?? null,
      session.user,
    );
    if (session.account !== 0 && !isLetIn) {
      return session.close("Authentication Failure", "Authorization Violation");
    }
    const same = isDeepStrictEqual(
      [before?.urls, before?.webSocketUrls],
      [after?.urls, after?.webSocketUrls],
    );
    if (after !== null && !same) session.movedTo(after);
  }

  #open<S extends LeafSession>(session: S): S {
    this.all.add(session);
    this.#byId.set(session.id, session);
    return session;
  }

  // ---- asked by forward ----

  leafsOf(account: number): readonly LeafSession[] {
    return this.#ready.get(account) ?? this.#none;
  }

  accountsInUse(): number[] {
    return [...this.#ready].filter(([, links]) => links.length > 0).map(([account]) => account);
  }

  leaf(id: number): LeafSession | undefined {
    return this.#byId.get(id);
  }

  // ---- asked by sessions ----

  now(): Millis {
    return this.core.now();
  }

  isSystem(account: number): boolean {
    return this.core.isSystem(account);
  }

  loopSubject(account: number): Uint8Array {
    let subject = this.#loopSubjects.get(account);
    if (subject === undefined) {
      subject = bytesOf(`$LDS.${base62(this.random, LOOP_CHARACTERS)}`);
      this.#loopSubjects.set(account, subject);
    }
    return subject;
  }

  leafLogin(asked: LeafConnect, from: LeafAccepted): LoginAnswer {
    const { operator, directory } = this.core;
    if (operator !== null) return operator.login(asked, from);
    const { authorization, verifyAndMap } = this.options.listen!;
    return admitted(this.core, directory.leafLogin(authorization, asked, from, verifyAndMap), from);
  }

  /** Source: leafnode.md §7. */
  replaceDuplicate(session: LeafAccepted): void {
    const { remoteName, cluster, account, remoteAccount } = session;
    if (remoteAccount === "") return;
    for (const other of this.leafsOf(account)) {
      const same = other.remoteName === remoteName && other.cluster === cluster;
      if (!same || other.remoteAccount !== remoteAccount || other.solicited) continue;
      this.core.world.log.error(
        `${other.name} - Duplicate Remote LeafNode Connection: "${remoteName}" came again`,
        { ...other.fields, peer: remoteName, reason: "Duplicate Remote LeafNode Connection" },
      );
      other.close("Duplicate Remote LeafNode Connection", "Duplicate Remote LeafNode Connection");
      return;
    }
  }

  leafReady(session: LeafSession, now: Millis): void {
    const { account } = session;
    if (this.#closesLoop(session)) return session.loopFound();
    this.#ready.set(account, [...this.leafsOf(account), session]);
    const remote = this.#remoteOf(session);
    if (remote !== undefined) this.remotes.ready(remote, now);
    const role = session.isHub ? "hub" : "spoke";
    this.core.world.log.info(
      `${session.name} - Leafnode connection ${session.solicited ? "created" : "accepted"} for account ` +
        `"${this.accounts.text(account)}" with "${session.remoteName}", as ${role}`,
      { ...session.fields, peer: session.remoteName, account: this.accounts.text(account) },
    );
    this.core.gateways?.leafJoined(account);
    this.core.system.arrives(session);
  }

  /** A leaf whose cluster a gateway reaches as well closes a ring: gateways do not hear of `$LDS`. */
  gatewayJoined(cluster: string): void {
    for (const link of this.all) {
      const isRing =
        link.ready && link.cluster === cluster && this.core.gateways?.reaches(cluster, link.account);
      if (isRing === true && link.closing === null) link.loopFound();
    }
  }

  /** The cluster of this hub is a spoke of ours already: its marks would never come back, as they are of its
   *  own origin. Source: leafnode.md §6. Or a gateway reaches it, over which no marks go. */
  #closesLoop({ solicited, cluster, account }: LeafSession): boolean {
    if (cluster === "") return false;
    if (this.core.gateways?.reaches(cluster, account) === true) return true;
    if (!solicited) return false;
    return this.leafsOf(account).some((link) => !link.solicited && link.isHub && link.cluster === cluster);
  }

  weightFor(session: LeafSession, node: number, queue: number): number {
    return this.core.interest.weightFor(session, node, queue);
  }

  recentInterest(account: number, pattern: Uint8Array, now: Millis): void {
    this.core.recentInterest(account, pattern, now);
  }

  leafMessage(session: LeafSession, now: Millis): void {
    this.core.forwarder.fromLeaf(session, now);
  }

  hubUrls(session: LeafSession, urls: readonly string[], now: Millis): void {
    const remote = this.#remoteOf(session);
    if (remote !== undefined) this.remotes.discovered(remote, urls, now);
  }

  permissionsChanged(account: number): void {
    this.core.stale(account);
  }

  bury(session: LeafSession): void {
    // A new list, because the old one may be walked at this moment.
    const links = this.leafsOf(session.account).filter((link) => link !== session);
    this.#ready.set(session.account, links);
    this.core.stale(session.account);
    this.core.reaper.buryRows(
      () => session.rows.pop(),
      () => this.#byId.delete(session.id),
    );
  }

  leafEnded(session: LeafSession, reason: CloseReason, now: Millis): void {
    this.all.delete(session);
    if (session instanceof LeafAccepted) this.core.members.left(session);
    const remote = this.#remoteOf(session);
    if (remote !== undefined) {
      const { delayMillis, lastError } = session as LeafSolicited;
      this.remotes.lost(remote, reason, lastError, delayMillis, now);
    }
    const account = session.account === 0 ? "" : this.accounts.text(session.account);
    const said = account === "" ? "" : ` - Account: "${account}"`;
    const peer = session.remoteName === "" ? (session.fields.peer ?? "") : session.remoteName;
    const fields = { ...session.fields, peer, account, reason };
    this.core.world.log.info(`${session.name} - Leafnode connection closed: ${reason}${said}`, fields);
    this.core.ended("leafs", session, reason, now);
    this.core.reaper.step();
  }

  #remoteOf(session: LeafSession) {
    return session.solicited ? this.remotes.all.find((remote) => remote.session === session) : undefined;
  }
}
