// A client's conversation. Source: client-and-auth.md §1.

import { GrantedAnswers } from "../auth/granted-answers.ts";
import { ACCOUNT_FULL, type ConnectionLimits, expiryOf, type Identity, type Login } from "../auth/login.ts";
import { SubjectFilter } from "../auth/permission.ts";
import type { EffectivePermissions } from "../auth/rights.ts";
import { SubscribeFilter } from "../auth/subscribe-filter.ts";
import { textOf } from "../base/bytes.ts";
import { type Millis, NEVER } from "../base/clock.ts";
import { parseDecimal } from "../base/decimal.ts";
import { hashStart } from "../base/hash.ts";
import { UNKNOWN_LINE_BYTES } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { base62 } from "../base/random.ts";
import type { Arrival } from "../peer/arrival.ts";
import type { CloseReason } from "../peer/close.ts";
import { Count } from "../peer/counters.ts";
import type { Egress } from "../peer/egress.ts";
import { Kind } from "../peer/kind.ts";
import { Replies } from "../peer/replies.ts";
import { type Address, Session } from "../peer/session.ts";
import { type CertificateNames, CLEAR, type ClientTransport } from "../peer/transport.ts";
import { isPublishable, isValidSubject, tokenCount } from "../subject/subject.ts";
import { ClientReader } from "../wire/client-reader.ts";
import { type Connect, connect, readObject } from "../wire/documents.ts";
import { FAULTS, type FaultName } from "../wire/fault.ts";
import type { Frame } from "../wire/frame.ts";
import { Op } from "../wire/op.ts";
import type { ClientHost } from "./host.ts";
import { clientInfoLine, disagreement, LaterInfo } from "./info.ts";
import { type ClientOptions, limitsOf } from "./options.ts";
import { forbidden } from "./permits.ts";
import { inQueue, Subscription, tellsBytes } from "./subscriptions.ts";
import { isHandshake, MISLED } from "./tls-info.ts";

/** Ours comes two seconds after the connection; gateways are faster. */
const FIRST_CLIENT_PING_MILLIS = 2_000;
const NONCE_CHARACTERS = 15;
const FULL = "maximum subscriptions exceeded";

export class ClientSession extends Session implements Arrival {
  readonly kind = Kind.Client;
  readonly label = "cid";
  account = 0;
  user = "";
  clientName = "";
  lang = "";
  version = "";
  echo = true;
  headers = false;
  noResponders = false;
  /** What the client may send, and what it may ask for. */
  in = SubjectFilter.ALL;
  out = SubscribeFilter.ALL;
  /** null: he is a user of the configuration. */
  identity: Identity | null = null;
  /** What he may answer beside what he may send; null: nothing. */
  answers: GrantedAnswers | null = null;
  readonly subscriptions = new Map<string, Subscription>();
  readonly replies = new Replies();
  #connected = false;
  #verbose = false;
  #pedantic = false;
  readonly laterInfo = new LaterInfo((more) => this.egress.text(clientInfoLine(this.options, this, more)));
  protected override readonly reader: ClientReader;
  #authDeadline: Millis;
  certificate: CertificateNames | null;
  /** Something came, in clear or inside TLS. */
  #hasSpoken = false;
  /** "" where nobody logs in by a signature. */
  readonly nonce: string;
  /** A CONNECT whose account is being fetched. */
  #asked: Connect | null = null;
  /** What his account allows; null: it sets no limits. */
  #granted: ConnectionLimits | null = null;
  limits: ReturnType<typeof limitsOf>;

  constructor(
    id: number,
    egress: Egress,
    remote: Address,
    log: Log,
    private options: ClientOptions,
    private readonly host: ClientHost,
    now: Millis,
    readonly transport: ClientTransport = CLEAR,
  ) {
    super(id, egress, remote, log, options.pingMillis, options.pingMax);
    this.startedAt = this.lastActivity = now;
    this.certificate = transport.certificate;
    // TLS follows INFO; over WebSocket it is there, or nowhere.
    this.wantsTls = options.tls?.allowClear === false && !transport.secure && !transport.webSocket;
    this.#authDeadline = now + options.authTimeoutMillis;
    this.reader = new ClientReader(host.frame, host.arena);
    this.reader.lineMax = Math.max(options.maxControlLine, UNKNOWN_LINE_BYTES);
    this.reader.messageFault = "message-early";
    this.limits = limitsOf(options, null);
    this.reader.payloadMax = options.maxPayload;
    this.nonce = options.asksSignatures ? base62(host.random, NONCE_CHARACTERS) : "";
    this.laterInfo.tell(this.nonce === "" ? {} : { nonce: this.nonce });
  }

