// Subjects compared as strings, token by token: slow, and easy to believe. And arbitrary ones that meet
// often.

import fc from "fast-check";

/** Tokens that are easily taken for each other. */
const TOKEN = fc.constantFrom("a", "b", "ab", "a*", "*a", ">>", "$X", "_R_");

export const SUBJECT = fc.array(TOKEN, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join("."));

export const PATTERN = fc
  .tuple(
    fc.array(fc.oneof({ weight: 2, arbitrary: TOKEN }, { weight: 1, arbitrary: fc.constant("*") }), {
      minLength: 1,
      maxLength: 4,
    }),
    fc.boolean(),
  )
  .map(([tokens, open]) => (open ? [...tokens.slice(1), ">"] : tokens).join("."));

export function naiveMatches(pattern: string, subject: string): boolean {
  const wanted = pattern.split(".");
  const given = subject.split(".");
  if (wanted.at(-1) === ">") {
    return given.length >= wanted.length && agree(wanted.slice(0, -1), given);
  }
  return wanted.length === given.length && agree(wanted, given);
}

function agree(wanted: readonly string[], given: readonly string[]): boolean {
  return wanted.every((token, at) => token === "*" || token === given[at]);
}

/** All that b matches, a matches too. */
export function naiveCovers(a: string, b: string): boolean {
  const wide = a.split(".");
  const narrow = b.split(".");
  if (wide.at(-1) === ">") {
    if (narrow.length < wide.length) return false;
    return wide
      .slice(0, -1)
      .every((token, at) => narrow[at] !== ">" && (token === "*" || token === narrow[at]));
  }
  return narrow.at(-1) !== ">" && wide.length === narrow.length && agree(wide, narrow);
}

/** Some subject is matched by both. */
export function naiveCollides(a: string, b: string): boolean {
  const [left, right] = [a.split("."), b.split(".")];
  const shared = Math.max(left.length, right.length);
  const stretch = (tokens: string[]): string[] =>
    tokens.at(-1) === ">"
      ? [...tokens.slice(0, -1), ...Array<string>(shared - tokens.length + 1).fill("*")]
      : tokens;
  const [one, other] = [stretch(left), stretch(right)];
  if (one.length !== other.length) return false;
  return one.every((token, at) => token === "*" || other[at] === "*" || token === other[at]);
}
