// The JSON documents of the handshakes, read without trust: every field is checked, unknown ones are ignored,
// names match whatever their case. Sources: gateway.md §1.3, §1.4; client-and-auth.md §1.2, §1.3.

import { textOf } from "../base/bytes.ts";

/** Deeper nesting than any INFO or CONNECT has: a bomb. */
const DEPTH_MAX = 16;

export type Fields = ReadonlyMap<string, unknown>;

/** The members of a JSON object by lower-case name, or null when the bytes are not one. */
export function readObject(buf: Uint8Array, from: number, to: number): Fields | null {
  if (tooDeep(buf, from, to)) return null;
  let value: unknown;
  try {
    value = JSON.parse(textOf(buf, from, to));
  } catch {
    return null;
  }
  return membersOf(value);
}

/** The members of a value by lower-case name, or null when it is not an object. */
export function membersOf(value: unknown): Fields | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return new Map(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Brackets inside strings do not count: a password may be made of them. */
function tooDeep(buf: Uint8Array, from: number, to: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = from; i < to; i++) {
    const byte = buf[i];
    if (byte === QUOTE) quoted = !quoted;
    else if (quoted) i += byte === BACKSLASH ? 1 : 0;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    if (depth > DEPTH_MAX) return true;
  }
  return false;
}

export const text = (fields: Fields, name: string): string => {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
};
export const flag = (fields: Fields, name: string, absent = false): boolean => {
  const value = fields.get(name);
  return typeof value === "boolean" ? value : absent;
};
export const number = (fields: Fields, name: string): number => {
  const value = fields.get(name);
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
};
const texts = (fields: Fields, name: string): string[] => {
  const value = fields.get(name);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
};

/** What a gateway's INFO says. */
export interface GatewayInfo {
  serverId: string;
  serverName: string;
  version: string;
  proto: number;
  headers: boolean;
  gateway: string;
  urls: string[];
  /** The peer understands `_GR_.` replies. */
  newReplyPrefix: boolean;
  /** The peer switches every account to interest-only by itself. */
  interestOnly: boolean;
  /** 0 none, 1 gossip, 2 start, 3 complete. */
  command: number;
  /** base64 of an account name, or "". */
  commandPayload: string;
}

export function gatewayInfo(fields: Fields): GatewayInfo {
  return {
    serverId: text(fields, "server_id"),
    serverName: text(fields, "server_name"),
    version: text(fields, "version"),
    proto: number(fields, "proto"),
    headers: flag(fields, "headers"),
    gateway: text(fields, "gateway"),
    urls: texts(fields, "gateway_urls"),
    newReplyPrefix: flag(fields, "gateway_nrp"),
    interestOnly: flag(fields, "gateway_iom"),
    command: number(fields, "gateway_cmd"),
    commandPayload: text(fields, "gateway_cmd_payload"),
  };
}

/** What a CONNECT says, from a gateway or a client. */
export interface Connect {
  verbose: boolean;
  pedantic: boolean;
  echo: boolean;
  headers: boolean;
  noResponders: boolean;
  protocol: number;
  user: string;
  pass: string;
  token: string;
  nkey: string;
  jwt: string;
  sig: string;
  name: string;
  lang: string;
  version: string;
  account: string;
  gateway: string;
  cluster: string;
}

/** Absent fields of a client mean verbose, pedantic and echo; `server` turns the first two off. */
export function connect(fields: Fields, server: boolean): Connect {
  return {
    verbose: flag(fields, "verbose", !server),
    pedantic: flag(fields, "pedantic", !server),
    echo: flag(fields, "echo", true),
    headers: flag(fields, "headers"),
    noResponders: flag(fields, "no_responders"),
    protocol: number(fields, "protocol"),
    user: text(fields, "user"),
    pass: text(fields, "pass"),
    token: text(fields, "auth_token"),
    nkey: text(fields, "nkey"),
    jwt: text(fields, "jwt"),
    sig: text(fields, "sig"),
    name: text(fields, "name"),
    lang: text(fields, "lang"),
    version: text(fields, "version"),
    account: text(fields, "account") || text(fields, "new_account"),
    gateway: text(fields, "gateway"),
    cluster: text(fields, "cluster"),
  };
}

/** The account name in a start or complete command; null when it is absent or not base64. */
export function commandAccount(payload: string): string | null {
  if (payload === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(payload) || payload.length % 4 !== 0) return null;
  return Buffer.from(payload, "base64").toString("utf8");
}
