// Durations and sizes mean what they mean to nats-server.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DURATION_MILLIS_MAX, parseDurationMillis, parseSuffixedInteger } from "../../src/config/units.ts";

describe("durations", () => {
  const READ: [string | number, number][] = [
    ["2s", 2_000],
    ["1m30s", 90_000],
    ["500ms", 500],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1_000],
    ["+10s", 10_000],
    ["1h0m0.25s", 3_600_250],
    ["100us", 1],
    ["1500µs", 2],
    ["1ns", 1],
    ["0", 0],
    ["0s", 0],
    [2, 2_000],
    [0.5, 500],
    [0, 0],
    ["0.1s", 100],
    ["0.3s", 300],
  ];
  test.each(READ)("%p is %p milliseconds", (text, millis) => {
    expect(parseDurationMillis(text)).toBe(millis);
  });

  const REFUSED: (string | number)[] = [
    ...["", "s", "2", "2 s", "-2s", "2S", "2d", "1m 30s", "1e3s", "2s;", ".s", "1..5s", "٣s"],
    ...[-1, Number.NaN, Number.POSITIVE_INFINITY, DURATION_MILLIS_MAX],
  ];
  test.each(REFUSED)("%p is no duration", (text) => {
    expect(parseDurationMillis(text)).toBeNull();
  });

  test("a positive duration never becomes none, and is never shortened", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.constantFrom("ns", "us", "ms", "s"), (count, unit) => {
        const millis = parseDurationMillis(`${count}${unit}`);
        const exact = count * { ns: 1e-6, us: 1e-3, ms: 1, s: 1e3 }[unit];
        if (exact > DURATION_MILLIS_MAX) return millis === null;
        return millis !== null && millis >= 1 && millis >= exact - 1e-6 && millis < exact + 1;
      }),
    );
  });
});

describe("numbers with suffixes", () => {
  const READ: [string | number, number][] = [
    ["1k", 1_000],
    ["1K", 1_000],
    ["1KB", 1_024],
    ["1Kb", 1_024],
    ["1Ki", 1_024],
    ["1KiB", 1_024],
    ["1m", 1_000_000],
    ["1MB", 1_048_576],
    ["1mib", 1_048_576],
    ["2G", 2_000_000_000],
    ["1GB", 1_073_741_824],
    ["1t", 1e12],
    ["1TiB", 1_024 ** 4],
    ["7P", 7e15],
    ["1PB", 1_024 ** 5],
    ["-1", -1],
    ["0", 0],
    ["010", 10],
    [1024, 1024],
    [-1, -1],
  ];
  test.each(READ)("%p is %p", (text, value) => {
    expect(parseSuffixedInteger(text)).toBe(value);
  });

  const REFUSED: (string | number)[] = [
    ...["", "k", "1 MB", "1MBB", "1bi", "1B", "1x", "1.5MB", "0x10", "1_000", "+1", "1EB", "9E"],
    ...[1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53],
  ];
  test.each(REFUSED)("%p is no whole number", (text) => {
    expect(parseSuffixedInteger(text)).toBeNull();
  });
});
