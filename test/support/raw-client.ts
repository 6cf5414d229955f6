// A NATS client that says exactly what a test tells it: for answers that must be right to the byte.

import { documentOf } from "./gateway-frames.ts";
import { RawLink } from "./raw-link.ts";

export interface RawClient {
  readonly link: RawLink;
  /** The first INFO of the server. */
  readonly info: Record<string, unknown>;
}

/** Connects and reads INFO; says nothing yet. */
export async function dialRaw(port: number): Promise<RawClient> {
  const link = await RawLink.dial(port);
  return { link, info: documentOf(await link.next("INFO")) };
}

/** Connects and logs in; the connection is ready for SUB and PUB. `options` go into CONNECT as they are. */
export async function connectRaw(port: number, options: Record<string, unknown> = {}): Promise<RawClient> {
  const client = await dialRaw(port);
  const connect = {
    verbose: false,
    pedantic: false,
    headers: true,
    no_responders: true,
    protocol: 1,
    ...options,
  };
  client.link.send(`CONNECT ${JSON.stringify(connect)}\r\nPING\r\n`);
  await client.link.next("PONG");
  return client;
}
