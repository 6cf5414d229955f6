// What stands in a log file, as text and as JSON, whatever peers put into their names.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { logSink } from "../../src/appliance/log-file.ts";
import { Log, type LogFields } from "../../src/base/log.ts";

const AT = Date.UTC(2026, 10, 25, 5, 31, 18) + 66.5;

let dir: string;
let files = 0;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-log-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What one line of each level writes. */
function written(format: "text" | "json", logtime: boolean, message: string, fields?: LogFields): string {
  const file = join(dir, `${files++}.log`);
  const log = new Log(logSink({ file, logtime, format }, 17), { now: () => AT });
  log.info(message, fields);
  log.error(message, fields);
  return readFileSync(file, "utf8");
}

describe("text", () => {
  test("is nats-server's line, with or without the time", () => {
    expect(written("text", true, "Server is ready", { reason: "Read Error" })).toBe(
      "[17] 2026/11/25 05:31:18.066500 [INF] Server is ready\n" +
        "[17] 2026/11/25 05:31:18.066500 [ERR] Server is ready\n",
    );
    expect(written("text", false, "a\nb\x1b[1m")).toBe(
      "[17] [INF] a\\x0ab\\x1b[1m\n[17] [ERR] a\\x0ab\\x1b[1m\n",
    );
  });
});

describe("json", () => {
  test("is one object a line, with the fields that are known", () => {
    const fields = { peer: "EAST", kind: "gateway", id: 5, account: "$G", reason: "Read Error" } as const;
    const [info, error] = written("json", true, "closed", fields).trimEnd().split("\n");
    const shown = { time: "2026-11-25T05:31:18.066Z", level: "info", message: "closed", ...fields };
    expect(info).toBe(JSON.stringify(shown));
    expect(JSON.parse(error!)).toEqual({ ...shown, level: "error" });
    expect(written("json", false, "closed").split("\n")[0]).toBe('{"level":"info","message":"closed"}');
  });

  test("any text is read back as it was, from one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (message, peer) => {
        const lines = written("json", true, message, { peer }).split("\n");
        expect(lines).toHaveLength(3);
        expect(JSON.parse(lines[0]!)).toMatchObject({ message, peer });
      }),
      { numRuns: 50 },
    );
  });
});

test("what was held back is in the file when the process ends", async () => {
  const file = join(dir, "exit.log");
  const script = `
    import { logSink } from "${import.meta.dir}/../../src/appliance/log-file.ts";
    const sink = logSink({ file: ${JSON.stringify(file)}, logtime: false, format: "text" }, 1);
    for (let i = 0; i < 10; i++) sink.write("warn", 0, "same");
    process.exit(0);
  `;
  const child = Bun.spawn([process.execPath, "-e", script], { stdin: "ignore", stderr: "pipe" });
  expect(await child.exited).toBe(0);
  expect(readFileSync(file, "utf8")).toBe("[1] [WRN] same\n[1] [WRN] same (repeated 9 times)\n");
});

describe("a log file", () => {
  const options = { logtime: false, format: "text" } as const;
  const lines = (file: string): string[] => readFileSync(join(dir, file), "utf8").trimEnd().split("\n");

  test("that is too long is set aside under a name with the time, and only so many are kept", () => {
    const sink = logSink({ ...options, file: join(dir, "long.log"), sizeLimit: 200, filesMax: 3 }, 1);
    for (let i = 0; i < 60; i++) sink.write("info", 0, `line ${i}`);
    const asides = readdirSync(dir).filter((name) => /^long\.log\.\d{4}(\.\d\d){5}\.\d{9}$/.test(name));
    expect(asides).toHaveLength(2);
    const all = [...asides.sort(), "long.log"].flatMap(lines);
    expect(
      all.some((line) => /^\[1\] \[INF\] Rotated log, backup saved as ".*long\.log\.\d/.test(line)),
    ).toBe(true);
    expect(all.some((line) => line.startsWith("[1] [INF] Purged log file "))).toBe(true);
    const kept = all.flatMap((line) => /line (\d+)$/.exec(line)?.[1] ?? []).map(Number);
    expect(kept.at(-1)).toBe(59);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 60 - kept.length + i));
  });

  test("that was moved away is opened anew, and its last lines are remembered", () => {
    const file = join(dir, "moved.log");
    const sink = logSink({ ...options, file }, 1);
    sink.write("info", 0, "before");
    renameSync(file, `${file}.old`);
    sink.write("info", 0, "between");
    expect(sink.reopen()).toBe(true);
    sink.write("info", 0, "after");
    expect(lines("moved.log.old")).toEqual(["[1] [INF] before", "[1] [INF] between"]);
    expect(lines("moved.log")).toEqual(["[1] [INF] after"]);
    expect(sink.recent.toArray()).toEqual(["[1] [INF] before\n", "[1] [INF] between\n", "[1] [INF] after\n"]);
  });

  test("that cannot be opened is an error that names it", () => {
    expect(() => logSink({ ...options, file: join(dir, "absent", "x.log") }, 1)).toThrow(/absent/);
  });
});
