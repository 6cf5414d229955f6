// A list of patterns that is asked about subjects, compiled once: an entry is found by the bytes before its
// first wildcard, so that ten thousand entries cost hardly more than ten.

import { DOT, GREATER, STAR } from "../base/ascii.ts";
import { bytesOf } from "../base/bytes.ts";
import { HASH_PRIME, hashBytes } from "../base/hash.ts";
import { collides, covers, matches } from "../subject/match.ts";

/** Up to so many patterns are compared one after the other, which is quicker than to hash the subject. */
const SHORT_COUNT = 4;

/** Where hashes start. Needs no chance: who aims collisions writes the list himself, and slows himself. */
const HASH_START = 0x811c9dc5 | 0;

const NONE = -1;

/** A relation between an entry and the subject or pattern asked about. */
type Relation = typeof matches;

interface Entry {
  readonly bytes: Uint8Array;
  /** The bytes before the first wildcard token; of a literal all of them. */
  readonly stem: Uint8Array;
}

/**
 * Entries sorted by stem, entries of one stem in a row. A stem ends with a dot or is empty when wildcards
 * follow, and is a whole subject otherwise; the two are never equal.
 */
export class SubjectList {
  /** How many different entries there are. */
  readonly size: number;
  /** All entries, one behind the other, and where each begins; one more for the end of the last. */
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  /** Of each stem: its first entry, and its length. It lies where that entry lies. */
  readonly #stemEntries: Uint32Array;
  readonly #stemLengths: Uint32Array;
  /** Of each entry: 1 when it has no wildcard. */
  readonly #literal: Uint8Array;
  readonly #hasWildcards: boolean;
  /** Open addressing: the number of a stem, or NONE. */
  readonly #table: Int32Array;

  /** `patterns` are valid subjects. */
  constructor(patterns: readonly string[]) {
    const entries = entriesOf(patterns);
    this.size = entries.length;
    this.#starts = new Uint32Array(entries.length + 1);
    this.#bytes = new Uint8Array(entries.reduce((sum, { bytes }) => sum + bytes.length, 0));
    const firsts: number[] = [];
    let at = 0;
    for (const [i, { bytes, stem }] of entries.entries()) {
      this.#starts[i] = at;
      this.#bytes.set(bytes, at);
      at += bytes.length;
      if (i === 0 || compare(stem, entries[i - 1]!.stem) !== 0) firsts.push(i);
    }
    this.#starts[entries.length] = at;
    this.#literal = Uint8Array.from(entries, ({ bytes, stem }) => (bytes.length === stem.length ? 1 : 0));
    this.#hasWildcards = this.#literal.includes(0);
    this.#stemEntries = Uint32Array.from([...firsts, entries.length]);
    this.#stemLengths = Uint32Array.from(firsts, (i) => entries[i]!.stem.length);
    this.#table = this.#tableOf(firsts.length);
  }

  /** @hot Is the literal subject matched by some entry? */
  has(buf: Uint8Array, from: number, to: number): boolean {
    return this.#find(buf, from, to, matches);
  }

  /** Does some entry match all that this pattern matches? */
  covers(buf: Uint8Array, from: number, to: number): boolean {
    return this.#find(buf, from, to, covers);
  }

