// A dialled gateway connection: our messages go out, the remote cluster's interest comes in. Source:
// gateway.md §3.

import { textOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { FIRST_PING_MILLIS, MUTED_COUNT_MAX, REMOTE_INTEREST_MAX } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Egress } from "../peer/egress.ts";
import { Holder, Kind } from "../peer/kind.ts";
import { reasonSaid } from "../peer/reason-of.ts";
import { type Address, Session } from "../peer/session.ts";
import { isValidSubject } from "../subject/subject.ts";
import { commandAccount, type GatewayInfo, gatewayInfo, readObject } from "../wire/documents.ts";
import type { FaultName } from "../wire/fault.ts";
import { GatewayReader } from "../wire/gateway-reader.ts";
import { connectLine, infoLine } from "../wire/gateway-writer.ts";
import { Op } from "../wire/op.ts";
import { ModeHistory } from "./mode-history.ts";
import { unmute } from "./muted.ts";
import type { GatewayOptions, GatewayUrl } from "./options.ts";
import { newAccount, type OutboundAccount, ownerRow } from "./outbound-account.ts";
import type { OutboundHost } from "./outbound-host.ts";
import { causeOfStart, type Heard, type HeardAction, heard } from "./outbound-mode.ts";
import { type RemoteRules, rulesOf } from "./rules.ts";
import { Switches } from "./switches.ts";
import type { TransitionCause } from "./transitions.ts";

/** How many PING intervals the first INFO may take. Source: gateway.md §1.2. */
const INFO_INTERVALS = 3;

export class GatewayOutbound extends Session {
  readonly kind = Kind.GatewayOutbound;
  readonly label = "gid";
  /** No messages come here, only interest, and of that millions of lines at a time. */
  override readonly isPatient = true;
  serverId = "";
  serverName = "";
  version = "";
  /** The peer takes HMSG. */
  headers = false;
  /** The peer announces all its interest by itself. */
  peerInterestOnly = false;
  newReplyPrefix = false;
  ready = false;
  /** The remote took us: it said something after our CONNECT, and that was no -ERR. */
  confirmed = false;
  readonly accounts = new Map<number, OutboundAccount>();
  readonly modes = new ModeHistory();
  readonly #rules: RemoteRules;
  #rows = 0;
  /** The account of the last line: the next one is most likely of the same. */
  #recent: OutboundAccount | null = null;
  readonly #switches = new Switches();
  protected override readonly reader: GatewayReader;
  #infoDeadline: Millis;

  constructor(
    id: number,
    egress: Egress,
    remote: Address,
    log: Log,
    /** The cluster that was to be reached. */
    readonly gateway: string,
    readonly url: GatewayUrl,
    private readonly options: GatewayOptions,
    private readonly host: OutboundHost,
    now: Millis,
  ) {
    super(id, egress, remote, log, options.pingMillis, options.pingMax);
    this.startedAt = this.lastActivity = now;
    this.#infoDeadline = now + options.pingMillis * INFO_INTERVALS;
    this.reader = new GatewayReader(host.frame, host.arena, host.accounts, host.seed);
    this.reader.messageFault = "message-from-acceptor";
    this.#rules = rulesOf(options.rules, gateway);
  }

