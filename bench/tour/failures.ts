// The failures of the tour, in their order: how each is made, which reason code every surface must have, and
// how it is made good again.

import type { NatsConnection } from "@nats-io/transport-node";
import { leafsLinked } from "../../test/support/leafz.ts";
import type { JsonObject } from "../../test/support/member.ts";
import { connectRaw } from "../../test/support/raw-client.ts";
import { until } from "../../test/support/wait.ts";
import type { TourWorld } from "./world.ts";

/** Whom the box is asked about: a region, an entry of `remotes`, clients or leafs that were sent away. */
export type Subject =
  | { readonly kind: "gateway"; readonly name: string }
  | { readonly kind: "leaf"; readonly name: "hub" | "edge" }
  | { readonly kind: "client" | "spoke" };

export interface Failure {
  readonly title: string;
  /** One of those of docs/reasons.md. */
  readonly code: string;
  readonly subject: Subject;
  /** What the tour does. */
  readonly how: string;
  readonly why: string;
  readonly cure: string;
  /** The section of docs/runbook.md. */
  readonly runbook: string;
  /** Answers how it is made good again. */
  make(world: TourWorld): Promise<() => Promise<void>>;
}

const NORTH = { kind: "gateway", name: "north" } as const;
const WEST = { kind: "gateway", name: "west" } as const;
const HUB = { kind: "leaf", name: "hub" } as const;

const CHUNK = new Uint8Array(65_536);
const PUMP_MILLIS = 20;
const CHUNKS_A_PUMP = 8;

