// A core without NATS: sessions that say what a test tells them and remember what they hear. What net does
// with sockets shows in them.

import { Arena } from "../../src/base/arena.ts";
import { type Clock, type Millis, NEVER } from "../../src/base/clock.ts";
import { Log } from "../../src/base/log.ts";
import type { DrivenCore, LeafDialRequest } from "../../src/net/driven-core.ts";
import { Driver, type DriverTls, type LeafTls } from "../../src/net/driver.ts";
import type { ListenTls } from "../../src/net/listener.ts";
import type { TlsContext } from "../../src/net/tls.ts";
import type { CloseReason } from "../../src/peer/close.ts";
import { DirtyList, Egress } from "../../src/peer/egress.ts";
import { Kind } from "../../src/peer/kind.ts";
import { type Address, Session } from "../../src/peer/session.ts";
import type { CertificateNames, ClientTransport, LeafTransport } from "../../src/peer/transport.ts";
import { until } from "../support/wait.ts";

const PENDING_MAX = 64 * 1024 * 1024;

/** Reads bytes as Latin-1 and hands whole lines to a script. Payloads are lines too, or part of one. */
export class FakeSession extends Session {
  readonly kind = Kind.Client;
  readonly label = "lid";
  /** Bytes received. */
  heardBytes = 0;
  /** Everything heard, one character a byte, unless `isQuiet`. */
  heard = "";
  isQuiet = false;
  onLine: (line: string) => void = () => {};
  onBytes: (chunk: Uint8Array) => void = () => {};
  onSecured: (certificate: CertificateNames | null) => void = () => {};
  certificate: CertificateNames | null | undefined;
  endedBy: CloseReason | null = null;
  #line = "";

  constructor(
    id: number,
    egress: Egress,
    remote: Address,
    log: Log,
    readonly transport: LeafTransport | null,
    readonly of: "client" | "leaf" | "gateway",
  ) {
    super(id, egress, remote, log, 120_000, 2);
  }

  receive(chunk: Uint8Array): void {
    this.heardBytes += chunk.length;
    this.onBytes(chunk);
    if (this.isQuiet) return;
    const text = Buffer.from(chunk).toString("latin1");
    this.heard += text;
    const lines = (this.#line + text).split("\r\n");
    this.#line = lines.pop()!;
    for (const line of lines) this.onLine(line);
  }

  override secured(certificate: CertificateNames | null): void {
    this.certificate = certificate;
    this.onSecured(certificate);
  }

  tick(): void {}

  says(line: string): void {
    this.egress.text(`${line}\r\n`);
  }

  /** Waits until a line has come that holds this text. */
  async hears(text: string): Promise<void> {
    await until(`a session hears ${text}`, () => this.heard.includes(text));
  }

  async ends(): Promise<CloseReason> {
    return until("a session ends", () => this.endedBy ?? undefined);
  }

  protected onClosing(): void {}

  protected onEnd(reason: CloseReason): void {
    this.endedBy = reason;
  }
}

type Script = (session: FakeSession) => void;

export class FakeCore implements DrivenCore {
  readonly acceptsLeafs = true;
  readonly clock: Clock = { now: () => performance.now() };
  readonly lines: string[] = [];
  readonly world = {
    log: new Log({ write: (level, _at, text) => this.lines.push(`${level} ${text}`) }, this.clock, "debug"),
  };
  readonly dirties = new DirtyList();
  readonly sessions: FakeSession[] = [];
  readonly failures: string[] = [];
  /** What accepted leafs, dialled hubs and clients do. */
  onAccept: Script = () => {};
  onDialed: Script = () => {};
  onClient: Script = () => {};
  readonly arena = new Arena(4 * 1024 * 1024);

  acceptLeaf(remote: Address, _now: Millis, transport: LeafTransport): FakeSession {
    return this.#open(remote, "leaf", transport, this.onAccept);
  }

  leafDialed(
    _request: LeafDialRequest,
    remote: Address,
    _now: Millis,
    transport: LeafTransport,
  ): FakeSession {
    return this.#open(remote, "leaf", transport, this.onDialed);
  }

  leafDialFailed(_request: LeafDialRequest, why: string): void {
    this.failures.push(why);
  }

  acceptClient(remote: Address, _now: Millis, transport: ClientTransport | null = null): FakeSession {
    return this.#open(remote, "client", transport, this.onClient);
  }

  acceptGateway(remote: Address): FakeSession {
    return this.#open(remote, "gateway", null, () => {});
  }

  dialed(): never {
    throw new Error("no gateways here");
  }

  dialFailed(): void {}
  start(): void {}
  tick(): void {}

  stop(): void {
    for (const session of this.sessions) session.close("Server Shutdown");
  }

  /** The newest session, as soon as there are so many. */
  async session(count = 1): Promise<FakeSession> {
    return until(`there are ${count} sessions`, () => this.sessions.length >= count && this.sessions.at(-1)!);
  }

  async failure(count = 1): Promise<string> {
    return until(`${count} dials have failed`, () => this.failures[count - 1]);
  }

  async logged(text: string): Promise<void> {
    await until(`the log says ${text}`, () => this.lines.some((line) => line.includes(text)));
  }

  #open(
    remote: Address,
    of: FakeSession["of"],
    transport: LeafTransport | null,
    script: Script,
  ): FakeSession {
    const egress = new Egress(this.arena, this.dirties, PENDING_MAX);
    const id = this.sessions.length + 1;
    const session = new FakeSession(id, egress, remote, this.world.log, transport, of);
    this.sessions.push(session);
    script(session);
    return session;
  }
}

const NO_TLS = { listen: null, handshakeFirst: false };

/** Everybody speaks in clear. */
export const ALL_CLEAR: DriverTls = {
  clients: NO_TLS,
  gateways: null,
  remotes: new Map(),
  leafs: { ...NO_TLS, remotes: new Map(), proxies: new Map() },
};

/** A driver with a fake core. */
export class Rig {
  readonly core = new FakeCore();
  readonly driver: Driver;

  constructor(
    leafTls: Partial<LeafTls> = {},
    gateways: TlsContext | null = null,
    clients: ListenTls = NO_TLS,
  ) {
    const leafs = { ...ALL_CLEAR.leafs, ...leafTls };
    this.driver = new Driver(this.core.clock, { ...ALL_CLEAR, clients, gateways, leafs });
    this.driver.core = this.core;
  }

  /** Flushes what a test, outside any turn, made sessions say. */
  flush(): void {
    this.driver.turn();
  }

  async stop(): Promise<void> {
    await this.driver.stop(500);
  }
}

/** Never blocked: what `blockedSince` says then. */
export const NOT_BLOCKED = NEVER;
