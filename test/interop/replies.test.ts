// Requests answered from another region: at once by the mapped reply, later by interest, and not at all by a
// quick 503.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { errors, headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { type Frame, messagesOn, replyOf } from "../support/gateway-frames.ts";
import { collect, heard, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { againstPeers, DIRECTIONS, describeWith, type PeerSpec } from "../support/sides.ts";

setDefaultTimeout(30_000);
guardProcesses();

/**
 * A subscription older than 2 s is known everywhere, and its replies are no longer mapped (gateway.md
 * §4.3).
 */
const MAPPING_MILLIS = 2_300;

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
  describe.each([...DIRECTIONS])("from %s to %s", (from, to) => requests(() => world, from, to, peer));

  test("the answer to a late request finds its way by interest, without mapping, each way", async () => {
    await Promise.all(DIRECTIONS.map(([from, to]) => lateRequest(world, from, to)));
  });
});

function requests(world: () => SuperCluster, from: string, to: string, peer: PeerSpec): void {
  const lines = (subject: string) => requestLines(world(), from, to, subject);

  test("a request right after the inbox subscription is answered, by a mapped reply", async () => {
    const service = await world().client(to);
    const subject = unique("svc");
    const seen = await serve(service, subject);
    await heard(await world().client(from), service);
    for (let i = 0; i < 20; i++) {
      const asker = await world().client(from, { index: i });
      const answer = await asker.request(subject, `q${i}`, {
        timeout: 3_000,
        noMux: true,
        reply: unique("in"),
      });
      expect(answer.string()).toBe(`answer to q${i}`);
      await asker.close();
    }
    for (const line of lines(subject)) expect(replyOf(line)).toStartWith("_GR_.");
    expect(lines(subject).length).toBe(20);
    for (const reply of seen) expect(reply).toStartWith("in.");
  });

  test("many requests at once each get their own answer, from every server", async () => {
    const service = await world().client(to, { index: peer.servers - 1 });
    const subject = unique("crowd");
    await serve(service, subject);
    for (let index = 0; index < world().members(from).length; index++) {
      const asker = await world().client(from, { index });
      await heard(asker, service);
      const asked = Array.from({ length: 300 }, (_, i) =>
        asker.request(subject, `q${i}`, { timeout: 5_000 }),
      );
      const answers = (await Promise.all(asked)).map((answer) => answer.string());
      expect(answers).toEqual(answers.map((_, i) => `answer to q${i}`));
    }
  });

  test("all answers of several services come, each once", async () => {
    const asker = await world().client(from);
    const services = await Promise.all([0, 1, 2].map((index) => world().client(to, { index })));
    const subject = unique("poll");
    for (const [i, service] of services.entries()) await serve(service, subject, `${i}: `);
    for (const service of services) await heard(asker, service);
    const inbox = await collect(asker, unique("inbox"));
    const reply = unique("inbox");
    const answers = await collect(asker, reply);
    asker.publish(subject, "q", { reply });
    await answers.has(3);
    for (const service of services) await heard(service, asker);
    expect(answers.texts.sort()).toEqual(["0: answer to q", "1: answer to q", "2: answer to q"]);
    expect(inbox.count).toBe(0);
  });

  test("headers and an empty body go there and come back", async () => {
    const [asker, service] = [await world().client(from), await world().client(to)];
    const subject = unique("hdr");
    await serve(service, subject);
    await heard(asker, service);
    const given = headers();
    given.set("X-Trace", "42");
    const answer = await asker.request(subject, "", { timeout: 3_000, headers: given });
    expect(answer.headers?.get("X-Trace")).toBe("42");
    expect(answer.string()).toBe("answer to ");
  });

  test("a request that nobody serves is told so at once", async () => {
    const [asker, other] = [await world().client(from), await world().client(to)];
    await heard(asker, other);
    await heard(other, asker);
    const subject = unique("nobody");
    if (to === "PEER" && peer.optimistic) {
      // The first request is sent on trust; only its refusal makes the next one known to be in vain.
      await asker.request(subject, "", { timeout: 300 }).catch(() => {});
      await heard(asker, other);
    }
    const asked = performance.now();
    expect(await outcome(asker.request(subject, "", { timeout: 3_000 }))).toBe("no responders");
    expect(performance.now() - asked).toBeLessThan(1_000);
  });

  test("a service that has left is no responder any more", async () => {
    const [asker, service] = [await world().client(from), await world().client(to)];
    const other = await world().client(to);
    const subject = unique("left");
    await serve(service, subject);
    await heard(asker, service);
    await asker.request(subject, "q", { timeout: 3_000 });
    await service.close();
    await refusedInTheEnd(asker, other, subject);
  });
}

