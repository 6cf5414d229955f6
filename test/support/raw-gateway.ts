// A gateway peer moved by hand, as dialer or as acceptor: for what a well-behaved server never says, and for
// proof of what is said to it. The texts follow gateway.md §1.

import { type Frame, isAbout } from "./gateway-frames.ts";
import { freePort } from "./ports.ts";
import { RawLink } from "./raw-link.ts";
import { RawListener } from "./raw-listener.ts";
import { until } from "./wait.ts";

export interface RawIdentity {
  readonly gateway: string;
  readonly serverId?: string;
  readonly serverName?: string;
  /** Where the peer may dial us back, `host:port`; without any it cannot. */
  readonly urls?: readonly string[];
  /** Announces that every account is interest-only at once; false plays a peer below 2.9. */
  readonly iom?: boolean;
  readonly headers?: boolean;
  readonly user?: string;
  readonly pass?: string;
}

export function infoLine(who: RawIdentity, more: Record<string, unknown> = {}): string {
  const info = {
    server_id: who.serverId ?? `ID${who.gateway}`,
    server_name: who.serverName ?? `raw-${who.gateway}`,
    version: "2.15.2",
    proto: 0,
    go: "",
    host: "127.0.0.1",
    port: 0,
    headers: who.headers ?? true,
    max_payload: 1_048_576,
    gateway: who.gateway,
    gateway_urls: who.urls ?? [],
    gateway_nrp: true,
    ...(who.iom === false ? {} : { gateway_iom: true }),
    ...more,
  };
  return `INFO ${JSON.stringify(info)}\r\n`;
}

export function connectLine(who: RawIdentity): string {
  const login = who.user === undefined ? {} : { user: who.user, pass: who.pass ?? "" };
  const connect = {
    echo: false,
    verbose: false,
    pedantic: false,
    ...login,
    tls_required: false,
    headers: false,
    name: who.serverId ?? `ID${who.gateway}`,
    cluster: "",
    gateway: who.gateway,
  };
  return `CONNECT ${JSON.stringify(connect)}\r\n`;
}

/**
 * Dials a gateway port, waits for its INFO, and introduces itself in one write. What follows is the
 * test's.
 */
export async function dialAsGateway(port: number, who: RawIdentity): Promise<RawLink> {
  const link = await RawLink.dial(port);
  await link.next("INFO");
  link.send(connectLine(who) + infoLine(who));
  return link;
}

/** The two commands around the interest of an account, with the plain subjects between them. */
export function wholeInterest(gateway: string, account: string, subjects: readonly string[]): string {
  const command = (cmd: number) =>
    `INFO ${JSON.stringify({ gateway, gateway_cmd: cmd, gateway_cmd_payload: btoa(account) })}\r\n`;
  return command(2) + subjects.map((subject) => `RS+ ${account} ${subject}\r\n`).join("") + command(3);
}

/**
 * Listens as a gateway and greets each dialer with INFO; every connection is kept for the test to look at.
 */
export class RawAcceptor extends RawListener {
  constructor(who: Omit<RawIdentity, "urls">) {
    const port = freePort();
    super((link) => link.send(infoLine({ ...who, urls: [`127.0.0.1:${port}`] })), port);
  }

  /** The newest connection that has introduced itself. */
  async dialed(withinMillis = 5_000): Promise<RawLink> {
    const introduced = (link: RawLink) => !link.closed && link.frames.some((frame) => frame.verb === "INFO");
    return until("somebody dials", () => this.links.findLast(introduced), withinMillis);
  }
}

/** Waits until a dialed link has heard that its peer wants the subject. */
export async function hearsInterest(link: RawLink, account: string, subject: string): Promise<Frame> {
  const wanted = (frame: Frame) => frame.verb === "RS+" && isAbout(frame, account, subject);
  return until(`RS+ ${account} ${subject} comes`, () => link.frames.find(wanted), 5_000);
}
