// Messages over a leaf link, both ways: complete, in order, unchanged, and only where somebody wants them.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import type { Frame } from "../support/gateway-frames.ts";
import { leafInterest, leafMessages } from "../support/leaf-frames.ts";
import { acrossLeafs, LEAF_WAYS, type LeafEnd, startPair } from "../support/leaf-sides.ts";
import type { LeafWorld } from "../support/leaf-world.ts";
import { allHeard, collect, heard, publishNumbers, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const MANY = 10_000;
const SIZES = [0, 1, 2, 127, 128, 1_000, 32_767, 65_536, 262_144, 1_048_576] as const;

acrossLeafs((pair) => {
  let world: LeafWorld;
  beforeAll(async () => {
    world = await startPair(pair, { hub: { tapped: true } });
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());
  describe.each([...LEAF_WAYS])("from %s to %s", (from, to) => {
    deliveries(() => world, from, to);
    thrift(() => world, from, to);
  });
});

/** What the link carried away from an end. */
function said(world: LeafWorld, by: LeafEnd): Frame[] {
  return world.tap("HUB").frames(by === "SPOKE" ? "forth" : "back");
}

async function both(world: LeafWorld, from: LeafEnd, to: LeafEnd): Promise<[NatsConnection, NatsConnection]> {
  return [await world.client(from), await world.client(to)];
}

function deliveries(world: () => LeafWorld, from: LeafEnd, to: LeafEnd): void {
  test("ten thousand messages come once each and in order", async () => {
    const [publisher, subscriber] = await both(world(), from, to);
    const subject = unique("order");
    const received = await collect(subscriber, subject);
    const second = await collect(subscriber, `${subject.split(".")[0]}.>`);
    await heard(publisher, subscriber);
    await publishNumbers(publisher, subject, MANY);
    await received.has(MANY);
    await heard(publisher, subscriber);
    const numbers = Array.from({ length: MANY }, (_, i) => String(i));
    expect(received.texts).toEqual(numbers);
    expect(second.texts).toEqual(numbers);
    expect(leafMessages(said(world(), from), subject).length).toBe(MANY);
  });

  test("wildcards get what they cover and nothing else", async () => {
    const [publisher, subscriber] = await both(world(), from, to);
    const stem = unique("wild");
    const [one, rest, middle] = [
      await collect(subscriber, `${stem}.*`),
      await collect(subscriber, `${stem}.>`),
      await collect(subscriber, `${stem}.*.z`),
    ];
    await heard(publisher, subscriber);
    for (const tail of ["a", "b", "a.z", "b.z", "a.b.z", "a.y"]) publisher.publish(`${stem}.${tail}`, tail);
    publisher.publish(stem, "the stem itself");
    await heard(publisher, subscriber);
    expect(one.texts).toEqual(["a", "b"]);
    expect(rest.texts).toEqual(["a", "b", "a.z", "b.z", "a.b.z", "a.y"]);
    expect(middle.texts).toEqual(["a.z", "b.z"]);
  });

  test("bodies from nothing to 1 MiB arrive byte for byte, with headers and without", async () => {
    const [publisher, subscriber] = await both(world(), from, to);
    const subject = unique("size");
    const received = await collect(subscriber, subject);
    await heard(publisher, subscriber);
    const bodies = SIZES.map((size) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) & 255));
    for (const body of bodies) publisher.publish(subject, body);
    for (const body of bodies.slice(0, -1)) {
      const given = headers();
      given.append("X-Size", String(body.length));
      given.append("x-many", "one");
      given.append("x-many", "two");
      publisher.publish(subject, body, { headers: given });
    }
    await received.has(bodies.length * 2 - 1);
    const whole = received.messages;
    for (const [i, body] of bodies.entries()) {
      expect(Buffer.from(whole[i]!.data).equals(body)).toBe(true);
      expect(whole[i]!.headers).toBeUndefined();
    }
    for (const [i, body] of bodies.slice(0, -1).entries()) {
      const message = whole[bodies.length + i]!;
      expect(Buffer.from(message.data).equals(body)).toBe(true);
      expect(message.headers?.get("X-Size")).toBe(String(body.length));
      expect(message.headers?.values("x-many")).toEqual(["one", "two"]);
    }
  });

  test("a publisher that wants its own messages gets them once, not back over the link", async () => {
    const [publisher, subscriber] = await both(world(), from, to);
    const subject = unique("echo");
    const [own, far] = [await collect(publisher, subject), await collect(subscriber, subject)];
    await allHeard(publisher, subscriber);
    await publishNumbers(publisher, subject, 100);
    await far.has(100);
    await allHeard(publisher, subscriber);
    expect([own.count, far.count]).toEqual([100, 100]);
    expect(leafMessages(said(world(), to), subject)).toEqual([]);
  });
}

function thrift(world: () => LeafWorld, from: LeafEnd, to: LeafEnd): void {
  const told = (subject: string) => leafInterest(said(world(), to), subject);

  test("what nobody wants does not touch the link", async () => {
    const [publisher, subscriber] = await both(world(), from, to);
    const subject = unique("nobody");
    const near = await collect(publisher, subject);
    await collect(subscriber, `${subject}.other`);
    await heard(publisher, subscriber);
    await publishNumbers(publisher, subject, 100);
    await near.has(100);
    await heard(publisher, subscriber);
    expect(leafMessages(said(world(), from), subject)).toEqual([]);
  });

  test("interest is told once for many subscribers, and taken back after the last", async () => {
    const [publisher, subscriber] = await both(world(), from, to);
    const third = await world().client(to);
    const subject = unique("tally");
    const collectors = [
      await collect(subscriber, subject),
      await collect(subscriber, subject),
      await collect(third, subject),
    ];
    await heard(publisher, subscriber);
    publisher.publish(subject, "for all");
    for (const collector of collectors) await collector.has(1);
    expect(leafMessages(said(world(), from), subject).length).toBe(1);
    for (const collector of collectors.slice(0, 2)) collector.unsubscribe();
    await subscriber.flush();
    await heard(publisher, subscriber);
    publisher.publish(subject, "for one");
    await collectors[2]!.has(2);
    expect(told(subject)).toEqual([`LS+ ${subject}`]);
    collectors[2]!.unsubscribe();
    await third.flush();
    await until("the interest is taken back", () => told(subject).length === 2);
    expect(told(subject)).toEqual([`LS+ ${subject}`, `LS- ${subject}`]);
    await heard(publisher, subscriber);
    publisher.publish(subject, "for nobody");
    await heard(publisher, subscriber);
    expect(leafMessages(said(world(), from), subject).length).toBe(2);
  });

  test("a subscriber that is gone without a word is gone for the link too", async () => {
    const [publisher, subscriber] = await both(world(), from, to);
    const subject = unique("gone");
    await collect(subscriber, subject);
    await heard(publisher, subscriber);
    await subscriber.close();
    await until("the interest is taken back", () => told(subject).length === 2);
    expect(told(subject)).toEqual([`LS+ ${subject}`, `LS- ${subject}`]);
  });

  test("a subscription that ends after five messages gets five", async () => {
    const [publisher, subscriber] = await both(world(), from, to);
    const subject = unique("five");
    const received = await collect(subscriber, subject);
    received.unsubscribe(5);
    await heard(publisher, subscriber);
    await publishNumbers(publisher, subject, 20);
    await until("the interest is taken back", () => told(subject).length === 2);
    await heard(publisher, subscriber);
    expect(received.texts).toEqual(["0", "1", "2", "3", "4"]);
  });
}
