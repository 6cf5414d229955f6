// Control lines of the gateway protocol, outward. Source: gateway.md §1.3, §1.4, §2.2. Each has its one legal
// sender.

import { SP } from "../base/ascii.ts";
import { bytesOf, copyBytes } from "../base/bytes.ts";

/** What we say of ourselves on gateway connections. */
export interface GatewayIdentity {
  readonly serverId: string;
  readonly serverName: string;
  readonly version: string;
  readonly gateway: string;
  readonly host: string;
  readonly port: number;
  /** host:port without scheme: where remotes reach this cluster. */
  readonly url: string;
  readonly maxPayload: number;
  readonly authRequired: boolean;
  readonly tlsRequired: boolean;
}

const line = (word: string, document: object): string => `${word} ${JSON.stringify(document)}\r\n`;

/** The first INFO of either end. `interestOnly`: every account is switched to interest-only by itself. */
export function infoLine(self: GatewayIdentity): string {
  return line("INFO", {
    server_id: self.serverId,
    server_name: self.serverName,
    version: self.version,
    proto: 3, // Messages may be traced (gateway.md §7.8).
    go: "",
    host: self.host,
    port: self.port,
    headers: true,
    ...(self.authRequired ? { auth_required: true } : {}),
    ...(self.tlsRequired ? { tls_required: true, tls_verify: true } : {}),
    max_payload: self.maxPayload,
    gateway: self.gateway,
    gateway_urls: [self.url],
    gateway_url: self.url,
    gateway_nrp: true,
    gateway_iom: true,
  });
}

export function connectLine(self: GatewayIdentity, user: string | null, password: string | null): string {
  return line("CONNECT", {
    echo: false,
    verbose: false,
    pedantic: false,
    ...(user === null ? {} : { user, pass: password ?? "" }),
    tls_required: self.tlsRequired,
    headers: false,
    name: self.serverId,
    cluster: "",
    gateway: self.gateway,
  });
}

const BLANK_INFO = {
  server_id: "",
  server_name: "",
  version: "",
  proto: 0,
  go: "",
  host: "",
  port: 0,
  headers: false,
  max_payload: 0,
};

/** Acceptor only. `gateway` is our own name. */
export function commandLine(gateway: string, command: 2 | 3, account: string): string {
  return commandText(gateway, command)(account);
}

/** The same for many accounts: the document is made once. */
export function commandText(gateway: string, command: 2 | 3): (account: string) => string {
  const whole = line("INFO", { ...BLANK_INFO, gateway, gateway_cmd: command, gateway_cmd_payload: "" });
  const end = '"}\r\n';
  const before = whole.slice(0, -end.length);
  return (account) => before + Buffer.from(account, "utf8").toString("base64") + end;
}

/** Acceptor only: tells the dialer of a third gateway. */
export function gossipLine(serverId: string, gateway: string, urls: readonly string[]): string {
  return line("INFO", { ...BLANK_INFO, server_id: serverId, gateway, gateway_urls: urls, gateway_cmd: 1 });
}

/** Acceptor only: `A- account`. There is no A+ in what we send: start…complete also ends the A- state. */
export function accountRemoveLine(account: string): string {
  return `A- ${account}\r\n`;
}

const ADD = bytesOf("RS+ ");
const REMOVE = bytesOf("RS- ");
const WEIGHT_END = bytesOf(" 1\r\n");
const LINE_END = bytesOf("\r\n");

/** Bytes that an interest line needs at most. */
export function interestLineBytes(
  account: Uint8Array,
  subjectBytes: number,
  queue: Uint8Array | null,
): number {
  return 4 + account.length + 1 + subjectBytes + 1 + (queue?.length ?? 0) + 4;
}

/** Acceptor only: RS+ or RS- at `at` of target, with room for interestLineBytes; answers the new end. */
export function writeInterest(
  added: boolean,
  account: Uint8Array,
  subject: Uint8Array,
  from: number,
  to: number,
  queue: Uint8Array | null,
  target: Uint8Array,
  at: number,
): number {
  let i = copyBytes(added ? ADD : REMOVE, 0, 4, target, at);
  i = copyBytes(account, 0, account.length, target, i);
  target[i++] = SP;
  i = copyBytes(subject, from, to, target, i);
  if (queue !== null) {
    target[i++] = SP;
    i = copyBytes(queue, 0, queue.length, target, i);
  }
  const end = queue !== null && added ? WEIGHT_END : LINE_END;
  return copyBytes(end, 0, end.length, target, i);
}
