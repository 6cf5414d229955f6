// One raw connection to the system under test: control lines and prebuilt messages out, a sink inward.
// A NATS client library costs more CPU than the system it would measure; this costs almost none.

import type { Socket } from "bun";
import { Batch, type Encode } from "./batch.ts";
import { S2Link } from "./s2-link.ts";
import { Sink } from "./sink.ts";

/** What the messages on a connection look like to its sink. */
export interface Arriving {
  /** The letters that a message begins with and no control line does. */
  readonly mark: string;
  readonly frameBytes: number;
}

/** Files in PEM, named as a tls block names them. */
export interface Tls {
  readonly cert_file: string;
  readonly key_file: string;
  readonly ca_file: string;
}

/** For connections on which no message is to arrive. */
export const NOTHING_ARRIVES: Arriving = { mark: "\0", frameBytes: 1 };

const STEP_BYTES = 128 << 10;
const DIAL_MILLIS = 10_000;
const encoder = new TextEncoder();

export class RawEnd {
  readonly sink: Sink;
  /** Message bytes written in this round, as they are on the wire. */
  sent = 0;
  /** Message bytes that may be written; always whole messages, or infinite while a round runs on time. */
  budget = 0;
  /** All bytes that arrived in this round, as they are on the wire. */
  receivedBytes = 0;
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
  #batch = Batch.plain(new Uint8Array(1), 1);
  /** Message bytes written before this round. */
  #sentBefore = 0;
  #s2: S2Link | null = null;
  readonly #frameBytes: number;

  constructor(socket: Socket<RawEnd>, arriving: Arriving) {
    this.#socket = socket;
    this.#frameBytes = arriving.frameBytes;
    this.sink = new Sink(arriving.mark, arriving.frameBytes, (line) => this.#heard(line));
  }

  /** What `step` will write, over and over. */
  load(batch: Batch): void {
    this.#batch = batch;
  }

  /** Begins a round, at the end of a message: nothing was sent and nothing arrived in it yet. */
  begin(): void {
    this.#sentBefore += this.sent;
    this.sent = 0;
    this.receivedBytes = 0;
    this.sink.messages = 0;
    this.#s2?.begin();
  }

  /** Messages that were wholly written in this round. */
  get sentMessages(): number {
    const before = this.#batch.messagesWithin(this.#sentBefore);
    return this.#batch.messagesWithin(this.#sentBefore + this.sent) - before;
  }

  /** Mean bytes on the wire of a message that `step` writes. */
  get messageBytes(): number {
    return this.#batch.messageBytes;
  }

  /** Lets `messages` of this round be written, where all of them have one size. */
  pace(messages: number): void {
    this.budget = messages * this.#batch.messageBytes;
  }

  /** Lets the first `messages` of the batch be written, and what cannot be taken from them. */
  allow(messages: number): void {
    this.budget = this.#batch.bytesFor(messages);
  }

  /** Sends control text between two messages. */
  say(text: string): void {
    const bytes = encoder.encode(text);
    this.#control.push(this.#s2?.encoded(bytes) ?? bytes);
    this.#flush();
  }

  /** From here on both ways are S2. */
  compress(encode: Encode): void {
    this.#s2 = new S2Link(encode, (plain) => this.sink.receive(plain));
  }

  /** Whether messages are only counted, as long as rounds are measured: PING is not answered then. */
  set counting(on: boolean) {
    if (this.#s2 !== null) this.#s2.counting = on;
  }

  /** What it is compressed by, if it is. */
  get s2(): S2Link | null {
    return this.#s2;
  }

  /** Lets the round end after the message that is being written. */
  stopAtMessageEnd(): void {
    this.budget = this.sent + this.#batch.bytesToPause(this.#sentBefore + this.sent);
  }

  /** Whether `step` could write now if the window allows it. */
  get willing(): boolean {
    return !this.blocked && this.closed === null && this.sent < this.budget;
  }

  /** Writes at most `creditBytes` of messages, and no more than one step; answers how many bytes went out. */
  step(creditBytes: number): number {
    this.#flush();
    if (!this.willing) return 0;
    const total = this.#sentBefore + this.sent;
    const { bytes } = this.#batch;
    const at = total % bytes.length;
    // Control text has to wait for the end of a message, so go just that far.
    const toPause = this.#control.length > 0 ? this.#batch.bytesToPause(total) : 0;
    const most = toPause > 0 ? toPause : Math.min(creditBytes, STEP_BYTES);
    const length = Math.ceil(Math.min(most, this.budget - this.sent, bytes.length - at));
    const wrote = Math.max(0, this.#socket.write(bytes, at, length));
    this.blocked = wrote < length;
    this.sent += wrote;
    return wrote;
  }

  received(chunk: Uint8Array): void {
    this.receivedBytes += chunk.length;
    if (this.#s2 === null) this.sink.receive(chunk);
    else this.#receivedS2(this.#s2, chunk);
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

  #receivedS2(link: S2Link, chunk: Uint8Array): void {
    try {
      link.receive(chunk);
    } catch (error) {
      this.ended((error as Error).message);
    }
    // A control line among the messages is shorter than one of them.
    if (link.counting) this.sink.messages = Math.floor(link.plainBytes / this.#frameBytes);
  }

  #flush(): void {
    if (this.#control.length === 0 || this.#batch.bytesToPause(this.#sentBefore + this.sent) > 0) return;
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

/** Dials the loopback, with TLS when there is something to do it with. */
export async function dial(port: number, arriving: Arriving, tls: Tls | null = null): Promise<RawEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<RawEnd>();
  const timer = setTimeout(() => reject(new Error(`no connection to port ${port}`)), DIAL_MILLIS);
  await Bun.connect<RawEnd>({
    hostname: "127.0.0.1",
    port,
    ...secured(tls, {}),
    socket: handlers(tls, (socket) => {
      const end = new RawEnd(socket, arriving);
      resolve(end);
      return end;
    }),
  });
  return promise.finally(() => clearTimeout(timer));
}

/** Listens on a free port of the loopback; `onEnd` gets each connection before its first byte. */
export function listen(
  arriving: Arriving,
  onEnd: (end: RawEnd) => void,
  tls: Tls | null = null,
): { port: number; stop(): void } {
  const listener = Bun.listen<RawEnd>({
    hostname: "127.0.0.1",
    port: 0,
    ...secured(tls, { requestCert: true }),
    socket: handlers(tls, (socket) => {
      const end = new RawEnd(socket, arriving);
      onEnd(end);
      return end;
    }),
  });
  return { port: listener.port, stop: () => listener.stop(true) };
}

function secured(tls: Tls | null, more: Bun.TLSOptions): { tls?: Bun.TLSOptions } {
  if (tls === null) return {};
  const file = (path: string) => Bun.file(path);
  return { tls: { cert: file(tls.cert_file), key: file(tls.key_file), ca: file(tls.ca_file), ...more } };
}

/** A connection counts as open once bytes can go both ways: with TLS that is behind the handshake. */
function handlers(tls: Tls | null, open: (socket: Socket<RawEnd>) => RawEnd) {
  const begin = (socket: Socket<RawEnd>) => {
    socket.data = open(socket);
  };
  return {
    ...(tls === null ? { open: begin } : { handshake: begin }),
    data(socket: Socket<RawEnd>, chunk: Uint8Array) {
      socket.data.received(chunk);
    },
    drain(socket: Socket<RawEnd>) {
      socket.data?.drained();
    },
    close(socket: Socket<RawEnd>) {
      socket.data?.ended("the connection was closed");
    },
    error(socket: Socket<RawEnd>, error: Error) {
      socket.data?.ended(error.message);
    },
  };
}
