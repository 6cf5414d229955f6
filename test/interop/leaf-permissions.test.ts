// What a leaf may send and may hear: the permissions of its user at the hub, and what its own side denies.

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { documentOf } from "../support/gateway-frames.ts";
import { leafInterest, leafMessages } from "../support/leaf-frames.ts";
import { acrossLeafs, type LeafPair } from "../support/leaf-sides.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import type { JsonObject, Kind } from "../support/member.ts";
import { collect, heard, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { dialAsSpoke } from "../support/raw-leaf.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

let world: LeafWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** Subjects by which `heard` finds out what is known; every test allows them. */
const PROBES = ["probe.>", "_INBOX.>"];

acrossLeafs((pair) => {
  test("the hub tells the permissions of a user, and both ends keep to them", async () => {
    world = await restricted(pair, {
      publish: { allow: ["up.>", ...PROBES], deny: ["up.secret"] },
      subscribe: { allow: ["down.>", ...PROBES], deny: ["down.secret"] },
    });
    const told = world
      .tap("HUB")
      .frames("back")
      .filter(({ verb }) => verb === "INFO")
      .map(documentOf);
    expect(told.find((info) => info["connect_info"] === true)).toMatchObject({
      export: { allow: ["up.>", ...PROBES], deny: ["up.secret"] },
      import: { allow: ["down.>", ...PROBES], deny: ["down.secret"] },
    });
    await onlyAllowed(world, { up: ["up.open"], down: ["down.open"] });
    const tap = world.tap("HUB");
    for (const denied of ["up.secret", "down.secret", "side.open"]) {
      for (const way of ["forth", "back"] as const) expect(leafInterest(tap.frames(way), denied)).toEqual([]);
    }
  });

  test("a queue group that may not have a subject gets nothing of it, and the others get all", async () => {
    world = await restricted(pair, { subscribe: { deny: ["down.q blue.*"] } });
    const [hub, spoke] = [await clientOf(world, "HUB"), await clientOf(world, "SPOKE")];
    const denied = await collect(spoke, "down.*", "blue.1");
    const other = await collect(spoke, "down.*", "red");
    const free = await collect(spoke, "down.>", "blue");
    await heard(hub, spoke);
    for (let i = 0; i < 5; i++) hub.publish("down.q", `${i}`);
    hub.publish("down.r", "r");
    await heard(hub, spoke);
    // Older hubs know no groups in what they deny to leafs.
    const looks = pair.hub === "box" || pair.hub === "2.15";
    expect(denied.count).toBe(looks ? 1 : 6);
    expect(other.count).toBe(6);
    expect(free.count).toBe(6);
  });

  test("what the spoke denies stays away, whatever the hub allows", async () => {
    world = await LeafWorld.up({
      clusters: [
        { name: "HUB", kind: pair.hub, accounts: ["ACC"], tapped: true },
        { name: "SPOKE", kind: pair.spoke },
      ],
      links: [
        {
          from: "SPOKE",
          to: "HUB",
          login: "ACC-user:ACC-pass",
          remote: {
            deny_exports: ["up.secret", "side.>", "down.>"],
            deny_imports: ["down.secret", "side.>"],
          },
        },
      ],
    });
    const connect = world
      .tap("HUB")
      .frames("forth")
      .find(({ verb }) => verb === "CONNECT")!;
    expect(documentOf(connect)["deny_pub"]).toEqual(["down.secret", "side.>"]);
    await onlyAllowed(world, { up: ["up.open"], down: ["up.open", "up.secret", "down.open"] });
    for (const denied of ["down.secret", "side.open"])
      expect(leafInterest(world.tap("HUB").frames("forth"), denied)).toEqual([]);
  });

  test("a request that the permissions let pass is answered", async () => {
    world = await restricted(pair, {
      publish: { allow: ["svc.>", ...PROBES] },
      subscribe: { allow: ["svc.>", ...PROBES] },
    });
    for (const [from, to] of [
      ["HUB", "SPOKE"],
      ["SPOKE", "HUB"],
    ] as const) {
      const [asker, service] = [await clientOf(world, from), await clientOf(world, to)];
      const subject = unique("svc");
      service.subscribe(subject, { callback: (_, message) => void message.respond(`from ${to}`) });
      await service.flush();
      await heard(asker, service);
      expect((await asker.request(subject, "", { timeout: 3_000 })).string()).toBe(`from ${to}`);
    }
  });
});

acrossLeafs((pair) => {
  test("a laptop that may only read hears production and changes nothing there", async () => {
    world = await restricted(pair, { publish: { deny: [">"] }, subscribe: { allow: ["orders.>"] } });
    const [production, laptop] = [await clientOf(world, "HUB"), await clientOf(world, "SPOKE")];
    const subject = unique("orders");
    const [read, written] = [await collect(laptop, subject), await collect(production, `${subject}.new`)];
    const told = () => leafInterest(world!.tap("HUB").frames("forth"), subject);
    await until("the interest is told", () => told().length > 0);
    await until("messages come", async () => {
      production.publish(subject, "an order");
      await production.flush();
      return read.count > 0;
    });
    for (let i = 0; i < 100; i++) laptop.publish(`${subject}.new`, "from the laptop");
    await laptop.flush();
    const before = read.count;
    production.publish(subject, "the last order");
    await read.has(before + 1);
    expect(written.count).toBe(0);
    expect(leafMessages(world.tap("HUB").frames("forth"), `${subject}.new`)).toEqual([]);
    expect((await leafs(world.member("HUB"))).length).toBe(1);
    expect(world.tap("HUB").connections.length).toBe(1);
  });
});

/** The link's user has these permissions; clients of the hub have all. */
function restricted(pair: LeafPair, permissions: JsonObject): Promise<LeafWorld> {
  const users = [
    { user: "ACC-user", password: "ACC-pass" },
    { user: "edge", password: "edge", permissions },
  ];
  return LeafWorld.up({
    clusters: [
      { name: "HUB", kind: pair.hub, top: { accounts: { ACC: { users } } }, tapped: true },
      { name: "SPOKE", kind: pair.spoke },
    ],
    links: [{ from: "SPOKE", to: "HUB", login: "edge:edge" }],
  });
}

function clientOf(restricting: LeafWorld, place: "HUB" | "SPOKE") {
  return restricting.client(place, place === "HUB" ? { account: "ACC" } : {});
}

const SUBJECTS = ["up.open", "up.secret", "down.open", "down.secret", "side.open"] as const;

/**
 * Both ends want everything, by wildcards and by name; exactly these subjects pass, and nobody is cut off.
 */
async function onlyAllowed(
  restricting: LeafWorld,
  passes: { readonly up: readonly string[]; readonly down: readonly string[] },
): Promise<void> {
  const [hub, spoke] = [await clientOf(restricting, "HUB"), await clientOf(restricting, "SPOKE")];
  const at = { hub: await collect(hub, ">"), spoke: await collect(spoke, ">") };
  for (const client of [hub, spoke]) {
    for (const wildcard of ["up.>", "down.>", "side.>"]) await collect(client, wildcard);
    for (const subject of SUBJECTS) await collect(client, subject);
  }
  await heard(hub, spoke);
  await heard(spoke, hub);
  for (const subject of SUBJECTS) {
    hub.publish(subject, "by the hub");
    spoke.publish(subject, "by the spoke");
  }
  await heard(hub, spoke);
  await heard(spoke, hub);
  const got = (place: "hub" | "spoke", by: string) =>
    at[place].messages.filter((message) => message.string() === by).map(({ subject }) => subject);
  expect(got("hub", "by the spoke")).toEqual([...passes.up]);
  expect(got("spoke", "by the hub")).toEqual([...passes.down]);
  expect(got("hub", "by the hub")).toEqual([...SUBJECTS]);
  expect(got("spoke", "by the spoke")).toEqual([...SUBJECTS]);
  const tap = restricting.tap("HUB");
  for (const subject of SUBJECTS) {
    const carried = (way: "forth" | "back") => leafMessages(tap.frames(way), subject).length;
    expect(carried("forth")).toBe(passes.up.includes(subject) ? 1 : 0);
    expect(carried("back")).toBe(passes.down.includes(subject) ? 1 : 0);
  }
  expect(tap.connections.length).toBe(1);
  expect((await leafs(restricting.member("HUB"))).length).toBe(1);
}

describe.each<Kind>(["box", "2.15"])("a leaf moved by hand that may only answer, and a %s as hub", (kind) => {
  test("answers once what it was asked, and is cut for more", async () => {
    const permissions = { publish: "told", subscribe: ["svc"], allow_responses: { max: 1, expires: "1m" } };
    const users = [
      { user: "l", password: "l", permissions },
      { user: "c", password: "c" },
    ];
    const top = { accounts: { A: { users } } };
    world = await LeafWorld.start({ clusters: [{ name: "HUB", kind, top }], links: [] });
    const link = await dialAsSpoke(world.member("HUB").ports.leaf!, { user: "l", pass: "l" });
    link.send("LS+ svc\r\n");
    await link.barrier();
    const client = await world.client("HUB", { more: { user: "c", pass: "c" } });
    const answer = client.request("svc", "", { timeout: 3_000 });
    const asked = await link.next("LMSG");
    link.send(`LMSG ${asked.args[1]} 2\r\nhi\r\n`);
    expect((await answer).string()).toBe("hi");
    link.send(`LMSG ${asked.args[1]} 2\r\nhi\r\n`);
    await link.gone();
    expect(link.text).toContain(`-ERR 'Permissions Violation for Publish to "${asked.args[1]}"'`);
  });
});
