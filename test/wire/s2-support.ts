// What the tests of S2 share: a decoder too simple to be wrong, the vectors, and chunks by hand.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { S2Kernel } from "../../src/kernel/s2.ts";
import type { S2Codec } from "../../src/wire/s2-codec.ts";
import type { S2Decoder } from "../../src/wire/s2-decoder.ts";
import { S2Fallback } from "../../src/wire/s2-fallback.ts";

/** What every promise of S2 is asked of. */
export const CODECS: ReadonlyMap<string, S2Codec> = new Map<string, S2Codec>([
  ["compiled", S2Kernel.load()!],
  ["fallback", new S2Fallback()],
]);

/** The codec that links have. */
export const CODEC = CODECS.get("compiled")!;

const CORPUS = join(import.meta.dir, "../corpus/s2");

export interface Vector {
  readonly name: string;
  readonly stream: Uint8Array;
  readonly plainBytes: number;
  /** SHA-256 of the plain bytes, in hex. */
  readonly plainHash: string;
}

/** Streams that the reference encoder made; generate/main.go tells how. */
export function vectors(): Vector[] {
  const lines = readFileSync(join(CORPUS, "vectors.txt"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const [name, bytes, plainHash] = line.split(" ");
    const stream = new Uint8Array(readFileSync(join(CORPUS, `${name}.s2`)));
    return { name: name!, stream, plainBytes: Number(bytes), plainHash: plainHash! };
  });
}

export function vector(name: string): Vector {
  return vectors().find((one) => one.name === name)!;
}

export interface Decoded {
  readonly plain: Uint8Array;
  readonly reason: string | null;
}

/** Feeds the chunks until one breaks the stream. */
export function decodeAll(decoder: S2Decoder, chunks: Iterable<Uint8Array>): Decoded {
  const pieces: Uint8Array[] = [];
  for (const chunk of chunks) {
    const reason = decoder.feed(chunk, (piece) => pieces.push(piece.slice()));
    if (reason !== null) return { plain: Buffer.concat(pieces), reason };
  }
  return { plain: Buffer.concat(pieces), reason: null };
}

export const ELEMENTS = ["literal", "copy-1", "copy-2", "copy-4", "repeat"] as const;
export type Element = (typeof ELEMENTS)[number];

/** A block decoded byte by byte, as the specification tells it; null when it is broken. `seen` is told each
 *  element with its length and offset. */
export function naiveBlock(
  block: Uint8Array,
  seen: (element: Element, length: number, offset: number) => void = () => {},
): Uint8Array | null {
  let at = 0;
  const take = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++, at++) value += (block[at] ?? Number.NaN) * 2 ** (8 * i);
    return value;
  };
  let total = 0;
  for (let i = 0, byte = 0x80; byte >= 0x80; i++) {
    byte = take(1);
    total += (byte & 0x7f) * 2 ** (7 * i);
    if (Number.isNaN(byte) || i > 4 || total >= 2 ** 32) return null;
  }
  const out: number[] = [];
  let last = 0;
  while (at < block.length) {
    const tag = take(1);
    const six = tag >> 2;
    let element = ELEMENTS[tag & 3]!;
    let length = six + 1;
    if (element === "literal") {
      if (six >= 60) length = take(six - 59) + 1;
      if (!(at + length <= block.length) || out.length + length > total) return null;
      for (let i = 0; i < length; i++) out.push(block[at++]!);
      seen(element, length, 0);
      continue;
    }
    if (element === "copy-1") {
      const offset = ((tag & 0xe0) << 3) + take(1);
      const code = six & 7;
      length = code + 4;
      if (offset === 0) {
        element = "repeat";
        if (code > 4) length = take(code - 4) + [8, 260, 65_540][code - 5]!;
      } else {
        last = offset;
      }
    } else {
      last = take(element === "copy-2" ? 2 : 4);
    }
    if (!(last > 0 && last <= out.length && out.length + length <= total)) return null;
    for (let i = 0; i < length; i++) out.push(out[out.length - last]!);
    seen(element, length, last);
  }
  return out.length === total ? Uint8Array.from(out) : null;
}

/** The chunks of a stream that is known to be whole. */
export function* chunksOf(stream: Uint8Array): Generator<{ type: number; body: Uint8Array }> {
  for (let at = 0; at < stream.length; ) {
    const size = stream[at + 1]! + stream[at + 2]! * 2 ** 8 + stream[at + 3]! * 2 ** 16;
    yield { type: stream[at]!, body: stream.subarray(at + 4, at + 4 + size) };
    at += 4 + size;
  }
}

export function chunk(type: number, body: Uint8Array | readonly number[], size = body.length): Uint8Array {
  return Uint8Array.from([type, size & 0xff, (size >>> 8) & 0xff, size >>> 16, ...body]);
}

export function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
