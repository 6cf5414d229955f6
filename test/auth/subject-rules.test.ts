// Subjects that hold each other, found without comparing each with each.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { isContained, localPattern, overlap, subjectFaults } from "../../src/auth/subject-rules.ts";
import { PATTERN } from "./naive-subjects.ts";

test("an overlap is found exactly when one of the subjects holds another", () => {
  fc.assert(
    fc.property(fc.array(PATTERN, { maxLength: 6 }), (subjects) => {
      const found = overlap(subjects);
      const exists = subjects.some((inner, i) =>
        subjects.some((outer, j) => i !== j && isContained(inner, outer)),
      );
      expect(found !== null).toBe(exists);
      if (found !== null) expect(isContained(found.inner, found.outer)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

test("thousands of subjects that nearly hold each other are compared within a second", () => {
  const bits = (n: number): string => [...n.toString(2).padStart(11, "0")].map((bit) => "a*"[+bit]).join(".");
  const subjects = Array.from({ length: 2_048 }, (_, i) => `${bits(i)}.${i}`);
  const before = performance.now();
  expect(overlap(subjects)).toBeNull();
  expect(performance.now() - before).toBeLessThan(1_000);
});

test("numbers in a local name stand for wildcards", () => {
  expect(localPattern("a.$1.b.$22.$x.$")).toBe("a.*.b.*.$x.$");
});

test("a subject that would fit no line has too many tokens", () => {
  expect(subjectFaults("a.".repeat(2_048))).toContainEqual(expect.stringContaining("too many tokens"));
  expect(subjectFaults("a.".repeat(2_047).concat("a"))).toEqual([]);
});
