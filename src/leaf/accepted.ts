// A leaf that dialled us: INFO, perhaps compression, CONNECT, the second INFO. Source: leafnode.md §2, §7,
// §9.2.

import { GrantedAnswers } from "../auth/granted-answers.ts";
import { ACCOUNT_FULL, type ConnectionLimits, expiryOf, type Identity, type Login } from "../auth/login.ts";
import { SubjectFilter } from "../auth/permission.ts";
import type { EffectivePermissions } from "../auth/rights.ts";
import { SubscribeFilter } from "../auth/subscribe-filter.ts";
import { type Millis, NEVER } from "../base/clock.ts";
import { LEAF_INTEREST_MAX, UNKNOWN_LINE_BYTES } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Arrival } from "../peer/arrival.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Egress } from "../peer/egress.ts";
import { reasonSaid } from "../peer/reason-of.ts";
import type { Address } from "../peer/session.ts";
import type { CertificateNames, LeafTransport } from "../peer/transport.ts";
import { readObject } from "../wire/documents.ts";
import { type LeafConnect, leafConnect, leafInfo } from "../wire/leaf-documents.ts";
import {
  type LeafServerInfo,
  leafConnectedInfoLine,
  leafInfoLine,
  leafUpdateInfoLine,
} from "../wire/leaf-writer.ts";
import { negotiated } from "./compression.ts";
import type { LeafHost } from "./host.ts";
import type { LeafIdentity, LeafLimits, LeafListenOptions } from "./options.ts";
import { LeafSession } from "./session.ts";

const EVERYTHING = { allow: null, deny: [] };

export class LeafAccepted extends LeafSession implements Arrival {
  readonly solicited = false;
  user = "";
  readonly #authDeadline: Millis;
  certificate: CertificateNames | null;
  /** null: it is no user of operator mode. */
  identity: Identity | null = null;
  /** A CONNECT whose account is being fetched. */
  #asked: LeafConnect | null = null;
  #connected = false;

