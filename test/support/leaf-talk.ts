// How the far end of a leaf link is spoken to in tests: S2 by hand, and what it heard made short.

import { bytesOf, textOf } from "../../src/base/bytes.ts";
import type { LeafSession } from "../../src/leaf/session.ts";
import type { S2Level } from "../../src/wire/s2-codec.ts";
import { S2Decoder } from "../../src/wire/s2-decoder.ts";
import { S2Encoder } from "../../src/wire/s2-encoder.ts";
import { S2Fallback } from "../../src/wire/s2-fallback.ts";
import type { Peer } from "./peer.ts";

/** The interest lines of what a leaf heard, without the marks of loops and the mapped replies. */
export function interest(lines: readonly string[]): string[] {
  const own = (line: string): boolean => line.includes(" $LDS.") || / (_GR_|\$GR)\./.test(line);
  return lines.filter((line) => /^LS[+-] /.test(line) && !own(line)).sort();
}

/** The JSON of an INFO or CONNECT line. */
export function documentOf(line: string | undefined): Record<string, unknown> {
  return JSON.parse((line ?? "").replace(/^[A-Z]+ /, "")) as Record<string, unknown>;
}

/** A peer whose bytes are looked at as they are: it takes nothing by itself. */
export class ByteEnd {
  readonly #encoder: S2Encoder;
  readonly #decoder = new S2Decoder(4 * 1024 * 1024, new S2Fallback());
  /** Types of the chunks that came, without identifiers. */
  readonly chunkTypes: number[] = [];

  constructor(
    readonly peer: Peer<LeafSession>,
    level: S2Level = "s2_fast",
  ) {
    peer.appetite = 0;
    this.#encoder = new S2Encoder(level, new S2Fallback());
  }

  /** What waits for it, byte for byte. */
  takes(): Uint8Array {
    const { egress } = this.peer.session;
    const parts: Uint8Array[] = [];
    for (let block = egress.head(); block !== null; block = egress.head()) {
      parts.push(block.buf.slice(block.from, block.to));
      egress.consumed(block.to - block.from);
    }
    this.peer.resumes(0);
    return Buffer.concat(parts);
  }

  /** What waits for it, as plain lines. */
  takesPlain(): string[] {
    return linesOf(textOf(this.takes()));
  }

  /** Lines as S2. */
  says(...lines: string[]): void {
    this.peer.saysRaw(this.encoded(bytesOf(lines.map((line) => `${line}\r\n`).join(""))));
  }

  encoded(plain: Uint8Array): Uint8Array {
    const out = new Uint8Array(this.#encoder.maxBytes(plain.length));
    return out.slice(0, this.#encoder.encode(plain, 0, plain.length, out, 0));
  }

  /** What waits for it, out of S2, as lines. */
  hears(): string[] {
    const bytes = this.takes();
    for (let at = 0; at < bytes.length; ) {
      const size = bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16);
      if (bytes[at] !== 0xff) this.chunkTypes.push(bytes[at]!);
      at += 4 + size;
    }
    let text = "";
    const fault = this.#decoder.feed(bytes, (plain) => {
      text += textOf(plain);
    });
    if (fault !== null) throw new Error(`the box wrote ${fault}`);
    return linesOf(text);
  }
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\r\n$/, "").split("\r\n");
}
