// What we send is what the far end reads, at every level, and no longer than promised.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { LARGE_BLOCK_BYTES, S2_BLOCK_BYTES } from "../../src/base/limits.ts";
import type { S2Codec, S2Level } from "../../src/wire/s2-codec.ts";
import { S2Decoder } from "../../src/wire/s2-decoder.ts";
import { S2Encoder } from "../../src/wire/s2-encoder.ts";
import { joined } from "../support/bytes.ts";
import { CODEC, CODECS, chunksOf, decodeAll, naiveBlock, vector } from "./s2-support.ts";

const LEVELS: readonly S2Level[] = ["s2_uncompressed", "s2_fast", "s2_better", "s2_best"];
/** Not the code under test. */
const READER = CODECS.get("fallback")!;
const MARGIN = 16;
const UNTOUCHED = 0xa5;

/** What a flush becomes; nothing outside of the promised room is touched. */
function encoded(encoder: S2Encoder, plain: Uint8Array): Uint8Array {
  const room = encoder.maxBytes(plain.length);
  const target = new Uint8Array(MARGIN + room + MARGIN).fill(UNTOUCHED);
  const source = joined([new Uint8Array(5).fill(0x2e), plain, new Uint8Array(9).fill(0x2e)]);
  const end = encoder.encode(source, 5, 5 + plain.length, target, MARGIN);
  const outside = [...target.subarray(0, MARGIN), ...target.subarray(MARGIN + room)];
  expect(outside.every((byte) => byte === UNTOUCHED)).toBe(true);
  expect(end).toBeLessThanOrEqual(MARGIN + room);
  return target.slice(MARGIN, end);
}

function decoded(...streams: Uint8Array[]): Uint8Array {
  const { plain, reason } = decodeAll(new S2Decoder(S2_BLOCK_BYTES, READER), [joined(streams)]);
  expect(reason).toBeNull();
  return plain;
}

function plainOf(name: string): Uint8Array {
  return decodeAll(new S2Decoder(1 << 22, READER), [vector(name).stream]).plain;
}

/** Bytes in which something repeats, at any distance and for any length. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(400), fc.nat(300), fc.nat(20)), { maxLength: 30 })
  .map((parts) => {
    const out: number[] = [];
    for (const [fresh, back, length, times] of parts) {
      out.push(...fresh);
      for (let i = 0; i < length * (times === 0 ? 20 : 1) && out.length > back; i++) {
        out.push(out[out.length - 1 - back]!);
      }
    }
    return Uint8Array.from(out);
  });

/** Each codec at each level. */
const WRITERS: [string, S2Codec, S2Level][] = [...CODECS].flatMap(([name, codec]) =>
  LEVELS.map((level): [string, S2Codec, S2Level] => [name, codec, level]),
);

for (const [name, codec, level] of WRITERS) {
  test(`${name}: at ${level} any flushes decode to what they were`, () => {
    const flush = fc.oneof(repetitive, fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(flush, { maxLength: 4 }), (flushes) => {
        const encoder = new S2Encoder(level, codec);
        const streams = flushes.map((plain) => encoded(encoder, plain));
        expect(Buffer.compare(decoded(...streams), joined(flushes))).toBe(0);
        const inBytes = joined(flushes).length;
        expect([encoder.inBytes, encoder.outBytes]).toEqual([inBytes, joined(streams).length]);
      }),
      { numRuns: 500 },
    );
  });

  test(`${name}: at ${level} large flushes decode to what they were`, () => {
    for (const plain of [
      plainOf("best-4m"),
      plainOf("random"),
      plainOf("fast-repeats"),
      plainOf("best-1m"),
    ]) {
      expect(Buffer.compare(decoded(encoded(new S2Encoder(level, codec), plain)), plain)).toBe(0);
    }
  });
}

test("what our own block encoder writes is what the naive decoder reads", () => {
  const plain = plainOf("flushes");
  for (const level of ["s2_better", "s2_best"] as const) {
    const chunks = [...chunksOf(encoded(new S2Encoder(level, CODEC), plain))];
    expect(chunks.map(({ type }) => type)).toEqual([0xff, 0x00]);
    expect(Buffer.compare(naiveBlock(chunks[1]!.body.subarray(4))!, plain)).toBe(0);
  }
});

