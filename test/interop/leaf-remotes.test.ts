// What a remote and a listener can be told beyond whom to meet: roles the other way round, no link at all, a
// least version, a proxy in between, and a level of compression that follows the distance.

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { HttpProxy } from "../support/http-proxy.ts";
import { acrossLeafs, type LeafPair, mixed, newest, startPair } from "../support/leaf-sides.ts";
import { bodiesOf, carriesBothWays } from "../support/leaf-traffic.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import type { JsonObject } from "../support/member.ts";
import { allHeard, collect, publishNumbers, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

let world: LeafWorld | undefined;
let proxy: HttpProxy | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
  proxy?.close();
  proxy = undefined;
});

acrossLeafs((pair) => {
  test("a solicitor that is the hub brings its other leafs together with the acceptor", async () => {
    // Here the solicitor is the hub, and so is the box where the pair says hub.
    world = await LeafWorld.up({
      clusters: [
        { name: "EDGE", kind: pair.spoke },
        { name: "OTHER", kind: pair.spoke },
        { name: "CENTRE", kind: pair.hub },
      ],
      links: ["EDGE", "OTHER"].map((to) => ({ from: "CENTRE", to, remote: { hub: true } })),
    });
    if (pair.spoke !== "2.9") {
      for (const { is_spoke } of await leafs(world.member("EDGE"))) expect(is_spoke).toBe(true);
    }
    const clients = await Promise.all(["EDGE", "OTHER", "CENTRE"].map((place) => world!.client(place)));
    const subject = unique("turned");
    const collectors = await Promise.all(clients.map((client) => collect(client, subject)));
    await allHeard(...clients);
    for (const client of clients) await publishNumbers(client, subject, 100);
    await allHeard(...clients);
    expect(collectors.map(({ count }) => count)).toEqual([300, 300, 300]);
  });
});

acrossLeafs(
  (pair) => {
    test("a remote that is disabled is not dialed, its neighbour is", async () => {
      world = await LeafWorld.start({
        clusters: [
          { name: "OFF", kind: pair.hub, tapped: true },
          { name: "ON", kind: pair.hub },
          { name: "SPOKE", kind: pair.spoke, accounts: ["ONE", "TWO"] },
        ],
        links: [
          { from: "SPOKE", to: "OFF", account: "ONE", remote: { disabled: true } },
          { from: "SPOKE", to: "ON", account: "TWO" },
        ],
      });
      await world.leafLinked({ from: "SPOKE", to: "ON", account: "TWO" });
      expect(world.tap("OFF").connections).toEqual([]);
      expect((await leafs(world.member("SPOKE"))).map(({ account }) => account)).toEqual(["TWO"]);
    });

    test("a link passes an HTTP proxy that wants a password", async () => {
      proxy = new HttpProxy("walker:s3cret");
      const door = { url: `http://127.0.0.1:${proxy.port}`, username: "walker", password: "s3cret" };
      await throughProxy(pair, door);
      expect(proxy.asked).toEqual([`127.0.0.1:${world!.member("HUB").ports.leaf}`]);
    });

    test("a proxy that refuses is asked again, and the hub is not dialed past it", async () => {
      proxy = new HttpProxy("walker:s3cret");
      world = await LeafWorld.start({
        clusters: [
          { name: "HUB", kind: pair.hub, tapped: true },
          { name: "SPOKE", kind: pair.spoke },
        ],
        links: [{ from: "SPOKE", to: "HUB", remote: { proxy: { url: `http://127.0.0.1:${proxy.port}` } } }],
      });
      await until("the proxy is asked twice", () => proxy!.asked.length >= 2);
      expect(world.tap("HUB").connections).toEqual([]);
    });

    test("the level of compression follows the distance", async () => {
      const auto = { compression: "s2_auto" };
      world = await LeafWorld.start({
        clusters: [
          { name: "HUB", kind: pair.hub, tapped: true, leafnodes: auto },
          { name: "SPOKE", kind: pair.spoke },
        ],
        links: [{ from: "SPOKE", to: "HUB", remote: auto }],
      });
      await world.linked();
      // Up to 10 ms nothing is compressed, from 100 ms on it is done best; twice the one way is a round trip.
      world.tap("HUB").delay(120);
      world.tap("HUB").cut();
      await until("the spoke compresses best", async () => {
        const [link] = await leafs(world!.member("SPOKE"));
        return link?.compression === "s2_best";
      });
      world.tap("HUB").delay(0);
      await carriesBothWays(await world.client("HUB"), await world.client("SPOKE"), bodiesOf(300));
    });
  },
  (pair) => newest(pair) && mixed(pair),
);

for (const [hub, spoke, least] of [
  ["box", "2.10", "2.11.0"],
  ["2.15", "2.10", "2.11.0"],
  ["2.15", "box", "2.99.0"],
] as const) {
  describeWith(`a ${spoke} at a ${hub} that wants ${least} at least`, [hub, spoke], () => {
    test("is refused with the reason", async () => {
      world = await LeafWorld.start({
        clusters: [
          { name: "HUB", kind: hub, tapped: true, leafnodes: { min_version: least } },
          { name: "SPOKE", kind: spoke },
        ],
        links: [{ from: "SPOKE", to: "HUB" }],
      });
      const said = () =>
        world!
          .tap("HUB")
          .frames("back")
          .filter(({ verb }) => verb === "-ERR");
      await until("it is refused", () => said().length > 0);
      expect(said()[0]!.line).toBe(`-ERR 'connection rejected since minimum version required is "${least}"'`);
      // The spoke was told INFO before it was told no, so it may hold the link for a moment.
      await until("the link is gone", async () => (await leafs(world!.member("SPOKE"))).length === 0);
    });
  });
}

async function throughProxy(pair: LeafPair, door: JsonObject): Promise<void> {
  world = await startPair(pair, { link: { remote: { proxy: door } } });
  await carriesBothWays(await world.client("HUB"), await world.client("SPOKE"), bodiesOf(300));
}
