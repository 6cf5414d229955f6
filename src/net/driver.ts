// Sockets and real time around one core: listeners, dials, the flush at the end of each turn, the clock.

import type { Clock, Millis } from "../base/clock.ts";
import { type Door, type Staged, takeOver } from "../base/staged.ts";
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

/** With what everybody speaks TLS, but for WebSocket, whose listener is opened with it. */
export interface DriverTls {
  readonly clients: ListenTls;
  /** null: gateways speak in clear. */
  readonly gateways: TlsContext | null;
  /** Remote gateways with a tls block of their own, by name. */
  readonly remotes: ReadonlyMap<string, TlsContext>;
  readonly leafs: LeafTls;
}

/** A listener that is open, and is heard from `use` on. */
export type StagedListener = Staged & { readonly port: number };

export class Driver implements LinkHost {
  readonly #links = new Map<Egress, Link>();
  readonly #listeners = new Map<ListenerKind, Listener>();
  #webSocket: WebSocketListener | null = null;
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
    private tls: DriverTls,
  ) {}

  get core(): DrivenCore {
    return this.#core;
  }

  /** Set right after: the core's world is this driver. */
  set core(core: DrivenCore) {
    this.#core = core;
    this.direct = DirectRead.open(core.arena);
  }

  /** Whoever comes or is dialled from now on is spoken to with these. */
  speak(tls: DriverTls): void {
    this.tls = tls;
    for (const [kind, listener] of this.#listeners) listener.speak(this.#listenTls(kind));
  }

  /** Opens a listener; answers the port. Throws what the system says, such as EADDRINUSE. */
  listen(kind: ListenerKind, hostname: string, port: number): number {
    const staged = this.stageListener(kind, hostname, port);
    staged.use();
    return staged.port;
  }

  /** Opens a listener that takes the place of the one of this kind that there may be. Throws what the system
   *  says. Connections stay, whichever listener they came by. */
  stageListener(kind: ListenerKind, hostname: string, port: number): StagedListener {
    const old = this.#listeners.get(kind);
    const open = (): Listener => new Listener(this, kind, this.#listenTls(kind), hostname, port);
    const { door, drop } = takeOver(this.#holderOf(port), open);
    const use = (): void => {
      old?.stop();
      this.#listeners.set(kind, door);
    };
    return { port: door.port, use, drop };
  }

  /** Takes no more connections of this kind; those that there are stay. */
  stopListener(kind: ListenerKind | "webSocket"): void {
    if (kind === "webSocket") {
      this.#webSocket?.stop();
      this.#webSocket = null;
    } else {
      this.#listeners.get(kind)?.stop();
      this.#listeners.delete(kind);
    }
  }

  /** The same for WebSocket: leafs at any path that ends in `/leafnode`, clients at others. */
  stageWebSocket(options: WebSocketOptions): StagedListener {
    const old = this.#webSocket;
    if (old?.canAdmitBy(options)) {
      return { port: old.port, use: () => old.admitBy(options), drop: () => {} };
    }
    const { door, drop } = takeOver(this.#holderOf(options.port), () => new WebSocketListener(this, options));
    const use = (): void => {
      old?.stop();
      this.#webSocket = door;
    };
    return { port: door.port, use, drop };
  }

  /** The listener that has the port, and has to leave when another one wants it. */
  #holderOf(port: number): Door | null {
    const all = [...this.#listeners.values(), ...(this.#webSocket === null ? [] : [this.#webSocket])];
    return all.find((listener) => listener.port === port) ?? null;
  }

  /** Opens the connection that the core asked for, and answers it by dialed or dialFailed. */
  dial(request: DialRequest): void {
    dialGateway(this, request, this.tls.remotes.get(request.remote) ?? this.tls.gateways);
  }

  /** Opens the connection that the core asked for, and answers it by leafDialed or leafDialFailed. */
  dialLeaf(request: LeafDialRequest): void {
    const { index } = request.remote.options;
    const { remotes, proxies } = this.tls.leafs;
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
    for (const kind of [...this.#listeners.keys(), "webSocket" as const]) this.stopListener(kind);
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

  #listenTls(kind: ListenerKind): ListenTls {
    const { clients, gateways, leafs } = this.tls;
    if (kind === "gateway") return { listen: gateways, handshakeFirst: true };
    return kind === "leaf" ? leafs : clients;
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
