import { expect, test } from "bun:test";
import { RECENT_COMPARED_MAX, RECENT_SUBSCRIPTION_MILLIS } from "../../src/base/limits.ts";
import { ReplyWindow } from "../../src/interest/reply-window.ts";
import { bytes, joined } from "../support/bytes.ts";

function covers(window: ReplyWindow, reply: string, now: number): boolean {
  const around = joined([bytes("zz"), bytes(reply), bytes("zz")]);
  return window.covers(around, 2, around.length - 2, now);
}

test("a reply is mapped while a subscription that covers it is younger than two seconds", () => {
  expect(RECENT_SUBSCRIPTION_MILLIS).toBe(2_000);
  const window = new ReplyWindow();
  expect(covers(window, "_INBOX.a.1", 0)).toBe(false);
  window.subscribed(bytes("_INBOX.a.*"), 1_000);
  expect(covers(window, "_INBOX.a.1", 1_000)).toBe(true);
  expect(covers(window, "_INBOX.b.1", 1_000)).toBe(false);
  expect(covers(window, "_INBOX.a.1.2", 1_000)).toBe(false);
  expect(covers(window, "_INBOX.a.1", 2_999)).toBe(true);
  expect(covers(window, "_INBOX.a.1", 3_000)).toBe(false);
});

test("each subscription has a window of its own, and a new one opens it again", () => {
  const window = new ReplyWindow();
  window.subscribed(bytes("a.>"), 0);
  window.subscribed(bytes("b.>"), 1_500);
  expect([covers(window, "a.x", 1_999), covers(window, "b.x", 1_999)]).toEqual([true, true]);
  expect([covers(window, "a.x", 2_000), covers(window, "b.x", 2_000)]).toEqual([false, true]);
  window.subscribed(bytes("a.x"), 3_000);
  expect([covers(window, "a.x", 4_999), covers(window, "b.x", 3_500)]).toEqual([true, false]);
});

test("with more subscriptions than are compared every reply is mapped, until they are old", () => {
  const window = new ReplyWindow();
  for (let n = 0; n < RECENT_COMPARED_MAX; n++) window.subscribed(bytes(`s.${n}`), 100);
  expect(covers(window, "other", 100)).toBe(false);
  window.subscribed(bytes("s.last"), 200);
  expect([covers(window, "other", 200), covers(window, "s.last", 2_199)]).toEqual([true, true]);
  expect([covers(window, "other", 2_200), covers(window, "s.last", 2_200)]).toEqual([false, false]);
});

test("subscriptions that are old make room for new ones", () => {
  const window = new ReplyWindow();
  for (let n = 0; n < 1_000; n++) window.subscribed(bytes(`s.${n}`), n * 500);
  const now = 999 * 500;
  expect([covers(window, "other", now), covers(window, "s.999", now), covers(window, "s.996", now)]).toEqual([
    false,
    true,
    true,
  ]);
  expect(covers(window, "s.995", now)).toBe(false);
});
