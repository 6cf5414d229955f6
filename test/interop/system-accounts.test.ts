// Which account is the system account: the one that is named, the one of an operator, or `$SYS` without
// either; and what gateway rules and older servers make of it.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credsAuthenticator } from "@nats-io/transport-node";
import { LeafWorld } from "../support/leaf-world.ts";
import type { JsonObject, Kind } from "../support/member.ts";
import { heard } from "../support/messages.ts";
import { type AccountKeys, Operator, type UserOptions } from "../support/operator.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { describeWith } from "../support/sides.ts";
import { asked, askedAll, idOf, type ServerReply, SYSTEM_ACCOUNTS, shown } from "../support/system.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

let world: SuperCluster | LeafWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

describe.each<Kind>(["box", "2.15"])("%s in operator mode", (kind) => {
  let dir: string;
  let operator: Operator;
  let red: AccountKeys;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-system-"));
    operator = await Operator.create(dir);
    red = await operator.account("RED");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const comes = async (account: AccountKeys, options: UserOptions = {}) => {
    const credentials = await operator.credentials(account, "visitor", options);
    const authenticator = credsAuthenticator(new TextEncoder().encode(credentials));
    return await world!.client("HUB", { more: { reconnect: false, authenticator } });
  };

  test("the operator's system account asks, and users are told what their JWT allows", async () => {
    world = await LeafWorld.start({ clusters: [{ name: "HUB", kind, top: operator.config() }], links: [] });
    const sys = await comes(operator.system);
    expect((await asked(sys, "$SYS.REQ.SERVER.PING.VARZ")).data).toMatchObject({
      system_account: operator.system.id,
    });
    const told: ServerReply[] = [];
    sys.subscribe(`$SYS.ACCOUNT.${red.id}.CONNECT`, {
      callback: (_, message) => void told.push(message.json<ServerReply>()),
    });
    await heard(sys, sys);
    const permissions = { pub: { allow: ["a.>", "$SYS.REQ.USER.INFO"] }, sub: { deny: ["b"] } };
    const user = await comes(red, { permissions, expires: Math.floor(Date.now() / 1_000) + 3_600 });
    const info = (await asked(user, "$SYS.REQ.USER.INFO")).data as {
      account: string;
      account_name: string;
      user_name: string;
      expires: number;
      permissions: { publish: { allow: string[] }; subscribe: { deny: string[] } };
    };
    expect([info.account, info.account_name, info.user_name]).toEqual([red.id, "RED", "visitor"]);
    expect(info.permissions.publish.allow.sort()).toEqual(["$SYS.REQ.USER.INFO", "a.>"]);
    expect(info.permissions.subscribe.deny).toEqual(["b"]);
    expect(Math.round(info.expires / 60e9)).toBe(60);
    const event = await until("the connection is told", () => told[0]);
    expect(event["client"]).toMatchObject({ acc: red.id, name_tag: "RED", issuer_key: red.id });
  });
});

describe.each<Kind>(["box", "2.15"])("%s without a word of a system account", (kind) => {
  test("has $SYS, which nobody can enter, and still tells clients who they are", async () => {
    world = await LeafWorld.start({ clusters: [{ name: "HUB", kind }], links: [] });
    expect(await shown(world, "HUB", "accountz")).toMatchObject({ system_account: "$SYS" });
    const client = await world.client("HUB");
    const { data } = await asked(client, "$SYS.REQ.USER.INFO");
    expect(data).toMatchObject({ account: "$G" });
    const { data: connz } = await asked(client, "$SYS.REQ.ACCOUNT.PING.CONNZ");
    expect((connz!["connections"] as unknown[]).length).toBe(1);
  });
});

for (const line of ["2.8", "2.9", "2.10"] as const) {
  describeWith(`a box and a nats-server ${line}`, ["box", line], () => {
    test("see and ask each other over their gateways", async () => {
      world = await SuperCluster.start(
        { name: "BOX", kind: "box", ...SYSTEM_ACCOUNTS },
        { name: "OLD", kind: line, ...SYSTEM_ACCOUNTS },
      );
      await (world as SuperCluster).meshed();
      for (const at of ["BOX", "OLD"]) {
        const client = await world.client(at, { account: "SYS" });
        await until(
          "both answer",
          async () => (await askedAll(client, "$SYS.REQ.SERVER.PING", 2)).size === 2,
        );
        for (const name of ["BOX", "OLD"]) {
          const id = await idOf(world, name);
          expect((await asked(client, `$SYS.REQ.SERVER.${id}.GATEWAYZ`)).server.name).toBe(`${name}1`);
        }
      }
    });
  });
}

describeWith(
  "a box whose gateway lets only one account cross, and a nats-server 2.15",
  ["box", "2.15"],
  () => {
    test("is not seen from the other side, and does not see it", async () => {
      world = await SuperCluster.start(
        { name: "BOX", kind: "box", ...SYSTEM_ACCOUNTS },
        { name: "EAST", kind: "2.15", ...SYSTEM_ACCOUNTS },
      );
      await (world as SuperCluster).meshed();
      await world.member("BOX").reload((config) => {
        const gateway = config["gateway"] as { gateways: JsonObject[] };
        const gateways = gateway.gateways.map((remote) => ({ ...remote, accounts: { APP: {} } }));
        return { ...config, gateway: { ...gateway, gateways } };
      });
      await (world as SuperCluster).meshed();
      const [near, far] = [
        await world.client("BOX", { account: "APP" }),
        await world.client("EAST", { account: "APP" }),
      ];
      await heard(near, far);
      for (const [at, name] of [
        ["BOX", "BOX1"],
        ["EAST", "EAST1"],
      ] as const) {
        const client = await world.client(at, { account: "SYS" });
        const servers: string[] = [];
        const answers = await client.requestMany("$SYS.REQ.SERVER.PING", "", {
          strategy: "timer",
          maxWait: 500,
        });
        for await (const message of answers) servers.push(message.json<ServerReply>().server.name);
        expect(servers).toEqual([name]);
      }
    });
  },
);
