// CRC-32C, the checksum of every chunk. Source: leafnode.md §9.3. WebAssembly has neither the instruction for
// it nor carry-less multiplication. So a long range is first made short by adding vectors alone: modulo the polynomial, x^79 is x^75 + x^71 + x^58 + x^18 + x^12 + x + 1,
// and what holds for x holds for x^128, as squaring is linear. Thus a vector adds nothing where it stands when
// it is added to seven vectors behind it instead. What is left goes through tables, four words a step, each as
// if it were alone.

import { CRC_BYTE, CRC_HIGH, CRC_LOW, CRC_MIDDLE, FOLD, FOLD_BYTES, FOLD_REST } from "./s2-layout";

/** The polynomial 0x1EDC6F41, its bits reversed. */
const POLYNOMIAL: u32 = 0x82f63b78;
const MASK_DELTA: u32 = 0xa282ead8;
const STEP_BYTES: u32 = 16;

/** How many vectors back the farthest one lies that is added, and where the others lie from it on. */
const FOLD_VECTORS: u32 = 79;
const HISTORY_BYTES: u32 = FOLD_VECTORS * 16;
const AT_1: u32 = 1 * 16;
const AT_12: u32 = 12 * 16;
const AT_18: u32 = 18 * 16;
const AT_58: u32 = 58 * 16;
const AT_71: u32 = 71 * 16;
const AT_75: u32 = 75 * 16;
const SEGMENT_BYTES: u32 = (FOLD_BYTES - HISTORY_BYTES) & ~31;
/** Below it the tables alone are faster. */
const FOLDED_BYTES_MIN: u32 = 2560;

function behindZeros(start: u32, bytes: u32): u32 {
  let crc = start;
  for (let bit: u32 = 0; bit < 8 * bytes; bit++) crc = (crc >> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc;
}

/** For each value of so many bits, shifted: the checksum behind it and zeros, so many bytes in all. */
function makeTable(at: u32, bits: u32, bytes: u32, shift: u32): void {
  for (let value: u32 = 1; value < <u32>1 << bits; value++) {
    const rest = value & (value - 1);
    const sum =
      rest == 0 ? behindZeros(value << shift, bytes) : load<u32>(at + rest * 4) ^ load<u32>(at + (value ^ rest) * 4);
    store<u32>(at + value * 4, sum);
  }
}

makeTable(CRC_BYTE, 8, 1, 0);
makeTable(CRC_LOW, 11, STEP_BYTES, 0);
makeTable(CRC_MIDDLE, 11, STEP_BYTES, 11);
makeTable(CRC_HIGH, 10, STEP_BYTES, 22);

// @ts-ignore: decorator
@inline
function stepped(bits: u32): u32 {
  return (
    load<u32>((bits << 2) & 0x1ffc, CRC_LOW) ^
    load<u32>((bits >> 9) & 0x1ffc, CRC_MIDDLE) ^
    load<u32>((bits >> 20) & 0xffc, CRC_HIGH)
  );
}

// @ts-ignore: decorator
@inline
function byByte(crc: u32): u32 {
  return (crc >> 8) ^ load<u32>((crc & 0xff) << 2, CRC_BYTE);
}

function word(bits: u32): u32 {
  return byByte(byByte(byByte(byByte(bits))));
}

/** The checksum behind `size` bytes from `at` on, when it was `crc` before them; not inverted. */
function tabled(at: u32, size: u32, crc: u32): u32 {
  const end = at + size;
  if (size >= 2 * STEP_BYTES) {
    let first = crc;
    let second: u32 = 0;
    let third: u32 = 0;
    let fourth: u32 = 0;
    const last = end - 2 * STEP_BYTES;
    do {
      const low = load<u64>(at);
      const high = load<u64>(at, 8);
      first = stepped(first ^ <u32>low);
      second = stepped(second ^ <u32>(low >> 32));
      third = stepped(third ^ <u32>high);
      fourth = stepped(fourth ^ <u32>(high >> 32));
      at += STEP_BYTES;
    } while (at <= last);
    crc = word(first ^ load<u32>(at));
    crc = word(crc ^ second ^ load<u32>(at, 4));
    crc = word(crc ^ third ^ load<u32>(at, 8));
    crc = word(crc ^ fourth ^ load<u32>(at, 12));
    at += STEP_BYTES;
  }
  for (; at < end; at++) crc = byByte(crc ^ <u32>load<u8>(at));
  return crc;
}

/** What is added to a vector, when the farthest one that is lies at `p`. */
// @ts-ignore: decorator
@inline
function added(p: u32): v128 {
  return v128.xor(
    v128.xor(v128.xor(v128.load(p), v128.load(p, AT_1)), v128.xor(v128.load(p, AT_12), v128.load(p, AT_18))),
    v128.xor(v128.load(p, AT_58), v128.xor(v128.load(p, AT_71), v128.load(p, AT_75))),
  );
}

/** The same as tabled() from -1. */
function folded(at: u32, size: u32): u32 {
  const vectors = (size >> 4) - FOLD_VECTORS;
  // The bits that a checksum begins with are added to the first vector, and to no other.
  memory.fill(FOLD, 0, HISTORY_BYTES);
  store<i32>(FOLD, -1);
  let left = (vectors & ~1) << 4;
  const rest = size - left;
  while (left > 0) {
    const part = min(left, SEGMENT_BYTES);
    let p = FOLD;
    do {
      v128.store(p, v128.xor(v128.load(at), added(p)), HISTORY_BYTES);
      v128.store(p, v128.xor(v128.load(at, 16), added(p + 16)), HISTORY_BYTES + 16);
      at += 32;
      p += 32;
    } while (p < FOLD + part);
    left -= part;
    memory.copy(FOLD, FOLD + part, HISTORY_BYTES);
  }
  memory.fill(FOLD + HISTORY_BYTES, 0, HISTORY_BYTES + 32);
  const whole = rest & ~15;
  for (let i: u32 = 0; i < whole; i += 16) v128.store(FOLD_REST + i, v128.xor(v128.load(at + i), added(FOLD + i)));
  return tabled(at + whole, rest - whole, tabled(FOLD_REST, whole, 0));
}

/** The checksum as it stands in a chunk: rotated and shifted. */
export function masked(at: u32, size: u32): u32 {
  const crc = ~(size >= FOLDED_BYTES_MIN ? folded(at, size) : tabled(at, size, -1));
  return ((crc >> 15) | (crc << 17)) + MASK_DELTA;
}
