// The box as a participant of the system account: it wants messages there, publishes there, and is told what
// its connections do. Who answers what stands above it; without anybody there, nothing is wanted.

import { bytesOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { ServiceImport } from "../forward/imports.ts";
import { type Handler, OURSELVES, type OwnInterest } from "../forward/own.ts";
import type { Trace } from "../forward/trace.ts";
import type { ServiceImportOptions } from "../forward/traffic-options.ts";
import type { CloseReason } from "../peer/close.ts";
import { Holder } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import { matches } from "../subject/match.ts";
import type { Core } from "./core.ts";

/** What whoever speaks for the box is told of its connections. */
export interface SystemEvents {
  /** A client or leaf was let in. */
  joined(session: Session, now: Millis): void;
  /** A connection is over, whether it was let in or not; `asked` is who it said that it was, if that was
   *  just now. */
  ended(session: Session, reason: CloseReason, asked: string, now: Millis): void;
  tick(now: Millis): void;
  /** What was noted of a message, as it is told. */
  traced(trace: Trace): string;
  /** All connections are about to end. */
  stopping(now: Millis): void;
}

/** Whoever logs in; 0 until he is let in. */
interface Arriving extends Session {
  readonly account: number;
}

/** What only our own clients may ask. */
interface Untold {
  readonly pattern: Uint8Array;
  readonly handler: Handler;
}

/** Source: nats-server 2.15, const.go. */
const THRESHOLD_MILLIS = 120_000;
const NOTHING = new Uint8Array(0);

/** What every account may ask about itself, and as what the system account is asked. Source: nats-server
 *  2.15, registerSystemImports. */
const SERVICES = [
  { to: "$SYS.REQ.ACCOUNT.PING.CONNZ", as: "ACCOUNT", what: "CONNZ" },
  { to: "$SYS.REQ.SERVER.PING.CONNZ", as: "ACCOUNT", what: "CONNZ" },
  { to: "$SYS.REQ.ACCOUNT.PING.STATZ", as: "ACCOUNT", what: "STATZ" },
  { to: "$SYS.REQ.USER.INFO", as: "USER", what: "INFO" },
].map((each) => ({ ...each, local: bytesOf(each.to) }));

export class System implements OwnInterest {
  events: SystemEvents | null = null;
  /** It is the same as long as the box runs. */
  readonly #account: number;
  /** By the tag of their rows; the first is that of answers to imports. */
  readonly #handlers: (Handler | undefined)[] = [undefined];
  readonly #untold: Untold[] = [];
  /** By the account that asks. */
  readonly #services = new Map<number, readonly ServiceImport[]>();
  /** Who logs in, and as whom, until his CONNECT is read to its end. */
  readonly #arriving = new Map<Session, string>();

  constructor(private readonly core: Core) {
    this.#account = core.directory.system;
  }

  // ---- used by whoever speaks for the box ----

  /** Messages to this pattern are the handler's from now on, wherever they are published. */
  subscribe(pattern: string, handler: Handler): void {
    const bytes = bytesOf(pattern);
    const tag = this.#handlers.push(handler) - 1;
    const { interest } = this.core;
    interest.add(this.#account, bytes, 0, bytes.length, 0, Holder.Own, OURSELVES, tag, 1);
  }

  /** As subscribe, but nobody is told: only clients and leafs of this server are heard. */
  subscribeHere(pattern: string, handler: Handler): void {
    this.#untold.push({ pattern: bytesOf(pattern), handler });
    this.core.generations.bump(this.#account);
  }

  /** To everybody in the system account who wants it, here and elsewhere, but not to ourselves. */
  publish(subject: string | Uint8Array, payload: string | Uint8Array, reply = ""): void {
    const { relay } = this.core.forwarder;
    relay.publish(this.#account, asBytes(subject), bytesOf(reply), asBytes(payload), this.core.now());
  }

  /** Would anybody but ourselves get it? Asked before anything is made. */
  isWanted(subject: string): boolean {
    return this.core.forwarder.relay.wants(this.#account, bytesOf(subject));
  }

  // ---- told by the core ----

  /** Somebody logs in: what he is, is known when his CONNECT was read. */
  arrives(session: Arriving, asked = ""): void {
    if (this.events !== null) this.#arriving.set(session, asked);
  }

  ended(session: Session, reason: CloseReason, now: Millis): void {
    const asked = this.#arriving.get(session) ?? "";
    this.#settle(now);
    this.#arriving.delete(session);
    this.events?.ended(session, reason, asked, now);
  }

  tick(now: Millis): void {
    this.#settle(now);
    this.events?.tick(now);
  }

  #settle(now: Millis): void {
    for (const session of this.#arriving.keys()) {
      // Who has no account yet waits for it, or is being sent away.
      if ((session as Arriving).account === 0) continue;
      this.#arriving.delete(session);
      this.events?.joined(session, now);
    }
  }

  // ---- asked by forward ----

  traced(trace: Trace): void {
    const text = this.events?.traced(trace) ?? "";
    if (text === "") return;
    const { forwarder } = this.core;
    const to = bytesOf(trace.destination);
    forwarder.relay.publish(trace.account, to, NOTHING, bytesOf(text), this.core.now());
  }

  handler(tag: number): Handler | undefined {
    return this.#handlers[tag];
  }

  untold(account: number, buf: Uint8Array, from: number, to: number): readonly Handler[] {
    const asked = account === this.#account ? this.#untold : [];
    return asked.filter(({ pattern }) => isFor(pattern, buf, from, to)).map(({ handler }) => handler);
  }

  service(account: number, buf: Uint8Array, from: number, to: number): ServiceImport | undefined {
    if (this.events === null) return undefined;
    const at = SERVICES.findIndex(({ local }) => isFor(local, buf, from, to));
    if (at < 0 || (account === this.#account && SERVICES[at]!.as !== "USER")) return undefined;
    let services = this.#services.get(account);
    if (services === undefined) {
      services = SERVICES.map(
        (each) => new ServiceImport(account, this.#account, this.#options(account, each)),
      );
      this.#services.set(account, services);
    }
    return services[at];
  }

  #options(account: number, { to, as, what }: (typeof SERVICES)[number]): ServiceImportOptions {
    return {
      account: this.core.accounts.text(this.#account),
      subject: `$SYS.REQ.${as}.${this.core.accounts.text(account)}.${what}`,
      to,
      // Each server answers for itself, but who somebody is, only his own knows.
      response: as === "USER" ? "single" : "stream",
      thresholdMillis: THRESHOLD_MILLIS,
      share: as === "USER",
    };
  }
}

function asBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? bytesOf(text) : text;
}

function isFor(pattern: Uint8Array, buf: Uint8Array, from: number, to: number): boolean {
  return matches(pattern, 0, pattern.length, buf, from, to);
}
