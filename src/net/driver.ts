// Sockets and real time around one core: listeners, dials, the flush at the end of each turn, the clock.

import type { Clock, Millis } from "../base/clock.ts";
import type { DialRequest } from "../gateway/remotes.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Egress } from "../peer/egress.ts";
import type { Session } from "../peer/session.ts";
import { ConnectionGates } from "./connection-gates.ts";
import { DirectRead } from "./direct-read.ts";
import type { DrivenCore, LeafDialRequest } from "./driven-core.ts";
import { dialGateway } from "./gateway-dialer.ts";
import { LeafDialer } from "./leaf-dialer.ts";
import type { Link, TlsFacts } from "./link.ts";
import type { LinkHost } from "./link-host.ts";
import { Listener, type ListenerKind, type ListenTls } from "./listener.ts";
import { SYSTEM_TLS, TlsContext } from "./tls.ts";
import { dialWebSocket } from "./websocket-dialer.ts";
import { WebSocketListener, type WebSocketOptions } from "./websocket-listener.ts";

/** How often deadlines are looked at, in milliseconds. */
const TICK_MILLIS = 100;

/** A peer for which so many bytes wait is not kept waiting for the end of the turn: one piece for its
 *  socket. */
const RELIEF_BYTES = 192 * 1024;

/**
 * How long a patient session reads in a turn, in milliseconds: while others have something to say they wait
 * for it no longer than that, and before they begin to, a little longer.
 */
const BUSY_READ_MILLIS = 0.1;
const QUIET_READ_MILLIS = 1;

/** How long after others were heard they are expected again, in milliseconds. */
const BUSY_MILLIS = 100;

/** With what leafs speak TLS. */
export interface LeafTls extends ListenTls {
  /** Remotes with a tls block, by index; the others are verified as the system does. */
  readonly remotes: ReadonlyMap<number, TlsContext>;
  /** The same for their https proxies. */
  readonly proxies: ReadonlyMap<number, TlsContext>;
}

const NO_TLS: ListenTls = { listen: null, handshakeFirst: false };

const NO_LEAF_TLS: LeafTls = {
  ...NO_TLS,
  remotes: new Map(),
  proxies: new Map(),
};

export class Driver implements LinkHost {
  readonly #links = new Map<Egress, Link>();
  readonly #listeners = new Map<ListenerKind | "websocket", { stop(): void }>();
  readonly #systemTls = new TlsContext(SYSTEM_TLS);
  /** Links whose sessions read on, turn by turn. */
  readonly #patient = new Set<Link>();
  /** When something came in over other links while they did. */
  #heardAt: Millis = 0;
  /** How many connections each listener takes in a second. */
  readonly gates = new ConnectionGates();
  #timer: Timer | null = null;
  #turnPlanned = false;

  direct: DirectRead | null = null;
  #core!: DrivenCore;

  constructor(
    readonly clock: Clock,
    /** null: gateways speak in clear. */
    private readonly tls: TlsContext | null,
    /** Remotes with a tls block of their own. */
    private remoteTls: ReadonlyMap<string, TlsContext> = new Map(),
    private leafTls: LeafTls = NO_LEAF_TLS,
    private readonly clientTls: ListenTls = NO_TLS,
  ) {}

  get core(): DrivenCore {
    return this.#core;
  }

  /** Set right after: the core's world is this driver. */
  set core(core: DrivenCore) {
    this.#core = core;
    this.direct = DirectRead.open(core.arena);
  }

  /** Remotes are dialled with these from now on; listeners stay as they are. */
  dialWith(remotes: ReadonlyMap<string, TlsContext>, leafs: LeafTls): void {
    this.remoteTls = remotes;
    this.leafTls = leafs;
  }

  /** Opens a listener; answers the port. Throws what the system says, such as EADDRINUSE. */
  listen(kind: ListenerKind, hostname: string, port: number): number {
    return this.listenAnew(kind, hostname, port).use();
  }

