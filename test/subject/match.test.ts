import { expect, test } from "bun:test";
import fc from "fast-check";
import { bytesOf } from "../../src/base/bytes.ts";
import { collides, covers, matches } from "../../src/subject/match.ts";

type Relation = typeof matches;

/** Puts both subjects between other bytes, so that a look outside of a range shows. */
function ask(relation: Relation, a: string, b: string): boolean {
  const left = bytesOf(`x.${a}.x`);
  const right = bytesOf(`.x.${b}.`);
  return relation(left, 2, left.length - 2, right, 3, right.length - 1);
}

test("a pattern matches literals token by token", () => {
  const yes = ["a a", "* a", "> a", "> a.b.c", "a.> a.b", "a.> a.b.c", "a.*.c a.b.c", "*.* a.b", "*.> a.b"];
  const no = [
    "a b",
    "a a.b",
    "a.b a",
    "* a.b",
    "a.> a",
    "a.* a",
    "a.* a.b.c",
    "*.b a.c",
    "a.> b.a",
    "aa a",
    "a aa",
  ];
  for (const pair of yes) expect([pair, ask(matches, ...split(pair))]).toEqual([pair, true]);
  for (const pair of no) expect([pair, ask(matches, ...split(pair))]).toEqual([pair, false]);
});

test("wildcard characters inside tokens are ordinary characters", () => {
  const yes = ["foo*bar foo*bar", "a.>b a.>b", "** **"];
  const no = ["foo*bar foo.bar", "foo*bar fooxbar", "a.>b a.b", "** ab", ">> a"];
  for (const pair of yes) expect([pair, ask(matches, ...split(pair))]).toEqual([pair, true]);
  for (const pair of no) expect([pair, ask(matches, ...split(pair))]).toEqual([pair, false]);
});

test("a pattern covers another when it is nowhere narrower", () => {
  const yes = [
    "> a",
    "> *",
    "> >",
    "> a.>",
    "a.> a.*.b",
    "* a",
    "* *",
    "*.> a.>",
    "a.* a.*",
    "a.> a.>",
    "*.* a.*",
  ];
  const no = ["* >", "a *", "a.* a.>", "a.> >", "*.* *.>", "a.> *.a", "a.*.b a.>", "* *.*", "a.> a"];
  for (const pair of yes) expect([pair, ask(covers, ...split(pair))]).toEqual([pair, true]);
  for (const pair of no) expect([pair, ask(covers, ...split(pair))]).toEqual([pair, false]);
});

test("patterns collide when one literal could match both", () => {
  const yes = ["a.* *.b", "> a", "a.> *.*", "a.> a.b.c", "*.b.> a.*.c", "* >", "a a"];
  const no = ["a.* b.*", "a.> a", "* *.*", "a.b.* a.*", "a.*.c *.b.d", "a b"];
  for (const pair of yes) {
    const [a, b] = split(pair);
    expect([pair, ask(collides, a, b), ask(collides, b, a)]).toEqual([pair, true, true]);
  }
  for (const pair of no) {
    const [a, b] = split(pair);
    expect([pair, ask(collides, a, b), ask(collides, b, a)]).toEqual([pair, false, false]);
  }
});

// Every literal of up to four tokens over three letters: `c` stands for whatever the patterns do not name.
const UNIVERSE = literals(4);

test("all three relations are what the literals they speak of say", () => {
  const tokens = fc.array(fc.constantFrom("a", "b", "*"), { minLength: 0, maxLength: 3 });
  const pattern = fc
    .tuple(tokens, fc.boolean())
    .map(([head, tail]) => (tail || head.length === 0 ? [...head, ">"] : head).join("."));
  fc.assert(
    fc.property(pattern, pattern, (a, b) => {
      const ofA = UNIVERSE.map((literal) => naive(a, literal));
      const ofB = UNIVERSE.map((literal) => naive(b, literal));
      UNIVERSE.forEach((literal, i) => {
        expect(ask(matches, a, literal)).toBe(ofA[i]!);
      });
      expect(ask(covers, a, b)).toBe(ofB.every((matched, i) => !matched || ofA[i]!));
      expect(ask(collides, a, b)).toBe(ofB.some((matched, i) => matched && ofA[i]!));
    }),
    { numRuns: 300 },
  );
});

function naive(pattern: string, literal: string): boolean {
  const source = pattern.replaceAll(".", "\\.").replaceAll("*", "[^.]+").replace(/>$/, ".+");
  return new RegExp(`^${source}$`).test(literal);
}

function literals(tokensMax: number): string[] {
  const all: string[] = [];
  let longest = [""];
  for (let tokens = 1; tokens <= tokensMax; tokens++) {
    longest = longest.flatMap((head) =>
      ["a", "b", "c"].map((token) => (head === "" ? token : `${head}.${token}`)),
    );
    all.push(...longest);
  }
  return all;
}

function split(pair: string): [string, string] {
  const [a, b] = pair.split(" ");
  return [a!, b!];
}
