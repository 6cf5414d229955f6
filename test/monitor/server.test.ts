// Over real HTTP: what is answered, and what hostile requests do.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { MonitorServer } from "../../src/monitor/server.ts";
import { Box } from "./support.ts";

let box: Box;
let server: MonitorServer;
let base: string;
let port: number;

function start(basePath = ""): void {
  box = new Box();
  box.feed(box.client(), "SUB a 1\r\n");
  box.feed(box.spoke(`"}<script>\u2028`, "ann", { cluster: "c" }), "LS+ a\r\nLS+ b.*\r\n");
  server = new MonitorServer(box.source);
  server.open({ clear: { host: "127.0.0.1", port: 0 }, secure: null, basePath });
  port = server.port;
  base = `http://127.0.0.1:${port}${basePath}`;
}

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${base}${path}`, { ...init, keepalive: false });

/** The status line of what is answered to these bytes. */
function raw(bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
    if (answer.includes("\r\n")) socket.destroy();
  });
  socket.on("close", () => resolve(answer.split("\r\n", 1)[0]!));
  socket.on("error", reject);
  return promise;
}

beforeEach(() => start());
afterEach(() => server.stop());

const VIEWS = [
  "varz",
  "gatewayz",
  "connz",
  "subsz",
  "subscriptionsz",
  "routez",
  "leafz",
  "accountz",
  "accstatz",
];

test("every view is JSON with an indent of two, and health is one line", async () => {
  for (const name of VIEWS) {
    const answer = await ask(`/${name}`);
    const body = await answer.text();
    expect(`${name} ${answer.status} ${answer.headers.get("content-type")}`).toBe(
      `${name} 200 application/json`,
    );
    expect(body).toStartWith('{\n  "server_id": "NTESTSERVER",');
    expect(JSON.stringify(JSON.parse(body), null, 2)).toBe(body);
  }
  expect(await (await ask("/healthz")).text()).toBe('{"status":"ok"}');
});

test("the index leads to every view", async () => {
  const page = await (await ask("/")).text();
  for (const name of [...VIEWS, "healthz"].filter((view) => view !== "subscriptionsz")) {
    expect(page).toContain(`href="/${name}"`);
  }
});

test("what a leaf calls itself stays a text", async () => {
  const { leafs } = (await (await ask("/leafz?subs=1")).json()) as { leafs: { name: string }[] };
  expect(leafs.map(({ name }) => name)).toEqual([`"}<script>\u2028`]);
});

test("health is 500 when nobody can connect", async () => {
  box.notReady = "not ready";
  expect((await ask("/healthz")).status).toBe(500);
});

test("requests are counted under the name that nats-server uses", async () => {
  await ask("/subscriptionsz");
  await ask("/subsz?subs=x");
  await ask("/");
  await ask("/nothing");
  const { http_req_stats, http_port } = (await (await ask("/varz")).json()) as Record<string, unknown>;
  expect(http_req_stats).toEqual({ "/subsz": 2, "/": 1, "/varz": 1 });
  expect(http_port).toBe(port);
});

test("a bad value is 400 in plain text", async () => {
  const answer = await ask("/connz?subs=x");
  expect(answer.status).toBe(400);
  expect(answer.headers.get("content-type")).toStartWith("text/plain");
  expect(await answer.text()).toBe(
    `Error decoding boolean for 'subs': strconv.ParseBool: parsing "x": invalid syntax`,
  );
  expect((await ask("/accountz?acc=NOPE")).status).toBe(400);
});

test("a callback is not looked at, as with nats-server 2.15: what we answer is never a script", async () => {
  const answer = await ask("/varz?callback=alert");
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(await answer.json()).toHaveProperty("server_id");
});

test("other paths are 404, as nats-server writes it", async () => {
  for (const path of ["/nope", "/varz/", "/Varz", "/%76arz2", "/jsz2", "/constructor", "/varz%00"]) {
    const answer = await ask(path);
    expect(`${path} ${answer.status} ${await answer.text()}`).toBe(`${path} 404 404 page not found\n`);
  }
});

test("only GET and HEAD are answered", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const answer = await ask("/varz", { method });
    expect(`${method} ${answer.status} ${answer.headers.get("allow")}`).toBe(`${method} 405 GET, HEAD`);
  }
  const head = await ask("/varz", { method: "HEAD" });
  expect(head.status).toBe(200);
  expect(await head.text()).toBe("");
});

test("a base path stands before every endpoint and every link", async () => {
  await server.stop();
  start("/nats");
  expect((await ask("/varz")).status).toBe(200);
  expect((await (await ask("/varz")).json()) as object).toMatchObject({ http_base_path: "/nats" });
  for (const path of ["", "/"]) expect(await (await ask(path)).text()).toContain('href="/nats/varz"');
  base = `http://127.0.0.1:${port}`;
  for (const path of ["/varz", "/", "/natsvarz"]) expect((await ask(path)).status).toBe(404);
});

