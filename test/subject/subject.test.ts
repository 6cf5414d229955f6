import { expect, test } from "bun:test";
import fc from "fast-check";
import { bytesOf } from "../../src/base/bytes.ts";
import { hasWildcard, isLiteral, isValidSubject, tokenCount } from "../../src/subject/subject.ts";

/** Puts the subject between other bytes, so that a look outside of the range shows. */
function within<T>(text: string, ask: (buf: Uint8Array, from: number, to: number) => T): T {
  const buf = bytesOf(`*.${text}.>`);
  return ask(buf, 2, buf.length - 2);
}

test("subjects of whole tokens are valid, wildcards included", () => {
  for (const text of ["a", "a.b.c", "*", ">", "*.>", "a.*.b", "a.>", "foo*bar.>x", ">>.a", "**", "é.ü"]) {
    expect([text, within(text, isValidSubject)]).toEqual([text, true]);
  }
});

test("empty tokens, white space and an early > make a subject invalid", () => {
  for (const text of [
    "",
    ".",
    ".a",
    "a.",
    "a..b",
    ">.a",
    "a.>.b",
    "a b",
    "a\tb",
    "a\r",
    "\n",
    "a\fb",
    ">.>",
  ]) {
    expect([text, within(text, isValidSubject)]).toEqual([text, false]);
  }
});

test("only whole tokens are wildcards", () => {
  for (const text of ["*", ">", "a.*", "*.a", "a.*.b", "a.>"]) {
    expect([text, within(text, hasWildcard), within(text, isLiteral)]).toEqual([text, true, false]);
  }
  for (const text of ["a", "foo*bar", "*a", "a*", "a.>b", ">>", "**", "a.b>"]) {
    expect([text, within(text, hasWildcard), within(text, isLiteral)]).toEqual([text, false, true]);
  }
});

test("tokens are counted by their dots", () => {
  expect(tokenCount(bytesOf("a"), 1, 1)).toBe(0);
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "bc", "*", ">"), { minLength: 1 }), (tokens) => {
      expect(within(tokens.join("."), tokenCount)).toBe(tokens.length);
    }),
  );
});

test("validity agrees with a reading by split", () => {
  const text = fc.string({ unit: fc.constantFrom("a", ".", "*", ">", " "), maxLength: 8 });
  fc.assert(
    fc.property(text, (subject) => {
      const tokens = subject.split(".");
      const valid = tokens.every(
        (token, i) => token !== "" && !token.includes(" ") && (token !== ">" || i === tokens.length - 1),
      );
      expect(within(subject, isValidSubject)).toBe(valid);
      expect(within(subject, hasWildcard)).toBe(tokens.some((token) => token === "*" || token === ">"));
    }),
    { numRuns: 2000 },
  );
});
