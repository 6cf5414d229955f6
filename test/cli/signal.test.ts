// Whom --signal means, and what is sent; without a signal to a process that is not ours.

import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boxesAmong, pidsOf, type Running, runSignal } from "../../src/cli/signal.ts";

const dir = mkdtempSync(join(tmpdir(), "isthmus-signal-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const box = (pid: number): Running => ({ pid, argv: ["/usr/local/bin/isthmus", "-c", "box.yaml"] });

describe("the boxes of a machine", () => {
  test("are those that run, and neither tools, nor others, nor this process", () => {
    const processes: Running[] = [
      box(10),
      { pid: 11, argv: ["isthmus"] },
      { pid: 12, argv: ["isthmus", "top"] },
      { pid: 13, argv: ["/opt/bun", MAIN, "-c", "box.yaml"] },
      { pid: 14, argv: ["bun", MAIN, "check", "-c", "box.yaml"] },
      { pid: 15, argv: ["bun", "/elsewhere/src/main.ts"] },
      { pid: 16, argv: ["vi", "isthmus"] },
      { pid: 17, argv: [] },
      box(18),
    ];
    expect(boxesAmong(processes, 18, MAIN)).toEqual([10, 11, 13]);
  });
});

describe("a target", () => {
  const none = () => [];
  test("is a process id, a file with one, the beginning of some, or the only box", () => {
    const file = join(dir, "box.pid");
    writeFileSync(file, "4711\n");
    expect(pidsOf("4711", none)).toEqual([4711]);
    expect(pidsOf(file, none)).toEqual([4711]);
    expect(pidsOf("", () => [box(5)])).toEqual([5]);
    expect(pidsOf("*", () => [box(5), box(51), box(6)])).toEqual([5, 51, 6]);
    expect(pidsOf("5*", () => [box(5), box(51), box(6)])).toEqual([5, 51]);
  });

  test("that means nobody, or who knows whom, is told", () => {
    expect(pidsOf("", none)).toBe("no isthmus processes running");
    expect(pidsOf("", () => [box(5), box(6)])).toBe("multiple isthmus processes running:\n5\n6");
    for (const wrong of ["x", "-1", "0", "1.5", join(dir, "absent.pid"), "99999999999999"]) {
      expect(pidsOf(wrong, none)).toBe(`invalid pid: ${wrong}`);
    }
  });
});

test("the signal goes to the process that is meant, and a process that is not there is told", async () => {
  const child = Bun.spawn(["sleep", "30"], { stdin: "ignore" });
  expect(runSignal({ is: "signal", signal: "term", target: String(child.pid) })).toEqual({
    exitCode: 0,
    stdout: "",
    stderr: "",
  });
  await child.exited;
  expect(child.signalCode).toBe("SIGTERM");
  const gone = runSignal({ is: "signal", signal: "ldm", target: String(child.pid) });
  expect(gone).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: `isthmus: signal "ldm" ${child.pid}: no such process\n`,
  });
});
