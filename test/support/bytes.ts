// Byte streams for tests: made of text, and cut in every way that a network may cut them.

import fc from "fast-check";

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** One byte a character, so that nothing is lost and nothing is replaced. */
export function latin(buf: Uint8Array, from = 0, to = buf.length): string {
  return Buffer.from(buf.buffer, buf.byteOffset + from, to - from).toString("latin1");
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** The stream in pieces that end at these positions; each piece is a copy, as from a socket. */
export function cutAt(whole: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(positions)].filter((at) => at > 0 && at < whole.length).sort((a, b) => a - b);
  return [0, ...sorted].map((from, i) => whole.slice(from, sorted[i] ?? whole.length));
}

/** In two pieces, cut before each byte in turn. */
export function* everyCut(whole: Uint8Array): Generator<Uint8Array[]> {
  for (let at = 1; at < whole.length; at++) yield cutAt(whole, [at]);
}

export function byteByByte(whole: Uint8Array): Uint8Array[] {
  return inPiecesOf(whole, 1);
}

export function inPiecesOf(whole: Uint8Array, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < whole.length; from += size) pieces.push(whole.slice(from, from + size));
  return pieces;
}

/** Any way to cut a stream of this many bytes, as positions for cutAt. */
export function anyCuts(length: number): fc.Arbitrary<number[]> {
  return fc.array(fc.nat(Math.max(1, length)), { maxLength: 12 });
}
