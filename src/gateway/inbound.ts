// An accepted gateway connection: messages come in, our interest goes out. Source: gateway.md §1.2,
// §3.4–§3.7.

import type { Arena } from "../base/arena.ts";
import { bytesOf, textOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import type { NameTable } from "../base/intern.ts";
import { FIRST_PING_MILLIS, SERVER_PAYLOAD_BYTES, UNKNOWN_LINE_BYTES } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { InterestStore } from "../interest/store.ts";
import type { CloseReason } from "../peer/close.ts";
import { Count } from "../peer/counters.ts";
import type { Egress } from "../peer/egress.ts";
import { Kind } from "../peer/kind.ts";
import { reasonSaid } from "../peer/reason-of.ts";
import { type Address, Session } from "../peer/session.ts";
import type { CertificateNames } from "../peer/transport.ts";
import { type Connect, connect, type GatewayInfo, gatewayInfo, readObject } from "../wire/documents.ts";
import { FAULTS } from "../wire/fault.ts";
import type { Frame } from "../wire/frame.ts";
import { GatewayReader } from "../wire/gateway-reader.ts";
import { accountRemoveLine, CommandWriter, gossipLine, infoLine } from "../wire/gateway-writer.ts";
import { Op } from "../wire/op.ts";
import { type InboundAccount, newAccount } from "./inbound-account.ts";
import { type TellAction, type Telling, told } from "./inbound-mode.ts";
import { Listing } from "./listing.ts";
import { ModeHistory } from "./mode-history.ts";
import { unmute } from "./muted.ts";
import type { GatewayOptions } from "./options.ts";
import { type RemoteRules, rulesOf } from "./rules.ts";
import type { TransitionCause } from "./transitions.ts";

/** What an accepted gateway asks of the appliance. */
export interface InboundHost {
  /** Takes messages of an account from the front of the window, and answers how many. null: nobody does. */
  readonly express: {
    fromGateway(from: GatewayInbound, account: number, window: GatewayReader): number;
  } | null;
  readonly accounts: NameTable;
  readonly queues: NameTable;
  readonly store: InterestStore;
  readonly frame: Frame;
  readonly arena: Arena;
  readonly seed: number;
  /** Accounts that we have, by id. */
  ownAccounts(): Iterable<number>;
  /** Of the system account everybody is told all, at once: it is how servers know each other. */
  isSystem(account: number): boolean;
  passwordMatches(given: string, wanted: string): boolean;
  isConfigured(gateway: string): boolean;
  isOwnServerName(name: string): boolean;
  /** The connection said who it is; it is told our interest next. */
  inboundReady(session: GatewayInbound, info: GatewayInfo, now: Millis): void;
  /** Other gateways with their URLs, for gossip. */
  gossip(except: string): { serverId: string; name: string; urls: readonly string[] }[];
  inboundMessage(session: GatewayInbound, now: Millis): void;
  inboundEnded(session: GatewayInbound, reason: CloseReason, now: Millis): void;
}

/** Names of accounts that we do not have and have said so; beyond this many we drop without a word. */
const REFUSED_COUNT_MAX = 10_000;

/** `RMSG ` and `HMSG `, as everybody writes them. */
const VERB_BYTES = 5;

export class GatewayInbound extends Session {
  readonly kind = Kind.GatewayInbound;
  readonly label = "gid";
  /** The remote cluster's name, from its INFO. */
  gateway = "";
  serverId = "";
  serverName = "";
  version = "";
  peerInterestOnly = false;
  ready = false;
  readonly accounts = new Map<number, InboundAccount>();
  readonly modes = new ModeHistory();
  readonly #refused = new Set<string>();
  #rules: RemoteRules;
  protected override readonly reader: GatewayReader;
  readonly #listing: Listing;
  readonly #start: CommandWriter;
  readonly #complete: CommandWriter;
  /** The account that was asked for last: the next change is most likely of the same. */
  #recent = 0;
  #recentState: InboundAccount | null = null;
  #connected = false;
  #verbose = false;
  #authDeadline: Millis;
  #now: Millis;

  constructor(
    id: number,
    egress: Egress,
    remote: Address,
    log: Log,
    private readonly options: GatewayOptions,
    private readonly host: InboundHost,
    now: Millis,
    /** Whom the peer's certificate names; null in clear. */
    private readonly certificate: CertificateNames | null = null,
  ) {
    super(id, egress, remote, log, options.pingMillis, options.pingMax);
    this.startedAt = this.lastActivity = this.#now = now;
    this.#authDeadline = now + options.authTimeoutMillis;
    this.reader = new GatewayReader(host.frame, host.arena, host.accounts, host.seed);
    this.reader.lineMax = UNKNOWN_LINE_BYTES;
    this.reader.messageFault = "message-early";
    this.reader.payloadMax = SERVER_PAYLOAD_BYTES;
    this.#rules = rulesOf(options.rules, "");
    const crossingOf = (account: number) => this.#state(account).in;
    this.#listing = new Listing(host.store, host.accounts, host.queues, egress, crossingOf);
    this.#start = new CommandWriter(options.identity.gateway, 2);
    this.#complete = new CommandWriter(options.identity.gateway, 3);
    egress.text(infoLine(options.identity));
  }

  override get deadline(): Millis {
    return this.closing === null && !this.ready
      ? Math.min(this.#authDeadline, super.deadline)
      : super.deadline;
  }

  receive(chunk: Uint8Array, now: Millis): void {
    if (this.closing !== null) return;
    this.lastActivity = this.#now = now;
    const reader = this.reader;
    reader.feed(chunk);
    while (this.closing === null) {
      const op = reader.next();
      if (op === Op.Starved) return this.bound();
      if (this.log.traces) this.trace(op, this.host.frame);
      if (op !== Op.Message) this.#control(op, now);
      else {
        this.#message(now);
        if (!this.#verbose) this.hurry(reader, now);
      }
    }
  }

  protected override express(reader: GatewayReader): number {
    return this.host.express?.fromGateway(this, reader.account, reader) ?? 0;
  }

  /** @hot */
  #message(now: Millis): void {
    const { counters } = this;
    counters[Count.InMessages]!++;
    counters[Count.InBytes]! += this.host.frame.size;
    this.host.inboundMessage(this, now);
    if (this.#verbose) this.egress.text("+OK\r\n");
  }

  tick(now: Millis): void {
    this.#now = now;
    if (this.closing !== null) return;
    if (!this.ready && now >= this.#authDeadline) {
      this.close("Authentication Timeout", "Authentication Timeout");
    } else this.beat(now);
  }

  override flushed(now: Millis): void {
    super.flushed(now);
    if (this.closing === null && !this.#listing.isIdle) {
      this.#now = now;
      this.#listing.pump();
    }
  }

  /** A first subscription of (account, subject[, queue]) came, or the last one went. */
  interestChanged(
    added: boolean,
    account: number,
    subject: Uint8Array,
    from: number,
    to: number,
    queue: number,
  ): void {
    if (!this.ready || this.closing !== null || !this.#mayTell(account, subject, from, to)) return;
    if (queue !== 0) this.#listing.write(added, account, subject, from, to, queue);
    else {
      const action = this.#tell(account, added ? "First" : "Last");
      if (action === "add" || action === "drop") this.#listing.write(added, account, subject, from, to, 0);
      if (action === "unmute") this.#unmute(account, subject, from, to);
    }
    this.bound();
  }

  /** The account is to be interest-only from now on: it is new, or has leaf nodes, or the peer asked too
   *  often. */
  switchAccount(account: number, cause: TransitionCause): void {
    if (this.ready && this.closing === null) this.#perform(account, this.#tell(account, "Switch"), "", cause);
  }

  /** A message came for an account that we do not have. */
  refuseAccount(name: string): void {
    if (this.#refused.has(name) || this.#refused.size >= REFUSED_COUNT_MAX) return;
    this.#refused.add(name);
    this.egress.text(accountRemoveLine(name));
  }

  /** A message came to buf[from, to) that no plain subscription wants. */
  missed(account: number, buf: Uint8Array, from: number, to: number): void {
    const state = this.#state(account);
    state.unwanted++;
    if (state.mode !== "Optimistic" && state.mode !== "Untold") return;
    const name = textOf(buf, from, to);
    if (state.muted.has(name)) return;
    const full = state.muted.size >= this.options.interestOnlyThreshold;
    this.#perform(account, this.#tell(account, full ? "Full" : "Missed"), name);
  }

  /** The state of an account, made when it is first asked for. */
  #state(account: number): InboundAccount {
    if (account === this.#recent && this.#recentState !== null) return this.#recentState;
    let state = this.accounts.get(account);
    if (state === undefined) {
      state = newAccount(this.#rules.in(this.host.accounts.text(account)));
      this.accounts.set(account, state);
    }
    this.#recent = account;
    this.#recentState = state;
    return state;
  }

  /** What was told of an account that we have, and what came. */
  stateOf(account: number): InboundAccount {
    return this.#state(account);
  }

  /** @hot Counts a message of an account; false when a rule keeps it out. */
  takes(account: number, buf: Uint8Array, from: number, to: number, size: number): boolean {
    const state = this.#state(account);
    if (!state.in.passes(buf, from, to)) {
      state.refusals.add(state.in.refusing(buf, from, to), 1);
      return false;
    }
    const { end, accountFrom } = this.host.frame;
    state.messages++;
    state.bytes += size;
    state.wireBytes += VERB_BYTES + end - accountFrom;
    return true;
  }

  /** May the remote hear that we want this? Refused interest is never told. */
  #mayTell(account: number, subject: Uint8Array, from: number, to: number): boolean {
    return this.#state(account).in.tells(subject, from, to);
  }

  #tell(account: number, what: Telling): TellAction {
    const state = this.#state(account);
    const step = told(state.mode, what);
    if (step === null) return "none";
    this.modes.enter(account, state, step[0], this.#now);
    return step[1];
  }

  #perform(account: number, action: TellAction, subject: string, cause: TransitionCause = "threshold"): void {
    const state = this.#state(account);
    if (action === "mute") {
      state.muted.add(subject);
      const bytes = bytesOf(subject);
      this.#listing.write(false, account, bytes, 0, bytes.length, 0);
    }
    if (action === "list") this.#list(account, state, cause);
  }

  #list(account: number, state: InboundAccount, cause: TransitionCause): void {
    state.muted.clear();
    state.transitions.began(cause, this.#now);
    this.#listing.command(this.#start, account);
    const complete = (): void => {
      this.#tell(account, "Listed");
      state.transitions.ended(this.#now);
      this.#listing.command(this.#complete, account);
    };
    this.#listing.add(account, "plain", complete);
    this.#listing.pump();
  }

  #unmute(account: number, subject: Uint8Array, from: number, to: number): void {
    const { muted } = this.#state(account);
    if (unmute(muted, subject, from, to)) this.#listing.write(true, account, subject, from, to, 0);
  }

  #control(op: Op, now: Millis): void {
    if (op === Op.Broken) return this.#faulty();
    if (op === Op.Connect) return this.#connect(now);
    if (!this.#connected) return this.close("Authentication Failure", "Authorization Violation");
    if (op === Op.Ping) return this.egress.text("PONG\r\n");
    if (op === Op.Pong) return void this.heartbeat.pong(now);
    if (op === Op.Err) return this.#refusedByPeer();
    if (op === Op.Info) return this.#info(now);
    if (op === Op.Ok) return;
    // RS+, RS-, A+ and A- come only from acceptors (gateway.md §0.6).
    this.log.warn(`${this.name} - interest from the dialing side of gateway "${this.gateway}"`);
    this.close("Protocol Violation");
  }

  #connect(now: Millis): void {
    const { frame } = this.host;
    const fields = readObject(frame.buf, frame.lineFrom, frame.lineTo);
    if (fields === null) return this.#faulty("json-unreadable");
    const asked = connect(fields, true);
    const { identity, rejectUnknown } = this.options;
    if (asked.gateway === "") return this.close("Incorrect Port", "attempted to connect to gateway port");
    if (!this.#isAllowed(asked) || asked.account !== "") {
      return this.close("Authentication Failure", "Authorization Violation");
    }
    if (rejectUnknown && !this.host.isConfigured(asked.gateway)) {
      return this.close("Wrong Gateway", `Connection to gateway "${identity.gateway}" rejected`);
    }
    this.#verbose = asked.verbose;
    if (this.#connected) return;
    this.#connected = true;
    this.heartbeat.start(now, FIRST_PING_MILLIS * (1 + (this.id % 20) / 100));
  }

  /** Credentials or certificate. Source: gateway.md §6. */
  #isAllowed(asked: Connect): boolean {
    const { user, password, verifyAndMap, knownHosts } = this.options;
    const names = this.certificate;
    if (knownHosts !== null && !(names?.dns.some((name) => knownHosts.includes(name)) ?? false)) return false;
    if (verifyAndMap) return user !== null && (names?.all.includes(user) ?? false);
    if (user === null) return true;
    const matches = this.host.passwordMatches(asked.pass, password ?? "");
    return asked.user === user && matches;
  }

  #info(now: Millis): void {
    if (this.ready) return; // Later INFOs of a dialer say nothing (gateway.md §1.1).
    const { frame } = this.host;
    const fields = readObject(frame.buf, frame.lineFrom, frame.lineTo);
    if (fields === null) return this.#faulty("json-unreadable");
    const info = gatewayInfo(fields);
    const { gateway } = this.options.identity;
    if (info.gateway === "") {
      return this.close("Wrong Gateway", `Attempt to connect to gateway "${gateway}" using wrong port`);
    }
    if (this.options.rejectUnknown && !this.host.isConfigured(info.gateway)) {
      return this.close("Wrong Gateway", `Connection to gateway "${gateway}" rejected`);
    }
    if (info.serverName !== "" && this.host.isOwnServerName(info.serverName)) {
      const text = `remote server has a duplicate name: "${info.serverName}"`;
      return this.refuse("Duplicate Server Name", text);
    }
    this.gateway = info.gateway;
    this.#rules = rulesOf(this.options.rules, info.gateway);
    this.serverId = info.serverId;
    this.serverName = info.serverName;
    this.version = info.version;
    this.peerInterestOnly = info.interestOnly;
    this.ready = true;
    this.reader.messageFault = null;
    this.reader.lineMax = Math.max(UNKNOWN_LINE_BYTES, 65_536);
    this.host.inboundReady(this, info, now);
    this.#announceAll();
  }

  /** Queues first, then gossip, then each account as it is to be served. Source: gateway.md §1.2, §3.4,
   *  §3.6. */
  #announceAll(): void {
    for (const account of this.host.ownAccounts()) this.#listing.add(account, "queues", null);
    this.#listing.pump();
    for (const { serverId, name, urls } of this.host.gossip(this.gateway)) {
      this.egress.text(gossipLine(serverId, name, urls));
    }
    const waits = !this.peerInterestOnly && this.options.interestOnlyThreshold > 0;
    for (const account of this.host.ownAccounts()) {
      if (!waits || this.host.isSystem(account)) this.switchAccount(account, "handshake");
    }
  }

  #faulty(fault = this.reader.fault): void {
    // Whatever comes before CONNECT is a stranger's (gateway.md §1.4); only the limit of lines is told to
    // all.
    const strange = !this.#connected && fault !== "line-too-long";
    this.violated(this.reader, fault, strange ? "Authorization Violation" : FAULTS[fault].answer);
  }

  #refusedByPeer(): void {
    const { frame } = this.host;
    this.lastError = textOf(frame.buf, frame.lineFrom, frame.lineTo);
    this.refuse(reasonSaid(this.lastError) ?? "Client Closed", `Gateway Error ${this.lastError}`, null);
  }

  protected onClosing(): void {
    this.#listing.close();
  }

  protected onEnd(reason: CloseReason, now: Millis): void {
    this.host.inboundEnded(this, reason, now);
  }
}
