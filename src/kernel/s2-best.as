// The block encoder of s2_best: looks for the best of several earlier places, and is slower than those of the
// lower levels. Source: leafnode.md §9.4.

import {
  beginTables,
  bitsOf,
  ELEMENT_BYTES_MAX,
  emitCopy,
  emitLength,
  emitLiteral,
  matchEnd,
  matchStart,
  OUT,
  placeOf,
  savedBytesMin,
  TAIL_BYTES,
} from "./s2-emit";
import { CHAIN, CHAIN_BITS_MAX, FAR_HEAD, HEAD, HEAD_BITS_MAX, PLAIN } from "./s2-layout";

/** How many earlier places are compared. */
const DEPTH: u32 = 16;
/** How many bytes a match is put off to see whether a better one begins there. */
const LAZY_BYTES: u32 = 1;
/** A match of so many bytes is good enough. */
const NICE_BYTES: u32 = 64;
/** After 2^5 places without a match every second is looked at, after 2^6 every third, and so on. */
const MISSES_SHIFT: u32 = 5;

const COPY_1_OFFSET_END: u32 = 2048;
const COPY_1_LENGTH_END: u32 = 12;
const COPY_2_OFFSET_END: u32 = 65536;

/** Of the block under way: its end, what makes an entry of a place, the lowest entry, and shift and mask. */
let to: u32 = 0;
let toEntry: u32 = 0;
let zero: u32 = 0;
let shift: u64 = 0;
let chainMask: u32 = 0;
/** Places before it are in the tables. */
let known: u32 = 0;
/** What find() found: the offset, and the bytes that it saves. */
let foundOffset: u32 = 0;
let foundGain: i32 = 0;

// @ts-ignore: decorator
@inline
function headAt(word: u64): u32 {
  return placeOf(word, 32, shift);
}

// @ts-ignore: decorator
@inline
function farHeadAt(word: u64): u32 {
  return placeOf(word, 0, shift);
}

// @ts-ignore: decorator
@inline
function chainAt(place: u32): u32 {
  return ((place - PLAIN) & chainMask) << 2;
}

/** How many bytes a copy takes, the first part of it if it is long. From far back one is counted that it does
 *  not take, for what it breaks off: that saves a percent. */
// @ts-ignore: decorator
@inline
function copyBytes(offset: u32, size: u32): u32 {
  if (offset < COPY_1_OFFSET_END && size < COPY_1_LENGTH_END) return 2;
  return offset < COPY_2_OFFSET_END ? 3 : 6;
}

/** Puts the places before `s` into the tables. */
function learn(s: u32): void {
  for (let place = known; place < s; place++) {
    const word = load<u64>(place);
    const at = headAt(word);
    store<u32>(chainAt(place), load<u32>(at, HEAD), CHAIN);
    store<u32>(at, place + toEntry, HEAD);
    store<u32>(farHeadAt(word), place + toEntry, FAR_HEAD);
  }
}

/** How long the match at `s` is that saves most bytes, and more than `gainMin`; 0 if there is none. Each place
 *  is asked for once and in order, and is known from then on. */
function find(s: u32, gainMin: i32): u32 {
  if (known < s) learn(s);
  known = s + 1;
  const word = load<u64>(s);
  const at = headAt(word);
  const farAt = farHeadAt(word);
  let entry = load<u32>(at, HEAD);
  const far = load<u32>(farAt, FAR_HEAD);
  store<u32>(at, s + toEntry, HEAD);
  store<u32>(farAt, s + toEntry, FAR_HEAD);
  store<u32>(chainAt(s), entry, CHAIN);
  const enough = min(NICE_BYTES, to - s);
  let best: u32 = 0;
  let gainMax = gainMin;
  let tried = far;
  if (far < zero || load<u32>(far - toEntry) != <u32>word) tried = entry;
  let depth = DEPTH;
  while (tried >= zero) {
    const place = tried - toEntry;
    if (load<u8>(place + best) == load<u8>(s + best) && load<u32>(place) == <u32>word) {
      const size = matchEnd(place + 4, s + 4, to) - s;
      const gain = <i32>(size - copyBytes(s - place, size));
      if (gain > gainMax) {
        gainMax = gain;
        best = size;
        foundOffset = s - place;
      }
    }
    if (best >= enough) break;
    if (depth == DEPTH && tried == far && tried != entry) {
      tried = entry;
      depth--;
      continue;
    }
    if (--depth == 0) break;
    const earlier = load<u32>(chainAt(place), CHAIN);
    // Overwritten by a place one turn of the chain later.
    if (earlier >= tried) break;
    tried = earlier;
  }
  foundGain = gainMax;
  return best;
}

/** Encodes `size` bytes at PLAIN to OUT; answers the end, or 0 when it would not become enough shorter. */
export function encodeBest(size: u32): u32 {
  shift = 64 - bitsOf(size, HEAD_BITS_MAX);
  chainMask = (1 << bitsOf(size, CHAIN_BITS_MAX)) - 1;
  zero = beginTables(size);
  toEntry = zero - PLAIN;
  to = PLAIN + size;
  known = PLAIN;
  const outEnd = OUT + size - savedBytesMin(size) - ELEMENT_BYTES_MAX;
  const last = to - TAIL_BYTES;
  let d = emitLength(OUT, size);
  let emitted = PLAIN;
  let repeat: u32 = 0;
  let misses: u32 = 0;
  let s = PLAIN + 1;
  while (s < last) {
    let length = find(s, 0);
    if (length == 0) {
      s += 1 + (misses++ >> MISSES_SHIFT);
      continue;
    }
    misses = 0;
    let offset = foundOffset;
    let gain = foundGain;
    for (let later: u32 = 1; later <= LAZY_BYTES && length < NICE_BYTES && s + later < last; later++) {
      const better = find(s + later, gain + <i32>later);
      if (better == 0) continue;
      s += later;
      length = better;
      offset = foundOffset;
      gain = foundGain;
      later = 0;
    }
    const end = s + length;
    s = matchStart(s - offset, s, PLAIN, emitted);
    if (d + s - emitted > outEnd) return 0;
    d = emitLiteral(d, emitted, s);
    d = emitCopy(d, offset, end - s, repeat);
    repeat = offset;
    emitted = s = end;
  }
  if (emitted == to) return d;
  return d + to - emitted > outEnd ? 0 : emitLiteral(d, emitted, to);
}
