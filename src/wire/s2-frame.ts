// The framing that S2 and Snappy streams share: chunk types and sizes. Source: leafnode.md §9.3.

/** The type and three bytes of length. */
export const CHUNK_HEAD_BYTES = 4;
export const CHECKSUM_BYTES = 4;

export const CHUNK_COMPRESSED = 0x00;
export const CHUNK_UNCOMPRESSED = 0x01;
/** From here on a chunk of unknown type is skipped; below it the stream is broken. */
export const CHUNK_SKIPPABLE_FROM = 0x80;
export const CHUNK_IDENTIFIER = 0xff;

/** What an identifier chunk holds. */
export const S2_IDENTIFIER = new Uint8Array([0x53, 0x32, 0x73, 0x54, 0x77, 0x4f]);
export const SNAPPY_IDENTIFIER = new Uint8Array([0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]);
export const IDENTIFIER_BYTES = 6;

/** The most bytes that any encoder makes of a block of so many: Snappy's bound, which is above S2's. */
export function encodedBytesMax(blockBytes: number): number {
  return 32 + blockBytes + Math.floor(blockBytes / 6);
}

/** The head of a chunk with `size` bytes behind it; answers its end. */
export function writeHead(target: Uint8Array, at: number, type: number, size: number): number {
  target[at] = type;
  target[at + 1] = size;
  target[at + 2] = size >>> 8;
  target[at + 3] = size >>> 16;
  return at + CHUNK_HEAD_BYTES;
}
