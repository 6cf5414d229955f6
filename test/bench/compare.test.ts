// What a baseline holds, and when a run has fallen behind it.

import { expect, test } from "bun:test";
import { baselineOf } from "../../bench/compare/baseline.ts";
import { betterOf, compareWith } from "../../bench/compare/compare.ts";
import { isWanted } from "../../bench/lib/report.ts";
import { MACHINE, ratio, reportOf, wholeOf } from "./reports.ts";

const baseline = {
  machine: MACHINE,
  systems: { nats: "nats-server 2.15.2", box: "isthmus 1" },
  ratios: { "forward: a": 4, "forward: b": 2, "leaf: a": 1 },
};

const fallen = (rows: ReturnType<typeof compareWith>) =>
  rows.filter(({ hasFallen }) => hasFallen).map(({ suite, name }) => `${suite}: ${name}`);

test("a ratio has fallen when it is more than 15 % below the accepted one", () => {
  const at = (value: number) =>
    fallen(compareWith(baseline, [reportOf("forward", [ratio("a", value)])])).length;
  expect([5, 4, 3.41, 3.4, 3.39, 0].map(at)).toEqual([0, 0, 0, 0, 1, 1]);
});

test("a row that was run and gave no ratio has fallen", () => {
  expect(fallen(compareWith(baseline, [reportOf("forward", [ratio("b", null)])]))).toEqual(["forward: b"]);
});

test("rows are told apart by their suites, and those that were not run or not accepted are not judged", () => {
  const reports = [reportOf("leaf", [ratio("a", 0.9), ratio("new", 0.1)])];
  expect(compareWith(baseline, reports)).toEqual([
    { suite: "leaf", name: "a", accepted: 1, is: 0.9, hasFallen: false },
  ]);
});

test("of two measurements of a row the better one counts, and other rows stay as they were", () => {
  const first = compareWith(baseline, [reportOf("forward", [ratio("a", 1), ratio("b", 1)])]);
  const again = compareWith(baseline, [reportOf("forward", [ratio("a", 3.9)])]);
  const worse = compareWith(baseline, [reportOf("forward", [ratio("a", 0.5)])]);
  expect(fallen(betterOf(first, again))).toEqual(["forward: b"]);
  expect(betterOf(first, worse)).toEqual(first);
});

test("a baseline holds what was measured, but not what chance decides", () => {
  const noisy = { ...ratio("p99", 7), noisy: true as const };
  const report = wholeOf([reportOf("latency", [noisy, ratio("cpu", 1.23456), ratio("none", null)])]);
  expect(baselineOf(report).ratios).toEqual({ "latency: cpu": 1.235 });
  expect(baselineOf(report).machine).toEqual(MACHINE);
});

test("a row is run again by the name of a ratio that it gave", () => {
  expect(isWanted("client→gateway 16 B", "16 B")).toBe(true);
  expect(isWanted("64 requests under way", "64 requests under way: CPU of both")).toBe(true);
  expect(isWanted("one request under way", "64 requests under way: CPU of both")).toBe(false);
  expect(isWanted("anything", "")).toBe(true);
});
