// From hash to nodes. Linear hashing: an insert splits at most one bucket and a removal joins at most two, so
// the table follows the number of nodes in both directions and is never rebuilt.
//
// A bucket is one cache line that holds the hashes of its nodes beside their addresses. Memory is far away
// when there are millions of entries: like this a probe goes to one place for the bucket and then to no node
// but the right one, and a split, which walks the buckets in order, goes to no node at all.

import { type Address, PAGE_MASK, PAGE_SHIFT, type PagePool } from "./pages.ts";

/** A block: hashes, as many addresses, the block that takes what has no room here, and how many are held. */
export const BLOCK_ENTRIES = 7;
export const BLOCK_OVERFLOW = 14;
export const BLOCK_COUNT = 15;
const BLOCK_LOG = 4;
const BLOCK_WORDS = 1 << BLOCK_LOG;

/** Buckets come to the pool in sections, a slot each. */
const SECTION_LOG = 10;
const SECTION_BUCKETS = 1 << SECTION_LOG;
const SECTION_MASK = SECTION_BUCKETS - 1;

/** A power of two, and no more than a section. */
const BUCKETS_MIN = 16;

/**
 * Twice the number of nodes for each bucket, on average, above which one is split. Measured with the bench of
 * the store: more costs time in overflow blocks, fewer costs memory.
 */
const LOAD_TWICE = 9;

/** Addresses of nodes, found by hash; several may have one hash. */
export class BucketTable {
  readonly #pool: PagePool;
  readonly #sections: number[] = [];
  #buckets = BUCKETS_MIN;
  /** Selects among the buckets that the current round of splits began with; a power of two less one. */
  #mask = BUCKETS_MIN - 1;
  #nodes = 0;
  /** What a split or join takes out of its blocks before it puts it where it belongs. */
  #hashes = new Int32Array(64);
  #addresses = new Int32Array(64);
  #taken = 0;

  constructor(pool: PagePool) {
    this.#pool = pool;
    for (let bucket = 0; bucket < BUCKETS_MIN; bucket++) this.#openBucket(bucket);
  }

  get nodes(): number {
    return this.#nodes;
  }

  /** @hot The first block of those in which nodes of this hash are. */
  block(hash: number): Address {
    const bucket = hash & (this.#mask * 2 + 1);
    return this.#blockOf(bucket < this.#buckets ? bucket : bucket & this.#mask);
  }

  insert(hash: number, node: Address): void {
    this.#put(this.block(hash), hash, node);
    if (++this.#nodes * 2 > this.#buckets * LOAD_TWICE) this.#split();
  }

  /** The node must be in the table. */
  remove(hash: number, node: Address): void {
    const pool = this.#pool;
    let block = this.block(hash);
    let before = 0;
    for (;;) {
      const page = pool.words[block >>> PAGE_SHIFT]!;
      const at = block & PAGE_MASK;
      const last = page[at + BLOCK_COUNT]! - 1;
      let i = at + last;
      while (i >= at && page[i + BLOCK_ENTRIES] !== node) i--;
      if (i >= at) {
        page[i] = page[at + last]!;
        page[i + BLOCK_ENTRIES] = page[at + last + BLOCK_ENTRIES]!;
        page[at + BLOCK_COUNT] = last;
        if (last === 0 && before !== 0) {
          pool.set(before + BLOCK_OVERFLOW, page[at + BLOCK_OVERFLOW]!);
          pool.free(block);
        }
        break;
      }
      before = block;
      block = page[at + BLOCK_OVERFLOW]!;
    }
    this.#nodes--;
    if (this.#nodes * 4 < this.#buckets * LOAD_TWICE && this.#buckets > BUCKETS_MIN) this.#join();
  }

  #blockOf(bucket: number): Address {
    return this.#sections[bucket >>> SECTION_LOG]! + ((bucket & SECTION_MASK) << BLOCK_LOG);
  }

  #put(first: Address, hash: number, node: Address): void {
    const pool = this.#pool;
    let block = first;
    let page = pool.words[block >>> PAGE_SHIFT]!;
    let at = block & PAGE_MASK;
    while (page[at + BLOCK_COUNT] === BLOCK_ENTRIES) {
      let next = page[at + BLOCK_OVERFLOW]!;
      if (next === 0) {
        next = pool.take(BLOCK_WORDS);
        page[at + BLOCK_OVERFLOW] = next;
        pool.set(next + BLOCK_OVERFLOW, 0);
        pool.set(next + BLOCK_COUNT, 0);
      }
      block = next;
      page = pool.words[block >>> PAGE_SHIFT]!;
      at = block & PAGE_MASK;
    }
    const i = at + page[at + BLOCK_COUNT]!++;
    page[i] = hash;
    page[i + BLOCK_ENTRIES] = node;
  }

  /** Moves to a new bucket the half of the oldest unsplit one that has the next bit of the hash set. */
  #split(): void {
    const added = this.#buckets++;
    const parent = this.#blockOf(added - this.#mask - 1);
    const bit = this.#mask + 1;
    const fresh = this.#openBucket(added);
    this.#takeOut(parent);
    for (let i = 0; i < this.#taken; i++) {
      const hash = this.#hashes[i]!;
      this.#put((hash & bit) === 0 ? parent : fresh, hash, this.#addresses[i]!);
    }
    if (this.#buckets === bit * 2) this.#mask = this.#mask * 2 + 1;
  }

  /** Undoes the last split. */
  #join(): void {
    if (this.#buckets === this.#mask + 1) this.#mask >>>= 1;
    const last = --this.#buckets;
    const parent = this.#blockOf(last - this.#mask - 1);
    this.#takeOut(this.#blockOf(last));
    for (let i = 0; i < this.#taken; i++) this.#put(parent, this.#hashes[i]!, this.#addresses[i]!);
    if ((last & SECTION_MASK) === 0) this.#pool.free(this.#sections.pop()!);
  }

  /** Makes the next bucket, empty. */
  #openBucket(bucket: number): Address {
    if ((bucket & SECTION_MASK) === 0) this.#sections.push(this.#pool.take(SECTION_BUCKETS * BLOCK_WORDS));
    const block = this.#blockOf(bucket);
    this.#pool.set(block + BLOCK_OVERFLOW, 0);
    this.#pool.set(block + BLOCK_COUNT, 0);
    return block;
  }

  /** Empties a bucket into the fields for it and gives back its overflow blocks. */
  #takeOut(first: Address): void {
    const pool = this.#pool;
    let taken = 0;
    for (let block = first; block !== 0; ) {
      const page = pool.words[block >>> PAGE_SHIFT]!;
      const at = block & PAGE_MASK;
      const end = at + page[at + BLOCK_COUNT]!;
      if (taken + BLOCK_ENTRIES > this.#hashes.length) this.#widen();
      for (let i = at; i < end; i++, taken++) {
        this.#hashes[taken] = page[i]!;
        this.#addresses[taken] = page[i + BLOCK_ENTRIES]!;
      }
      const next = page[at + BLOCK_OVERFLOW]!;
      page[at + BLOCK_COUNT] = 0;
      page[at + BLOCK_OVERFLOW] = 0;
      if (block !== first) pool.free(block);
      block = next;
    }
    this.#taken = taken;
  }

  #widen(): void {
    const hashes = new Int32Array(this.#hashes.length * 2);
    const addresses = new Int32Array(this.#addresses.length * 2);
    hashes.set(this.#hashes);
    addresses.set(this.#addresses);
    this.#hashes = hashes;
    this.#addresses = addresses;
  }
}
