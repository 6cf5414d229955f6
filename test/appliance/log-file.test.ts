// What stands in a log file, as text and as JSON, whatever peers put into their names.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
