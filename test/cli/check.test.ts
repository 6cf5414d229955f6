// `-t` and `isthmus check` say that a file is good, or everything that is wrong with it, and end with 0 or
// 1.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkConfiguration, runCheck } from "../../src/cli/check.ts";
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
  expect(lines[1]).toMatch(/^isthmus: configuration file box.yaml is valid \(sha256:\w+\), with 1 warning$/);
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

describe("isthmus check", () => {
  function told(text: string, ...flags: string[]) {
    const file = join(folder, "box.yaml");
    writeFileSync(file, text);
    const command = parseFlags(["check", "-c", file, ...flags]);
    if (command.is !== "check") throw new Error("the words ask for no check");
    const { exitCode, stdout, stderr } = runCheck(command, {});
    return { exitCode, stdout: stdout.replaceAll(file, "box.yaml"), stderr };
  }

  test.each(["server_name: box\n", "port: 5222\n", "host: h\n", "prot: 1\nhost: h\n", "[\n"])(
    "says of %p what -t says",
    (text) => {
      const { exitCode, stderr, stdout } = told(text);
      const lines = stderr.replaceAll(join(folder, "box.yaml"), "box.yaml").split("\n");
      expect({ exitCode, lines, stdout }).toEqual({ ...check(text), stdout: "" });
    },
  );

  test("ends with 0 when there are warnings only, and tells each of them to tools", () => {
    const { exitCode, stdout, stderr } = told("max_payload: 9MB\nclient_advertise: box.local\n", "--json");
    expect([exitCode, stderr]).toEqual([0, ""]);
    const place = { file: "box.yaml", severity: "warning", message: expect.any(String) };
    expect(JSON.parse(stdout)).toEqual([
      { ...place, line: 1, column: 14, key: "max_payload", danger: "large-payload" },
      { ...place, line: 2, column: 19, key: "client_advertise", danger: "unreachable" },
    ]);
  });

  test("ends with 1 when there are errors, with what is allowed and the nearest key", () => {
    const { exitCode, stdout, stderr } = told(
      "gateway: {name: a, host: ::1, advertize: h}\nhttp_port: x\n",
      "--json",
    );
    expect([exitCode, stderr]).toEqual([1, ""]);
    const [key, value] = JSON.parse(stdout);
    expect(key).toMatchObject({
      ...{ file: "box.yaml", line: 1, column: 31, key: "gateway.advertize", severity: "error" },
      nearest: "advertise",
      allowed: expect.arrayContaining(["name", "host", "advertise", "gateways"]),
    });
    expect(value).toMatchObject({ line: 2, column: 12, key: "http_port", allowed: ["a port"] });
    expect(value).not.toHaveProperty("nearest");
  });

  test("tells tools of a file that is not there as of any other finding", () => {
    const command = { is: "check", file: join(folder, "none.yaml"), asJson: true } as const;
    const { exitCode, stdout } = runCheck(command, {});
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { line: 0, key: "", severity: "error", message: "no such file" },
    ]);
  });

  test("says nothing to tools of a file that is good", () => {
    expect(told("server_name: box\n", "--json")).toEqual({ exitCode: 0, stdout: "[]\n", stderr: "" });
  });
});
