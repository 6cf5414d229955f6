// Sockets and real time around one core: listeners, dials, the flush at the end of each turn, the clock.

import type { Socket, TCPSocketListener } from "bun";
import type { Clock, Millis } from "../base/clock.ts";
import { DIAL_MILLIS } from "../base/limits.ts";
import type { Core } from "../core/core.ts";
import type { DialRequest } from "../gateway/remotes.ts";
import type { Egress } from "../peer/egress.ts";
import type { Address, Session } from "../peer/session.ts";
import { Link } from "./link.ts";
import type { GatewayTls } from "./tls.ts";

export type ListenerKind = "client" | "gateway";

/** How often deadlines are looked at, in milliseconds. */
const TICK_MILLIS = 100;

export class Driver {
  readonly #links = new Map<Egress, Link>();
  readonly #listeners: TCPSocketListener<Link>[] = [];
  #timer: Timer | null = null;
  #turnPlanned = false;

  /** `core` is set right after: the core's world is this driver. */
  core!: Core;

  constructor(
    private readonly clock: Clock,
    /** null: gateways speak in clear. */
    private readonly tls: GatewayTls | null,
    /** Remotes with a tls block of their own. */
    private readonly remoteTls: ReadonlyMap<string, GatewayTls> = new Map(),
  ) {}

  /** Opens a listener; answers the port. Throws what the system says, such as EADDRINUSE. */
  listen(kind: ListenerKind, hostname: string, port: number): number {
    const tls = kind === "gateway" ? this.tls : null;
    const listener = Bun.listen<Link>({
      hostname,
      port,
      ...(tls === null ? {} : { tls: tls.server }),
      socket: {
        open: (socket) => {
          socket.data = new Link(this.clock, socket);
          if (tls === null) this.#accept(kind, socket);
          else this.#expectHandshake(socket, tls.timeoutMillis);
        },
        handshake: (socket, success, error) => {
          if (tls === null || socket.data.isOver) return;
          const refusal =
            success && socket.authorized ? tls.refusal(socket) : (error?.message ?? "handshake failed");
          if (refusal === null) return this.#accept(kind, socket);
          this.core.world.log.error(`${addressOf(socket).ip} - TLS gateway handshake error: ${refusal}`);
          socket.terminate();
        },
        ...this.#handlers(),
      },
    });
    this.#listeners.push(listener);
    return listener.port;
  }

  /** Opens the connection that the core asked for, and answers it by dialed or dialFailed. */
  dial(request: DialRequest): void {
    const tls = this.remoteTls.get(request.remote) ?? this.tls;
    let answered = false;
    const failed = (why: string): void => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      this.core.dialFailed(request, why, this.clock.now());
      this.turn();
    };
    const opened = (socket: Socket<Link>): void => {
      if (answered) return void socket.terminate();
      answered = true;
      clearTimeout(timer);
      socket.setNoDelay(true);
      this.#bind(socket, this.core.dialed(request, addressOf(socket), this.clock.now()));
    };
    const timer = setTimeout(() => failed("i/o timeout"), DIAL_MILLIS * (tls === null ? 1 : 3));
    const { host, port } = request.url;
    Bun.connect<Link>({
      hostname: host,
      port,
      ...(tls === null ? {} : { tls: tls.client(request) }),
      socket: {
        open: (socket) => {
          socket.data = new Link(this.clock, socket);
          if (tls === null) opened(socket);
        },
        handshake: (socket, success, error) => {
          if (tls === null) return;
          const refused = tls.refusalOfServer(socket, success, error);
          if (refused === null) return opened(socket);
          failed(`TLS handshake error: ${refused}`);
          socket.terminate();
        },
        connectError: (_socket, error) => failed(error.message),
        ...this.#handlers(() => failed("connection closed during the handshake")),
      },
    }).catch((error: Error) => failed(error.message));
  }

  /** Begins to look at deadlines. */
  start(): void {
    this.core.start(this.clock.now());
    this.#timer = setInterval(() => {
      this.core.tick(this.clock.now());
      this.turn();
    }, TICK_MILLIS);
    this.turn();
  }

  /** Closes the listeners of new connections. */
  stopListening(): void {
    for (const listener of this.#listeners) listener.stop();
    this.#listeners.length = 0;
  }

  /** Everything is flushed, as far as it goes, and closed. */
  async stop(graceMillis: number): Promise<void> {
    this.stopListening();
    this.core.stop();
    this.turn();
    const until = this.clock.now() + graceMillis;
    while (this.#links.size > 0 && this.clock.now() < until) await Bun.sleep(5);
    if (this.#timer !== null) clearInterval(this.#timer);
    for (const link of this.#links.values()) link.over("Server Shutdown");
  }

  /** One write for every peer that something was put out for. */
  turn(): void {
    const { list } = this.core.dirties;
    // What flushing puts out (the next slice of a list) waits for the next turn: messages come in between.
    const turn = list.splice(0);
    for (const egress of turn) {
      egress.dirty = false;
      this.#links.get(egress)?.flush();
    }
    if (list.length > 0) this.#planTurn();
  }

  #accept(kind: ListenerKind, socket: Socket<Link>): void {
    const address = addressOf(socket);
    const now = this.clock.now();
    socket.setNoDelay(true);
    const session =
      kind === "client"
        ? this.core.acceptClient(address, now)
        : this.core.acceptGateway(address, now, this.tls?.namesOf(socket) ?? null);
    this.#bind(socket, session);
  }

  /** Whoever connects and says nothing is cut (gateway.md §6). */
  #expectHandshake(socket: Socket<Link>, timeoutMillis: Millis): void {
    setTimeout(() => {
      if (socket.data.session !== null || socket.data.isOver) return;
      this.core.world.log.error(`${addressOf(socket).ip} - TLS gateway handshake error: i/o timeout`);
      socket.data.over("TLS Handshake Failure");
    }, timeoutMillis);
  }

  #bind(socket: Socket<Link>, session: Session): void {
    socket.data.session = session;
    this.#links.set(session.egress, socket.data);
    this.#planTurn();
  }

  #handlers(beforeSession: () => void = () => {}) {
    const gone = (socket: Socket<Link>, reason: "Client Closed" | "Read Error"): void => {
      const { session } = socket.data;
      socket.data.over(reason);
      if (session === null) return beforeSession();
      this.#links.delete(session.egress);
      this.#planTurn();
    };
    return {
      binaryType: "uint8array" as const,
      data: (socket: Socket<Link>, chunk: Uint8Array) => {
        socket.data.data(chunk);
        this.#planTurn();
      },
      drain: (socket: Socket<Link>) => {
        socket.data.flush();
        this.#planTurn();
      },
      close: (socket: Socket<Link>) => gone(socket, "Client Closed"),
      error: (socket: Socket<Link>) => gone(socket, "Read Error"),
    };
  }

  /** Immediates run after all ready sockets were read: that is the end of the turn. */
  #planTurn(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    setImmediate(() => {
      this.#turnPlanned = false;
      this.turn();
    });
  }
}

function addressOf(socket: Socket<Link>): Address {
  const ip = socket.remoteAddress;
  return { ip: ip.startsWith("::ffff:") ? ip.slice(7) : ip, port: socket.remotePort };
}
