// Streams that were right once: whatever became of them, the decoder answers, and never with wrong bytes.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { S2_BLOCK_BYTES_MAX } from "../../src/base/limits.ts";
import { decodedLength } from "../../src/wire/s2-block.ts";
import { S2Decoder } from "../../src/wire/s2-decoder.ts";
import { anyCuts, cutAt } from "../support/bytes.ts";
import { CODECS, chunksOf, decodeAll, vector } from "./s2-support.ts";

const NAMES = [
  "fast-4k",
  "better-4k",
  "best-4k",
  "best-repeats",
  "index",
  "flushes",
  "uncompressed-4k",
] as const;

/** The plain bytes, and where each block of them ends. */
function piecesOf(stream: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  new S2Decoder(S2_BLOCK_BYTES_MAX, CODECS.get("fallback")!).feed(stream, (piece) =>
    pieces.push(piece.slice()),
  );
  return pieces;
}

const originals = NAMES.map((name) => {
  const { stream } = vector(name);
  return { name, stream, pieces: piecesOf(stream) };
});

/** Bits to flip, as shares of the stream and numbers of bits; most near the front, where heads are. */
const flips = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(7), fc.boolean()), {
  minLength: 1,
  maxLength: 6,
});

function flipped(stream: Uint8Array, bits: readonly (readonly [number, number, boolean])[]): Uint8Array {
  const out = stream.slice();
  for (const [share, bit, isNear] of bits) {
    out[Math.min(out.length - 1, Math.floor(share * (isNear ? 60 : out.length)))]! ^= 1 << bit;
  }
  return out;
}

describe.each([...CODECS])("%s", (_name, codec) => {
  test("a stream with flipped bits yields only blocks that were in it", () => {
    let broken = 0;
    fc.assert(
      fc.property(fc.constantFrom(...originals), flips, anyCuts(20_000), ({ stream, pieces }, bits, cuts) => {
        const known = new Set(pieces.map((piece) => Bun.hash(piece)));
        const decoder = new S2Decoder(S2_BLOCK_BYTES_MAX, codec);
        for (const chunk of cutAt(flipped(stream, bits), cuts)) {
          const reason = decoder.feed(chunk, (piece) => expect(known.has(Bun.hash(piece))).toBe(true));
          if (reason === null) continue;
          broken++;
          break;
        }
        expect(decoder.heldBytes).toBeLessThan(2 * (S2_BLOCK_BYTES_MAX + S2_BLOCK_BYTES_MAX / 6 + 64));
      }),
      { numRuns: 3_000 },
    );
    expect(broken).toBeGreaterThan(1_000);
  });

  test("a flipped bit in a block or its checksum breaks the stream there, and what came before is right", () => {
    for (const { stream, pieces } of originals.filter(({ name }) => name.endsWith("-4k"))) {
      let at = 0;
      let block = 0;
      for (const { type, body } of chunksOf(stream)) {
        if (type <= 0x01) {
          for (let i = 0; i < body.length; i += 1 + Math.floor(body.length / 200)) {
            const damaged = stream.slice();
            damaged[at + 4 + i]! ^= 1 << (i % 8);
            const { plain, reason } = decodeAll(new S2Decoder(S2_BLOCK_BYTES_MAX, codec), [damaged]);
            expect(reason).not.toBeNull();
            expect(Buffer.compare(plain, Buffer.concat(pieces.slice(0, block)))).toBe(0);
          }
          block++;
        }
        at += 4 + body.length;
      }
      expect(block).toBe(pieces.length);
    }
  });

  test("any bytes after an identifier are answered, never thrown at", () => {
    const identifier = Buffer.from("\xff\x06\0\0S2sTwO", "latin1");
    const body = fc.uint8Array({ maxLength: 60 });
    const chunk = fc.tuple(fc.constantFrom(0x00, 0x00, 0x01, 0xfe, 0xff, 0x40), fc.nat(70), body);
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 5 }), anyCuts(300), (chunks, cuts) => {
        const parts = chunks.map(([type, size, bytes]) => Buffer.from([type, size, 0, 0, ...bytes]));
        const { plain } = decodeAll(
          new S2Decoder(1_000, codec),
          cutAt(Buffer.concat([identifier, ...parts]), cuts),
        );
        expect(plain.length).toBeLessThanOrEqual(5_000);
      }),
      { numRuns: 3_000 },
    );
  });
});

test("compiled code takes and refuses the blocks that the fallback does, and makes the same of them", () => {
  const [compiled, fallback] = [CODECS.get("compiled")!, CODECS.get("fallback")!];
  const blocks = originals.flatMap(({ stream }) =>
    [...chunksOf(stream)].filter(({ type }) => type === 0).map(({ body }) => body.subarray(4)),
  );
  const cuts = fc.tuple(fc.nat(20), fc.nat(20));
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...blocks),
      flips,
      cuts,
      fc.nat(1),
      (block, bits, [ahead, behind], isFlipped) => {
        const to = block.length - behind;
        const damaged = isFlipped === 1 ? flipped(block, bits) : block;
        const from = Math.min(ahead, to);
        const length = decodedLength(damaged, from, to);
        if (length < 0 || length > S2_BLOCK_BYTES_MAX) return;
        const expected = fallback.decode(damaged, from, to, length);
        const plain = compiled.decode(damaged, from, to, length);
        expect(plain === null).toBe(expected === null);
        if (plain !== null) expect(Buffer.compare(plain, expected!)).toBe(0);
        else refused++;
      },
    ),
    { numRuns: 5_000 },
  );
  expect(refused).toBeGreaterThan(1_000);
});
