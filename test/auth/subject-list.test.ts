// A list of patterns gives the answers of one that compares them all, however long it is.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { SubjectList } from "../../src/auth/subject-list.ts";
import { bytesOf } from "../../src/base/bytes.ts";
import { naiveCollides, naiveCovers, naiveMatches, PATTERN, SUBJECT } from "./naive-subjects.ts";

/** Between other bytes, so that a look outside of the range shows. */
function ask(list: SubjectList, question: "has" | "covers" | "meets", subject: string): boolean {
  const buf = bytesOf(`x.${subject}.x`);
  return list[question](buf, 2, buf.length - 2);
}

const patterns = (maxLength: number) => fc.array(PATTERN, { maxLength });
const wild = PATTERN.filter((pattern) => pattern.split(".").some((token) => token === "*" || token === ">"));

for (const [length, name] of [
  [4, "a short list"],
  [40, "a long list"],
] as const) {
  test(`${name} has a subject when one of its patterns matches it`, () => {
    fc.assert(
      fc.property(patterns(length), SUBJECT, (list, subject) => {
        const wanted = list.some((pattern) => naiveMatches(pattern, subject));
        expect(ask(new SubjectList(list), "has", subject)).toBe(wanted);
      }),
      { numRuns: 3_000 },
    );
  });

  test(`${name} covers a pattern when one of its own does`, () => {
    fc.assert(
      fc.property(patterns(length), wild, (list, pattern) => {
        const wanted = list.some((entry) => naiveCovers(entry, pattern));
        expect(ask(new SubjectList(list), "covers", pattern)).toBe(wanted);
      }),
      { numRuns: 3_000 },
    );
  });

  test(`${name} meets a pattern when there is a subject that both match`, () => {
    fc.assert(
      fc.property(patterns(length), wild, (list, pattern) => {
        const wanted = list.some((entry) => naiveCollides(entry, pattern));
        expect(ask(new SubjectList(list), "meets", pattern)).toBe(wanted);
      }),
      { numRuns: 3_000 },
    );
  });
}

test("the answers are also those of looking at every subject of a small alphabet", () => {
  const subjects = ["a", "b", "ab"].flatMap((a) => [
    a,
    ...["a", "b"].flatMap((b) => [`${a}.${b}`, `${a}.${b}.a`]),
  ]);
  fc.assert(
    fc.property(patterns(12), (list) => {
      const compiled = new SubjectList(list);
      for (const subject of subjects) {
        expect(ask(compiled, "has", subject)).toBe(list.some((each) => naiveMatches(each, subject)));
      }
    }),
    { numRuns: 300 },
  );
});

test("an entry counts once, however often it is listed", () => {
  expect(new SubjectList(["a", "b.*", "a", "b.*"]).size).toBe(2);
  expect(new SubjectList([]).size).toBe(0);
  expect(ask(new SubjectList([]), "has", "a")).toBe(false);
  expect(ask(new SubjectList([]), "meets", ">")).toBe(false);
});

test("letters beyond ASCII are bytes like others", () => {
  const list = new SubjectList(["größe.*", "größe.b", "日本.>", "a", "b", "c", "😀.x", "\uffee.x"]);
  for (const subject of ["größe.a", "日本.東京.x", "😀.x", "\uffee.x"])
    expect(ask(list, "has", subject)).toBe(true);
  for (const subject of ["größer.a", "日.x", "😀", "😁.x"]) expect(ask(list, "has", subject)).toBe(false);
  expect(ask(list, "meets", "😀.*")).toBe(true);
  expect(ask(list, "meets", "\uffee.*")).toBe(true);
});

/** How long one question takes, in microseconds: the best of a few rounds, so that it is not told by a busy
 *  machine. */
function microsEach(list: SubjectList, asked: readonly Uint8Array[]): number {
  let best = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let round = 0; round < 20; round++) {
    const began = performance.now();
    for (const buf of asked) if (list.has(buf, 0, buf.length)) found++;
    best = Math.min(best, ((performance.now() - began) * 1_000) / asked.length);
  }
  expect(found % asked.length).toBe(0);
  return best;
}

test("ten thousand entries are looked through as quickly as ten", () => {
  const named = (count: number, tail: string) =>
    new SubjectList(Array.from({ length: count }, (_, at) => `devices.region-${at % 7}.unit-${at}${tail}`));
  for (const tail of ["", ".>"]) {
    const subjects = Array.from({ length: 1_000 }, (_, at) =>
      bytesOf(`devices.region-${at % 7}.unit-${at}.state`),
    );
    const few = microsEach(named(10, tail), subjects.slice(0, 10));
    const many = microsEach(named(10_000, tail), subjects);
    expect(many).toBeLessThan(Math.max(20 * few, 5));
  }
});
