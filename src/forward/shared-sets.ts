// Subjects that match the same interest mostly have the same receivers: who subscribes to `orders.>` is asked
// about a million subjects, and the answer is put together once. Inboxes with a token for each request are
// the same: no request costs more than a match.

import type { Generations } from "../interest/generation.ts";
import type { MatchList } from "../interest/match-list.ts";
import type { TargetSet } from "./targets.ts";

/** The sets of one account for one kind of source, by what was matched. */
interface Shelf {
  generation: number;
  topology: number;
  readonly sets: Map<number, TargetSet>;
}

const SOURCE_BITS = 2;
/** Two of these in a number. */
const ID_MAX = 1 << 25;
const SETS_MAX = 4_096;
const SHELVES_MAX = 4_096;

export class SharedSets {
  readonly #shelves = new Map<number, Shelf>();

  constructor(private readonly generations: Generations) {}

  /** The set of a subject that matched the same before. */
  find(account: number, source: number, matched: MatchList): TargetSet | undefined {
    const key = keyOf(matched);
    return key < 0 ? undefined : this.#shelf(account, source).sets.get(key);
  }

  /** The set is that of every subject that matches the same. */
  put(account: number, source: number, matched: MatchList, set: TargetSet): void {
    const key = keyOf(matched);
    if (key < 0) return;
    const { sets } = this.#shelf(account, source);
    if (sets.size >= SETS_MAX) sets.clear();
    sets.set(key, set);
  }

  #shelf(account: number, source: number): Shelf {
    const name = (account << SOURCE_BITS) | source;
    const generation = this.generations.of(account);
    const { topology } = this.generations;
    let shelf = this.#shelves.get(name);
    if (shelf === undefined) {
      if (this.#shelves.size >= SHELVES_MAX) this.#shelves.clear();
      shelf = { generation, topology, sets: new Map() };
      this.#shelves.set(name, shelf);
    } else if (shelf.generation !== generation || shelf.topology !== topology) {
      shelf.sets.clear();
      shelf.generation = generation;
      shelf.topology = topology;
    }
    return shelf;
  }
}

/** -1 for more than can be told by a number: such subjects are rare. */
function keyOf({ ids, length }: MatchList): number {
  if (length > 2) return -1;
  const first = length > 0 ? ids[0]! : 0;
  const second = length > 1 ? ids[1]! : 0;
  return first < ID_MAX && second < ID_MAX ? first * ID_MAX + second : -1;
}
