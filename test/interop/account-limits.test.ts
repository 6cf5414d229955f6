// Limits of configured accounts, and permissions that change while somebody is connected: what a nats-server
// does with the same configuration is expected of the box.

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { documentOf } from "../support/gateway-frames.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import type { JsonObject, Kind } from "../support/member.ts";
import { collect, heard, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { connectRaw, dialRaw } from "../support/raw-client.ts";
import { dialAsSpoke } from "../support/raw-leaf.ts";
import type { RawLink } from "../support/raw-link.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

let world: LeafWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

interface Closed {
  readonly connections: readonly { readonly reason: string }[];
}

const accountsOf = (limits: JsonObject, permissions?: JsonObject): JsonObject => ({
  accounts: {
    A: {
      users: [{ user: "a", password: "a", ...(permissions === undefined ? {} : { permissions }) }],
      limits,
    },
    B: { users: [{ user: "b", password: "b" }] },
  },
});

describe.each<Kind>(["box", "2.15"])("%s with limits of an account", (kind) => {
  const start = async (top: JsonObject): Promise<void> => {
    world = await LeafWorld.start({ clusters: [{ name: "HUB", kind, top }], links: [] });
  };
  const port = (): number => world!.member("HUB").ports.client;
  const comes = async (user: string): Promise<RawLink> =>
    (await connectRaw(port(), { user, pass: user })).link;
  /** What somebody is told who is let in and cut, or not let in. */
  const refused = async (user: string): Promise<string> => {
    const { link } = await dialRaw(port());
    link.send(`CONNECT ${JSON.stringify({ user, pass: user, verbose: false })}\r\nPING\r\n`);
    await link.gone();
    return link.text.slice(link.text.indexOf("-ERR"));
  };
  const reasons = async (): Promise<string[]> => {
    const answer = await fetch(`${world!.member("HUB").monitorUrl}/connz?state=closed`);
    return ((await answer.json()) as Closed).connections.map(({ reason }) => reason);
  };

  test("max_connections: one too many is told and cut, and another account feels nothing", async () => {
    await start(accountsOf({ max_connections: 2 }));
    const [first] = [
      await comes("a"),
      await comes("a"),
      await comes("b"),
      await comes("b"),
      await comes("b"),
    ];
    expect(await refused("a")).toBe("-ERR 'maximum account active connections exceeded'\r\n");
    expect(await reasons()).toEqual(["Maximum Account Connections Exceeded"]);
    first.close();
    await until("there is room again", async () => (await comes("a").catch(() => null)) !== null);
  });

  test("max_subs: one too many is told, and the connection stays", async () => {
    await start(accountsOf({ max_subs: 2 }));
    const link = await comes("a");
    link.send("SUB x 1\r\nSUB y 2\r\nSUB z 3\r\n");
    await link.barrier();
    expect(link.frames.map(({ line }) => line).filter((line) => line.startsWith("-ERR"))).toEqual([
      "-ERR 'maximum subscriptions exceeded'",
    ]);
    link.send("PUB y 1\r\n1\r\nPUB z 1\r\n2\r\n");
    await link.barrier();
    expect(link.frames.filter(({ verb }) => verb === "MSG").map(({ line }) => line)).toEqual(["MSG y 2 1"]);
  });

  test("max_payload: more is told and ends the connection", async () => {
    await start(accountsOf({ max_payload: 10 }));
    const link = await comes("a");
    link.send("PUB x 10\r\n0123456789\r\n");
    await link.barrier();
    const told = link.frames.filter(({ verb }) => verb === "INFO").map(documentOf);
    expect(told.at(-1)).toMatchObject({ connect_info: true, max_payload: 10 });
    link.send("PUB x 11\r\n01234567890\r\n");
    await link.gone();
    expect(link.text).toEndWith("-ERR 'Maximum Payload Violation'\r\n");
    expect(await reasons()).toEqual(["Maximum Message Payload Exceeded"]);
  });

  test("permissions that change are looked at again: what is not allowed any more ends, the rest stays", async () => {
    await start(accountsOf({}, { subscribe: { allow: [">"] } }));
    const link = await comes("a");
    link.send("SUB x 1\r\nSUB y q 2\r\nSUB y r 3\r\nSUB w.* 4\r\n");
    await link.barrier();
    const permissions = { subscribe: { allow: ["y", "y r", "w.*"], deny: ["w.secret"] } };
    await world!.member("HUB").reload((config) => ({ ...config, ...accountsOf({}, permissions) }));
    await link.barrier();
    const told = link.frames.map(({ line }) => line).filter((line) => line.startsWith("-ERR"));
    expect(told.sort()).toEqual([
      `-ERR 'Permissions Violation for Subscription to "x" (sid "1")'`,
      `-ERR 'Permissions Violation for Subscription to "y" using queue "q" (sid "2")'`,
    ]);
    link.send("PUB x 1\r\n1\r\nPUB y 1\r\n2\r\nPUB w.secret 1\r\n3\r\nPUB w.open 1\r\n4\r\n");
    await link.barrier();
    const got = link.frames.filter(({ verb }) => verb === "MSG").map(({ line }) => line);
    expect(got).toEqual(["MSG y 3 1", "MSG w.open 4 1"]);
  });

  test("a lower max_connections cuts as many as are too many", async () => {
    await start(accountsOf({}));
    const links = [await comes("a"), await comes("a"), await comes("a"), await comes("b")];
    await world!.member("HUB").reload((config) => ({ ...config, ...accountsOf({ max_conn: 1 }) }));
    await until("two are cut", () => links.filter(({ closed }) => closed).length === 2);
    expect((await reasons()).slice(0, 2)).toEqual([
      "Maximum Account Connections Exceeded",
      "Maximum Account Connections Exceeded",
    ]);
    const [oldest, , , other] = links;
    await other!.barrier();
    // nats-server takes them in no order; the box keeps the oldest.
    if (kind === "box") await oldest!.barrier();
  });

  test("a user comes only in the ways that are his", async () => {
    const user = (name: string, ...allowed_connection_types: string[]): JsonObject => ({
      user: name,
      password: name,
      allowed_connection_types,
    });
    const users = [user("s", "STANDARD"), user("l", "leafnode"), user("both", "STANDARD", "LEAFNODE")];
    await start({ accounts: { A: { users } } });
    const leafIn = async (name: string): Promise<boolean> =>
      await dialAsSpoke(world!.member("HUB").ports.leaf!, { user: name, pass: name }).then(
        () => true,
        () => false,
      );
    for (const name of ["s", "both"]) await comes(name);
    expect(await refused("l")).toBe("-ERR 'Authorization Violation'\r\n");
    expect([await leafIn("l"), await leafIn("s"), await leafIn("both")]).toEqual([true, false, true]);
  });

  const spoke = (name: string) => ({ from: name, to: "HUB", login: "a:a" });

  test("max_leafs: no more leafs than that, and clients beside them", async () => {
    world = await LeafWorld.start({
      clusters: [
        { name: "HUB", kind, top: accountsOf({ max_leafnodes: 1 }) },
        { name: "ONE", kind: "2.15" },
        { name: "TWO", kind: "2.15" },
      ],
      links: [spoke("ONE"), spoke("TWO")],
    });
    const hub = world.member("HUB");
    await until("one of them is refused", () => /maximum account active connections/i.test(hub.log));
    expect((await leafs(hub)).length).toBe(1);
    await comes("a");
  });

  test("max_subs and max_payload hold for a leaf too", async () => {
    world = await LeafWorld.up({
      clusters: [
        { name: "HUB", kind, top: accountsOf({ max_payload: 10, max_subs: 8 }) },
        { name: "ONE", kind: "2.15" },
      ],
      links: [{ ...spoke("ONE"), remote: { compression: "off" } }],
    });
    const [here, there] = [
      await world.client("HUB", { more: { user: "a", pass: "a", reconnect: false } }),
      await world.client("ONE"),
    ];
    const stem = unique("sub");
    for (let i = 0; i < 12; i++) there.subscribe(`${stem}.${i}`);
    await there.flush();
    const hub = world.member("HUB");
    await until("it is told", () => world!.member("ONE").log.includes("maximum subscriptions exceeded"));
    expect((await leafs(hub))[0]!.subscriptions).toBeLessThanOrEqual(8);
    const got = await collect(here, `${stem}.x`);
    await heard(there, here);
    there.publish(`${stem}.x`, "0123456789");
    await got.has(1);
    there.publish(`${stem}.x`, "01234567890");
    await until("the link is cut", () => /maximum (message )?payload/i.test(hub.log));
    expect(got.count).toBe(1);
  });
});
