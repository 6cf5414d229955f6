// `-t` says that a file is good, or everything that is wrong with it, and ends with 0 or 1.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfiguration } from "../../src/cli/check.ts";
import { parseFlags } from "../../src/cli/flags.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-check-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(text: string, ...flags: string[]) {
  const file = join(folder, "box.yaml");
  writeFileSync(file, text);
  const command = parseFlags(["-t", "-c", file, ...flags]);
  if (command.is !== "run" || !command.checkOnly) throw new Error("the flags ask for no check");
  const { exitCode, stderr } = checkConfiguration(command, { SET: "5222" });
  return { exitCode, lines: stderr.replaceAll(file, "box.yaml").split("\n") };
}

test("a good file is valid, with its digest", () => {
  const { exitCode, lines } = check("server_name: box\n");
  expect(exitCode).toBe(0);
  expect(lines).toEqual([
    expect.stringMatching(/^isthmus: configuration file box.yaml is valid \(sha256:[0-9a-f]{64}\)$/),
    "",
  ]);
});

test("a file with warnings is valid, and they are told", () => {
  const { exitCode, lines } = check("port: $SET\n");
  expect(exitCode).toBe(0);
  expect(lines[0]).toStartWith("box.yaml:1:1 port: warning: without a host");
  expect(lines[1]).toStartWith("isthmus: configuration file box.yaml is valid");
});

test("a bad file gives every finding and how many errors they are", () => {
  const { exitCode, lines } = check("prot: 1\nport: 1\nmax_payload: 1XB\n");
  expect(exitCode).toBe(1);
  expect(lines).toEqual([
    "box.yaml:1:1 prot: unknown key; did you mean port?",
    expect.stringContaining("box.yaml:2:1 port: warning:"),
    'box.yaml:3:14 max_payload: expected a size in bytes such as 64KB or 1MB, got the text "1XB"; write 1MB',
    "isthmus: 2 errors in the configuration",
    "",
  ]);
});

test("flags are checked together with the file", () => {
  const { exitCode, lines } = check("http: 127.0.0.1:8222\n", "-p", "8222");
  expect(exitCode).toBe(1);
  expect(lines.slice(0, 2)).toEqual([
    "box.yaml:1:7 http: monitoring cannot listen on 127.0.0.1:8222, where clients do",
    "isthmus: 1 error in the configuration",
  ]);
});
