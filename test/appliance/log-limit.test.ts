// Lines that repeat within a second are written once and then with how often they came, in order.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { LimitedSink } from "../../src/appliance/log-limit.ts";
import type { Level, LogFields } from "../../src/base/log.ts";

function makeSink() {
  const lines: string[] = [];
  const timers: (() => void)[] = [];
  const to = {
    write: (level: Level, at: number, text: string, fields?: LogFields) =>
      void lines.push(`${at} ${level} ${text}${fields === undefined ? "" : ` ${JSON.stringify(fields)}`}`),
  };
  const sink = new LimitedSink(to, (act, millis) => {
    expect(millis).toBe(1_000);
    timers.push(act);
  });
  return { sink, lines, timers };
}

test("a line that repeats is written at once, and then once with the count and the time of the last", () => {
  const { sink, lines, timers } = makeSink();
  for (let at = 0; at < 500; at++) sink.write("error", at, "same");
  expect(lines).toEqual(["0 error same"]);
  expect(timers).toHaveLength(1);
  timers[0]!();
  expect(lines).toEqual(["0 error same", "499 error same (repeated 499 times)"]);
  sink.write("error", 600, "same");
  timers[1]!();
  expect(lines.at(-1)).toBe("600 error same (repeated 1 time)");
});

test("lines that take turns are held back together, and come out in the order of their last", () => {
  const { sink, lines } = makeSink();
  for (let at = 0; at < 99; at++) sink.write("info", at, at % 2 === 0 ? "up" : "down");
  sink.flush();
  expect(lines).toEqual([
    "0 info up",
    "1 info down",
    "97 info down (repeated 48 times)",
    "98 info up (repeated 49 times)",
  ]);
});

test("a new line comes behind what was held back, so that the last line tells the last state", () => {
  const { sink, lines } = makeSink();
  for (const text of ["up", "up", "down"]) sink.write("info", 1, text);
  expect(lines).toEqual(["1 info up", "1 info up (repeated 1 time)", "1 info down"]);
});

test("after a second a line is new again", () => {
  const { sink, lines } = makeSink();
  for (const at of [0, 999, 1_000, 1_001]) sink.write("warn", at, "same");
  expect(lines).toEqual(["0 warn same", "999 warn same (repeated 1 time)", "1000 warn same"]);
});

test("debug and trace are written as they come, and lines differ by level and by fields", () => {
  const { sink, lines } = makeSink();
  for (const level of ["debug", "trace", "info", "warn"] as const) {
    for (let i = 0; i < 2; i++) sink.write(level, i, "same");
  }
  for (const account of ["a", "b"]) sink.write("info", 2, "same", { account });
  expect(lines.filter((line) => line.includes("debug") || line.includes("trace"))).toHaveLength(4);
  expect(lines.slice(-2)).toEqual(['2 info same {"account":"a"}', '2 info same {"account":"b"}']);
});

test("no line is lost or counted twice, the order of last ones is kept, and memory is bounded", () => {
  const line = fc.record({ text: fc.nat(400).map(String), wait: fc.constantFrom(0, 0, 1, 300, 1_200) });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 1_500, size: "max" }), (written) => {
      const { sink, lines, timers } = makeSink();
      let at = 0;
      for (const { text, wait } of written) {
        at += wait;
        if (wait > 1_000) for (const act of timers.splice(0)) act();
        sink.write("info", at, text);
      }
      sink.flush();
      const counts = new Map<string, number>();
      for (const each of lines) {
        const [, text, times] = /^\d+ info (\d+)(?: \(repeated (\d+) times?\))?$/.exec(each)!;
        counts.set(text!, (counts.get(text!) ?? 0) + Number(times ?? 1));
      }
      const expected = new Map<string, number>();
      for (const { text } of written) expected.set(text, (expected.get(text) ?? 0) + 1);
      expect(counts).toEqual(expected);
      const last = written.at(-1);
      if (last !== undefined) expect(lines.at(-1)!.split(" ")[2]).toBe(last.text);
    }),
    { numRuns: 50 },
  );
});
