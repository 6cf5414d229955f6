// Leafs that sign: with a key that the hub knows, and with credentials that an operator's account vouches
// for.

import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { acrossLeafs } from "../support/leaf-sides.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import { allHeard } from "../support/messages.ts";
import { type AccountKeys, Operator } from "../support/operator.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

let world: LeafWorld | undefined;
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-creds-"));
});
afterEach(async () => {
  await world?.close();
  world = undefined;
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

acrossLeafs(
  (pair) => {
    test("a key opens the account of its user at the hub, and an unknown key opens nothing", async () => {
      const [known, unknown] = [createUser(), createUser()];
      const seed = (keys: ReturnType<typeof createUser>) => new TextDecoder().decode(keys.getSeed());
      const accounts = {
        RED: { users: [{ nkey: known.getPublicKey() }, { user: "RED-user", password: "RED-pass" }] },
      };
      world = await LeafWorld.start({
        clusters: [
          { name: "HUB", kind: pair.hub, top: { accounts }, tapped: true },
          { name: "KNOWN", kind: pair.spoke },
          { name: "UNKNOWN", kind: pair.spoke },
        ],
        links: [
          { from: "KNOWN", to: "HUB", remote: { nkey: seed(known) } },
          { from: "UNKNOWN", to: "HUB", remote: { nkey: seed(unknown) } },
        ],
      });
      await world.leafLinked({ from: "KNOWN", to: "HUB" });
      await until("the unknown is refused", () => errorsTo(world!, "UNKNOWN").length > 0);
      expect(errorsTo(world, "UNKNOWN")[0]).toBe("-ERR 'Authorization Violation'");
      expect((await leafs(world.member("HUB"))).map(({ account }) => account)).toEqual(["RED"]);
      await allHeard(await world.client("KNOWN"), await world.client("HUB", { account: "RED" }));
    });

    test("a key in the leafnodes block is the only one that opens", async () => {
      const [known, unknown] = [createUser(), createUser()];
      const seed = (keys: ReturnType<typeof createUser>) => new TextDecoder().decode(keys.getSeed());
      world = await LeafWorld.start({
        clusters: [
          {
            name: "HUB",
            kind: pair.hub,
            accounts: ["RED"],
            leafnodes: { authorization: { nkey: known.getPublicKey(), account: "RED" } },
            tapped: true,
          },
          { name: "KNOWN", kind: pair.spoke },
          { name: "UNKNOWN", kind: pair.spoke },
        ],
        links: [
          { from: "KNOWN", to: "HUB", login: "", remote: { nkey: seed(known) } },
          { from: "UNKNOWN", to: "HUB", login: "", remote: { nkey: seed(unknown) } },
        ],
      });
      await world.leafLinked({ from: "KNOWN", to: "HUB" });
      await until("the unknown is refused", () => errorsTo(world!, "UNKNOWN").length > 0);
      await allHeard(await world.client("KNOWN"), await world.client("HUB", { account: "RED" }));
    });
  },
  // A 2.9 knows of keys neither in its remotes nor in the leafnodes block.
  ({ hub, spoke }) => hub !== "2.9" && spoke !== "2.9",
);

acrossLeafs((pair) => {
  let operator: Operator;
  let account: AccountKeys;
  const hub = () => ({ name: "HUB", kind: pair.hub, top: operator.config(), tapped: true });
  const spoke = (name: string) => ({ name, kind: pair.spoke });
  const link = (from: string, credentials: string) => ({ from, to: "HUB", remote: { credentials } });
  const hubClient = async (): Promise<NatsConnection> => {
    const credentials = new TextEncoder().encode(await operator.credentials(account, "client"));
    return world!.client("HUB", { more: { authenticator: credsAuthenticator(credentials) } });
  };
  beforeAll(async () => {
    operator = await Operator.create(dir);
    account = await operator.account("ACC");
  });

  test("credentials of a user open his account, those of an expired one and of a stranger do not", async () => {
    const stranger = await Operator.create(dir);
    const theirs = await stranger.account("STRANGE");
    const expires = Math.floor(Date.now() / 1_000) - 60;
    world = await LeafWorld.start({
      clusters: [hub(), spoke("GOOD"), spoke("LATE"), spoke("STRANGE")],
      links: [
        link("GOOD", await operator.credentialsFile(account, "good")),
        link("LATE", await operator.credentialsFile(account, "late", { expires })),
        link("STRANGE", await stranger.credentialsFile(theirs, "strange")),
      ],
    });
    await world.leafLinked({ from: "GOOD", to: "HUB" });
    for (const name of ["LATE", "STRANGE"]) {
      await until(`${name} is refused twice`, () => errorsTo(world!, name).length >= 2);
      expect(errorsTo(world, name)[0]).toBe("-ERR 'Authorization Violation'");
      expect(await leafs(world.member(name))).toEqual([]);
    }
    expect((await leafs(world.member("HUB"))).map((leaf) => leaf.account)).toEqual([account.id]);
    await allHeard(await world.client("GOOD"), await hubClient());
  });

  // The hub's age makes no difference to what the spoke then does, and this takes its time.
  if (pair.hub === "2.15" || pair.hub === "box")
    test("a user who expires while he is linked is cut off, and refused from then on", async () => {
      const expires = Math.floor(Date.now() / 1_000) + 3;
      world = await LeafWorld.up({
        clusters: [hub(), spoke("SHORT")],
        links: [link("SHORT", await operator.credentialsFile(account, "short", { expires }))],
      });
      await allHeard(await world.client("SHORT"), await hubClient());
      await until("he is refused afterwards", () => errorsTo(world!, "SHORT").length >= 2);
      expect(errorsTo(world, "SHORT").slice(0, 2)).toEqual([
        "-ERR 'User Authentication Expired'",
        "-ERR 'Authorization Violation'",
      ]);
      await until("the spoke has no link", async () => (await leafs(world!.member("SHORT"))).length === 0);
    });

  test("a leaf more than the account may have is refused, the others stay", async () => {
    const bounded = await operator.account("BOUNDED", 1);
    world = await LeafWorld.start({
      clusters: [hub(), spoke("FIRST"), spoke("SECOND")],
      links: [
        link("FIRST", await operator.credentialsFile(bounded, "first")),
        link("SECOND", await operator.credentialsFile(bounded, "second")),
      ],
    });
    const refused = () => ["FIRST", "SECOND"].filter((name) => errorsTo(world!, name).length > 0);
    await until("one is refused", () => refused().length > 0);
    expect(errorsTo(world, refused()[0]!)[0]).toBe("-ERR 'maximum account active connections exceeded'");
    expect(refused().length).toBe(1);
    expect((await leafs(world.member("HUB"))).length).toBe(1);
  });
});

function errorsTo(refusing: LeafWorld, spoke: string): string[] {
  const said = refusing.tap("HUB").frames("back", spoke);
  return said.filter(({ verb }) => verb === "-ERR").map(({ line }) => line);
}
