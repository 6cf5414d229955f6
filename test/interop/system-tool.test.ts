// The nats tool over the system account: what it shows of the box and of nats-servers beside it is what their
// endpoints show, whichever of them it is connected to.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { heard } from "../support/messages.ts";
import { findNatsCli } from "../support/nats-cli.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { documents, idOf, type Reply, rows, SYSTEM_ACCOUNTS, shown, tool } from "../support/system.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

const cli = findNatsCli();
if (cli === undefined) console.error("SKIPPED nats command line: no nats in $NATS_CLI, PATH or .cache");

const ALL = ["BOX1", "EAST1", "WEST1"];

describe.skipIf(cli === undefined)("the nats tool over the system account", () => {
  describeWith("of a box alone", ["box"], () => {
    const world = worldOf({ name: "BOX", kind: "box" });
    alone(world);
  });
  describeWith("of a box and two nats-servers 2.15", ["box", "2.15"], () => {
    const world = worldOf(
      { name: "BOX", kind: "box" },
      { name: "EAST", kind: "2.15" },
      { name: "WEST", kind: "2.15" },
    );
    describe.each(["BOX", "EAST"])("asked at %s", (at) => together(world, at));
  });
});

function worldOf(...clusters: readonly { name: string; kind: "box" | "2.15" }[]): () => SuperCluster {
  let world: SuperCluster;
  beforeAll(async () => {
    world = await SuperCluster.start(...clusters.map((each) => ({ ...each, ...SYSTEM_ACCOUNTS })));
    await world.meshed();
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());
  return () => world;
}

function alone(world: () => SuperCluster): void {
  const run = (...args: string[]) => tool(world(), "BOX", "SYS", ...args);

  test("shows the one server there is", async () => {
    const list = JSON.parse(await run("server", "list", "--json")) as Listed[];
    expect(list.map(({ server }) => server.name)).toEqual(["BOX1"]);
    expect(await run("server", "ping", "1")).toContain("BOX1");
    expect(await run("server", "check", "connection")).toStartWith("OK Connection");
    expect(await run("server", "check", "server", "--name", "BOX1")).toStartWith("OK BOX1");
    expect(await run("rtt")).toMatch(/127\.0\.0\.1:\d+/);
  });

  test("takes up what was written into the configuration", async () => {
    const id = await idOf(world(), "BOX");
    const said = await run("server", "config", "reload", id, "--force");
    expect(said).toContain("Server information for BOX1");
    expect(world().member("BOX").log).toContain("Reloaded: nothing has changed");
  });
}

function together(world: () => SuperCluster, at: string): void {
  const run = (...args: string[]) => tool(world(), at, "SYS", ...args);
  const clusters = ["BOX", "EAST", "WEST"];

  test("server list and server ping name all three, with their versions and gateways alike", async () => {
    const list = JSON.parse(await run("server", "list", "--json")) as Listed[];
    expect(list.map(({ server }) => server.name).sort()).toEqual(ALL);
    expect(new Set(list.map(({ server }) => server.ver)).size).toBe(1);
    expect(list.map(({ statsz }) => statsz.gateways.length)).toEqual([2, 2, 2]);
    const said = await run("server", "ping", "3");
    for (const name of ALL) expect(said).toContain(name);
    const table = await run("server", "list");
    // What differs between servers is marked with an X.
    expect(rows(table).filter((cells) => cells.includes("X"))).toEqual([]);
  });

  test("each server counts the others as active", async () => {
    await until("all know of all", async () => {
      const list = JSON.parse(await run("server", "list", "--json")) as Listed[];
      return list.length === 3 && list.every(({ statsz }) => statsz.active_servers === 3);
    });
  });

  test("server report gateways shows each link from both of its ends", async () => {
    const table = rows(await run("server", "report", "gateways"));
    const links: string[] = [];
    let server = "";
    for (const [name, , , kind, connection, id] of table) {
      if (name !== "") server = name!;
      else if (kind === "Inbound" || kind === "Outbound" || connection !== "")
        links.push(`${server} ${connection!.split(" ")[0]} ${id}`);
    }
    const wanted: string[] = [];
    for (const cluster of clusters) {
      const { outbound_gateways, inbound_gateways } = await shown(world(), cluster, "gatewayz");
      for (const [name, { connection }] of Object.entries(outbound_gateways as Links))
        wanted.push(`${cluster}1 ${name} gid:${connection.cid}`);
      for (const [name, list] of Object.entries(inbound_gateways as Record<string, Links[string][]>))
        for (const { connection } of list) wanted.push(`${cluster}1 ${name} gid:${connection.cid}`);
    }
    expect(links.filter((link) => link.includes("gid:")).sort()).toEqual(wanted.sort());
  });

  test("server report connections finds a client wherever it is, and its figures", async () => {
    const client = await world().client("BOX", { account: "APP", more: { name: "seen-over-sys" } });
    client.subscribe("a.>");
    await heard(client, client);
    const report = JSON.parse(await run("server", "report", "connections", "--account", "APP", "--json")) as {
      name?: string;
      subscriptions: number;
      cid: number;
    }[];
    const [own, ...others] = report.filter(({ name }) => name === "seen-over-sys");
    expect(others).toEqual([]);
    const { connections } = await shown(world(), "BOX", `connz?cid=${own!.cid}`);
    const [there] = connections as { name: string; subscriptions: number }[];
    expect([there!.name, there!.subscriptions]).toEqual(["seen-over-sys", own!.subscriptions]);
  });

  test("server report accounts adds up what all servers have", async () => {
    await world().client("BOX", { account: "APP" });
    await world().client("WEST", { account: "APP" });
    const report = await until("both clients are counted", async () => {
      const all = JSON.parse(await run("server", "report", "accounts", "--json")) as {
        account: string;
        connections: number;
      }[];
      return all.find(({ account }) => account === "APP")?.connections === 2 ? all : undefined;
    });
    expect(report.map(({ account }) => account)).toContain("SYS");
  });

  test("server report health, cpu and mem have all three, and none is ill", async () => {
    const health = rows(await run("server", "report", "health"));
    const states = health
      .filter(([name]) => ALL.includes(name!))
      .map(([name, , , state]) => `${name} ${state}`);
    expect(states.sort()).toEqual(ALL.map((name) => `${name} ok (200)`));
    const cpu = await run("server", "report", "cpu");
    const mem = await run("server", "report", "mem");
    for (const name of ALL) expect([cpu.includes(name), mem.includes(name)]).toEqual([true, true]);
  });

  test("server info shows the box as /varz does", async () => {
    const varz = await shown(world(), "BOX", "varz");
    const said = await run("server", "info", varz["server_id"] as string);
    expect(said).toContain("Server information for BOX1");
    expect(said).toContain(`Version: ${varz["version"]}`);
    expect(said).toContain(varz["config_digest"] as string);
  });

  test.each([
    ["gateways", "gatewayz", ["name", "host", "port"]],
    ["leafnodes", "leafz", ["leafnodes"]],
    ["variables", "varz", ["version", "port", "http_port", "max_payload", "config_digest", "system_account"]],
    ["subscriptions", "subsz", ["offset", "total"]],
    ["accounts", "accountz", ["system_account", "accounts"]],
    ["connections", "connz", ["offset"]],
    ["routes", "routez", ["server_name", "num_routes", "routes"]],
  ])("server request %s shows of the box what /%s shows", async (what, path, fields) => {
    const [answer, ...others] = documents(await run("server", "request", what, "--name", "BOX1"));
    expect([answer!.server.name, others]).toEqual(["BOX1", []]);
    const there = await shown(world(), "BOX", path);
    const of = (document: Reply) => ["server_id", ...fields].map((name) => document[name]);
    expect(of(answer!.data!)).toEqual(of(there));
  });

  test("server request jetstream and the like are answered as without JetStream", async () => {
    const [jetstream] = documents(await run("server", "request", "jetstream", "--name", "BOX1"));
    expect(jetstream!.data).toMatchObject({ disabled: true, streams: 0 });
    const [health] = documents(await run("server", "request", "jetstream-health", "--name", "BOX1"));
    expect(health!.data).toEqual({ status: "ok", status_code: 200 });
  });

  test("server request kick ends a client of the box", async () => {
    const client = await world().client("BOX", { account: "APP", more: { reconnect: false } });
    const cid = client.info!.client_id;
    await run("server", "request", "kick", `${cid}`, await idOf(world(), "BOX"));
    await client.closed();
    const { connections } = await shown(world(), "BOX", `connz?state=closed&cid=${cid}`);
    expect((connections as { reason: string }[])[0]!.reason).toBe("Kicked");
  });

  test("server check server finds the box", async () => {
    expect(await run("server", "check", "server", "--name", "BOX1")).toStartWith("OK BOX1");
  });

  test("server config reload reaches the box", async () => {
    const from = world().member("BOX").log.length;
    await run("server", "config", "reload", await idOf(world(), "BOX"), "--force");
    expect(world().member("BOX").log.slice(from)).toContain("Reloaded: nothing has changed");
  });

  test("top shows the clients of the box", async () => {
    const client = await world().client("BOX", { account: "APP", more: { name: "on-top" } });
    await heard(client, client);
    const file = `${world().dir}/top-${at}`;
    await run("top", "BOX1", "--output", file, "--max-refresh", "1", "--delimiter", ",").catch(() => {});
    const told = Bun.file(file);
    expect(await told.exists()).toBe(true);
    expect(await told.text()).toContain("on-top");
  });

  test("account info and rtt are for every client of the box", async () => {
    const told = await tool(world(), "BOX", "APP", "account", "info");
    expect(told).toMatch(/User: APP-user\n\s+Account: APP/);
    expect(told).toContain("System Account: false");
    expect(await tool(world(), "BOX", "APP", "rtt")).toMatch(/127\.0\.0\.1:\d+/);
  });
}

interface Listed {
  readonly server: { readonly name: string; readonly ver: string };
  readonly statsz: { readonly gateways: readonly unknown[]; readonly active_servers: number };
}

type Links = Record<string, { connection: { cid: number } }>;
