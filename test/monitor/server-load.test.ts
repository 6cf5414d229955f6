// Thousands of scrapes, readers that do not read and requests that never end: the box goes on moving messages
// and answering probes, and holds no more than a bound for all of them.

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { MonitorServer } from "../../src/monitor/server.ts";
import { until } from "../support/wait.ts";
import { Box } from "./support.ts";

setDefaultTimeout(60_000);

let box: Box;
let server: MonitorServer;
let port: number;
const sockets: Socket[] = [];

beforeEach(() => {
  box = new Box();
  box.core.start(box.now);
  server = new MonitorServer(box.source);
  server.open({ clear: { host: "127.0.0.1", port: 0 }, secure: null, basePath: "" });
  port = server.port;
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop();
});

const ask = (path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, { keepalive: false });

/** A connection that sends these bytes and reads nothing. */
function silent(bytes: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(port, "127.0.0.1", () => {
    socket.pause();
    socket.write(bytes, () => resolve(socket));
  });
  socket.on("error", reject);
  sockets.push(socket);
  return promise;
}

/** Gives the box enough to say that an answer fills every buffer on the way. */
function crowd(leafs: number): void {
  for (let i = 0; i < leafs; i++) box.spoke(`edge-${i}-${"x".repeat(200)}`);
}

/** The longest time in which nothing else ran, in milliseconds, while `work` went on. */
async function longestPause(work: Promise<unknown>): Promise<number> {
  let isOver = false;
  const done = work.finally(() => {
    isOver = true;
  });
  let longest = 0;
  for (let last = performance.now(); !isOver; ) {
    await Bun.sleep(1);
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await done;
  return longest;
}

test("probes tell whether the process answers and whether listeners accept, with the reason", async () => {
  const shown = async (path: string): Promise<unknown> => {
    const answer = await ask(path);
    return [answer.status, answer.headers.get("content-type"), await answer.json()];
  };
  const ok = [200, "application/json", { status: "ok" }];
  expect(await Promise.all(["/livez", "/readyz", "/healthz"].map(shown))).toEqual([ok, ok, ok]);
  box.notReady = "server is not ready";
  const why = { error: "server is not ready" };
  expect(await Promise.all(["/livez", "/readyz", "/healthz"].map(shown))).toEqual([
    ok,
    [503, "application/json", { status: "unavailable", ...why }],
    [500, "application/json", { status: "error", ...why }],
  ]);
});

test("metrics come with the type that scrapers ask for, and a bad query is refused", async () => {
  const answer = await ask("/metrics");
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await answer.text()).toContain('isthmus_http_requests_total{path="/metrics"} 1\n');
  expect((await ask("/metrics?only=%22%0A")).status).toBe(400);
  expect((await ask(`/metrics?${"a=b&".repeat(2_000)}`)).status).toBe(200);
});

test("thousands of scrapes at a time are answered in turn or refused; nothing is held up for long", async () => {
  crowd(200);
  const statuses = new Map<number, number>();
  const scrape = async (): Promise<void> => {
    const answer = await ask("/metrics");
    await answer.arrayBuffer();
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  };
  const flood = async (): Promise<void> => {
    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 200 }, scrape));
  };
  const probes: number[] = [];
  let isOver = false;
  const probing = (async () => {
    while (!isOver) {
      probes.push((await ask("/livez")).status);
      await Bun.sleep(20);
    }
  })();
  const pause = await longestPause(flood());
  isOver = true;
  await probing;
  expect([...statuses.keys()].sort()).toEqual([200, 503]);
  expect([...statuses.values()].reduce((sum, count) => sum + count)).toBe(2_000);
  expect(probes.length).toBeGreaterThan(0);
  expect(new Set(probes)).toEqual(new Set([200]));
  // Without the bound this is the time of 200 scrapes at once: many seconds.
  expect(pause).toBeLessThan(1_500);
  expect((await ask("/metrics")).status).toBe(200);
});

test("readers that read nothing are cut off at a bound, and probes are answered beside them", async () => {
  crowd(3_000);
  const request = "GET /leafz HTTP/1.1\r\nHost: a\r\n\r\n";
  for (let i = 0; i < 40; i++) await Promise.all(Array.from({ length: 8 }, () => silent(request)));
  await until("some are refused", async () => {
    const text = await (await ask("/livez")).text();
    expect(text).toBe('{"status":"ok"}');
    const answer = await ask("/varz");
    await answer.arrayBuffer();
    return answer.status === 503;
  });
  for (const socket of sockets.splice(0)) socket.destroy();
  await until("there is room again", async () => (await ask("/varz")).status === 200, 20_000);
});

test("requests that never end keep nobody from being answered", async () => {
  for (let i = 0; i < 300; i++) await silent("GET /metrics HTTP/1.1\r\nHost: a\r\nX-Endless: ");
  for (const path of ["/livez", "/metrics", "/varz"]) expect((await ask(path)).status).toBe(200);
});

test("headers without end are refused", async () => {
  const socket = await silent(`GET /metrics HTTP/1.1\r\nHost: a\r\n${"X-A: b\r\n".repeat(20_000)}`);
  let answer = "";
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  socket.removeAllListeners("error");
  socket.on("error", () => {});
  socket.resume();
  await closed;
  expect(answer).not.toContain(" 200 ");
  expect((await ask("/livez")).status).toBe(200);
});
