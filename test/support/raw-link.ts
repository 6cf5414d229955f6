// One TCP connection driven by hand: text out, frames in. Raw clients and raw gateways are this and a
// handshake.

import type { Socket } from "bun";
import { type Frame, FrameReader } from "./gateway-frames.ts";
import { until } from "./wait.ts";

const RAW_KEPT = 4 << 20;

export class RawLink {
  readonly #reader = new FrameReader();
  readonly #unsent: Buffer[] = [];
  #socket: Socket<undefined> | undefined;
  #raw = Buffer.alloc(0);
  #taken = 0;
  #closed = false;
  /** When it was opened and when it was lost, in millis of `performance.now()`; 0 before that. */
  readonly at = { opened: 0, lost: 0 };
  /** PINGs are answered as they come unless a test wants to be silent. */
  answersPings = true;

  /** Connects to a port of 127.0.0.1. */
  static async dial(port: number): Promise<RawLink> {
    const link = new RawLink();
    await Bun.connect({ hostname: "127.0.0.1", port, socket: link.handlers() });
    return link;
  }

  /** The handlers by which a socket becomes this link; also for sockets that were accepted. */
  handlers(): Bun.SocketHandler<undefined> {
    return {
      open: (socket) => this.opened(socket),
      data: (_, chunk) => this.received(chunk),
      drain: () => this.#flush(),
      close: () => this.lost(),
      error: () => this.lost(),
      connectError: () => this.lost(),
    };
  }

  opened(socket: Socket<undefined>): void {
    this.at.opened = performance.now();
    this.#socket = socket;
    this.#flush();
  }

  received(chunk: Uint8Array): void {
    this.#raw = Buffer.concat([this.#raw, chunk]).subarray(-RAW_KEPT);
    const before = this.#reader.frames.length;
    this.#reader.feed(chunk);
    if (!this.answersPings) return;
    for (const frame of this.#reader.frames.slice(before)) if (frame.verb === "PING") this.send("PONG\r\n");
  }

  lost(): void {
    if (this.at.lost === 0) this.at.lost = performance.now();
    this.#closed = true;
  }

  /** Every frame received so far. */
  get frames(): readonly Frame[] {
    return this.#reader.frames;
  }

  /** The bytes received so far, one character a byte; the last 4 MiB of them. */
  get text(): string {
    return this.#raw.toString("latin1");
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(data: string | Uint8Array): void {
    this.#unsent.push(Buffer.from(data as string));
    this.#flush();
  }

  /** Waits for the next frame, not yet taken, that matches; frames before it count as taken too. */
  async next(matches: string | ((frame: Frame) => boolean), withinMillis = 5_000): Promise<Frame> {
    const test = typeof matches === "string" ? (frame: Frame) => frame.verb === matches : matches;
    const what = `a frame ${matches} comes`;
    return until(
      what,
      () => {
        while (this.#taken < this.frames.length) {
          const frame = this.frames[this.#taken++]!;
          if (test(frame)) return frame;
        }
        if (this.#closed) throw new Error(`closed after ${this.frames.at(-1)?.line ?? "nothing"}`);
        return undefined;
      },
      withinMillis,
    );
  }

  /** Everything sent before this call has been read by the other end when it answers. */
  async barrier(): Promise<void> {
    const pongs = this.frames.filter((frame) => frame.verb === "PONG").length;
    this.send("PING\r\n");
    await until("PONG comes", () => this.frames.filter((frame) => frame.verb === "PONG").length > pongs);
  }

  /** Waits until the other end has closed the connection. */
  async gone(withinMillis = 5_000): Promise<void> {
    await until("the other end closes", () => this.#closed, withinMillis);
  }

  /** Reads no more: what comes waits in the other end's socket. */
  pause(): void {
    this.#socket?.pause();
  }

  close(): void {
    this.#socket?.end();
    this.#closed = true;
  }

  #flush(): void {
    while (this.#socket !== undefined && this.#unsent.length > 0) {
      const head = this.#unsent[0]!;
      const wrote = this.#socket.write(head);
      if (wrote < 0) return;
      if (wrote < head.length) {
        this.#unsent[0] = head.subarray(wrote);
        return;
      }
      this.#unsent.shift();
    }
  }
}
