// A hub dies while messages flow: the spoke goes to the next one that it knows, by configuration or by
// gossip, and carries on. What is lost in the cut is lost; nothing comes twice and nothing comes out of
// order.

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import type { NatsConnection } from "@nats-io/transport-node";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs, leafsTo } from "../support/leafz.ts";
import type { Kind, Member } from "../support/member.ts";
import { allHeard, type Collector, collect, heard, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

/** What each publisher sends at once, and how often. */
const BATCH = 10;
const BATCH_MILLIS = 10;

let world: LeafWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

for (const kind of ["2.15", "2.10", "2.9"] as const) {
  describeWith(`a box as spoke of a cluster of three ${kind}`, ["box", kind], () => {
    if (kind === "2.15")
      test("goes to another hub when its own is killed, of which it knows by configuration", async () => {
        world = await LeafWorld.up({
          clusters: [
            { name: "HUB", kind, servers: 3 },
            { name: "SPOKE", kind: "box" },
          ],
          links: [{ from: "SPOKE", to: "HUB" }],
        });
        await survivesKill(world, "HUB");
      });

    test("goes to another hub when its own is killed, of which it knows by gossip alone", async () => {
      world = await LeafWorld.up({
        clusters: [
          { name: "HUB", kind, servers: 3 },
          { name: "SPOKE", kind: "box" },
        ],
        links: [{ from: "SPOKE", to: "HUB", firstOnly: true }],
      });
      await survivesKill(world, "HUB");
    });
  });
}

for (const kind of ["2.15", "2.9"] as const) {
  describeWith(`a ${kind} as spoke of two boxes that are joined by gateways`, ["box", kind], () => {
    test("goes to the other box when its own is killed, and is heard in both regions all the time", async () => {
      world = await regions(kind);
      await survivesKill(world, "EAST", "WEST");
    });
  });
}

describeWith("a box as spoke of two nats-servers that are joined by gateways", ["box", "2.15"], () => {
  test("goes to the other one when its own is killed, and is heard in both regions all the time", async () => {
    world = await regions("box", "2.15");
    await survivesKill(world, "EAST", "WEST");
  });
});

describeWith("a box whose only hub is killed again and again", ["box", "2.15"], () => {
  test("has its interest at the hub each time, as it is now and not as it was", async () => {
    world = await LeafWorld.up({
      clusters: [
        { name: "HUB", kind: "2.15" },
        { name: "SPOKE", kind: "box" },
      ],
      links: [{ from: "SPOKE", to: "HUB" }],
    });
    const spoke = await world.client("SPOKE");
    const stem = unique("kept");
    const kept = await collect(spoke, `${stem}.kept`);
    for (let round = 1; round <= 2; round++) {
      const dropped = await collect(spoke, `${stem}.dropped`);
      await world.member("HUB").kill();
      await until("the spoke knows", async () => (await leafs(world!.member("SPOKE"))).length === 0);
      dropped.unsubscribe();
      const added = await collect(spoke, `${stem}.added${round}`);
      await world.member("HUB").start();
      await world.linked();
      const hub = await world.client("HUB");
      await allHeard(hub, spoke);
      for (const tail of ["kept", "dropped", `added${round}`]) hub.publish(`${stem}.${tail}`, `${round}`);
      await kept.has(round);
      await heard(hub, spoke);
      expect([kept.count, added.count, dropped.count]).toEqual([round, 1, 0]);
      const wanted = await leafs(world.member("HUB"), "?subs=1");
      expect(wanted[0]!.subscriptions_list).not.toContain(`${stem}.dropped`);
    }
  });
});

function regions(spoke: Kind, hub: Kind = "box"): Promise<LeafWorld> {
  return LeafWorld.up({
    clusters: [
      { name: "EAST", kind: hub, gateways: ["WEST"] },
      { name: "WEST", kind: hub, gateways: ["EAST"] },
      { name: "SPOKE", kind: spoke },
    ],
    links: [{ from: "SPOKE", to: "EAST", or: "WEST" }],
  });
}

/**
 * Kills the hub that the spoke is linked to, with a load both ways between the spoke and a hub that stays.
 */
async function survivesKill(joined: LeafWorld, ...clusters: readonly string[]): Promise<void> {
  const spoke = joined.member("SPOKE");
  const hubs = clusters.flatMap((name) => joined.members(name));
  const victim = await linkedTo(spoke, hubs);
  const stays = hubs.find((hub) => hub !== victim)!;
  const far = await clientOf(joined, clusters, stays);
  const near = await joined.client("SPOKE");
  const stem = unique("load");
  const [up, down] = [await collect(far, `${stem}.up`), await collect(near, `${stem}.down`)];
  await allHeard(near, far);
  const loads = [new Load(near, `${stem}.up`), new Load(far, `${stem}.down`)];
  await up.has(200);
  await down.has(200);

  await victim.kill();
  const heir = await until("the spoke has another hub", async () => {
    const now = await linkedTo(spoke, hubs);
    return now === victim ? undefined : now;
  });
  await allHeard(near, far);
  const resumed = [up.count, down.count];
  await up.has(resumed[0]! + 200);
  await down.has(resumed[1]! + 200);

  // The one that was killed comes back, and changes nothing for those who found another.
  await victim.start();
  await up.has(resumed[0]! + 500);
  await down.has(resumed[1]! + 500);
  const sent = await Promise.all(loads.map((load) => load.stop()));
  await allHeard(near, far);
  for (const [i, received] of [up, down].entries()) onceAndInOrder(received, sent[i]!);
  expect((await linkedTo(spoke, hubs)).name).toBe(heir.name);
}

/** The hub that a spoke is linked to; throws while there is none. */
async function linkedTo(spoke: Member, hubs: readonly Member[]): Promise<Member> {
  const [link] = await leafsTo(spoke, hubs);
  const hub = hubs.find(({ name }) => name === link?.name);
  if (hub === undefined) throw new Error(`${spoke.name} has no hub`);
  return hub;
}

function clientOf(joined: LeafWorld, clusters: readonly string[], at: Member): Promise<NatsConnection> {
  for (const cluster of clusters) {
    const index = joined.members(cluster).indexOf(at);
    if (index >= 0) return joined.client(cluster, { index });
  }
  throw new Error(`${at.name} is of none of ${clusters}`);
}

/** Numbered messages at a steady pace, from now until it is stopped. */
class Load {
  #sent = 0;
  readonly #timer: Timer;
  readonly #client: NatsConnection;

  constructor(client: NatsConnection, subject: string) {
    this.#client = client;
    this.#timer = setInterval(() => {
      for (let i = 0; i < BATCH; i++) client.publish(subject, String(this.#sent++));
    }, BATCH_MILLIS);
  }

  /** Gives the count of all that was sent. */
  async stop(): Promise<number> {
    clearInterval(this.#timer);
    await this.#client.flush();
    return this.#sent;
  }
}

/** Nothing twice, nothing out of order, and a gap at most where the link was cut: one, besides none. */
function onceAndInOrder(received: Collector, sent: number): void {
  const numbers = received.texts.map(Number);
  const gaps: string[] = [];
  for (const [i, number] of numbers.entries()) {
    const before = i === 0 ? -1 : numbers[i - 1]!;
    expect(number).toBeGreaterThan(before);
    if (number !== before + 1) gaps.push(`${before}..${number}`);
  }
  expect(numbers.at(-1)).toBe(sent - 1);
  expect(gaps.length).toBeLessThanOrEqual(1);
}
