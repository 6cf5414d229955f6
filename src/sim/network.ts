// Ordered byte streams in virtual time, and all that goes wrong with them: delay, jitter, a bounded rate,
// cuts at any byte, resets that lose what is on its way, transports that take nothing, places that cannot be
// reached.

import { type Millis, NEVER } from "../base/clock.ts";
import { below, type Random } from "../base/random.ts";
import type { VirtualClock } from "./clock.ts";
import { Stream } from "./stream.ts";
import type { Trace } from "./trace.ts";

/** What happens at one end of a connection. */
export interface Ears {
  data(chunk: Uint8Array): void;
  /** The transport takes bytes again after it took fewer than it was given. */
  drain(): void;
  /** The connection is over. */
  gone(): void;
}

/** How long until a dial into nowhere is given up by the transport itself, in milliseconds. */
const CONNECT_MILLIS = 1_000;
/** Largest pieces in which the bytes of one connection arrive; one of these is drawn for each connection. */
const PIECE_BYTES = [7, 100, 1_500, 65_536, 65_536] as const;

/** All connections between two places, or within one. */
class Path {
  stalledUntil: Millis = 0;
  partitionedUntil: Millis = 0;
  /** When it was not whole, as [from, to]. */
  readonly troubles: [Millis, Millis][] = [];
  readonly connections = new Set<Connection>();

  constructor(
    readonly name: string,
    readonly delayMillis: Millis,
    readonly jitterMillis: Millis,
    /** Bytes a millisecond. */
    readonly rate: number,
    /** What the transport takes before it must have delivered some, in bytes. */
    readonly window: number,
  ) {}
}

export class End {
  ears: Ears | null = null;
  isClosed = false;
  /** It has seen the end of a connection that the other end still takes for open. */
  isGone = false;

  constructor(
    private readonly connection: Connection,
    private readonly out: Stream,
  ) {}

  /** How many bytes of buf[from, from + length) the transport takes; below 0 when the connection is over. */
  write(buf: Uint8Array, from: number, length: number): number {
    return this.connection.isOver || this.isGone ? -1 : this.out.take(buf, from, length);
  }

  /** Closes behind the bytes that were taken; what comes in from now on is answered by a reset. */
  end(): void {
    if (this.isGone) return;
    this.isClosed = true;
    this.out.finish(() => this.connection.over());
  }

  /** Closes at once. */
  terminate(): void {
    if (!this.isGone) this.connection.over();
  }
}

export class Connection {
  isOver = false;
  /** Hears all bytes just before they arrive. */
  tap: (towards: "dialer" | "acceptor", chunk: Uint8Array) => void = () => {};
  readonly dialer: End;
  readonly acceptor: End;
  /** Towards the acceptor, and towards the dialer. */
  readonly #streams: Stream[] = [];

  constructor(
    private readonly clock: VirtualClock,
    random: Random,
    readonly path: Path,
    readonly port: number,
  ) {
    const piece = PIECE_BYTES[below(random, PIECE_BYTES.length)]!;
    this.dialer = this.#end(random, piece, "acceptor");
    this.acceptor = this.#end(random, piece, "dialer");
    path.connections.add(this);
  }

  /** The dialer does not read for a while. */
  deafen(millis: Millis): void {
    this.#streams[1]!.pause();
    this.clock.after(millis, () => this.#streams[1]!.resume());
  }

  /** Ends it for the dialer, and a while later for the acceptor, who speaks into the void meanwhile. */
  forsake(millis: Millis): void {
    if (this.isOver || this.dialer.isGone) return;
    this.dialer.isGone = true;
    this.#streams[0]!.drop();
    this.clock.after(0, () => this.dialer.ears?.gone());
    this.clock.after(millis, () => this.over());
  }

  /** Ends it for both; what is on its way is lost. */
  over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.path.connections.delete(this);
    for (const stream of this.#streams) stream.drop();
    this.clock.after(0, () => {
      if (!this.dialer.isGone) this.dialer.ears?.gone();
      this.acceptor.ears?.gone();
    });
  }

  #end(random: Random, piece: number, towards: "dialer" | "acceptor"): End {
    const stream = new Stream(this.clock, random, this.path, piece, {
      arrived: (chunk) => {
        const receiver = this[towards];
        if (receiver.isGone) return;
        if (receiver.isClosed) return this.over();
        this.tap(towards, chunk);
        receiver.ears?.data(chunk);
      },
      drained: () => end.ears?.drain(),
    });
    const end = new End(this, stream);
    this.#streams.push(stream);
    return end;
  }
}

