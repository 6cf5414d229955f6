// Who dials the wrong port meets someone who speaks something else: both say so, neither falls over, and what
// is right beside it goes on.

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "@nats-io/transport-node";
import { gatewayz } from "../support/gatewayz.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import { LinkTap } from "../support/link-tap.ts";
import type { Kind } from "../support/member.ts";
import { allHeard } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

let world: LeafWorld | undefined;
const taps: LinkTap[] = [];
afterEach(async () => {
  await world?.close();
  world = undefined;
  for (const tap of taps.splice(0)) tap.close();
});

const MEETINGS: readonly (readonly [Kind, Kind])[] = [
  ["box", "2.15"],
  ["2.15", "box"],
  ["2.9", "box"],
];

for (const [guest, host] of MEETINGS) {
  describeWith(`a ${guest} at the ports of a ${host}`, [guest, host], () => {
    test("a spoke that dials clients, gateways and monitoring is linked to none, and tries again", async () => {
      const there = await LeafWorld.start({
        clusters: [{ name: "HOST", kind: host, gateways: [] }],
        links: [],
      });
      try {
        const { client, gateway, monitor, leaf } = there.member("HOST").ports;
        const doors = [client, gateway, monitor].map((port) => new LinkTap(port));
        taps.push(...doors);
        const accounts = ["TO_CLIENTS", "TO_GATEWAYS", "TO_MONITORING", "RIGHT"];
        const ports = [...doors.map(({ port }) => port), leaf!];
        world = await LeafWorld.start({
          clusters: [
            {
              name: "GUEST",
              kind: guest,
              accounts,
              remotes: accounts.map((account, i) => ({ url: `nats-leaf://127.0.0.1:${ports[i]}`, account })),
            },
          ],
          links: [],
        });
        for (const [i, door] of doors.entries())
          await until(`${accounts[i]} is dialed twice`, () => door.connections.length >= 2);
        await until("the right one is linked", async () => (await leafs(world!.member("GUEST"))).length > 0);
        const bound = (await leafs(world.member("GUEST"))).map(({ account }) => account);
        expect(bound).toEqual(["RIGHT"]);
        await allHeard(await there.client("HOST"), await world.client("GUEST", { account: "RIGHT" }));
        for (const member of [...there.members(), ...world.members()]) expect(member.running).toBe(true);
      } finally {
        await there.close();
      }
    });

    test("a client and a gateway that dial the port of leafs are turned away", async () => {
      world = await LeafWorld.start({
        clusters: [{ name: "HOST", kind: host }],
        links: [],
      });
      const { leaf } = world.member("HOST").ports;
      const refusal = await connect({
        servers: `127.0.0.1:${leaf}`,
        reconnect: false,
        timeout: 3_000,
      }).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(Error);
      const door = new LinkTap(leaf!);
      taps.push(door);
      const gateways = [{ name: "HOST", urls: [`nats://127.0.0.1:${door.port}`] }];
      const there = await LeafWorld.start({
        clusters: [
          {
            name: "GUEST",
            kind: guest,
            gateways: [],
            top: { gateway: { name: "GUEST", listen: "127.0.0.1:-1", gateways } },
          },
        ],
        links: [],
      });
      try {
        await until("it is dialed twice", () => door.connections.length >= 2);
        expect(
          (await gatewayz(there.member("GUEST"))).outbound_gateways?.["HOST"]?.connection?.cid ?? 0,
        ).toBe(0);
        expect(await leafs(world.member("HOST"))).toEqual([]);
        for (const member of [...there.members(), ...world.members()]) expect(member.running).toBe(true);
      } finally {
        await there.close();
      }
    });
  });
}