  /** As long as TLS is not up, its own time counts. */
  override get deadline(): Millis {
    if (this.closing !== null) return NEVER;
    if (this.#connected) return Math.min(super.deadline, expiryOf(this.identity));
    return this.wantsTls ? NEVER : this.#authDeadline;
  }

  get webSocket(): boolean {
    return this.options.webSocket;
  }

  override secured(certificate: CertificateNames | null, now: Millis): void {
    this.certificate = certificate;
    this.#hasSpoken = false;
    this.#authDeadline = now + this.options.authTimeoutMillis;
  }

  receive(chunk: Uint8Array, now: Millis): void {
    if (this.closing !== null || this.holds(chunk)) return;
    this.lastActivity = now;
    if (!this.#hasSpoken && isHandshake(chunk))
      return this.refuse("Protocol Violation", MISLED, FAULTS["verb-unknown"].answer);
    this.#hasSpoken = true;
    const reader = this.reader;
    reader.feed(chunk);
    while (this.reads) {
      const op = reader.next();
      if (op === Op.Starved) return this.bound();
      if (this.log.traces) this.trace(op, this.host.frame);
      if (op !== Op.Message) this.#control(op, now);
      else {
        this.#message(now);
        if (!this.#verbose && !this.#pedantic) this.hurry(reader, now);
      }
    }
  }

  protected override express(reader: ClientReader, now: Millis): number {
    return this.host.express?.fromClient(this, reader, now) ?? 0;
  }

  tick(now: Millis): void {
    if (this.closing !== null || this.wantsTls) return;
    if (!this.#connected && now >= this.#authDeadline) {
      this.close("Authentication Timeout", "Authentication Timeout");
    } else if (now >= expiryOf(this.identity)) {
      this.close("Authentication Expired", "User Authentication Expired");
    } else if (this.#connected) this.beat(now);
  }

  /** A client that does not keep up is cut, so that the others do not feel it. */
  override flushed(now: Millis): void {
    super.flushed(now);
    if (!this.egress.full || this.closing !== null) return;
    const { name, fields, egress } = this;
    const reason = "Slow Consumer (Pending Bytes)";
    this.log.warn(`${name} - Slow Consumer Detected: ${egress.pendingBytes} bytes pending`, {
      ...fields,
      reason,
    });
    this.close(reason, null, true);
  }

  /** Its deliveries are over: the last one that it asked for was made. */
  expire(subscription: Subscription): void {
    if (!this.subscriptions.delete(subscription.sid)) return;
    this.host.unsubscribed(subscription);
  }

  /** @hot */
  #message(now: Millis): void {
    const { frame } = this.host;
    const { counters } = this;
    if (frame.headerBytes >= 0 && !this.headers) return this.#headersUnannounced();
    counters[Count.InMessages]!++;
    counters[Count.InBytes]! += frame.size;
    if (this.#verbose) this.egress.text("+OK\r\n");
    if (this.#isForbidden(frame)) return void counters[Count.Refused]!++;
    this.host.clientMessage(this, now);
  }

  /** HPUB is for clients that said headers (client-and-auth.md §1.1). */
  #headersUnannounced(): void {
    const why = "HPUB of a client that announced no headers";
    this.refuse("Protocol Violation", why, "message headers not supported");
  }

  #isForbidden(frame: Frame): boolean {
    const { buf, subjectFrom, subjectTo } = frame;
    if (this.#pedantic && !isPublishable(buf, subjectFrom, subjectTo)) {
      this.egress.text("-ERR 'Invalid Publish Subject'\r\n");
    }
    const wrong = forbidden(this, frame);
    if (wrong !== null) this.#violation(...wrong);
    return wrong !== null;
  }

  #violation(what: string, subject: string, detail = ""): void {
    const text = `Permissions Violation for ${what} "${subject}"${detail}`;
    this.egress.text(`-ERR '${text}'\r\n`);
    this.log.warn(`${this.name} - ${text}`);
  }

  #control(op: Op, now: Millis): void {
    switch (op) {
      case Op.Broken:
        return this.#faulty(this.reader.fault);
      case Op.Connect:
        return this.#connect(now);
      case Op.Ping:
        return this.#ping();
      case Op.Pong:
        return void this.heartbeat.pong(now);
      case Op.Ok:
        return;
    }
    if (!this.#connected) return this.close("Authentication Failure", "Authorization Violation");
    if (op === Op.Subscribe) return this.#subscribe(now);
    if (op === Op.Unsubscribe) return this.#unsubscribe();
    if (op === Op.Err) return this.close("Client Closed");
    this.#faulty("verb-unknown");
  }

  #ping(): void {
    this.egress.text("PONG\r\n");
    if (!this.#connected) return;
    const remote_account = this.host.accountName(this.account);
    this.laterInfo.pinged(() => ({ connect_info: true, remote_account }));
  }

  #connect(now: Millis): void {
    const { frame } = this.host;
    const fields = readObject(frame.buf, frame.lineFrom, frame.lineTo);
    if (fields === null) return this.#faulty("json-unreadable");
    const asked = connect(fields, false);
    const lost = `Rejecting connection from gateway "${asked.gateway}" on the client port`;
    if (asked.gateway !== "") return this.close("Incorrect Port", lost);
    [this.#verbose, this.#pedantic, this.echo] = [asked.verbose, asked.pedantic, asked.echo];
    [this.headers, this.noResponders, this.clientName] = [asked.headers, asked.noResponders, asked.name];
    [this.lang, this.version] = [asked.lang, asked.version];
    if (this.#connected) this.#agree(asked);
    else this.#authorize(asked, now);
  }

  #authorize(asked: Connect, now: Millis): void {
    const login = asked.account === "" ? this.host.login(asked, this) : null;
    if (login === "waits") {
      this.#asked = asked;
      return this.hold(this.reader);
    }
    if (login === null) {
      const why = `authentication error${asked.user === "" ? "" : ` - User "${asked.user}"`}`;
      return this.refuse("Authentication Failure", why, "Authorization Violation");
    }
    if (login.isFull) return this.close("Maximum Account Connections Exceeded", ACCOUNT_FULL);
    this.#begin(login, now);
    this.#agree(asked);
  }

  #begin({ account, user, publish, subscribe, responses: own, limits, identity }: Login, now: Millis): void {
    this.account = account;
    this.user = user;
    this.identity = identity ?? null;
    this.#grant({ publish, subscribe, allowResponses: identity?.user.allowResponses ?? own ?? null });
    this.#limit(limits ?? null);
    this.reader.account = account;
    this.reader.accountHash = hashStart(this.host.seed, account);
    this.#connected = true;
    this.reader.messageFault = null;
    this.reader.lineMax = this.options.maxControlLine;
    this.heartbeat.start(now, FIRST_CLIENT_PING_MILLIS);
  }

  /** The account of a CONNECT is known, or will not be: what came since is read. */
  resume(now: Millis): void {
    const asked = this.#asked;
    if (asked === null || this.closing !== null) return;
    this.#asked = null;
    const held = this.release();
    this.#authorize(asked, now);
    this.receive(held, now);
  }

  /** Other limits and times hold from now on; who listens to INFO is told how much it may send. */
  reconfigure(options: ClientOptions, now: Millis): void {
    const isOther = options.maxPayload !== this.options.maxPayload;
    this.options = options;
    this.bounded(options.pendingMax, options.pingMillis, options.pingMax, now);
    if (this.#connected) this.reader.lineMax = options.maxControlLine;
    this.#limit(this.#granted);
    if (isOther && this.closing === null) this.laterInfo.changed({});
  }

  regrant(granted: ConnectionLimits | null, permissions: EffectivePermissions | null): void {
    this.#limit(granted);
    if (permissions !== null) this.#regranted(permissions);
    if (this.subscriptions.size > this.limits.subscriptionsMax)
      this.close("Maximum Subscriptions Exceeded", FULL);
  }

  #limit(granted: ConnectionLimits | null): void {
    this.#granted = granted;
    this.limits = limitsOf(this.options, granted);
    this.reader.payloadMax = this.limits.payloadMax;
  }

  /** Subscriptions that are not allowed any more end, and it is told. */
  #regranted(permissions: EffectivePermissions): void {
    this.#grant(permissions);
    for (const subscription of this.subscriptions.values()) {
      const { subject, sid } = subscription;
      const queue = subscription.queue === 0 ? null : this.host.queues.bytes(subscription.queue);
      if (this.out.subscribes(subject, 0, subject.length, queue)) continue;
      this.#violation("Subscription to", textOf(subject), `${inQueue(queue)} (sid "${sid}")`);
      this.expire(subscription);
    }
  }

