// Messages beyond their account: to the subscriptions of accounts that import the stream, to the account that
// answers a request, and from there back. What is changed is written anew once, and then goes the way of any
// message in the other account. Source: gateway.md §7.5; nats-server 2.15, processServiceImport.

import { CR, LF, SP } from "../base/ascii.ts";
import { copyBytes, textOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { writeDecimal } from "../base/decimal.ts";
import { hashBytes, hashStart } from "../base/hash.ts";
import { IMPORT_DEPTH_MAX } from "../base/limits.ts";
import { below } from "../base/random.ts";
import type { LeafSession } from "../leaf/session.ts";
import { Kind, Source } from "../peer/kind.ts";
import type { InterestPort } from "../peer/ports.ts";
import type { Session } from "../peer/session.ts";
import { isJetStreamAck, mappedPrefixBytes } from "../subject/reserved.ts";
import { Frame } from "../wire/frame.ts";
import { Answers, type Awaited } from "./answers.ts";
import type { Delivery } from "./deliver.ts";
import type { Seen } from "./encode.ts";
import type { ForwardHost } from "./forward.ts";
import type { ServiceImport } from "./imports.ts";
import type { Handler } from "./own.ts";
import { type Asker, withRequestInfo } from "./request-info.ts";
import { newSeen, see, seenAs } from "./seen.ts";
import type { Beyond, GatewayTarget, ImportedSubscription, ServiceRoute, TargetSet } from "./targets.ts";

/** What a relay asks of the forwarder. */
export interface Router {
  lookup(frame: Frame, source: Source, hash: number, buf: Uint8Array, from: number, to: number): TargetSet;
  toGateway(frame: Frame, seen: Seen, target: GatewayTarget, maps: boolean): void;
  mustMap(frame: Frame, now: Millis): boolean;
  /** The frame's subject carries a way home: the message goes there. */
  homeward(frame: Frame, prefixBytes: number, from: LeafSession | null, now: Millis): void;
}

export interface RelayCounts {
  /** Requests that had passed through too many accounts, or through one import twice. */
  looped: number;
}

/** What a frame that was written keeps for the next one: views may be large, and are rare. */
const KEPT_BYTES_MAX = 65_536;
const NOTHING = new Uint8Array(0);

/** Blanks, two numbers, line ends. */
const LINE_BYTES = 48;

export class Relay {
  readonly answers: Answers;
  readonly counts: RelayCounts = { looped: 0 };
  /** By how deep in imports they are, since the outer ones are still read. */
  readonly #frames: Frame[] = [];
  /** What a message of our own is written from. */
  readonly #own = new Frame();
  /** The imports that the message at hand came through. */
  readonly #through: (ServiceImport | null)[] = [];

  constructor(
    private readonly host: ForwardHost,
    private readonly router: Router,
    public delivery: Delivery,
    interest: InterestPort,
  ) {
    this.answers = new Answers(host.random, interest);
  }

  /** The set of the subject that the account's mapping picks, with `seen` set to it; null: it is lost. */
  mapped(frame: Frame, seen: Seen, set: TargetSet): TargetSet | null {
    const mapping = set.beyond?.mapping ?? null;
    if (mapping === null) return set;
    const { subjectBuf, subjectFrom, subjectTo } = seen;
    const subject = mapping.pick(subjectBuf, subjectFrom, subjectTo, this.host.random);
    if (subject === null) return null;
    seen.subjectBuf = subject;
    seen.subjectFrom = 0;
    seen.subjectTo = subject.length;
    const hash = hashBytes(hashStart(this.host.seed, frame.account), subject, 0, subject.length);
    return this.router.lookup(frame, Source.Mapped, hash, subject, 0, subject.length);
  }

  /** To whom the set names in other accounts: `shown` is what clients see, `sent` what leafs do. Answers how
   *  many that was. `from` is null for what came by a gateway. */
  beyond(frame: Frame, shown: Seen, sent: Seen, set: Beyond, from: Asker | null, now: Millis): number {
    if (this.delivery.isDry) return 0;
    // The caller's may be used again by what follows.
    const own = { ...sent };
    let reached = this.#toImporters(frame, { ...shown }, own, set, from, now);
    if (set.answers && this.#answer(frame, own, now)) reached++;
    if (from !== null)
      for (const route of set.services) reached += this.#request(frame, own, route, from, now);
    return reached + toHandlers(frame, own, set.handlers);
  }

  /** A message of our own. What the box itself wants of the account, it does not get. */
  publish(account: number, subject: Uint8Array, reply: Uint8Array, payload: Uint8Array, now: Millis): void {
    const own = this.#own;
    own.buf = payload;
    own.size = payload.length;
    const frame = this.#write(own, account, subject, reply, null);
    own.buf = NOTHING;
    this.#through.push(null);
    const prefixBytes = mappedPrefixBytes(frame.buf, frame.subjectFrom, frame.subjectTo);
    if (prefixBytes > 0) this.router.homeward(frame, prefixBytes, null, now);
    else this.#publish(frame, null, null, false, now, false);
    this.#through.pop();
    if (frame.buf.length > KEPT_BYTES_MAX) frame.buf = NOTHING;
  }

  /** Would anybody but the box itself get a message of our own? */
  wants(account: number, subject: Uint8Array): boolean {
    this.#own.account = account;
    const hash = hashBytes(hashStart(this.host.seed, account), subject, 0, subject.length);
    const set = this.router.lookup(this.#own, Source.Mapped, hash, subject, 0, subject.length);
    const { plain, queues, leafs, gateways, beyond } = set;
    if (plain.length + queues.length + leafs.length + gateways.length > 0) return true;
    return beyond !== null && (beyond.answers || beyond.clients.length + beyond.leafs.length > 0);
  }

  #toImporters(
    frame: Frame,
    shown: Seen,
    sent: Seen,
    { clients, leafs }: Beyond,
    from: Session | null,
    now: Millis,
  ): number {
    for (const { subscription, subject } of clients) {
      this.delivery.toClient(frame, seenAs(shown, subject), subscription);
    }
    let reached = clients.length;
    // A leaf's own cluster never saw it in the other account; but a hub would pass it round.
    const except = from?.kind === Kind.Leaf && !(from as LeafSession).isHub ? from : null;
    for (const { target, subject } of leafs) {
      const source = target.session.isHub ? null : except;
      reached += this.delivery.toLeafs(frame, seenAs(sent, subject), [target], source, now);
    }
    return reached;
  }

  /** @returns true when a member in another account got the group's message; else one of this account may. */
  toGroup(frame: Frame, shown: Seen, count: number, imported: readonly ImportedSubscription[]): boolean {
    const start = below(this.host.random, count + imported.length);
    if (start >= imported.length) return false;
    return this.anyOf(frame, shown, imported, start);
  }

  anyOf(frame: Frame, shown: Seen, imported: readonly ImportedSubscription[], start = 0): boolean {
    for (let i = 0; i < imported.length; i++) {
      const { subscription, subject } = imported[(start + i) % imported.length]!;
      if (subscription.session.egress.full) continue;
      this.delivery.toClient(frame, seenAs(shown, subject), subscription);
      return true;
    }
    return false;
  }

  /** A request goes to the account that answers it. */
  #request(frame: Frame, seen: Seen, { service, subject }: ServiceRoute, from: Asker, now: Millis): number {
    if (this.#through.length >= IMPORT_DEPTH_MAX || this.#through.includes(service)) {
      this.counts.looped++;
      return 0;
    }
    const { exporter, importer, response, thresholdMillis } = service;
    const mapping = this.host.traffic.mappingOf(exporter, subject, 0, subject.length);
    const to = mapping === undefined ? subject : mapping.pick(subject, 0, subject.length, this.host.random);
    if (to === null) return 0;
    const { replyFrom, replyTo } = seen;
    const asked = frame.buf.slice(replyFrom, replyTo);
    const isKept = asked.length === 0 || isJetStreamAck(asked, 0, asked.length);
    const awaited = { exporter, importer, reply: asked, response, thresholdMillis };
    const reply = isKept ? asked : this.answers.open(awaited, now);
    const isFirst = this.#through.length === 0;
    const header = isFirst
      ? withRequestInfo(frame, this.host.accounts.text(importer), from, service.share)
      : null;
    const sent = this.#write(frame, exporter, to, reply, header);
    const except = from.kind === Kind.Leaf && !from.isHub ? from : null;
    this.#through.push(service);
    const reached = this.#publish(sent, except, from, !isKept, now);
    this.#through.pop();
    if (reached === 0 && !isKept) this.answers.close(reply);
    return reached;
  }

  /** An answer goes back to the account that asked. */
  #answer(frame: Frame, seen: Seen, now: Millis): boolean {
    const { subjectBuf, subjectFrom, subjectTo } = seen;
    const awaited = this.answers.find(frame.account, subjectBuf, subjectFrom, subjectTo, now);
    if (awaited === undefined || this.#through.length >= IMPORT_DEPTH_MAX) return false;
    const key = subjectBuf.slice(subjectFrom, subjectTo);
    const sent = this.#write(
      frame,
      awaited.importer,
      awaited.reply,
      this.#replyTo(frame, seen, awaited, now),
      null,
    );
    this.#through.push(null);
    const prefixBytes = mappedPrefixBytes(sent.buf, sent.subjectFrom, sent.subjectTo);
    if (prefixBytes > 0) this.router.homeward(sent, prefixBytes, null, now);
    const reached = prefixBytes > 0 ? 1 : this.#publish(sent, null, null, false, now);
    this.#through.pop();
    const isOver = awaited.response === "single" || frame.size === 0 || reached === 0;
    if (isOver) this.answers.close(key);
    else this.answers.refresh(key, now);
    return reached > 0;
  }

  /** An answer may ask in turn: what comes then goes back to whoever answered. */
  #replyTo(frame: Frame, { replyFrom, replyTo }: Seen, awaited: Awaited, now: Millis): Uint8Array {
    const reply = frame.buf.slice(replyFrom, replyTo);
    if (reply.length === 0 || isJetStreamAck(reply, 0, reply.length)) return reply;
    const { exporter, importer, response, thresholdMillis } = awaited;
    return this.answers.open(
      { exporter: importer, importer: exporter, reply, response, thresholdMillis },
      now,
    );
  }

  /** As a message of our own in its account: to everybody, by all groups. Stream imports do not pass on what
   *  came by a service import. */
  #publish(
    frame: Frame,
    except: LeafSession | null,
    from: Asker | null,
    maps: boolean,
    now: Millis,
    handled = true,
  ): number {
    const seen = see(newSeen(), frame, frame.subjectFrom);
    const { subjectFrom, subjectTo, buf } = frame;
    const set = this.router.lookup(frame, Source.Mapped, frame.hash, buf, subjectFrom, subjectTo);
    set.messages++;
    const { delivery } = this;
    for (const subscription of set.plain) delivery.toClient(frame, seen, subscription);
    let reached = set.plain.length;
    for (const queue of set.queues) if (delivery.toGroup(frame, seen, queue, except)) reached++;
    reached += delivery.toLeafs(frame, seen, set.leafs, except, now);
    if (set.gateways.length > 0) {
      const mustMap = maps || this.router.mustMap(frame, now);
      for (const target of set.gateways) this.router.toGateway(frame, seen, target, mustMap);
      reached++;
    }
    const { beyond } = set;
    if (beyond === null) return reached;
    // Groups may have chosen one of them.
    for (const { target } of beyond.leafs) target.chosenBytes = 0;
    if (beyond.answers && this.#answer(frame, seen, now)) reached++;
    if (from !== null) {
      for (const route of beyond.services) reached += this.#request(frame, seen, route, from, now);
    }
    return handled ? reached + toHandlers(frame, seen, beyond.handlers) : reached;
  }

  /** The frame's message under another subject and reply, in another account, as a frame of its own. */
  #write(
    from: Frame,
    account: number,
    subject: Uint8Array,
    reply: Uint8Array,
    header: Uint8Array | null,
  ): Frame {
    const depth = this.#through.length;
    const frame = this.#frames[depth] ?? new Frame();
    this.#frames[depth] = frame;
    const oldHeader = Math.max(0, from.headerBytes);
    const newHeader = header?.length ?? oldHeader;
    const size = from.size - oldHeader + newHeader;
    const needed = LINE_BYTES + subject.length + reply.length + size;
    if (frame.buf.length < needed) frame.buf = new Uint8Array(needed);
    const { buf } = frame;
    frame.account = account;
    frame.subjectFrom = 0;
    let at = copyBytes(subject, 0, subject.length, buf, 0);
    frame.subjectTo = at;
    frame.hash = hashBytes(hashStart(this.host.seed, account), buf, 0, at);
    buf[at++] = SP;
    frame.replyFrom = frame.replyTo = 0;
    if (reply.length > 0) {
      frame.replyFrom = at;
      at = frame.replyTo = copyBytes(reply, 0, reply.length, buf, at);
      buf[at++] = SP;
    }
    frame.sizesFrom = at;
    frame.headerBytes = newHeader > 0 ? newHeader : -1;
    if (newHeader > 0) {
      at = writeDecimal(newHeader, buf, at);
      buf[at++] = SP;
    }
    at = writeDecimal(size, buf, at);
    buf[at++] = CR;
    buf[at++] = LF;
    frame.payloadFrom = at;
    frame.size = size;
    if (header !== null) at = copyBytes(header, 0, header.length, buf, at);
    const skipped = header === null ? 0 : oldHeader;
    at = copyBytes(from.buf, from.payloadFrom + skipped, from.payloadFrom + from.size, buf, at);
    buf[at++] = CR;
    buf[at++] = LF;
    frame.end = at;
    frame.canonical = frame.tailCanonical = true;
    return frame;
  }
}

/** Each gets a copy: it may answer later, and what it is asked lies in a buffer that is read again. */
function toHandlers(frame: Frame, sent: Seen, handlers: readonly Handler[]): number {
  const { buf, replyFrom, replyTo, payloadFrom, size } = frame;
  const bodyFrom = payloadFrom + Math.max(0, frame.headerBytes);
  for (const handler of handlers) {
    handler({
      subject: textOf(sent.subjectBuf, sent.subjectFrom, sent.subjectTo),
      reply: buf.slice(replyFrom, replyTo),
      headers: buf.slice(payloadFrom, bodyFrom),
      payload: buf.slice(bodyFrom, payloadFrom + size),
    });
  }
  return handlers.length;
}
