// URLs of hubs and of what stands before them, and the origins of WebSocket peers.

import type { LeafUrl } from "../leaf/options.ts";
import { parseLeafUrl as readLeafUrl } from "../leaf/remotes.ts";
import type { Parsed } from "./address.ts";

/** The port of a URL without one, whatever its scheme. Source: nats-server, DEFAULT_LEAFNODE_PORT. */
const LEAF_PORT = 7422;

/** nats-server takes nats-leaf for nats. */
const SCHEMES: Readonly<Record<string, LeafUrl["scheme"]>> = {
  nats: "nats",
  "nats-leaf": "nats",
  tls: "tls",
  ws: "ws",
  wss: "wss",
};

const NOT_A_URL = "not a URL (special characters in a user or password are percent-encoded)";
const NOT_DECODABLE = "user or password is not percent-encoded correctly (a plain % is %25)";

export function isWebSocket({ scheme }: LeafUrl): boolean {
  return scheme === "ws" || scheme === "wss";
}

/**
 * `nats://user:password@host:7422`, or `wss://host:443/base`. A user alone is a token. The text itself never
 * appears in a problem, since it may hold a password.
 */
export function parseLeafUrl(text: string): Parsed<LeafUrl> {
  const trimmed = text.trim();
  const at = trimmed.indexOf("://");
  if (at < 0) return { problem: `a URL needs a scheme; write nats://host:${LEAF_PORT}` };
  const written = trimmed.slice(0, at).toLowerCase();
  const scheme = Object.hasOwn(SCHEMES, written) ? SCHEMES[written]! : null;
  if (scheme === null) {
    const known = "nats://, nats-leaf://, tls://, ws:// or wss://";
    return {
      problem: `a leaf URL starts with ${known}${/^[a-z]+$/.test(written) ? `, not ${written}://` : ""}`,
    };
  }
  // The reader of ws:// drops port 80 as the usual one, which is none to us.
  const url = readUrl(`nats${trimmed.slice(at)}`);
  if (url === null) return { problem: NOT_A_URL };
  if (url.hostname === "") return { problem: `the URL has no host; write ${written}://host:${LEAF_PORT}` };
  const port = url.port === "" ? LEAF_PORT : Number(url.port);
  if (port === 0) return { problem: "the port must be between 1 and 65535" };
  const path = url.pathname.split("/").filter((part) => part !== "");
  const hasMore =
    (scheme !== "ws" && scheme !== "wss" && path.length > 0) || url.search !== "" || url.hash !== "";
  if (hasMore) {
    return { problem: "the URL ends after the port (after the path with ws:// and wss://)" };
  }
  const problem = credentialsProblem(url);
  if (problem !== null) return { problem };
  const value = readLeafUrl(trimmed);
  return value === null ? { problem: NOT_A_URL } : { value };
}

function readUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** What is wrong with user and password; null when nothing is. */
function credentialsProblem({ username, password }: URL): string | null {
  if (username === "" && password !== "") return "a password without a user; write nats://user:password@host";
  try {
    decodeURIComponent(username + password);
    return null;
  } catch {
    return NOT_DECODABLE;
  }
}

/** `http://host:3128` or `https://host:3128`. A proxy's user stands beside the URL, as nats-server has it. */
export function parseProxyUrl(text: string): Parsed<string> {
  const url = text.includes("://") ? readUrl(text.trim()) : null;
  if (url === null) return { problem: "not a URL; write http://host:3128" };
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return { problem: "the URL of a proxy starts with http:// or https://" };
  }
  if (url.username !== "" || url.password !== "") {
    return { problem: "user and password of a proxy stand beside its URL; write username: NAME" };
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    return { problem: "the URL of a proxy ends after the port; write http://host:3128" };
  }
  const usual = isSecure(url.href) ? 443 : 80;
  return { value: `${url.protocol}//${url.hostname}:${url.port === "" ? usual : url.port}` };
}

/** Whether a proxy is spoken to over TLS. */
export function isSecure(proxyUrl: string): boolean {
  return proxyUrl.startsWith("https:");
}

/** `https://app.example.org`, as browsers write it in their Origin header: without the usual port. */
export function parseOrigin(text: string): Parsed<string> {
  const url = readUrl(text.trim());
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return { problem: "an origin is a URL with http:// or https://; write https://app.example.org" };
  }
  return { value: url.origin };
}
