// "Who gets this subject in this account?", answered before: a fixed table of typed arrays, found by the hash
// that was made while scanning, with every byte compared on a hit. A new answer overwrites an old one; it
// never grows.

import { rangeEquals } from "../base/bytes.ts";
import type { Generations } from "./generation.ts";

/** Subjects up to this many bytes lie in the table itself; longer ones keep a copy beside it. */
const INLINE_BYTES = 64;
/** Subjects of more bytes share a few slots, so that nobody fills the memory with them. */
const LONG_BYTES = 512;
const LONG_SLOTS = 256;
const WAYS = 2;
const FIELDS = 5;
const HASH = 0;
const KEY = 1;
const ACCOUNT_GENERATION = 2;
const TOPOLOGY = 3;
const LENGTH = 4;
/** Sources are packed behind the account: at most this many. */
const SOURCE_BITS = 2;

/** @hot An answer of type T by (account, source, subject). */
export class InterestCache<T> {
  readonly #meta: Int32Array;
  readonly #subjects: Uint8Array;
  readonly #long: (Uint8Array | undefined)[];
  readonly #answers: (T | undefined)[];
  readonly #mask: number;
  readonly #longMask: number;
  /** Which way of a set is overwritten next. */
  #turn = 0;

  /** `slots` is a power of two. `dropped` is told of each answer that gives way. */
  constructor(
    slots: number,
    private readonly generations: Generations,
    private readonly dropped: (answer: T) => void,
  ) {
    this.#meta = new Int32Array(slots * FIELDS);
    this.#subjects = new Uint8Array(slots * INLINE_BYTES);
    this.#long = new Array<Uint8Array | undefined>(slots).fill(undefined);
    this.#answers = new Array<T | undefined>(slots).fill(undefined);
    this.#mask = slots / WAYS - 1;
    this.#longMask = Math.min(slots, LONG_SLOTS) / WAYS - 1;
  }

  /** The answer, or undefined when there is none or it is stale. */
  find(
    account: number,
    source: number,
    hash: number,
    buf: Uint8Array,
    from: number,
    to: number,
  ): T | undefined {
    const meta = this.#meta;
    const key = (account << SOURCE_BITS) | source;
    const first = this.#first(hash, to - from);
    const generation = this.generations.of(account);
    for (let slot = first; slot < first + WAYS; slot++) {
      const at = slot * FIELDS;
      if (meta[at + HASH] !== hash || meta[at + KEY] !== key || meta[at + LENGTH] !== to - from) continue;
      if (meta[at + ACCOUNT_GENERATION] !== generation) continue;
      if (meta[at + TOPOLOGY] !== this.generations.topology) continue;
      if (this.#holds(slot, buf, from, to)) return this.#answers[slot];
    }
    return undefined;
  }

  /** Remembers an answer. The subject's bytes are copied. */
  put(
    account: number,
    source: number,
    hash: number,
    buf: Uint8Array,
    from: number,
    to: number,
    answer: T,
  ): void {
    const key = (account << SOURCE_BITS) | source;
    const slot = this.#victim(this.#first(hash, to - from));
    const old = this.#answers[slot];
    if (old !== undefined) this.dropped(old);
    const meta = this.#meta;
    const at = slot * FIELDS;
    meta[at + HASH] = hash;
    meta[at + KEY] = key;
    meta[at + ACCOUNT_GENERATION] = this.generations.of(account);
    meta[at + TOPOLOGY] = this.generations.topology;
    meta[at + LENGTH] = to - from;
    this.#answers[slot] = answer;
    this.#long[slot] = to - from > INLINE_BYTES ? buf.slice(from, to) : undefined;
    if (to - from <= INLINE_BYTES)
      for (let i = from; i < to; i++) this.#subjects[slot * INLINE_BYTES + (i - from)] = buf[i]!;
  }

  /** How many answers are held, stale ones too. */
  get count(): number {
    return this.#answers.reduce((count, answer) => count + (answer === undefined ? 0 : 1), 0);
  }

  /** Every answer that is held, stale ones too: to settle what they have counted. */
  each(visit: (answer: T) => void): void {
    for (const answer of this.#answers) if (answer !== undefined) visit(answer);
  }

  /** The first way of the set that a subject of this hash and length belongs to. */
  #first(hash: number, length: number): number {
    return (mix(hash) & (length > LONG_BYTES ? this.#longMask : this.#mask)) * WAYS;
  }

  /** An empty way, else a stale one, else the two in turn. */
  #victim(first: number): number {
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#answers[slot] === undefined) return slot;
      const at = slot * FIELDS;
      const account = this.#meta[at + KEY]! >>> SOURCE_BITS;
      if (this.#meta[at + ACCOUNT_GENERATION] !== this.generations.of(account)) return slot;
      if (this.#meta[at + TOPOLOGY] !== this.generations.topology) return slot;
    }
    this.#turn = (this.#turn + 1) % WAYS;
    return first + this.#turn;
  }

  #holds(slot: number, buf: Uint8Array, from: number, to: number): boolean {
    if (to - from > INLINE_BYTES) return rangeEquals(buf, from, to, this.#long[slot]!);
    const subjects = this.#subjects;
    let at = slot * INLINE_BYTES;
    for (let i = from; i < to; i++) if (subjects[at++] !== buf[i]) return false;
    return true;
  }
}

/** The low bits of a running hash know little of its last bytes. */
function mix(hash: number): number {
  return hash ^ (hash >>> 15);
}
