// A queue that never grows: what does not fit is the caller's decision, not this file's.

import { assert } from "./assert.ts";

/** First in, first out, at most `capacity` items. */
export class Ring<T> {
  readonly #items: (T | undefined)[];
  #first = 0;
  #length = 0;

  constructor(readonly capacity: number) {
    this.#items = new Array<T | undefined>(capacity).fill(undefined);
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === this.capacity;
  }

  /** Adds at the end. Throws (our mistake) when full: ask `isFull` first. */
  push(item: T): void {
    assert(this.#length < this.capacity, "a full ring was pushed");
    this.#items[(this.#first + this.#length) % this.capacity] = item;
    this.#length++;
  }

  /** Adds at the end; the oldest gives way when full. */
  pushOver(item: T): void {
    if (this.isFull) this.shift();
    this.push(item);
  }

  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#first];
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.capacity;
    this.#length--;
    return item;
  }

  /** Oldest first. */
  toArray(): T[] {
    const out: T[] = [];
    for (let i = 0; i < this.#length; i++) out.push(this.#items[(this.#first + i) % this.capacity] as T);
    return out;
  }
}
