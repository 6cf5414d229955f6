// A region is lost. Its clients know the other region too, go there, and carry on with what they published
// and wanted.

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { NatsConnection } from "@nats-io/transport-node";
import { collect, heard, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { againstPeers, DIRECTIONS } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

againstPeers(
  (peer) => {
    let world: SuperCluster | undefined;
    afterEach(async () => {
      await world?.close();
      world = undefined;
    });

    const start = async () => {
      world = await SuperCluster.start(
        { name: "BOX", kind: "box" },
        { name: "PEER", kind: peer.kind, servers: peer.servers },
      );
      await world.meshed();
      return world;
    };

    describe.each([...DIRECTIONS])("%s is lost and its clients go to %s", (lost, other) => {
      test("subscriptions and publishing go on, also when the region returns", async () => {
        const regions = await start();
        const roaming = await roamer(regions, lost, other);
        const settled = await regions.client(other);
        const [down, up] = [unique("down"), unique("up")];
        const received = await collect(roaming, down);
        const sent = await collect(settled, up);
        roaming.subscribe(`${down}.svc`, { callback: (_, message) => void message.respond("roaming") });
        await heard(settled, roaming);
        await heard(roaming, settled);
        settled.publish(down, "before");
        roaming.publish(up, "before");
        await received.has(1);
        await sent.has(1);

        for (const member of regions.members(lost)) await member.kill();
        await until("the client is in the other region", () => {
          const port = Number(roaming.getServer().split(":").at(-1));
          return regions.members(other).some((member) => member.ports.client === port);
        });
        await roaming.flush();
        await heard(settled, roaming);
        settled.publish(down, "after");
        roaming.publish(up, "after");
        await received.has(2);
        await sent.has(2);
        expect((await settled.request(`${down}.svc`, "", { timeout: 3_000 })).string()).toBe("roaming");

        for (const member of regions.members(lost)) await member.start();
        await regions.meshed();
        const native = await regions.client(lost);
        await heard(native, roaming);
        native.publish(down, "home again");
        await received.has(3);
        expect(received.texts).toEqual(["before", "after", "home again"]);
        expect(sent.texts).toEqual(["before", "after"]);
      });
    });

    test("a service in both regions keeps answering while one of them dies", async () => {
      const regions = await start();
      const [near, far] = [await regions.client("PEER"), await regions.client("BOX")];
      const subject = unique("svc");
      for (const [name, service] of [
        ["PEER", near],
        ["BOX", far],
      ] as const) {
        service.subscribe(subject, { queue: "crew", callback: (_, message) => void message.respond(name) });
        await service.flush();
      }
      const asker = await regions.client("BOX");
      await heard(asker, near);
      await heard(asker, far);
      expect((await asker.request(subject, "", { timeout: 3_000 })).string()).toBe("BOX");
      await far.close();
      await until("the other region answers", async () => {
        const answer = await asker.request(subject, "", { timeout: 300 });
        return answer.string() === "PEER";
      });
    });
  },
  (peer) => peer.kind === "2.15" || peer.kind === "2.8" || peer.kind === "box",
);

/** A client at home in one region that knows the servers of both. */
function roamer(regions: SuperCluster, home: string, other: string): Promise<NatsConnection> {
  const servers = [...regions.members(home), ...regions.members(other)];
  return regions.client(home, {
    more: { servers: servers.map(({ ports }) => `127.0.0.1:${ports.client}`), noRandomize: true },
  });
}