  /**
   * Opens a listener beside the one of this kind that there may be. `use` lets it take that one's place,
   * whose connections stay, and answers the port; `drop` closes it again. Throws what the system says.
   */
  listenAnew(kind: ListenerKind, hostname: string, port: number): { use(): number; drop(): void } {
    const listener = this.#listener(kind).open(hostname, port);
    const use = (): number => {
      this.stopListener(kind);
      this.#listeners.set(kind, listener);
      return listener.port;
    };
    return { use, drop: () => listener.stop() };
  }

  /** Takes no more connections of this kind; those that there are stay. */
  stopListener(kind: ListenerKind | "websocket"): void {
    this.#listeners.get(kind)?.stop();
    this.#listeners.delete(kind);
  }

  /** The same for WebSocket: leafs at any path that ends in `/leafnode`, clients at others. */
  listenWebSocket(options: WebSocketOptions): number {
    const listener = new WebSocketListener(this, options);
    this.#listeners.set("websocket", listener);
    return listener.port;
  }

  /** Opens the connection that the core asked for, and answers it by dialed or dialFailed. */
  dial(request: DialRequest): void {
    dialGateway(this, request, this.remoteTls.get(request.remote) ?? this.tls);
  }

  /** Opens the connection that the core asked for, and answers it by leafDialed or leafDialFailed. */
  dialLeaf(request: LeafDialRequest): void {
    const { index } = request.remote.options;
    const { remotes, proxies } = this.leafTls;
    const tls = {
      hub: remotes.get(index) ?? this.#systemTls,
      proxy: proxies.get(index) ?? this.#systemTls,
    };
    const { scheme } = request.url;
    if (scheme === "ws" || scheme === "wss") dialWebSocket(this, request, tls);
    else new LeafDialer(this, request, tls).dial();
  }

  /** What TLS a connection speaks; null in clear, and over WebSocket, where Bun does not tell. */
  tlsOf(session: Session): TlsFacts | null {
    return this.#links.get(session.egress)?.tls ?? null;
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
    for (const listener of this.#listeners.values()) listener.stop();
    this.#listeners.clear();
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
    if (this.#patient.size > 0) this.#readOn();
    const { list } = this.core.dirties;
    // What flushing puts out (the next slice of a list) waits for the next turn: messages come in between.
    const turn = list.splice(0);
    for (const egress of turn) {
      egress.dirty = false;
      this.#links.get(egress)?.flush();
    }
    if (list.length > 0 || this.#patient.size > 0) this.planTurn();
  }

  #readOn(): void {
    const busy = this.clock.now() - this.#heardAt < BUSY_MILLIS;
    for (const link of this.#patient) {
      link.readOn(busy ? BUSY_READ_MILLIS : QUIET_READ_MILLIS);
      if (!link.hasUnread) this.#patient.delete(link);
    }
  }

  cameIn(link: Link): void {
    if (link.hasUnread) this.#patient.add(link);
    else if (this.#patient.size > 0) this.#heardAt = this.clock.now();
    this.planTurn();
  }

  relieve(): void {
    const { list } = this.core.dirties;
    let kept = 0;
    for (let i = 0; i < list.length; i++) {
      const egress = list[i]!;
      if (egress.pendingBytes < RELIEF_BYTES) list[kept++] = egress;
      else {
        egress.dirty = false;
        this.#links.get(egress)?.flush();
      }
    }
    list.splice(kept);
  }

  /** Immediates run after all ready sockets were read: that is the end of the turn. */
  planTurn(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    setImmediate(() => {
      this.#turnPlanned = false;
      this.turn();
    });
  }

  #listener(kind: ListenerKind): Listener {
    const { tls, leafTls, clientTls } = this;
    if (kind === "gateway") return new Listener(this, kind, { listen: tls, handshakeFirst: true });
    return new Listener(this, kind, kind === "leaf" ? leafTls : clientTls);
  }

  bind(link: Link, session: Session): void {
    link.session = session;
    this.#links.set(session.egress, link);
    this.planTurn();
  }

  gone(link: Link, reason: CloseReason): void {
    const { session } = link;
    link.over(reason);
    if (session === null) return;
    this.#links.delete(session.egress);
    this.planTurn();
  }
}
