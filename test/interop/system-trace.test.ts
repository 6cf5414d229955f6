// Tracing of messages: what the box tells of a message that is traced is what a nats-server 2.15 in its place
// tells, a message that is only traced reaches nobody, and the trace goes on over gateways.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import { allHeard, type Collector, collect, heard, unique } from "../support/messages.ts";
import { findNatsCli } from "../support/nats-cli.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { type Reply, SYSTEM_ACCOUNTS, shape, tool } from "../support/system.ts";

setDefaultTimeout(40_000);
guardProcesses();

interface Told {
  readonly server: { readonly name: string };
  readonly request: { readonly header: Record<string, string[]>; readonly msgsize: number };
  readonly hops?: number;
  readonly events: readonly Reply[];
}

describeWith("traces of a box and a nats-server 2.15", ["box", "2.15"], () => {
  let world: SuperCluster;
  beforeAll(async () => {
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", ...SYSTEM_ACCOUNTS },
      { name: "EAST", kind: "2.15", ...SYSTEM_ACCOUNTS },
    );
    await world.meshed();
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  const app = (at: string): Promise<NatsConnection> =>
    world.client(at, { account: "APP", more: { name: `at-${at}` } });

  /** Publishes with a trace; both sides want it plainly, and the far side in a group too. */
  async function trace(from: string, only: boolean) {
    const to = from === "BOX" ? "EAST" : "BOX";
    const [near, far] = [await app(from), await app(to)];
    const [subject, dest] = [unique("traced"), unique("told")];
    const wanted: Collector[] = [await collect(near, subject), await collect(far, subject, "crew")];
    const told = await collect(near, dest);
    await allHeard(near, far);
    await heard(far, near);
    const asked = headers();
    asked.set("Nats-Trace-Dest", dest);
    if (only) asked.set("Nats-Trace-Only", "true");
    near.publish(subject, "payload", { headers: asked });
    await told.has(2);
    await allHeard(near, far);
    const events = new Map<string, Told>();
    for (const message of told.messages) events.set(message.json<Told>().server.name, message.json<Told>());
    return { subject, wanted, near: events.get(`${from}1`)!, far: events.get(`${to}1`)! };
  }

  describe.each([
    ["only traced", true],
    ["traced and delivered", false],
  ])("a message that is %s", (_title, only) => {
    test.each(["BOX", "EAST"])(
      "published at %s is told by both servers, as it was or would be delivered",
      async (from) => {
        const { subject, wanted, near, far } = await trace(from, only);
        expect(wanted.map(({ count }) => count)).toEqual(only ? [0, 0] : [1, 1]);
        const [came, ...left] = near.events;
        expect(came).toMatchObject({ type: "in", kind: 0, acc: "APP", subj: subject, name: `at-${from}` });
        expect(left.map(({ type, kind }) => [type, kind])).toEqual([
          ["eg", 0],
          ["eg", 2],
        ]);
        expect([near.hops, left[1]!["hop"], left[0]!["sub"]]).toEqual([1, "1", subject]);
        expect(far.events.map(({ type, kind, queue }) => [type, kind, queue])).toEqual([
          ["in", 2, undefined],
          ["eg", 0, "crew"],
        ]);
        expect(far.request.header["Nats-Trace-Hop"]).toEqual(["1"]);
      },
    );

    test("is told in the same members by box and nats-server", async () => {
      const [box, east] = [await trace("BOX", only), await trace("EAST", only)];
      const members = ({ server: _, ...rest }: Told) =>
        rest.events.map((event) => shape(event).sort()).concat(shape(rest.request).sort());
      expect(members(box.near)).toEqual(members(east.near));
      expect(members(box.far)).toEqual(members(east.far));
    });
  });

  test.skipIf(findNatsCli() === undefined).each(["BOX", "EAST"])(
    "nats trace at %s shows the way",
    async (at) => {
      const other = at === "BOX" ? "EAST" : "BOX";
      const far = await app(other);
      const subject = unique("cli-trace");
      const wanted = await collect(far, subject);
      await heard(await app(at), far);
      const said = await tool(world, at, "APP", "trace", subject);
      expect(said).toContain(`at-${other}`);
      expect(said).toMatch(/Gateway|gateway/);
      expect(wanted.count).toBe(0);
    },
  );
});
