// The express lane: messages at the front of the receive window whose receivers are known and simple leave
// here in one pass: read, find, count, write. Whatever is not quite usual it leaves where it lies: TypeScript
// reads it again from its first byte. Compiled by `bun run kernel`; what it does is told by express.ts, which
// also lays out the memory.

/** Answers 1 when the lane has room for so many bytes now; 0 when its peer may get no more. */
@external("host", "lend")
declare function lend(lane: u32, size: u32): u32;

/** Sizes and places that both sides must agree on; src/kernel/layout.ts reads them. */
export const LEAD: u32 = 64;
export const LEAD_BYTES: u32 = 448;
export const LANES: u32 = 1024;
export const LANE_COUNT: u32 = 16384;
export const LANE_BYTES: u32 = 16;
export const TABLE: u32 = LANES + LANE_COUNT * LANE_BYTES;
/** A slot is the tag of an entry and where it lies; 0 for nowhere. A subject belongs to one of four slots. */
export const TABLE_SLOTS: u32 = 65536;
export const SLOT_BYTES: u32 = 8;
export const WAYS: u32 = 4;
export const GENERATIONS: u32 = TABLE + TABLE_SLOTS * SLOT_BYTES;
export const GENERATION_COUNT: u32 = 1048576;
export const HEAP: u32 = GENERATIONS + GENERATION_COUNT * 4;
export const HEAP_BYTES: u32 = 25165824;
export const ARENA: u32 = HEAP + HEAP_BYTES;

/** What run() did: messages, and bytes of their payloads. */
export const DONE_MESSAGES: u32 = 0;
export const DONE_BYTES: u32 = 8;

/** What seat() found. */
export const SEAT_PLACE: u32 = 16;
export const SEAT_TAG: u32 = 20;

/** An entry, and a target of it: bytes from their beginning. */
export const ENTRY_LENS: u32 = 0;
export const ENTRY_LENGTH: u32 = 4;
/** Where the entry's slot is. */
export const ENTRY_SLOT: u32 = 8;
export const ENTRY_CELL: u32 = 12;
export const ENTRY_GENERATION: u32 = 16;
export const ENTRY_TOPOLOGY: u32 = 20;
export const ENTRY_TARGETS: u32 = 24;
export const ENTRY_COUNT: u32 = 28;
export const ENTRY_HITS: u32 = 32;
export const ENTRY_REFUSES: u32 = 40;
export const ENTRY_SUBJECT: u32 = 48;
export const TARGET_LANE: u32 = 0;
export const TARGET_PREFIX: u32 = 4;
export const TARGET_PREFIX_BYTES: u32 = 8;
/** The first byte of a line without headers; 0: the line begins with the second byte of the prefix. */
export const TARGET_FIRST: u32 = 12;
export const TARGET_MESSAGES: u32 = 16;
export const TARGET_BYTES: u32 = 24;
export const TARGET_OWNER: u32 = 32;
export const TARGET_SIZE_MAX: u32 = 36;
/** How many lines of the entry go into the lane, and the bytes of all their prefixes. */
export const TARGET_LINES: u32 = 40;
export const TARGET_PREFIXES_BYTES: u32 = 44;
/** Of lines, as they are written. */
export const TARGET_WIRE: u32 = 48;
export const TARGET_SIZE: u32 = 64;

/** What an entry does not take: messages with a reply, those with one that may need the way home, headers. */
export const REFUSES_REPLY: u32 = 1;
export const REFUSES_FRESH_REPLY: u32 = 2;
export const REFUSES_HEADERS: u32 = 4;

export const SUBJECT_BYTES_MAX: u32 = 255;
/** How far copies may write behind what they copy. */
export const SLACK_BYTES: u32 = 16;
export const LANE_LIMIT: u32 = 4;
export const LANE_MESSAGES: u32 = 8;
export const LANE_PAYLOAD: u32 = 12;

const SP: u32 = 0x20;
const H: u32 = 0x48;
const PUB: u32 = 0x20425550;
const CRLF: u32 = 0x0a0d;
const LF: u32 = 0x0a;
/** `NATS/1.0` and its end, and `Nats-Trace-Dest:` in two words. */
const FIRST_LINE_BYTES: u32 = 10;
const NATS_TRA: u64 = 0x6172542d7374614e;
const CE_DEST: u64 = 0x3a747365442d6563;
const DIGITS_MAX: u32 = 8;
const MIX: u64 = 0x9e3779b97f4a7c15;
/** From so many bytes on the bulk copy is faster than vectors. */
const BULK_BYTES: u32 = 512;

// @ts-ignore: decorator
@inline
function mixed(hash: u64, word: u64): u64 {
  const product = (hash ^ word) * MIX;
  return product ^ (product >> 29);
}

// @ts-ignore: decorator
@inline
function tailOf(at: u32, left: u32): u64 {
  return load<u64>(at) & ((<u64>1 << (left << 3)) - 1);
}

