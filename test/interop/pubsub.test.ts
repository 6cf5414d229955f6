// Messages between the box and real servers, each way: which arrive, whole, once, in order — and which never
// leave.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { messagesOn } from "../support/gateway-frames.ts";
import { allHeard, type Collector, collect, heard, publishNumbers, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { againstPeers, DIRECTIONS, type PeerSpec } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

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

  describe.each([...DIRECTIONS])("from %s to %s", (from, to) => {
    deliveries(() => world, from, to, peer);
    quietness(() => world, from, to, peer);
  });
});

function deliveries(world: () => SuperCluster, from: string, to: string, peer: PeerSpec): void {
  test("every server of a cluster hears every server of the other", async () => {
    const publishers = await Promise.all(
      world()
        .members(from)
        .map((_, index) => world().client(from, { index })),
    );
    const listeners = await Promise.all(
      world()
        .members(to)
        .map((_, index) => world().client(to, { index })),
    );
    for (const publisher of publishers) for (const listener of listeners) await heard(publisher, listener);
    const subject = unique("all");
    const heardBy = await Promise.all(listeners.map((listener) => collect(listener, subject)));
    for (const publisher of publishers) for (const listener of listeners) await heard(publisher, listener);
    for (const publisher of publishers) publisher.publish(subject, publisher.info?.server_name ?? "");
    for (const publisher of publishers) for (const listener of listeners) await heard(publisher, listener);
    const names = world()
      .members(from)
      .map(({ name }) => name);
    for (const collector of heardBy) expect(collector.texts.sort()).toEqual(names);
  });

  test("wildcards match across the link as they do at home", async () => {
    const [publisher, listener] = [
      await world().client(from),
      await world().client(to, { index: peer.servers - 1 }),
    ];
    const stem = unique("wild");
    const patterns = [`${stem}.*`, `${stem}.>`, `${stem}.*.c`, `${stem}.a`, `${stem}.x.>`];
    const collectors: Collector[] = [];
    for (const pattern of patterns) collectors.push(await collect(listener, pattern));
    await heard(publisher, listener);
    for (const tail of ["a", "b", "a.c", "x.y.z"]) publisher.publish(`${stem}.${tail}`, tail);
    publisher.publish(`${stem}`, "none");
    await heard(publisher, listener);
    expect(collectors.map(({ texts }) => texts)).toEqual([
      ["a", "b"],
      ["a", "b", "a.c", "x.y.z"],
      ["a.c"],
      ["a"],
      ["x.y.z"],
    ]);
  });

  test("headers and reply subject arrive as they were given", async () => {
    const [publisher, listener] = [await world().client(from), await world().client(to)];
    const subject = unique("hdr");
    const collector = await collect(listener, subject);
    await heard(publisher, listener);
    const given = headers();
    given.append("X-Region", "north");
    given.append("X-Region", "south");
    given.set("x-region", "lower case is another key");
    publisher.publish(subject, "with", { headers: given, reply: "answer.here" });
    publisher.publish(subject, "", { headers: given });
    publisher.publish(subject, "without");
    await collector.has(3);
    const [first, second, third] = collector.messages;
    expect(first!.reply).toBe("answer.here");
    expect(first!.headers?.values("X-Region")).toEqual(["north", "south"]);
    expect(first!.headers?.get("x-region")).toBe("lower case is another key");
    expect(second!.data.length).toBe(0);
    expect(second!.headers?.values("X-Region")).toEqual(["north", "south"]);
    expect(third!.headers).toBeUndefined();
    expect(third!.reply ?? "").toBe("");
    expect(collector.texts).toEqual(["with", "", "without"]);
  });

  test.each([0, 1, 64 * 1024, 1024 * 1024])("a payload of %d bytes arrives whole", async (size) => {
    const [publisher, listener] = [await world().client(from), await world().client(to)];
    const subject = unique("size");
    const collector = await collect(listener, subject);
    await heard(publisher, listener);
    const payload = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
    publisher.publish(subject, payload);
    await collector.has(1);
    expect(collector.messages[0]!.data.length).toBe(size);
    expect(Buffer.compare(collector.messages[0]!.data, payload)).toBe(0);
  });

  test("20,000 messages arrive in order, none lost and none twice", async () => {
    const [publisher, listener] = [
      await world().client(from),
      await world().client(to, { index: peer.servers - 1 }),
    ];
    const subject = unique("many");
    const collector = await collect(listener, subject);
    await heard(publisher, listener);
    await publishNumbers(publisher, subject, 20_000);
    await collector.has(20_000);
    await heard(publisher, listener);
    expect(collector.count).toBe(20_000);
    expect(collector.texts.findIndex((text, i) => text !== String(i))).toBe(-1);
  });

  test("several subscribers of one subject get each message once each", async () => {
    const publisher = await world().client(from);
    const listeners = await Promise.all(
      [0, 1, 2].map((i) => world().client(to, { index: i % peer.servers })),
    );
    const subject = unique("fan");
    const collectors = await Promise.all(listeners.map((listener) => collect(listener, subject)));
    const own = await collect(publisher, subject);
    await allHeard(publisher, ...listeners);
    await publishNumbers(publisher, subject, 500);
    await allHeard(publisher, ...listeners);
    const numbers = Array.from({ length: 500 }, (_, i) => String(i));
    for (const collector of [...collectors, own]) expect(collector.texts).toEqual(numbers);
  });
}

