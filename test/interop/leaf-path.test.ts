// The full path, clients - A -leaf- L ==gateway== R -leaf- B - clients: what holds between two clients of one
// server holds between its ends.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { errors, headers, type NatsConnection } from "@nats-io/transport-node";
import { leafGroups, leafInterest, leafMessages } from "../support/leaf-frames.ts";
import {
  alongPaths,
  armFrames,
  HUB_PATHS,
  type Path,
  PLACES,
  type Place,
  SIDECAR_PATHS,
  startPath,
} from "../support/leaf-paths.ts";
import type { LeafWorld } from "../support/leaf-world.ts";
import { allHeard, type Collector, collect, heard, publishNumbers, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

const COUNT = 200;
const NUMBERS = Array.from({ length: COUNT }, (_, i) => String(i));
const ENDS = [
  ["A", "B"],
  ["B", "A"],
] as const;

alongPaths([...HUB_PATHS, ...SIDECAR_PATHS], (path) => {
  let world: LeafWorld;
  beforeAll(async () => {
    world = await startPath(path, {}, "ACC");
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());
  const client = (place: Place, index = 0) => world.client(place, { account: "ACC", index });

  everywhere(client);
  describe.each([...ENDS])("from %s to %s", (from, to) => {
    messages(client, from, to);
    requests(client, from, to);
    interest(() => world, path, client, from, to);
  });
});

type Client = (place: Place, index?: number) => Promise<NatsConnection>;

function everywhere(client: Client): void {
  test("what is published anywhere arrives everywhere, once and in order", async () => {
    const clients = await Promise.all(PLACES.map((place) => client(place)));
    const seconds = await Promise.all(PLACES.map((place) => client(place, 2)));
    const subject = unique("all");
    const collectors = await Promise.all([...clients, ...seconds].map((each) => collect(each, subject)));
    await allHeard(...clients, ...seconds.slice(0, 1));
    for (const publisher of clients) for (const second of seconds) await heard(publisher, second);
    for (const [round, publisher] of clients.entries()) {
      await publishNumbers(publisher, subject, COUNT);
      for (const collector of collectors) await collector.has((round + 1) * COUNT);
    }
    await allHeard(...clients);
    const expected = PLACES.flatMap(() => NUMBERS);
    for (const collector of collectors) expect(collector.texts).toEqual(expected);
  });

  test("all four publish at once, and nothing is lost or doubled", async () => {
    const clients = await Promise.all(PLACES.map((place) => client(place)));
    const stem = unique("cross");
    const collectors = await Promise.all(clients.map((each) => collect(each, `${stem}.*`)));
    await allHeard(...clients);
    await Promise.all(clients.map((each, i) => publishNumbers(each, `${stem}.${PLACES[i]}`, COUNT * 5)));
    for (const collector of collectors) await collector.has(COUNT * 20);
    await allHeard(...clients);
    const numbers = Array.from({ length: COUNT * 5 }, (_, i) => String(i));
    for (const collector of collectors) {
      expect(collector.count).toBe(COUNT * 20);
      for (const place of PLACES) {
        const of = collector.messages.filter(({ subject }) => subject === `${stem}.${place}`);
        expect(of.map((message) => message.string())).toEqual(numbers);
      }
    }
  });

  test("a group over all places gets each message once, and a member at home goes first", async () => {
    const clients = await Promise.all(PLACES.map((place) => client(place)));
    const subject = unique("group");
    const crew = await Promise.all(clients.map((each) => collect(each, subject, "crew")));
    await allHeard(...clients);
    for (const [i, publisher] of clients.entries()) {
      await publishNumbers(publisher, subject, COUNT);
      await until("the group has them", () => total(crew) >= (i + 1) * COUNT);
      await allHeard(...clients);
      expect(crew[i]!.count).toBe(COUNT);
    }
    expect(total(crew)).toBe(PLACES.length * COUNT);
  });
}

function messages(client: Client, from: "A" | "B", to: "A" | "B"): void {
  const [near, far] = from === "A" ? (["L", "R"] as const) : (["R", "L"] as const);

  test("headers and a large body arrive as they were", async () => {
    const [publisher, subscriber] = [await client(from), await client(to)];
    const subject = unique("big");
    const received = await collect(subscriber, subject);
    await heard(publisher, subscriber);
    const body = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7) & 255);
    const given = headers();
    given.append("Region", from);
    publisher.publish(subject, body, { headers: given });
    publisher.publish(subject, "");
    await received.has(2);
    expect(Buffer.from(received.messages[0]!.data).equals(body)).toBe(true);
    expect(received.messages[0]!.headers?.get("Region")).toBe(from);
    expect(received.messages[1]!.data.length).toBe(0);
  });

  test("a group is served by the nearest place that has a member, to the last member's end", async () => {
    const publisher = await client(from);
    const subject = unique("near");
    const order = [near, far, to] as const;
    const clients = await Promise.all(order.map((place) => client(place)));
    const crew = await Promise.all(clients.map((each) => collect(each, subject, "crew")));
    await allHeard(publisher, ...clients);
    for (const [i, member] of crew.entries()) {
      await publishNumbers(publisher, subject, COUNT);
      await until("the group has them", () => total(crew) >= (i + 1) * COUNT);
      await allHeard(publisher, ...clients);
      expect(crew.map(({ count }) => count)).toEqual(order.map((_, k) => (k <= i ? COUNT : 0)));
      member.unsubscribe();
      await clients[i]!.flush();
      await allHeard(publisher, ...clients);
    }
  });
}

