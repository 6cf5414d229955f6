// How many messages of one account each rule refused: a name alone would tell of the last one only.

import type { Crossing } from "./rules.ts";

export class Refusals {
  /** Messages, by the place of the rule in the crossing. */
  readonly #counts: Float64Array;
  #last = -1;

  constructor(private readonly crossing: Crossing) {
    this.#counts = new Float64Array(crossing.names.length);
  }

  /** `rule` as Crossing.refusing answers it. */
  add(rule: number, messages: number): void {
    this.#counts[rule]! += messages;
    this.#last = rule;
  }

  get total(): number {
    let sum = 0;
    for (const count of this.#counts) sum += count;
    return sum;
  }

  /** The name of the rule that refused last; "" when none did. */
  get last(): string {
    return this.crossing.names[this.#last] ?? "";
  }

  /** Of every rule, by its name, those included that refused nothing. */
  byRule(): Map<string, number> {
    return new Map(this.crossing.names.map((name, i) => [name, this.#counts[i]!]));
  }
}
