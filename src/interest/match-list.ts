// The answer to a match, made once and filled again and again.

/** Integers with a length of their own; `ids[0 … length)` are valid until the next match. */
export class MatchList {
  ids = new Int32Array(64);
  length = 0;

  /** @hot Allocates only when it has never been as long before. */
  push(id: number): void {
    if (this.length === this.ids.length) this.#grow();
    this.ids[this.length++] = id;
  }

  #grow(): void {
    const wider = new Int32Array(this.ids.length * 2);
    wider.set(this.ids);
    this.ids = wider;
  }
}
