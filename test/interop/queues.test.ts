// Queue groups across regions: one member gets each message, one at home if there is one, else one in the
// nearest region.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { groupsOf, messagesOn } from "../support/gateway-frames.ts";
import { outbound, rttMillis } from "../support/gatewayz.ts";
import { allHeard, type Collector, collect, heard, publishNumbers, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { againstPeers, DIRECTIONS, describeWith, type PeerSpec } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const COUNT = 200;
const NUMBERS = Array.from({ length: COUNT }, (_, i) => String(i));

againstPeers((peer) => {
  let world: SuperCluster;
  beforeAll(async () => {
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", tapped: true },
      { name: "PEER", kind: peer.kind, servers: peer.servers, tapped: true },
    );
    await world.meshed();
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());
  describe.each([...DIRECTIONS])("from %s to %s", (from, to) => groups(() => world, from, to, peer));
});

function groups(world: () => SuperCluster, from: string, to: string, peer: PeerSpec): void {
  const clients = async (cluster: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => world().client(cluster, { index })));

  test("each message goes to one member of the far group, and every member gets some", async () => {
    const [publisher] = await clients(from, 1);
    const members = await clients(to, 3);
    const subject = unique("work");
    const collectors = await Promise.all(members.map((member) => collect(member, subject, "crew")));
    await allHeard(publisher!, ...members);
    await publishNumbers(publisher!, subject, COUNT);
    await settled(collectors, COUNT);
    for (const member of members) await heard(publisher!, member);
    expect(sorted(collectors)).toEqual(NUMBERS);
    for (const { count } of collectors) expect(count).toBeGreaterThan(0);
  });

  test("a member at home gets everything, and nothing crosses the link", async () => {
    const [publisher, home] = await clients(from, 2);
    const [far] = await clients(to, 1);
    const subject = unique("home");
    const atHome = await collect(home!, subject, "crew");
    const abroad = await collect(far!, subject, "crew");
    await allHeard(publisher!, home!, far!);
    await publishNumbers(publisher!, subject, COUNT);
    await atHome.has(COUNT);
    await heard(publisher!, far!);
    expect(atHome.texts).toEqual(NUMBERS);
    expect(abroad.count).toBe(0);
    const optimistic = to === "PEER" && peer.optimistic;
    if (!optimistic) expect(carried(world(), from, to, subject).length).toBe(0);
  });

  test("when the last member at home leaves, the far group takes over", async () => {
    const [publisher, home] = await clients(from, 2);
    const [far] = await clients(to, 1);
    const subject = unique("over");
    const atHome = await collect(home!, subject, "crew");
    const abroad = await collect(far!, subject, "crew");
    await allHeard(publisher!, home!, far!);
    publisher!.publish(subject, "first");
    await atHome.has(1);
    atHome.unsubscribe();
    await home!.flush();
    await until("the far group is served", async () => {
      publisher!.publish(subject, "later");
      await publisher!.flush();
      return abroad.count > 0;
    });
    expect(atHome.count).toBe(1);
  });

  test("groups and plain subscribers are served by one line that names the groups", async () => {
    const [publisher] = await clients(from, 1);
    const members = await clients(to, 3);
    const subject = unique("both");
    const red = await Promise.all(members.map((member) => collect(member, subject, "red")));
    const blue = await collect(members[0]!, subject, "blue");
    const plain = await Promise.all([collect(members[1]!, subject), collect(members[2]!, `${subject}.>`)]);
    await allHeard(publisher!, ...members);
    await publishNumbers(publisher!, subject, COUNT);
    await settled(red, COUNT);
    await settled([blue], COUNT);
    for (const member of members) await heard(publisher!, member);
    expect(sorted(red)).toEqual(NUMBERS);
    expect(blue.texts).toEqual(NUMBERS);
    expect(plain[0]!.texts).toEqual(NUMBERS);
    expect(plain[1]!.count).toBe(0);
    const lines = carried(world(), from, to, subject);
    expect(lines.length).toBe(COUNT);
    for (const line of lines) expect(groupsOf(line).sort()).toEqual(["blue", "red"]);
  });

  test("a group that is at home is left out of the line, the others stay in it", async () => {
    const [publisher, home] = await clients(from, 2);
    const [far] = await clients(to, 1);
    const subject = unique("part");
    const atHome = await collect(home!, subject, "red");
    const red = await collect(far!, subject, "red");
    const blue = await collect(far!, subject, "blue");
    await allHeard(publisher!, home!, far!);
    await publishNumbers(publisher!, subject, COUNT);
    await settled([atHome], COUNT);
    await settled([blue], COUNT);
    await heard(publisher!, far!);
    expect([atHome.count, red.count, blue.count]).toEqual([COUNT, 0, COUNT]);
    for (const line of carried(world(), from, to, subject)) expect(groupsOf(line)).toEqual(["blue"]);
  });

  test("a group on a wildcard gets what the wildcard covers", async () => {
    const [publisher] = await clients(from, 1);
    const members = await clients(to, 2);
    const stem = unique("wild");
    const collectors = await Promise.all(members.map((member) => collect(member, `${stem}.*`, "crew")));
    await allHeard(publisher!, ...members);
    for (const number of NUMBERS) publisher!.publish(`${stem}.${number}`, number);
    publisher!.publish(`${stem}.a.b`, "not covered");
    await settled(collectors, COUNT);
    for (const member of members) await heard(publisher!, member);
    expect(sorted(collectors)).toEqual(NUMBERS);
  });
}