describe("the dashboard", () => {
  test("is three files of the box itself, which nothing else may add to", async () => {
    const page = await ask("/ui/");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = page.headers.get("content-security-policy") ?? "";
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
    ]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toContain("unsafe");
    expect(page.headers.has("access-control-allow-origin")).toBe(false);
    const text = await page.text();
    expect(text).not.toMatch(/https?:|<script>|<style|style=/);
    for (const [name, type] of [
      ["app.js", "text/javascript"],
      ["app.css", "text/css"],
    ] as const) {
      expect(text).toContain(`"${name}"`);
      const asset = await ask(`/ui/${name}`);
      expect(`${asset.status} ${asset.headers.get("content-type")}`).toBe(`200 ${type}; charset=utf-8`);
      expect((await asset.text()).length).toBeGreaterThan(1_000);
    }
  });

  test("is not sent again to who has it, and is small on the way", async () => {
    const first = await ask("/ui/app.js");
    expect(first.headers.get("content-encoding")).toBe("gzip");
    const etag = first.headers.get("etag")!;
    const again = await ask("/ui/app.js", { headers: { "If-None-Match": etag } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    const plain = await ask("/ui/app.js", { headers: { "Accept-Encoding": "identity" } });
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(await plain.text()).toBe(await first.text());
  });

  test("is found without its slash, below the base path too, and has nothing beside its files", async () => {
    for (const path of ["/ui/nope", "/ui/../server.ts", "/ui/main.tsx", "/uix", "/ui/app.js/"]) {
      expect(`${path} ${(await ask(path)).status}`).toBe(`${path} 404`);
    }
    expect((await ask("/ui/", { method: "POST" })).status).toBe(405);
    await server.stop();
    start("/nats");
    const moved = await ask("/ui", { redirect: "manual" });
    expect([moved.status, moved.headers.get("location")]).toEqual([302, "ui/"]);
    expect((await ask("/ui")).url).toBe(`${base}/ui/`);
    expect(await (await ask("/")).text()).toContain('href="/nats/ui/"');
  });
});

test("an error inside a view is 500, and the next request is answered", async () => {
  const { core } = box;
  Object.defineProperty(core, "clients", {
    configurable: true,
    get: () => {
      throw new Error("a view broke");
    },
  });
  const answer = await ask("/connz");
  expect(answer.status).toBe(500);
  expect(await answer.text()).toBe("internal error");
  expect((await ask("/healthz")).status).toBe(200);
});

describe("hostile requests", () => {
  test("are answered with an error or a document, and never end the listener", async () => {
    const noise = encodeURIComponent("\u0000\n\r\u2028'\"<>\\%{}[]🦊");
    const names = [
      "subs",
      "accs",
      "auth",
      "offset",
      "limit",
      "cid",
      "state",
      "sort",
      "user",
      "acc",
      "acc_name",
    ];
    const values = [
      noise,
      "%",
      "%zz",
      "%ff%fe",
      "-1",
      "1e9",
      "99999999999999999999",
      "NaN",
      "",
      "a".repeat(5_000),
    ];
    const seen = new Set<number>();
    for (const name of [
      ...names,
      "gw_name",
      "filter_subject",
      "test",
      "history",
      "details",
      "unused",
      "__proto__",
    ]) {
      for (const value of values) {
        for (const view of ["connz", "gatewayz", "subsz", "accountz", "leafz", "accstatz"]) {
          const answer = await ask(`/${view}?${name}=${value}`);
          const body = await answer.text();
          seen.add(answer.status);
          if (answer.status === 200) JSON.parse(body);
          else expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
        }
      }
    }
    expect([...seen].sort()).toEqual([200, 400]);
    expect((await ask("/healthz")).status).toBe(200);
  });

  test("with an endless URL, a body, or no HTTP at all are refused", async () => {
    const long = "x".repeat(9_000);
    expect(await raw(`GET /varz?user=${long} HTTP/1.1\r\nHost: a\r\n\r\n`)).toContain(" 414 ");
    expect(await raw(`POST /varz HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\nabc`)).toMatch(
      / 4\d\d /,
    );
    expect(await raw("GARBAGE\r\n\r\n")).toMatch(/^$|^HTTP\/1.1 4\d\d /);
    expect(await raw("GET /varz HTTP/1.1\r\nHost: <a>/b?c\r\n\r\n")).toMatch(/^HTTP\/1.1 [24]\d\d /);
    expect((await ask("/healthz")).status).toBe(200);
  });
});
