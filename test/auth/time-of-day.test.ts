// Hours of a day, also of days that are shorter or longer than others.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { isTimeZone, openUntil, parseTimeOfDay } from "../../src/auth/time-of-day.ts";

const seconds = (text: string): number => Date.parse(text) / 1_000;
const until = (start: string, end: string, zone: string, now: string): string | null => {
  const answer = openUntil([{ start, end }], zone, seconds(now));
  return answer === null ? null : new Date(answer * 1_000).toISOString().replace(".000Z", "Z");
};

test("a time of day has hours, minutes and seconds", () => {
  expect(parseTimeOfDay("00:00:00")).toBe(0);
  expect(parseTimeOfDay("7:05:09")).toBe(7 * 3_600 + 309);
  expect(parseTimeOfDay("23:59:59")).toBe(86_399);
  for (const wrong of ["", "24:00:00", "1:2:3", "12:60:00", "12:00:60", "12:00", "12:00:00 ", "-1:00:00"]) {
    expect(parseTimeOfDay(wrong)).toBeNull();
  }
});

test("zones are names of places that are known, and never offsets", () => {
  expect(
    ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "Local"].every(isTimeZone),
  ).toBe(true);
  expect(["Europe/Atlantis", "+01:00", "x".repeat(10_000), "a b"].some(isTimeZone)).toBe(false);
});

test("a range is open from its start until before its end", () => {
  const at = (now: string) => until("09:00:00", "17:00:00", "UTC", `2026-01-05T${now}Z`);
  const end = "2026-01-05T17:00:00Z";
  expect(["08:59:59", "09:00:00", "16:59:59", "17:00:00"].map(at)).toEqual([null, end, end, null]);
});

test("a range that ends before it starts goes on after midnight", () => {
  const at = (now: string) => until("22:00:00", "06:00:00", "UTC", now);
  expect(at("2026-01-05T23:00:00Z")).toBe("2026-01-06T06:00:00Z");
  expect(at("2026-01-06T00:00:00Z")).toBe("2026-01-06T06:00:00Z");
  expect([at("2026-01-06T06:00:00Z"), at("2026-01-06T21:59:59Z")]).toEqual([null, null]);
});

test("a range without length is never open", () => {
  expect(until("09:00:00", "09:00:00", "UTC", "2026-01-05T09:00:00Z")).toBeNull();
});

test("hours are those of the zone, and end when its clock says so", () => {
  expect(until("09:00:00", "17:00:00", "Asia/Kolkata", "2026-01-05T03:30:00Z")).toBe("2026-01-05T11:30:00Z");
  expect(until("09:00:00", "17:00:00", "Asia/Kolkata", "2026-01-05T03:29:59Z")).toBeNull();
  // In Berlin two o'clock was followed by four, and three o'clock came twice.
  expect(until("01:00:00", "05:00:00", "Europe/Berlin", "2026-03-29T00:30:00Z")).toBe("2026-03-29T03:00:00Z");
  expect(until("01:00:00", "05:00:00", "Europe/Berlin", "2026-10-25T00:00:00Z")).toBe("2026-10-25T04:00:00Z");
});

test("the longest of the ranges that are open counts", () => {
  const times = [
    { start: "09:00:00", end: "10:00:00" },
    { start: "08:00:00", end: "12:00:00" },
    { start: "11:00:00", end: "20:00:00" },
  ];
  expect(openUntil(times, "UTC", seconds("2026-01-05T09:30:00Z"))).toBe(seconds("2026-01-05T12:00:00Z"));
});

test("at every second of a day a range is open or its complement is", () => {
  const time = fc
    .integer({ min: 0, max: 86_399 })
    .map((second) => new Date(second * 1_000).toISOString().slice(11, 19));
  fc.assert(
    fc.property(time, time, fc.integer({ min: 0, max: 86_399 }), (from, to, second) => {
      fc.pre(from !== to);
      const now = seconds("2026-01-05T00:00:00Z") + second;
      const isOpen = openUntil([{ start: from, end: to }], "UTC", now) !== null;
      expect(openUntil([{ start: to, end: from }], "UTC", now) !== null).toBe(!isOpen);
    }),
  );
});
