// Addresses in a configuration: where we listen, what we advertise, and the URLs of remote gateways.

/** Where to listen. `host` null: not told. `port` 0: any free port (nats-server writes -1). */
export interface ListenAddress {
  readonly host: string | null;
  readonly port: number;
}

/** Where a listener opens once defaults are applied. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

/** What peers are told to dial. `port` null: the port we listen on. */
export interface AdvertisedAddress {
  readonly host: string;
  readonly port: number | null;
}

/** One URL of a remote gateway, taken apart; user and password are percent-decoded. */
export interface GatewayUrl {
  readonly scheme: "nats" | "tls";
  readonly host: string;
  readonly port: number;
  readonly user: string | null;
  readonly password: string | null;
}

/** A value, or why there is none; the text follows the key in a finding. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

const PORT_MAX = 65_535;

/** The port that gateways use by convention; nats-server itself has no default here and needs it written. */
export const GATEWAY_PORT = 7222;

/**
 * What a wrong port is answered; nats-server reads 0 as its default here and as "off" there, so we take
 * no 0.
 */
export const PORT_PROBLEM = `a port is between 1 and ${PORT_MAX}, or -1 for any free one`;

/** A port, -1 for any free one. Unit of the answer: a port, 0 for any free one; null if it is neither. */
export function portToBind(value: number): number | null {
  if (value === -1) return 0;
  return Number.isInteger(value) && value >= 1 && value <= PORT_MAX ? value : null;
}

/** `4222`, `host:4222`, `:4222` or `[::1]:4222`, as nats-server's parseListen takes them. */
export function parseListen(value: string | number): Parsed<ListenAddress> {
  if (typeof value === "number") return withPort(null, value);
  const parts = splitHostPort(value.trim());
  if (parts === null) return { problem: "expected a port or host:port; write 127.0.0.1:4222" };
  if (!/^-?\d+$/.test(parts.port))
    return { problem: "expected a number after the last colon; write host:4222" };
  return withPort(parts.host === "" ? null : parts.host, Number(parts.port));
}

function withPort(host: string | null, port: number): Parsed<ListenAddress> {
  const bound = portToBind(port);
  if (bound === null) return { problem: `${PORT_PROBLEM}, not ${port}` };
  return { value: { host, port: bound } };
}

/** `host` or `host:port`; an IPv6 address needs brackets when a port follows. */
export function parseAdvertise(text: string): Parsed<AdvertisedAddress> {
  const trimmed = text.trim();
  const parts = splitHostPort(trimmed) ?? { host: trimmed.replace(/^\[(.*)\]$/, "$1"), port: "" };
  if (parts.host === "" || !isHost(parts.host)) return { problem: "expected host or host:port" };
  if (parts.port === "") return { value: { host: parts.host, port: null } };
  const port = /^-?\d+$/.test(parts.port) ? Number(parts.port) : Number.NaN;
  if (port === 0 || port === -1) return { value: { host: parts.host, port: null } };
  if (portToBind(port) === null) return { problem: `the port must be a number between 1 and ${PORT_MAX}` };
  return { value: { host: parts.host, port } };
}

/** Whether the text can be a host name or an address, so that nobody listens on `nats://host`. */
function isHost(text: string): boolean {
  return /^[A-Za-z0-9_.-]+$/.test(text) || /^[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?$/.test(text);
}

function splitHostPort(text: string): { host: string; port: string } | null {
  const match = /^\[([^\]]*)\]:([^:]*)$/.exec(text) ?? /^([^:[\]]*):([^:]*)$/.exec(text);
  if (match === null) return null;
  const host = match[1]!;
  return host === "" || isHost(host) ? { host, port: match[2]! } : null;
}

const SCHEMES: Readonly<Record<string, GatewayUrl["scheme"]>> = { "nats:": "nats", "tls:": "tls" };

/**
 * `nats://user:password@host:7222`. The text itself never appears in a problem, since it may hold a password.
 * A URL without a port means GATEWAY_PORT; nats-server would take the URL and then fail on every dial.
 */
export function parseGatewayUrl(text: string): Parsed<GatewayUrl> {
  const trimmed = text.trim();
  if (!trimmed.includes("://")) return { problem: "a URL needs a scheme; write nats://host:7222" };
  let url: URL;
  try {
    url = new URL(trimmed);
  } catch {
    return { problem: "not a URL (special characters in a user or password are percent-encoded)" };
  }
  const scheme = SCHEMES[url.protocol];
  if (scheme === undefined)
    return { problem: `a gateway URL starts with nats:// or tls://, not ${url.protocol}//` };
  if (url.hostname === "") return { problem: "the URL has no host; write nats://host:7222" };
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    return { problem: "a gateway URL ends after the port; percent-encode special characters in a password" };
  }
  const port = url.port === "" ? GATEWAY_PORT : Number(url.port);
  if (port === 0) return { problem: `the port must be between 1 and ${PORT_MAX}` };
  return withCredentials(url, scheme, port);
}

function withCredentials(url: URL, scheme: GatewayUrl["scheme"], port: number): Parsed<GatewayUrl> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (url.username === "" && url.password === "") {
    return { value: { scheme, host, port, user: null, password: null } };
  }
  if (url.username === "" || url.password === "") {
    return { problem: "a URL with credentials needs both; write nats://user:password@host:7222" };
  }
  try {
    const user = decodeURIComponent(url.username);
    return { value: { scheme, host, port, user, password: decodeURIComponent(url.password) } };
  } catch {
    return { problem: "user or password is not percent-encoded correctly (a plain % is %25)" };
  }
}
