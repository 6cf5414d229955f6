// A box goes in order, under load, beside unmodified nats-servers: its clients and its leafs find another
// server, and of what it had taken nothing is lost.

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { NatsConnection } from "@nats-io/transport-node";
import { LeafWorld } from "../support/leaf-world.ts";
import { HAS_STAND_IN } from "../support/member.ts";
import { collect, heard, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(60_000);
guardProcesses();

const SOON = { lame_duck_grace_period: "1s", lame_duck_duration: "30s" };
const BURST = 200;

/** Numbered messages in bursts. What a flush confirmed was taken by the server, and must arrive. */
class Publisher {
  readonly confirmed: number[] = [];
  sent = 0;
  on = true;
  readonly #running: Promise<void>;

  constructor(client: NatsConnection, subject: string) {
    this.#running = this.#run(client, subject);
  }

  async stop(): Promise<void> {
    this.on = false;
    await this.#running;
  }

  async #run(client: NatsConnection, subject: string): Promise<void> {
    while (this.on) {
      const from = this.sent;
      for (; this.sent < from + BURST; this.sent++) client.publish(subject, String(this.sent));
      try {
        await client.flush();
        for (let i = from; i < this.sent; i++) this.confirmed.push(i);
      } catch {
        await Bun.sleep(20); // Cut off: nobody knows what became of this burst.
      }
    }
  }
}

describe.skipIf(HAS_STAND_IN)("a box that is told to go under load", () => {
  let world: SuperCluster | undefined;
  afterEach(async () => {
    await world?.close();
    world = undefined;
  });

  /** The box, a cluster for those that it sends away, and one on the other side. */
  async function started(): Promise<SuperCluster> {
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", top: SOON },
      { name: "NEXT", kind: "2.15" },
      { name: "FAR", kind: "2.15" },
    );
    await world.meshed();
    return world;
  }

  const both = (all: SuperCluster) => ({
    more: {
      servers: ["BOX", "NEXT"].map((name) => `127.0.0.1:${all.member(name).ports.client}`),
      noRandomize: true,
      waitOnFirstConnect: true,
    },
  });

  for (const [how, signal] of [
    ["as a lame duck", "SIGUSR2"],
    ["at once", "SIGTERM"],
  ] as const) {
    test(`${how}: what it took from publishers arrives in the other region, once and in order`, async () => {
      const all = await started();
      const box = all.member("BOX").process;
      const far = await collect(await all.client("FAR"), "load.>");
      const clients = await Promise.all([1, 2, 3].map(() => all.client("BOX", both(all))));
      await heard(clients[0]!, far.client);
      const loads = clients.map((client, i) => new Publisher(client, `load.${i}`));
      try {
        await until("the load runs", () => far.count > 3_000);
        box.signal(signal);
        await until("the box is gone", () => !box.running, 20_000);
        const [confirmed, count] = [loads.map((load) => load.confirmed.length), far.count];
        await until(
          "all publishers go on at the next server",
          () => loads.every((load, i) => load.confirmed.length > confirmed[i]! + 1_000) && far.count > count,
          20_000,
        );
      } finally {
        for (const load of loads) await load.stop();
      }
      // What was confirmed last is still on its way: a probe behind it has arrived when it has.
      for (const client of clients) await heard(client, far.client);
      const subjects = far.messages.map(({ subject }) => subject);
      for (const [i, load] of loads.entries()) {
        const got = far.texts.filter((_, at) => subjects[at] === `load.${i}`).map(Number);
        const has = new Set(got);
        expect(load.confirmed.filter((number) => !has.has(number))).toEqual([]);
        expect(got.length).toBe(has.size);
        expect(got).toEqual(got.toSorted((a, b) => a - b));
      }
      expect(box.exitCode).toBe(0);
      expect(box.log).not.toMatch(/bytes that waited for it are lost/);
    });
  }

  test("leafs of nats-servers are told, go elsewhere, and hear the other region again", async () => {
    const leafs = await LeafWorld.up({
      clusters: [
        { name: "BOX", kind: "box", gateways: ["FAR"], top: SOON },
        { name: "NEXT", kind: "2.15", gateways: ["FAR"] },
        { name: "FAR", kind: "2.15", gateways: ["BOX", "NEXT"] },
        { name: "EDGE", kind: "2.15" },
      ],
      links: [{ from: "EDGE", to: "BOX", or: "NEXT", remote: { no_randomize: true } }],
    });
    try {
      const box = leafs.member("BOX").process;
      await until("the leaf is at the box", () => /Leafnode connection accepted/.test(box.log));
      const [spoke, far] = [await leafs.client("EDGE"), await leafs.client("FAR")];
      const at = await collect(spoke, unique("edge"));
      await heard(far, spoke);
      box.signal("SIGUSR2");
      await until("the box is gone", () => !box.running, 20_000);
      expect(box.log).toMatch(/Leafnode connection closed: Server Shutdown/);
      await heard(far, spoke);
      await heard(spoke, far);
      expect(leafs.member("EDGE").log).not.toMatch(/Parse Error|Protocol Violation/);
      expect(at.count).toBe(0);
      expect(box.exitCode).toBe(0);
    } finally {
      await leafs.close();
    }
  });
});