  #grant({ publish, subscribe, allowResponses }: EffectivePermissions): void {
    this.in = publish === null ? SubjectFilter.ALL : new SubjectFilter(publish);
    this.out = subscribe === null ? SubscribeFilter.ALL : new SubscribeFilter(subscribe);
    this.answers = allowResponses && new GrantedAnswers(allowResponses, () => this.host.now());
  }

  #agree(asked: Connect): void {
    const why = disagreement(asked);
    if (why !== null) return this.close("Protocol Violation", why);
    this.laterInfo.connected(asked.protocol);
    this.#ok();
  }

  #subscribe(now: Millis): void {
    const { buf, tokens, tokenCount: count } = this.host.frame;
    const from = tokens[0]!;
    const to = tokens[1]!;
    const hasQueue = count === 3;
    const sidAt = hasQueue ? 4 : 2;
    const sidFrom = tokens[sidAt]!;
    const sidTo = tokens[sidAt + 1]!;
    const group = hasQueue ? buf.slice(tokens[2]!, tokens[3]!) : null;
    const queueValid = group === null || isValidSubject(group, 0, group.length);
    if (!isValidSubject(buf, from, to) || !queueValid) return this.egress.text("-ERR 'Invalid Subject'\r\n");
    const { maxSubjectTokens } = this.options;
    const sid = textOf(buf, sidFrom, sidTo);
    if (this.subscriptions.has(sid)) return this.#ok();
    if (!this.out.isOpen && !this.out.subscribes(buf, from, to, group)) {
      return this.#violation("Subscription to", textOf(buf, from, to), inQueue(group));
    }
    if (maxSubjectTokens > 0 && tokenCount(buf, from, to) > maxSubjectTokens) {
      return this.#violation("Subscription to", textOf(buf, from, to), ", too many tokens");
    }
    const queue = group === null ? 0 : this.host.queues.intern(textOf(group));
    const isRoom = this.subscriptions.size < this.limits.subscriptionsMax;
    if (!isRoom || (hasQueue && queue === 0)) {
      return this.egress.text(`-ERR '${FULL}'\r\n`);
    }
    const sidBytes = tellsBytes(sid, sidTo - sidFrom) ? null : buf.slice(sidFrom, sidTo);
    const subscription = new Subscription(this, sid, sidBytes, buf.slice(from, to), queue);
    this.subscriptions.set(sid, subscription);
    this.host.subscribed(subscription, now);
    this.#ok();
  }

  #unsubscribe(): void {
    const { buf, tokens, tokenCount: count } = this.host.frame;
    const subscription = this.subscriptions.get(textOf(buf, tokens[0]!, tokens[1]!));
    const max = count === 2 ? parseDecimal(buf, tokens[2]!, tokens[3]!) : 0;
    if (max < 0) return this.#faulty("size-unreadable");
    if (subscription !== undefined) {
      if (max > 0) this.host.express?.bounding(subscription);
      if (max > 0 && subscription.delivered < max) subscription.max = max;
      else this.expire(subscription);
    }
    this.#ok();
  }

  #ok(): void {
    if (this.#verbose) this.egress.text("+OK\r\n");
  }

  #faulty(fault: FaultName): void {
    const answer = fault === "json-unreadable" ? "Authorization Violation" : FAULTS[fault].answer;
    this.violated(this.reader, fault, answer);
  }

  protected onClosing(): void {
    this.#asked = null;
    for (const subscription of this.subscriptions.values()) this.host.unsubscribed(subscription);
    this.subscriptions.clear();
  }

  protected onEnd(reason: CloseReason, now: Millis): void {
    this.host.clientEnded(this, reason, now);
  }
}
