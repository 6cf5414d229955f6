// The pattern hybrid: a cluster that knows nothing of regions, a box beside it as its leaf, a region behind
// the box's gateway, and a fleet of edge servers behind its leaf listener.

import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { NatsConnection } from "@nats-io/transport-node";
import { gatewayz, outbound } from "../support/gatewayz.ts";
import { leafs, leafsTo } from "../support/leafz.ts";
import { HAS_STAND_IN } from "../support/member.ts";
import { collect, heard, publishNumbers, unique } from "../support/messages.ts";
import { PatternWorld } from "../support/pattern-world.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const EAST = ["east-1", "east-2", "east-3"] as const;
const EDGES = ["edge-1", "edge-2"] as const;
const COUNT = 100;

if (HAS_STAND_IN) console.error("SKIPPED the pattern hybrid: a nats-server does not read the box's YAML");
else
  describeWith("the pattern hybrid", ["box", "2.15"], () => {
    let world: PatternWorld;
    beforeAll(async () => {
      world = await PatternWorld.up("hybrid", {
        leafs: [["east-box", EAST], ...EDGES.map((edge) => [edge, ["east-box"]] as const)],
        gateways: [["east-box", "west"]],
      });
    });
    afterEach(() => world?.closeClients());
    afterAll(() => world?.close());

    const everywhere = () => clientsOf(world, [...EAST, "west", ...EDGES]);

    test("what the cluster publishes is heard in the other region and by every edge, once", async () => {
      const { east, rest } = split(await everywhere());
      const subject = unique("orders");
      const received = await Promise.all(rest.map((client) => collect(client, subject)));
      for (const client of rest) for (const publisher of east) await heard(publisher, client);
      for (const [round, publisher] of east.entries()) {
        await publishNumbers(publisher, subject, COUNT);
        for (const collector of received) await collector.has((round + 1) * COUNT);
      }
      for (const client of rest) for (const publisher of east) await heard(publisher, client);
      for (const collector of received) expect(collector.count).toBe(EAST.length * COUNT);
    });

    test("what an edge publishes leaves it for the cluster or the other region, not for another edge alone", async () => {
      const [first, second, west, ...east] = await clientsOf(world, [...EDGES, "west", ...EAST]);
      const subject = unique("telemetry");
      const others = [await collect(second!, subject), await collect(second!, `${subject}.edges`)];
      const received = await Promise.all([west!, ...east].map((client) => collect(client, subject)));
      for (const client of [west!, ...east]) await heard(first!, client);
      await publishNumbers(first!, `${subject}.edges`, COUNT);
      await publishNumbers(first!, subject, COUNT);
      for (const collector of received) await collector.has(COUNT);
      for (const client of [west!, ...east]) await heard(first!, client);
      for (const collector of received) expect(collector.count).toBe(COUNT);
      // What has left for somebody else is also given to an edge that asked for it, as nats-server does.
      await heard(west!, second!);
      expect(others.map(({ count }) => count)).toEqual([COUNT, 0]);
    });

    test("no edge is told what another edge wants", async () => {
      const [first, second] = await clientsOf(world, EDGES);
      const east = await world.client("east-2");
      const subject = unique("fleet");
      await collect(first!, `${subject}.edge`);
      await heard(east, first!);
      // The cluster's interest takes the same way after it.
      await collect(east, `${subject}.east`);
      await heard(second!, east);
      const told = (await leafs(world.member("edge-2"), "?subs=1"))[0]!.subscriptions_list!;
      expect(told).toContain(`${subject}.east`);
      expect(told).not.toContain(`${subject}.edge`);
    });

    test("requests are answered between any two of them", async () => {
      const clients = await clientsOf(world, ["east-1", "west", "edge-1"]);
      for (const service of clients) {
        const subject = unique("svc");
        service.subscribe(subject, { callback: (_, message) => void message.respond("served") });
        await service.flush();
        for (const asker of clients.filter((client) => client !== service)) {
          await heard(asker, service);
          expect((await asker.request(subject, "", { timeout: 3_000 })).string()).toBe("served");
        }
      }
    });

    test("the cluster has one leaf link and no gateway", async () => {
      const links = await Promise.all(EAST.map((name) => leafs(world.member(name))));
      expect(links.flat().map(({ name }) => name)).toEqual(["east-box"]);
      for (const name of EAST) expect((await gatewayz(world.member(name))).name ?? "").toBe("");
    });

    test("when the server of the cluster dies that the box is linked to, it goes to another", async () => {
      const box = world.member("east-box");
      const cluster = EAST.map((name) => world.member(name));
      const [link] = await leafsTo(box, cluster);
      const victim = cluster.find(({ name }) => name === link!.name)!;
      const stays = cluster.find((member) => member !== victim)!;
      const [west, edge, east] = await clientsOf(world, ["west", "edge-1", stays.name]);
      await victim.kill();
      await until("the box has another hub", async () => {
        const [now] = await leafsTo(box, cluster);
        return now !== undefined && now.name !== victim.name;
      });
      for (const client of [west!, edge!]) {
        await heard(client, east!);
        await heard(east!, client);
      }
      await victim.start();
    });

    test("when the other region dies, cluster and edge go on, and it is found again", async () => {
      const [edge, east] = await clientsOf(world, ["edge-2", "east-3"]);
      await world.member("west").kill();
      await until(
        "the box knows",
        async () => (await outbound(world.member("east-box"), "west")) === undefined,
      );
      await heard(edge!, east!);
      await heard(east!, edge!);
      await world.member("west").start();
      await world.linked();
      const west = await world.client("west");
      for (const client of [edge!, east!]) await heard(west, client);
    });

    test("when the box dies, the cluster goes on by itself, and all are together again with the box", async () => {
      const [one, two, edge, west] = await clientsOf(world, ["east-1", "east-2", "edge-1", "west"]);
      await world.member("east-box").kill();
      await heard(one!, two!);
      await world.member("east-box").start();
      await world.linked();
      for (const client of [edge!, west!]) {
        await heard(one!, client);
        await heard(client, one!);
      }
    });
  });

function clientsOf(world: PatternWorld, names: readonly string[]): Promise<NatsConnection[]> {
  return Promise.all(names.map((name) => world.client(name)));
}

function split(clients: readonly NatsConnection[]) {
  return { east: clients.slice(0, EAST.length), rest: clients.slice(EAST.length) };
}
