// A reload may send the log elsewhere: no line is lost, none is in two places, and the last ones are known.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogOutlet } from "../../src/appliance/log-outlet.ts";
import { readConfiguration } from "../../src/config/read.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-outlet-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const CLOCK = { now: () => 0 };

function logOf(settings: object) {
  const text = JSON.stringify({ listen: "127.0.0.1:-1", logtime: false, ...settings });
  return readConfiguration(text, { file: "box.yaml", environment: {} }).configuration.log;
}

const said = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(/\] ([^[\]\n]*)\n/g)].map(([, words]) => words!);

test("lines go where the configuration says from when it is used, those of a link that is tapped too", () => {
  const [one, two] = [join(dir, "one.log"), join(dir, "two.log")];
  const [before, after] = [logOf({ log_file: one }), logOf({ log_file: two, debug: true })];
  const outlet = new LogOutlet(before, CLOCK);
  const { log } = outlet;
  const tapped = log.tracing();
  log.info("first");
  outlet.stage(before, after).drop();
  log.info("stays");
  log.info("stays");
  outlet.stage(before, after).use();
  log.debug("moved");
  tapped.info("tapped");
  expect(said(one)).toEqual(["first", "stays", "stays (repeated 1 time)"]);
  expect(said(two)).toEqual(["moved", "tapped"]);
  expect(outlet.recent().map((line) => line.split("] ").at(-1))).toEqual(
    [...said(one), ...said(two)].map((line) => `${line}\n`),
  );
  expect(outlet.reopen()).toBe(true);
});

test("another size limit holds for the file that is there; a file that cannot be opened changes nothing", () => {
  const file = join(dir, "same.log");
  const [before, after] = [logOf({ log_file: file }), logOf({ log_file: file, log_size_limit: 1024 })];
  const outlet = new LogOutlet(before, CLOCK);
  expect(() => outlet.stage(before, logOf({ log_file: join(dir, "absent", "x.log") }))).toThrow(/absent/);
  outlet.log.info("a".repeat(2_000));
  expect(readdirSync(dir).filter((name) => name.startsWith("same.log"))).toEqual(["same.log"]);
  outlet.stage(before, after).use();
  outlet.log.info("b");
  expect(readdirSync(dir).filter((name) => name.startsWith("same.log"))).toHaveLength(2);
  expect(existsSync(file)).toBe(true);
});
