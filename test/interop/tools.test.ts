// The tools of a box that stands beside unmodified nats-servers, with real clients: what they say is so.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NatsConnection } from "@nats-io/transport-node";
import { isthmus } from "../support/admin.ts";
import { HAS_STAND_IN, type JsonObject } from "../support/member.ts";
import { type Collector, collect, heard } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(60_000);
guardProcesses();

describe.skipIf(HAS_STAND_IN)("a box between two nats-servers", () => {
  let world: SuperCluster;
  let url: string;
  let admin: string;
  const dir = mkdtempSync(join(tmpdir(), "isthmus-interop-tools-"));
  let here: NatsConnection;
  let east: Collector;
  let west: Collector;
  beforeAll(async () => {
    const only = { allow: ["orders.>"] };
    admin = join(dir, "admin.sock");
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", accounts: ["EU"], top: { admin } },
      { name: "EAST", kind: "2.15", accounts: ["EU"] },
      { name: "WEST", kind: "2.15", accounts: ["EU"] },
    );
    await world.meshed();
    const box = world.member("BOX");
    await box.reload((config) => {
      const block = config["gateway"] as JsonObject & { gateways: readonly JsonObject[] };
      const gateways = block.gateways.map((entry) =>
        entry["name"] === "WEST" ? { ...entry, accounts: { EU: { export: only } } } : entry,
      );
      return { ...config, gateway: { ...block, gateways } };
    });
    await world.meshed();
    url = box.monitorUrl;
    here = await world.client("BOX", { account: "EU", more: { name: "watcher" } });
    east = await collect(await world.client("EAST", { account: "EU" }), "orders.*");
    west = await collect(await world.client("WEST", { account: "EU" }), ">");
    await heard(here, east.client);
    const probe = await collect(await world.client("WEST", { account: "EU" }), "orders.probe");
    await until("the west hears", async () => {
      here.publish("orders.probe");
      await here.flush();
      return probe.count > 0;
    });
  });
  afterAll(async () => {
    await world?.closeClients();
    await world?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test("explain says who gets a message, and those get it", async () => {
    const own = await collect(here, "orders.>");
    const { code, out } = await isthmus("explain", "EU", "orders.eu", "--size", "5", "--url", url);
    expect(out).toStartWith("orders.eu in account EU, from a client\n");
    expect(out).toMatch(/clients \(1\)\n +cid:\d+ +watcher +sid \d+ +by orders\.> +\d+ B/);
    expect(out).toMatch(
      /EAST +sends +Interest-Only +it wants the subject by these patterns: orders\.\* +28 B/,
    );
    expect(out).toMatch(/WEST +sends +Interest-Only +it wants the subject by these patterns: > +28 B/);
    expect(code).toBe(0);
    const [before, there] = [east.count, west.count];
    here.publish("orders.eu", "hello");
    await east.has(before + 1);
    await west.has(there + 1);
    await own.has(1);
    own.unsubscribe();
  });

  test("explain names the rule that keeps a message here, and it stays here", async () => {
    const told = JSON.parse((await isthmus("explain", "EU", "secret.a", "--json", "--url", url)).out);
    const gateways = Object.fromEntries(
      (told.gateways as { name: string; reason: string; rule?: string }[]).map((each) => [each.name, each]),
    );
    expect(gateways).toMatchObject({
      EAST: { reason: "no-interest", sends: false },
      WEST: {
        reason: "refused",
        sends: false,
        rule: expect.stringContaining("gateways[WEST].accounts.EU.export"),
      },
    });
    const count = west.count;
    here.publish("secret.a");
    here.publish("orders.after");
    await west.has(count + 1);
    expect(west.messages.at(-1)!.subject).toBe("orders.after");
  });

  test("explain of a message that came by a gateway stays on this side", async () => {
    const { out } = await isthmus("explain", "EU", "orders.eu", "--from", "gateway", "--url", url);
    expect(out).toMatch(/EAST +does not send .*what came by a gateway does not leave by one/);
    const { code, err } = await isthmus("explain", "NOPE", "a", "--url", url);
    expect([code, err]).toEqual([1, `isthmus explain: ${url}: Account NOPE does not exist\n`]);
  });

  test("top shows links, rates, accounts and clients, once for scripts", async () => {
    const load = setInterval(() => {
      for (let i = 0; i < 20; i++) here.publish("orders.load", new Uint8Array(100));
    }, 10);
    try {
      const { code, out } = await isthmus("top", "--once", "--url", url);
      expect(code).toBe(0);
      expect(out).toMatch(/^isthmus \d+\.\d+\.\d+ +BOX1 +up /);
      expect(out).toMatch(/^EAST +gateway +connected +.*Interest-Only .*\d/m);
      expect(out).toMatch(/^EU +\d+ clients, 0 leafs/m);
      const picture = JSON.parse((await isthmus("top", "--once", "--json", "--url", url)).out);
      const link = picture.links.find(({ name }: { name: string }) => name === "EAST");
      expect(link.rate.outMsgs).toBeGreaterThan(500);
      expect(link.rate.outBytes).toBeGreaterThan(50_000);
      expect(picture.accounts[0]).toMatchObject({ name: "EU", kind: "account" });
      expect(picture.clients[0]).toMatchObject({ name: "watcher" });
      expect(picture.clients[0].rate.inMsgs).toBeGreaterThan(500);
    } finally {
      clearInterval(load);
    }
  });

  test("tap shows both directions of a gateway, with payloads only when they are asked for", async () => {
    const tapped = isthmus(
      "tap",
      "EAST",
      "--limit",
      "6",
      "--subject",
      "orders.>",
      "--payload",
      "--json",
      "--admin",
      admin,
    );
    await until("the tap is there", async () => {
      here.publish("orders.tapped", "hello", { reply: "inbox.me" });
      await here.flush();
      return Promise.race([tapped.then(() => true), Bun.sleep(50).then(() => false)]);
    });
    const { code, out } = await tapped;
    expect(code).toBe(0);
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines[0].links).toHaveLength(2);
    expect(lines[1]).toMatchObject({
      link: expect.stringMatching(/^gid:\d+ outbound EAST$/),
      dir: "out",
      verb: "RMSG",
      account: "EU",
      subject: "orders.tapped",
      reply: expect.stringMatching(/inbox\.me$/),
      size: 5,
      payload: Buffer.from("hello").toString("base64"),
    });
    expect(lines.at(-1)).toMatchObject({ ended: "limit", shown: 6, dropped: 0 });
    const before = east.count;
    here.publish("orders.after");
    await east.has(before + 1);
  });

  test("tap of a client shows what it says and gets, and nothing of others, and tells what it leaves out", async () => {
    const other = await world.client("BOX", { account: "EU", more: { name: "quiet" } });
    const mine = await collect(other, "mine.>");
    const tapped = isthmus("tap", "quiet", "--rate", "20", "--seconds", "2", "--admin", admin);
    await until("the tap is there", async () => {
      for (let i = 0; i < 100; i++) here.publish("mine.a", "x");
      here.publish("orders.secret", "not for quiet");
      other.publish("orders.said", "y");
      await other.flush();
      return Promise.race([tapped.then(() => true), Bun.sleep(100).then(() => false)]);
    });
    const { code, out } = await tapped;
    expect(code).toBe(0);
    expect(out).toMatch(/^tapping cid:\d+ quiet\n/);
    expect(out).toMatch(/cid:\d+ quiet ->> MSG EU mine\.a 1 B\n/);
    expect(out).toMatch(/\n\d+ dropped\n/);
    expect(out).toMatch(/\nended: time; (?:[2-9]\d) shown, \d{2,} dropped\n$/);
    expect(out).not.toContain("secret");
    expect(out).not.toContain("hello");
    expect(mine.count).toBeGreaterThan(100);
    expect(await isthmus("tap", "nobody", "--admin", admin)).toMatchObject({
      code: 1,
      err: 'isthmus tap: there is no link "nobody", or it is tapped already\n',
    });
    expect((await isthmus("tap", "quiet", "--url", url)).err).toContain("needs the admin socket");
  });

  test("healthcheck answers by code and word", async () => {
    for (const flag of [[], ["--ready"], ["--live"]]) {
      expect(await isthmus("healthcheck", ...flag, "--url", url)).toEqual({ code: 0, out: "ok\n", err: "" });
    }
  });
});
