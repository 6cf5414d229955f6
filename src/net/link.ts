// One transport, one session: bytes in, bytes out, TLS in mid-stream, and the end of all. The only place
// where the two meet.

import type { X509Certificate } from "node:crypto";
import { type Clock, type Millis, NEVER } from "../base/clock.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Session } from "../peer/session.ts";
import type { CertificateNames } from "../peer/transport.ts";
import { Unread } from "./unread.ts";

/** How long a peer may take to close its end after we closed ours. */
const LINGER_MILLIS = 2_000;

/** How long is read on of what came before the end. What is refused is told why as the last thing of all. */
const LAST_WORDS_MILLIS = 5;

/** What carries the bytes. A Bun socket is one as it is, with TLS or without. */
export interface Transport {
  /** Takes of buf[from, from + length) what it can and answers how much; negative once it is closed. Whoever
   *  took less than everything calls flush of the link when there is room again. */
  write(buf: Uint8Array, from: number, length: number): number;
  /** Closes after what was taken. */
  end(): void;
  terminate(): void;
  /** Nothing more is to come until resume(); absent where that cannot be. */
  pause?(): void;
  resume?(): void;
}

/** As monitoring shows it: "1.3", "TLS_AES_128_GCM_SHA256". */
export interface TlsFacts {
  readonly version: string;
  readonly cipherSuite: string;
  /** It was up before INFO. */
  readonly first?: boolean;
  /** What the peer showed; absent without. */
  readonly peer?: X509Certificate;
}

/** What is bound to a Bun socket. */
export class Link {
  session: Session | null = null;
  isOver = false;
  /** The number of a socket in clear; -1: its bytes come by data() only. */
  fd = -1;
  /** Of the TLS that is up; null in clear. */
  tls: TlsFacts | null = null;
  /** Begins TLS on the open transport and answers by secured() or over(). null: this transport cannot. */
  startTls: (() => void) | null = null;
  readonly #unread = new Unread();
  /** Between startTls() and secured(): nothing may be written. */
  #isSecuring = false;

  constructor(
    private readonly clock: Clock,
    public transport: Transport,
  ) {}

  data(chunk: Uint8Array): void {
    const { session } = this;
    if (session === null) return;
    if (session.isPatient) return this.#keep(chunk);
    session.receive(chunk, this.clock.now());
    // The peer waits for our ClientHello: nothing else may make this link flush.
    if (session.wantsTls) this.flush();
  }

  /** Where in the arena the next bytes may be put by whoever reads them from the socket itself, who then
   *  calls arrived(); -1: they are to come by data(). */
  get room(): number {
    const { session } = this;
    return this.isOver || session === null || session.isPatient ? -1 : session.room;
  }

  /** So many bytes were put there. */
  arrived(count: number): void {
    this.session?.arrived(count, this.clock.now());
  }

  /** Something came that readOn() is to read. */
  get hasUnread(): boolean {
    return this.#unread.any;
  }

  /** Reads of what came for so long; then it is to be called again, unless all was read. */
  readOn(millis: Millis): void {
    if (this.session === null || this.isOver) return this.#unread.clear();
    this.#unread.read(this.session, this.clock, millis);
    if (!this.#unread.any) this.transport.resume?.();
  }

  #keep(chunk: Uint8Array): void {
    if (!this.#unread.any) this.transport.pause?.();
    this.#unread.push(chunk);
  }

  /** Hands the transport all that it takes. */
  flush(): void {
    const { session, transport } = this;
    if (session === null || this.isOver) return;
    const { egress } = session;
    if (session.abort) return this.#end();
    if (this.#isSecuring) return session.closing === null ? undefined : this.#end();
    let progress = false;
    for (let block = egress.head(); block !== null; block = egress.head()) {
      const wanted = block.to - block.from;
      const taken = transport.write(block.buf, block.from, wanted);
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
    else if (session.wantsTls && egress.pendingBytes === 0) this.#secure();
  }

  /** The TLS that the session waited for is up. */
  secured(certificate: CertificateNames | null, tls: TlsFacts): void {
    const { session } = this;
    if (session === null || this.isOver) return;
    this.tls = tls;
    this.#isSecuring = false;
    session.wantsTls = false;
    session.secured(certificate, this.clock.now());
  }

  /** The transport is gone. */
  over(reason: CloseReason): void {
    if (this.isOver) return;
    if (this.session !== null) this.#unread.read(this.session, this.clock, LAST_WORDS_MILLIS);
    this.isOver = true;
    this.session?.lost(reason, this.clock.now());
    this.transport.terminate();
  }

  #secure(): void {
    this.fd = -1;
    if (this.startTls === null) return this.over("TLS Handshake Failure");
    this.#isSecuring = true;
    this.startTls();
  }

  #end(): void {
    const { session, transport } = this;
    this.isOver = true;
    if (session?.abort || this.#isSecuring) transport.terminate();
    else {
      transport.end();
      setTimeout(() => transport.terminate(), LINGER_MILLIS);
    }
    session?.lost(session.closing ?? "Client Closed", this.clock.now());
  }
}
