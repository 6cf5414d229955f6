// NATS over WebSocket is the same stream of bytes in binary messages, cut anywhere. What Bun buffers is kept
// small, so that the egress knows what waits. Source: leafnode.md §15.

import type { ServerWebSocket } from "bun";
import type { Millis } from "../base/clock.ts";
import type { Transport } from "./link.ts";

/** Bytes of one message: less than any max_payload that a nats-server has by default, which bounds what it
 *  inflates. */
const MESSAGE_BYTES = 65_536;

/** Bytes that may lie in Bun's own buffer before the egress has to hold the rest. */
const HELD_BYTES_MAX = 131_072;

/** Shorter messages do not shrink; nats-server sends them as they are, too. */
const DEFLATE_BYTES_MIN = 64;

/** How often a WebSocket that has no word for it is asked whether there is room again. */
const ROOM_MILLIS: Millis = 2;

/** Normal closure. */
const CLOSE_CODE = 1_000;

abstract class WebSocketTransport implements Transport {
  write(buf: Uint8Array, from: number, length: number): number {
    let taken = 0;
    while (taken < length && this.held <= HELD_BYTES_MAX) {
      const size = Math.min(MESSAGE_BYTES, length - taken);
      if (!this.send(buf.subarray(from + taken, from + taken + size))) return -1;
      taken += size;
    }
    if (taken < length) this.full();
    return taken;
  }

  abstract end(): void;
  abstract terminate(): void;
  /** Bytes that the socket has not taken from Bun yet. */
  protected abstract readonly held: number;
  /** All of it, or false when the socket is closed. */
  protected abstract send(message: Uint8Array): boolean;
  /** There is no room; flush wants to be called when there is. */
  protected abstract full(): void;
}

/** An accepted one. Its drain handler calls flush. */
export class ServerTransport extends WebSocketTransport {
  constructor(
    private readonly socket: ServerWebSocket<unknown>,
    private readonly deflate: boolean,
  ) {
    super();
  }

  end(): void {
    this.socket.close(CLOSE_CODE);
  }

  terminate(): void {
    this.socket.terminate();
  }

  protected get held(): number {
    return this.socket.getBufferedAmount();
  }

  protected send(message: Uint8Array): boolean {
    const status = this.socket.sendBinary(
      message as Uint8Array<ArrayBuffer>,
      this.deflate && message.length >= DEFLATE_BYTES_MIN,
    );
    return status !== 0; // -1: all of it waits in Bun's buffer, which `held` then shows.
  }

  protected full(): void {}
}

/** A dialled one. There is no drain event, so it looks again from time to time while bytes wait. */
export class ClientTransport extends WebSocketTransport {
  #timer: Timer | null = null;

  constructor(
    private readonly socket: WebSocket,
    private readonly flush: () => void,
  ) {
    super();
  }

  end(): void {
    this.#stop();
    this.socket.close(CLOSE_CODE);
  }

  terminate(): void {
    this.#stop();
    this.socket.terminate();
  }

  protected get held(): number {
    return this.socket.bufferedAmount;
  }

  protected send(message: Uint8Array): boolean {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(message as Uint8Array<ArrayBuffer>);
    return true;
  }

  protected full(): void {
    this.#timer ??= setInterval(() => {
      if (this.held > HELD_BYTES_MAX && this.socket.readyState === WebSocket.OPEN) return;
      this.#stop();
      this.flush();
    }, ROOM_MILLIS);
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
