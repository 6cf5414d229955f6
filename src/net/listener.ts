// TCP listeners: in clear, with TLS from the first byte, with TLS after INFO, or as whoever connects likes.

import type { Socket, TCPSocketListener } from "bun";
import type { Millis } from "../base/clock.ts";
import type { Door } from "../base/staged.ts";
import type { Address, Session } from "../peer/session.ts";
import { CLEAR, type LeafTransport } from "../peer/transport.ts";
import { fdOf } from "./direct-read.ts";
import { Link } from "./link.ts";
import { addressOf, type LinkHost, socketHandlers } from "./link-host.ts";
import { HANDSHAKE_RECORD, MemoryTls } from "./memory-tls.ts";
import { RateWindow } from "./rate-window.ts";
import { startTls, type TlsUpgrade } from "./starttls.ts";
import { NOT_TLS, type SecureSocket, type TlsContext, tlsFacts } from "./tls.ts";

export type ListenerKind = "client" | "gateway" | "leaf";

/** When TLS begins: before INFO, after it, or before it if the peer says something within so many
 *  milliseconds. Source: leafnode.md §11. */
export type HandshakeFirst = boolean | Millis;

/** How TLS is spoken on a listener. */
export interface ListenTls {
  /** null: in clear. Each handshake takes the certificate that the context has at that time. */
  readonly listen: TlsContext | null;
  readonly handshakeFirst: HandshakeFirst;
  /** Who does not begin with TLS is served in clear. Absent: nobody is. Without effect where TLS is first. */
  readonly allowClear?: boolean;
  /** Handshakes that may begin in a second; who comes beyond is sent away. Absent, null: any number. */
  readonly handshakesPerSecondMax?: number | null;
}

/** nats-server's words, in clear since no TLS is spoken yet. */
const THROTTLED = "-ERR 'Connection throttling is active. Please try again later.'\r\n";

/** Time for the other end to read that. Unit: milliseconds. */
const THROTTLED_LINGER_MILLIS = 1_000;

/** As log lines name the kind. */
const SPOKEN: Record<ListenerKind, string> = { client: "", gateway: " gateway", leaf: " leafnode" };

/** What probes of load balancers make of a handshake with clients; no error to nats-server either. */
const PROBES: readonly string[] = [NOT_TLS, "i/o timeout"];

/** How long to wait until a port is asked for again that was just given back. */
export const REOPEN_MILLIS = 1_000;

export class Listener implements Door {
  readonly port: number;
  #socket: TCPSocketListener<Link>;
  /** null: handshakes are not counted. */
  #rate: RateWindow | null = null;
  #isStopped = false;

  /** Opens it. Throws what the system says, such as EADDRINUSE. */
  constructor(
    private readonly host: LinkHost,
    private readonly kind: ListenerKind,
    private tls: ListenTls,
    private readonly hostname: string,
    port: number,
  ) {
    this.#countHandshakes(tls);
    this.#socket = this.#open(port);
    this.port = this.#socket.port;
  }

