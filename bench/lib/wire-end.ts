// One connection to the system under test for loads that are not messages alone: anything out, in order, as
// the socket takes it, and a line sink inward.

import type { Socket } from "bun";
import { LineSink } from "./line-sink.ts";
import { until } from "./process.ts";

const encoder = new TextEncoder();

export class WireEnd {
  readonly sink = new LineSink();
  /** Why the connection ended, if it did. */
  closed: string | null = null;
  /** Gets every line but PING and PONG. */
  onLine: (line: string) => void = () => {};
  #onPong: (() => void)[] = [];
  #lastError = "";
  readonly #socket: Socket<WireEnd>;
  readonly #queue: Uint8Array[] = [];
  #blocked = false;

  constructor(socket: Socket<WireEnd>) {
    this.#socket = socket;
    this.sink.onLine = (line) => this.#heard(line);
  }

  /** The bytes are not copied: they must stay as they are. */
  send(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#flush();
  }

  say(text: string): void {
    this.send(encoder.encode(text));
  }

  /** Resolves when the far side has read all that was sent so far. */
  async answered(millis = 60_000): Promise<void> {
    let pong = false;
    this.ping(() => {
      pong = true;
    });
    await this.held("PONG", () => pong, millis);
  }

  /** Asks the far side for a PONG; `heard` is called when it comes. */
  ping(heard: () => void): void {
    this.#onPong.push(heard);
    this.say("PING\r\n");
  }

  /** Waits for something that this connection brings; looks every turn of the loop. */
  async held(what: string, holds: () => boolean, millis = 10_000): Promise<void> {
    const end = performance.now() + millis;
    while (!holds()) {
      if (this.closed !== null) throw new Error(`waiting for ${what}: ${this.closed}`);
      if (performance.now() > end) throw new Error(`waited ${millis} ms in vain for ${what}`);
      await new Promise((done) => setImmediate(done));
    }
  }

  drained(): void {
    this.#blocked = false;
    this.#flush();
  }

  ended(reason: string): void {
    this.closed ??= this.#lastError === "" ? reason : `${reason} after ${this.#lastError}`;
  }

  end(): void {
    this.closed ??= "we are done";
    this.#socket.end();
  }

  #flush(): void {
    for (let next = this.#queue[0]; next !== undefined && !this.#blocked; next = this.#queue[0]) {
      if (this.closed !== null) return;
      const wrote = Math.max(0, this.#socket.write(next));
      this.#blocked = wrote < next.length;
      if (this.#blocked) this.#queue[0] = next.subarray(wrote);
      else this.#queue.shift();
    }
  }

  #heard(line: string): void {
    if (line === "PING") this.say("PONG\r\n");
    else if (line === "PONG") this.#onPong.shift()?.();
    else if (line.startsWith("-ERR")) this.#lastError = line;
    else this.onLine(line);
  }
}

/** Dials the loopback. */
export async function dialWire(port: number): Promise<WireEnd> {
  let made: WireEnd | undefined;
  await Bun.connect<WireEnd>({
    hostname: "127.0.0.1",
    port,
    socket: handlers((socket) => {
      made = new WireEnd(socket);
      return made;
    }),
  });
  await until(`a connection to port ${port}`, () => made !== undefined);
  return made!;
}

/** Listens on a free port of the loopback; `onEnd` gets each connection before its first byte. */
export function listenWire(onEnd: (end: WireEnd) => void): { port: number; stop(): void } {
  const listener = Bun.listen<WireEnd>({
    hostname: "127.0.0.1",
    port: 0,
    socket: handlers((socket) => {
      const end = new WireEnd(socket);
      onEnd(end);
      return end;
    }),
  });
  return { port: listener.port, stop: () => listener.stop(true) };
}

function handlers(open: (socket: Socket<WireEnd>) => WireEnd) {
  return {
    open(socket: Socket<WireEnd>) {
      socket.setNoDelay(true);
      socket.data = open(socket);
    },
    data(socket: Socket<WireEnd>, chunk: Uint8Array) {
      socket.data.sink.receive(chunk);
    },
    drain(socket: Socket<WireEnd>) {
      socket.data.drained();
    },
    close(socket: Socket<WireEnd>) {
      socket.data.ended("the connection was closed");
    },
    error(socket: Socket<WireEnd>, error: Error) {
      socket.data.ended(error.message);
    },
  };
}
