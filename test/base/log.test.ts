import { expect, test } from "bun:test";
import { SystemClock } from "../../src/base/clock.ts";
import { type Level, Log } from "../../src/base/log.ts";

test("a level writes itself and what is more urgent, each line with the time", () => {
  const written = (level: Level): string[] => {
    const lines: string[] = [];
    const sink = { write: (at: Level, now: number, text: string) => void lines.push(`${at}@${now} ${text}`) };
    const log = new Log(sink, { now: () => 5 }, level);
    for (const name of ["error", "warn", "info", "debug", "trace"] as const) log[name](name[0]!);
    return lines;
  };
  expect(written("info")).toEqual(["error@5 e", "warn@5 w", "info@5 i"]);
  expect(written("debug")).toEqual([...written("info"), "debug@5 d"]);
  expect(written("trace")).toEqual([...written("debug"), "trace@5 t"]);
});

test("the machine's clock is near the epoch time and never goes back", () => {
  const clock = new SystemClock();
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
  let last = clock.now();
  for (let i = 0; i < 10_000; i++) {
    const now = clock.now();
    expect(now >= last).toBe(true);
    last = now;
  }
});
