// A way through an HTTP proxy: one question, one answer, and then the bytes are the hub's. Source:
// leafnode.md §16.

import type { LeafProxy } from "../leaf/options.ts";

/** Where a proxy is, read from its URL. */
export interface ProxyPlace {
  readonly isSecure: boolean;
  readonly host: string;
  readonly port: number;
}

/** What the proxy said. `rest` came behind its answer and is the hub's. */
export interface ProxyAnswer {
  /** null: the way is open. */
  readonly refusal: string | null;
  readonly rest: Uint8Array;
}

/** Bytes of an answer's head; no proxy has a reason to say more. */
const HEAD_BYTES_MAX = 16_384;

const NOTHING = new Uint8Array(0);

/** Why a URL is no proxy's, or where the proxy is. */
export function proxyPlace({ url }: LeafProxy): ProxyPlace | string {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === "") return `proxy url "${url}" cannot be read`;
  const { protocol, hostname, port } = parsed;
  if (protocol !== "http:" && protocol !== "https:")
    return `proxy url scheme must be http or https: "${url}"`;
  const isSecure = protocol === "https:";
  const host = hostname.replace(/^\[|\]$/g, "");
  return { isSecure, host, port: port === "" ? (isSecure ? 443 : 80) : Number(port) };
}

/** `host:port`, IPv6 in brackets. */
export function authority(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** For Proxy-Authorization; null without a user. */
export function basicAuthorization({ user, password }: LeafProxy): string | null {
  return user === null ? null : `Basic ${Buffer.from(`${user}:${password ?? ""}`).toString("base64")}`;
}

export function connectRequest(proxy: LeafProxy, host: string, port: number): string {
  const target = authority(host, port);
  const authorization = basicAuthorization(proxy);
  const credentials = authorization === null ? "" : `Proxy-Authorization: ${authorization}\r\n`;
  return `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${credentials}\r\n`;
}

/** Reads the answer, however its bytes are cut. */
export class ProxyReply {
  #head = "";

  /** null: more is to come. */
  feed(chunk: Uint8Array): ProxyAnswer | null {
    const before = this.#head.length;
    const text = this.#head + Buffer.from(chunk).toString("latin1");
    const end = text.indexOf("\r\n\r\n", Math.max(0, before - 3));
    if (end < 0 ? text.length > HEAD_BYTES_MAX : end > HEAD_BYTES_MAX)
      return refused("its answer is too long");
    this.#head = text;
    if (end < 0) return null;
    const [, status, reason] = /^HTTP\/1\.[01] (\d{3}) ?([^\r\n]*)/.exec(text) ?? [];
    if (status === undefined) return refused("its answer is not HTTP");
    if (status !== "200") return refused(`${status} ${reason}`.trimEnd());
    return { refusal: null, rest: chunk.subarray(end + 4 - before) };
  }
}

function refused(why: string): ProxyAnswer {
  return { refusal: `proxy CONNECT failed: ${why}`, rest: NOTHING };
}
