// A WebSocket listener on Bun's own server: leafs and clients come through the same door.

import { isDeepStrictEqual } from "node:util";
import type { Server, ServerWebSocket } from "bun";
import type { Millis } from "../base/clock.ts";
import type { Door } from "../base/staged.ts";
import type { Address } from "../peer/session.ts";
import { Link } from "./link.ts";
import { type LinkHost, plainIp } from "./link-host.ts";
import { REOPEN_MILLIS } from "./listener.ts";
import type { TlsContext } from "./tls.ts";
import { ServerTransport } from "./websocket-link.ts";
import { isLeafRequest, type OriginRules, type Refusal, refusalOf } from "./websocket-request.ts";

export interface WebSocketOptions extends OriginRules {
  readonly host: string;
  readonly port: number;
  /** null: in clear. */
  readonly tls: TlsContext | null;
  /** permessage-deflate for those who ask for it. */
  readonly compression: boolean;
  /** How long a connection may idle between requests, in whole seconds, rounded up. Whoever does not finish
   *  TLS or the first request is cut by Bun after about 12 s, and that cannot be changed. */
  readonly handshakeTimeoutMillis: Millis;
}

/** Somebody who is let in, until there is a link. */
interface Visitor {
  readonly isLeaf: boolean;
  readonly remote: Address;
  link: Link | null;
}

/** Bytes of a message that we take. A nats-server sends all that waits for a link as one message, and lets 64
 *  MiB wait. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024 + 65_536;

/** Nobody posts anything here. */
const BODY_BYTES_MAX = 4_096;

/** The longest time that Bun can wait for a request, in seconds. */
const IDLE_SECONDS_MAX = 255;

/** What nats-server's text says for a status. */
const STATUS_TEXT: Record<number, string> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
};

const NO_LEAFS: Refusal = { status: 404, why: "leaf nodes are not accepted here" };

const BUSY = { status: 429, headers: { "Retry-After": "1" } };

export class WebSocketListener implements Door {
  readonly port: number;
  #server: Server<Visitor>;
  #isStopped = false;

  /** Opens it. Throws what the system says, such as EADDRINUSE. */
  constructor(
    private readonly host: LinkHost,
    private options: WebSocketOptions,
  ) {
    this.#server = this.#open(options.port);
    this.port = this.#server.port!;
    options.tls?.onRenewal(() => {
      if (this.#isStopped) return;
      void this.#server.stop();
      this.#reopen();
    });
  }

  stop(): void {
    this.#isStopped = true;
    void this.#server.stop();
  }

  reopen(): void {
    this.#isStopped = false;
    this.#reopen();
  }

  /** Whether nothing differs that Bun's server is opened with. */
  canAdmitBy(options: WebSocketOptions): boolean {
    return isDeepStrictEqual(openedWith(this.options), openedWith(options));
  }

  /** Requests from now on are judged by these; only those that it can admit by. */
  admitBy(options: WebSocketOptions): void {
    this.options = options;
  }

  /** Bun has no other way to give a server another certificate. */
  #reopen(): void {
    if (this.#isStopped) return;
    try {
      this.#server = this.#open(this.port);
    } catch (error) {
      this.host.core.world.log.error(
        `websocket port ${this.port}: ${(error as Error).message}; trying again`,
      );
      setTimeout(() => this.#reopen(), REOPEN_MILLIS);
    }
  }

  #open(port: number): Server<Visitor> {
    const { host, options } = this;
    const secure = options.tls !== null;
    return Bun.serve<Visitor>({
      hostname: options.host,
      port,
      development: false,
      ...(options.tls === null ? {} : { tls: options.tls.server }),
      idleTimeout: Math.min(IDLE_SECONDS_MAX, Math.ceil(options.handshakeTimeoutMillis / 1_000)),
      maxRequestBodySize: BODY_BYTES_MAX,
      fetch: (request, server) => visit(host, this.options, request, server),
      websocket: {
        perMessageDeflate: options.compression,
        maxPayloadLength: MESSAGE_BYTES_MAX,
        // Nothing is dropped: the transport stops by itself when little lies here.
        backpressureLimit: 0,
        closeOnBackpressureLimit: false,
        // NATS has its own PING.
        idleTimeout: 0,
        sendPings: false,
        open: (socket) => accept(host, socket, secure, options.compression),
        message: ({ data: { link } }, message) => {
          link?.data(typeof message === "string" ? Buffer.from(message) : message);
          host.planTurn();
        },
        drain: ({ data: { link } }) => {
          link?.flush();
          host.planTurn();
        },
        close: ({ data: { link } }) => {
          if (link !== null) host.gone(link, "Client Closed");
        },
      },
    });
  }
}

function openedWith({ host, port, tls, compression, handshakeTimeoutMillis }: WebSocketOptions) {
  return [host, port, tls !== null, compression, handshakeTimeoutMillis];
}

/** Nothing is answered to who is let in. */
function visit(
  host: LinkHost,
  options: WebSocketOptions,
  request: Request,
  server: Server<Visitor>,
): Response | undefined {
  const tell = (refused: number): void => {
    host.core.world.log.warn(`Rejected ${refused} websocket connections over connection_rate`);
  };
  if (!host.gates.websocket.takes(host.clock.now(), tell)) return new Response("Too Many Requests\n", BUSY);
  const address = server.requestIP(request);
  const remote = { ip: plainIp(address?.address ?? ""), port: address?.port ?? 0 };
  const refusal = refusalOf(request, options);
  if (refusal !== null) return refuse(host, remote, refusal);
  const isLeaf = isLeafRequest(request);
  if (isLeaf && !host.core.acceptsLeafs) return refuse(host, remote, NO_LEAFS);
  const data: Visitor = { isLeaf, remote, link: null };
  // What the visitor asks for in Nats-No-Masking is not confirmed, so it masks.
  if (server.upgrade(request, { data })) return undefined;
  return refuse(host, remote, { status: 400, why: "not a websocket handshake" });
}

function accept(
  host: LinkHost,
  socket: ServerWebSocket<Visitor>,
  secure: boolean,
  compression: boolean,
): void {
  const { data: visitor } = socket;
  const { core } = host;
  const now = host.clock.now();
  const link = new Link(host.clock, new ServerTransport(socket, compression));
  visitor.link = link;
  const transport = { secure, webSocket: true, certificate: null };
  const session = visitor.isLeaf
    ? core.acceptLeaf(visitor.remote, now, transport)
    : core.acceptClient(visitor.remote, now, transport);
  host.bind(link, session);
}

function refuse(host: LinkHost, { ip, port }: Address, { status, why }: Refusal): Response {
  host.core.world.log.error(`${ip}:${port} - websocket handshake error: ${why}`);
  return new Response(`${STATUS_TEXT[status]}\n`, { status, headers: { "Sec-Websocket-Version": "13" } });
}
