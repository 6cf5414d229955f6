// What the box tells of its connections in the system account has the members that a nats-server 2.15 beside
// it tells of its own, for the same things done at both; it is heard at both.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { heard } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { asked, idOf, type Reply, SYSTEM_ACCOUNTS, shape } from "../support/system.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

interface Event extends Reply {
  readonly server: { readonly name: string; readonly id: string; readonly seq: number };
}

describeWith("events of a box and a nats-server 2.15", ["box", "2.15"], () => {
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

  /** All that is said under a subject from now on, at one of them. */
  async function listening(at: string, subject: string): Promise<{ subject: string; event: Event }[]> {
    const client = await world.client(at, { account: "SYS" });
    const events: { subject: string; event: Event }[] = [];
    client.subscribe(subject, {
      callback: (_, message) => void events.push({ subject: message.subject, event: message.json<Event>() }),
    });
    const other = await world.client(at === "BOX" ? "EAST" : "BOX", { account: "SYS" });
    await heard(other, client);
    return events;
  }

  // The round trip is known when the first PING was answered; nats-server takes the login for one.
  const members = (event: Event): string[] =>
    shape(event)
      .filter((name) => !name.startsWith(".server") && name !== ".client.rtt:number")
      .sort();

  async function visit(at: string): Promise<NatsConnection> {
    const client = await world.client(at, { account: "APP", more: { name: "visitor" } });
    client.publish("a", "12345");
    await client.flush();
    return client;
  }

  describe.each(["BOX", "EAST"])("heard at %s", (at) => {
    test("CONNECT and DISCONNECT of an account", async () => {
      const events = await listening(at, "$SYS.ACCOUNT.APP.*");
      const byServer = new Map<string, Event[]>();
      for (const cluster of ["BOX", "EAST"]) {
        const client = await visit(cluster);
        const cid = client.info!.client_id;
        await client.close();
        const own = await until(`${cluster} told of it`, () => {
          const of = events
            .filter(({ event }) => event.server.name === `${cluster}1`)
            .map(({ event }) => event);
          return of.length >= 2 ? of : undefined;
        });
        byServer.set(cluster, own);
        expect(own.map(({ type }) => type as unknown)).toEqual([
          "io.nats.server.advisory.v1.client_connect",
          "io.nats.server.advisory.v1.client_disconnect",
        ]);
        const [, left] = own;
        expect(left!["client"]).toMatchObject({
          id: cid,
          acc: "APP",
          user: "APP-user",
          name: "visitor",
          kind: "Client",
        });
        expect([left!["reason"], left!["sent"]]).toEqual(["Client Closed", { msgs: 1, bytes: 5 }]);
      }
      for (const i of [0, 1])
        expect(members(byServer.get("BOX")![i]!)).toEqual(members(byServer.get("EAST")![i]!));
    });

    test("CONNS of an account, under both of its subjects", async () => {
      const events = [
        await listening(at, "$SYS.ACCOUNT.APP.SERVER.CONNS"),
        await listening(at, "$SYS.SERVER.ACCOUNT.APP.CONNS"),
      ];
      for (const cluster of ["BOX", "EAST"]) await visit(cluster);
      const told = await until("both servers tell of one connection, twice", () => {
        const all = events.map((list) =>
          ["BOX1", "EAST1"].map((name) =>
            list.find(({ event }) => event.server.name === name && event["conns"] === 1),
          ),
        );
        return all.flat().every((found) => found !== undefined)
          ? all.flat().map((found) => found!.event)
          : undefined;
      });
      expect(members(told[0]!)).toEqual(members(told[1]!));
      await world.closeClients();
    });

    test("CLIENT.AUTH.ERR and what follows when somebody is not let in", async () => {
      const refused = await listening(at, "$SYS.SERVER.*.CLIENT.AUTH.ERR");
      const ended = await listening(at, "$SYS.ACCOUNT.$G.DISCONNECT");
      for (const cluster of ["BOX", "EAST"]) {
        const servers = `127.0.0.1:${world.member(cluster).ports.client}`;
        await connect({ servers, user: "APP-user", pass: "wrong", reconnect: false }).catch(() => {});
      }
      const [box, east] = await until("both told of it", () => {
        const found = ["BOX1", "EAST1"].map((name) =>
          refused.find(({ event }) => event.server.name === name),
        );
        return found.every((one) => one !== undefined) ? found.map((one) => one!.event) : undefined;
      });
      expect(members(box!)).toEqual(members(east!));
      const what = (event: Event) => {
        const { acc, user } = event["client"] as { acc: string; user: string };
        return [event["reason"], acc, user, event["type"]];
      };
      expect(what(box!)).toEqual(what(east!));
      await until("the end is told alike", () => ended.length === 2 || undefined, 3_000);
      expect(ended.map(({ event }) => event.server.name).sort()).toEqual(["BOX1", "EAST1"]);
    });

    test("STATSZ comes by itself", async () => {
      const events = await listening(at, "$SYS.SERVER.*.STATSZ");
      const id = await idOf(world, "BOX");
      await until(
        "the box told its figures",
        () => events.some(({ subject }) => subject === `$SYS.SERVER.${id}.STATSZ`),
        12_000,
      );
    });
  });

  test("SHUTDOWN is said before the box goes, and LAMEDUCK when it is told to", async () => {
    for (const [how, wanted] of [
      ["SIGTERM", ["SHUTDOWN"]],
      ["SIGUSR2", ["LAMEDUCK", "SHUTDOWN"]],
      ["LDM without a client", ["LAMEDUCK", "SHUTDOWN"]],
    ] as const) {
      const id = await idOf(world, "BOX");
      const client = await world.client("EAST", { account: "SYS" });
      const said: string[] = [];
      for (const what of ["SHUTDOWN", "LAMEDUCK"]) {
        client.subscribe(`$SYS.SERVER.${id}.${what}`, {
          callback: (_, message) => {
            expect(message.json<{ id: string }>().id).toBe(id);
            said.push(what);
          },
        });
      }
      await heard(await world.client("BOX", { account: "SYS" }), client);
      if (how !== "LDM without a client") world.member("BOX").process.signal(how);
      else expect((await asked(client, `$SYS.REQ.SERVER.${id}.LDM`)).error).toBeUndefined();
      // Before the last of its clients is sent away there is a grace period of ten seconds.
      await until("the box said that it goes", () => said.length === wanted.length, 20_000);
      expect(said).toEqual([...wanted]);
      await world.closeClients();
      await world.member("BOX").restart();
      await world.meshed();
    }
  });
});
