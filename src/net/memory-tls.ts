// TLS over a socket that has been read from already: a listener that also takes clients in clear knows only
// from the first byte whether it is spoken to in TLS, and Bun cannot hand that byte back to a socket. So the
// handshake is done in memory, and the socket carries what comes out of it.

import type { X509Certificate } from "node:crypto";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Socket } from "bun";
import type { Link, Transport } from "./link.ts";
import { reasonOf, type SecureSocket, type TlsContext } from "./tls.ts";

/** Bytes that may wait for the socket before the egress has to hold the rest. */
const HELD_BYTES_MAX = 131_072;

/** The first byte of every record that begins a handshake. */
export const HANDSHAKE_RECORD = 0x16;

/** Who hears what comes of it; of done and failed one, once. */
export interface MemoryTlsEvents {
  done(peer: SecureSocket): void;
  failed(why: string): void;
  /** What came inside. */
  data(chunk: Uint8Array): void;
  /** There is room for bytes again. */
  room(): void;
}

/** The server's end. */
export class MemoryTls implements Transport {
  readonly #secure: TLSSocket;
  readonly #wire: Wire;
  #answered = false;
  readonly #timer: Timer;

  constructor(
    private readonly socket: Socket<Link>,
    context: TlsContext,
    private readonly events: MemoryTlsEvents,
  ) {
    this.#wire = new Wire(socket);
    this.#timer = setTimeout(() => this.#answer("i/o timeout"), context.timeoutMillis);
    this.#secure = new TLSSocket(this.#wire as never, context.nodeServer);
    this.#secure.on("secure", () => {
      const peer = peerOf(this.#secure);
      const error = this.#secure.authorizationError as unknown as Error | string | null;
      const refusal = context.refusalOfClient(
        peer,
        true,
        typeof error === "string" ? new Error(error) : error,
      );
      this.#answer(refusal, peer);
    });
    this.#secure.on("drain", () => events.room());
    this.#secure.on("error", (error: Error) => this.#over(reasonOf(error)));
    this.#secure.on("end", () => this.#over("connection closed during the handshake"));
    this.#secure.on("close", () => this.#over("connection closed during the handshake"));
  }

  /** What came from the socket. The chunk is copied. */
  feed(chunk: Uint8Array): void {
    this.#wire.push(Buffer.from(chunk));
  }

  /** The socket takes bytes again. */
  drained(): void {
    this.#wire.drained();
  }

  write(buf: Uint8Array, from: number, length: number): number {
    if (this.#secure.destroyed) return this.#answered ? -1 : 0;
    const room = Math.min(length, HELD_BYTES_MAX - this.#secure.writableLength);
    if (room <= 0) return 0;
    this.#secure.write(Buffer.from(buf.subarray(from, from + room)));
    return room;
  }

  end(): void {
    this.#secure.end();
  }

  terminate(): void {
    clearTimeout(this.#timer);
    this.#secure.destroy();
    this.socket.terminate();
  }

  /** Before the handshake is done that is a reason, and later the end of the connection. */
  #over(why: string): void {
    if (this.#answered) this.terminate();
    else this.#answer(why);
  }

  #answer(why: string | null, peer?: SecureSocket): void {
    if (this.#answered) return;
    this.#answered = true;
    clearTimeout(this.#timer);
    if (why !== null || peer === undefined) return this.events.failed(why ?? "handshake failed");
    this.events.done(peer);
    // Nothing is read before: who is not taken is not heard either.
    this.#secure.on("data", (chunk: Buffer) => this.events.data(chunk));
  }
}

/** The socket as node:tls wants it: what is written waits until the socket has taken it. */
class Wire extends Duplex {
  #rest: (() => void) | null = null;

  constructor(private readonly socket: Socket<Link>) {
    super();
  }

  drained(): void {
    this.#rest?.();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, taken: (error?: Error | null) => void): void {
    let sent = 0;
    const send = (): void => {
      const count = this.socket.write(chunk, sent, chunk.length - sent);
      this.#rest = null;
      if (count < 0) return taken(new Error("the socket is closed"));
      sent += count;
      if (sent < chunk.length) this.#rest = send;
      else taken();
    };
    send();
  }

  /** Not at once: what went wrong is told after this, and the end of the socket would be heard before it. */
  override _final(done: () => void): void {
    setImmediate(() => this.socket.end());
    done();
  }
}

function peerOf(secure: TLSSocket): SecureSocket {
  return {
    authorized: secure.authorized,
    getPeerX509Certificate: () => secure.getPeerX509Certificate() as X509Certificate | undefined,
    getCipher: () => secure.getCipher(),
    getTLSVersion: () => secure.getProtocol() ?? "",
  };
}
