// What both ends of a leaf link do once they know each other: interest and messages of one account, both
// ways. Source: leafnode.md §3–§8.

import type { GrantedAnswers } from "../auth/granted-answers.ts";
import { SubjectFilter } from "../auth/permission.ts";
import { SubscribeFilter } from "../auth/subscribe-filter.ts";
import { rangeEquals, textOf } from "../base/bytes.ts";
import { type Millis, NEVER } from "../base/clock.ts";
import { hashStart } from "../base/hash.ts";
import {
  FIRST_PING_MILLIS,
  LEAF_INTEREST_MAX,
  S2_BLOCK_BYTES_MAX,
  S2_UNKNOWN_BLOCK_BYTES_MAX,
} from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { CloseReason } from "../peer/close.ts";
import { Count } from "../peer/counters.ts";
import type { Egress } from "../peer/egress.ts";
import { Holder, Kind } from "../peer/kind.ts";
import { Replies } from "../peer/replies.ts";
import { type Address, Session } from "../peer/session.ts";
import type { LeafTransport } from "../peer/transport.ts";
import {
  isJetStreamOwn,
  isLoopSubject,
  isMappedSpace,
  isServersOwn,
  isSystemSubject,
} from "../subject/reserved.ts";
import { isLiteral, isValidSubject } from "../subject/subject.ts";
import type { FaultName } from "../wire/fault.ts";
import { LeafReader } from "../wire/leaf-reader.ts";
import { Op } from "../wire/op.ts";
import { S2Decoder } from "../wire/s2-decoder.ts";
import { S2Encoder } from "../wire/s2-encoder.ts";
import { AwaitedReplies } from "./awaited.ts";
import { levelFor, type S2Level } from "./compression.ts";
import type { LeafHost } from "./host.ts";
import { LeafListing } from "./listing.ts";
import type { CompressionOptions, LeafLimits } from "./options.ts";
import { mayCome, maySend } from "./permits.ts";
import { OwnedRows } from "./rows.ts";

export abstract class LeafSession extends Session {
  readonly kind = Kind.Leaf;
  readonly label = "lid";
  /** The local account that the link is bound to; 0 until then. */
  account = 0;
  /** We are the hub of this link, the peer is a spoke; else the other way round. */
  isHub: boolean;
  /** The peer is not told the interest of other leafs. */
  isolated = false;
  remoteName = "";
  remoteServerId = "";
  remoteVersion = "";
  /** The origin of what comes from here: the peer's cluster. */
  cluster = "";
  remoteAccount = "";
  /** The peer takes HMSG. */
  headers = false;
  /** The largest message that the peer takes, in bytes. */
  maxPayload = Number.MAX_SAFE_INTEGER;
  ready = false;
  /** What we may send to the peer, and what it may send to us. */
  out = SubjectFilter.ALL;
  in = SubjectFilter.ALL;
  /** Where permissions name queue groups: what those may not be sent. */
  groups = SubscribeFilter.ALL;
  /** What the peer may answer beside what it may send; null: nothing. */
  answers: GrantedAnswers | null = null;
  /** Patterns that the peer may want at one time. */
  protected interestMax = LEAF_INTEREST_MAX;
  /** How the peer announced to compress, and what we do; as people read it. */
  compression = "off";
  decoder: S2Decoder | null = null;
  encoder: S2Encoder | null = null;
  readonly rows = new OwnedRows();
  /** Mapped replies that our hub was handed without their prefix: only spokes send them back with it. */
  readonly replies = new Replies();
  readonly #awaited: AwaitedReplies;
  protected override readonly reader: LeafReader;
  protected readonly listing: LeafListing;
  #compressionOptions: CompressionOptions | null = null;
  #now: Millis;