  constructor(
    id: number,
    egress: Egress,
    remote: Address,
    log: Log,
    transport: LeafTransport,
    private readonly own: LeafIdentity,
    limits: LeafLimits,
    private options: LeafListenOptions,
    host: LeafHost,
    /** 15 characters that a signature covers. */
    readonly nonce: string,
    now: Millis,
  ) {
    super(id, egress, remote, log, transport, limits, host, now, true);
    this.certificate = transport.certificate;
    this.#authDeadline = now + options.authTimeoutMillis;
    this.reader.lineMax = UNKNOWN_LINE_BYTES;
    this.reader.payloadMax = own.maxPayload;
    egress.text(leafInfoLine(this.#info()));
    // TLS follows the first INFO; over WebSocket it is there, or nowhere.
    this.wantsTls = options.tlsRequired && !transport.secure && !transport.webSocket;
  }

  protected get handshakeDeadline(): Millis {
    return this.#authDeadline;
  }

  protected onLate(): void {
    this.close("Authentication Timeout", "Authentication Timeout");
  }

  override secured(certificate: CertificateNames | null): void {
    this.certificate = certificate;
  }

  /** The places where this cluster takes leafs are others now. */
  movedTo({ host, port, urls, webSocketUrls }: LeafListenOptions): void {
    this.options = { ...this.options, host, port, urls, webSocketUrls };
    if (this.ready && this.closing === null) this.egress.text(leafUpdateInfoLine(this.#info()));
  }

  /** The box is about to go. nats-server says nothing of that to its leafs, and takes it without harm. */
  leaving(): void {
    if (this.ready && this.closing === null) this.egress.text(leafUpdateInfoLine(this.#info(), true));
  }

  override get deadline(): Millis {
    return this.closing === null ? Math.min(super.deadline, expiryOf(this.identity)) : NEVER;
  }

  override tick(now: Millis): void {
    if (now < expiryOf(this.identity)) super.tick(now);
    else this.close("Authentication Expired", "User Authentication Expired");
  }

  get webSocket(): boolean {
    return this.transport.webSocket;
  }

  /** What it was told to leave out cannot be taken back here: with other permissions it comes again. */
  regrant(limits: ConnectionLimits, permissions: EffectivePermissions | null): void {
    this.#limit(limits);
    if (this.rows.count > this.interestMax) {
      return this.close("Maximum Subscriptions Exceeded", "maximum subscriptions exceeded");
    }
    if (permissions === null || this.identity === null) return;
    const of = ({ publish, subscribe }: Pick<Login, "publish" | "subscribe">): string =>
      JSON.stringify([publish, subscribe]);
    if (of(permissions) === of(this.identity.user)) return;
    this.close("Authentication Failure", "Authorization Violation");
  }

  /** The smaller of what the box and what its account allows one leaf. */
  #limit({ subs, payload }: ConnectionLimits): void {
    this.interestMax = subs < 0 ? LEAF_INTEREST_MAX : Math.min(LEAF_INTEREST_MAX, subs);
    const { maxPayload } = this.own;
    this.reader.payloadMax = payload < 0 ? maxPayload : Math.min(maxPayload, payload);
  }

  protected override onClosing(): void {
    this.#asked = null;
    super.onClosing();
  }

  protected get isKnown(): boolean {
    return this.#connected;
  }

  /** Before CONNECT it asks for compression; later it says nothing. */
  protected onInfo(now: Millis): void {
    if (this.#connected) return;
    const { frame } = this.host;
    const { mode } = this.options.compression;
    if (this.encoder !== null || mode === "off" || mode === "not supported" || this.transport.webSocket) {
      return this.close("Authentication Failure", "Authorization Violation");
    }
    const fields = readObject(frame.buf, frame.lineFrom, frame.lineTo);
    if (fields === null) return this.faulty("json-unreadable");
    const theirs = leafInfo(fields).compression ?? "";
    const agreed = negotiated(mode, theirs);
    if (agreed === null)
      return this.close("Protocol Violation", `unsupported route compression mode "${theirs}"`);
    if (agreed === "off") return;
    this.compress(this.options.compression, agreed, now);
    this.egress.text(leafInfoLine(this.#info()));
  }

  protected onError(text: string): void {
    if (!this.#connected) return this.close("Authentication Failure", "Authorization Violation");
    this.lastError = text;
    const reason = reasonSaid(text) === "Loop Detected" ? "Loop Detected" : null;
    const fields = reason === null ? this.fields : { ...this.fields, reason };
    this.log.error(`${this.name} - Leafnode Error ${text}`, fields);
    if (reason !== null) this.close(reason);
  }

  protected onConnect(now: Millis): void {
    if (this.#connected) return;
    const { frame } = this.host;
    const fields = readObject(frame.buf, frame.lineFrom, frame.lineTo);
    if (fields === null) return this.faulty("json-unreadable");
    this.#authorize(leafConnect(fields), now);
  }

  #authorize(asked: LeafConnect, now: Millis): void {
    const login = asked.account === "" ? this.host.leafLogin(asked, this) : null;
    if (login === "waits") {
      this.#asked = asked;
      return this.hold(this.reader);
    }
    if (login === null) {
      const who = asked.user === "" ? "" : ` - User "${asked.user}"`;
      return this.refuse("Authentication Failure", `authentication error${who}`, "Authorization Violation");
    }
    if (login.isFull) return this.close("Maximum Account Connections Exceeded", ACCOUNT_FULL);
    if (!this.#isRefused(asked, login)) this.#begin(asked, login, now);
  }

  /** The account of a CONNECT is known, or will not be: what came since is read. */
  resume(now: Millis): void {
    const asked = this.#asked;
    if (asked === null || this.closing !== null) return;
    this.#asked = null;
    const held = this.release();
    this.#authorize(asked, now);
    this.read(held, now);
  }

  #begin(asked: LeafConnect, login: Login, now: Millis): void {
    const { host } = this;
    this.user = login.user;
    this.identity = login.identity ?? null;
    this.#connected = true;
    this.isHub = !asked.isHub;
    this.isolated = this.options.isolate || asked.isolate;
    this.remoteName = asked.name === "" ? asked.serverId : asked.name;
    this.remoteServerId = asked.serverId;
    this.remoteVersion = asked.version;
    this.proto = asked.protocol;
    this.remoteAccount = asked.remoteAccount;
    this.cluster = asked.cluster;
    this.headers = asked.headers;
    if (this.encoder === null && asked.compressMode !== "") this.compression = asked.compressMode;
    this.bind(login.account);
    if (login.limits !== undefined) this.#limit(login.limits);
    this.reader.lineMax = this.limits.maxControlLine;
    this.in = new SubjectFilter(login.publish ?? EVERYTHING);
    const responses = login.identity?.user.allowResponses ?? login.responses ?? null;
    this.answers = responses && new GrantedAnswers(responses, () => host.now());
    this.groups = new SubscribeFilter(login.subscribe ?? EVERYTHING);
    this.out = this.groups.plain.with({ deny: asked.denyPub });
    host.replaceDuplicate(this);
    this.#welcome(login);
    this.begin(now);
  }

  #welcome({ account, subscribe, publish }: Login): void {
    const { accounts } = this.host;
    const remoteAccount = accounts.text(account);
    const isSystem = this.host.isSystem(account);
    const told = { remoteAccount, isSystem, import: subscribe, export: publish };
    this.egress.text(leafConnectedInfoLine(this.#info(), told));
  }

  /** Source: leafnode.md §2.2, §7. */
  #isRefused(asked: LeafConnect, login: Login): boolean {
    const refuse = (why: string, reason: CloseReason): true => {
      this.refuse(reason, why);
      return true;
    };
    const { cluster, gateway, lang } = asked;
    if (lang !== "") return refuse("attempted to connect to leaf node port", "Incorrect Port");
    if (/\s/.test(cluster)) return refuse("cluster name cannot contain spaces", "Protocol Violation");
    if (cluster === "_") return refuse("cluster name is reserved", "Protocol Violation");
    if (cluster !== "" && cluster === this.own.cluster) {
      return refuse("remote leafnode has same cluster name", "Cluster Names Identical");
    }
    if (gateway !== "") {
      return refuse(`Rejecting connection from gateway "${gateway}" on the leafnode port`, "Wrong Gateway");
    }
    const { minVersion } = this.options;
    if (minVersion !== null && !isAtLeast(asked.version, minVersion)) {
      const text = `connection rejected since minimum version required is "${minVersion}"`;
      // Without it a leaf of today would think that we are none, and come again before its time. Source:
      // nats-server 2.15 server/leafnode.go, processLeafNodeConnect.
      this.#welcome(login);
      return refuse(text, "Minimum Version Required");
    }
    return false;
  }

  #info(): LeafServerInfo {
    const { own, options, transport } = this;
    const { mode } = options.compression;
    return {
      serverId: own.serverId,
      serverName: own.serverName,
      version: own.version,
      host: options.host,
      port: options.port,
      headers: true,
      maxPayload: own.maxPayload,
      cluster: own.cluster,
      clientId: this.id,
      nonce: this.nonce,
      urls: options.urls,
      webSocketUrls: options.webSocketUrls,
      tlsRequired: options.tlsRequired,
      tlsVerify: options.tlsVerify,
      compression: transport.webSocket ? "off" : mode === "not supported" ? null : mode,
    };
  }
}

/** Is x.y.z, with or without a tail, at least as new? What cannot be read is too old. */
function isAtLeast(version: string, least: string): boolean {
  const parts = (text: string): number[] => (/^v?(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
  const own = parts(version);
  if (own.length === 0) return false;
  for (const [i, wanted] of parts(least).entries()) {
    if (own[i] !== wanted) return own[i]! > wanted;
  }
  return true;
}