// @ts-ignore: decorator
@inline
function hash(lens: u32, from: u32, length: u32): u64 {
  let sum: u64 = (<u64>lens + 1) * MIX;
  let left = length;
  let at = from;
  while (left >= 8) {
    sum = mixed(sum, load<u64>(at));
    at += 8;
    left -= 8;
  }
  if (left > 0) sum = mixed(sum, tailOf(at, left));
  return sum ^ (sum >> 32);
}

/** The first slot for a hash. */
// @ts-ignore: decorator
@inline
function placeOf(sum: u64): u32 {
  return TABLE + (<u32>sum & (TABLE_SLOTS / WAYS - 1)) * (WAYS * SLOT_BYTES);
}

/** Where an entry of this subject belongs: its first slot, and the tag by which it is known. */
export function seat(lens: u32, from: u32, length: u32): void {
  const sum = hash(lens, from, length);
  store<u32>(SEAT_PLACE, placeOf(sum));
  store<u32>(SEAT_TAG, <u32>(sum >> 32));
}

// @ts-ignore: decorator
@inline
function copy(to: u32, from: u32, length: u32): void {
  if (length > BULK_BYTES) {
    memory.copy(to, from, length);
    return;
  }
  const end = from + length;
  do {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  } while (from < end);
}

/** Is the entry that of this subject, and still true? */
// @ts-ignore: decorator
@inline
function holds(entry: u32, lens: u32, from: u32, length: u32): bool {
  if (load<u32>(entry, ENTRY_LENS) != lens) return false;
  if (load<u32>(entry, ENTRY_LENGTH) != length) return false;
  if (load<u32>(load<u32>(entry, ENTRY_CELL)) != load<u32>(entry, ENTRY_GENERATION)) return false;
  if (load<u32>(GENERATIONS) != load<u32>(entry, ENTRY_TOPOLOGY)) return false;
  let at = entry + ENTRY_SUBJECT;
  let left = length;
  while (left >= 8) {
    if (load<u64>(at) != load<u64>(from)) return false;
    at += 8;
    from += 8;
    left -= 8;
  }
  return left == 0 || load<u64>(at) == tailOf(from, left);
}

// @ts-ignore: decorator
@inline
function find(sum: u64, lens: u32, from: u32, length: u32): u32 {
  const tag = <u32>(sum >> 32);
  let slot = placeOf(sum);
  const end = slot + WAYS * SLOT_BYTES;
  do {
    if (load<u32>(slot) == tag) {
      const entry = load<u32>(slot, 4);
      if (entry != 0 && holds(entry, lens, from, length)) return entry;
    }
    slot += SLOT_BYTES;
  } while (slot < end);
  return 0;
}