  /** Is there a subject that both this pattern, which has wildcards, and some entry match? */
  meets(buf: Uint8Array, from: number, to: number): boolean {
    if (this.#findLong(buf, from, to, collides)) return true;
    // What is left are entries whose stem goes beyond that of the pattern.
    const stemTo = from + stemLength(buf, from, to);
    for (let stem = this.#firstFrom(buf, from, stemTo); stem < this.#stemLengths.length; stem++) {
      if (!this.#stemBegins(stem, buf, from, stemTo)) return false;
      if (this.#relates(stem, buf, from, to, collides)) return true;
    }
    return false;
  }

  /** @hot */
  #find(buf: Uint8Array, from: number, to: number, relation: Relation): boolean {
    if (this.size > SHORT_COUNT) return this.#findLong(buf, from, to, relation);
    return this.#findShort(buf, from, to, relation);
  }

  /** @hot Among the entries whose stem the subject begins with, is there one that stands in this relation? */
  #findLong(buf: Uint8Array, from: number, to: number, relation: Relation): boolean {
    if (!this.#hasWildcards) return this.#hasLiteral(buf, from, to);
    let hash = HASH_START;
    let stem = this.#stemOf(hash, buf, from, from);
    if (stem !== NONE && this.#relates(stem, buf, from, to, relation)) return true;
    for (let i = from; i < to; i++) {
      hash = Math.imul(hash ^ buf[i]!, HASH_PRIME);
      if (buf[i] !== DOT) continue;
      stem = this.#stemOf(hash, buf, from, i + 1);
      if (stem !== NONE && this.#relates(stem, buf, from, to, relation)) return true;
    }
    // A stem of all these bytes is a literal entry, which stands in every relation to itself.
    return to > from && buf[to - 1] !== DOT && this.#stemOf(hash, buf, from, to) !== NONE;
  }

  /** @hot */
  #hasLiteral(buf: Uint8Array, from: number, to: number): boolean {
    return this.#stemOf(hashBytes(HASH_START, buf, from, to), buf, from, to) !== NONE;
  }

  /** @hot Of literal entries only those that are equal count: enough for matches and covers. */
  #findShort(buf: Uint8Array, from: number, to: number, relation: Relation): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < this.size; i++) {
      const start = this.#starts[i]!;
      const end = this.#starts[i + 1]!;
      if (this.#literal[i] === 1) {
        if (end - start === to - from && sameBytes(bytes, start, buf, from, to)) return true;
        continue;
      }
      const first = bytes[start];
      if (first !== buf[from] && first !== STAR && first !== GREATER) continue;
      if (relation(bytes, start, end, buf, from, to)) return true;
    }
    return false;
  }

  /** @hot The stem of exactly these bytes, or NONE. */
  #stemOf(hash: number, buf: Uint8Array, from: number, to: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const stem = table[slot]!;
      if (stem === NONE) return NONE;
      if (this.#stemLengths[stem] === to - from && this.#stemBegins(stem, buf, from, to)) return stem;
    }
  }

  /** @hot Does the stem begin with these bytes? */
  #stemBegins(stem: number, buf: Uint8Array, from: number, to: number): boolean {
    if (this.#stemLengths[stem]! < to - from) return false;
    return sameBytes(this.#bytes, this.#starts[this.#stemEntries[stem]!]!, buf, from, to);
  }

  /** @hot Does an entry of this stem stand in this relation? */
  #relates(stem: number, buf: Uint8Array, from: number, to: number, relation: Relation): boolean {
    const end = this.#stemEntries[stem + 1]!;
    for (let i = this.#stemEntries[stem]!; i < end; i++) {
      if (relation(this.#bytes, this.#starts[i]!, this.#starts[i + 1]!, buf, from, to)) return true;
    }
    return false;
  }

  /** The first stem that is not less than these bytes. */
  #firstFrom(buf: Uint8Array, from: number, to: number): number {
    const wanted = buf.subarray(from, to);
    let low = 0;
    let high = this.#stemLengths.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#stem(middle), wanted) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #stem(stem: number): Uint8Array {
    const start = this.#starts[this.#stemEntries[stem]!]!;
    return this.#bytes.subarray(start, start + this.#stemLengths[stem]!);
  }

  #tableOf(stemCount: number): Int32Array {
    let slots = 4;
    while (slots < 2 * stemCount) slots *= 2;
    const table = new Int32Array(slots).fill(NONE);
    for (let stem = 0; stem < stemCount; stem++) {
      const bytes = this.#stem(stem);
      let slot = spread(hashBytes(HASH_START, bytes, 0, bytes.length)) & (slots - 1);
      while (table[slot] !== NONE) slot = (slot + 1) & (slots - 1);
      table[slot] = stem;
    }
    return table;
  }
}

/** @hot Does `bytes` go on at `start` as buf[from, to)? */
function sameBytes(bytes: Uint8Array, start: number, buf: Uint8Array, from: number, to: number): boolean {
  for (let i = from, j = start; i < to; i++, j++) if (bytes[j] !== buf[i]) return false;
  return true;
}

/** The upper bits take part in the choice of a slot. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}

/** Each pattern once, sorted by stem. */
function entriesOf(patterns: readonly string[]): Entry[] {
  return [...new Set(patterns)]
    .map((pattern) => {
      const bytes = bytesOf(pattern);
      return { bytes, stem: bytes.subarray(0, stemLength(bytes, 0, bytes.length)) };
    })
    .sort((a, b) => compare(a.stem, b.stem));
}

/** How many bytes stand before the first wildcard token. */
function stemLength(buf: Uint8Array, from: number, to: number): number {
  let start = from;
  for (let i = from; i <= to; i++) {
    if (i < to && buf[i] !== DOT) continue;
    if (i - start === 1 && (buf[start] === STAR || buf[start] === GREATER)) return start - from;
    start = i + 1;
  }
  return to - from;
}

/** In the order of their bytes: what begins the other comes first. */
function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
