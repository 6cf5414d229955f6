// What the lines of a message cost on the wire, without headers. Sources: gateway.md §2.3, leafnode.md §4,
// client-and-auth.md §1.1.

import { MAPPED_BYTES } from "../subject/reserved.ts";

const CRLF_BYTES = 2;

/** The message that is asked about. */
export interface Asked {
  readonly reply: Uint8Array;
  /** Bytes of the payload. */
  readonly size: number;
  /** The reply carries the way home over gateways. */
  readonly isMapped: boolean;
}

/** Adds up what all lines cost. */
export class Cost {
  receivers = 0;
  bytes = 0;

  /** `MSG subject sid [reply] size`. */
  client(subject: string, sid: string, asked: Asked): number {
    return this.#line(["MSG", subject, sid], asked.reply.length, asked);
  }

  /** `LMSG subject [reply] size`. */
  leaf(subject: string, asked: Asked): number {
    return this.#line(["LMSG", subject], asked.reply.length, asked);
  }

  /** `RMSG account subject [reply | + reply queues | | queues] size`. */
  gateway(account: string, subject: string, queues: string, asked: Asked): number {
    const { reply, isMapped } = asked;
    const replyBytes = reply.length > 0 && isMapped ? reply.length + MAPPED_BYTES : reply.length;
    return this.#line(["RMSG", account, subject, ...(queues === "" ? [] : ["+", queues])], replyBytes, asked);
  }

  /** So many more that are not listed, each of about this cost. */
  more(count: number, bytesEach: number): void {
    this.receivers += count;
    this.bytes += Math.round(count * bytesEach);
  }

  #line(words: readonly string[], replyBytes: number, { size }: Asked): number {
    const named = words.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0);
    const line = named + (replyBytes > 0 ? replyBytes + 1 : 0) + String(size).length + CRLF_BYTES;
    const bytes = line + size + CRLF_BYTES;
    this.receivers++;
    this.bytes += bytes;
    return bytes;
  }
}
