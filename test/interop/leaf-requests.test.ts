// Requests over a leaf link, both ways: answered, refused at once where nobody serves, and never doubled.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { errors, headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { leafMessages, leafReply } from "../support/leaf-frames.ts";
import { acrossLeafs, LEAF_WAYS, type LeafEnd, startPair } from "../support/leaf-sides.ts";
import type { LeafWorld } from "../support/leaf-world.ts";
import { allHeard, collect, heard, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";

setDefaultTimeout(30_000);
guardProcesses();

acrossLeafs((pair) => {
  let world: LeafWorld;
  beforeAll(async () => {
    world = await startPair(pair, { hub: { tapped: true } });
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());
  describe.each([...LEAF_WAYS])("from %s to %s", (from, to) => requests(() => world, from, to));
});

function requests(world: () => LeafWorld, from: LeafEnd, to: LeafEnd): void {
  test("a request is answered, also right after the subscription of its inbox", async () => {
    const service = await world().client(to);
    const subject = unique("svc");
    await serve(service, subject);
    await heard(await world().client(from), service);
    for (let i = 0; i < 20; i++) {
      const asker = await world().client(from);
      const reply = unique("in");
      const answer = await asker.request(subject, `q${i}`, { timeout: 3_000, noMux: true, reply });
      expect(answer.string()).toBe(`answer to q${i}`);
      await asker.close();
    }
    const frames = world()
      .tap("HUB")
      .frames(from === "SPOKE" ? "forth" : "back");
    const lines = leafMessages(frames, subject);
    expect(lines.length).toBe(20);
    for (const line of lines) expect(leafReply(line)).toStartWith("in.");
  });

  test("five hundred requests at once each get their own answer", async () => {
    const [asker, service] = [await world().client(from), await world().client(to)];
    const subject = unique("crowd");
    await serve(service, subject);
    await allHeard(asker, service);
    const asked = Array.from({ length: 500 }, (_, i) => asker.request(subject, `q${i}`, { timeout: 5_000 }));
    const answers = (await Promise.all(asked)).map((answer) => answer.string());
    expect(answers).toEqual(answers.map((_, i) => `answer to q${i}`));
  });

  test("all answers of services at both ends come, each once", async () => {
    const asker = await world().client(from);
    const services = [await world().client(to), await world().client(to), await world().client(from)];
    const subject = unique("poll");
    for (const [i, service] of services.entries()) await serve(service, subject, `${i}: `);
    for (const service of services) await heard(asker, service);
    const reply = unique("inbox");
    const answers = await collect(asker, reply);
    asker.publish(subject, "q", { reply });
    await answers.has(3);
    for (const service of services) await heard(service, asker);
    expect(answers.texts.sort()).toEqual(["0: answer to q", "1: answer to q", "2: answer to q"]);
  });

  test("headers and an empty body go there and come back", async () => {
    const [asker, service] = [await world().client(from), await world().client(to)];
    const subject = unique("hdr");
    service.subscribe(subject, {
      callback: (_, message) => void message.respond("", message.headers && { headers: message.headers }),
    });
    await service.flush();
    await allHeard(asker, service);
    const given = headers();
    given.append("Question", "why?");
    const answer = await asker.request(subject, "", { timeout: 3_000, headers: given });
    expect(answer.headers?.get("Question")).toBe("why?");
    expect(answer.data.length).toBe(0);
  });

  test("a request that nobody serves is refused at once, before there was a service and after it", async () => {
    const [asker, service] = [await world().client(from), await world().client(to)];
    const subject = unique("none");
    await expectNoResponders(asker, subject);
    const subscription = service.subscribe(subject, { callback: (_, message) => void message.respond("") });
    await service.flush();
    await heard(asker, service);
    await asker.request(subject, "", { timeout: 3_000 });
    subscription.unsubscribe();
    await service.flush();
    await heard(asker, service);
    await expectNoResponders(asker, subject);
  });

  test("a service that takes its time is waited for, and its stream of answers comes in order", async () => {
    const [asker, service] = [await world().client(from), await world().client(to)];
    const subject = unique("stream");
    service.subscribe(subject, { callback: (_, message) => void trickle(message) });
    await service.flush();
    await allHeard(asker, service);
    const reply = unique("inbox");
    const answers = await collect(asker, reply);
    asker.publish(subject, "", { reply });
    await answers.has(100);
    expect(answers.texts).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
  });
}

async function serve(service: NatsConnection, subject: string, prefix = ""): Promise<void> {
  service.subscribe(subject, {
    callback: (_, message) => void message.respond(`${prefix}answer to ${message.string()}`),
  });
  await service.flush();
}

async function trickle(message: Msg): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (i % 25 === 0) await Bun.sleep(2);
    message.respond(String(i));
  }
}

async function expectNoResponders(asker: NatsConnection, subject: string): Promise<void> {
  const begun = performance.now();
  const refusal = await asker.request(subject, "", { timeout: 5_000 }).catch((error: unknown) => error);
  const text = refusal instanceof errors.RequestError && refusal.isNoResponders();
  expect(text).toBe(true);
  expect(performance.now() - begun).toBeLessThan(2_000);
}
