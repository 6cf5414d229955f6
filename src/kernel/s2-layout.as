// What lies where in the memory of S2: tables, and a place for what comes in and what goes out of each
// direction, so that a block that was just decoded is still there while others are encoded. Every place has
// slack behind it, for copies move by vectors and may write past what they copy.

/** How far any copy reads or writes behind the place that it belongs to. */
export const SLACK_BYTES: u32 = 256;

/** Tables of the checksum: a byte's, and those of the low, middle and high bits of a word. */
export const CRC_BYTE: u32 = 1024;
export const CRC_LOW: u32 = CRC_BYTE + 1024;
export const CRC_MIDDLE: u32 = CRC_LOW + 8192;
export const CRC_HIGH: u32 = CRC_MIDDLE + 8192;
/** Vectors that were folded, and those that could not be any more. */
export const FOLD: u32 = CRC_HIGH + 4096;
export const FOLD_BYTES: u32 = 16384;
export const FOLD_REST: u32 = FOLD + FOLD_BYTES;
export const FOLD_REST_BYTES: u32 = 4096;
/** For each small offset a vector that repeats so many bytes, and how far such a vector reaches. */
export const PATTERNS: u32 = FOLD_REST + FOLD_REST_BYTES;
export const PATTERN_STEPS: u32 = PATTERNS + 256;

/** Positions by hash of four bytes and of eight; before each position the last one of the same hash. */
export const HEAD_BITS_MAX: u32 = 16;
export const HEAD: u32 = 65536;
export const FAR_HEAD: u32 = HEAD + (4 << HEAD_BITS_MAX);
export const CHAIN_BITS_MAX: u32 = 18;
export const CHAIN: u32 = FAR_HEAD + (4 << HEAD_BITS_MAX);

/** A block to be decoded and what it becomes: the largest that a peer may send. */
export const DECODED_BYTES: u32 = 4194304;
export const BLOCK_BYTES: u32 = 32 + DECODED_BYTES + DECODED_BYTES / 6;
export const BLOCK: u32 = CHAIN + (4 << CHAIN_BITS_MAX);
export const DECODED: u32 = (BLOCK + BLOCK_BYTES + SLACK_BYTES) & ~15;

/** Bytes to be sent and the chunk that they become: the largest that we send. */
export const PLAIN_BYTES: u32 = 1048576;
export const PLAIN: u32 = DECODED + DECODED_BYTES + SLACK_BYTES;
export const CHUNK: u32 = PLAIN + PLAIN_BYTES + SLACK_BYTES;
/** Type, length and checksum. */
export const CHUNK_HEAD_BYTES: u32 = 8;
export const MEMORY_BYTES: u32 = CHUNK + CHUNK_HEAD_BYTES + PLAIN_BYTES + SLACK_BYTES;
