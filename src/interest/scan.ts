// Reads a subject once and can then answer its hash under any choice of wildcards.
//
// The hash of a subject is the sum of one contribution for each token, which depends on the token's bytes and
// its place; a wildcard's contribution depends on its place only. So the hash of the patterns of one shape
// that may match a subject is made by exchanging contributions, without reading the subject again. All
// multipliers and contributions are drawn from a seed: who does not know it cannot choose subjects that fall
// into one bucket.

import { DOT, GREATER, STAR } from "../base/ascii.ts";
import { SeededRandom } from "../base/random.ts";

/** Tokens for which there is room from the start; most subjects have fewer bytes. */
const TOKENS_AT_FIRST = 256;

export class SubjectScan {
  /** Of the subject last read: its tokens, a final `>` not counted if `tail`. */
  tokens = 0;
  /** True when it ends in a token `>`. Only of meaning when it was read as a pattern, and so are the next
   *  two. */
  tail = false;
  starred = false;
  /** True when some token is empty: such a subject matches nothing. */
  broken = false;
  /** One bit a token, set for `*`. Valid for `tokens` tokens and only if `starred`. */
  stars = new Int32Array(TOKENS_AT_FIRST >> 5);

  readonly #random: SeededRandom;
  readonly #start: number;
  readonly #byteKey: number;
  readonly #wordKey: number;
  readonly #tokenKey: number;
  readonly #placeKey: number;
  readonly #accountKey: number;
  readonly #accountMask: number;
  readonly #endKey: number;
  /** By place: what a token there, a `*` there and a `>` there are made different by. */
  #places = new Int32Array(0);
  #starParts = new Int32Array(0);
  #tailParts = new Int32Array(0);
  /** Contributions of the tokens of the subject last read, and the sums of those before each place. */
  #parts = new Int32Array(0);
  #sums = new Int32Array(1);

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    const odd = () => this.#random.uint32() | 1 | 0;
    this.#start = this.#random.uint32() | 0;
    this.#byteKey = odd();
    this.#wordKey = odd();
    this.#tokenKey = odd();
    this.#placeKey = odd();
    this.#accountKey = odd();
    this.#accountMask = this.#random.uint32() | 0;
    this.#endKey = odd();
    this.#makeRoom(TOKENS_AT_FIRST);
  }

  /** @hot Reads a literal subject; whole tokens `*` and `>` are bytes like others to `literalHash` and
   *  `shapeHash`. */
  read(buf: Uint8Array, from: number, to: number): void {
    this.starred = false;
    this.broken = false;
    if (to - from >= this.#parts.length) this.#makeRoom(to - from + 1);
    const parts = this.#parts;
    const sums = this.#sums;
    const places = this.#places;
    const byteKey = this.#byteKey;
    const wordKey = this.#wordKey;
    const tokenKey = this.#tokenKey;
    const placeKey = this.#placeKey;
    let token = 0;
    let sum = 0;
    let at = from;
    let lastGreater = -1;
    while (at <= to) {
      let state = this.#start;
      let word = 0;
      const first = at;
      while (at < to) {
        let byte = buf[at]!;
        if (byte === DOT) break;
        word = byte;
        if (++at === to) break;
        byte = buf[at]!;
        if (byte === DOT) break;
        word = (word << 8) | byte;
        if (++at === to) break;
        byte = buf[at]!;
        if (byte === DOT) break;
        word = (word << 8) | byte;
        if (++at === to) break;
        byte = buf[at]!;
        if (byte === DOT) break;
        word = (word << 8) | byte;
        at++;
        state = Math.imul(state ^ word, byteKey);
        state = Math.imul(state ^ (state >>> 15), wordKey);
        word = 0;
      }
      if (at - first === 1) {
        if (word === STAR) this.#noteStar(token, to - from);
        else if (word === GREATER) lastGreater = token;
      } else if (at === first) this.broken = true;
      state = Math.imul(state ^ word, byteKey);
      state = Math.imul((state ^ (state >>> 15)) + (at - first), tokenKey);
      state = Math.imul((state ^ (state >>> 14)) + places[token]!, placeKey);
      state ^= state >>> 16;
      parts[token] = state;
      sum = (sum + state) | 0;
      sums[++token] = sum;
      at++;
    }
    this.tail = lastGreater === token - 1 && lastGreater >= 0;
    this.tokens = token;
  }

  /** Reads a pattern: a final `>` is left out of `tokens`. Answers true when it has wildcards. */
  readPattern(buf: Uint8Array, from: number, to: number): boolean {
    this.read(buf, from, to);
    if (this.tail) this.tokens--;
    return this.tail || this.starred;
  }

  /** @hot The hash of the subject last read as a literal one. */
  literalHash(account: number): number {
    return this.#finish(account, this.#sums[this.tokens]!);
  }

  /** The hash of the pattern last read. */
  patternHash(account: number): number {
    if (this.starred) return this.shapeHash(account, this.tokens, this.tail, this.stars, 0);
    const tail = this.tail ? this.#tailParts[this.tokens]! : 0;
    return this.#finish(account, (this.#sums[this.tokens]! + tail) | 0);
  }

  /**
   * @hot The hash of those patterns that have `*` where stars[at, …) has bits and for the rest the first
   * `tokens` tokens of the subject last read, then `>` if `tail`. `tokens` is at most what was read.
   */
  shapeHash(account: number, tokens: number, tail: boolean, stars: Int32Array, at: number): number {
    let sum = this.#sums[tokens]!;
    for (let base = 0, word = at; base < tokens; base += 32, word++) {
      let bits = stars[word]!;
      while (bits !== 0) {
        const place = base + 31 - Math.clz32(bits & -bits);
        sum = (sum + this.#starParts[place]! - this.#parts[place]!) | 0;
        bits &= bits - 1;
      }
    }
    if (tail) sum = (sum + this.#tailParts[tokens]!) | 0;
    return this.#finish(account, sum);
  }

  #finish(account: number, sum: number): number {
    let hash = Math.imul(account ^ this.#accountMask, this.#accountKey);
    hash = Math.imul((hash ^ (hash >>> 15)) + sum, this.#endKey);
    return hash ^ (hash >>> 15);
  }

  /** `length` bounds the tokens that the subject can have. */
  #noteStar(token: number, length: number): void {
    if (!this.starred) {
      const words = (length >>> 5) + 1;
      if (words > this.stars.length) this.stars = new Int32Array(words);
      else this.stars.fill(0, 0, words);
      this.starred = true;
    }
    this.stars[token >>> 5]! |= 1 << (token & 31);
  }

  /** A subject of n bytes has at most n + 1 tokens. The parts drawn for places that had room before stay as
   *  they are: hashes were made of them. */
  #makeRoom(tokens: number): void {
    const known = this.#places.length;
    this.#places = wider(this.#places, tokens + 1);
    this.#starParts = wider(this.#starParts, tokens + 1);
    this.#tailParts = wider(this.#tailParts, tokens + 1);
    for (let place = known; place <= tokens; place++) {
      this.#places[place] = this.#random.uint32();
      this.#starParts[place] = this.#random.uint32();
      this.#tailParts[place] = this.#random.uint32();
    }
    this.#parts = wider(this.#parts, tokens);
    this.#sums = wider(this.#sums, tokens + 1);
  }
}

function wider(old: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const fresh = new Int32Array(length);
  fresh.set(old);
  return fresh;
}