  stop(): void {
    if (!this.#isStopped) this.#socket.stop();
    this.#isStopped = true;
  }

  reopen(): void {
    this.#isStopped = false;
    this.#reopen();
  }

  /** Whoever comes from now on is spoken to like this; who is there feels nothing. */
  speak(tls: ListenTls): void {
    if (isDeaf(this.tls) && !isDeaf(tls)) this.#socket.reload({ socket: this.#handlers(tls) });
    if (tls.handshakesPerSecondMax !== this.tls.handshakesPerSecondMax) this.#countHandshakes(tls);
    this.tls = tls;
  }

  #reopen(): void {
    if (this.#isStopped) return;
    try {
      this.#socket = this.#open(this.port);
    } catch (error) {
      const { log } = this.host.core.world;
      log.error(`${this.kind} port ${this.port}: ${(error as Error).message}; trying again`);
      setTimeout(() => this.#reopen(), REOPEN_MILLIS);
    }
  }

  #open(port: number): TCPSocketListener<Link> {
    return Bun.listen<Link>({ hostname: this.hostname, port, socket: this.#handlers(this.tls) });
  }

  #handlers(tls: ListenTls) {
    const { data, ...deaf } = socketHandlers(this.host);
    return {
      ...deaf,
      ...(isDeaf(tls) ? {} : { data }),
      open: (socket: Socket<Link>) => this.#opened(socket),
    };
  }

  #countHandshakes({ handshakesPerSecondMax: max = null }: ListenTls): void {
    this.#rate = max === null ? null : new RateWindow(max);
  }

  #opened(socket: Socket<Link>): void {
    const { clock } = this.host;
    const { listen: context, handshakeFirst, allowClear } = this.tls;
    if (!this.#mayCome(socket)) return;
    const address = addressOf(socket);
    socket.setNoDelay(true);
    if (context !== null && allowClear && handshakeFirst !== true) {
      const link = new SniffingLink(clock, socket);
      socket.data = link;
      return this.#sniff(link, socket, address, context);
    }
    const link = new Link(clock, socket);
    socket.data = link;
    if (context === null) link.fd = fdOf(socket);
    if (context === null) return this.#begin(link, address, CLEAR);
    if (!this.#mayHandshake(link, socket)) return;
    if (handshakeFirst === true)
      return void startTls(this.host, socket, this.#upgrade(link, address, context));
    if (typeof handshakeFirst === "number") {
      return this.#expectFirstByte(link, socket, address, context, handshakeFirst);
    }
    link.startTls = () => startTls(this.host, socket, this.#upgrade(link, address, context));
    this.#begin(link, address, CLEAR);
  }

  #mayCome(socket: Socket<Link>): boolean {
    const { clock, core, gates } = this.host;
    const tell = (refused: number): void => {
      core.world.log.warn(`Rejected ${refused} ${this.kind} connections over connection_rate`);
    };
    if (gates[this.kind].takes(clock.now(), tell)) return true;
    const link = new Link(clock, socket);
    socket.data = link;
    this.#sendAway(link, socket);
    return false;
  }

  /** Before a handshake and before a session, so that a flood of connections costs neither. */
  #mayHandshake(link: Link, socket: Socket<Link>): boolean {
    const { clock, core } = this.host;
    const tell = (refused: number): void => {
      core.world.log.warn(`Rejected ${refused} connections due to TLS rate limiting`);
    };
    if (this.#rate === null || this.#rate.takes(clock.now(), tell)) return true;
    this.#sendAway(link, socket);
    return false;
  }

  #sendAway(link: Link, socket: Socket<Link>): void {
    socket.end(THROTTLED);
    setTimeout(() => link.over("Maximum Connections Exceeded"), THROTTLED_LINGER_MILLIS).unref();
  }

  #begin(link: Link, address: Address, transport: LeafTransport): void {
    const session = this.#session(address, transport);
    this.host.bind(link, session);
    // INFO goes now, and TLS begins with the same breath: what the peer says next is its ClientHello.
    if (session.wantsTls) link.flush();
  }

  #session(address: Address, transport: LeafTransport): Session {
    const { core, clock } = this.host;
    const now = clock.now();
    if (this.kind === "client") return core.acceptClient(address, now, transport);
    if (this.kind === "gateway") return core.acceptGateway(address, now, transport.certificate);
    return core.acceptLeaf(address, now, transport);
  }