function quietness(world: () => SuperCluster, from: string, to: string, peer: PeerSpec): void {
  /** What the dialed connections of `from` carried of a subject. */
  const carried = (subject: string) =>
    world()
      .members(to)
      .flatMap((_, i) => messagesOn(world().tap(to, i).frames("forth", from), subject)).length;

  const untilQuiet = (publisher: NatsConnection, listener: NatsConnection, subject: string) =>
    until("a message no longer crosses", async () => {
      const before = carried(subject);
      publisher.publish(subject);
      await heard(publisher, listener);
      return carried(subject) === before;
    });

  test("without interest nothing crosses the link", async () => {
    const [publisher, listener] = [await world().client(from), await world().client(to)];
    const subject = unique("none");
    const own = await collect(publisher, subject);
    await heard(publisher, listener);
    // A server below 2.9 says that it wants nothing only when asked: the first message is the question.
    if (optimistic(to, peer)) await untilQuiet(publisher, listener, subject);
    const before = carried(subject);
    await publishNumbers(publisher, subject, 200);
    await own.has(200);
    await heard(publisher, listener);
    expect(carried(subject)).toBe(before);
    if (!optimistic(to, peer)) expect(before).toBe(0);
  });

  test("unsubscribe stops the traffic on the link, and subscribing again brings it back", async () => {
    const [publisher, listener] = [await world().client(from), await world().client(to)];
    const subject = unique("stop");
    const first = await collect(listener, subject);
    const second = await collect(listener, subject);
    await heard(publisher, listener);
    await publishNumbers(publisher, subject, 10);
    await first.has(10);
    expect(carried(subject)).toBe(10);

    first.unsubscribe();
    await listener.flush();
    await publishNumbers(publisher, subject, 10);
    await second.has(20);
    expect(first.count).toBe(10);

    second.unsubscribe();
    await untilQuiet(publisher, listener, subject);
    const quiet = carried(subject);
    await publishNumbers(publisher, subject, 500);
    await heard(publisher, listener);
    expect(carried(subject)).toBe(quiet);

    const again = await collect(listener, subject);
    await until("messages cross again", async () => {
      publisher.publish(subject, "back");
      await heard(publisher, listener);
      return again.count > 0;
    });
  });

  test("a subscription that ends by its own count stops the traffic too", async () => {
    const [publisher, listener] = [await world().client(from), await world().client(to)];
    const subject = unique("max");
    const collector = await collect(listener, subject);
    collector.unsubscribe(3);
    await heard(publisher, listener);
    await publishNumbers(publisher, subject, 3);
    await collector.has(3);
    await untilQuiet(publisher, listener, subject);
    expect(collector.count).toBe(3);
  });
}

function optimistic(acceptor: string, peer: PeerSpec): boolean {
  return acceptor === "PEER" && peer.optimistic;
}
