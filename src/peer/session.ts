// What every conversation has. A session is fed bytes and the time; it leaves bytes, a deadline and at most
// one wish to be closed. It never blocks, reads a clock or touches a socket, so the simulator drives the very
// same code.

import { textOf } from "../base/bytes.ts";
import { type Millis, NEVER } from "../base/clock.ts";
import { CONTROL_SLACK_BYTES, HELD_BYTES_MAX } from "../base/limits.ts";
import type { Log, LogFields } from "../base/log.ts";
import { FAULTS, type FaultName, WireError } from "../wire/fault.ts";
import type { Frame } from "../wire/frame.ts";
import { OP_VERBS, Op } from "../wire/op.ts";
import type { Scanner } from "../wire/scanner.ts";
import type { CloseReason } from "./close.ts";
import { makeCounters } from "./counters.ts";
import type { Egress } from "./egress.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Hurry } from "./hurry.ts";
import { Kind } from "./kind.ts";
import { PendingAge } from "./pending-age.ts";
import type { CertificateNames } from "./transport.ts";

/** The far end of the transport, as text for people. */
export interface Address {
  readonly ip: string;
  readonly port: number;
}

/** What came is in the window already. */
const NOTHING = new Uint8Array(0);

const KIND_WORDS: Record<Kind, NonNullable<LogFields["kind"]>> = {
  [Kind.Client]: "client",
  [Kind.GatewayInbound]: "gateway",
  [Kind.GatewayOutbound]: "gateway",
  [Kind.Leaf]: "leaf",
};

/** The frame is good until it returns. */
export type Hear = (op: Op, frame: Frame) => void;

export abstract class Session {
  abstract readonly kind: Kind;
  /** "cid" of clients, "gid" of gateways: how log lines name the connection. */
  abstract readonly label: string;
  readonly counters = makeCounters();
  readonly heartbeat: Heartbeat;
  startedAt: Millis = 0;
  lastActivity: Millis = 0;
  /** Of a server: what it understands, by nats-server's numbers. */
  proto = 0;
  /** Set once: the driver flushes what waits, closes the transport and calls lost(). */
  closing: CloseReason | null = null;
  /** With `closing`: do not wait for the egress. */
  abort = false;
  /** What the last -ERR or fault said, for people. */
  lastError = "";
  ended = false;
  /** Bytes that waited when the transport went: they are lost. */
  lostBytes = 0;
  /** What comes from here goes to nobody of the same origin; "" for none but itself. */
  originKey = "";
  /** The session waits for TLS on its transport: the driver flushes what waits, begins TLS and calls
   *  secured(). */
  wantsTls = false;
  /** How long the oldest of the bytes that wait has waited. Looked at by the core. */
  readonly waiting = new PendingAge();
  /** What comes can take its time to be read: it is handed over in pieces, between which others have their
   *  turn. */
  readonly isPatient: boolean = false;
  /** Since when the transport takes nothing although bytes wait. Set and cleared by the driver. */
  blockedSince: Millis = NEVER;
  /** What came while the login is being decided; null: it is not. */
  #held: Uint8Array[] | null = null;
  #heldBytes = 0;
  readonly #hurry = new Hurry();
  /** Whoever listens to the link; null: nobody. */
  #hear: Hear | null = null;
  /** As `log`, when somebody listens. */
  #plainLog: Log | null = null;

  constructor(
    readonly id: number,
    readonly egress: Egress,
    readonly remote: Address,
    protected log: Log,
    pingMillis: Millis,
    pingMax: number,
  ) {
    this.heartbeat = new Heartbeat(pingMillis, pingMax);
  }

  /** Bytes that arrived. The session copies what it keeps. */
  abstract receive(chunk: Uint8Array, now: Millis): void;

  /** Reads the lines; null: receive() is the only way in. */
  protected readonly reader: Scanner | null = null;
  /** What the transport brings is what the reader reads; else there is a decoder between them. */
  protected readsPlain = true;

  /** The place in the arena where the next bytes may be put by whoever reads them from the transport, who
   *  then calls arrived(); -1: receive() takes them. */
  get room(): number {
    const reads = this.reads && this.readsPlain && !this.wantsTls;
    return reads ? (this.reader?.room ?? -1) : -1;
  }

  /** So many bytes were put there. */
  arrived(count: number, now: Millis): void {
    this.reader?.arrived(count);
    this.receive(NOTHING, now);
  }

  /** To be called at or after `deadline`; early or twice is harmless. */
  abstract tick(now: Millis): void;

  /** When tick wants to be called next. */
  get deadline(): Millis {
    return this.closing === null ? this.heartbeat.deadline : NEVER;
  }

  /** The transport took bytes. */
  flushed(now: Millis): void {
    this.heartbeat.flushed(this.egress.sentBytes, now);
  }

  /** Bounds that hold for who is connected as well. Source of the two times: the configuration. */
  bounded(pendingMax: number, pingMillis: Millis, pingMax: number, now: Millis): void {
    this.egress.pendingMax = pendingMax;
    this.heartbeat.retime(pingMillis, pingMax, now);
  }

  /** The TLS that the session waited for is up; whom the peer's certificate names, if it has one. */
  secured(_certificate: CertificateNames | null, _now: Millis): void {}

