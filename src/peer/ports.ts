// Where sessions hand changes of interest to: whoever must tell them to other peers stands above them.

import type { Holder } from "./kind.ts";

export interface InterestPort {
  /** Adds a row to the interest store and answers it; see InterestStore.add. */
  add(
    account: number,
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    holder: Holder,
    owner: number,
    tag: number,
    weight: number,
  ): number;
  /** The same, unless the owner has a row of this pattern, queue and holder already: then 0 is answered. */
  addOnce(
    account: number,
    buf: Uint8Array,
    from: number,
    to: number,
    queue: number,
    holder: Holder,
    owner: number,
    tag: number,
    weight: number,
  ): number;
  remove(row: number): void;
  /** The members of a queue group behind this row are more or fewer now. */
  reweigh(row: number, weight: number): void;
}
