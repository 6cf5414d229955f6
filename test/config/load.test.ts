// A file is read from the disk once and within bounds, and every way to fail is a finding.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationError, formatFinding } from "../../src/config/finding.ts";
import { FILE_BYTES_MAX, loadConfiguration } from "../../src/config/load.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-load-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function problems(path: string): string[] {
  try {
    loadConfiguration(path, { environment: {} });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.findings.map(formatFinding);
    throw error;
  }
  return [];
}

test("a good file is read", () => {
  const path = file("good.yaml", "\uFEFFserver_name: box\r\nhost: 127.0.0.1\r\nport: 4333\r\n");
  expect(loadConfiguration(path, { environment: {} }).configuration).toMatchObject({
    serverName: "box",
    client: { listen: { port: 4333 } },
  });
});

test("without a file there are defaults and flags", () => {
  const { configuration } = loadConfiguration(null, { environment: {}, overrides: { port: 5222 } });
  expect(configuration.client.listen).toEqual({ host: "127.0.0.1", port: 5222 });
});

test("a file that is not there, is a folder, is too large or is not text says so", () => {
  expect(problems(join(folder, "none.yaml"))).toEqual([`${folder}/none.yaml: no such file`]);
  mkdirSync(join(folder, "sub"));
  expect(problems(join(folder, "sub"))).toEqual([`${folder}/sub: is a directory, not a file`]);
  const large = file("large.yaml", "");
  truncateSync(large, FILE_BYTES_MAX + 1);
  expect(problems(large)).toEqual([`${large}: is larger than ${FILE_BYTES_MAX} bytes`]);
  const binary = file("binary.yaml", new Uint8Array([0x61, 0xff, 0xfe]));
  expect(problems(binary)).toEqual([`${binary}: is not UTF-8 text`]);
});

test("a device without an end is cut off at the bound", () => {
  expect(problems("/dev/zero")).toEqual([`/dev/zero: is larger than ${FILE_BYTES_MAX} bytes`]);
});

test("the files of a tls block must be there", () => {
  const cert = file("cert.pem", "x");
  const key = join(folder, "key.pem");
  const path = file("tls.yaml", `gateway: {name: a, host: h, tls: {cert_file: ${cert}, key_file: ${key}}}`);
  const told = problems(path);
  expect(told).toHaveLength(1);
  expect(told[0]).toEndWith(` gateway.tls.key_file: ${key}: no such file`);
});

test("the error reads as its findings do, one a line", () => {
  const path = file("bad.yaml", "prot: 1\ndebug: 5\n");
  try {
    loadConfiguration(path, { environment: {} });
    expect.unreachable();
  } catch (error) {
    expect((error as ConfigurationError).code).toBe("configuration");
    expect((error as ConfigurationError).message).toBe(problems(path).join("\n"));
    expect((error as ConfigurationError).findings).toHaveLength(2);
  }
});
