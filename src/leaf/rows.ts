// Which rows of interest a leaf holds, so that they can be taken away when it goes without looking at those
// of others. A row's tag is its place here.

const FIRST_LENGTH = 16;

export class OwnedRows {
  #rows = new Uint32Array(0);
  count = 0;

  /** The tag that the next row gets. */
  get nextTag(): number {
    return this.count;
  }

  add(row: number): void {
    if (this.count === this.#rows.length) {
      const larger = new Uint32Array(Math.max(FIRST_LENGTH, this.count * 2));
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[this.count++] = row;
  }

  /** Forgets the row with this tag. The row that is moved to its place is answered, to be given that tag; 0
   *  when none is moved. */
  forget(tag: number): number {
    const last = this.#rows[--this.count]!;
    if (tag === this.count) return 0;
    this.#rows[tag] = last;
    return last;
  }

  /** Forgets the newest row and answers it; 0 when there is none. */
  pop(): number {
    return this.count === 0 ? 0 : this.#rows[--this.count]!;
  }
}
