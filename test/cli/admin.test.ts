// The admin socket of a box that runs as a process: what it shows, what it does, and what it refuses.

import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { AdminBox } from "../support/admin.ts";
import { guardProcesses, ServerProcess } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(20_000);
guardProcesses();

let dir: string;
let box: AdminBox | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-admin-"));
});
afterEach(async () => {
  await box?.process.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function start(settings: object = {}): Promise<AdminBox> {
  box = await AdminBox.start(dir, settings);
  return box;
}

const POST = { method: "POST" };

describe("the socket", () => {
  test("is for its owner, shows all that monitoring shows, and is gone with the box", async () => {
    const admin = await start();
    expect(statSync(admin.socket).mode & 0o777).toBe(0o600);
    for (const path of ["/varz", "/gatewayz", "/connz", "/leafz", "/healthz", "/metrics", "/"]) {
      expect([path, (await admin.ask(path)).status]).toEqual([path, 200]);
    }
    expect((await admin.ask("/nothing")).status).toBe(404);
    await admin.process.stop();
    expect(existsSync(admin.socket)).toBe(false);
  });

  test("has the mode that is configured, and needs no monitoring port", async () => {
    const socket = join(dir, "group.sock");
    const file = join(dir, "small.yaml");
    writeFileSync(file, JSON.stringify({ listen: "127.0.0.1:-1", admin: { socket, mode: "0660" } }));
    const main = new URL("../../src/main.ts", import.meta.url).pathname;
    const command = [process.execPath, main, "-c", file];
    const small = await ServerProcess.start({ name: "small", command, cwd: dir, ready: /Server is ready/ });
    try {
      expect(statSync(socket).mode & 0o777).toBe(0o660);
      expect((await fetch("http://box/varz", { unix: socket })).status).toBe(200);
    } finally {
      await small.stop();
    }
  });

  test("of a box that was killed is replaced; one of a box that lives, or another file, is an error", async () => {
    const admin = await start();
    const second = ServerProcess.start({
      name: "second",
      command: [process.execPath, new URL("../../src/main.ts", import.meta.url).pathname, "-c", admin.file],
      cwd: dir,
      ready: /Server is ready/,
    });
    await expect(second).rejects.toThrow(/another process listens at .*admin\.sock/);
    await admin.process.kill();
    expect(existsSync(admin.socket)).toBe(true);
    const again = await start();
    expect((await again.ask("/healthz")).status).toBe(200);
    await again.process.stop();
    writeFileSync(again.socket, "x");
    await expect(AdminBox.start(dir)).rejects.toThrow(/admin\.sock is there already, and no socket/);
    expect(existsSync(again.socket)).toBe(true);
  });

  test("is the only way to change anything: the monitoring port refuses all of it", async () => {
    const admin = await start();
    const monitor = admin.ports.monitoring[0]!;
    for (const path of ["reload", "plan", "reopen", "lame-duck", "stop", "kick?cid=1"]) {
      expect((await fetch(`${monitor}/-/${path}`, POST)).status).toBe(405);
    }
    for (const path of ["config", "log", "state", "log-level", "tap"]) {
      expect((await fetch(`${monitor}/-/${path}`)).status).toBe(404);
    }
    expect(admin.process.running).toBe(true);
  });
});

describe("reload and plan", () => {
  test("answer what changes, and take it up or not", async () => {
    const admin = await start();
    const wanted = JSON.stringify({ ...(await Bun.file(admin.file).json()), max_payload: 2048 });
    const change = { key: "limits and times of clients", what: "changed", effect: "now", touches: "" };
    expect(await admin.json("/-/plan", { method: "POST", body: wanted })).toEqual([
      200,
      { changes: [change], needs_restart: false },
    ]);
    expect((await admin.json("/varz"))[1]).toMatchObject({ max_payload: 1024 * 1024 });
    await Bun.write(admin.file, wanted);
    expect(await admin.json("/-/reload", POST)).toEqual([200, { changes: [change] }]);
    expect((await admin.json("/varz"))[1]).toMatchObject({ max_payload: 2048 });
    expect(await admin.json("/-/reload", POST)).toEqual([200, { changes: [] }]);
    expect((await admin.json("/-/config"))[1]).toMatchObject({ max_payload: 2048, ping_max: 2 });
  });

  test("answer every finding of a wrong file, and why a right one cannot be taken up", async () => {
    const admin = await start();
    const before = await Bun.file(admin.file).text();
    await Bun.write(admin.file, "max_payload: x\nprot: 1\n");
    const [status, found] = await admin.json("/-/reload", POST);
    expect([status, (found as { findings: object[] }).findings.length]).toEqual([422, 2]);
    expect(found).toMatchObject({
      findings: [{ path: "max_payload", line: 1, severity: "error" }, { path: "prot" }],
    });
    expect((await admin.json("/-/plan", { method: "POST", body: "[" }))[0]).toBe(422);
    await Bun.write(admin.file, before.replace("{", '{"server_name":"other",'));
    expect(await admin.json("/-/reload", POST)).toEqual([
      409,
      { error: "server_name cannot change while the box runs" },
    ]);
    const plan = await admin.json("/-/plan", { method: "POST", body: await Bun.file(admin.file).text() });
    expect(plan).toMatchObject([200, { needs_restart: true }]);
    expect((await admin.json("/varz"))[1]).toMatchObject({ max_payload: 1024 * 1024 });
  });
});

describe("what the box is told", () => {
  test("the log level changes at once, and a wrong one is refused", async () => {
    const admin = await start();
    expect(await admin.json("/-/log-level")).toEqual([200, { level: "info" }]);
    expect(await admin.json("/-/log-level", { method: "PUT", body: "trace" })).toEqual([
      200,
      { level: "trace", before: "info" },
    ]);
    const client = await connect({ servers: admin.ports.nats[0]! });
    await client.flush();
    await client.close();
    await admin.process.logged(/\[TRC\] .*<<- \[PING/);
    expect(await admin.json("/-/log-level?level=loud", { method: "PUT" })).toEqual([
      400,
      { error: "a log level is one of error, warn, info, debug, trace" },
    ]);
  });

  test("a connection is closed by its number, with its own reason", async () => {
    const admin = await start();
    const client = await connect({ servers: admin.ports.nats[0]!, reconnect: false });
    const cid = client.info!.client_id;
    const [status, said] = await admin.json(`/-/kick?cid=${cid}`, POST);
    expect([status, said]).toEqual([200, { cid, name: expect.stringMatching(new RegExp(`cid:${cid}$`)) }]);
    await client.closed();
    const [, connz] = await admin.json("/connz?state=closed");
    expect(connz).toMatchObject({ connections: [{ cid, reason: "Kicked" }] });
    expect((await admin.json("/-/kick?cid=4711", POST))[0]).toBe(404);
    for (const wrong of ["", "x", "-1", "1.5", "9".repeat(40)]) {
      expect((await admin.json(`/-/kick?cid=${wrong}`, POST))[0]).toBe(400);
    }
  });

  test("reopen, state and log answer what they are asked", async () => {
    const admin = await start();
    expect(await admin.json("/-/reopen", POST)).toEqual([200, { reopened: false }]);
    expect((await admin.json("/-/state"))[1]).toMatchObject({ clients: 0, lame_duck: false });
    const [, { lines }] = (await admin.json("/-/log")) as [number, { lines: string[] }];
    expect(lines.some((line) => line.endsWith("[INF] Server is ready\n"))).toBe(true);
  });

  test("a lame duck ends by itself, and stop ends at once, each with 0", async () => {
    const first = await start({ lame_duck_grace_period: "200ms" });
    const client = await connect({ servers: first.ports.nats[0]!, reconnect: false });
    expect(await first.json("/-/lame-duck", POST)).toEqual([202, { lame_duck: true }]);
    expect((await first.json("/-/reload", POST))[0]).toBe(409);
    await client.closed();
    await until("the box ends", () => !first.process.running);
    expect(first.process.exitCode).toBe(0);
    const second = await start();
    expect(await second.json("/-/stop", POST)).toEqual([202, { stopping: true }]);
    await until("the box ends", () => !second.process.running);
    expect(second.process.exitCode).toBe(0);
  });
});

describe("a tap", () => {
  /** The lines of a tap that was asked for, as they come. */
  async function* lines(answer: Response): AsyncGenerator<Record<string, unknown>> {
    let held = "";
    for await (const chunk of answer.body!) {
      const all = (held + new TextDecoder().decode(chunk)).split("\n");
      held = all.pop()!;
      yield* all.map((line) => JSON.parse(line) as Record<string, unknown>);
    }
  }

  test("ends with its reader, so that the link can be tapped again; only so many run at one time", async () => {
    const admin = await start();
    const clients = await Promise.all(
      [1, 2, 3, 4, 5].map((i) => connect({ servers: admin.ports.nats[0]!, name: `c${i}` })),
    );
    const reader = new AbortController();
    const open = (link: string) => admin.ask(`/-/tap?link=${link}`, { signal: reader.signal });
    const taps = await Promise.all(["c1", "c2", "c3", "c4"].map(open));
    expect(taps.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    for (const tap of taps)
      expect((await lines(tap).next()).value).toMatchObject({ links: [expect.any(String)] });
    expect(await admin.json("/-/tap?link=c5")).toEqual([404, { error: "there are 4 taps already" }]);
    reader.abort();
    await until("the taps are over", async () => {
      const again = await admin.ask("/-/tap?link=c1&limit=1");
      await again.body?.cancel();
      return again.status === 200;
    });
    await Promise.all(clients.map((client) => client.close()));
  });

  test("shows no payload unless it is asked for, and refuses what it cannot read", async () => {
    const admin = await start();
    const client = await connect({ servers: admin.ports.nats[0]!, name: "c" });
    for (const [query, said] of [
      ["", "link names a gateway, a leaf or a client, or is cid:N, gid:N or lid:N"],
      ["link=c&subject=a..b", "no subject: a..b"],
      ["link=c&limit=x", expect.stringContaining("Error decoding uint64 for 'limit'")],
      ["link=c&payload=2", expect.stringContaining("Error decoding boolean for 'payload'")],
    ] as const) {
      expect(await admin.json(`/-/tap?${query}`)).toEqual([400, { error: said }]);
    }
    const tap = await admin.ask("/-/tap?link=c&limit=1&subject=a");
    const all = lines(tap);
    await all.next();
    client.publish("a", "secret");
    const { value } = await all.next();
    expect(value).toEqual({
      at: expect.any(String),
      link: expect.stringMatching(/^cid:\d+ c$/),
      dir: "in",
      verb: "PUB",
      account: "$G",
      subject: "a",
      size: 6,
    });
    expect((await all.next()).value).toEqual({ ended: "limit", shown: 1, dropped: 0 });
    expect((await all.next()).done).toBe(true);
    await client.close();
  });
});

test("what is not there, and what a path does not take, is told", async () => {
  const admin = await start();
  expect(await admin.json("/-/nothing")).toEqual([404, { error: "there is no /-/nothing" }]);
  expect((await admin.ask("/-/__proto__")).status).toBe(404);
  const get = await admin.ask("/-/reload");
  expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
  expect((await admin.ask("/-/log-level", { method: "DELETE" })).status).toBe(405);
  expect((await admin.ask("/varz", { method: "POST" })).status).toBe(405);
});