/** `port` tells services of one place apart. */
export interface Dial {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  opened(end: End): void;
  failed(why: string): void;
}

export class Network {
  readonly #paths = new Map<string, Path>();
  readonly #listeners = new Map<string, (end: End, from: string) => void>();
  /** Sees each connection that is made; for those who listen in. */
  watch: (connection: Connection, dial: Dial) => void = () => {};

  constructor(
    private readonly clock: VirtualClock,
    private readonly random: Random,
    private readonly trace: Trace,
  ) {}

  path(a: string, b: string): Path {
    const name = a < b ? `${a}-${b}` : `${b}-${a}`;
    let path = this.#paths.get(name);
    if (path === undefined) {
      const far = a === b ? 0.1 : 1 + below(this.random, 60);
      const window = 65_536 << below(this.random, 3);
      path = new Path(
        name,
        far,
        far * (below(this.random, 100) / 100),
        2_000 + below(this.random, 8_000),
        window,
      );
      this.#paths.set(name, path);
    }
    return path;
  }

  get paths(): Path[] {
    return [...this.#paths.values()];
  }

  listen(place: string, port: number, accept: (end: End, from: string) => void): void {
    this.#listeners.set(`${place}:${port}`, accept);
  }

  stopListening(place: string, port: number): void {
    this.#listeners.delete(`${place}:${port}`);
  }

  dial(dial: Dial): void {
    const path = this.path(dial.from, dial.to);
    const startedAt = this.clock.now();
    const roundTrip = 2 * path.delayMillis;
    const attempt = (): void => {
      const now = this.clock.now();
      if (path.stalledUntil > now && path.stalledUntil - startedAt < CONNECT_MILLIS) {
        return this.clock.at(path.stalledUntil, attempt);
      }
      if (path.partitionedUntil > now || path.stalledUntil > now) {
        return this.clock.at(startedAt + CONNECT_MILLIS, () => dial.failed("i/o timeout"));
      }
      const accept = this.#listeners.get(`${dial.to}:${dial.port}`);
      if (accept === undefined) return dial.failed("connection refused");
      const connection = new Connection(this.clock, this.random, path, dial.port);
      this.watch(connection, dial);
      accept(connection.acceptor, dial.from);
      dial.opened(connection.dialer);
    };
    this.clock.after(roundTrip, attempt);
  }

  /** Resets the connections of a path; `only` says which. */
  cut(path: Path, only: (connection: Connection) => boolean = () => true): void {
    const now = this.clock.now();
    path.troubles.push([now, now]);
    this.trace.add(`cut ${path.name}`);
    for (const connection of [...path.connections]) if (only(connection)) connection.over();
  }

  /** One end of some connections of a path sees them end long before the other. */
  forsake(path: Path, millis: Millis, only: (connection: Connection) => boolean): void {
    const now = this.clock.now();
    path.troubles.push([now, now + millis]);
    this.trace.add(`forsake ${path.name} for ${millis}`);
    for (const connection of [...path.connections]) if (only(connection)) connection.forsake(millis);
  }

  /** Nothing moves for a while, and nobody is told. */
  stall(path: Path, millis: Millis): void {
    const now = this.clock.now();
    path.stalledUntil = Math.max(path.stalledUntil, now + millis);
    path.troubles.push([now, now + millis]);
    this.trace.add(`stall ${path.name} for ${millis}`);
  }

  /** Connections are reset and none can be made for a while. */
  partition(path: Path, millis: Millis): void {
    const now = this.clock.now();
    path.partitionedUntil = Math.max(path.partitionedUntil, now + millis);
    path.troubles.push([now, now + millis]);
    this.trace.add(`partition ${path.name} for ${millis}`);
    for (const connection of [...path.connections]) connection.over();
  }

  /** A place is down: marked on all its paths. */
  outage(place: string, millis: Millis): void {
    const now = this.clock.now();
    for (const path of this.#paths.values()) {
      if (path.name.split("-").includes(place)) path.troubles.push([now, now + millis]);
    }
  }

  /** Was the path between two places whole in all of [from, to]? */
  isWhole(a: string, b: string, from: Millis, to: Millis = NEVER): boolean {
    return this.path(a, b).troubles.every(([began, ended]) => ended < from || began > to);
  }
}