/** May all targets get the message? Lanes are given room. */
// @ts-ignore: decorator
@inline
function mayAll(entry: u32, tail: u32, size: u32, self: u32): bool {
  let target = load<u32>(entry, ENTRY_TARGETS);
  for (let i = load<u32>(entry, ENTRY_COUNT); i > 0; i--) {
    if (load<u32>(target, TARGET_OWNER) == self || size > load<u32>(target, TARGET_SIZE_MAX)) return false;
    const lane = load<u32>(target, TARGET_LANE);
    const need = load<u32>(target, TARGET_PREFIXES_BYTES) + tail * load<u32>(target, TARGET_LINES) + SLACK_BYTES;
    if (load<u32>(lane) + need > load<u32>(lane, LANE_LIMIT) && lend(lane, need) == 0) return false;
    target += TARGET_SIZE;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function writeAll(entry: u32, from: u32, tail: u32, size: u32, headed: u32): void {
  let target = load<u32>(entry, ENTRY_TARGETS);
  store<f64>(entry, load<f64>(entry, ENTRY_HITS) + 1, ENTRY_HITS);
  for (let i = load<u32>(entry, ENTRY_COUNT); i > 0; i--) {
    const lane = load<u32>(target, TARGET_LANE);
    const first = load<u32>(target, TARGET_FIRST);
    const skip: u32 = first == 0 ? 1 - headed : 0;
    const length = load<u32>(target, TARGET_PREFIX_BYTES) - skip;
    let to = load<u32>(lane);
    copy(to, load<u32>(target, TARGET_PREFIX) + skip, length);
    if (first != 0 && headed == 0) store<u8>(to, <u8>first);
    to += length;
    copy(to, from, tail);
    store<u32>(lane, to + tail);
    store<u32>(lane, load<u32>(lane, LANE_MESSAGES) + 1, LANE_MESSAGES);
    store<u32>(lane, load<u32>(lane, LANE_PAYLOAD) + size, LANE_PAYLOAD);
    store<f64>(target, load<f64>(target, TARGET_MESSAGES) + 1, TARGET_MESSAGES);
    store<f64>(target, load<f64>(target, TARGET_BYTES) + <f64>size, TARGET_BYTES);
    store<f64>(target, load<f64>(target, TARGET_WIRE) + <f64>(length + tail), TARGET_WIRE);
    target += TARGET_SIZE;
  }
}

/** Does a header name a subject for traces? Those who are traced go the slow way. */
// @ts-ignore: decorator
@inline
function isTraced(from: u32, end: u32): bool {
  let at = from + FIRST_LINE_BYTES;
  while (at + 16 <= end) {
    if (load<u64>(at) == NATS_TRA && load<u64>(at + 8) == CE_DEST) return true;
    while (at < end && load<u8>(at) != LF) at++;
    at++;
  }
  return false;
}

/** Does what stands at `at` begin as the lead says, but for its first byte? */
// @ts-ignore: decorator
@inline
function leads(at: u32, lead: u32): bool {
  let i: u32 = 1;
  while (i + 8 <= lead) {
    if (load<u64>(at + i) != load<u64>(LEAD + i)) return false;
    i += 8;
  }
  return i == lead || tailOf(at + i, lead - i) == load<u64>(LEAD + i);
}

/**
 * Takes messages from `at` on as long as it can and answers where the next one begins.
 * lead: bytes at LEAD with which each line begins, the first one R or L; 0 for PUB and HPUB.
 * self: the id of a session that gets nothing back; 0 for none.
 * quiet: 1 when no reply needs the way home.
 * headers: 1 when the source may send them.
 */
export function run(
  at: u32,
  end: u32,
  lead: u32,
  lens: u32,
  self: u32,
  quiet: u32,
  headers: u32,
  sizeMax: u32,
  lineMax: u32,
): u32 {
  const blank = i8x16.splat(0x20);
  const leadFirst = <u32>load<u8>(LEAD);
  let messages: u32 = 0;
  let bytes: f64 = 0;
  while (at + lead + 8 < end) {
    // The verb.
    let p = at;
    let headed: u32 = 0;
    const first = <u32>load<u8>(p);
    if (first == H) {
      if (headers == 0) break;
      headed = 1;
    }
    if (lead == 0) {
      p += headed;
      if (load<u32>(p) != PUB) break;
      p += 4;
    } else {
      if ((headed == 0 && first != leadFirst) || !leads(p, lead)) break;
      p += lead;
    }
    // The subject.
    const from = p;
    let mask = i8x16.bitmask(i8x16.le_u(v128.load(p), blank));
    while (mask == 0 && p < end) {
      p += 16;
      mask = i8x16.bitmask(i8x16.le_u(v128.load(p), blank));
    }
    p += ctz(mask);
    const length = p - from;
    if (load<u8>(p) != SP || length - 1 >= SUBJECT_BYTES_MAX) break;
    const sum = hash(lens, from, length);
    const rest = ++p;
    // A reply that is no server's own.
    let byte = <u32>load<u8>(p);
    const replies: u32 = byte - 0x30 > 9 ? 1 : 0;
    if (replies) {
      if (byte < 0x41 || (byte == 0x5f && load<u8>(p + 1) != 0x49)) break;
      do {
        byte = <u32>load<u8>(++p);
      } while (byte > SP);
      if (byte != SP) break;
      byte = <u32>load<u8>(++p);
    }
    // The sizes.
    let size: u32 = 0;
    let header: u32 = 0;
    let digits = p;
    while (byte - 0x30 <= 9) {
      size = size * 10 + byte - 0x30;
      byte = <u32>load<u8>(++p);
    }
    if (p - digits - 1 >= DIGITS_MAX) break;
    if (headed) {
      if (byte != SP) break;
      header = size;
      digits = ++p;
      byte = <u32>load<u8>(p);
      size = 0;
      while (byte - 0x30 <= 9) {
        size = size * 10 + byte - 0x30;
        byte = <u32>load<u8>(++p);
      }
      if (p - digits - 1 >= DIGITS_MAX || header > size) break;
    }
    if (load<u16>(p) != CRLF || p + 1 - at > lineMax) break;
    const next = p + 4 + size;
    if (size > sizeMax || next > end || load<u16>(next - 2) != CRLF) break;
    if (headed && isTraced(p + 2, p + 2 + header)) break;
    // Who gets it.
    const entry = find(sum, lens, from, length);
    if (entry == 0) break;
    const refuses = load<u32>(entry, ENTRY_REFUSES);
    if (refuses != 0) {
      if (headed && (refuses & REFUSES_HEADERS)) break;
      if (replies && (refuses & REFUSES_REPLY || (quiet == 0 && refuses & REFUSES_FRESH_REPLY))) break;
    }
    const tail = next - rest;
    if (!mayAll(entry, tail, size, self)) break;
    writeAll(entry, rest, tail, size, headed);
    messages++;
    bytes += <f64>size;
    at = next;
  }
  store<u32>(DONE_MESSAGES, messages);
  store<f64>(DONE_BYTES, bytes);
  return at;
}
