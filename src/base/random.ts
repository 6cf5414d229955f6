// Chance as a parameter: production draws from the machine, tests and the simulator from a seed.

export interface Random {
  /** An unsigned 32-bit integer. */
  uint32(): number;
}

/** The machine's own randomness. */
export class SystemRandom implements Random {
  readonly #pool = new Uint32Array(256);
  #left = 0;

  uint32(): number {
    if (this.#left === 0) {
      crypto.getRandomValues(this.#pool);
      this.#left = this.#pool.length;
    }
    return this.#pool[--this.#left]!;
  }
}

/** A repeatable sequence: the same seed gives the same numbers (mulberry32). */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (z ^ (z >>> 14)) >>> 0;
  }
}

/** An integer of 0 ≤ n < bound; bound ≥ 1. */
export function below(random: Random, bound: number): number {
  return Math.floor((random.uint32() / 0x1_0000_0000) * bound);
}

/** A new array with the items in random order. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const out = items.slice();
  for (let i = out.length - 1; i > 0; i--) {
    const j = below(random, i + 1);
    const kept = out[i]!;
    out[i] = out[j]!;
    out[j] = kept;
  }
  return out;
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** `length` characters of A–Z, a–z, 0–9. */
export function base62(random: Random, length: number): string {
  let out = "";
  for (let i = 0; i < length; i++) out += BASE62[below(random, BASE62.length)];
  return out;
}
