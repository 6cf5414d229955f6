// When does memory grow without bound?

import { expect, test } from "bun:test";
import { growthOf } from "../../bench/soak/memory.ts";

const MIB = 2 ** 20;
const samples = (of: (at: number) => number): number[] =>
  Array.from({ length: 120 }, (_, at) => of(at) * MIB);

test("memory that rises in the warm-up and then stands still does not grow", () => {
  expect(growthOf(samples((at) => Math.min(50 + at * 10, 350))).isUnbounded).toBe(false);
});

test("memory that breathes does not grow", () => {
  expect(growthOf(samples((at) => 100 + 60 * (at % 7))).isUnbounded).toBe(false);
});

test("memory that breathes slowly, as it is collected, does not grow", () => {
  expect(growthOf(samples((at) => 100 + 4 * (at % 25))).isUnbounded).toBe(false);
});

test("memory that rises by a megabyte a sample grows, also when it breathes", () => {
  expect(growthOf(samples((at) => 100 + at)).isUnbounded).toBe(true);
  expect(growthOf(samples((at) => 100 + at + 4 * (at % 20))).isUnbounded).toBe(true);
});

test("a peak decides nothing", () => {
  expect(growthOf(samples((at) => (at > 112 ? 5_000 : 100))).isUnbounded).toBe(false);
});

test("a tenth and some megabytes more are allowed", () => {
  expect(growthOf(samples((at) => (at < 60 ? 200 : 250))).isUnbounded).toBe(false);
  expect(growthOf(samples((at) => (at < 60 ? 200 : 260))).isUnbounded).toBe(true);
});

test("too few samples are not judged", () => {
  expect(() => growthOf([1, 2, 3])).toThrow("too few");
});
