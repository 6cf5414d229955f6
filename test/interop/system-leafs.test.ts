// The system account over a leaf link, as between nats-servers: whoever has the link in it is seen from the
// other end, asked there, and told what happens.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { LeafWorld } from "../support/leaf-world.ts";
import { heard } from "../support/messages.ts";
import { findNatsCli } from "../support/nats-cli.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { asked, askedAll, idOf, rows, SYSTEM_ACCOUNTS, tool } from "../support/system.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

for (const [hub, spoke] of [
  ["box", "2.15"],
  ["2.15", "box"],
  ["box", "box"],
] as const) {
  describeWith(`a ${spoke} spoke and a ${hub} hub`, [hub, spoke], () => {
    let world: LeafWorld;
    beforeAll(async () => {
      world = await LeafWorld.up({
        clusters: [
          { name: "HUB", kind: hub, ...SYSTEM_ACCOUNTS },
          { name: "SPOKE", kind: spoke, ...SYSTEM_ACCOUNTS },
        ],
        links: [
          { from: "SPOKE", to: "HUB", account: "SYS" },
          { from: "SPOKE", to: "HUB", account: "APP" },
        ],
      });
    });
    afterEach(() => world?.closeClients());
    afterAll(() => world?.close());

    describe.each(["HUB", "SPOKE"])("asked at %s", (at) => {
      test("both answer, each for itself", async () => {
        const client = await world.client(at, { account: "SYS" });
        await until("both are heard", async () => {
          const answers = await askedAll(client, "$SYS.REQ.SERVER.PING", 2);
          return answers.size === 2;
        });
        for (const name of ["HUB", "SPOKE"]) {
          const id = await idOf(world, name);
          expect((await asked(client, `$SYS.REQ.SERVER.${id}.VARZ`)).server.name).toBe(name);
        }
      });

      test("an account is told by both", async () => {
        await world.client("HUB", { account: "APP" });
        await world.client("SPOKE", { account: "APP" });
        const client = await world.client(at, { account: "SYS" });
        const answers = await askedAll(client, "$SYS.REQ.ACCOUNT.APP.CONNZ", 2);
        expect([...answers.keys()].sort()).toEqual(["HUB", "SPOKE"]);
      });

      test("who comes to either is told", async () => {
        const client = await world.client(at, { account: "SYS" });
        const told: string[] = [];
        client.subscribe("$SYS.ACCOUNT.APP.CONNECT", {
          callback: (_, message) => void told.push(message.json<{ server: { name: string } }>().server.name),
        });
        await heard(await world.client(at === "HUB" ? "SPOKE" : "HUB", { account: "SYS" }), client);
        await world.client("HUB", { account: "APP" });
        await world.client("SPOKE", { account: "APP" });
        await until("both told", () => told.length >= 2);
        expect(told.sort()).toEqual(["HUB", "SPOKE"]);
      });

      test("a client is told who it is by its own server", async () => {
        for (const account of ["APP", "SYS"]) {
          const client = await world.client(at, { account });
          const answers = await client.requestMany("$SYS.REQ.USER.INFO", "", {
            strategy: "timer",
            maxWait: 300,
          });
          const servers: string[] = [];
          for await (const message of answers)
            servers.push(message.json<{ server: { name: string } }>().server.name);
          // In the system account itself, nats-servers answer for each other's clients too, and later.
          expect(account === "SYS" ? servers.slice(0, 1) : servers).toEqual([at]);
        }
      });

      test.skipIf(findNatsCli() === undefined)(
        "server report leafnodes has both ends of both links",
        async () => {
          const table = rows(await tool(world, at, "SYS", "server", "report", "leafnodes"));
          const ends = table.filter(([server]) => ["HUB", "SPOKE"].includes(server!));
          expect(ends.map(([server, name, account]) => `${server} ${name} ${account}`).sort()).toEqual([
            "HUB SPOKE APP",
            "HUB SPOKE SYS",
            "SPOKE HUB APP",
            "SPOKE HUB SYS",
          ]);
        },
      );
    });
  });
}