  override get deadline(): Millis {
    if (this.closing !== null) return super.deadline;
    return this.ready ? Math.min(super.deadline, this.#switches.dueAt) : this.#infoDeadline;
  }

  receive(chunk: Uint8Array, now: Millis): void {
    if (this.closing !== null) return;
    this.lastActivity = now;
    this.reader.feed(chunk);
    while (this.closing === null) {
      const op = this.reader.next();
      if (op === Op.Starved) break;
      if (this.log.traces) this.trace(op, this.host.frame);
      if (!this.confirmed && this.ready && op !== Op.Err) this.host.outboundConfirmed(this, now);
      if ((op === Op.Subscribe || op === Op.Unsubscribe) && this.ready) this.#interest(op === Op.Subscribe);
      else this.#control(op, now);
    }
    this.#tellSwitches(now);
    if (this.closing === null) this.bound();
  }

  #tellSwitches(now: Millis): void {
    if (this.#switches.dueAt > now) return;
    const switched = this.#switches.take(now, (account) => this.host.accounts.text(account));
    this.log.info(`${this.name} - Gateway "${this.gateway}" ${switched}`);
  }

  tick(now: Millis): void {
    if (this.closing !== null) return;
    if (!this.ready && now >= this.#infoDeadline) this.close("Stale Connection", "Stale Connection");
    else if (this.ready) {
      this.#tellSwitches(now);
      this.beat(now);
    }
  }

  /**
   * Does the remote want a message of this account, whose subject its plain rows match or not?
   * Source: gateway.md §3.2; until the list is complete we stay optimistic where we were (§3.5).
   */
  wants(account: number, subject: () => string, rowMatches: boolean): boolean {
    const state = this.accounts.get(account);
    switch (state?.mode ?? "Unheard") {
      case "NoInterest":
        return false;
      case "Optimistic":
        return state!.unasked && !state!.muted.has(subject());
      case "InterestOnly":
        return rowMatches;
      case "Transitioning":
        return rowMatches || (state!.unasked && !state!.muted.has(subject()));
      default:
        return !this.peerInterestOnly;
    }
  }

  /** The account has leafs, which must be told what this remote wants: one that serves it optimistically
   *  switches when it hears of a leaf. Source: leafnode.md §18, [V: 2.8.4]. */
  askForInterest(account: number): void {
    if (this.peerInterestOnly || !this.ready) return;
    const name = this.host.accounts.text(account);
    const { serverId, serverName, version } = this.options.identity;
    const server = { id: serverId, name: serverName, host: this.options.identity.host, ver: version };
    const body = JSON.stringify({ server, acc: name });
    const subject = `$SYS.ACCOUNT.${name}.LEAFNODE.CONNECT`;
    this.egress.text(`RMSG ${this.host.systemAccount} ${subject} ${Buffer.byteLength(body)}\r\n${body}\r\n`);
  }

  /** The state of an account, made when it is first asked for. */
  state(account: number): OutboundAccount {
    let state = this.accounts.get(account);
    if (state === undefined) {
      state = newAccount(account, !this.peerInterestOnly, this.#rules.out(this.host.accounts.text(account)));
      this.accounts.set(account, state);
    }
    return state;
  }

  #control(op: Op, now: Millis): void {
    switch (op) {
      case Op.Broken:
        return this.#faulty(this.reader.fault);
      case Op.Info:
        return this.#info(now);
      case Op.Ping:
        return this.egress.text("PONG\r\n");
      case Op.Pong:
        if (this.heartbeat.pong(now)) this.host.distanceMeasured(this);
        return;
      case Op.Err:
        return this.#refusedByPeer();
      case Op.Ok:
        return;
    }
    if (!this.ready) return this.#faulty("verb-unknown");
    switch (op) {
      case Op.AccountAdd:
      case Op.AccountRemove:
        return this.#accountLine(op === Op.AccountAdd ? "A+" : "A-", now);
      default:
        return this.#faulty("verb-unknown");
    }
  }

  /** @hot A million of these come in a row. */
  #interest(added: boolean): void {
    const { frame, generations } = this.host;
    const { buf, subjectFrom, subjectTo, account } = frame;
    if (!frame.canonical && !isValidSubject(buf, subjectFrom, subjectTo))
      return this.#faulty("subject-invalid");
    const recent = this.#recent;
    const state = recent !== null && recent.account === account ? recent : this.#named();
    if (state === null) return this.close("Missing Account", "maximum accounts exceeded");
    if (frame.queuesTo > frame.queuesFrom) return this.#queueLine(added, state);
    const action = this.#hear(state, added ? "RS+" : "RS-");
    if (action === "drop") return this.#drop(state, 0);
    if (action === "add") this.#add(state, 0);
    else if (action === "mute" && state.muted.size < MUTED_COUNT_MAX) {
      state.muted.add(textOf(buf, subjectFrom, subjectTo));
    }
    if ((action === "unmute" || action === "add") && state.muted.size > 0) {
      unmute(state.muted, buf, subjectFrom, subjectTo);
    }
    if (action !== "add") generations.bump(state.account);
  }

  /** The account that the line names; null when there is no room for another. */
  #named(): OutboundAccount | null {
    const { frame, accounts } = this.host;
    const account = frame.account || accounts.intern(textOf(frame.buf, frame.accountFrom, frame.accountTo));
    if (account === 0) return null;
    this.#recent = this.state(account);
    return this.#recent;
  }

