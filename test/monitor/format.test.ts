// Durations and times as Go writes them.

import { expect, test } from "bun:test";
import { durationText, rttText, timeText, uptimeText } from "../../src/monitor/format.ts";

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

test("a duration is written as Go writes it", () => {
  const cases: [number, string][] = [
    [0, "0s"],
    [0.000_5, "500ns"],
    [0.001_5, "1.5µs"],
    [0.819, "819µs"],
    [1.579_402, "1.579402ms"],
    [2.5, "2.5ms"],
    [4_000, "4s"],
    [1_500, "1.5s"],
    [59_999.999_999, "59.999999999s"],
    [90_000, "1m30s"],
    [3_723_500, "1h2m3.5s"],
    [100 * 3_600_000, "100h0m0s"],
    [-5, "0s"],
  ];
  for (const [millis, text] of cases) expect(durationText(millis)).toBe(text);
});

test("a round trip below a millisecond is cut to microseconds", () => {
  expect(rttText(0.819_7)).toBe("819µs");
  expect(rttText(2.524_965)).toBe("2.524965ms");
  expect(rttText(0)).toBe("0s");
  expect(rttText(0.000_4)).toBe("400ns");
});

test("an uptime has whole seconds, and days and years only where there are some", () => {
  expect(uptimeText(999)).toBe("0s");
  expect(uptimeText(59_000)).toBe("59s");
  expect(uptimeText(60_000)).toBe("1m0s");
  expect(uptimeText(DAY + 2 * 3_600_000 + 3 * 60_000 + 4_000)).toBe("1d2h3m4s");
  expect(uptimeText(366 * DAY + 5_000)).toBe("1y1d0h0m5s");
  expect(uptimeText(-1)).toBe("0s");
});

test("a time is RFC 3339 without zeros at the end of its fraction", () => {
  const whole = Date.UTC(2026, 10, 23, 5, 18, 5);
  expect(timeText(whole)).toBe("2026-11-23T05:18:05Z");
  expect(timeText(whole + 709)).toBe("2026-11-23T05:18:05.709Z");
  expect(timeText(whole + 0.25)).toBe("2026-11-23T05:18:05.00025Z");
  expect(Math.abs(Date.parse(timeText(whole + 123.456)) - (whole + 123))).toBeLessThanOrEqual(1);
});

test("what is no time is Go's zero time", () => {
  for (const none of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(timeText(none)).toBe("0001-01-01T00:00:00Z");
  }
});
