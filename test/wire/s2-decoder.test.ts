// The stream around the blocks: every stream of the reference encoder however it is cut, and each bound.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { S2_BLOCK_BYTES_MAX, S2_FEED_BYTES_MAX } from "../../src/base/limits.ts";
import { maskedCrc32c } from "../../src/wire/crc32c.ts";
import { S2Buffers } from "../../src/wire/s2-buffers.ts";
import { S2Decoder } from "../../src/wire/s2-decoder.ts";
import { anyCuts, byteByByte, cutAt, everyCut, inPiecesOf, joined } from "../support/bytes.ts";
import { CODECS, chunk, chunksOf, decodeAll, sha256, vector, vectors } from "./s2-support.ts";

const S2 = chunk(0xff, Buffer.from("S2sTwO"));
const SNAPPY = chunk(0xff, Buffer.from("sNaPpY"));

describe.each([...CODECS])("%s", (_name, codec) => {
  function whole(): S2Decoder {
    return new S2Decoder(S2_BLOCK_BYTES_MAX, codec);
  }

  /** A checksum as it stands in a chunk. */
  function checksum(plain: Uint8Array): number[] {
    const masked = maskedCrc32c(plain, 0, plain.length);
    return [masked & 0xff, (masked >>> 8) & 0xff, (masked >>> 16) & 0xff, masked >>> 24];
  }

  function stored(plain: Uint8Array): Uint8Array {
    return chunk(0x01, [...checksum(plain), ...plain]);
  }

  /** Zeros of a length of at least 70,000: a literal of one, and one repeat. */
  function zeros(length: number): Uint8Array {
    const digits = [length, length >>> 7, length >>> 14, length >>> 21].map((part) => (part & 0x7f) | 0x80);
    const rest = length - 5 - 65_540;
    const repeat = [0x1d, 0x00, rest & 0xff, (rest >>> 8) & 0xff, rest >>> 16];
    return chunk(0x00, [
      ...checksum(new Uint8Array(length)),
      ...digits,
      0x00,
      0x00,
      0x00,
      0x01,
      0x01,
      ...repeat,
    ]);
  }

  /** Why a stream of these parts is broken. */
  function reasonOf(...parts: Uint8Array[]): string | null {
    return decodeAll(whole(), [joined(parts)]).reason;
  }

  test("every stream of the reference encoder decodes to what it was made of", () => {
    for (const { name, stream, plainBytes, plainHash } of vectors()) {
      const decoder = whole();
      const { plain, reason } = decodeAll(decoder, [stream]);
      expect([name, reason, plain.length, sha256(plain)]).toEqual([name, null, plainBytes, plainHash]);
      expect([decoder.inBytes, decoder.outBytes, decoder.heldBytes]).toEqual([stream.length, plainBytes, 0]);
    }
  });

  test("a stream decodes the same in segments of any size", () => {
    for (const { name, stream, plainHash } of vectors()) {
      for (const bytes of [7, 1_460, 65_536]) {
        const { plain, reason } = decodeAll(whole(), inPiecesOf(stream, bytes));
        expect([name, bytes, reason, sha256(plain)]).toEqual([name, bytes, null, plainHash]);
      }
    }
  });

  test("a stream decodes the same when it is cut before any of its bytes", () => {
    const { stream, plainHash } = vector("fast-4k");
    for (const chunks of everyCut(stream)) expect(sha256(decodeAll(whole(), chunks).plain)).toBe(plainHash);
    expect(sha256(decodeAll(whole(), byteByByte(stream)).plain)).toBe(plainHash);
  });

  test("streams one after the other decode the same however they are cut", () => {
    const { stream, plainHash } = vector("flushes");
    const cuts = anyCuts(stream.length);
    fc.assert(
      fc.property(cuts, (positions) => {
        expect(sha256(decodeAll(whole(), cutAt(stream, positions)).plain)).toBe(plainHash);
      }),
      { numRuns: 300 },
    );
  });

  test("each stream begins with its identifier, of S2 or of Snappy, and either may come again", () => {
    const { stream } = vector("snappy-64k");
    expect(Buffer.compare(stream.subarray(0, SNAPPY.length), SNAPPY)).toBe(0);
    const hello = stored(Buffer.from("hello"));
    const { plain, reason } = decodeAll(whole(), [joined([SNAPPY, hello, S2, S2, hello, SNAPPY, hello])]);
    expect([Buffer.from(plain).toString(), reason]).toEqual(["hellohellohello", null]);
  });

  test("padding, index and all other skippable chunks are skipped, whatever they hold and however long", () => {
    const skipped = [0x80, 0x99, 0xfd, 0xfe].flatMap((type) => [
      chunk(type, []),
      chunk(type, S2),
      chunk(type, new Uint8Array(200_000)),
    ]);
    const hello = stored(Buffer.from("hello"));
    const stream = joined([S2, hello, ...skipped, hello, chunk(0xfe, [])]);
    for (const bytes of [1, 3, 4_096, stream.length]) {
      const decoder = whole();
      const { plain, reason } = decodeAll(decoder, inPiecesOf(stream, bytes));
      expect([Buffer.from(plain).toString(), reason, decoder.heldBytes]).toEqual(["hellohello", null, 0]);
    }
    const types = [...chunksOf(vector("index").stream), ...chunksOf(vector("padded").stream)];
    expect(types.map(({ type }) => type)).toContain(0x99);
    expect(types.map(({ type }) => type)).toContain(0xfe);
  });

  test("empty chunks are fine and nothing is handed out for them", () => {
    const none = checksum(new Uint8Array(0));
    const decoder = whole();
    const stream = joined([S2, chunk(0x01, none), chunk(0x00, [...none, 0x00]), S2]);
    let handed = 0;
    const reason = decoder.feed(stream, () => {
      handed++;
    });
    expect([reason, handed]).toEqual([null, 0]);
  });

  test("a stream that is no S2 is broken, and its reason says where", () => {
    const hello = stored(Buffer.from("hello"));
    const cases: [string, string | null][] = [
      ["no stream identifier at the start", reasonOf(hello)],
      ["no stream identifier at the start", reasonOf(chunk(0xfe, []))],
      ["no stream identifier at the start", reasonOf(Buffer.from("INFO {}\r\n"))],
      ["a stream identifier of a wrong length", reasonOf(chunk(0xff, Buffer.from("S2sTw")))],
      ["a stream identifier of a wrong length", reasonOf(chunk(0xff, Buffer.from("S2sTwO!")))],
      ["an unknown stream identifier", reasonOf(chunk(0xff, Buffer.from("S2sTwo")))],
      ["an unknown stream identifier", reasonOf(S2, hello, chunk(0xff, Buffer.from("SNaPpY")))],
      ["a chunk of the reserved type 2", reasonOf(S2, chunk(0x02, [0, 0, 0, 0]))],
      ["a chunk of the reserved type 127", reasonOf(S2, chunk(0x7f, []))],
      ["a chunk too short for its checksum", reasonOf(S2, chunk(0x00, [1, 2, 3]))],
      ["a chunk too short for its checksum", reasonOf(S2, chunk(0x01, []))],
      ["a block without a length", reasonOf(S2, chunk(0x00, [0, 0, 0, 0]))],
      ["a block that does not decode", reasonOf(S2, chunk(0x00, [0, 0, 0, 0, 5, 0x01, 0x01]))],
      ["a checksum that does not match", reasonOf(S2, chunk(0x01, [0, 0, 0, 0, 0x61]))],
      ["a checksum that does not match", reasonOf(S2, chunk(0x00, [0, 0, 0, 0, 1, 0x00, 0x61]))],
    ];
    expect(cases.filter(([says, reason]) => says !== reason)).toEqual([]);
  });

  test("after a stream broke nothing more is taken from it", () => {
    const decoder = whole();
    const broken = joined([S2, chunk(0x02, []), stored(Buffer.from("late"))]);
    const first = decodeAll(decoder, [broken]);
    expect(first.plain.length).toBe(0);
    expect(decodeAll(decoder, [joined([S2, stored(Buffer.from("later"))])])).toEqual(first);
    expect([decoder.inBytes, decoder.outBytes]).toEqual([broken.length, 0]);
  });

  test("blocks of 4 MiB are taken, and larger ones are not, stored or compressed", () => {
    const most = S2_BLOCK_BYTES_MAX;
    for (const [length, says] of [
      [most, null],
      [most + 1, `a block of more than ${most} bytes`],
    ] as const) {
      expect(reasonOf(S2, zeros(length))).toBe(says);
      const data = new Uint8Array(length + 8);
      data.set(chunk(0x01, checksum(new Uint8Array(length)), length + 4));
      expect(reasonOf(S2, data)).toBe(says);
    }
  });

  test("after the identifier of Snappy a block has at most 64 KiB, whatever else is allowed", () => {
    const refused = "a block of more than 65536 bytes";
    expect(reasonOf(SNAPPY, stored(new Uint8Array(65_536)))).toBeNull();
    expect(reasonOf(SNAPPY, stored(new Uint8Array(65_537)))).toBe(refused);
    expect(reasonOf(SNAPPY, zeros(70_000))).toBe(refused);
    expect(reasonOf(SNAPPY, S2, zeros(70_000))).toBeNull();
    expect(decodeAll(new S2Decoder(1_000, codec), [SNAPPY, stored(new Uint8Array(1_001))]).reason).toBe(
      "a block of more than 1000 bytes",
    );
  });

  test("the bound of a block may be raised between two calls", () => {
    const decoder = new S2Decoder(100, codec);
    const line = stored(new Uint8Array(100));
    expect(decodeAll(decoder, [S2, line]).reason).toBeNull();
    decoder.blockMax = 200_000;
    expect(decodeAll(decoder, [zeros(200_000)]).reason).toBeNull();
    expect(decodeAll(new S2Decoder(100, codec), [S2, zeros(200_000)]).reason).toBe(
      "a block of more than 100 bytes",
    );
  });

  test("no memory is taken for what is announced and has not come", () => {
    const decoder = whole();
    const announced = chunk(0x01, [], S2_BLOCK_BYTES_MAX + 4);
    expect(decodeAll(decoder, [S2, announced, new Uint8Array(100)]).reason).toBeNull();
    expect(decoder.heldBytes).toBeLessThanOrEqual(4_096);
    // A gibibyte announced by the block itself, within a chunk that is long enough for much less.
    const bomb = chunk(0x00, [0, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x04, 0x00, 0x00]);
    expect(reasonOf(S2, bomb)).toBe(`a block of more than ${S2_BLOCK_BYTES_MAX} bytes`);
  });

  test("the head of a chunk that is longer than its block can need is refused at once", () => {
    const small = new S2Decoder(1_000, codec);
    expect(decodeAll(small, [S2, chunk(0x00, [], 4 + 32 + 1_000 + 166)]).reason).toBeNull();
    const other = new S2Decoder(1_000, codec);
    expect(decodeAll(other, [S2, chunk(0x00, [], 4 + 32 + 1_000 + 167)]).reason).not.toBeNull();
  });

  test("a decoder holds at most twice what a chunk needs, and nothing between chunks", () => {
    const decoder = whole();
    const block = stored(new Uint8Array(3_000_000));
    let most = 0;
    for (const piece of inPiecesOf(joined([S2, block, block, block]), 10_000)) {
      expect(decoder.feed(piece, () => {})).toBeNull();
      most = Math.max(most, decoder.heldBytes);
    }
    expect(most).toBeGreaterThan(2_900_000);
    expect(most).toBeLessThanOrEqual(2 * block.length);
    expect(decoder.heldBytes).toBe(0);
  });

  test("a sink that stops the decoder gets nothing more, also of the same chunk", () => {
    const decoder = whole();
    let handed = 0;
    const stream = joined([S2, ...Array.from({ length: 1_000 }, () => zeros(1_000_000))]);
    const reason = decoder.feed(stream, () => {
      if (++handed === 2) decoder.stop();
    });
    expect([reason, handed]).toEqual([null, 2]);
    expect(decodeAll(decoder, [joined([S2, zeros(100_000)])])).toEqual({
      plain: Buffer.alloc(0),
      reason: null,
    });
  });

  test("a chunk that is whole is handed out where it stands, without a copy", () => {
    const stream = joined([S2, stored(Buffer.from("hello"))]);
    const seen: ArrayBufferLike[] = [];
    whole().feed(stream, (plain) => seen.push(plain.buffer));
    expect(seen).toEqual([stream.buffer]);
    expect(seen[0]).toBe(stream.buffer);
  });

  test("decoders of one stock use the same buffers again", () => {
    const buffers = new S2Buffers();
    const used = new Set<ArrayBufferLike>();
    const { stream, plainHash } = vector("better-1m");
    for (let i = 0; i < 20; i++) {
      const pieces: Uint8Array[] = [];
      const decoder = new S2Decoder(S2_BLOCK_BYTES_MAX, codec, buffers);
      decoder.feed(stream, (plain) => {
        used.add(plain.buffer);
        pieces.push(plain.slice());
      });
      expect(sha256(Buffer.concat(pieces))).toBe(plainHash);
    }
    expect(used.size).toBe(1);
  });

  test("what one piece may become is bounded, and the same in many pieces is not", () => {
    const block = zeros(S2_BLOCK_BYTES_MAX);
    const count = S2_FEED_BYTES_MAX / S2_BLOCK_BYTES_MAX;
    const decoder = whole();
    const sink = (): void => {};
    expect(decoder.feed(joined([S2, ...new Array<Uint8Array>(count).fill(block)]), sink)).toBeNull();
    expect(decoder.feed(block, sink)).toBeNull();
    expect(decoder.feed(joined(new Array<Uint8Array>(count + 1).fill(block)), sink)).toContain("one piece");
  });
});
