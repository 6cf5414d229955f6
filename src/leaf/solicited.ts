// A hub that we dialled: its INFO, perhaps TLS, perhaps compression, our CONNECT, its second INFO.
// Source: leafnode.md §2, §9.2, §11.

import { publicKeyOf, signNonce } from "../auth/nkey.ts";
import { type Permission, SubjectFilter } from "../auth/permission.ts";
import { type Millis, NEVER } from "../base/clock.ts";
import { CONNECT_INFO_MILLIS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Egress } from "../peer/egress.ts";
import { reasonSaid } from "../peer/reason-of.ts";
import type { Address } from "../peer/session.ts";
import type { CertificateNames, LeafTransport } from "../peer/transport.ts";
import { readObject } from "../wire/documents.ts";
import { type LeafInfo, leafInfo } from "../wire/leaf-documents.ts";
import { leafCompressionInfoLine, leafConnectLine } from "../wire/leaf-writer.ts";
import { negotiated } from "./compression.ts";
import type { LeafHost } from "./host.ts";
import type { LeafIdentity, LeafLimits, LeafRemoteOptions, LeafUrl } from "./options.ts";
import { LeafSession } from "./session.ts";

/**
 * info: the hub's first INFO. tls: the handshake of it. compressed: the INFO again, compressed. accepted: the
 * INFO that answers CONNECT. up: traffic.
 */
type Awaited = "info" | "tls" | "compressed" | "accepted" | "up";

/** What to say of a hub that did not come with it in time. */
const LATE: Record<Awaited, string> = {
  info: "no INFO from the hub",
  tls: "TLS handshake timeout",
  compressed: "no INFO from the hub after the compression was agreed on",
  accepted: "no INFO in answer to CONNECT",
  up: "",
};

const LOOP_DELAY_MILLIS = 30_000;

/** How long to stay away from a hub that says so. Source: leafnode.md §5.2. */
const DELAYS: Partial<Record<CloseReason, Millis>> = {
  "Cluster Names Identical": LOOP_DELAY_MILLIS,
  "Loop Detected": LOOP_DELAY_MILLIS,
  "Minimum Version Required": 5_000,
};

/** Of TLS in mid-stream. Source: leafnode.md §10. */
const TLS_MILLIS = 2_000;
const EVERYTHING: Permission = { allow: null, deny: [] };

export class LeafSolicited extends LeafSession {
  readonly solicited = true;
  /** How much longer than usual to wait before the next dial. Source: leafnode.md §10. */
  delayMillis: Millis = 0;
  #awaited: Awaited = "info";
  #deadline: Millis;
  #info: LeafInfo | null = null;
  #secure: boolean;

  constructor(
    id: number,
    egress: Egress,
    remote: Address,
    log: Log,
    transport: LeafTransport,
    private readonly identity: LeafIdentity,
    limits: LeafLimits,
    private readonly options: LeafRemoteOptions,
    readonly url: LeafUrl,
    host: LeafHost,
    account: number,
    now: Millis,
  ) {
    super(id, egress, remote, log, transport, limits, host, now, options.hub);
    this.#secure = transport.secure;
    this.isolated = options.isolate;
    this.#deadline = now + options.firstInfoTimeoutMillis;
    this.reader.payloadMax = identity.maxPayload;
    this.reader.lineMax = limits.maxControlLine;
    this.bind(account);
  }

  protected get handshakeDeadline(): Millis {
    return this.#deadline;
  }