/** In an order in which no code is there before its failure. */
export const FAILURES: readonly Failure[] = [
  {
    title: "A region is killed",
    code: "Dial Failed",
    subject: NORTH,
    how: "The only server of region north gets SIGKILL.",
    why: "No address of the region takes connections.",
    cure: "Start the region again, or open the way to it: the box redials every second.",
    runbook: "Gateway down",
    make: async (world) => {
      await world.member("north").kill();
      return () => world.member("north").start();
    },
  },
  {
    title: "A link is blocked",
    code: "Stale Connection",
    subject: WEST,
    how: "What stands between the box and west stops to carry bytes, and keeps the connections open.",
    why: "PINGs go unanswered, and nothing says that the connection is over.",
    cure: "Open the way again, a firewall or a NAT that forgot the connection.",
    runbook: "Stale connection",
    make: async ({ wire }) => {
      wire.stall("forth");
      wire.stall("back");
      return async () => {
        wire.resume("forth");
        wire.resume("back");
        wire.cut();
      };
    },
  },
  {
    title: "A link is blocked under load",
    code: "Slow Consumer (Write Deadline)",
    subject: WEST,
    how: "West subscribes to a flood, and then nothing of it is taken any more.",
    why: "Bytes waited for the region and its transport took none for `write_deadline`.",
    cure: "As before; raise `write_deadline` where a way has long pauses.",
    runbook: "Slow consumer",
    make: async (world) => {
      const west = await world.client("west");
      const flooded = received(west, "tour.flood");
      await west.flush();
      const stop = flood(await world.client("east"), "tour.flood");
      await until("the flood arrives in west", () => flooded() > 0);
      world.wire.stall("forth");
      return async () => {
        stop();
        world.wire.resume("forth");
        world.wire.cut();
        await world.closeClients();
      };
    },
  },
  {
    title: "A wrong gateway password",
    code: "Authentication Failure",
    subject: NORTH,
    how: "North is started with another password in `gateway.authorization`.",
    why: "North does not take what the box says.",
    cure: "Make `gateway.authorization` of the two ends alike, and `kill -HUP` who was wrong.",
    runbook: "Wrong password",
    make: (world) => spoilBlock(world, "north", "gateway", { authorization: WRONG }),
  },
  {
    // Stands before the hub's password: until here no leaf link ended for this reason.
    title: "A leaf node with a wrong password",
    code: "Authentication Failure",
    subject: { kind: "spoke" },
    how: "Edge dials the box with another password than that of the box's `leafnodes.authorization`.",
    why: "The box does not take what edge says.",
    cure: "Compare the URL in the `remotes` of the leaf node with `leafnodes.authorization` here.",
    runbook: "Wrong password",
    make: async (world) => {
      await world.spoil("edge", (config) => ({ ...config, leafnodes: world.edgeLeafs("wrong") }));
      return async () => {
        await world.restore("edge");
        await leafsLinked({
          solicitors: [world.member("edge")],
          acceptors: [world.box],
          links: 1,
          account: "$G",
        });
      };
    },
  },
  {
    title: "A wrong leaf password",
    code: "Authentication Failure",
    subject: HUB,
    how: "The hub is started with another password in `leafnodes.authorization`.",
    why: "The hub does not take what the URL in `remotes` says.",
    cure: "Compare the URL in `remotes` with `leafnodes.authorization` of the hub.",
    runbook: "Wrong password",
    make: (world) => spoilBlock(world, "hub", "leafnodes", { authorization: WRONG }),
  },
  {
    title: "An expired certificate at a gateway",
    code: "TLS Handshake Failure",
    subject: NORTH,
    how: "North is started with a certificate that has ended.",
    why: "The box verifies whom it dials, and the certificate is over.",
    cure: "Put a renewed certificate into the files of the region.",
    runbook: "Expired certificate",
    make: (world) => {
      return spoilBlock(world, "north", "gateway", { tls: world.certificates.tls("ended", { days: -1 }) });
    },
  },
  {
    title: "An expired certificate at a hub",
    code: "TLS Handshake Failure",
    subject: HUB,
    how: "The hub is started with a certificate that has ended.",
    why: "As for a gateway.",
    cure: "As for a gateway.",
    runbook: "Expired certificate",
    make: (world) => {
      return spoilBlock(world, "hub", "leafnodes", { tls: world.certificates.tls("over", { days: -1 }) });
    },
  },
  {
    title: "A duplicate server name",
    code: "Duplicate Server Name",
    subject: NORTH,
    how: "North is started with the `server_name` of the box.",
    why: "A server name must be unique in all regions.",
    cure: "Rename one of them, which needs a restart.",
    runbook: "Duplicate name",
    make: async (world) => {
      await world.spoil("north", (config) => ({ ...config, server_name: world.box.name }));
      return () => world.restore("north");
    },
  },
  {
    title: "A client is too slow",
    code: "Slow Consumer (Pending Bytes)",
    subject: { kind: "client" },
    how: "A client subscribes to a flood and does not read.",
    why: "More than `max_pending` bytes waited for it.",
    cure: "Let it read, or subscribe to less; raise `max_pending` where there are only bursts.",
    runbook: "Slow consumer",
    make: async (world) => {
      const { link } = await connectRaw(world.box.ports.client, { name: "sleeper" });
      link.send("SUB tour.flood 1\r\nPING\r\n");
      await link.next("PONG");
      link.pause();
      const stop = flood(await world.client("east"), "tour.flood");
      return async () => {
        stop();
        link.close();
        await world.closeClients();
      };
    },
  },
  {
    title: "Leaf links form a ring",
    code: "Loop Detected",
    subject: { kind: "leaf", name: "edge" },
    how: "Edge has dialled the box; now the box is told to dial edge as well.",
    why: "What was announced over one of the links came back over the other.",
    cure: "Remove one of the two links and `kill -HUP` who dials it.",
    runbook: "Loop detected",
    make: async (world) => {
      await world.closeRing();
      return () => world.openRing();
    },
  },
];

const WRONG: JsonObject = { user: "tour", password: "wrong" };

async function spoilBlock(
  world: TourWorld,
  server: "north" | "hub",
  block: "gateway" | "leafnodes",
  keys: JsonObject,
): Promise<() => Promise<void>> {
  await world.spoil(server, (config) => ({
    ...config,
    [block]: { ...(config[block] as JsonObject), ...keys },
  }));
  return () => world.restore(server);
}

/** Counts the messages of a subject. */
function received(client: NatsConnection, subject: string): () => number {
  let count = 0;
  client.subscribe(subject, { callback: () => void count++ });
  return () => count;
}

/** Publishes until it is stopped, some 25 MB a second. */
function flood(client: NatsConnection, subject: string): () => void {
  const timer = setInterval(() => {
    for (let i = 0; i < CHUNKS_A_PUMP && !client.isClosed(); i++) client.publish(subject, CHUNK);
  }, PUMP_MILLIS);
  return () => clearInterval(timer);
}
