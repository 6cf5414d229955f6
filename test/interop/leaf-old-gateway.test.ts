// Leafs of a box whose other regions are nats-servers of before 2.9: those serve an account without being
// asked until they hear of a leaf in it, and then say what they want, so that leafs can be told.

import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { leafInterest } from "../support/leaf-frames.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { collect, publishNumbers, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

const COUNT = 200;
const NUMBERS = Array.from({ length: COUNT }, (_, i) => String(i));

for (const isSidecar of [false, true]) {
  const title = isSidecar ? "a box as sidecar of a 2.15" : "a box as hub of a 2.15";
  describeWith(`${title}, with a gateway to a 2.8`, ["box", "2.15", "2.8"], () => {
    let world: LeafWorld;
    beforeAll(async () => {
      world = await LeafWorld.start({
        clusters: [
          { name: "BOX", kind: "box", gateways: ["OLD"], tapped: !isSidecar },
          { name: "OLD", kind: "2.8", gateways: ["BOX"] },
          { name: "LEAF", kind: "2.15", tapped: isSidecar },
        ],
        links: [isSidecar ? { from: "BOX", to: "LEAF" } : { from: "LEAF", to: "BOX" }],
      });
      await world.linked();
    });
    afterEach(() => world?.closeClients());
    afterAll(() => world?.close());

    test("what the old region wants is told to the leaf, and comes from it, from the first message on", async () => {
      const [leaf, old] = await Promise.all([world.client("LEAF"), world.client("OLD")]);
      const subject = unique("old");
      const got = await collect(old, subject);
      const tap = world.tap(isSidecar ? "LEAF" : "BOX");
      const told = () => leafInterest(tap.frames(isSidecar ? "forth" : "back"), subject);
      await until("the leaf is told", () => told().length > 0);
      await publishNumbers(leaf, subject, COUNT);
      await got.has(COUNT);
      expect(got.texts).toEqual(NUMBERS);
    });

    test("what the leaf wants comes from the old region, and a request goes and is answered each way", async () => {
      const [leaf, old] = await Promise.all([world.client("LEAF"), world.client("OLD")]);
      const subject = unique("new");
      const got = await collect(leaf, subject);
      await until("the first one comes", async () => {
        old.publish(subject, "first");
        await old.flush();
        return got.count > 0;
      });
      const before = got.count;
      await publishNumbers(old, subject, COUNT);
      await got.has(before + COUNT);
      expect(got.texts.filter((text) => text !== "first")).toEqual(NUMBERS);
      for (const [from, to] of [
        [leaf, old],
        [old, leaf],
      ] as const) {
        const service = unique("svc");
        to.subscribe(service, { callback: (_, message) => void message.respond("yes") });
        await to.flush();
        await until("the service answers", async () => {
          return (await from.request(service, "?", { timeout: 500 }).catch(() => null))?.string() === "yes";
        });
      }
    });
  });
}
