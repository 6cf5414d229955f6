// JetStream of a nats-server, used from behind a box: over its leaf link, and over two boxes and their
// gateways.

import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errors, type NatsConnection } from "@nats-io/transport-node";
import { DistantBucket, DistantStream } from "../support/jetstream.ts";
import { alongPaths, HUB_PATHS, SIDECAR_PATHS, startPath } from "../support/leaf-paths.ts";
import { acrossLeafs, startPair } from "../support/leaf-sides.ts";
import type { LeafWorld } from "../support/leaf-world.ts";
import type { JsonObject } from "../support/member.ts";
import { allHeard, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

const COUNT = 200;
const NUMBERS = Array.from({ length: COUNT }, (_, i) => String(i));

let store: string;
beforeAll(() => {
  store = mkdtempSync(join(tmpdir(), "isthmus-jetstream-"));
});
afterAll(() => rmSync(store, { recursive: true, force: true }));

/** JetStream of a domain, for the top level of a nats-server. */
function domain(name: string): JsonObject {
  return { jetstream: { domain: name, store_dir: join(store, unique(name)) } };
}

acrossLeafs(
  (pair) => {
    const home = pair.hub === "box" ? "SPOKE" : "HUB";
    const away = pair.hub === "box" ? "HUB" : "SPOKE";
    let world: LeafWorld;
    beforeAll(async () => {
      const top = domain("home");
      world = await startPair(pair, home === "HUB" ? { hub: { top } } : { spoke: { top } });
    });
    afterEach(() => world?.closeClients());
    afterAll(() => world?.close());

    distantUse(async () => [await world.client(home), await world.client(away)]);

    test("a request without a domain is not answered by the JetStream at the other end", async () => {
      const client = await world.client(away);
      await allHeard(client, await world.client(home));
      const refusal = await client.request("$JS.API.INFO", "", { timeout: 3_000 }).catch((e: unknown) => e);
      expect(refusal instanceof errors.RequestError && refusal.isNoResponders()).toBe(true);
    });
  },
  (pair) => pair.hub !== pair.spoke,
);

// The first of each: two boxes, one of them at a cluster of three; JetStream is with the single server at B.
alongPaths([HUB_PATHS[0]!, SIDECAR_PATHS[0]!, SIDECAR_PATHS[1]!], (path) => {
  let world: LeafWorld;
  beforeAll(async () => {
    world = await startPath(path, { B: { top: domain("home") } });
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  for (const place of ["R", "L", "A"] as const) {
    distantUse(async () => [await world.client("B"), await world.client(place, { index: 2 })], place);
  }
});

function distantUse(
  clients: () => Promise<[home: NatsConnection, away: NatsConnection]>,
  place = "the other end",
): void {
  const name = () => unique("S").replace(".", "_");

  test(`a stream is made, filled, pulled and pushed from ${place}`, async () => {
    const [home, away] = await clients();
    await allHeard(home, away);
    const stream = await DistantStream.create(away, "home", name());
    await allHeard(home, away);
    expect(await stream.publish(COUNT)).toEqual(NUMBERS.map((number) => Number(number) + 1));
    expect(await stream.pull("puller", COUNT)).toEqual(NUMBERS);
    expect(await stream.pushed("pushed", unique("push"), COUNT)).toEqual(NUMBERS);
    for (const consumer of ["puller", "pushed"])
      await until(`${consumer} owes nothing`, async () => {
        const { unacknowledged, pending } = await stream.owed(consumer);
        return unacknowledged === 0 && pending === 0;
      });
  });

  test(`what is stored at home is read from ${place}, and what is stored from there is read at home`, async () => {
    const [home, away] = await clients();
    const atHome = await DistantStream.create(home, "home", name());
    await allHeard(home, away);
    const abroad = await DistantStream.open(away, "home", atHome.stream);
    await atHome.publish(COUNT / 2);
    await abroad.publish(COUNT / 2);
    const twice = [...NUMBERS.slice(0, COUNT / 2), ...NUMBERS.slice(0, COUNT / 2)];
    expect(await abroad.pull("abroad", COUNT)).toEqual(twice);
    expect(await atHome.pull("at-home", COUNT)).toEqual(twice);
  });

  test(`keys and values are kept from ${place}`, async () => {
    const [home, away] = await clients();
    await allHeard(home, away);
    const bucket = await DistantBucket.create(away, "home", name());
    await allHeard(home, away);
    expect(await bucket.get("colour")).toBeUndefined();
    await bucket.put("colour", "red");
    await bucket.put("size", "42");
    await bucket.put("colour", "blue");
    expect([await bucket.get("colour"), await bucket.get("size")]).toEqual(["blue", "42"]);
  });
}
