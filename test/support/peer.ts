// The far end of one session: it speaks text, and reads what the session leaves in its egress.

import { bytesOf } from "../../src/base/bytes.ts";
import { NEVER } from "../../src/base/clock.ts";
import type { CloseReason } from "../../src/peer/close.ts";
import type { Session } from "../../src/peer/session.ts";

/** What a peer needs of the box that it talks to. */
interface World {
  readonly now: number;
  settle(): void;
}

const PING = "PING\r\n";

export class Peer<S extends Session> {
  /** Answers every PING, and does not show it. */
  answersPings = true;
  /** How many more bytes it reads; a peer that is stuck reads none. */
  appetite = Number.POSITIVE_INFINITY;
  #heard = "";
  readonly #decoder = new TextDecoder("utf-8");

  constructor(
    private readonly world: World,
    readonly session: S,
  ) {}

  /** Why the connection is over, or null while it is open. */
  get ended(): CloseReason | null {
    return this.session.ended ? this.session.closing : null;
  }

  /** Sends each line with its CRLF, all in one chunk. */
  says(...lines: string[]): void {
    this.saysRaw(lines.map((line) => `${line}\r\n`).join(""));
  }

  saysRaw(bytes: string | Uint8Array): void {
    this.session.receive(typeof bytes === "string" ? bytesOf(bytes) : bytes, this.world.now);
    this.world.settle();
  }

  /** All that was sent to it since it was last asked, byte for byte. */
  hearsRaw(): string {
    this.world.settle();
    const heard = this.#heard;
    this.#heard = "";
    return heard;
  }

  /** The same as lines. */
  hears(): string[] {
    const raw = this.hearsRaw();
    return raw === "" ? [] : raw.replace(/\r\n$/, "").split("\r\n");
  }

  /** It reads again. */
  resumes(appetite = Number.POSITIVE_INFINITY): void {
    this.appetite = appetite;
    this.session.egress.mark();
    this.world.settle();
  }

  /** Its side of the connection breaks. */
  goes(): void {
    this.session.lost("Client Closed", this.world.now);
    this.world.settle();
  }

  /** The end of a turn: what net/link.ts does with a socket. */
  flush(): void {
    const { session, world } = this;
    const { egress } = session;
    if (session.ended) return;
    let progress = false;
    if (!session.abort) {
      for (let block = egress.head(); block !== null && this.appetite > 0; block = egress.head()) {
        const taken = Math.min(block.to - block.from, this.appetite);
        this.#heard += this.#decoder.decode(block.buf.subarray(block.from, block.from + taken), {
          stream: true,
        });
        this.appetite -= taken;
        egress.consumed(taken);
        progress = true;
      }
    }
    if (egress.pendingBytes === 0) session.blockedSince = NEVER;
    else if (progress || session.blockedSince === NEVER) session.blockedSince = world.now;
    session.flushed(world.now);
    if (session.closing !== null && (session.abort || egress.pendingBytes === 0)) {
      session.lost(session.closing, world.now);
    } else if (this.answersPings) this.#pong();
  }

  #pong(): void {
    for (let at = this.#heard.indexOf(PING); at >= 0; at = this.#heard.indexOf(PING)) {
      this.#heard = this.#heard.slice(0, at) + this.#heard.slice(at + PING.length);
      this.session.receive(bytesOf("PONG\r\n"), this.world.now);
    }
  }
}
