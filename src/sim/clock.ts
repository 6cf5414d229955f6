// Virtual time: a heap of things to do. A simulated minute takes as long as what happens in it.

import type { Clock, Millis } from "../base/clock.ts";

/** Any time that is not 0, so that a forgotten clock shows. */
const EPOCH: Millis = 1_000_000;

interface Planned {
  readonly at: Millis;
  readonly order: number;
  readonly run: () => void;
}

/** What is planned for one moment happens in the order of planning. */
export class VirtualClock implements Clock {
  readonly #heap: Planned[] = [];
  #now: Millis = EPOCH;
  #order = 0;

  now(): Millis {
    return this.#now;
  }

  /** Plans something; a time that has passed means now. */
  at(when: Millis, run: () => void): void {
    const heap = this.#heap;
    heap.push({ at: Math.max(when, this.#now), order: this.#order++, run });
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!before(heap[child]!, heap[parent]!)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  after(millis: Millis, run: () => void): void {
    this.at(this.#now + millis, run);
  }

  /** Does all that is planned up to `end`, also what is planned meanwhile; then it is `end`. */
  runUntil(end: Millis): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#shift();
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }

  #shift(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let parent = 0; ; ) {
      let least = parent;
      for (const child of [parent * 2 + 1, parent * 2 + 2]) {
        if (child < heap.length && before(heap[child]!, heap[least]!)) least = child;
      }
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = kept;
  }
}

function before(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
