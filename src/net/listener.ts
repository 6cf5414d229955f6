// TCP listeners: in clear, with TLS from the first byte, or with TLS after INFO.

import type { Socket, TCPSocketListener } from "bun";
import type { Millis } from "../base/clock.ts";
import type { Address, Session } from "../peer/session.ts";
import { Link } from "./link.ts";
import { addressOf, type LinkHost, socketHandlers } from "./link-host.ts";
import { startTls } from "./starttls.ts";
import { type TlsContext, tlsFacts } from "./tls.ts";

export type ListenerKind = "client" | "gateway" | "leaf";

/** When TLS begins: before INFO, after it, or before it if the peer says something within so many
 *  milliseconds. Source: leafnode.md §11. */
export type HandshakeFirst = boolean | Millis;

/** As log lines name the kind. */
const SPOKEN: Record<ListenerKind, string> = { client: "client", gateway: "gateway", leaf: "leafnode" };

export class Listener {
  constructor(
    private readonly host: LinkHost,
    private readonly kind: ListenerKind,
    private readonly tls: TlsContext | null,
    private readonly handshakeFirst: HandshakeFirst,
  ) {}

  /** Throws what the system says, such as EADDRINUSE. */
  open(hostname: string, port: number): TCPSocketListener<Link> {
    const { host, tls, handshakeFirst } = this;
    const first = tls !== null && handshakeFirst === true;
    return Bun.listen<Link>({
      hostname,
      port,
      ...(first ? { tls: tls.server } : {}),
      socket: {
        open: (socket) => {
          socket.data = new Link(host.clock, socket);
          if (first) this.#expectHandshake(socket, tls.timeoutMillis);
          else if (tls !== null && typeof handshakeFirst === "number") {
            this.#expectFirstByte(socket, tls, handshakeFirst);
          } else this.#accept(socket, false);
        },
        handshake: (socket, success, error) => {
          if (tls === null || socket.data.isOver) return;
          const refusal = tls.refusalOfClient(socket, success, error);
          if (refusal === null) return this.#accept(socket, true);
          this.#refused(addressOf(socket), refusal);
          socket.terminate();
        },
        ...socketHandlers(host),
      },
    });
  }

  #accept(socket: Socket<Link>, secure: boolean): void {
    const { tls } = this;
    socket.setNoDelay(true);
    if (secure) socket.data.tls = tlsFacts(socket);
    else if (tls !== null) socket.data.startTls = () => this.#secure(socket, tls);
    this.#begin(socket, secure);
  }

  #begin(socket: Socket<Link>, secure: boolean): void {
    const { data: link } = socket;
    const session = this.#session(socket, secure);
    this.host.bind(link, session);
    // INFO goes now, and TLS begins with the same breath: what the peer says next is its ClientHello.
    if (session.wantsTls) link.flush();
  }

  #session(socket: Socket<Link>, secure: boolean): Session {
    const { core, clock } = this.host;
    const address = addressOf(socket);
    const now = clock.now();
    if (this.kind === "client") return core.acceptClient(address, now);
    const certificate = secure ? (this.tls?.namesOf(socket) ?? null) : null;
    if (this.kind === "gateway") return core.acceptGateway(address, now, certificate);
    return core.acceptLeaf(address, now, { secure, webSocket: false, certificate });
  }

  #secure(socket: Socket<Link>, tls: TlsContext): void {
    const { data: link } = socket;
    startTls(this.host, socket, {
      isServer: true,
      tls: tls.server,
      timeoutMillis: tls.timeoutMillis,
      refusal: (secure, success, error) => tls.refusalOfClient(secure, success, error),
      done: (secure) => link.secured(tls.namesOf(secure), tlsFacts(secure)),
      failed: (why) => this.#failed(link, link.session!.remote, why),
    });
  }

  /** Whoever connects and says nothing is cut (gateway.md §6). */
  #expectHandshake(socket: Socket<Link>, timeoutMillis: Millis): void {
    setTimeout(() => {
      if (socket.data.session !== null || socket.data.isOver) return;
      this.#refused(addressOf(socket), "i/o timeout");
      socket.data.over("TLS Handshake Failure");
    }, timeoutMillis);
  }

  /**
   * TLS waits for its ClientHello from the start, so that no byte of it is lost. Who stays silent is told
   * INFO in clear on the outer socket, and sends the ClientHello after that.
   */
  #expectFirstByte(socket: Socket<Link>, tls: TlsContext, waitMillis: Millis): void {
    const { data: link } = socket;
    const address = addressOf(socket);
    socket.setNoDelay(true);
    const begun = startTls(this.host, socket, {
      isServer: true,
      tls: tls.server,
      timeoutMillis: waitMillis + tls.timeoutMillis,
      refusal: (secure, success, error) => tls.refusalOfClient(secure, success, error),
      done: (secure) => {
        if (link.session === null) this.#accept(secure, true);
        else link.secured(tls.namesOf(secure), tlsFacts(secure));
      },
      failed: (why) => {
        clearTimeout(timer);
        this.#failed(link, address, why);
      },
      heard: () => clearTimeout(timer),
    });
    const timer = setTimeout(() => {
      if (begun === undefined || link.isOver) return;
      const { raw, secure } = begun;
      link.transport = raw;
      link.startTls = () => {
        link.transport = secure;
      };
      this.#begin(secure, false);
    }, waitMillis);
  }

  #failed(link: Link, address: Address, why: string): void {
    if (link.isOver) return;
    this.#refused(address, why, link.session);
    link.over("TLS Handshake Failure");
  }

  #refused({ ip, port }: Address, why: string, session: Session | null = null): void {
    const name = session?.name ?? (this.kind === "gateway" ? ip : `${ip}:${port}`);
    this.host.core.world.log.error(`${name} - TLS ${SPOKEN[this.kind]} handshake error: ${why}`);
  }
}
