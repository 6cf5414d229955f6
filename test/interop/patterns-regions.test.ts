// The patterns active-active and hub-spokes: three regions each, joined all to all by gateways, or through
// one hub in their middle.

import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { errors, type NatsConnection } from "@nats-io/transport-node";
import { outbound } from "../support/gatewayz.ts";
import { leafs } from "../support/leafz.ts";
import { HAS_STAND_IN } from "../support/member.ts";
import { allHeard, collect, heard, publishNumbers, unique } from "../support/messages.ts";
import { PatternWorld } from "../support/pattern-world.ts";
import { guardProcesses } from "../support/process.ts";
import { RawLink } from "../support/raw-link.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const COUNT = 100;

if (HAS_STAND_IN)
  console.error("SKIPPED active-active, hub-spokes: a nats-server does not read the box's YAML");
else {
  describeWith("the pattern active-active", ["box"], activeActive);
  describeWith("the pattern hub-spokes", ["box", "2.15"], hubSpokes);
}

function activeActive(): void {
  const REGIONS = ["region-a", "region-b", "region-c"] as const;
  let world: PatternWorld;
  beforeAll(async () => {
    world = await PatternWorld.up("active-active", {
      gateways: [
        ["region-a", "region-b"],
        ["region-b", "region-c"],
        ["region-c", "region-a"],
      ],
    });
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  /** At home in a region, with the other ones behind it in its list. */
  const roamer = (home: string) => {
    const servers = [home, ...REGIONS.filter((region) => region !== home)];
    const more = {
      servers: servers.map((name) => world.member(name).clientUrl),
      noRandomize: true,
      user: "app",
      pass: world.variable("APP_PASSWORD"),
    };
    return world.client(home, { more });
  };
  const everywhere = () => Promise.all(REGIONS.map(roamer));
  const regionOf = (client: NatsConnection) => {
    const port = Number(client.getServer().split(":").at(-1));
    return REGIONS.find((name) => world.member(name).ports.client === port);
  };

  test("what is published in one region is heard in all, once and in order", async () => {
    const clients = await everywhere();
    const subject = unique("orders");
    const received = await Promise.all(clients.map((client) => collect(client, subject)));
    await allHeard(...clients);
    for (const [round, publisher] of clients.entries()) {
      await publishNumbers(publisher, subject, COUNT);
      for (const collector of received) await collector.has((round + 1) * COUNT);
    }
    await allHeard(...clients);
    const numbers = Array.from({ length: COUNT }, (_, i) => String(i));
    for (const { texts } of received) expect(texts).toEqual(REGIONS.flatMap(() => numbers));
  });

  test("a service in all regions answers at home, and from another region when home has none", async () => {
    const [asker, ...services] = await Promise.all([roamer("region-a"), ...REGIONS.map(roamer)]);
    const subject = unique("svc");
    const crew = services.map((service, i) =>
      service.subscribe(subject, {
        queue: "crew",
        callback: (_, message) => void message.respond(REGIONS[i]!),
      }),
    );
    await allHeard(asker!, ...services);
    const ask = async () => (await asker!.request(subject, "", { timeout: 3_000 })).string();
    for (let i = 0; i < 20; i++) expect(await ask()).toBe("region-a");
    crew[0]!.unsubscribe();
    await services[0]!.flush();
    await heard(asker!, services[0]!);
    for (let i = 0; i < 20; i++) expect(await ask()).toMatch(/^region-[bc]$/);
  });

  test("a region is lost: its clients carry on in another, and it is found again when it returns", async () => {
    const [roaming, settled] = [await roamer("region-a"), await roamer("region-c")];
    const subject = unique("life");
    const [down, up] = [await collect(roaming, `${subject}.down`), await collect(settled, `${subject}.up`)];
    roaming.subscribe(`${subject}.svc`, { callback: (_, message) => void message.respond("roaming") });
    await allHeard(roaming, settled);
    expect(regionOf(roaming)).toBe("region-a");
    const both = async (text: string) => {
      settled.publish(`${subject}.down`, text);
      roaming.publish(`${subject}.up`, text);
      await until(`${text} came`, () => down.texts.includes(text) && up.texts.includes(text));
    };
    await both("before");

    await world.member("region-a").kill();
    await until("the client is in another region", async () => {
      await roaming.flush();
      return regionOf(roaming) !== "region-a";
    });
    expect(regionOf(roaming)).toBe("region-b");
    await allHeard(roaming, settled);
    await both("after");
    const asker = await roamer("region-c");
    expect((await asker.request(`${subject}.svc`, "", { timeout: 3_000 })).string()).toBe("roaming");
    for (const [one, other] of [
      ["region-b", "region-c"],
      ["region-c", "region-b"],
    ] as const) {
      expect(await outbound(world.member(one), other)).toBeDefined();
      await until("it is known", async () => (await outbound(world.member(one), "region-a")) === undefined);
    }

    await world.member("region-a").start();
    await world.linked();
    const native = await roamer("region-a");
    await allHeard(native, roaming, settled);
    native.publish(`${subject}.down`, "home again");
    await down.has(3);
    expect(down.texts).toEqual(["before", "after", "home again"]);
    expect(up.texts).toEqual(["before", "after"]);
  });
}

function hubSpokes(): void {
  const SPOKES = ["north", "south", "west"] as const;
  let world: PatternWorld;
  beforeAll(async () => {
    world = await PatternWorld.up("hub-spokes", { leafs: SPOKES.map((spoke) => [spoke, ["hub"]] as const) });
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  const atHub = () => world.client("hub", { more: { user: "app", pass: world.variable("APP_PASSWORD") } });
  const everywhere = () => Promise.all([...SPOKES.map((spoke) => world.client(spoke)), atHub()]);

  test("what is published in one region is heard in all and at the hub, once and in order", async () => {
    const clients = await everywhere();
    const subject = unique("orders");
    const received = await Promise.all(clients.map((client) => collect(client, subject)));
    await allHeard(...clients);
    for (const [round, publisher] of clients.entries()) {
      await publishNumbers(publisher, subject, COUNT);
      for (const collector of received) await collector.has((round + 1) * COUNT);
    }
    await allHeard(...clients);
    const numbers = Array.from({ length: COUNT }, (_, i) => String(i));
    for (const { texts } of received) expect(texts).toEqual(clients.flatMap(() => numbers));
  });

  test("a region asks another one through the hub, and its own service first", async () => {
    const [north, south] = [await world.client("north"), await world.client("south")];
    const subject = unique("svc");
    const serve = (client: NatsConnection, name: string) =>
      client.subscribe(subject, { queue: "crew", callback: (_, message) => void message.respond(name) });
    serve(south, "south");
    await south.flush();
    const asker = await world.client("north");
    await heard(asker, south);
    const ask = async () => (await asker.request(subject, "", { timeout: 3_000 })).string();
    for (let i = 0; i < 20; i++) expect(await ask()).toBe("south");
    serve(north, "north");
    await north.flush();
    for (let i = 0; i < 20; i++) expect(await ask()).toBe("north");
  });

  test("a region is lost: the others go on, and what only it served is refused at once", async () => {
    const [north, south, hub] = [await world.client("north"), await world.client("south"), await atHub()];
    const subject = unique("svc");
    south.subscribe(subject, { callback: (_, message) => void message.respond("south") });
    await south.flush();
    await heard(north, south);
    expect((await north.request(subject, "", { timeout: 3_000 })).string()).toBe("south");
    await world.member("south").kill();
    await until("it is refused", () => isRefused(north, subject));
    await allHeard(north, await world.client("west"), hub);
    await world.member("south").start();
    await world.linked();
    await until("its client is back", () => south.flush().then(() => true));
    await heard(north, south);
    expect((await north.request(subject, "", { timeout: 3_000 })).string()).toBe("south");
  });

  test("the hub is lost: each region goes on for itself, and all meet again with what they want", async () => {
    const [north, second, south] = await Promise.all(
      ["north", "north", "south"].map((name) => world.client(name)),
    );
    const subject = unique("life");
    const received = await collect(south!, subject);
    await heard(north!, south!);
    await world.member("hub").kill();
    for (const name of SPOKES) {
      await until(`${name} knows`, async () => (await leafs(world.member(name))).length === 0);
    }
    await heard(north!, second!);
    expect(await isRefused(north!, unique("svc"))).toBe(true);
    north!.publish(subject, "lost");
    await north!.flush();
    await world.member("hub").start();
    await world.linked();
    await heard(north!, south!);
    north!.publish(subject, "found");
    await received.has(1);
    expect(received.texts).toEqual(["found"]);
  });

  test("all regions are in one account of the hub, and nobody is let in without a password", async () => {
    const links = await leafs(world.member("hub"));
    expect(links.map(({ name, account }) => `${name} in ${account}`).sort()).toEqual(
      SPOKES.map((spoke) => `${spoke} in APP`),
    );
    await expect(world.client("hub")).rejects.toThrow(/Authorization/);
    const stranger = await RawLink.dial(world.member("hub").ports.leaf!);
    await stranger.next("INFO");
    stranger.send('CONNECT {"name":"stranger"}\r\n');
    expect((await stranger.next("-ERR")).line).toBe("-ERR 'Authorization Violation'");
    await stranger.gone();
  });
}

/** Whether nobody answers, as the asker is told at once. */
async function isRefused(asker: NatsConnection, subject: string): Promise<boolean> {
  const answer = await asker.request(subject, "", { timeout: 1_000 }).catch((error: unknown) => error);
  return answer instanceof errors.RequestError && answer.isNoResponders();
}
