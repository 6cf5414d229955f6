// A box that runs takes up another configuration, beside unmodified nats-servers: new regions, rules, users.
// Connections that the change does not touch lose nothing, under load.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "@nats-io/transport-node";
import { HAS_STAND_IN, type JsonObject, type Member } from "../support/member.ts";
import { collect, heard, unique } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

type Gateway = JsonObject & { readonly gateways: readonly JsonObject[] };
const gatewayOf = (config: JsonObject): Gateway => config["gateway"] as Gateway;

/** The same with other entries in gateway.gateways. */
function withGateways(
  config: JsonObject,
  change: (all: readonly JsonObject[]) => readonly JsonObject[],
): JsonObject {
  const gateway = gatewayOf(config);
  return { ...config, gateway: { ...gateway, gateways: change(gateway.gateways) } };
}

interface Gatewayz {
  readonly outbound_gateways: Record<
    string,
    { readonly state: string; readonly connection?: { readonly cid: number } }
  >;
}

const gatewayz = async (member: Member): Promise<Gatewayz> =>
  (await fetch(`${member.monitorUrl}/gatewayz?accs=1`)).json() as Promise<Gatewayz>;

// nats-server takes up nothing of a gateway while it runs, so there is no stand-in to compare with.
describe.skipIf(HAS_STAND_IN)("a box between two nats-servers", () => {
  let world: SuperCluster;
  let box: Member;
  beforeAll(async () => {
    world = await SuperCluster.start(
      { name: "A", kind: "box", accounts: ["ONE", "TWO"], knows: ["B"], gateway: { reject_unknown: true } },
      { name: "B", kind: "2.15", accounts: ["ONE", "TWO"], knows: ["A"] },
      { name: "C", kind: "2.15", accounts: ["ONE", "TWO"], knows: ["A"] },
    );
    box = world.member("A");
    await world.linked("A", "B");
    await world.linked("B", "A");
  });
  afterEach(() => world?.closeClients());
  afterAll(() => world?.close());

  test("takes in a region under load: the other link loses and doubles nothing, and keeps its connection", async () => {
    const [here, there] = await Promise.all([
      world.client("A", { account: "ONE" }),
      world.client("B", { account: "ONE" }),
    ]);
    const up = await collect(here, "up.>");
    const down = await collect(there, "down.>");
    await heard(here, there);
    await heard(there, here);
    const before = (await gatewayz(box)).outbound_gateways["B"];
    let sent = 0;
    const load = setInterval(() => {
      for (let i = 0; i < 50; i++, sent++) {
        here.publish("down.x", String(sent));
        there.publish("up.x", String(sent));
      }
    }, 2);
    await until("the load runs", () => down.count > 500);
    const { gateway } = world.member("C").ports;
    const said = await box.reload((config) =>
      withGateways(config, (all) => [...all, { name: "C", url: `nats://127.0.0.1:${gateway}` }]),
    );
    expect(said).toContain("added   gateway.gateways[C]");
    expect(said).toContain("Reloaded: 1 changes");
    await world.linked("A", "C");
    await world.linked("C", "A");
    const middle = down.count;
    await until("the load went on", () => down.count > middle + 500);
    clearInterval(load);
    await down.has(sent);
    await up.has(sent);
    const all = Array.from({ length: sent }, (_, i) => String(i));
    expect(down.texts).toEqual(all);
    expect(up.texts).toEqual(all);
    const after = (await gatewayz(box)).outbound_gateways["B"];
    expect(after?.connection?.cid).toBe(before!.connection!.cid);
  });

  test("new rules count at once: what they refuse leaves no more", async () => {
    const [here, there] = await Promise.all([
      world.client("A", { account: "ONE" }),
      world.client("B", { account: "ONE" }),
    ]);
    const stem = unique("rules");
    const got = await collect(there, `${stem}.>`);
    await heard(here, there);
    const rule = { export: { allow: [`${stem}.open`] } };
    await box.reload((config) =>
      withGateways(config, (all) => all.map((each) => (each["name"] === "B" ? { ...each, ...rule } : each))),
    );
    await until("B is linked again, and its interest is known", async () => {
      here.publish(`${stem}.open`, "open");
      await here.flush();
      return got.count > 0;
    });
    const open = got.count;
    here.publish(`${stem}.closed`, "closed");
    here.publish(`${stem}.open`, "last");
    await got.has(open + 1);
    expect(got.texts.filter((text) => text !== "open")).toEqual(["last"]);
    const text = JSON.stringify(await gatewayz(box));
    expect(text).toContain('"refused_by":"gateway.gateways[B].export"');
    await box.reload((config) => withGateways(config, (all) => all.map(({ export: _, ...rest }) => rest)));
    await until("everything leaves again", async () => {
      here.publish(`${stem}.closed`, "free");
      await here.flush();
      return got.texts.includes("free");
    });
  });

  test("a region that is taken out is left, and refused when it comes by itself", async () => {
    const said = await box.reload((config) =>
      withGateways(config, (all) => all.filter(({ name }) => name !== "C")),
    );
    expect(said).toContain("removed gateway.gateways[C]");
    await until("C is gone", async () => !("C" in (await gatewayz(box)).outbound_gateways));
    const from = world.member("C").log.length;
    await world.member("C").process.logged(/Connection to gateway "A" rejected/, 10_000, from);
    expect(Object.keys((await gatewayz(box)).outbound_gateways)).toEqual(["B"]);
  });

  test("a new account with a user works at once, and a removed user is cut", async () => {
    await box.reload((config) => ({
      ...config,
      accounts: {
        ...(config["accounts"] as JsonObject),
        NEW: { users: [{ user: "new", password: "new" }] },
      },
    }));
    const client = await world.client("A", { more: { user: "new", pass: "new" } });
    expect(client.isClosed()).toBe(false);
    let closed = false;
    void client.closed().then(() => {
      closed = true;
    });
    await box.reload((config) => {
      const { NEW: _, ...accounts } = config["accounts"] as Record<string, JsonObject>;
      return { ...config, accounts };
    });
    await until("the client is cut", () => closed || client.isClosed());
  });

  test("a listener moves: clients that are connected stay, new ones come to the new address", async () => {
    const here = await world.client("A", { account: "ONE" });
    const port = freePort();
    const said = await box.reload((config) => ({ ...config, listen: `127.0.0.1:${port}` }));
    expect(said).toContain("changed listen");
    const there = await world.client("A", { account: "ONE", more: { servers: `127.0.0.1:${port}` } });
    const got = await collect(there, "moved");
    here.publish("moved", "yes");
    await got.has(1);
    const old = connect({
      servers: `127.0.0.1:${box.ports.client}`,
      maxReconnectAttempts: 0,
      timeout: 1_000,
    });
    expect(await old.then(() => "in").catch(() => "refused")).toBe("refused");
    await box.reload((config) => ({ ...config, listen: `127.0.0.1:${box.ports.client}` }));
  });

  test("a file that is wrong, or asks for what cannot change, changes nothing", async () => {
    const kept = await gatewayz(box);
    const wrong = await box.reload((config) => ({ ...config, gatewayy: {} }));
    expect(wrong).toContain("Not reloaded, nothing has changed");
    expect(wrong).toContain("gatewayy");
    const restart = await box.reload(({ gatewayy: _, ...config }) => ({
      ...withGateways(config, () => []),
      server_name: "other",
    }));
    expect(restart).toContain("server_name cannot change while the box runs");
    expect(Object.keys((await gatewayz(box)).outbound_gateways)).toEqual(Object.keys(kept.outbound_gateways));
  });
});
