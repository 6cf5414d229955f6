// One socket, one session: bytes in, bytes out, and the end of both. The only place where the two meet.

import type { Socket } from "bun";
import { type Clock, NEVER } from "../base/clock.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Session } from "../peer/session.ts";

/** How long a peer may take to close its end after we closed ours. */
const LINGER_MILLIS = 2_000;

/** What is bound to a Bun socket. */
export class Link {
  session: Session | null = null;
  isOver = false;

  constructor(
    private readonly clock: Clock,
    readonly socket: Socket<Link>,
  ) {}

  data(chunk: Uint8Array): void {
    this.session?.receive(chunk, this.clock.now());
  }

  /** Hands the transport all that it takes. */
  flush(): void {
    const { session, socket } = this;
    if (session === null || this.isOver) return;
    const { egress } = session;
    if (session.abort) return this.#end();
    let progress = false;
    for (let block = egress.head(); block !== null; block = egress.head()) {
      const wanted = block.to - block.from;
      const taken = socket.write(block.buf, block.from, wanted);
      if (taken < 0) return this.over("Write Error");
      if (taken > 0) {
        egress.consumed(taken);
        progress = true;
      }
      if (taken < wanted) break;
    }
    const now = this.clock.now();
    const waits = egress.pendingBytes > 0;
    if (!waits) session.blockedSince = NEVER;
    else if (progress || session.blockedSince === NEVER) session.blockedSince = now;
    session.flushed(now);
    if (session.closing !== null && (session.abort || egress.pendingBytes === 0)) this.#end();
  }

  /** The transport is gone. */
  over(reason: CloseReason): void {
    if (this.isOver) return;
    this.isOver = true;
    this.session?.lost(reason, this.clock.now());
    this.socket.terminate();
  }

  #end(): void {
    const { session, socket } = this;
    this.isOver = true;
    if (session?.abort) socket.terminate();
    else {
      socket.end();
      setTimeout(() => socket.terminate(), LINGER_MILLIS);
    }
    session?.lost(session.closing ?? "Client Closed", this.clock.now());
  }
}
