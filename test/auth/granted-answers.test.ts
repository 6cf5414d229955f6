// Answers that are allowed beside permissions: client-and-auth.md §2.

import { expect, test } from "bun:test";
import { GrantedAnswers } from "../../src/auth/granted-answers.ts";

function granted(max: number, expiresMillis: number, bound?: number) {
  const time = { now: 1_000 };
  return { time, answers: new GrantedAnswers({ max, expiresMillis }, () => time.now, bound) };
}

test("a reply may be answered as often as it is allowed, and not before it came", () => {
  const { answers } = granted(2, 1_000);
  expect(answers.use("r")).toBe(false);
  answers.grant("r");
  expect([1, 2, 3].map(() => answers.use("r"))).toEqual([true, true, false]);
  answers.grant("r");
  expect(answers.use("r")).toBe(true);
  expect(answers.use("other")).toBe(false);
});

test("it may be answered as long as it is allowed", () => {
  const { answers, time } = granted(-1, 1_000);
  answers.grant("r");
  time.now += 999;
  expect([answers.use("r"), answers.use("r")]).toEqual([true, true]);
  time.now += 1;
  expect(answers.use("r")).toBe(false);
});

test("without an end it may be answered for ever", () => {
  const { answers, time } = granted(-1, -1);
  answers.grant("r");
  time.now += 1e12;
  expect(answers.use("r")).toBe(true);
});

test("so many replies are remembered, the newest ones", () => {
  const { answers } = granted(-1, -1, 2);
  for (const reply of ["a", "b", "c"]) answers.grant(reply);
  expect(["a", "b", "c"].map((reply) => answers.use(reply))).toEqual([false, true, true]);
});
