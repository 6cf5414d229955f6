// Three regions: each message reaches every region that wants it once, straight from where it was published,
// and never by way of a third. Who is not configured is learned by gossip.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { inbound, outbound } from "../support/gatewayz.ts";
import type { Kind } from "../support/member.ts";
import { allHeard, type Collector, collect, heard, publishNumbers, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

const MESHES: readonly (readonly [string, readonly Kind[], 1 | 3])[] = [
  ["one box and two nats-servers 2.15", ["box", "2.15", "2.15"], 1],
  ["one box, a cluster of three servers 2.15, and a 2.8", ["box", "2.15", "2.8"], 3],
  ["two boxes and a nats-server 2.15", ["box", "box", "2.15"], 1],
  ["two boxes and a nats-server 2.9", ["box", "box", "2.9"], 1],
];

for (const [title, kinds, servers] of MESHES) {
  describeWith(`mesh of ${title}`, kinds, () => {
    let world: SuperCluster;
    beforeAll(async () => {
      const size = (kind: Kind) => (kind === "2.15" ? servers : 1);
      world = await SuperCluster.start(
        ...kinds.map((kind, i) => ({ name: NAMES[i]!, kind, servers: size(kind) })),
      );
      await world.meshed();
    });
    afterEach(() => world?.closeClients());
    afterAll(() => world?.close());
    meshCases(() => world);
  });
}

const NAMES = ["A", "B", "C"] as const;

function meshCases(world: () => SuperCluster): void {
  const everywhere = () => Promise.all(NAMES.map((name) => world().client(name, { index: 2 })));

  test("what is published anywhere arrives everywhere, once and in order", async () => {
    const clients = await everywhere();
    const stem = unique("mesh");
    const exact: Collector[] = [];
    const wild: Collector[] = [];
    for (const client of clients) {
      exact.push(await collect(client, `${stem}.x`));
      wild.push(await collect(client, `${stem}.>`));
    }
    await allHeard(...clients);
    for (const client of clients) {
      const before = exact.map(({ count }) => count);
      await publishNumbers(client, `${stem}.x`, 500);
      for (const [i, collector] of exact.entries()) await collector.has(before[i]! + 500);
      await allHeard(...clients);
    }
    const thrice = [...numbers(500), ...numbers(500), ...numbers(500)];
    for (const collector of [...exact, ...wild]) expect(collector.texts).toEqual(thrice);
  });

  test("a request is answered from whichever region has the service, once by a group", async () => {
    const clients = await everywhere();
    for (const [i, service] of clients.entries()) {
      const subject = unique("svc");
      service.subscribe(subject, { callback: (_, message) => void message.respond(NAMES[i]!) });
      await allHeard(...clients);
      for (const asker of clients) {
        expect((await asker.request(subject, "", { timeout: 3_000 })).string()).toBe(NAMES[i]!);
      }
    }
    const [asker, second, third] = [clients[0]!, clients[1]!, clients[2]!];
    const subject = unique("group");
    const served = [await collect(second, subject, "crew"), await collect(third, subject, "crew")];
    await allHeard(...clients);
    await publishNumbers(asker, subject, 100);
    await until("the group has 100", () => served[0]!.count + served[1]!.count >= 100);
    await allHeard(...clients);
    expect(served[0]!.count + served[1]!.count).toBe(100);
  });

  test("each region publishes to all at once and nothing is lost or doubled", async () => {
    const clients = await everywhere();
    const stem = unique("cross");
    const collectors = await Promise.all(clients.map((client) => collect(client, `${stem}.*`)));
    await allHeard(...clients);
    await Promise.all(clients.map((client, i) => publishNumbers(client, `${stem}.${NAMES[i]}`, 2_000)));
    for (const collector of collectors) await collector.has(6_000);
    await allHeard(...clients);
    for (const collector of collectors) {
      expect(collector.count).toBe(6_000);
      for (const name of NAMES) {
        const of = collector.messages.filter(({ subject }) => subject === `${stem}.${name}`);
        expect(of.map((message) => message.string())).toEqual(numbers(2_000));
      }
    }
  });
}

describe("gossip", () => {
  let world: SuperCluster | undefined;
  afterEach(async () => {
    await world?.close();
    world = undefined;
  });

  const cases: readonly (readonly [string, Kind, Kind, Kind])[] = [
    ["a third that knows only the box is told of the other", "box", "2.15", "2.15"],
    ["a third that knows only a nats-server finds the box", "2.15", "box", "2.15"],
    ["a box that knows only a nats-server finds the other nats-server", "2.15", "2.15", "box"],
    ["a box that knows only a box finds the nats-server", "box", "2.15", "box"],
    ["an old third that knows only the box is told of the other", "box", "2.10", "2.8"],
  ];
  for (const [title, first, second, third] of cases) {
    describeWith(title, [first, second, third], () => {
      test("and all three become a full mesh", async () => {
        world = await SuperCluster.start(
          { name: "A", kind: first, knows: ["B"] },
          { name: "B", kind: second, knows: ["A"] },
          { name: "C", kind: third, knows: ["A"] },
        );
        await world.meshed();
        const clients = await Promise.all(NAMES.map((name) => world!.client(name)));
        await allHeard(...clients);
        const found = await outbound(world.member("C"), "B");
        expect(found).toBeDefined();
      });
    });
  }

  describeWith("a box that nobody is configured with, in any combination", ["box", "2.15"], () => {
    test("is dialed back when it dials", async () => {
      world = await SuperCluster.start(
        { name: "A", kind: "box", knows: ["B"] },
        { name: "B", kind: "2.15", knows: [] },
      );
      await world.meshed();
      const [a, b] = [await world.client("A"), await world.client("B")];
      await allHeard(a, b);
      await world.member("A").restart();
      await world.meshed();
      await allHeard(await world.client("A"), b);
    });
    test("dials back who dials it", async () => {
      world = await SuperCluster.start(
        { name: "A", kind: "box", knows: [] },
        { name: "B", kind: "2.15", knows: ["A"], servers: 3 },
      );
      await world.meshed();
      for (const index of [0, 1, 2])
        await allHeard(await world.client("A"), await world.client("B", { index }));
      await world.member("A").restart();
      await world.meshed();
      for (const index of [0, 1, 2])
        await allHeard(await world.client("A"), await world.client("B", { index }));
    });
  });
});

// With reject_unknown at both ends the two outer regions cannot find each other, so all that could join them
// is the box.
describeWith("two regions that are linked to the box only", ["box", "2.15"], () => {
  let world: SuperCluster;
  beforeAll(async () => {
    const strict = { reject_unknown: true };
    world = await SuperCluster.start(
      { name: "LEFT", kind: "2.15", knows: ["BOX"], gateway: strict },
      { name: "BOX", kind: "box", knows: ["LEFT", "RIGHT"] },
      { name: "RIGHT", kind: "2.15", knows: ["BOX"], gateway: strict },
    );
    await world.meshed("LEFT", "BOX");
    await world.meshed("RIGHT", "BOX");
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  test("hear the box, and nothing of each other through it", async () => {
    const [left, box, right] = [
      await world.client("LEFT"),
      await world.client("BOX"),
      await world.client("RIGHT"),
    ];
    const subject = unique("transit");
    const [atBox, atRight] = [await collect(box, subject), await collect(right, subject)];
    await heard(left, box);
    await heard(box, right);
    await publishNumbers(left, subject, 100);
    await atBox.has(100);
    await heard(left, box);
    await heard(box, right);
    expect([atBox.count, atRight.count]).toEqual([100, 0]);
    expect(await outbound(world.member("LEFT"), "RIGHT")).toBeUndefined();
    expect(await inbound(world.member("RIGHT"), "LEFT")).toEqual([]);
  });
});

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}