// The nearest is decided by the publisher's own server, so the box (or its stand-in) publishes here.
describeWith("three regions", ["box", "2.15"], () => {
  let world: SuperCluster;
  beforeAll(async () => {
    world = await SuperCluster.start(
      { name: "BOX", kind: "box" },
      { name: "NEAR", kind: "2.15", tapped: true },
      { name: "FAR", kind: "2.15", tapped: true },
    );
    world.tap("FAR").delay(40);
    await world.meshed();
    await until("the round-trip times are known", async () => {
      const [near, far] = [
        await outbound(world.member("BOX"), "NEAR"),
        await outbound(world.member("BOX"), "FAR"),
      ];
      const [nearMillis, farMillis] = [rttMillis(near?.rtt), rttMillis(far?.rtt)];
      return nearMillis !== undefined && farMillis !== undefined && farMillis > 40 && nearMillis < 40;
    });
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  test("a group in two regions is served by the nearer one, and by the other after that", async () => {
    const [publisher, near, far] = [
      await world.client("BOX"),
      await world.client("NEAR"),
      await world.client("FAR"),
    ];
    const subject = unique("near");
    const atNear = await collect(near, subject, "crew");
    const atFar = await collect(far, subject, "crew");
    await allHeard(publisher, near, far);
    await publishNumbers(publisher, subject, COUNT);
    await settled([atNear], COUNT);
    await heard(publisher, far);
    expect([atNear.count, atFar.count]).toEqual([COUNT, 0]);

    atNear.unsubscribe();
    await near.flush();
    await heard(publisher, near);
    await publishNumbers(publisher, subject, COUNT);
    await settled([atFar], COUNT);
    expect([atNear.count, atFar.count]).toEqual([COUNT, COUNT]);
  });

  test("two groups in two regions are served where each is", async () => {
    const [publisher, near, far] = [
      await world.client("BOX"),
      await world.client("NEAR"),
      await world.client("FAR"),
    ];
    const subject = unique("two");
    const atNear = await collect(near, subject, "red");
    const atFar = await collect(far, subject, "blue");
    await allHeard(publisher, near, far);
    await publishNumbers(publisher, subject, COUNT);
    await settled([atNear], COUNT);
    await settled([atFar], COUNT);
    await allHeard(publisher, near, far);
    expect([atNear.texts, atFar.texts]).toEqual([NUMBERS, NUMBERS]);
  });
});

async function settled(collectors: readonly Collector[], count: number): Promise<void> {
  const sum = () => collectors.reduce((total, collector) => total + collector.count, 0);
  await until(`${count} messages come to a group`, () => sum() >= count);
}

function sorted(collectors: readonly Collector[]): string[] {
  return collectors.flatMap(({ texts }) => texts).sort((a, b) => Number(a) - Number(b));
}

function carried(world: SuperCluster, from: string, to: string, subject: string) {
  return world.members(to).flatMap((_, i) => messagesOn(world.tap(to, i).frames("forth", from), subject));
}
