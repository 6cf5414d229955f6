// A leaf peer moved by hand, as spoke or as hub: for what a well-behaved server never says. The texts follow
// leafnode.md §2.

import { documentOf, type Frame } from "./gateway-frames.ts";
import { freePort } from "./ports.ts";
import { RawLink } from "./raw-link.ts";
import { RawListener } from "./raw-listener.ts";
import { until } from "./wait.ts";

/** What a spoke says of itself; `more` replaces or adds fields. */
export function leafConnect(more: Record<string, unknown> = {}): string {
  const connect = {
    version: "2.15.2",
    server_id: "RAWSPOKE",
    name: "raw-spoke",
    cluster: "RAW",
    headers: true,
  };
  return `CONNECT ${JSON.stringify({ ...connect, ...more })}\r\n`;
}

/** What a hub says first. */
export function leafInfo(port: number, more: Record<string, unknown> = {}): string {
  const info = {
    server_id: "RAWHUB",
    server_name: "raw-hub",
    version: "2.15.2",
    proto: 1,
    host: "127.0.0.1",
    port,
    headers: true,
    max_payload: 1_048_576,
    client_id: 7,
    nonce: "AAAAAAAAAAAAAAA",
    info_on_connect: true,
    leafnode_urls: [`127.0.0.1:${port}`],
  };
  return `INFO ${JSON.stringify({ ...info, ...more })}\r\n`;
}

/** Dials a leaf port and reads INFO; says nothing yet. */
export async function dialLeafPort(port: number): Promise<RawLink> {
  const link = await RawLink.dial(port);
  await link.next("INFO");
  return link;
}

/** Dials a leaf port and becomes a spoke; the hub has told its interest when this answers. */
export async function dialAsSpoke(port: number, more: Record<string, unknown> = {}): Promise<RawLink> {
  const link = await dialLeafPort(port);
  link.send(leafConnect(more));
  await link.next((frame) => frame.verb === "INFO" && documentOf(frame)["connect_info"] === true);
  await link.next(({ line }) => line.startsWith("LS+ $LDS."));
  return link;
}

/** A hub to be dialed. As it comes it does all that the handshake wants of it. */
export class RawHub extends RawListener {
  /** `more` goes into INFO; `linked` is called with each spoke that has told its interest, and its mark. */
  constructor(more: Record<string, unknown> = {}, linked?: (link: RawLink, mark: string) => void) {
    const port = freePort();
    super((link) => void this.#greet(link, more).then((mark) => mark && linked?.(link, mark)), port);
  }

  /** The newest spoke that has told its interest. */
  async spoke(withinMillis = 5_000): Promise<RawLink> {
    const ready = (link: RawLink) => !link.closed && link.frames.some(isLds);
    return until("a spoke is linked", () => this.links.findLast(ready), withinMillis);
  }

  /** Gives the spoke's mark; undefined if it goes away before, as some tests want it to. */
  async #greet(link: RawLink, more: Record<string, unknown>): Promise<string | undefined> {
    link.send(leafInfo(this.port, more));
    const connect = await link.next("CONNECT").catch(() => undefined);
    if (connect === undefined) return undefined;
    const { nonce: _, ...answer } = { nonce: "", connect_info: true, remote_account: "$G", ...more };
    link.send(leafInfo(this.port, answer));
    link.send("LS+ $LDS.RAWHUBRAWHUBRAWHUB1234\r\n");
    const told = await link.next(isLds).catch(() => undefined);
    return told?.args[0];
  }
}

function isLds({ line }: Frame): boolean {
  return line.startsWith("LS+ $LDS.");
}
