// What happens when a side goes away, politely or not, and comes back: the others do not suffer, and traffic
// resumes.

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { NatsConnection } from "@nats-io/transport-node";
import { outbound } from "../support/gatewayz.ts";
import { type Collector, collect, heard, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { againstPeers, DIRECTIONS } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

const LOAD_EVERY_MILLIS = 5;
const LOAD_BURST = 50;

againstPeers(
  (peer) => {
    let world: SuperCluster | undefined;
    afterEach(async () => {
      await world?.close();
      world = undefined;
    });

    test("either side restarts, one after the other, and both ways work again", async () => {
      world = await SuperCluster.start({ name: "BOX", kind: "box" }, { name: "PEER", kind: peer.kind });
      await world.meshed();
      for (const restarted of ["PEER", "BOX"]) {
        const stays = restarted === "BOX" ? "PEER" : "BOX";
        const staying = await world.client(stays);
        const kept = await collect(staying, unique("kept"));
        await world.member(restarted).restart();
        await world.meshed();
        const back = await world.client(restarted);
        await heard(back, staying);
        await heard(staying, back);
        expect(kept.count).toBe(0);
        expect(staying.isClosed()).toBe(false);
      }
    });

    describe.each([...DIRECTIONS])("from %s to %s, which is killed under load", (from, to) => {
      test("the publisher's side goes on, and the returned side is heard again", async () => {
        world = await SuperCluster.start({ name: "BOX", kind: "box" }, { name: "PEER", kind: peer.kind });
        await world.meshed();
        const subject = unique("load");
        const publisher = await world.client(from);
        const home = await collect(await world.client(from), subject);
        const away = await collect(await world.client(to), subject);
        const back = await collect(await world.client(to), unique("back"));
        await heard(publisher, away.client);
        const load = new Load(publisher, subject);
        try {
          await away.has(500);
          await world.member(to).kill();
          await until(
            "the loss is noticed",
            async () => (await outbound(world!.member(from), to)) === undefined,
          );
          await home.has(load.sent + 500);
          const before = away.count;
          await world.member(to).start();
          await until(
            "the client of the killed side has messages again",
            () => away.count > before + 500,
            20_000,
          );
        } finally {
          await load.stop();
        }
        await world.meshed();
        await heard(publisher, away.client);
        await heard(away.client, publisher);
        await home.has(load.sent);
        expect(home.texts).toEqual(Array.from({ length: load.sent }, (_, i) => String(i)));
        expectRising(away);
        expect(back.count).toBe(0);
      });
    });
  },
  (peer) => peer.servers === 1,
);

againstPeers(
  (peer) => {
    let world: SuperCluster | undefined;
    afterEach(() => world?.close());

    test("a server of the peer's cluster is killed: others carry on, and it finds its way back", async () => {
      world = await SuperCluster.start(
        { name: "BOX", kind: "box" },
        { name: "PEER", kind: peer.kind, servers: peer.servers },
      );
      await world.meshed();
      const publisher = await world.client("BOX");
      const first = await collect(await world.client("PEER", { index: 1 }), unique("carry"));
      const subject = unique("load");
      const kept = await collect(first.client, subject);
      await heard(publisher, first.client);
      const load = new Load(publisher, subject);
      try {
        await kept.has(500);
        // Wherever the box's own connection went, killing servers in turn hits it once.
        for (const index of [0, 2]) {
          await world.member("PEER", index).kill();
          await world.linked("BOX", "PEER");
          const before = kept.count;
          await until("messages arrive by another server", () => kept.count > before + 500, 20_000);
          await world.member("PEER", index).start();
          await world.linked("PEER", "BOX");
        }
      } finally {
        await load.stop();
      }
      expectRising(kept);
      const returned = await world.client("PEER", { index: 0 });
      await heard(publisher, returned);
      await heard(returned, publisher);
    });
  },
  (peer) => peer.servers === 3,
);

// A wire that hangs or breaks is not a process that ends: nobody says goodbye, and both sides still run.
againstPeers(
  (peer) => {
    let world: SuperCluster | undefined;
    afterEach(() => world?.close());

    test("a cut wire is dialed again, and a stalled one does not disturb clients at home", async () => {
      world = await SuperCluster.start(
        { name: "BOX", kind: "box", tapped: true },
        { name: "PEER", kind: peer.kind, tapped: true },
      );
      await world.meshed();
      const [box, far] = [await world.client("BOX"), await world.client("PEER")];
      await heard(box, far);
      world.tap("PEER").cut();
      await heard(box, far);
      world.tap("BOX").cut();
      await heard(far, box);

      const subject = unique("stall");
      const [home, away] = [await collect(await world.client("BOX"), subject), await collect(far, subject)];
      await heard(box, far);
      world.tap("PEER").stall("forth");
      const payload = new Uint8Array(16 * 1024);
      for (let i = 0; i < 1_000; i++) box.publish(subject, payload);
      await box.flush();
      await home.has(1_000);
      world.tap("PEER").resume("forth");
      await away.has(1_000);
      await heard(box, far);
      expect([home.count, away.count]).toEqual([1_000, 1_000]);
    });
  },
  (peer) => peer.kind === "2.15" || peer.kind === "box",
);

/** Numbered messages in bursts, until stopped; never more than a fixed rate, so that two cores are enough. */
class Load {
  sent = 0;
  readonly #running: Promise<void>;
  #on = true;

  constructor(client: NatsConnection, subject: string) {
    this.#running = this.#run(client, subject);
  }

  async stop(): Promise<void> {
    this.#on = false;
    await this.#running;
  }

  async #run(client: NatsConnection, subject: string): Promise<void> {
    while (this.#on) {
      for (let i = 0; i < LOAD_BURST; i++) client.publish(subject, String(this.sent++));
      await client.flush();
      await Bun.sleep(LOAD_EVERY_MILLIS);
    }
  }
}

/** Messages may be missing while nobody was there, but none comes twice or out of order. */
function expectRising(collector: Collector): void {
  const numbers = collector.texts.map(Number);
  expect(numbers.findIndex((number, i) => i > 0 && number <= numbers[i - 1]!)).toBe(-1);
}