// Members of a group at home answer before those abroad, and a chain of services may cross back and forth.
describeWith("box and nats-server 2.15, chains of requests", ["box", "2.15"], () => {
  let world: SuperCluster;
  beforeAll(async () => {
    world = await SuperCluster.start({ name: "BOX", kind: "box" }, { name: "PEER", kind: "2.15" });
    await world.meshed();
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  test("a service that itself asks the other region answers in the end", async () => {
    const [box, peer] = [await world.client("BOX"), await world.client("PEER")];
    const [outer, inner] = [unique("outer"), unique("inner")];
    await serve(box, inner);
    peer.subscribe(outer, {
      callback: (_, message) => {
        const asked = peer.request(inner, message.data, { timeout: 3_000 });
        void asked.then((answer) => message.respond(`via peer: ${answer.string()}`));
      },
    });
    await heard(box, peer);
    await heard(peer, box);
    const asker = await world.client("BOX");
    const answer = await asker.request(outer, "q", { timeout: 3_000 });
    expect(answer.string()).toBe("via peer: answer to q");
  });

  test("a watcher in the answering region sees the answer, and sees it once", async () => {
    const [asker, service, watcher] = [
      await world.client("BOX"),
      await world.client("PEER"),
      await world.client("PEER"),
    ];
    const [subject, reply] = [unique("svc"), unique("watched")];
    await serve(service, subject);
    const watched = await collect(watcher, reply);
    await heard(asker, service);
    await heard(asker, watcher);
    const answers = await collect(asker, reply);
    asker.publish(subject, "q", { reply });
    await answers.has(1);
    await watched.has(1);
    await heard(asker, watcher);
    await heard(service, asker);
    expect([answers.count, watched.count]).toEqual([1, 1]);
  });
});

/** What the dialed connections of `from` carried of a subject. */
function requestLines(world: SuperCluster, from: string, to: string, subject: string): Frame[] {
  return world.members(to).flatMap((_, i) => messagesOn(world.tap(to, i).frames("forth", from), subject));
}

async function lateRequest(world: SuperCluster, from: string, to: string): Promise<void> {
  const [asker, service] = [await world.client(from), await world.client(to, { index: 2 })];
  const subject = unique("late");
  await serve(service, subject);
  await heard(asker, service);
  expect((await asker.request(subject, "q1", { timeout: 3_000 })).string()).toBe("answer to q1");
  await Bun.sleep(MAPPING_MILLIS);
  expect((await asker.request(subject, "q2", { timeout: 3_000 })).string()).toBe("answer to q2");
  const replies = requestLines(world, from, to, subject).map(replyOf);
  expect(replies.length).toBe(2);
  expect(replies[0]).toStartWith("_GR_.");
  expect(replies[1]).toStartWith("_INBOX.");
}

/** Answers every request with its own text and headers; gives the reply subjects as the service saw them. */
async function serve(client: NatsConnection, subject: string, prefix = ""): Promise<string[]> {
  const seen: string[] = [];
  client.subscribe(subject, {
    callback: (_, message) => {
      seen.push(message.reply ?? "");
      const echoed = message.headers === undefined ? {} : { headers: message.headers };
      message.respond(`${prefix}answer to ${message.string()}`, echoed);
    },
  });
  await client.flush();
  return seen;
}

/** The last messages may still be sent on trust; then every request is refused. */
async function refusedInTheEnd(asker: NatsConnection, other: NatsConnection, subject: string): Promise<void> {
  let last = "";
  for (let tries = 0; tries < 10 && last !== "no responders"; tries++) {
    await heard(asker, other);
    last = await outcome(asker.request(subject, "", { timeout: 200 }));
  }
  expect(last).toBe("no responders");
}

/** How a request ended, in words. */
function outcome(asked: Promise<Msg>): Promise<string> {
  return asked.then(
    () => "an answer",
    (error: unknown) => {
      if (error instanceof errors.RequestError && error.isNoResponders()) return "no responders";
      return error instanceof Error ? error.message : String(error);
    },
  );
}
