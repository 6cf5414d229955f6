// Control lines of leaf nodes, outward. Source: leafnode.md §2.1, §2.2, §3, §9.2. Each has its one legal
// sender.

import { SP } from "../base/ascii.ts";
import { bytesOf, copyBytes } from "../base/bytes.ts";
import { DIGITS_MAX, writeDecimal } from "../base/decimal.ts";
import type { LeafPermission } from "./leaf-documents.ts";

/** What an acceptor says of itself on one link. */
export interface LeafServerInfo {
  readonly serverId: string;
  readonly serverName: string;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly headers: boolean;
  readonly maxPayload: number;
  /** "" leaves it out. */
  readonly cluster: string;
  /** Above 0, or the solicitor takes us for another kind of port. */
  readonly clientId: number;
  /** "" leaves it out. */
  readonly nonce: string;
  /** host:port without scheme; at least our own, or solicitors up to 2.14 take us for another kind of
   *  port. */
  readonly urls: readonly string[];
  readonly webSocketUrls: readonly string[];
  readonly tlsRequired: boolean;
  readonly tlsVerify: boolean;
  /** The configured mode; null leaves it out, as who cannot compress does. */
  readonly compression: string | null;
}

/** What the answer to CONNECT tells besides. */
export interface LeafBinding {
  /** The account that the link was bound to. */
  readonly remoteAccount: string;
  readonly isSystem: boolean;
  /** Hub to spoke; null leaves it out. */
  readonly import: LeafPermission | null;
  /** Spoke to hub; null leaves it out. */
  readonly export: LeafPermission | null;
}

const line = (word: string, document: object): string => `${word} ${JSON.stringify(document)}\r\n`;

/** JSON.stringify leaves out what is undefined. */
const some = <T extends string | readonly string[]>(value: T): T | undefined =>
  value.length > 0 ? value : undefined;
const set = (value: boolean): true | undefined => value || undefined;

/** What every INFO of an acceptor has. */
function lasting(info: LeafServerInfo): object {
  return {
    server_id: info.serverId,
    server_name: info.serverName,
    version: info.version,
    proto: 3, // Messages may be traced (leafnode.md §2.1).
    go: "",
    host: info.host,
    port: info.port,
    headers: info.headers,
    auth_required: true,
    tls_required: set(info.tlsRequired),
    tls_verify: set(info.tlsVerify),
    max_payload: info.maxPayload,
    cluster: some(info.cluster),
    info_on_connect: true,
    leafnode_urls: info.urls,
    ws_connect_urls: some(info.webSocketUrls),
  };
}

/** Acceptor only: the INFO that begins a link. */
export function leafInfoLine(info: LeafServerInfo): string {
  const { clientId, nonce, compression } = info;
  return line("INFO", {
    ...lasting(info),
    client_id: clientId,
    nonce: some(nonce),
    compression: compression ?? undefined,
  });
}

/** Acceptor only: the INFO that answers CONNECT. */
export function leafConnectedInfoLine(info: LeafServerInfo, more: LeafBinding): string {
  return line("INFO", {
    ...lasting(info),
    client_id: info.clientId,
    connect_info: true,
    remote_account: more.remoteAccount,
    acc_is_sys: set(more.isSystem),
    import: permission(more.import),
    export: permission(more.export),
  });
}

/** Acceptor only: the INFO that says that something changed, or that the acceptor is about to go. */
export function leafUpdateInfoLine(info: LeafServerInfo, isLameDuck = false): string {
  return line("INFO", { ...lasting(info), ldm: set(isLameDuck) });
}

/** Solicitor only: from the next byte on both ends speak S2. */
export function leafCompressionInfoLine(clientId: number, mode: string): string {
  return line("INFO", {
    server_id: "",
    server_name: "",
    version: "",
    proto: 0,
    go: "",
    host: "",
    port: 0,
    headers: false,
    max_payload: 0,
    client_id: clientId,
    compression: mode,
  });
}

/** Go leaves empty lists out, so that nothing is allowed is said in a way that every reader understands. */
function permission(from: LeafPermission | null): object | undefined {
  if (from === null) return undefined;
  if (from.allow?.length === 0) return { deny: [">"] };
  return { allow: from.allow ?? undefined, deny: some(from.deny) };
}

/** What a solicitor says of itself; null and "" leave a field out. */
export interface LeafConnectFields {
  readonly version: string;
  readonly serverId: string;
  readonly name: string;
  readonly cluster: string;
  readonly user: string | null;
  readonly pass: string | null;
  /** Goes together with `user` when a URL has only a user part. */
  readonly authToken: string | null;
  readonly nkey: string | null;
  readonly jwt: string | null;
  /** Over the nonce, base64url without padding. */
  readonly sig: string | null;
  readonly headers: true;
  readonly isHub: boolean;
  /** Subjects that we do not want to be sent. */
  readonly denyPub: readonly string[];
  readonly isolate: boolean;
  /** The mode in effect at our end. */
  readonly compressMode: string;
  /** Our own account's name. */
  readonly remoteAccount: string;
}

/** Solicitor only. Never `lang`, `account` or `gateway`: acceptors refuse them. */
export function leafConnectLine(fields: LeafConnectFields): string {
  return line("CONNECT", {
    version: fields.version,
    nkey: fields.nkey ?? undefined,
    jwt: fields.jwt ?? undefined,
    sig: fields.sig ?? undefined,
    user: fields.user ?? undefined,
    pass: fields.pass ?? undefined,
    auth_token: fields.authToken ?? undefined,
    server_id: fields.serverId,
    name: fields.name,
    is_hub: set(fields.isHub),
    cluster: some(fields.cluster),
    headers: fields.headers,
    deny_pub: some(fields.denyPub),
    isolate: set(fields.isolate),
    protocol: 3, // As in INFO.
    compress_mode: some(fields.compressMode),
    remote_account: some(fields.remoteAccount),
  });
}

const ADD = bytesOf("LS+ ");
const REMOVE = bytesOf("LS- ");
const LINE_END = bytesOf("\r\n");
/** More is no number to nats-server, which would then count one member. */
const WEIGHT_MAX = 10 ** DIGITS_MAX - 1;

/** Bytes that an interest line needs at most. */
export function leafInterestLineBytes(subjectBytes: number, queue: Uint8Array | null): number {
  const queueBytes = queue === null ? 0 : 1 + queue.length + 1 + DIGITS_MAX;
  return ADD.length + subjectBytes + queueBytes + LINE_END.length;
}

/**
 * LS+ or LS- of subject[from, to) at `at` of target, with room for leafInterestLineBytes; answers the new
 * end.
 * `weight`: how many members an LS+ with a queue stands for, at least 1.
 */
export function writeLeafInterest(
  added: boolean,
  subject: Uint8Array,
  from: number,
  to: number,
  queue: Uint8Array | null,
  weight: number,
  target: Uint8Array,
  at: number,
): number {
  let i = copyBytes(added ? ADD : REMOVE, 0, ADD.length, target, at);
  i = copyBytes(subject, from, to, target, i);
  if (queue !== null) {
    target[i++] = SP;
    i = copyBytes(queue, 0, queue.length, target, i);
    if (added) {
      target[i++] = SP;
      i = writeDecimal(Math.min(Math.max(weight, 1), WEIGHT_MAX), target, i);
    }
  }
  return copyBytes(LINE_END, 0, LINE_END.length, target, i);
}
