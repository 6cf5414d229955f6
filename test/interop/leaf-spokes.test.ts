// Several spokes of one hub: they talk through it, in a star and in a chain, unless a link is isolated.

import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { NatsConnection } from "@nats-io/transport-node";
import { leafInterest } from "../support/leaf-frames.ts";
import { acrossLeafs, type LeafPair, newest } from "../support/leaf-sides.ts";
import { type LeafClusterSpec, type LeafLink, LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import { allHeard, type Collector, collect, heard, publishNumbers, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";

setDefaultTimeout(30_000);
guardProcesses();

const COUNT = 100;
const NUMBERS = Array.from({ length: COUNT }, (_, i) => String(i));

acrossLeafs((pair) => {
  let world: LeafWorld;
  beforeAll(async () => {
    // The middle is a spoke of the top and a hub of both edges, so whoever is the hub here is both.
    world = await LeafWorld.up({
      clusters: [
        { name: "TOP", kind: pair.spoke },
        { name: "MIDDLE", kind: pair.hub },
        { name: "LEFT", kind: pair.spoke },
        { name: "RIGHT", kind: pair.spoke },
      ],
      links: [
        { from: "MIDDLE", to: "TOP" },
        { from: "LEFT", to: "MIDDLE" },
        { from: "RIGHT", to: "MIDDLE" },
      ],
    });
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());
  everyoneHearsEveryone(() => world, ["TOP", "MIDDLE", "LEFT", "RIGHT"]);
});

acrossLeafs(
  (pair) => {
    test("a hub that isolates its leafs keeps each from the others' interest, and not from its own", async () => {
      const world = await star(pair, { leafnodes: { isolate_leafnode_interest: true, compression: "off" } });
      try {
        await isolatedBothWays(world);
        for (const leaf of await leafs(world.member("HUB"))) expect(leaf.is_isolated).toBe(true);
      } finally {
        await world.close();
      }
    });
  },
  ({ hub }) => hub === "box" || hub === "2.15",
);

acrossLeafs((pair) => {
  test("a spoke that asks for isolation is not told of others, which are told of it", async () => {
    const world = await star(pair, {}, { remote: { request_isolation: true } });
    try {
      const [hub, one, two] = await threeClients(world);
      const subject = unique("apart");
      const [atOne, atTwo] = [await collect(one, subject), await collect(two, subject)];
      await heard(two, one);
      await allHeard(hub, two);
      await allHeard(hub, one);
      await publishNumbers(one, subject, COUNT);
      await publishNumbers(two, subject, COUNT);
      await atOne.has(COUNT * 2);
      await heard(one, hub);
      await heard(hub, two);
      expect([atOne.count, atTwo.count]).toEqual([COUNT * 2, COUNT]);
    } finally {
      await world.close();
    }
  });

  test("a remote that is isolated tells the hub of its clients, and not of its leafs", async () => {
    const world = await LeafWorld.up({
      clusters: [
        { name: "TOP", kind: pair.hub, tapped: true },
        { name: "MIDDLE", kind: pair.spoke },
        { name: "EDGE", kind: pair.spoke },
      ],
      links: [
        { from: "MIDDLE", to: "TOP", remote: { isolate_leafnode_interest: true } },
        { from: "EDGE", to: "MIDDLE" },
      ],
    });
    try {
      const [top, middle, edge] = [
        await world.client("TOP"),
        await world.client("MIDDLE"),
        await world.client("EDGE"),
      ];
      const subject = unique("shy");
      const collectors = [await collect(middle, `${subject}.m`), await collect(edge, `${subject}.e`)];
      await heard(top, middle);
      await heard(edge, top);
      await allHeard(middle, edge);
      for (const tail of ["m", "e"]) top.publish(`${subject}.${tail}`, "from the top");
      await heard(top, middle);
      await heard(middle, edge);
      expect(collectors.map(({ count }) => count)).toEqual([1, 0]);
      const told = world.tap("TOP").frames("forth", "MIDDLE");
      expect(leafInterest(told, `${subject}.m`).length).toBe(1);
      expect(leafInterest(told, `${subject}.e`)).toEqual([]);
    } finally {
      await world.close();
    }
  });
}, newest);

function everyoneHearsEveryone(world: () => LeafWorld, names: readonly string[]): void {
  test("what is published anywhere arrives everywhere, once and in order", async () => {
    const clients = await Promise.all(names.map((name) => world().client(name)));
    const subject = unique("all");
    const collectors = await Promise.all(clients.map((client) => collect(client, subject)));
    await allHeard(...clients);
    for (const [round, publisher] of clients.entries()) {
      await publishNumbers(publisher, subject, COUNT);
      for (const collector of collectors) await collector.has((round + 1) * COUNT);
    }
    await allHeard(...clients);
    for (const { texts } of collectors) expect(texts).toEqual(names.flatMap(() => NUMBERS));
  });

  test("a request is answered from wherever the service is", async () => {
    const clients = await Promise.all(names.map((name) => world().client(name)));
    for (const [i, service] of clients.entries()) {
      const subject = unique("svc");
      service.subscribe(subject, { callback: (_, message) => void message.respond(names[i]!) });
      await service.flush();
      await allHeard(...clients);
      for (const asker of clients)
        expect((await asker.request(subject, "", { timeout: 3_000 })).string()).toBe(names[i]!);
    }
  });

  test("a group over all of them gets each message once", async () => {
    const clients = await Promise.all(names.map((name) => world().client(name)));
    const subject = unique("group");
    const crew = await Promise.all(clients.map((client) => collect(client, subject, "crew")));
    await allHeard(...clients);
    for (const publisher of clients) await publishNumbers(publisher, subject, COUNT);
    await allHeard(...clients);
    expect(crew.map(({ count }) => count)).toEqual(names.map(() => COUNT));
  });
}

async function isolatedBothWays(world: LeafWorld): Promise<void> {
  const [hub, one, two] = await threeClients(world);
  const subject = unique("apart");
  const collectors: Collector[] = [];
  for (const client of [hub, one, two]) collectors.push(await collect(client, subject));
  await allHeard(hub, one);
  await allHeard(hub, two);
  for (const client of [hub, one, two]) await publishNumbers(client, subject, COUNT);
  await collectors[0]!.has(COUNT * 3);
  await allHeard(hub, one);
  await allHeard(hub, two);
  // Interest of the hub itself brings a message there, and from there it goes to whoever wants it.
  expect(collectors.map(({ count }) => count)).toEqual([COUNT * 3, COUNT * 3, COUNT * 3]);
  const alone = `${subject}.alone`;
  const [atOne, atTwo] = [await collect(one, alone), await collect(two, alone)];
  await heard(hub, one);
  await heard(hub, two);
  await publishNumbers(one, alone, COUNT);
  await heard(one, hub);
  await heard(hub, two);
  expect([atOne.count, atTwo.count]).toEqual([COUNT, 0]);
}

function threeClients(world: LeafWorld): Promise<[NatsConnection, NatsConnection, NatsConnection]> {
  return Promise.all([world.client("HUB"), world.client("ONE"), world.client("TWO")]);
}

function star(
  pair: LeafPair,
  hub: Partial<LeafClusterSpec> = {},
  one: Partial<LeafLink> = {},
): Promise<LeafWorld> {
  return LeafWorld.up({
    clusters: [
      { name: "HUB", kind: pair.hub, ...hub },
      { name: "ONE", kind: pair.spoke },
      { name: "TWO", kind: pair.spoke },
    ],
    links: [
      { from: "ONE", to: "HUB", ...one },
      { from: "TWO", to: "HUB" },
    ],
  });
}
