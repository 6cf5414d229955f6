// Latency is measured from when a message was to be sent, whatever happened to the generator.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { histogram, latencyOf, packed, record } from "../../bench/lib/histogram.ts";
import { lateness, Plan } from "../../bench/lib/pacing.ts";

function told(plan: Plan, from: number, to: number, nanos: number): [nanos: number, count: number][] {
  const all: [number, number][] = [];
  lateness(plan, from, to, nanos, (late, count) => all.push([late, count]));
  return all;
}

test("a message is due at its planned time and not before, and no more are due than were planned", () => {
  const plan = new Plan(1_000, 100, 3);
  expect([999, 1_000, 1_099, 1_100, 1_199, 1_200, 9_999].map((at) => plan.dueAt(at))).toEqual([
    0, 1, 1, 2, 2, 3, 3,
  ]);
});

test("every message is due from its own planned time on", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 1, max: 1_000 }), (index, interval) => {
      const plan = new Plan(77, interval, 10_000);
      expect(plan.dueAt(plan.timeOf(index))).toBe(index + 1);
      expect(plan.dueAt(plan.timeOf(index) - 1)).toBe(index);
    }),
  );
});

test("a pause counts for every message that was planned within it", () => {
  // Ten messages at 100 ns, all held up until 1,000: the first waited longest.
  expect(told(new Plan(0, 100, 10), 0, 10, 1_000)).toEqual(
    Array.from({ length: 10 }, (_, at) => [1_000 - at * 100, 1]),
  );
});

test("when many arrive at once each still counts once, and for no less than it was late", () => {
  const plan = new Plan(0, 10, 100_000);
  const all = told(plan, 5, 70_005, 1_000_000);
  expect(all.length).toBeLessThanOrEqual(256);
  expect(all.reduce((sum, [, count]) => sum + count, 0)).toBe(70_000);
  expect(all[0]).toEqual([1_000_000 - 50, Math.ceil(70_000 / 256)]);
});

test("nothing arrives when nothing came", () => {
  expect(told(new Plan(0, 10, 10), 4, 4, 500)).toEqual([]);
});

test("a percentile is the median of those of the rounds, and the greatest is that of all", () => {
  const round = (micros: number) => {
    const one = histogram();
    record(one, micros * 1_000, 1_000);
    return packed(one);
  };
  const { count, p50, p999, max } = latencyOf([round(10), round(5_000), round(20)]);
  expect(count).toBe(3_000);
  expect(p50).toBeCloseTo(20, 0);
  expect(p999).toBeCloseTo(20, 0);
  expect(max).toBeGreaterThan(4_990);
});

test("what is later than can be recorded is recorded as late as can be, and not left out", () => {
  const one = histogram();
  record(one, 1e15, 2);
  record(one, -5, 1);
  expect(one.totalCount).toBe(3);
  expect(one.maxValue).toBeGreaterThanOrEqual(60e9);
});
