// INFO and CONNECT of leaf nodes, read without trust: a field of the wrong kind is as absent, lists are
// bounded, subjects are valid. Source: leafnode.md §2.1, §2.2.

import { bytesOf } from "../base/bytes.ts";
import { isValidSubject } from "../subject/subject.ts";
import { type Fields, flag, membersOf, number, text } from "./documents.ts";

/** How many entries of a list are taken; the rest of it is ignored. */
const LIST_ENTRIES_MAX = 1_024;
/** How long an entry may be, in bytes; a longer one is ignored. */
const ENTRY_BYTES_MAX = 4 * 1024;

/** What may go one way over a leaf link. Source: leafnode.md §8. */
export interface LeafPermission {
  /** Null allows everything, an empty list nothing. */
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
}

/** What an INFO on a leaf link says: the acceptor's first, second or later one, or a solicitor's. */
export interface LeafInfo {
  serverId: string;
  serverName: string;
  version: string;
  proto: number;
  headers: boolean;
  /** 0 when absent. */
  clientId: number;
  nonce: string;
  /** host:port without scheme; null when absent, which tells another kind of port. */
  urls: string[] | null;
  webSocketUrls: string[];
  cluster: string;
  /** The mode as it was written; null when absent. */
  compression: string | null;
  infoOnConnect: boolean;
  connectInfo: boolean;
  remoteAccount: string;
  tlsRequired: boolean;
  tlsVerify: boolean;
  /** In bytes; 0 when absent. */
  maxPayload: number;
  isSystem: boolean;
  /** Hub to spoke; null when absent. */
  import: LeafPermission | null;
  /** Spoke to hub; null when absent. */
  export: LeafPermission | null;
  jetStream: boolean;
  domain: string;
  /** Only the INFO of a gateway's port has it. */
  gateway: string;
}

export function leafInfo(fields: Fields): LeafInfo {
  return {
    serverId: text(fields, "server_id"),
    serverName: text(fields, "server_name"),
    version: text(fields, "version"),
    proto: whole(fields, "proto"),
    headers: flag(fields, "headers"),
    clientId: whole(fields, "client_id"),
    nonce: text(fields, "nonce"),
    urls: entries(fields, "leafnode_urls"),
    webSocketUrls: entries(fields, "ws_connect_urls") ?? [],
    cluster: text(fields, "cluster"),
    compression: text(fields, "compression") || null,
    infoOnConnect: flag(fields, "info_on_connect"),
    connectInfo: flag(fields, "connect_info"),
    remoteAccount: text(fields, "remote_account"),
    tlsRequired: flag(fields, "tls_required"),
    tlsVerify: flag(fields, "tls_verify"),
    maxPayload: whole(fields, "max_payload"),
    isSystem: flag(fields, "acc_is_sys"),
    import: permission(fields, "import", true),
    export: permission(fields, "export", false),
    jetStream: flag(fields, "jetstream"),
    domain: text(fields, "domain"),
    gateway: text(fields, "gateway"),
  };
}

/** What a CONNECT on a leaf link says; "" stands for an absent text. */
export interface LeafConnect {
  version: string;
  serverId: string;
  name: string;
  cluster: string;
  user: string;
  pass: string;
  token: string;
  nkey: string;
  jwt: string;
  sig: string;
  headers: boolean;
  /** The solicitor is the hub. */
  isHub: boolean;
  /** Subjects that the solicitor does not want to be sent. */
  denyPub: string[];
  isolate: boolean;
  compressMode: string;
  remoteAccount: string;
  protocol: number;
  /** A gateway that dialled the wrong port. */
  gateway: string;
  /** A client that dialled the wrong port. */
  lang: string;
  account: string;
  jetStream: boolean;
  domain: string;
}

export function leafConnect(fields: Fields): LeafConnect {
  return {
    version: text(fields, "version"),
    serverId: text(fields, "server_id"),
    name: text(fields, "name"),
    cluster: text(fields, "cluster"),
    user: text(fields, "user"),
    pass: text(fields, "pass"),
    token: text(fields, "auth_token"),
    nkey: text(fields, "nkey"),
    jwt: text(fields, "jwt"),
    sig: text(fields, "sig"),
    headers: flag(fields, "headers"),
    isHub: flag(fields, "is_hub"),
    denyPub: subjects(fields, "deny_pub"),
    isolate: flag(fields, "isolate"),
    compressMode: text(fields, "compress_mode"),
    remoteAccount: text(fields, "remote_account"),
    protocol: whole(fields, "protocol"),
    gateway: text(fields, "gateway"),
    lang: text(fields, "lang"),
    account: text(fields, "account") || text(fields, "new_account"),
    jetStream: flag(fields, "jetstream"),
    domain: text(fields, "domain"),
  };
}

/** An integer ≥ 0, or 0. */
function whole(fields: Fields, name: string): number {
  const value = number(fields, name);
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** The texts in a list, as far as the bounds let them in; null when there is no list. */
function entries(fields: Fields, name: string): string[] | null {
  const value = fields.get(name);
  if (!Array.isArray(value)) return null;
  const taken: string[] = [];
  for (const item of value) {
    if (taken.length === LIST_ENTRIES_MAX) break;
    if (typeof item === "string" && Buffer.byteLength(item) <= ENTRY_BYTES_MAX) taken.push(item);
  }
  return taken;
}

function subjects(fields: Fields, name: string): string[] {
  return (entries(fields, name) ?? []).filter((subject) => {
    const bytes = bytesOf(subject);
    return isValidSubject(bytes, 0, bytes.length);
  });
}

/**
 * An empty allow list is all to nats-server where it receives and nothing where it sends, although it never
 * writes one. A list that only we emptied stays: what it meant to narrow must not become everything.
 */
function permission(fields: Fields, name: string, emptyIsAll: boolean): LeafPermission | null {
  const members = membersOf(fields.get(name));
  if (members === null) return null;
  const given = members.get("allow");
  const isAll = !Array.isArray(given) || (emptyIsAll && given.length === 0);
  return { allow: isAll ? null : subjects(members, "allow"), deny: subjects(members, "deny") };
}
