// Subjects made from subjects: what `mappings`, and `to` and `prefix` of imports come down to. Compiled once;
// bytes in, bytes out. Source: nats-server 2.15, subject_transform.go; client-and-auth.md §2.

import { DOT } from "../base/ascii.ts";
import { bytesOf } from "../base/bytes.ts";
import { below, type Random } from "../base/random.ts";
import {
  applyFunction,
  isBroken,
  type MappingFunction,
  type MappingProblem,
  readToken,
} from "./placeholder.ts";

/** A part of the destination: bytes as they are, or what a function makes of the subject. */
type Part = Uint8Array | MappingFunction;

/** Why a source and a destination make no transform; words for a person. */
export interface BadTransform {
  readonly problem: string;
}

const PROBLEMS: Readonly<Record<MappingProblem, string>> = {
  "function-unknown": "an unknown mapping function",
  "arguments-few": "a mapping function with too few arguments",
  "arguments-many": "a mapping function with too many arguments",
  "argument-wrong": "a mapping function with a wrong argument",
};

export class SubjectTransform {
  readonly #parts: readonly Part[];
  /** The source's tokens before `>`, which is where the tail begins; -1 without `>`. */
  readonly #tail: number;

  private constructor(
    readonly source: string,
    readonly destination: string,
    parts: readonly Part[],
    tail: number,
  ) {
    this.#parts = parts;
    this.#tail = tail;
  }

  /**
   * `isStrict` is for imports, which must be reversible: only wildcards, and all of them. Sources of `>` and
   * destinations of `>` go together.
   */
  static compile(source: string, destination: string, isStrict = false): SubjectTransform | BadTransform {
    const from = infoOf(source);
    const to = infoOf(destination);
    if (from === null) return { problem: `"${source}" is no valid subject` };
    if (to === null) return { problem: `"${destination}" is no valid subject` };
    if (to.stars.length > 0)
      return { problem: `"${destination}" has a *; name the token as {{wildcard(1)}}` };
    if (from.hasTail !== to.hasTail) {
      return { problem: `"${source}" and "${destination}" must both end in > or neither` };
    }
    const isLiteral = from.stars.length === 0 && !from.hasTail;
    const parts: Part[] = [];
    let used = 0;
    for (const token of to.hasTail ? to.tokens.slice(0, -1) : to.tokens) {
      const part = readToken(token);
      if (part === null) {
        parts.push(bytesOf(token));
        continue;
      }
      if (isBroken(part)) return { problem: `"${token}" has ${PROBLEMS[part.broken]}` };
      if (isStrict && !isLiteral && part.name !== "wildcard") {
        return { problem: `"${token}": imports take wildcards only, no other functions` };
      }
      // A literal is one bucket's, whatever tokens are named; nats-server takes it too.
      const wanted = isLiteral && part.name === "partition" ? [] : part.tokens;
      if (wanted.some((at) => isLiteral || at > from.stars.length)) {
        return { problem: `"${token}" names a wildcard that "${source}" does not have` };
      }
      used += wanted.length;
      parts.push({ ...part, tokens: wanted.map((at) => from.stars[at - 1] ?? 0) });
    }
    if (isStrict && used < from.stars.length) {
      return { problem: `"${destination}" does not use all wildcards of "${source}"` };
    }
    return new SubjectTransform(source, destination, parts, from.hasTail ? from.tokens.length - 1 : -1);
  }

  /** Different every time, so that nothing may be remembered of it. */
  get isRandom(): boolean {
    return this.#parts.some((part) => !(part instanceof Uint8Array) && part.name === "random");
  }

  /** The literal or pattern buf[from, to), which the source covers, as the destination has it. */
  map(buf: Uint8Array, from: number, to: number, random: Random | null = null): Uint8Array {
    const text = characters(buf, from, to);
    const tokens = text.split(".");
    const out: number[] = [];
    for (const [at, part] of this.#parts.entries()) {
      if (at > 0) out.push(DOT);
      if (part instanceof Uint8Array) out.push(...part);
      else if (part.name === "random") append(out, String(draw(random, part.number)));
      else append(out, applyFunction(part, tokens, text));
    }
    if (this.#tail < 0) return Uint8Array.from(out);
    if (this.#parts.length > 0) out.push(DOT);
    append(out, tokens.slice(this.#tail).join("."));
    return Uint8Array.from(out);
  }

  /** The way back of a strict transform; null where there is none. */
  reverse(): SubjectTransform | null {
    const { pattern, placeholders } = withWildcards(this.destination);
    const left = [...placeholders];
    const back = this.source.split(".").map((token) => (token === "*" ? (left.shift() ?? "*") : token));
    const made = SubjectTransform.compile(pattern, back.join("."), true);
    return made instanceof SubjectTransform ? made : null;
  }
}

/** One character a byte, because positions in tokens count bytes. */
function characters(buf: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(buf[i]!);
  return text;
}

function append(out: number[], text: string): void {
  for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i));
}

function draw(random: Random | null, max: number): number {
  return random === null || max <= 0 ? 0 : below(random, max);
}

interface Info {
  readonly tokens: readonly string[];
  /** Where the source's `*` stand. */
  readonly stars: readonly number[];
  readonly hasTail: boolean;
}

function infoOf(subject: string): Info | null {
  const tokens = subject.split(".");
  const stars: number[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token === "" || (token === ">" && at !== tokens.length - 1)) return null;
    if (token === "*") stars.push(at);
  }
  return { tokens, stars, hasTail: tokens.at(-1) === ">" };
}

/** `foo.*.*` as the destination `foo.$1.$2`. */
export function withPlaceholders(pattern: string): string {
  let at = 0;
  return pattern
    .split(".")
    .map((token) => (token === "*" ? `$${++at}` : token))
    .join(".");
}

/** `foo.$2.{{wildcard(1)}}` as the pattern `foo.*.*`, and what stood there. */
export function withWildcards(destination: string): { pattern: string; placeholders: string[] } {
  const placeholders: string[] = [];
  const tokens = destination.split(".").map((token) => {
    const isOld = /^\$[1-9]/.test(token);
    if (!isOld && !/\{\{\s*[wW]ildcard\s*\(.+\)\s*\}\}/.test(token)) return token;
    placeholders.push(token);
    return "*";
  });
  return { pattern: tokens.join("."), placeholders };
}
