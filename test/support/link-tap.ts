// A wire between two servers that a test can watch and hurt: it forwards every byte, keeps the lines and
// counts of both directions, and can delay, stall and cut them. What crosses a link is proved here and not
// by its ends.

import type { Socket } from "bun";
import { documentOf, type Frame, FrameReader } from "./gateway-frames.ts";
import { freePort } from "./ports.ts";

/** "forth" is from dialer to acceptor: messages. "back" is from acceptor to dialer: interest. */
export type Way = "forth" | "back";

const WAYS: readonly Way[] = ["forth", "back"];

/** One direction of one connection. Bytes wait here while the receiver is full or the wire is slow. */
class Lane {
  readonly reader = new FrameReader();
  /** What is on its way, in order. */
  readonly #late: Buffer[] = [];
  bytes = 0;
  from: Socket<undefined> | undefined;
  to: Socket<undefined> | undefined;
  #waiting: Buffer[] = [];
  #ended = false;

  arrived(chunk: Uint8Array, delayMillis: number): void {
    this.bytes += chunk.length;
    const copy = Buffer.from(chunk);
    this.reader.feed(copy);
    this.#late.push(copy);
    // One for one: a shorter delay never lets what comes later overtake what is still on its way.
    const arrive = (): void => this.#queue(this.#late.shift()!);
    if (delayMillis === 0 && this.#late.length === 1) arrive();
    else setTimeout(arrive, delayMillis);
  }

  connected(): void {
    this.flush();
  }

  ended(delayMillis: number): void {
    setTimeout(() => {
      this.#ended = true;
      this.flush();
    }, delayMillis);
  }

  flush(): void {
    while (this.to !== undefined && this.#waiting.length > 0) {
      const head = this.#waiting[0]!;
      const wrote = this.to.write(head);
      if (wrote < 0) return;
      if (wrote < head.length) {
        this.#waiting[0] = head.subarray(wrote);
        return;
      }
      this.#waiting.shift();
    }
    if (this.#ended) this.to?.end();
  }

  #queue(chunk: Buffer): void {
    this.#waiting.push(chunk);
    this.flush();
  }
}

export class TappedConnection {
  readonly forth = new Lane();
  readonly back = new Lane();
  closed = false;

  /**
   * Who dialed, as its CONNECT says: a gateway's cluster, a leaf's server. Undefined before that, and
   * always where the link has TLS or compression.
   */
  get dialer(): string | undefined {
    const connect = this.forth.reader.frames.find((frame) => frame.verb === "CONNECT");
    if (connect === undefined) return undefined;
    const { gateway, name } = documentOf(connect);
    return String(gateway ?? name);
  }

  cut(): void {
    this.closed = true;
    this.forth.from?.terminate();
    this.back.from?.terminate();
  }
}

export class LinkTap {
  readonly port = freePort();
  readonly connections: TappedConnection[] = [];
  readonly #target: number;
  readonly #listener: Bun.TCPSocketListener<TappedConnection>;
  readonly #delay = { forth: 0, back: 0 };
  readonly #stalled = { forth: false, back: false };
  #severed = false;

  /** Forwards what connects to `port` to `target`, both on 127.0.0.1. */
  constructor(target: number) {
    this.#target = target;
    const tap = this;
    this.#listener = Bun.listen<TappedConnection>({
      hostname: "127.0.0.1",
      port: this.port,
      socket: {
        open(socket) {
          socket.data = new TappedConnection();
          tap.#opened(socket as unknown as Socket<undefined>, socket.data);
        },
        data: (socket, chunk) => socket.data.forth.arrived(chunk, tap.#delay.forth),
        drain: (socket) => socket.data.back.flush(),
        close: (socket) => tap.#ended(socket.data, "forth"),
        error: (socket) => socket.data.cut(),
      },
    });
  }

  /**
   * What a cluster's dialed connections carried one way, in order a connection; all dialers if none is
   * named.
   */
  frames(way: Way, dialer?: string): Frame[] {
    return this.#of(dialer).flatMap((connection) => connection[way].reader.frames);
  }

  bytes(way: Way, dialer?: string): number {
    return this.#of(dialer).reduce((sum, connection) => sum + connection[way].bytes, 0);
  }

  /** Every byte that comes from now on takes this long, in addition; each way. */
  delay(millis: number): void {
    for (const way of WAYS) this.#delay[way] = millis;
  }

  /** Stops reading one way: its sender's socket fills up, as behind a receiver that has hung. */
  stall(way: Way): void {
    this.#stalled[way] = true;
    for (const connection of this.connections) connection[way].from?.pause();
  }

  resume(way: Way): void {
    this.#stalled[way] = false;
    for (const connection of this.connections) connection[way].from?.resume();
  }

  /** Ends all connections at once; new ones are taken. */
  cut(): void {
    for (const connection of this.connections) connection.cut();
  }

  /** Ends all connections, and new ones as they come, until `mend`. */
  sever(): void {
    this.#severed = true;
    this.cut();
  }

  mend(): void {
    this.#severed = false;
  }

  close(): void {
    this.cut();
    this.#listener.stop(true);
  }

  #of(dialer: string | undefined): TappedConnection[] {
    if (dialer === undefined) return this.connections;
    return this.connections.filter((connection) => connection.dialer === dialer);
  }

  #opened(near: Socket<undefined>, connection: TappedConnection): void {
    this.connections.push(connection);
    connection.forth.from = near;
    connection.back.to = near;
    if (this.#severed) {
      connection.cut();
      return;
    }
    if (this.#stalled.forth) near.pause();
    const tap = this;
    const dialing = Bun.connect<undefined>({
      hostname: "127.0.0.1",
      port: this.#target,
      socket: {
        open(far) {
          if (connection.closed) return far.terminate();
          connection.forth.to = far;
          connection.back.from = far;
          if (tap.#stalled.back) far.pause();
          connection.forth.connected();
        },
        data: (_, chunk) => connection.back.arrived(chunk, tap.#delay.back),
        drain: () => connection.forth.flush(),
        close: () => tap.#ended(connection, "back"),
        error: () => connection.cut(),
      },
    });
    dialing.catch(() => connection.cut());
  }

  #ended(connection: TappedConnection, way: Way): void {
    connection.closed = true;
    connection[way].ended(this.#delay[way]);
  }
}