  /** The transport is gone. Called once by the driver, also after the session itself asked for it. */
  lost(reason: CloseReason, now: Millis): void {
    if (this.ended) return;
    this.ended = true;
    if (this.closing === null) {
      this.closing = reason;
      this.onClosing();
    }
    this.heartbeat.stop();
    this.#held = null;
    this.lostBytes = this.egress.pendingBytes;
    this.egress.clear();
    this.onEnd(this.closing, now);
  }

  /** Ends the conversation: `answer` goes out as -ERR first, if there is one. */
  close(reason: CloseReason, answer: string | null = null, abort = false): void {
    if (this.closing !== null) return;
    if (answer !== null) {
      this.lastError = answer;
      this.egress.text(`-ERR '${answer}'\r\n`);
    }
    this.closing = reason;
    this.abort = abort;
    this.egress.mark();
    this.onClosing();
  }

  /** The same, and the log says why. */
  protected refuse(reason: CloseReason, why: string, answer: string | null = why): void {
    this.log.error(`${this.name} - ${why}`, { ...this.fields, reason });
    this.close(reason, answer);
  }

  /** The transport takes nothing any more: what waits is not waited for, nor is a good-bye. */
  giveUp(): void {
    this.close("Slow Consumer (Write Deadline)");
    this.abort = true;
    this.egress.mark();
  }

  /** Frames are read now; else what comes is held, or the conversation is over. */
  protected get reads(): boolean {
    return this.closing === null && this.#held === null;
  }

  /** @hot A message was read: those behind it may leave by the express lane. */
  protected hurry(reader: Scanner, now: Millis): void {
    if (!this.#hurry.wants(reader.near) || this.closing !== null || this.log.traces) return;
    this.#hurry.took(this.express(reader, now));
  }

  /** Has messages taken from the front of the window; answers how many. */
  protected express(_reader: Scanner, _now: Millis): number {
    return 0;
  }

  /** Nothing is read until the login is decided: what came with it is held. */
  protected hold(reader: Scanner): void {
    const rest = reader.take();
    this.#held = [rest];
    this.#heldBytes = rest.length;
  }

  /** Takes a chunk while the login is being decided; false when it is not. */
  protected holds(chunk: Uint8Array): boolean {
    if (this.#held === null) return false;
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > HELD_BYTES_MAX) this.close("Authentication Failure", "Authorization Violation");
    else this.#held.push(chunk.slice());
    return true;
  }

  /** The login is decided: what was held, to be read next. */
  protected release(): Uint8Array {
    const held = Buffer.concat(this.#held ?? []);
    this.#held = null;
    return held;
  }

  /** Sends PING when it is due; closes a stale peer. */
  protected beat(now: Millis): void {
    const beat = this.heartbeat.due(now);
    if (beat === "stale") this.close("Stale Connection", "Stale Connection");
    if (beat !== "ping") return;
    this.egress.text("PING\r\n");
    this.heartbeat.sent(this.egress.position);
  }

  get isHeard(): boolean {
    return this.#hear !== null;
  }

  /** Tells every frame that comes in to `hear`, until it is null. A log that traces is what sessions ask for
   *  anyway, so that nothing is asked where nobody listens. */
  hearWith(hear: Hear | null): void {
    this.#plainLog ??= this.log;
    this.log = hear === null ? this.#plainLog : this.#plainLog.tracing();
    this.#hear = hear;
  }

  /** With trace on: what came in, without payloads and credentials. */
  protected trace(op: Op, frame: Frame): void {
    this.#hear?.(op, frame);
    if (this.#hear !== null && this.#plainLog?.traces === false) return;
    const { buf, lineFrom, lineTo, subjectFrom, subjectTo, size } = frame;
    let said = "";
    if (op === Op.Message) said = `${textOf(buf, subjectFrom, subjectTo)} ${size}`;
    else if (op === Op.Connect) said = "…";
    else if (op !== Op.Broken) said = textOf(buf, lineFrom, lineTo);
    this.log.trace(`${this.name} - <<- [${OP_VERBS[op]}${said === "" ? "" : ` ${said}`}]`);
  }

  /** The peer broke the protocol: says where and what to the log, answers it, and ends the conversation. */
  protected violated(reader: Scanner, fault: FaultName, answer: string | null = FAULTS[fault].answer): void {
    if (fault !== reader.fault) reader.brokenLine(fault);
    const error = new WireError(fault, reader.where(this.name));
    this.log.error(error.message, { ...this.fields, reason: FAULTS[fault].close });
    this.close(FAULTS[fault].close, answer);
    this.lastError = error.message;
  }

  /** Cuts a peer that makes us answer and does not read the answers. Called when control lines were
   *  written. */
  protected bound(): void {
    const { pendingBytes, pendingMax, blockBytesMax } = this.egress;
    if (pendingBytes > pendingMax + 2 * blockBytesMax + CONTROL_SLACK_BYTES)
      this.close("Slow Consumer (Pending Bytes)", null, true);
  }

  /** For log lines: who it is, for formats that keep that apart from the text. */
  get fields(): LogFields {
    return { peer: `${this.remote.ip}:${this.remote.port}`, kind: KIND_WORDS[this.kind], id: this.id };
  }

  get name(): string {
    return `${this.remote.ip}:${this.remote.port} - ${this.label}:${this.id}`;
  }

  /** Interest and registrations go now, once, whoever ended it; bytes may still be flushed. */
  protected abstract onClosing(): void;
  protected abstract onEnd(reason: CloseReason, now: Millis): void;
}
