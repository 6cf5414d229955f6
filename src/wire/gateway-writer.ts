// Control lines of the gateway protocol, outward. Source: gateway.md §1.3, §1.4, §2.2. Each has its one legal
// sender.

import { SP } from "../base/ascii.ts";
import { bytesOf, copyBytes, textOf } from "../base/bytes.ts";

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
  const name = bytesOf(account);
  const writer = new CommandWriter(gateway, command);
  const target = new Uint8Array(writer.lineBytes(name));
  return textOf(target, 0, writer.write(name, target, 0));
}

const BASE64 = bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PAD = 0x3d;

/** The same for many accounts: the document is made once, and each name is written into its place. */
export class CommandWriter {
  readonly #before: Uint8Array;
  readonly #after = bytesOf('"}\r\n');

  constructor(gateway: string, command: 2 | 3) {
    const whole = line("INFO", { ...BLANK_INFO, gateway, gateway_cmd: command, gateway_cmd_payload: "" });
    this.#before = bytesOf(whole.slice(0, -this.#after.length));
  }

  /** Bytes of the line for an account with this name. */
  lineBytes(name: Uint8Array): number {
    return this.#before.length + Math.ceil(name.length / 3) * 4 + this.#after.length;
  }

  /** The line at `at` of target, which has room for it; answers the new end. */
  write(name: Uint8Array, target: Uint8Array, at: number): number {
    let to = copyBytes(this.#before, 0, this.#before.length, target, at);
    const { length } = name;
    for (let i = 0; i < length; i += 3) {
      const bits = (name[i]! << 16) | ((name[i + 1] ?? 0) << 8) | (name[i + 2] ?? 0);
      target[to++] = BASE64[bits >> 18]!;
      target[to++] = BASE64[(bits >> 12) & 63]!;
      target[to++] = i + 1 < length ? BASE64[(bits >> 6) & 63]! : PAD;
      target[to++] = i + 2 < length ? BASE64[bits & 63]! : PAD;
    }
    return copyBytes(this.#after, 0, this.#after.length, target, to);
  }
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

/** Bytes of what a line of plain interest begins with, up to the subject. */
export function interestHeadBytes(account: Uint8Array): number {
  return ADD.length + account.length + 1;
}

/** That of RS+ at `at` of target; answers its end. */
export function writeInterestHead(account: Uint8Array, target: Uint8Array, at: number): number {
  const to = copyBytes(account, 0, account.length, target, copyBytes(ADD, 0, ADD.length, target, at));
  target[to] = SP;
  return to + 1;
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
  let i = copyBytes(added ? ADD : REMOVE, 0, ADD.length, target, at);
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
