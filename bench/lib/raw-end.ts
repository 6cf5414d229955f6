// One raw connection to the system under test: control lines and prebuilt messages out, a sink inward.
// A NATS client library costs more CPU than the system it would measure; this costs almost none.

import type { Socket } from "bun";
import { Sink } from "./sink.ts";

/** What the messages on a connection look like to its sink. */
export interface Arriving {
  readonly first: string;
  readonly frameBytes: number;
}

/** For connections on which no message is to arrive. */
export const NOTHING_ARRIVES: Arriving = { first: "\0", frameBytes: 1 };

const STEP_BYTES = 128 << 10;
const encoder = new TextEncoder();

export class RawEnd {
  readonly sink: Sink;
  /** Message bytes written since the budget was last set. */
  sent = 0;
  /** Message bytes that may be written; always whole messages, or infinite while a round runs on time. */
  budget = 0;
  /** Whether the kernel's buffer is full, so that `drain` comes first. */
  blocked = false;
  /** Why the connection ended, if it did. */
  closed: string | null = null;
  /** Called when bytes arrived, when the socket drained, and when it closed. */
  onActivity: () => void = () => {};
  /** Gets every control line but PING, which is answered here. */
  onLine: (line: string) => void = () => {};

  readonly #socket: Socket<RawEnd>;
  #control: Uint8Array[] = [];
  #lastError = "";
  #batch = new Uint8Array(0);
  #frameBytes = 1;
  #at = 0;

  constructor(socket: Socket<RawEnd>, arriving: Arriving) {
    this.#socket = socket;
    this.sink = new Sink(arriving.first, arriving.frameBytes, (line) => this.#heard(line));
  }

  /** What `step` will write, over and over: whole messages of `frameBytes` each. */
  load(batch: Uint8Array<ArrayBuffer>, frameBytes: number): void {
    this.#batch = batch;
    this.#frameBytes = frameBytes;
  }

  /** Sends control text between two messages. */
  say(text: string): void {
    this.#control.push(encoder.encode(text));
    this.#flush();
  }

  /** Lets the round end after the message that is being written. */
  stopAtMessageEnd(): void {
    this.budget = Math.ceil(this.sent / this.#frameBytes) * this.#frameBytes;
  }

  /** Whether `step` could write now if the window allows it. */
  get willing(): boolean {
    return !this.blocked && this.closed === null && this.sent < this.budget;
  }

  /** Writes at most `creditBytes` of messages, and no more than one step; answers how many bytes went out. */
  step(creditBytes: number): number {
    this.#flush();
    if (!this.willing) return 0;
    const inMessage = this.sent % this.#frameBytes;
    // Control text has to wait for the end of a message, so go just that far.
    const most =
      this.#control.length > 0 && inMessage > 0
        ? this.#frameBytes - inMessage
        : Math.min(creditBytes, STEP_BYTES);
    const length = Math.min(most, this.budget - this.sent, this.#batch.length - this.#at);
    const wrote = Math.max(0, this.#socket.write(this.#batch, this.#at, length));
    this.blocked = wrote < length;
    this.sent += wrote;
    this.#at = (this.#at + wrote) % this.#batch.length;
    return wrote;
  }

  received(chunk: Uint8Array): void {
    this.sink.receive(chunk);
    this.onActivity();
  }

  drained(): void {
    this.blocked = false;
    this.#flush();
    this.onActivity();
  }

  ended(reason: string): void {
    this.closed ??= this.#lastError === "" ? reason : `${reason} after ${this.#lastError}`;
    this.onActivity();
  }

  end(): void {
    this.closed ??= "we are done";
    this.#socket.end();
  }

  #flush(): void {
    if (this.sent % this.#frameBytes !== 0) return;
    let next = this.#control[0];
    while (next !== undefined && !this.blocked && this.closed === null) {
      const wrote = Math.max(0, this.#socket.write(next));
      this.blocked = wrote < next.length;
      if (this.blocked) this.#control[0] = next.subarray(wrote);
      else this.#control.shift();
      next = this.#control[0];
    }
  }

  #heard(line: string): void {
    if (line === "PING") this.say("PONG\r\n");
    else if (line.startsWith("-ERR")) this.#lastError = line;
    else this.onLine(line);
  }
}

/** Dials the loopback. */
export async function dial(port: number, arriving: Arriving): Promise<RawEnd> {
  let made: RawEnd | undefined;
  await Bun.connect<RawEnd>({
    hostname: "127.0.0.1",
    port,
    socket: handlers((socket) => {
      made = new RawEnd(socket, arriving);
      return made;
    }),
  });
  if (made === undefined) throw new Error(`no connection to port ${port}`);
  return made;
}

/** Listens on a free port of the loopback; `onEnd` gets each connection before its first byte. */
export function listen(arriving: Arriving, onEnd: (end: RawEnd) => void): { port: number; stop(): void } {
  const listener = Bun.listen<RawEnd>({
    hostname: "127.0.0.1",
    port: 0,
    socket: handlers((socket) => {
      const end = new RawEnd(socket, arriving);
      onEnd(end);
      return end;
    }),
  });
  return { port: listener.port, stop: () => listener.stop(true) };
}

function handlers(open: (socket: Socket<RawEnd>) => RawEnd) {
  return {
    open(socket: Socket<RawEnd>) {
      socket.data = open(socket);
    },
    data(socket: Socket<RawEnd>, chunk: Uint8Array) {
      socket.data.received(chunk);
    },
    drain(socket: Socket<RawEnd>) {
      socket.data.drained();
    },
    close(socket: Socket<RawEnd>) {
      socket.data.ended("the connection was closed");
    },
    error(socket: Socket<RawEnd>, error: Error) {
      socket.data.ended(error.message);
    },
  };
}
