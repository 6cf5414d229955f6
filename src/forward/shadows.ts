// Interest of one account that stands for interest of another: a subscription to the local form of a stream
// import has a row in the exporting account as well, so that everybody there knows of it.

import { Holder } from "../peer/kind.ts";
import type { InterestPort } from "../peer/ports.ts";
import { isLoopSubject, isMappedSpace } from "../subject/reserved.ts";
import type { StreamImport } from "./imports.ts";

/** Whose interest a row in another account is. */
export interface Shadow {
  readonly import: StreamImport;
  /** Client, Spoke or Hub. */
  readonly holder: Holder;
  /** Of a client its subscription's id, of a leaf the id of its link. */
  readonly whose: number;
}

export class Shadows {
  /** Rows in exporting accounts, by the row that they stand for. */
  readonly #rows = new Map<number, { readonly row: number; readonly tag: number }[]>();
  readonly #all: (Shadow | undefined)[] = [undefined];
  readonly #free: number[] = [];

  constructor(private readonly interest: InterestPort) {}

  get(tag: number): Shadow | undefined {
    return this.#all[tag];
  }

  /** The number of rows that stand for others. */
  get count(): number {
    return this.#all.length - 1 - this.#free.length;
  }

  /** A row of a client or leaf was added in the importing account. */
  added(
    row: number,
    imports: readonly StreamImport[],
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    holder: Holder,
    owner: number,
    tag: number,
    weight: number,
  ): void {
    if (isLoopSubject(buf, from, to) || isMappedSpace(buf, from, to)) return;
    const made: { row: number; tag: number }[] = [];
    for (const each of imports) {
      const wanted = each.wantedBy(buf, from, to);
      if (wanted === null) continue;
      const shadow = { import: each, holder, whose: holder === Holder.Client ? tag : owner };
      const shadowTag = this.#free.pop() ?? this.#all.length;
      this.#all[shadowTag] = shadow;
      const as = holder === Holder.Hub ? Holder.HubImport : Holder.Import;
      const { exporter } = each;
      const at = this.interest.add(exporter, wanted, 0, wanted.length, queue, as, owner, shadowTag, weight);
      made.push({ row: at, tag: shadowTag });
    }
    if (made.length > 0) this.#rows.set(row, made);
  }

  /** The row goes, and what stands for it goes with it. */
  removed(row: number): void {
    const made = this.#rows.get(row);
    if (made === undefined) return;
    this.#rows.delete(row);
    for (const { row: at, tag } of made) {
      this.interest.remove(at);
      this.#all[tag] = undefined;
      this.#free.push(tag);
    }
  }

  reweighed(row: number, weight: number): void {
    for (const { row: at } of this.#rows.get(row) ?? []) this.interest.reweigh(at, weight);
  }
}
