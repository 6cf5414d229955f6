// The memory of all interest: slots of many sizes in fixed pages. It grows by a page and shrinks by a page
// and never copies what it holds, so five million entries come and go without a pause and without work for
// the collector, which sees one object a page.

import { assert } from "../base/assert.ts";

/** Where a slot begins: page number and word in the page. 0 is no address, because page 0 is never used. */
export type Address = number;

export const PAGE_SHIFT = 16;
/** Words of 32 bits in a page: 256 KiB, which is made in well under a tenth of a millisecond. */
export const PAGE_WORDS = 1 << PAGE_SHIFT;
export const PAGE_MASK = PAGE_WORDS - 1;

/** Bounds the pool at 8 GiB, the most that an address of 31 bits can name. */
const PAGES_MAX = 1 << (31 - PAGE_SHIFT);

/** The largest slot. Unit: words. A node with a pattern of 65,536 bytes is a little more than half of it. */
const SLOT_LOG_MAX = 15;

/** Up to here every size has pages of its own; above, eight sizes between each power of two and the next. */
const EXACT_WORDS = 32;
const EXACT_LOG = 5;
const STEPS_LOG = 3;
const CLASS_COUNT = EXACT_WORDS + (SLOT_LOG_MAX - EXACT_LOG) * (1 << STEPS_LOG) + 1;

const NO_WORDS = new Int32Array(0);
const NO_BYTES = new Uint8Array(0);

/** Marks a page without a free slot, where others hold the page before them in their list. */
const FULL = -1;

/**
 * Slots of 1 … 32,768 words. A page holds slots of one size, which `slotWords` tells; a page that has become
 * empty is given back unless it is the last of its size with room. Freed slots are not cleared.
 */
export class PagePool {
  /** The pages as words and, over the same memory, as bytes. Read by everybody, replaced only here. */
  readonly words: Int32Array[] = [NO_WORDS];
  readonly bytes: Uint8Array[] = [NO_BYTES];
  /** Words in slots that are taken, with what their sizes were rounded up by. */
  usedWords = 0;

  #pageCount = 0;
  /** Words of one slot of a page; 0 while the page does not exist. */
  readonly #slotWords: number[] = [0];
  readonly #live: number[] = [0];
  /** First freed slot of a page, plus one; each freed slot holds the next one likewise. */
  readonly #freed: number[] = [0];
  /** From here on no slot of the page has been taken yet. */
  readonly #fresh: number[] = [0];
  /** Pages of one size that have room are a list; the first one is filled. */
  readonly #next: number[] = [0];
  readonly #previous: number[] = [0];
  readonly #open = new Int32Array(CLASS_COUNT);
  readonly #unused: number[] = [];

  /** Bytes of all pages, whether their slots are taken or not. */
  get reservedBytes(): number {
    return this.#pageCount * PAGE_WORDS * 4;
  }

  get usedBytes(): number {
    return this.usedWords * 4;
  }

  /** @hot The word at an address, or some words after it: a slot never crosses the end of its page. */
  get(address: Address): number {
    return this.words[address >>> PAGE_SHIFT]![address & PAGE_MASK]!;
  }

  /** @hot */
  set(address: Address, value: number): void {
    this.words[address >>> PAGE_SHIFT]![address & PAGE_MASK] = value;
  }

  /** Words of the slot that an address lies in, rounded up to what the pool keeps pages for. */
  slotWords(address: Address): number {
    return this.#slotWords[address >>> PAGE_SHIFT]!;
  }

  /** Takes a slot; what it holds is undefined. 1 ≤ words ≤ 32,768. */
  take(words: number): Address {
    const sizeClass = classOf(words);
    let page = this.#open[sizeClass]!;
    if (page === 0) page = this.#addPage(sizeClass);
    const slotWords = this.#slotWords[page]!;
    const freed = this.#freed[page]!;
    let at: number;
    if (freed !== 0) {
      at = freed - 1;
      this.#freed[page] = this.words[page]![at]!;
    } else {
      at = this.#fresh[page]!;
      this.#fresh[page] = at + slotWords;
    }
    this.#live[page]!++;
    this.usedWords += slotWords;
    if (this.#freed[page] === 0 && this.#fresh[page]! + slotWords > PAGE_WORDS) {
      this.#unlink(page, sizeClass);
      this.#previous[page] = FULL;
    }
    return (page << PAGE_SHIFT) | at;
  }

  /** Gives a slot back. */
  free(address: Address): void {
    const page = address >>> PAGE_SHIFT;
    const at = address & PAGE_MASK;
    const slotWords = this.#slotWords[page]!;
    this.words[page]![at] = this.#freed[page]!;
    this.#freed[page] = at + 1;
    this.usedWords -= slotWords;
    if (this.#previous[page] === FULL) this.#link(page, classOf(slotWords));
    if (--this.#live[page]! === 0) this.#emptied(page, classOf(slotWords));
  }

  #emptied(page: number, sizeClass: number): void {
    const alone = this.#open[sizeClass] === page && this.#next[page] === 0;
    if (alone) {
      this.#freed[page] = 0;
      this.#fresh[page] = 0;
      return;
    }
    this.#unlink(page, sizeClass);
    this.words[page] = NO_WORDS;
    this.bytes[page] = NO_BYTES;
    this.#slotWords[page] = 0;
    this.#unused.push(page);
    this.#pageCount--;
  }

  #addPage(sizeClass: number): number {
    const page = this.#unused.pop() ?? this.words.length;
    assert(page < PAGES_MAX, "interest outgrew its address space");
    const words = new Int32Array(PAGE_WORDS);
    this.words[page] = words;
    this.bytes[page] = new Uint8Array(words.buffer);
    this.#slotWords[page] = wordsOf(sizeClass);
    this.#live[page] = 0;
    this.#freed[page] = 0;
    this.#fresh[page] = 0;
    this.#pageCount++;
    this.#link(page, sizeClass);
    return page;
  }

  #link(page: number, sizeClass: number): void {
    const first = this.#open[sizeClass]!;
    this.#next[page] = first;
    this.#previous[page] = 0;
    if (first !== 0) this.#previous[first] = page;
    this.#open[sizeClass] = page;
  }

  #unlink(page: number, sizeClass: number): void {
    const next = this.#next[page]!;
    const previous = this.#previous[page]!;
    if (previous === 0) this.#open[sizeClass] = next;
    else this.#next[previous] = next;
    if (next !== 0) this.#previous[next] = previous;
  }
}

function classOf(words: number): number {
  if (words <= EXACT_WORDS) return words;
  const log = 31 - Math.clz32(words - 1);
  const step = (words - 1 - (1 << log)) >> (log - STEPS_LOG);
  return EXACT_WORDS + ((log - EXACT_LOG) << STEPS_LOG) + step + 1;
}

function wordsOf(sizeClass: number): number {
  if (sizeClass <= EXACT_WORDS) return sizeClass;
  const above = sizeClass - EXACT_WORDS - 1;
  const log = EXACT_LOG + (above >> STEPS_LOG);
  return (1 << log) + (((above & ((1 << STEPS_LOG) - 1)) + 1) << (log - STEPS_LOG));
}