  constructor(
    id: number,
    egress: Egress,
    remote: Address,
    log: Log,
    readonly transport: LeafTransport,
    protected readonly limits: LeafLimits,
    protected readonly host: LeafHost,
    now: Millis,
    isHub: boolean,
  ) {
    super(id, egress, remote, log, limits.pingMillis, limits.pingMax);
    this.isHub = isHub;
    this.startedAt = this.lastActivity = this.#now = now;
    this.reader = new LeafReader(host.frame, host.arena);
    this.reader.messageFault = "message-early";
    this.listing = new LeafListing(host, this);
    this.#awaited = new AwaitedReplies(host, this, this.listing);
  }

  /** True for the end that dialled. */
  abstract readonly solicited: boolean;

  /** INFO, CONNECT and -ERR are read by each end in its own way. */
  protected abstract onInfo(now: Millis): void;
  protected abstract onConnect(now: Millis): void;
  protected abstract onError(text: string): void;
  protected abstract get isKnown(): boolean;
  /** Until when the next step of the handshake must have come; else onLate is called. */
  protected abstract get handshakeDeadline(): Millis;
  protected abstract onLate(): void;

  receive(chunk: Uint8Array, now: Millis): void {
    if (this.closing !== null) return;
    this.lastActivity = this.#now = now;
    if (this.decoder === null) return this.read(chunk, now);
    const fault = this.decoder.feed(chunk, (plain) => this.read(plain, now));
    if (fault === null || this.closing !== null) return;
    this.log.error(`${this.name} - Leafnode compression: ${fault}`);
    this.lastError = fault;
    this.close("Parse Error");
  }

  protected read(plain: Uint8Array, now: Millis): void {
    if (this.closing !== null || this.holds(plain)) return;
    this.reader.feed(plain);
    while (this.reads) {
      const op = this.reader.next();
      if (op === Op.Starved) return this.bound();
      if (this.log.traces) this.trace(op, this.host.frame);
      if (op !== Op.Message) this.#control(op, now);
      else {
        this.#message(now);
        this.hurry(this.reader, now);
      }
    }
  }

  protected override express(reader: LeafReader, now: Millis): number {
    return this.host.express?.fromLeaf(this, reader, now) ?? 0;
  }

  /** @hot */
  #message(now: Millis): void {
    const { counters, host } = this;
    const { buf, subjectFrom, subjectTo, size } = host.frame;
    counters[Count.InMessages]!++;
    counters[Count.InBytes]! += size;
    if (!this.in.isOpen && !this.#mayCome(buf, subjectFrom, subjectTo)) return;
    if (isJetStreamOwn(buf, subjectFrom, subjectTo)) {
      this.counters[Count.Refused]!++;
      return;
    }
    host.leafMessage(this, now);
  }

