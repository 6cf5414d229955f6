// The tools on the command line: what they take, and what they say when the box is not there or not well.

import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { type Command, parseFlags } from "../../src/cli/flags.ts";
import { AdminBox, isthmus } from "../support/admin.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses } from "../support/process.ts";

setDefaultTimeout(20_000);
guardProcesses();

const tool = (name: string, words: string[], flags: Record<string, string> = {}): Command =>
  ({ is: "tool", tool: name, words, flags }) as Command;

describe("a command line", () => {
  test.each<[string, Command]>([
    ["explain $G orders.eu", tool("explain", ["$G", "orders.eu"])],
    [
      "explain A b --reply r --from=leaf --size 5 --json",
      tool("explain", ["A", "b"], { reply: "r", from: "leaf", size: "5", json: "true" }),
    ],
    ["healthcheck -ready --admin /a.sock", tool("healthcheck", [], { ready: "true", admin: "/a.sock" })],
    ["top --once --url http://h:1/base", tool("top", [], { once: "true", url: "http://h:1/base" })],
    ["top --help", { is: "help" }],
  ])("%p", (line, command) => expect(parseFlags(line.split(" "))).toEqual(command));

  test.each([
    ["explain", "explain takes <account> <subject>"],
    ["explain a b c", "explain takes <account> <subject>"],
    ["explain a b --from moon", '--from of explain cannot be "moon"'],
    ["explain a b --size", '--size of explain cannot be ""'],
    ["healthcheck now", "healthcheck takes no words"],
    [
      "healthcheck --once",
      "healthcheck knows --timeout, --ready, --live, --json, --admin, --url, not --once",
    ],
    ["top --once=1", "top knows --interval, --rows, --once, --json, --admin, --url, not --once=1"],
    ["top --url h:1", '--url of top cannot be "h:1"'],
    ["top --url http://h --admin s", "--admin or --url, not both"],
    ["top --__proto__ x", "top knows --interval, --rows, --once, --json, --admin, --url, not --__proto__"],
  ])("%p is a mistake that is told", (line, message) => {
    const wanted = { is: "mistake", message: `${message}; isthmus --help lists all flags` } as const;
    expect(parseFlags(line.split(" "))).toEqual(wanted);
  });
});

describe("a box", () => {
  let dir: string;
  let box: AdminBox | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-tools-"));
  });
  afterEach(async () => {
    await box?.process.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test("that is not there: 2 for tools, 1 for healthcheck, and the place in the message", async () => {
    const url = `http://127.0.0.1:${freePort()}`;
    for (const [words, code] of [
      [["explain", "$G", "a"], 2],
      [["top", "--once"], 2],
      [["healthcheck"], 1],
    ] as const) {
      const told = await isthmus(...words, "--url", url);
      expect(told).toMatchObject({
        code,
        out: "",
        err: expect.stringContaining(`${url} cannot be reached: `),
      });
    }
    const socket = join(dir, "no.sock");
    const told = await isthmus("top", "--once", "--admin", socket);
    expect(told).toMatchObject({ code: 2, err: expect.stringContaining(`${socket} cannot be reached: `) });
  });

  test("is asked by its admin socket as by its port", async () => {
    box = await AdminBox.start(dir);
    const client = await connect({ servers: box.ports.nats[0]!, name: "mine" });
    client.subscribe("a.>", { callback: () => {} });
    await client.flush();
    for (const where of [
      ["--admin", box.socket],
      ["--url", box.ports.monitoring[0]!],
    ]) {
      expect((await isthmus("explain", "$G", "a.b", ...where)).out).toContain("mine");
      expect((await isthmus("top", "--once", ...where)).out).toMatch(/^mine +cid:\d+/m);
      expect((await isthmus("healthcheck", ...where)).out).toBe("ok\n");
    }
    await client.close();
  });

  test("that is a lame duck is alive and not well", async () => {
    box = await AdminBox.start(dir, { lame_duck_grace_period: "10s" });
    const client = await connect({ servers: box.ports.nats[0]! });
    await box.ask("/-/lame-duck", { method: "POST" });
    const where = ["--admin", box.socket];
    const why = "failed to be ready for connections after 1ms: server";
    expect(await isthmus("healthcheck", ...where)).toMatchObject({ code: 1, out: `error: ${why}\n` });
    expect(await isthmus("healthcheck", "--ready", ...where)).toMatchObject({ code: 1 });
    expect(await isthmus("healthcheck", "--live", ...where)).toMatchObject({ code: 0, out: "ok\n" });
    const json = await isthmus("healthcheck", "--json", ...where);
    expect(JSON.parse(json.out)).toEqual({
      path: "/healthz",
      http_status: 500,
      status: "error",
      error: why,
    });
    expect((await isthmus("top", "--once", ...where)).out).toContain("LAME DUCK");
    await client.close();
  });
});
