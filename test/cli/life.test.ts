// The life of a box as a process: signals, files that tell of it, and its log file.

import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { guardProcesses, ServerProcess } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(20_000);
guardProcesses();

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
let dir: string;
const boxes: ServerProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-life-"));
});
afterEach(async () => {
  for (const box of boxes.splice(0)) await box.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A box with these settings beside a client listener and monitoring, and where it says that it listens. */
async function start(settings: object = {}): Promise<{ box: ServerProcess; ports: Ports }> {
  const file = join(dir, "box.yaml");
  const common = { listen: "127.0.0.1:-1", http: "127.0.0.1:-1", ports_file_dir: dir };
  await Bun.write(file, JSON.stringify({ ...common, ...settings }));
  const launch = {
    name: "box",
    command: [process.execPath, MAIN, "-c", file],
    cwd: dir,
    ready: /Server is ready/,
  };
  const box = await ServerProcess.start(launch);
  boxes.push(box);
  return { box, ports: JSON.parse(readFileSync(portsFile(box), "utf8")) as Ports };
}

interface Ports {
  readonly nats: readonly string[];
  readonly monitoring: readonly string[];
}

const portsFile = (box: ServerProcess): string => join(dir, `isthmus_${box.pid}.ports`);

/** What the command line tool says and ends with. */
async function signal(words: string): Promise<{ code: number; err: string }> {
  const child = Bun.spawn([process.execPath, MAIN, "--signal", words], { stderr: "pipe", stdin: "ignore" });
  const err = await new Response(child.stderr).text();
  return { code: await child.exited, err };
}

describe("files that tell of a box", () => {
  test("name its process and where it listens, as nats-server does, and are gone with it", async () => {
    const pidFile = join(dir, "box.pid");
    const gateway = { name: "A", listen: "127.0.0.1:-1" };
    const { box, ports } = await start({ pid_file: pidFile, gateway, leafnodes: { listen: "[::1]:-1" } });
    expect(readFileSync(pidFile, "utf8")).toBe(`${box.pid}\n`);
    const [url, monitor] = [ports.nats[0]!, ports.monitoring[0]!];
    expect(ports).toMatchObject({
      nats: [expect.stringMatching(/^nats:\/\/127\.0\.0\.1:[1-9]\d+$/)],
      monitoring: [expect.stringMatching(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/)],
      gateway: [expect.stringMatching(/^nats:\/\/127\.0\.0\.1:[1-9]\d+$/)],
      leafnodes: [expect.stringMatching(/^nats:\/\/\[::1\]:[1-9]\d+$/)],
    });
    expect(Object.keys(ports)).not.toContain("websocket");
    const client = await connect({ servers: url });
    await client.close();
    expect((await fetch(`${monitor}/healthz`)).status).toBe(200);
    expect(await signal(`term=${pidFile}`)).toEqual({ code: 0, err: "" });
    await until("the box ends", () => !box.running);
    expect(box.exitCode).toBe(0);
    expect(box.log).toContain('Trapped "terminated" signal');
    expect([existsSync(pidFile), existsSync(portsFile(box))]).toEqual([false, false]);
  });
});

describe("signals", () => {
  test("INT ends a box in order, with 0", async () => {
    const { box } = await start();
    expect((await signal(`quit=${box.pid}`)).code).toBe(0);
    await until("the box ends", () => !box.running);
    expect(box.exitCode).toBe(0);
    expect(box.log).toContain("Server Exiting..");
  });

  test("QUIT shows what the box does, and ends it with 2 and no good-bye", async () => {
    const { box, ports } = await start();
    const client = await connect({ servers: ports.nats[0]!, reconnect: false });
    const closed = client.closed();
    box.signal("SIGQUIT");
    await until("the box ends", () => !box.running);
    await closed;
    expect(box.exitCode).toBe(2);
    expect(box.log).not.toContain("Server Exiting..");
    const state = JSON.parse(box.log.slice(box.log.indexOf("SIGQUIT: quit\n") + 14));
    expect(state).toMatchObject({ clients: 1, lame_duck: false, sessions: [{ closing: null }] });
    expect(state.memory.rss).toBeGreaterThan(1_000_000);
  });

  test("HUP takes up the file whole, or says why not", async () => {
    const { box } = await start();
    const file = join(dir, "box.yaml");
    const text = await Bun.file(file).text();
    await Bun.write(file, text.replace("{", '{"max_payload":2048,'));
    expect((await signal(`reload=${box.pid}`)).code).toBe(0);
    await box.logged(/Reloaded: 1 changes/);
    await Bun.write(file, "max_payload: x\n");
    box.signal("SIGHUP");
    await box.logged(/Not reloaded, nothing has changed: .*box\.yaml:1:14 max_payload/);
  });

  test("USR1 goes on in a new log file when the old one was moved away", async () => {
    const log = join(dir, "box.log");
    const file = join(dir, "box.yaml");
    await Bun.write(file, JSON.stringify({ listen: "127.0.0.1:-1", log_file: log }));
    const child = Bun.spawn([process.execPath, MAIN, "-c", file], { stdin: "ignore" });
    const said = (name: string, what: string) =>
      existsSync(name) && readFileSync(name, "utf8").includes(what);
    try {
      await until("the box is ready", () => said(log, "Server is ready"));
      renameSync(log, `${log}.old`);
      child.kill("SIGUSR1");
      await until("the new file is there", () => said(log, "File log re-opened"));
      expect(readFileSync(log, "utf8")).not.toContain("Server is ready");
    } finally {
      child.kill("SIGTERM");
      await child.exited;
    }
    expect(readFileSync(log, "utf8")).toContain("Server Exiting..");
    expect(readFileSync(`${log}.old`, "utf8")).not.toContain("Server Exiting..");
  });

  test("USR1 says that there is no file where the log goes to standard error", async () => {
    const { box } = await start();
    box.signal("SIGUSR1");
    await box.logged(/File log re-open ignored, not a file logger/);
  });
});

describe("a lame duck", () => {
  test("lets in nobody, is not ready, ignores TERM, sends clients away, and ends with 0", async () => {
    const { box, ports } = await start({ lame_duck_grace_period: "1500ms", lame_duck_duration: "30s" });
    const [url, monitor] = [ports.nats[0]!, ports.monitoring[0]!];
    const client = await connect({ servers: url, reconnect: false });
    const told = (async () => {
      for await (const status of client.status()) if (status.type === "ldm") return true;
      return false;
    })();
    expect((await signal(`ldm=${box.pid}`)).code).toBe(0);
    await box.logged(/Entering lame duck mode, stop accepting new clients/);
    expect(await told).toBe(true);
    box.signal("SIGTERM");
    await box.logged(/Trapped "terminated" signal/);
    expect(await connect({ servers: url, reconnect: false }).catch(() => "refused")).toBe("refused");
    const health = async (path: string) => {
      const answer = await fetch(`${monitor}${path}`);
      return [answer.status, await answer.json()];
    };
    const why = "failed to be ready for connections after 1ms: server";
    expect(await health("/healthz")).toEqual([500, { status: "error", error: why }]);
    expect(await health("/readyz")).toEqual([503, { status: "unavailable", error: why }]);
    expect(await health("/livez")).toEqual([200, { status: "ok" }]);
    expect((await health("/varz"))[1]).toMatchObject({ lame_duck_mode: true, connections: 1 });
    await client.closed();
    await until("the box ends", () => !box.running);
    expect(box.log).toMatch(/Closing existing clients[\s\S]*Server Exiting\.\./);
    expect(box.exitCode).toBe(0);
  });

  test("of a box where nobody is, is over at once", async () => {
    const { box } = await start();
    box.signal("SIGUSR2");
    await until("the box ends", () => !box.running);
    expect(box.exitCode).toBe(0);
  });
});