  /** One handshake; whoever connects and says nothing is cut (gateway.md §6). */
  #upgrade(link: Link, address: Address, context: TlsContext): TlsUpgrade {
    return {
      isServer: true,
      tls: context.server,
      timeoutMillis: context.timeoutMillis,
      refusal: (secure, success, error) => context.refusalOfClient(secure, success, error),
      done: (secure) => this.#secured(link, address, context, secure),
      failed: (why) => this.#failed(link, address, why),
    };
  }

  /** Either the session waits for it, or it begins with it. */
  #secured(link: Link, address: Address, context: TlsContext, peer: SecureSocket): void {
    const certificate = context.namesOf(peer);
    if (link.session !== null) return link.secured(certificate, tlsFacts(peer));
    link.tls = { ...tlsFacts(peer), first: true };
    this.#begin(link, address, { secure: true, webSocket: false, certificate });
  }

  /**
   * TLS waits for its ClientHello from the start, so that no byte of it is lost. Who stays silent is told
   * INFO in clear on the outer socket, and sends the ClientHello after that.
   */
  #expectFirstByte(
    link: Link,
    socket: Socket<Link>,
    address: Address,
    context: TlsContext,
    waitMillis: Millis,
  ): void {
    const upgrade = this.#upgrade(link, address, context);
    const begun = startTls(this.host, socket, {
      ...upgrade,
      timeoutMillis: waitMillis + context.timeoutMillis,
      failed: (why) => {
        clearTimeout(timer);
        upgrade.failed(why);
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
      this.#begin(link, address, CLEAR);
    }, waitMillis);
  }

  /** TLS or not: the first byte tells. Before INFO only TLS is spoken, as in nats-server. */
  #sniff(link: SniffingLink, socket: Socket<Link>, address: Address, context: TlsContext): void {
    const { handshakeFirst } = this.tls;
    let timer: Timer | undefined;
    link.first = (chunk) => {
      clearTimeout(timer);
      if (link.session !== null && chunk[0] !== HANDSHAKE_RECORD) return link.plain(chunk);
      if (!this.#mayHandshake(link, socket)) return;
      const memory = new MemoryTls(socket, context, {
        done: (peer) => this.#secured(link, address, context, peer),
        failed: (why) => this.#failed(link, address, why),
        data: (inside) => {
          link.plain(inside);
          this.host.planTurn();
        },
        room: () => {
          link.flush();
          this.host.planTurn();
        },
      });
      link.memory = memory;
      link.transport = memory;
      memory.feed(chunk);
    };
    if (typeof handshakeFirst !== "number") return this.#begin(link, address, CLEAR);
    timer = setTimeout(() => {
      if (!link.isOver) this.#begin(link, address, CLEAR);
    }, handshakeFirst);
  }

  #failed(link: Link, { ip, port }: Address, why: string): void {
    if (link.isOver) return;
    const { session } = link;
    const { log } = this.host.core.world;
    const name = session?.name ?? (this.kind === "gateway" ? ip : `${ip}:${port}`);
    const line = `${name} - TLS${SPOKEN[this.kind]} handshake error: ${why}`;
    if (session !== null) session.lastError = `TLS handshake error: ${why}`;
    const fields = { kind: this.kind, peer: `${ip}:${port}`, reason: "TLS Handshake Failure" };
    if (this.kind === "client" && PROBES.includes(why)) log.debug(line, fields);
    else log.error(line, fields);
    link.over("TLS Handshake Failure");
  }
}

/** Where all is ciphertext nobody here wants it, and without a handler Bun does not copy it for us. */
function isDeaf({ listen, handshakeFirst }: ListenTls): boolean {
  return listen !== null && handshakeFirst === true;
}

/** Hears its first chunk before its session does. */
class SniffingLink extends Link {
  first: ((chunk: Uint8Array) => void) | null = null;
  memory: MemoryTls | null = null;

  override data(chunk: Uint8Array): void {
    const { first } = this;
    this.first = null;
    if (first !== null) first(chunk);
    else if (this.memory !== null) this.memory.feed(chunk);
    else super.data(chunk);
  }

  override flush(): void {
    this.memory?.drained();
    super.flush();
  }

  plain(chunk: Uint8Array): void {
    super.data(chunk);
  }
}
