// What /metrics answers, as the tools of others see it: Prometheus' own checker, and the exporter whose names
// we serve, run against the very same box.

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { MonitorServer } from "../../src/monitor/server.ts";
import { CACHE_DIR } from "../support/nats-server.ts";
import { freePort } from "../support/ports.ts";
import { until } from "../support/wait.ts";
import { readPrometheus, type Sample } from "./prometheus.ts";
import { Box } from "./support.ts";

setDefaultTimeout(30_000);

/** Of the environment, of PATH, or of the cache of this repository. */
function find(name: string): string | undefined {
  const variable = process.env[name.toUpperCase().replaceAll("-", "_")];
  const candidates = [variable, Bun.which(name) ?? undefined, join(CACHE_DIR, name, name)];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

const promtool = find("promtool");
const exporter = find("prometheus-nats-exporter");
if (promtool === undefined) console.error("SKIPPED /metrics by promtool: it is not here");
if (exporter === undefined) console.error("SKIPPED /metrics beside prometheus-nats-exporter: it is not here");

let server: MonitorServer | null = null;
let child: Bun.Subprocess | null = null;
afterEach(async () => {
  child?.kill("SIGKILL");
  await child?.exited;
  await server?.stop();
  server = child = null;
});

/** A box with something of everything; answers the URL of its monitoring. */
function peopled(): string {
  const box = new Box();
  box.core.start(box.now);
  const outbound = box.dialed("EAST");
  box.command(outbound, 2, "$G");
  box.feed(outbound, "RS+ $G there\r\n");
  box.command(outbound, 3, "$G");
  const inbound = box.accepted("EAST");
  box.feed(box.spoke("edge"), "LS+ here\r\n");
  box.feed(box.client("ann"), "SUB a 1\r\nPUB there 5\r\nhello\r\n");
  box.feed(inbound, "RMSG $G here 4\r\nfour\r\n");
  box.now += 90_000;
  server = new MonitorServer(box.source);
  server.open({ clear: { host: "127.0.0.1", port: 0 }, secure: null, basePath: "" });
  return `http://127.0.0.1:${server.port}`;
}

const read = async (url: string): Promise<string> => (await fetch(url, { keepalive: false })).text();

async function check(text: string): Promise<{ code: number; said: string }> {
  const tool = Bun.spawn([promtool!, "check", "metrics"], { stdin: Buffer.from(text), stderr: "pipe" });
  const [code, said] = await Promise.all([tool.exited, new Response(tool.stderr).text()]);
  return { code, said };
}

describe.skipIf(promtool === undefined)("promtool", () => {
  test("has nothing to say about our own metrics", async () => {
    expect(await check(await read(`${peopled()}/metrics?only=isthmus`))).toEqual({ code: 0, said: "" });
  });

  test("dislikes no more than the names that are the exporter's", async () => {
    const { said } = await check(await read(`${peopled()}/metrics`));
    const others = said
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("gnatsd_"));
    expect(others).toEqual([]);
  });

  test("refuses what is broken", async () => {
    expect((await check('m{a="} 1\n')).code).toBe(1);
  });
});

/** Figures that change from one look to the next, or that are of a page of a list. */
const MOVING = /_(?:now|uptime\w*|mem|cpu|http_req_stats_\w+|limit|idle_seconds)$/;

/** Go's zero time in seconds, which the exporter shows of a remote that is down; we say 0. */
const ZERO_TIME = -62_135_596_800;

describe.skipIf(exporter === undefined)("prometheus-nats-exporter", () => {
  test("makes of our endpoints what /metrics says by itself", async () => {
    const url = peopled();
    const port = freePort();
    const flags = ["-varz", "-connz", "-subz", "-routez", "-gatewayz", "-leafz", "-accstatz", "-healthz"];
    child = Bun.spawn(
      [exporter!, "-addr", "127.0.0.1", "-port", String(port), ...flags, "-use_internal_server_id", url],
      { stdout: "ignore", stderr: "ignore", stdin: "ignore" },
    );
    await until("the exporter answers", () =>
      read(`http://127.0.0.1:${port}/metrics`).then(
        (text) => text.includes("gnatsd_gatewayz_"),
        () => false,
      ),
    );
    const theirs = gnatsd(await read(`http://127.0.0.1:${port}/metrics`));
    const ours = gnatsd(await read(`${url}/metrics`));
    expect(theirs.size).toBeGreaterThan(120);
    expect([...theirs.keys()].filter((key) => !ours.has(key))).toEqual([]);
    const differs = [...theirs].filter(([key, value]) => {
      const name = key.slice(0, key.indexOf("{"));
      return !MOVING.test(name) && value !== ZERO_TIME && ours.get(key) !== value;
    });
    expect(differs.map(([key, value]) => `${key} ${value} (we say ${ours.get(key)})`)).toEqual([]);
  });
});

/** Values by name and labels; times to the second, as the exporter cuts some of them. */
function gnatsd(text: string): Map<string, number> {
  const all = new Map<string, number>();
  // The exporter has figures of its own process beside ours.
  const lines = text.split("\n").filter((line) => /^(?:# (?:HELP|TYPE) )?gnatsd_/.test(line));
  const families = readPrometheus(`${lines.join("\n")}\n`).values();
  const samples: Sample[] = [...families].flatMap(({ samples: of }) => [...of]);
  for (const { name, labels, value } of samples) {
    const key = `${name}{${JSON.stringify(Object.entries(labels).sort())}}`;
    all.set(key, value > 1e9 ? Math.floor(value) : value);
  }
  return all;
}
