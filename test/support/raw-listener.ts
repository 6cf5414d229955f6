// A port of 127.0.0.1 whose connections are moved by hand: raw gateways and raw hubs are this and a greeting.

import { freePort } from "./ports.ts";
import { RawLink } from "./raw-link.ts";

export class RawListener {
  readonly port: number;
  /** Every connection that came, in order; the closed ones too. */
  readonly links: RawLink[] = [];
  readonly #listener: Bun.TCPSocketListener<undefined>;

  /** `greet` is called with each connection as it comes. */
  constructor(greet: (link: RawLink) => void = () => {}, port = freePort()) {
    this.port = port;
    const of = new WeakMap<object, RawLink>();
    this.#listener = Bun.listen({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket: Bun.Socket<undefined>) => {
          const link = new RawLink();
          of.set(socket, link);
          this.links.push(link);
          link.opened(socket);
          greet(link);
        },
        data: (socket, chunk) => of.get(socket)?.received(chunk),
        drain: (socket) => of.get(socket)?.send(""),
        close: (socket) => of.get(socket)?.lost(),
        error: (socket) => of.get(socket)?.lost(),
      },
    });
  }

  close(): void {
    for (const link of this.links) link.close();
    this.#listener.stop(true);
  }
}
