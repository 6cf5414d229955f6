// Names that come with every message become small integers once, and are found again without a string.

import { bytesOf, rangeEquals } from "./bytes.ts";
import { hashBytes } from "./hash.ts";

/** Names to integers from 1 up. Never forgets; `capacity` bounds it. */
export class NameTable {
  readonly #texts: string[] = [""];
  readonly #bytes: Uint8Array[] = [new Uint8Array(0)];
  readonly #ids = new Map<string, number>();
  #slots = new Int32Array(64);

  constructor(
    readonly seed: number,
    readonly capacity: number,
  ) {}

  get count(): number {
    return this.#texts.length - 1;
  }

  /** The id of a name, made when it is new; 0 when the table is full. */
  intern(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    if (this.count >= this.capacity) return 0;
    const id = this.#texts.length;
    this.#texts.push(name);
    this.#bytes.push(bytesOf(name));
    this.#ids.set(name, id);
    if (id * 2 > this.#slots.length) this.#rebuild(this.#slots.length * 2);
    else this.#place(id);
    return id;
  }

  /** The id of a known name, else 0. */
  idOf(name: string): number {
    return this.#ids.get(name) ?? 0;
  }

  /** @hot The id of the name in buf[from, to), else 0. Makes nothing. */
  find(buf: Uint8Array, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashBytes(this.seed, buf, from, to) & mask;
    for (;;) {
      const id = this.#slots[slot]!;
      if (id === 0 || rangeEquals(buf, from, to, this.#bytes[id]!)) return id;
      slot = (slot + 1) & mask;
    }
  }

  text(id: number): string {
    return this.#texts[id] ?? "";
  }

  bytes(id: number): Uint8Array {
    return this.#bytes[id] ?? this.#bytes[0]!;
  }

  #place(id: number): void {
    const name = this.#bytes[id]!;
    const mask = this.#slots.length - 1;
    let slot = hashBytes(this.seed, name, 0, name.length) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = id;
  }

  #rebuild(size: number): void {
    this.#slots = new Int32Array(size);
    for (let id = 1; id < this.#texts.length; id++) this.#place(id);
  }
}
