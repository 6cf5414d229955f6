// Full NATS resolvers of two regions keep each other in step over the system account: a box and a
// nats-server, in both roles.

import { afterAll, afterEach, beforeAll, describe, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import type { Kind } from "../support/member.ts";
import { Operator } from "../support/operator.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

let dir: string;
let operator: Operator;
let world: SuperCluster | undefined;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-resolvers-"));
  operator = await Operator.create(dir);
});
afterEach(async () => {
  await world?.close();
  world = undefined;
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe.each<[Kind, Kind]>([
  ["box", "2.15"],
  ["2.15", "box"],
  ["box", "box"],
])("%s and %s", (east, west) => {
  const start = async (more: object = {}): Promise<{ east: string; west: string }> => {
    const dirs = { east: mkdtempSync(join(dir, "east-")), west: mkdtempSync(join(dir, "west-")) };
    world = await SuperCluster.start(
      { name: "EAST", kind: east, top: operator.keptIn(dirs.east, { ...more }) },
      { name: "WEST", kind: west, top: operator.keptIn(dirs.west, { ...more }) },
    );
    await world.meshed();
    return dirs;
  };
  const comes = async (cluster: string, account = operator.system): Promise<NatsConnection> => {
    const credentials = await operator.credentials(account, "x");
    const authenticator = credsAuthenticator(new TextEncoder().encode(credentials));
    return await world!.client(cluster, { more: { reconnect: false, authenticator } });
  };

  test("what is pushed to one is in the directory of the other, and lets in there", async () => {
    const dirs = await start();
    const red = await operator.account("RED");
    const admin = await comes("EAST");
    await admin.request("$SYS.REQ.CLAIMS.UPDATE", red.jwt, { timeout: 3_000 });
    await until("the other has the account", () => existsSync(join(dirs.west, `${red.id}.jwt`)));
    await (await comes("WEST", red)).flush();
  });

  test("what one missed it asks the other for when somebody comes with it", async () => {
    const dirs = await start({ interval: "1m" });
    const member = world!.member("WEST");
    await member.stop();
    const red = await operator.account("RED");
    const admin = await comes("EAST");
    await admin.request("$SYS.REQ.CLAIMS.UPDATE", red.jwt, { timeout: 3_000 });
    await until("the first has the account", () => existsSync(join(dirs.east, `${red.id}.jwt`)));
    await member.start();
    await world!.meshed();
    // Nobody waits a minute: whoever comes with an account that is not here makes it ask.
    await (await comes("WEST", red)).flush();
    await until("the other has it too", () => existsSync(join(dirs.west, `${red.id}.jwt`)));
  });
});
