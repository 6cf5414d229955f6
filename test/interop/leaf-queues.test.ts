// Queue groups across leaf links: each message to one member, to one at home if there is one, else spread
// over the leafs by how many members stand behind each.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Frame } from "../support/gateway-frames.ts";
import { leafGroups, leafInterest, leafMessages } from "../support/leaf-frames.ts";
import { acrossLeafs, LEAF_WAYS, type LeafEnd, type LeafPair, startPair } from "../support/leaf-sides.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { allHeard, type Collector, collect, heard, publishNumbers, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const COUNT = 200;
const NUMBERS = Array.from({ length: COUNT }, (_, i) => String(i));

acrossLeafs((pair) => {
  let world: LeafWorld;
  beforeAll(async () => {
    world = await startPair(pair, { hub: { tapped: true } });
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());
  describe.each([...LEAF_WAYS])("from %s to %s", (from, to) => groups(() => world, from, to));
});

acrossLeafs((pair) => twoSpokes(pair));

function groups(world: () => LeafWorld, from: LeafEnd, to: LeafEnd): void {
  const carried = (subject: string) => leafMessages(said(world(), from), subject);

  test("each message goes to one member at the far end, and every member gets some", async () => {
    const publisher = await world().client(from);
    const members = await clients(world(), to, 3);
    const subject = unique("work");
    const crew = await Promise.all(members.map((member) => collect(member, subject, "crew")));
    await allHeard(publisher, ...members);
    await publishNumbers(publisher, subject, COUNT);
    await settled(crew, COUNT);
    for (const member of members) await heard(publisher, member);
    expect(sorted(crew)).toEqual(NUMBERS);
    for (const { count } of crew) expect(count).toBeGreaterThan(0);
    expect(carried(subject).length).toBe(COUNT);
    for (const line of carried(subject)) expect(leafGroups(line)).toEqual(["crew"]);
  });

  test("a member at home gets everything, and nothing crosses the link", async () => {
    const [publisher, home] = await clients(world(), from, 2);
    const far = await world().client(to);
    const subject = unique("home");
    const [atHome, abroad] = [await collect(home!, subject, "crew"), await collect(far, subject, "crew")];
    await allHeard(publisher!, home!, far);
    await publishNumbers(publisher!, subject, COUNT);
    await atHome.has(COUNT);
    await heard(publisher!, far);
    expect(atHome.texts).toEqual(NUMBERS);
    expect(abroad.count).toBe(0);
    expect(carried(subject)).toEqual([]);
  });

  test("when the last member at home leaves, the far end takes over", async () => {
    const [publisher, home] = await clients(world(), from, 2);
    const far = await world().client(to);
    const subject = unique("over");
    const [atHome, abroad] = [await collect(home!, subject, "crew"), await collect(far, subject, "crew")];
    await allHeard(publisher!, home!, far);
    publisher!.publish(subject, "first");
    await atHome.has(1);
    atHome.unsubscribe();
    await home!.flush();
    await until("the far end is served", async () => {
      publisher!.publish(subject, "later");
      await publisher!.flush();
      return abroad.count > 0;
    });
    expect(atHome.count).toBe(1);
  });

  test("one line serves several groups and plain subscribers, and names the groups", async () => {
    const publisher = await world().client(from);
    const members = await clients(world(), to, 3);
    const subject = unique("both");
    const red = await Promise.all(members.map((member) => collect(member, subject, "red")));
    const blue = await collect(members[0]!, subject, "blue");
    const plain = [await collect(members[1]!, subject), await collect(members[2]!, subject)];
    await allHeard(publisher, ...members);
    for (const number of NUMBERS) publisher.publish(subject, number, { reply: "to.nobody" });
    await settled(red, COUNT);
    await settled([blue], COUNT);
    for (const member of members) await heard(publisher, member);
    expect(sorted(red)).toEqual(NUMBERS);
    for (const collector of [blue, ...plain]) expect(collector.texts).toEqual(NUMBERS);
    expect(carried(subject).length).toBe(COUNT);
    for (const line of carried(subject)) {
      expect(leafGroups(line).sort()).toEqual(["blue", "red"]);
      expect(line.args[2]).toBe("to.nobody");
    }
  });

  test("a group that is at home is left out of the line, the others stay in it", async () => {
    const [publisher, home] = await clients(world(), from, 2);
    const far = await world().client(to);
    const subject = unique("part");
    const atHome = await collect(home!, subject, "red");
    const [red, blue] = [await collect(far, subject, "red"), await collect(far, subject, "blue")];
    await allHeard(publisher!, home!, far);
    await publishNumbers(publisher!, subject, COUNT);
    await settled([atHome], COUNT);
    await settled([blue], COUNT);
    await heard(publisher!, far);
    expect([atHome.count, red.count, blue.count]).toEqual([COUNT, 0, COUNT]);
    for (const line of carried(subject)) expect(leafGroups(line)).toEqual(["blue"]);
  });

  test("a line without groups serves no group, though the far end has one", async () => {
    const [publisher, home] = await clients(world(), from, 2);
    const far = await world().client(to);
    const subject = unique("plain");
    await collect(home!, subject, "crew");
    const [abroad, open] = [await collect(far, subject, "crew"), await collect(far, subject)];
    await allHeard(publisher!, home!, far);
    await publishNumbers(publisher!, subject, COUNT);
    await open.has(COUNT);
    await heard(publisher!, far);
    expect(abroad.count).toBe(0);
    for (const line of carried(subject)) expect(leafGroups(line)).toEqual([]);
  });

  test("the weight of a group is told with every member that comes and goes", async () => {
    const [near, far] = [await world().client(from), await world().client(to)];
    const subject = unique("weight");
    const told = () => leafInterest(said(world(), to), subject);
    const crew: Collector[] = [];
    for (let size = 1; size <= 3; size++) {
      crew.push(await collect(far, subject, "crew"));
      await until("the weight is told", () => told().length === size);
    }
    for (let left = 2; left >= 0; left--) {
      crew.pop()!.unsubscribe();
      await far.flush();
      await until("the weight is told", () => told().length === 6 - left);
    }
    await heard(near, far);
    const up = [1, 2, 3, 2, 1].map((weight) => `LS+ ${subject} crew ${weight}`);
    expect(told()).toEqual([...up, `LS- ${subject} crew`]);
  });
}

function twoSpokes(pair: LeafPair): void {
  describe("two spokes of the hub", () => {
    let world: LeafWorld;
    beforeAll(async () => {
      world = await LeafWorld.up({
        clusters: [
          { name: "HUB", kind: pair.hub },
          { name: "ONE", kind: pair.spoke },
          { name: "TWO", kind: pair.spoke },
        ],
        links: [
          { from: "ONE", to: "HUB" },
          { from: "TWO", to: "HUB" },
        ],
      });
    });
    afterEach(() => world?.closeClients());
    afterAll(() => world?.close());

    test("share the messages of the hub by their weights", async () => {
      const publisher = await world.client("HUB");
      const [one, two] = [await world.client("ONE"), await world.client("TWO")];
      const subject = unique("shares");
      const single = [await collect(one, subject, "crew")];
      const triple = await Promise.all([0, 1, 2].map(() => collect(two, subject, "crew")));
      await allHeard(publisher, one, two);
      const many = COUNT * 5;
      await publishNumbers(publisher, subject, many);
      await settled([...single, ...triple], many);
      for (const member of [one, two]) await heard(publisher, member);
      expect(sorted([...single, ...triple])).toEqual(Array.from({ length: many }, (_, i) => String(i)));
      // A quarter of a thousand is 250 on average; 5 standard deviations are 68.
      expect(single[0]!.count).toBeGreaterThan(182);
      expect(single[0]!.count).toBeLessThan(318);
    });

    test("serve each other's group when nobody nearer does, the hub before the other spoke", async () => {
      const [hub, one, two] = [
        await world.client("HUB"),
        await world.client("ONE"),
        await world.client("TWO"),
      ];
      const subject = unique("nearest");
      const farthest = await collect(two, subject, "crew");
      await allHeard(hub, one, two);
      await publishNumbers(one, subject, COUNT);
      await farthest.has(COUNT);
      const middle = await collect(hub, subject, "crew");
      await allHeard(hub, one, two);
      await publishNumbers(one, subject, COUNT);
      await middle.has(COUNT);
      await allHeard(hub, one, two);
      expect([farthest.count, middle.count]).toEqual([COUNT, COUNT]);
    });
  });
}

/** What the link carried away from an end. */
function said(world: LeafWorld, by: LeafEnd): Frame[] {
  return world.tap("HUB").frames(by === "SPOKE" ? "forth" : "back");
}

function clients(world: LeafWorld, at: LeafEnd, count: number): Promise<NatsConnection[]> {
  return Promise.all(Array.from({ length: count }, () => world.client(at)));
}

/** Waits until all collectors together have so many. */
async function settled(collectors: readonly Collector[], count: number): Promise<void> {
  const total = () => collectors.reduce((sum, collector) => sum + collector.count, 0);
  await until(`${count} messages come`, () => total() >= count);
}

function sorted(collectors: readonly Collector[]): string[] {
  const all = collectors.flatMap(({ texts }) => texts);
  return all.sort((a, b) => Number(a) - Number(b));
}