test("the identifier stands once at the very start, also before an empty flush", () => {
  const encoder = new S2Encoder("s2_fast", CODEC);
  expect(Buffer.from(encoded(encoder, new Uint8Array(0))).toString("latin1")).toBe("\xff\x06\0\0S2sTwO");
  for (const text of ["PING\r\n", "PONG\r\n"]) {
    const types = [...chunksOf(encoded(encoder, Buffer.from(text)))].map(({ type }) => type);
    expect(types).toEqual([0x01]);
  }
  expect(encoded(encoder, new Uint8Array(0)).length).toBe(0);
});

test("blocks hold at most 1 MiB", () => {
  const plain = plainOf("fast-repeats").subarray(0, 2.5 * S2_BLOCK_BYTES);
  for (const level of LEVELS) {
    const chunks = [...chunksOf(encoded(new S2Encoder(level, CODEC), plain))];
    expect(chunks.length).toBe(4);
    const sizes = chunks.slice(1).map((one) => decoded(streamOf(one)).length);
    expect(sizes).toEqual([S2_BLOCK_BYTES, S2_BLOCK_BYTES, S2_BLOCK_BYTES / 2]);
  }
});

function streamOf({ type, body }: { type: number; body: Uint8Array }): Uint8Array {
  const head = Buffer.from("\xff\x06\0\0S2sTwO", "latin1");
  const size = [body.length & 0xff, (body.length >>> 8) & 0xff, body.length >>> 16];
  return joined([head, Uint8Array.of(type, ...size), body]);
}

test("what does not shrink leaves as it is, and s2_uncompressed shrinks nothing", () => {
  const random = plainOf("random");
  const text = plainOf("fast-4k");
  for (const [level, plain] of [
    ["s2_uncompressed", text],
    ["s2_fast", random],
    ["s2_better", random],
    ["s2_best", random],
  ] as const) {
    const chunks = [...chunksOf(encoded(new S2Encoder(level, CODEC), plain))];
    expect(chunks.map(({ type, body }) => [type, body.length])).toEqual([
      [0xff, 6],
      [0x01, 4 + plain.length],
    ]);
  }
});

/** Bytes of the stream when each flush is as large as a block of an egress. */
function flushedBytes(level: S2Level, plain: Uint8Array): number {
  const encoder = new S2Encoder(level, CODEC);
  for (let at = 0; at < plain.length; at += LARGE_BLOCK_BYTES) {
    encoded(encoder, plain.subarray(at, at + LARGE_BLOCK_BYTES));
  }
  return encoder.outBytes;
}

test("each level makes less of NATS traffic than the level before", () => {
  for (const name of ["fast-64k", "best-1m", "best-4m"]) {
    const plain = plainOf(name);
    const sizes = LEVELS.map((level) => flushedBytes(level, plain));
    expect(sizes.toSorted((a, b) => b - a)).toEqual(sizes);
    expect(new Set(sizes).size).toBe(LEVELS.length);
  }
});

test("a block of our own levels is at most half a percent larger than one of the reference encoder", () => {
  for (const [level, name] of [
    ["s2_better", "better-64k"],
    ["s2_best", "best-64k"],
  ] as const) {
    const [, reference] = [...chunksOf(vector(name).stream)];
    const [, ours] = [...chunksOf(encoded(new S2Encoder(level, CODEC), plainOf(name).subarray(0, 65_536)))];
    expect(ours!.body.length).toBeLessThanOrEqual(reference!.body.length * 1.005);
  }
});

test("the level may change between two flushes", () => {
  const encoder = new S2Encoder("s2_uncompressed", CODEC);
  const plain = plainOf("flushes").subarray(0, 5_000);
  const streams = LEVELS.map((level) => {
    encoder.level = level;
    return encoded(encoder, plain);
  });
  expect(Buffer.compare(decoded(...streams), joined(LEVELS.map(() => plain)))).toBe(0);
  expect(streams[3]!.length).toBeLessThan(streams[0]!.length / 2);
});

test("positions of earlier blocks are never taken for positions of this one, also after they wrapped", () => {
  const plain = plainOf("flushes").subarray(0, 3_000);
  const large = new Uint8Array(S2_BLOCK_BYTES);
  const target = new Uint8Array(2 * S2_BLOCK_BYTES);
  const levels = ["s2_fast", "s2_better", "s2_best"] as const;
  const first = levels.map((level) => encoded(new S2Encoder(level, CODEC), plain));
  for (let blocks = 0; blocks < 4_200; blocks++) {
    CODEC.encode("s2_fast", large, 0, large.length, target, 0);
    if (blocks % 100 > 0 && (blocks < 3_060 || blocks > 3_080)) continue;
    expect(levels.map((level) => encoded(new S2Encoder(level, CODEC), plain))).toEqual(first);
  }
});