function requests(client: Client, from: "A" | "B", to: "A" | "B"): void {
  test("a request is answered right after its inbox was subscribed, and the reply is the asker's own", async () => {
    const service = await client(to);
    const subject = unique("svc");
    const replies: string[] = [];
    service.subscribe(subject, {
      callback: (_, message) => {
        replies.push(message.reply ?? "");
        message.respond(`answer to ${message.string()}`);
      },
    });
    await service.flush();
    await heard(await client(from), service);
    for (let i = 0; i < 12; i++) {
      const asker = await client(from, i);
      await heard(asker, service);
      const reply = unique("in");
      const answer = await asker.request(subject, `q${i}`, { timeout: 3_000, noMux: true, reply });
      expect(answer.string()).toBe(`answer to q${i}`);
      await asker.close();
    }
    expect(replies.length).toBe(12);
    for (const reply of replies) expect(reply).toStartWith("in.");
  });

  test("three hundred requests at once each get their own answer", async () => {
    const [asker, service] = [await client(from), await client(to)];
    const subject = unique("crowd");
    service.subscribe(subject, {
      queue: "crew",
      callback: (_, message) => void message.respond(message.data),
    });
    await service.flush();
    await allHeard(asker, service);
    const asked = Array.from({ length: 300 }, (_, i) => asker.request(subject, `q${i}`, { timeout: 5_000 }));
    const answers = (await Promise.all(asked)).map((answer) => answer.string());
    expect(answers).toEqual(answers.map((_, i) => `q${i}`));
  });

  test("the asker gets the answer once, under the very name that it gave", async () => {
    const [asker, service] = [await client(from), await client(to)];
    const subject = unique("own");
    service.subscribe(subject, { callback: (_, message) => void message.respond("the answer") });
    await service.flush();
    await allHeard(asker, service);
    const reply = unique("in");
    const answers = await collect(asker, reply);
    asker.publish(subject, "q", { reply });
    await answers.has(1);
    await allHeard(asker, service);
    expect(answers.messages.map((message) => message.subject)).toEqual([reply]);
  });

  test("a request that nobody serves is refused at once, also after there was a service", async () => {
    const [asker, service] = [await client(from), await client(to)];
    const subject = unique("none");
    const refused = async (timeout = 5_000) => {
      const answer = await asker.request(subject, "", { timeout }).catch((error: unknown) => error);
      return answer instanceof errors.RequestError && answer.isNoResponders();
    };
    expect(await refused()).toBe(true);
    const subscription = service.subscribe(subject, {
      callback: (_, message) => void message.respond("served"),
    });
    await service.flush();
    await heard(asker, service);
    expect((await asker.request(subject, "", { timeout: 3_000 })).string()).toBe("served");
    subscription.unsubscribe();
    await service.flush();
    await until("it is refused", () => refused(200));
  });
}

function interest(world: () => LeafWorld, path: Path, client: Client, from: "A" | "B", to: "A" | "B"): void {
  test("interest of the far end comes and goes at the near end, and messages with it", async () => {
    const [publisher, subscriber] = [await client(from), await client(to)];
    const subject = unique("season");
    const told = () => leafInterest(armFrames(world(), path, from, "out"), subject);
    const sent = () => leafMessages(armFrames(world(), path, from, "in"), subject).length;
    publisher.publish(subject, "too early");
    await allHeard(publisher, subscriber);
    expect([told().length, sent()]).toEqual([0, 0]);
    const links = path[from === "A" ? "left" : "right"];
    const listeners = links.sidecar === true ? 1 : world().members(from).length;
    for (let season = 1; season <= 3; season++) {
      const received = await collect(subscriber, subject);
      await heard(publisher, subscriber);
      publisher.publish(subject, `season ${season}`);
      await received.has(1);
      expect(received.texts).toEqual([`season ${season}`]);
      received.unsubscribe();
      await subscriber.flush();
      await until("it is taken back", () => told().length === season * 2 * listeners);
      await heard(publisher, subscriber);
      publisher.publish(subject, "too late");
      await publisher.flush();
    }
    await heard(publisher, subscriber);
    expect(sent()).toBe(3);
    const perLink = [1, 2, 3].flatMap(() => [`LS+ ${subject}`, `LS- ${subject}`]);
    expect(told().sort()).toEqual(
      Array.from({ length: listeners }, () => perLink)
        .flat()
        .sort(),
    );
  });

  test("a group of the far end is named on the near link, and taken back after its last member", async () => {
    const [publisher, subscriber] = [await client(from), await client(to)];
    const subject = unique("named");
    const crew: Collector[] = [
      await collect(subscriber, subject, "crew"),
      await collect(subscriber, subject, "crew"),
    ];
    await heard(publisher, subscriber);
    await publishNumbers(publisher, subject, 20);
    await until("the group has them", () => total(crew) >= 20);
    const carried = leafMessages(armFrames(world(), path, from, "in"), subject);
    expect(carried.length).toBe(20);
    for (const line of carried) expect(leafGroups(line)).toEqual(["crew"]);
    for (const member of crew) member.unsubscribe();
    await subscriber.flush();
    const told = () => leafInterest(armFrames(world(), path, from, "out"), subject);
    await until("it is taken back", () => told().at(-1) === `LS- ${subject} crew`);
    expect(told()[0]).toBe(`LS+ ${subject} crew 1`);
  });
}

function total(collectors: readonly Collector[]): number {
  return collectors.reduce((sum, { count }) => sum + count, 0);
}
