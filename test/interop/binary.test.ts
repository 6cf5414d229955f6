// The box as one file: it runs where there is no Bun and no node_modules, with what is native in it.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { PRODUCT_VERSION } from "../../src/base/version.ts";
import { buildUi } from "../../src/monitor/ui-build.ts";
import { collect, heard, unique } from "../support/messages.ts";
import { findNatsServer, REPO_ROOT, whyMissing } from "../support/nats-server.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses, ServerProcess } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const BUILD_MILLIS = 60_000;
const MESSAGES = 200;
const PAYLOAD = "the same words again and again, ".repeat(64);

const dir = mkdtempSync(join(tmpdir(), "isthmus-binary-"));
const binary = join(dir, "isthmus");
const elsewhere = mkdtempSync(join(tmpdir(), "isthmus-elsewhere-"));
afterAll(() => {
  for (const folder of [dir, elsewhere]) rmSync(folder, { recursive: true, force: true });
});

/** Undefined when the binary is there. */
const whyNot = build();

function build(): string | undefined {
  const run = Bun.spawnSync([process.execPath, "packaging/build.ts", binary], {
    cwd: REPO_ROOT,
    stdout: "pipe",
    stderr: "pipe",
    timeout: BUILD_MILLIS,
  });
  const said = `${run.stdout}${run.stderr}`;
  if (run.success && existsSync(binary)) return undefined;
  // The compiler needs room on the disk and a Bun that may copy itself; whatever else fails is our mistake.
  if (/ENOSPC|no space left|EROFS|read-only file system/i.test(said)) return `cannot compile here: ${said}`;
  throw new Error(`the build failed: ${said}`);
}

if (whyNot !== undefined) console.error(`SKIPPED the binary: ${whyNot}`);
describe.skipIf(whyNot !== undefined)(whyNot === undefined ? "the binary" : `the binary (${whyNot})`, () => {
  test("tells its version and checks a configuration", () => {
    const run = (...args: string[]) =>
      Bun.spawnSync([binary, ...args], { cwd: elsewhere, env: {}, stdout: "pipe", stderr: "pipe" });
    expect(`${run("-v").stdout}`).toBe(`isthmus: v${PRODUCT_VERSION}\n`);
    const checked = run("-c", join(REPO_ROOT, "appliance.yaml"), "-t");
    expect(`${checked.stderr}`).toContain("is valid");
    expect(checked.exitCode).toBe(0);
  });

  test("runs a line of its own, as the health check of the image asks it to", () => {
    const run = Bun.spawnSync([binary, "-e", "process.exit(await Promise.resolve(7))"], {
      env: { BUN_BE_BUN: "1" },
      cwd: elsewhere,
      stderr: "pipe",
    });
    expect(run.exitCode).toBe(7);
  });

  const why = whyMissing("2.15");
  if (why !== undefined) console.error(`SKIPPED the binary with a leaf: ${why}`);
  describe.skipIf(why !== undefined)(
    why === undefined ? "with a leaf" : `with a leaf (${why})`,
    leafOfBinary,
  );
});

function leafOfBinary(): void {
  const ports = { client: freePort(), gateway: freePort(), leaf: freePort(), monitor: freePort() };
  const leafPort = freePort();
  let box: ServerProcess;
  let leaf: ServerProcess;

  beforeAll(async () => {
    if (whyNot !== undefined || findNatsServer("2.15") === undefined) return;
    const configuration = {
      server_name: "binary",
      listen: `127.0.0.1:${ports.client}`,
      http: `127.0.0.1:${ports.monitor}`,
      gateway: { name: "binary", listen: `127.0.0.1:${ports.gateway}` },
      leafnodes: { listen: `127.0.0.1:${ports.leaf}`, compression: "s2_fast" },
    };
    writeFileSync(join(elsewhere, "box.yaml"), JSON.stringify(configuration));
    const remote = `{ url: "nats-leaf://127.0.0.1:${ports.leaf}", compression: s2_fast }`;
    writeFileSync(
      join(elsewhere, "leaf.conf"),
      `server_name: leaf\nlisten: "127.0.0.1:${leafPort}"\nleafnodes { remotes: [${remote}] }\n`,
    );
    const ready = /Server is ready/;
    const start = (name: string, command: string[]) =>
      ServerProcess.start({ name, command, cwd: elsewhere, ready });
    box = await start("binary", [binary, "-c", "box.yaml"]);
    leaf = await start("leaf", [findNatsServer("2.15")!.path, "-c", "leaf.conf"]);
  });
  afterAll(async () => {
    await leaf?.stop();
    await box?.stop();
  });

  const ask = (path: string) => fetch(`http://127.0.0.1:${ports.monitor}/${path}`);

  test("is healthy, and its leaf is linked with compression", async () => {
    const health = await ask("healthz");
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
    const linked = await until("the leaf is linked", async () => {
      const { leafs } = (await (await ask("leafz")).json()) as { leafs?: { compression?: string }[] };
      return leafs?.[0];
    });
    expect(linked.compression).toBe("s2_fast");
  });

  test("has the dashboard in it, as the sources make it", async () => {
    const files = Object.entries(await buildUi());
    expect(files.map(([name]) => name).sort()).toEqual(["app.css", "app.js", "icon.svg", "index.html"]);
    for (const [name, text] of files) expect(await (await ask(`ui/${name}`)).text()).toBe(text);
    expect(await (await ask("ui/")).text()).toContain("app.js");
  });

  test("messages cross compressed, both ways", async () => {
    const clients = [
      await connect({ servers: `127.0.0.1:${ports.client}` }),
      await connect({ servers: `127.0.0.1:${leafPort}` }),
    ] as const;
    try {
      for (const [from, to] of [clients, [clients[1], clients[0]]] as const) {
        const subject = unique("binary");
        const received = await collect(to, subject);
        await heard(from, to);
        for (let i = 0; i < MESSAGES; i++) from.publish(subject, `${i} ${PAYLOAD}`);
        await received.has(MESSAGES);
        expect(received.texts[MESSAGES - 1]).toBe(`${MESSAGES - 1} ${PAYLOAD}`);
      }
    } finally {
      for (const client of clients) await client.close();
    }
    const metrics = await (await ask("metrics?only=isthmus")).text();
    const bytesOf = (side: string): number => {
      const lines = metrics
        .split("\n")
        .filter((line) => line.startsWith("isthmus_leaf_compression_bytes_total"));
      const chosen = lines.filter(
        (line) => line.includes(`side="${side}"`) && line.includes('direction="out"'),
      );
      return Number(chosen[0]?.split(" ").at(-1));
    };
    expect(bytesOf("plain")).toBeGreaterThan(MESSAGES * PAYLOAD.length);
    expect(bytesOf("wire")).toBeLessThan(bytesOf("plain") / 4);
  });

  test("stops cleanly", async () => {
    expect(await box.stop()).toBe(0);
    expect(box.log).toContain("Server Exiting");
    expect(box.log).not.toContain("[ERR]");
  });
}
