// The files of a box that runs follow its configuration, and stay as they were when a reload fails.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunFiles } from "../../src/appliance/run-files.ts";
import type { Configuration } from "../../src/config/config.ts";
import { readConfiguration } from "../../src/config/read.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-run-files-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const NOT_MONITORED = { clear: 0, secure: 0 };
const PORTS = `isthmus_${process.pid}.ports`;

function configured(settings: object): Configuration {
  const text = JSON.stringify({ listen: "127.0.0.1:-1", ...settings });
  return readConfiguration(text, { file: "box.yaml", environment: {} }).configuration;
}

const listening = (client: number) => ({ client, gateway: 0, leaf: 0, webSocket: 0 });

test("they come, change, go and are taken back with the reload that wanted them", () => {
  const folder = join(dir, "run");
  mkdirSync(folder);
  const files = new RunFiles();
  const both = configured({ pid_file: join(folder, "one.pid"), ports_file_dir: folder });
  const portsOf = (): unknown => JSON.parse(readFileSync(join(folder, PORTS), "utf8"));
  files.stage(both, listening(1), NOT_MONITORED).use();
  expect(readdirSync(folder).sort()).toEqual([PORTS, "one.pid"]);
  expect(portsOf()).toEqual({ nats: ["nats://127.0.0.1:1"] });

  const moved = configured({ pid_file: join(folder, "two.pid"), ports_file_dir: folder });
  files.stage(moved, listening(2), NOT_MONITORED).drop();
  expect(readdirSync(folder).sort()).toEqual([PORTS, "one.pid"]);
  expect(portsOf()).toEqual({ nats: ["nats://127.0.0.1:1"] });

  const wrong = configured({ pid_file: join(folder, "absent", "pid"), ports_file_dir: folder });
  expect(() => files.stage(wrong, listening(2), NOT_MONITORED)).toThrow(/absent/);
  expect(portsOf()).toEqual({ nats: ["nats://127.0.0.1:1"] });

  files.stage(moved, listening(2), NOT_MONITORED).use();
  expect(readdirSync(folder).sort()).toEqual([PORTS, "two.pid"]);
  expect(portsOf()).toEqual({ nats: ["nats://127.0.0.1:2"] });
  files.stage(configured({}), listening(2), NOT_MONITORED).use();
  expect(readdirSync(folder)).toEqual([]);
  files.stage(both, listening(3), NOT_MONITORED).use();
  files.remove();
  expect(readdirSync(folder)).toEqual([]);
});