  #mayCome(buf: Uint8Array, from: number, to: number): boolean {
    if (mayCome(this, buf, from, to)) return true;
    this.counters[Count.Refused]!++;
    // Only a hub that was dialled cuts for it: it has told the spoke what it may send.
    if (this.solicited || !this.isHub) return false;
    this.#violation("Publish", textOf(buf, from, to));
    return false;
  }

  #violation(what: string, subject: string): void {
    const text = `Permissions Violation for ${what} to "${subject}"`;
    this.log.error(`${this.name} - ${text}`);
    this.close("Protocol Violation", text);
  }

  #control(op: Op, now: Millis): void {
    const { frame } = this.host;
    switch (op) {
      case Op.Broken:
        return this.faulty();
      case Op.Info:
        return this.onInfo(now);
      case Op.Connect:
        return this.onConnect(now);
      case Op.Err:
        return this.onError(textOf(frame.buf, frame.lineFrom, frame.lineTo));
    }
    if (!this.isKnown) return this.close("Authentication Failure", "Authorization Violation");
    if (op === Op.Ok) return;
    if (op === Op.Ping) return this.egress.text("PONG\r\n");
    if (op === Op.Pong) return this.#pong(now);
    if (op === Op.Subscribe) return this.#added();
    if (op === Op.Unsubscribe) return this.#removed();
    this.faulty("verb-unknown");
  }

  #pong(now: Millis): void {
    if (!this.heartbeat.pong(now) || this.encoder === null || this.#compressionOptions === null) return;
    this.encoder.level = levelFor(this.#compressionOptions, this.heartbeat.rttMillis);
    this.compression = this.encoder.level;
  }

  /** The peer wants something. Source: leafnode.md §3, §6, §8. */
  #added(): void {
    const { host } = this;
    const { frame } = host;
    const { buf, subjectFrom: from, subjectTo: to } = frame;
    if (!isValidSubject(buf, from, to)) return this.egress.text("-ERR 'Invalid Subscription'\r\n");
    if (this.#isOwnLoop(buf, from, to)) return this.loopFound();
    if (!this.#mayWant(buf, from, to)) return;
    const queue =
      frame.queuesTo > frame.queuesFrom
        ? host.queues.intern(textOf(buf, frame.queuesFrom, frame.queuesTo))
        : 0;
    const full = frame.queuesTo > frame.queuesFrom && queue === 0;
    const row = full ? 0 : this.#rowOf(buf, from, to, queue);
    if (row !== 0) {
      if (queue !== 0) host.interest.reweigh(row, frame.weight);
      return;
    }
    if (full || this.rows.count >= this.interestMax) {
      return this.egress.text("-ERR 'maximum subscriptions exceeded'\r\n");
    }
    const weight = queue === 0 ? 1 : frame.weight;
    const tag = this.rows.nextTag;
    this.rows.add(host.interest.add(this.account, buf, from, to, queue, this.holder, this.id, tag, weight));
    if (host.hasGateways) host.recentInterest(this.account, buf.slice(from, to), this.#now);
  }

  #isOwnLoop(buf: Uint8Array, from: number, to: number): boolean {
    return isLoopSubject(buf, from, to) && rangeEquals(buf, from, to, this.host.loopSubject(this.account));
  }

  /** What could never be sent is not kept; a literal that the peer may not have ends a spoke's link. */
  #mayWant(buf: Uint8Array, from: number, to: number): boolean {
    if (isLoopSubject(buf, from, to) || isMappedSpace(buf, from, to)) return true;
    if (isJetStreamOwn(buf, from, to)) return false;
    // What servers answer, each answers for itself.
    if (isSystemSubject(buf, from, to) && !this.host.isSystem(this.account)) return false;
    if (this.out.isOpen || this.out.tells(buf, from, to)) return true;
    if (!this.solicited && this.isHub && isLiteral(buf, from, to)) {
      this.#violation("Subscription", textOf(buf, from, to));
    }
    return false;
  }

  #removed(): void {
    const { host } = this;
    const { frame } = host;
    const { buf } = frame;
    const hasQueue = frame.queuesTo > frame.queuesFrom;
    const queue = hasQueue ? host.queues.find(buf, frame.queuesFrom, frame.queuesTo) : 0;
    if (hasQueue && queue === 0) return;
    const row = this.#rowOf(buf, frame.subjectFrom, frame.subjectTo, queue);
    if (row === 0) return;
    const tag = host.store.rowTag(row);
    const moved = this.rows.forget(tag);
    if (moved !== 0) host.store.setRowTag(moved, tag);
    host.interest.remove(row);
  }

  #rowOf(buf: Uint8Array, from: number, to: number, queue: number): number {
    return this.host.store.find(this.account, buf, from, to, queue, this.holder, this.id);
  }

  /** As whose interest the store holds what the peer wants. */
  get holder(): Holder {
    return this.isHub ? Holder.Spoke : Holder.Hub;
  }

  /** Our own `$LDS` came back, or would. Source: leafnode.md §6. */
  loopFound(): void {
    const account = this.host.accounts.text(this.account);
    const text = `Loop detected for leafnode account="${account}". Delaying attempt to reconnect for 30s`;
    this.refuse("Loop Detected", text);
  }

  // ---- told by the appliance ----

  maySend(buf: Uint8Array, from: number, to: number): boolean {
    return maySend(this, buf, from, to);
  }

  /** A pattern has so many members for this peer now; 0: the last one went. */
  interestChanged(subject: Uint8Array, from: number, to: number, queue: number, weight: number): void {
    if (!this.ready || this.closing !== null || !this.mayTell(subject, from, to)) return;
    this.listing.write(subject, from, to, queue, weight);
    this.bound();
  }

  /** May the peer hear that we want this? */
  mayTell(subject: Uint8Array, from: number, to: number): boolean {
    if (isServersOwn(subject, from, to)) return true;
    return !isJetStreamOwn(subject, from, to) && (this.in.isOpen || this.in.tells(subject, from, to));
  }

  /** The hub is about to get a request that crossed a gateway, with the reply buf[from + prefixBytes, to):
   *  its answers are to come here, and the way home is remembered. */
  awaitAnswer(
    hash: number,
    buf: Uint8Array,
    from: number,
    to: number,
    prefixBytes: number,
    leaf: number,
    now: Millis,
  ): void {
    this.replies.remember(hash, buf, from, to, prefixBytes, leaf, now);
    if (this.mayTell(buf, from + prefixBytes, to)) this.#awaited.add(buf, from + prefixBytes, to, now);
  }

  override get deadline(): Millis {
    if (this.closing !== null) return NEVER;
    if (!this.ready) return this.handshakeDeadline;
    return Math.min(super.deadline, this.#awaited.deadline);
  }

  tick(now: Millis): void {
    if (this.closing !== null) return;
    if (this.ready) {
      this.#awaited.expire(now);
      this.beat(now);
    } else if (now >= this.handshakeDeadline) this.onLate();
  }

  override flushed(now: Millis): void {
    super.flushed(now);
    if (this.closing === null && !this.listing.isIdle) this.listing.pump();
  }

  // ---- the handshakes' common steps ----

  protected bind(account: number): void {
    this.account = account;
    this.reader.account = account;
    this.reader.accountHash = hashStart(this.host.seed, account);
  }

  /** Before the first row of the peer, as its rows come and go under this origin. */
  protected joinOrigin(): void {
    const own = this.remoteServerId === "" ? this.id : this.remoteServerId;
    this.originKey = this.cluster === "" ? `#${own}` : this.cluster;
  }

  /** From here on the link carries traffic: the peer is told our interest. */
  protected begin(now: Millis): void {
    this.joinOrigin();
    this.ready = true;
    this.reader.messageFault = null;
    this.trust();
    this.heartbeat.start(
      now,
      Math.min(FIRST_PING_MILLIS, this.limits.pingMillis) * (1 + (this.id % 20) / 100),
    );
    this.host.leafReady(this, now);
    if (this.closing === null) this.listing.start();
  }

  /** The peer is no stranger: it may send as much at a time as any server. */
  protected trust(): void {
    if (this.decoder !== null) this.decoder.blockMax = S2_BLOCK_BYTES_MAX;
  }

  /** From the next byte on both directions are S2. Source: leafnode.md §9.2. */
  protected compress(options: CompressionOptions, mode: string, now: Millis): void {
    this.#compressionOptions = mode === "s2_auto" ? options : null;
    const level = mode === "s2_auto" ? levelFor(options, now - this.startedAt) : (mode as S2Level);
    this.decoder = new S2Decoder(S2_UNKNOWN_BLOCK_BYTES_MAX, this.host.s2Codec, this.host.s2Buffers);
    this.encoder = new S2Encoder(level, this.host.s2Codec);
    this.egress.encodeWith(this.encoder);
    this.readsPlain = false;
    this.compression = level;
  }

  protected faulty(fault: FaultName = this.reader.fault): void {
    const strange = !this.isKnown && fault !== "line-too-long" && fault !== "payload-too-large";
    // Whoever has not said who he is may say nothing else.
    if (strange && fault === "verb-unknown") this.close("Authentication Failure", "Authorization Violation");
    if (strange) this.violated(this.reader, fault, "Authorization Violation");
    else this.violated(this.reader, fault);
  }

  protected onClosing(): void {
    this.listing.close();
    this.decoder?.stop();
    this.host.bury(this);
  }

  protected onEnd(reason: CloseReason, now: Millis): void {
    this.host.leafEnded(this, reason, now);
  }
}