  /** Queue rows are kept in every mode. Source: gateway.md §3.3. */
  #queueLine(added: boolean, state: OutboundAccount): void {
    const { frame, queues } = this.host;
    const queue = queues.intern(textOf(frame.buf, frame.queuesFrom, frame.queuesTo));
    if (queue === 0) return this.close("Protocol Violation", "maximum queue groups exceeded");
    if (added) {
      this.#act(state, this.#hear(state, "Queue"), 0);
      this.#add(state, queue);
    } else this.#drop(state, queue);
    this.host.generations.bump(state.account);
  }

  #add(state: OutboundAccount, queue: number): void {
    const { buf, subjectFrom, subjectTo } = this.host.frame;
    if (!state.out.isOpen && !state.out.tells(buf, subjectFrom, subjectTo)) {
      state.refusedInterest++;
      return;
    }
    if (this.#rows >= REMOTE_INTEREST_MAX) {
      this.log.error(
        `${this.name} - gateway "${this.gateway}" announced more than ${REMOTE_INTEREST_MAX} subjects`,
      );
      return this.close("Protocol Violation", "maximum subscriptions exceeded");
    }
    const { account } = state;
    const { interest } = this.host;
    const row = interest.addOnce(account, buf, subjectFrom, subjectTo, queue, Holder.Gateway, this.id, 0, 1);
    if (row === 0) return;
    this.#rows++;
    if (queue === 0) state.plainRows++;
    else state.queueRows++;
  }

  #drop(state: OutboundAccount, queue: number): void {
    const { frame, store } = this.host;
    const { buf, subjectFrom, subjectTo } = frame;
    const row = store.find(state.account, buf, subjectFrom, subjectTo, queue, Holder.Gateway, this.id);
    if (row === 0) return;
    this.host.interest.remove(row);
    this.#rows--;
    if (queue === 0) state.plainRows--;
    else state.queueRows--;
  }

  #accountLine(what: "A+" | "A-", now: Millis): void {
    const { frame, accounts, generations } = this.host;
    const account = accounts.intern(textOf(frame.buf, frame.lineFrom, frame.lineTo));
    if (account === 0) return;
    const state = this.state(account);
    // With queue rows A- only unmutes and A+ says nothing new: gateway.md §3.3.
    if (state.queueRows === 0) this.#act(state, this.#hear(state, what), now);
    else if (what === "A-") state.muted.clear();
    generations.bump(account);
  }

  #command(info: GatewayInfo, now: Millis): void {
    const word = info.command === 2 ? "start" : "complete";
    const name = commandAccount(info.commandPayload);
    if (name === null) {
      const text = `Account absent from receive-all-subscriptions-${word} command`;
      return this.close("Protocol Violation", text);
    }
    const { frame, accounts } = this.host;
    const command = info.command === 2 ? 2 : 3;
    this.reader.commands.learn(frame.buf, frame.lineFrom, frame.lineTo, command, info.commandPayload);
    this.#switch(accounts.intern(name), command, now);
  }

  /** The same as the last one of its kind, for another account. */
  #nextCommand(command: 2 | 3, now: Millis): void {
    const { accounts } = this.host;
    const { name, nameLength } = this.reader.commands;
    const account = accounts.find(name, 0, nameLength) || accounts.intern(textOf(name, 0, nameLength));
    this.#switch(account, command, now);
  }

  #switch(account: number, command: 2 | 3, now: Millis): void {
    if (account === 0) return this.close("Missing Account", "maximum accounts exceeded");
    const state = this.state(account);
    const cause = causeOfStart(state.mode);
    this.#act(state, this.#hear(state, command === 2 ? "Start" : "Complete"), now, cause);
    this.host.generations.bump(account);
  }

  #hear(state: OutboundAccount, what: Heard): HeardAction {
    const step = heard(state.mode, what);
    if (step === null) {
      state.ignored++;
      return "none";
    }
    this.modes.enter(state.account, state, step[0], this.lastActivity);
    return step[1];
  }

  #act(state: OutboundAccount, action: HeardAction, now: Millis, cause: TransitionCause = "again"): void {
    if (action === "forget" || action === "open") {
      state.muted.clear();
      this.#dropPlainRows(state);
    }
    if (action === "open") state.unasked = true;
    if (action === "list") {
      this.#dropPlainRows(state);
      state.unasked = !this.peerInterestOnly;
      state.transitions.began(cause, now);
    }
    if (action === "finish") {
      state.muted.clear();
      state.transitions.ended(now);
      this.#switches.ended(state);
    }
  }

  /** Rare: a second start, or A-/A+ behind a list (gateway.md §3.7). */
  #dropPlainRows(state: OutboundAccount): void {
    if (state.plainRows === 0) return;
    const { store } = this.host;
    const cursor = store.cursor(state.account);
    for (let node = cursor.next(); node !== 0; node = cursor.next()) {
      const row = ownerRow(store, node, this.id, true);
      if (row === 0) continue;
      this.host.interest.remove(row);
      this.#rows--;
      state.plainRows--;
    }
    cursor.close();
  }

  #info(now: Millis): void {
    const { command } = this.reader.commands;
    if (command !== 0 && this.ready) return this.#nextCommand(command, now);
    const { frame } = this.host;
    const fields = readObject(frame.buf, frame.lineFrom, frame.lineTo);
    if (fields === null) return this.#faulty("json-unreadable");
    const info = gatewayInfo(fields);
    if (info.command === 1) return this.host.urlsHeard(this, info.gateway, info.urls, now);
    const self = this.options.identity.gateway;
    if (info.gateway === "") {
      return this.close("Wrong Gateway", `Attempt to connect to gateway "${this.gateway}" using wrong port`);
    }
    if (info.gateway !== this.gateway) {
      const text = `Connection from "${self}" rejected, wanted to connect to "${this.gateway}", this is "${info.gateway}"`;
      return this.close("Wrong Gateway", text);
    }
    if (info.command === 2 || info.command === 3) return this.ready ? this.#command(info, now) : undefined;
    if (info.command !== 0) return this.log.warn(`${this.name} - unknown gateway command ${info.command}`);
    if (info.serverName !== "" && this.host.isOwnServerName(info.serverName)) {
      const text = `remote server has a duplicate name: "${info.serverName}"`;
      this.lastError = text;
      return this.refuse("Duplicate Server Name", text, null);
    }
    if (this.ready) return this.host.urlsHeard(this, info.gateway, info.urls, now);
    this.#greet(info, now);
  }

  #greet(info: GatewayInfo, now: Millis): void {
    this.serverId = info.serverId;
    this.serverName = info.serverName;
    this.proto = info.proto;
    this.version = info.version;
    this.headers = info.headers;
    this.peerInterestOnly = info.interestOnly;
    this.newReplyPrefix = info.newReplyPrefix;
    if (!this.host.outboundReady(this, info, now)) return this.close("Duplicate Remote Gateway");
    const { identity, user, password } = this.options;
    const ownUser = this.url.user ?? user;
    const ownPassword = this.url.user === null ? password : this.url.password;
    this.egress.text(connectLine(identity, ownUser, ownPassword) + infoLine(identity));
    this.ready = true;
    for (const account of this.host.accountsWithLeafs()) this.askForInterest(account);
    this.heartbeat.start(now, FIRST_PING_MILLIS * (1 + (this.id % 20) / 100));
  }

  #faulty(fault: FaultName): void {
    this.violated(this.reader, fault);
  }

  #refusedByPeer(): void {
    const { frame } = this.host;
    this.lastError = textOf(frame.buf, frame.lineFrom, frame.lineTo);
    this.refuse(reasonSaid(this.lastError) ?? "Client Closed", `Gateway Error ${this.lastError}`, null);
  }

  protected onClosing(): void {}

  protected onEnd(reason: CloseReason, now: Millis): void {
    this.host.outboundEnded(this, reason, now);
  }
}
