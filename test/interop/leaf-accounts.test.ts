// Which account a leaf is bound to, at each end: many accounts over one hub, other names at the other end,
// and users that the hub keeps for its leafs alone.

import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import type { Frame } from "../support/gateway-frames.ts";
import { acrossLeafs, mixed, newest } from "../support/leaf-sides.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs, leafsTo } from "../support/leafz.ts";
import { allHeard, collect, heard, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

let world: LeafWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

acrossLeafs((pair) => {
  test("64 accounts over one hub: each has its link, and nothing of another's", async () => {
    const accounts = Array.from({ length: 64 }, (_, i) => `ACC${i}`);
    const links = accounts.map((account) => ({ from: "SPOKE", to: "HUB", account }));
    world = await LeafWorld.up({
      clusters: [
        { name: "HUB", kind: pair.hub, accounts },
        { name: "SPOKE", kind: pair.spoke, accounts },
      ],
      links,
    });
    const at = (place: string) => Promise.all(accounts.map((account) => world!.client(place, { account })));
    const [hub, spoke] = [await at("HUB"), await at("SPOKE")];
    const subject = unique("same");
    const collectors = await Promise.all([...hub, ...spoke].map((client) => collect(client, subject)));
    await Promise.all(accounts.map((_, i) => allHeard(hub[i]!, spoke[i]!)));
    for (const [i, account] of accounts.entries()) {
      hub[i]!.publish(subject, `${account} hub`);
      spoke[i]!.publish(subject, `${account} spoke`);
    }
    await Promise.all(accounts.map((_, i) => allHeard(hub[i]!, spoke[i]!)));
    for (const [i, { texts }] of collectors.entries()) {
      const account = accounts[i % accounts.length]!;
      expect(texts.sort()).toEqual([`${account} hub`, `${account} spoke`]);
    }
    for (const member of world.members()) {
      const bound = (await leafs(member)).map(({ account }) => account);
      expect(bound.sort()).toEqual([...accounts].sort());
    }
  });
});

acrossLeafs((pair) => {
  test("an account may be called otherwise at the hub, and two of a spoke go their own ways", async () => {
    world = await LeafWorld.up({
      clusters: [
        { name: "HUB", kind: pair.hub, accounts: ["RED", "BLUE"] },
        { name: "SPOKE", kind: pair.spoke, accounts: ["ONE", "TWO"] },
      ],
      links: [
        { from: "SPOKE", to: "HUB", account: "ONE", login: "BLUE-user:BLUE-pass" },
        { from: "SPOKE", to: "HUB", account: "TWO", login: "RED-user:RED-pass" },
      ],
    });
    await pairsUp(world, [
      ["ONE", "BLUE"],
      ["TWO", "RED"],
    ]);
  });

  test("users of the leafnodes block are bound to their accounts, and clients' users do not count", async () => {
    const users = [
      { user: "edge1", password: "p1", account: "RED" },
      { user: "edge2", password: "p2", account: "BLUE" },
    ];
    world = await LeafWorld.start({
      clusters: [
        {
          name: "HUB",
          kind: pair.hub,
          accounts: ["RED", "BLUE"],
          leafnodes: { authorization: { users } },
          tapped: true,
        },
        { name: "SPOKE", kind: pair.spoke, accounts: ["ONE", "TWO"] },
        { name: "CLIENT", kind: pair.spoke },
      ],
      links: [
        { from: "CLIENT", to: "HUB", login: "RED-user:RED-pass" },
        { from: "SPOKE", to: "HUB", account: "ONE", login: "edge1:p1" },
        { from: "SPOKE", to: "HUB", account: "TWO", login: "edge2:p2" },
      ],
    });
    await pairsUp(world, [
      ["ONE", "RED"],
      ["TWO", "BLUE"],
    ]);
    await until("a client's user is refused", () => refusals(world!, "CLIENT").length > 0);
  });

  test("one user for all leafs brings them into the account of the block", async () => {
    const authorization = { user: "leaf", password: "s3cret", account: "RED" };
    world = await LeafWorld.up({
      clusters: [
        { name: "HUB", kind: pair.hub, accounts: ["RED", "BLUE"], leafnodes: { authorization } },
        { name: "SPOKE", kind: pair.spoke },
      ],
      links: [{ from: "SPOKE", to: "HUB", login: "leaf:s3cret" }],
    });
    await pairsUp(world, [[undefined, "RED"]]);
  });
}, mixed);

acrossLeafs(
  (pair) => {
    test("a leaf with wrong, unknown or no credentials is refused, and tries again a second later", async () => {
      world = await LeafWorld.start({
        clusters: [
          {
            name: "HUB",
            kind: pair.hub,
            leafnodes: { authorization: { user: "leaf", password: "s3cret" } },
            tapped: true,
          },
          ...["WRONG", "UNKNOWN", "NONE"].map((name) => ({ name, kind: pair.spoke })),
        ],
        links: [
          { from: "WRONG", to: "HUB", login: "leaf:wrong" },
          { from: "UNKNOWN", to: "HUB", login: "nobody:s3cret" },
          { from: "NONE", to: "HUB" },
        ],
      });
      await Promise.all(["WRONG", "UNKNOWN", "NONE"].map((name) => refusedTwice(world!, name)));
    });

    test("a refused remote disturbs no other of the same spoke", async () => {
      world = await LeafWorld.start({
        clusters: [
          { name: "HUB", kind: pair.hub, accounts: ["RED", "BLUE"], tapped: true },
          { name: "SPOKE", kind: pair.spoke, accounts: ["RED", "BLUE"] },
        ],
        links: [
          { from: "SPOKE", to: "HUB", account: "RED" },
          { from: "SPOKE", to: "HUB", account: "BLUE", login: "BLUE-user:wrong" },
        ],
      });
      await world.leafLinked({ from: "SPOKE", to: "HUB", account: "RED" });
      await until("the other is refused twice", () => refusals(world!).length >= 2);
      await pairsUp(world, [["RED", "RED"]]);
      expect((await leafs(world.member("HUB"))).map(({ account }) => account)).toEqual(["RED"]);
    });
  },
  (pair) => newest(pair) && mixed(pair),
);

acrossLeafs(
  (pair) => {
    test("a hub without any users has its leafs in the account of the block", async () => {
      world = await LeafWorld.up({
        clusters: [
          {
            name: "HUB",
            kind: pair.hub,
            leafnodes: { authorization: { account: "RED" } },
            top: { accounts: { RED: {} } },
          },
          { name: "SPOKE", kind: pair.spoke },
          { name: "OTHER", kind: pair.spoke },
        ],
        links: [
          { from: "SPOKE", to: "HUB" },
          { from: "OTHER", to: "HUB" },
        ],
      });
      for (const { account } of await leafs(world.member("HUB"))) expect(account).toBe("RED");
      const [one, other] = [await world.client("SPOKE"), await world.client("OTHER")];
      await allHeard(one, other);
    });

    test("a leaf without credentials is whoever clients without credentials are", async () => {
      world = await LeafWorld.up({
        clusters: [
          { name: "HUB", kind: pair.hub, accounts: ["RED", "BLUE"], top: { no_auth_user: "BLUE-user" } },
          { name: "SPOKE", kind: pair.spoke },
        ],
        links: [{ from: "SPOKE", to: "HUB", login: "" }],
      });
      await pairsUp(world, [[undefined, "BLUE"]]);
    });
  },
  // Without users the nats-servers 2.10 and 2.9 ignore the account of the block.
  ({ hub }) => hub === "box" || hub === "2.15",
);

/** Waits until a spoke was refused twice, not in haste, and proves that it has no link. */
async function refusedTwice(refusing: LeafWorld, name: string): Promise<void> {
  const begun = performance.now();
  await until("the spoke is refused twice", () => refusals(refusing, name).length >= 2);
  expect(performance.now() - begun).toBeGreaterThan(500);
  expect(await leafs(refusing.member(name))).toEqual([]);
  expect(await leafsTo(refusing.member("HUB"), [refusing.member(name)])).toEqual([]);
}

function refusals(refusing: LeafWorld, spoke = "SPOKE"): Frame[] {
  const said = refusing.tap("HUB").frames("back", spoke);
  return said.filter(({ line }) => line === "-ERR 'Authorization Violation'");
}

/** Proves that the spoke's accounts and the hub's are joined as these pairs say, and otherwise not. */
async function pairsUp(
  joined: LeafWorld,
  pairs: readonly (readonly [string | undefined, string])[],
): Promise<void> {
  const client = (place: string, account: string | undefined) =>
    joined.client(place, account === undefined ? {} : { account });
  const subject = unique("bound");
  const spokes = await Promise.all(pairs.map(([account]) => client("SPOKE", account)));
  const hubs = await Promise.all(pairs.map(([, account]) => client("HUB", account)));
  const heardAt = await Promise.all([...spokes, ...hubs].map((each) => collect(each, subject)));
  for (const i of pairs.keys()) await allHeard(spokes[i]!, hubs[i]!);
  for (const [i, spoke] of spokes.entries()) spoke.publish(subject, `pair ${i} up`);
  for (const [i, hub] of hubs.entries()) hub.publish(subject, `pair ${i} down`);
  for (const i of pairs.keys()) {
    await heard(spokes[i]!, hubs[i]!);
    await heard(hubs[i]!, spokes[i]!);
  }
  for (const [k, { texts }] of heardAt.entries()) {
    const i = k % pairs.length;
    expect(texts.sort()).toEqual([`pair ${i} down`, `pair ${i} up`]);
  }
}