  protected onLate(): void {
    this.lastError = LATE[this.#awaited];
    const fields = { ...this.fields, reason: "Stale Connection" };
    this.log.error(`${this.name} - Leafnode connection to ${this.#place}: ${this.lastError}`, fields);
    if (this.#awaited === "accepted") {
      this.close("Stale Connection", "Stale Leaf Node Connection - Closing");
    } else this.close("Stale Connection");
  }

  override secured(_certificate: CertificateNames | null, now: Millis): void {
    if (this.#awaited !== "tls" || this.closing !== null) return;
    this.#secure = true;
    this.#compressOrConnect(this.#info!, now);
  }

  protected get isKnown(): boolean {
    return this.#awaited === "accepted" || this.#awaited === "up";
  }

  get #place(): string {
    return `${this.url.host}:${this.url.port}`;
  }

  /** A hub never says CONNECT. */
  protected onConnect(): void {
    this.faulty("verb-unknown");
  }

  protected onError(text: string): void {
    this.lastError = text;
    const reason = reasonSaid(text);
    const fields = reason === null ? this.fields : { ...this.fields, reason };
    this.log.error(`${this.name} - Leafnode Error ${text}`, fields);
    if (reason === null) return;
    this.delayMillis = DELAYS[reason] ?? 0;
    this.close(reason);
  }

  override loopFound(): void {
    this.delayMillis = LOOP_DELAY_MILLIS;
    super.loopFound();
  }

  protected onInfo(now: Millis): void {
    const { frame } = this.host;
    const fields = readObject(frame.buf, frame.lineFrom, frame.lineTo);
    if (fields === null) return this.faulty("json-unreadable");
    const info = leafInfo(fields);
    if (this.#awaited === "info") return this.#greeted(info, now);
    if (this.#awaited === "compressed") return this.#connect(info, now);
    if (this.#awaited === "tls") return this.faulty("verb-unknown");
    this.#permit(info);
    this.#discover(info, now);
    if (this.#awaited === "accepted" && info.connectInfo) this.#up(info, now);
  }

  #greeted(info: LeafInfo, now: Millis): void {
    if (info.clientId <= 0 || info.gateway !== "" || (info.urls === null && !info.infoOnConnect)) {
      this.lastError = "attempted to connect to wrong port";
      const text = `Leafnode connection to ${this.#place}: ${this.lastError}`;
      return this.refuse("Incorrect Port", text, null);
    }
    if (/\s/.test(info.cluster))
      return this.close("Protocol Violation", "cluster name cannot contain spaces");
    if (info.cluster === "_") return this.close("Protocol Violation", "cluster name is reserved");
    this.#info = info;
    if ((info.tlsRequired || this.options.tlsRequired) && !this.#secure && !this.transport.webSocket) {
      this.#awaited = "tls";
      this.#deadline = now + TLS_MILLIS;
      this.wantsTls = true;
      return;
    }
    this.#compressOrConnect(info, now);
  }

  #compressOrConnect(info: LeafInfo, now: Millis): void {
    const { compression } = this.options;
    const mode = this.transport.webSocket ? "off" : compression.mode;
    const agreed = negotiated(mode, info.compression ?? "");
    if (agreed === null) {
      return this.close("Protocol Violation", `unsupported route compression mode "${info.compression}"`);
    }
    if (agreed === "off") return this.#connect(info, now);
    this.egress.text(leafCompressionInfoLine(info.clientId, mode === "accept" ? agreed : mode));
    this.compress(compression, agreed, now);
    this.#awaited = "compressed";
    this.#deadline = now + this.options.firstInfoTimeoutMillis;
  }

  #connect(info: LeafInfo, now: Millis): void {
    const { identity, options, url } = this;
    this.remoteName = info.serverName === "" ? info.serverId : info.serverName;
    this.proto = info.proto;
    this.remoteServerId = info.serverId;
    this.remoteVersion = info.version;
    this.cluster = info.cluster;
    this.joinOrigin();
    this.headers = info.headers;
    if (info.maxPayload > 0) this.maxPayload = info.maxPayload;
    const { credentials, nkeySeed } = options;
    const seed = credentials?.seed ?? nkeySeed;
    const isToken = url.user !== null && url.password === null;
    this.egress.text(
      leafConnectLine({
        version: identity.version,
        serverId: identity.serverId,
        name: identity.serverName,
        cluster: identity.cluster,
        user: url.user,
        pass: url.password,
        authToken: isToken ? url.user : null,
        nkey: credentials === null && nkeySeed !== null ? publicKeyOf(nkeySeed) : null,
        jwt: credentials?.jwt ?? null,
        sig: seed === null ? null : signNonce(seed, info.nonce),
        headers: true,
        isHub: options.hub,
        denyPub: options.denyImports,
        isolate: options.requestIsolation,
        compressMode: this.encoder === null ? "off" : this.compression,
        remoteAccount: this.host.accounts.text(this.account),
      }),
    );
    this.trust(); // What follows its answer is a list of all that it wants.
    this.#permit({ ...info, import: null, export: null });
    this.#discover(info, now);
    if (!info.infoOnConnect) return this.#up(info, now);
    this.#awaited = "accepted";
    this.#deadline = now + CONNECT_INFO_MILLIS;
  }

  #up(info: LeafInfo, now: Millis): void {
    // A hub refuses this itself, and better: it says so to whoever reads its log.
    if (this.cluster !== "" && this.cluster === this.identity.cluster) {
      this.delayMillis = LOOP_DELAY_MILLIS;
      const text = "remote leafnode has same cluster name";
      return this.refuse("Cluster Names Identical", `${text} "${this.cluster}"`, text);
    }
    this.#awaited = "up";
    this.#deadline = NEVER;
    this.remoteAccount = info.remoteAccount;
    this.begin(now);
  }

  /** Our own denials, and what the hub allows us. Source: leafnode.md §8. */
  #permit(info: LeafInfo): void {
    const { denyImports, denyExports } = this.options;
    if (this.ready && info.import === null && info.export === null) return;
    this.in = new SubjectFilter(info.import ?? EVERYTHING).with({ deny: denyImports });
    this.out = new SubjectFilter(info.export ?? EVERYTHING).with({ deny: denyExports });
    if (!this.ready) return;
    this.host.permissionsChanged(this.account);
    this.listing.again();
  }

  #discover(info: LeafInfo, now: Millis): void {
    const urls = this.transport.webSocket ? info.webSocketUrls : (info.urls ?? []);
    if (urls.length > 0 && !this.options.ignoreDiscovered) this.host.hubUrls(this, urls, now);
  }
}
