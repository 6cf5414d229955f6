// Leaf links over WebSocket, in clear and with TLS, with and without its compression, at either end.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NatsConnection } from "@nats-io/transport-node";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { acrossLeafs, newest, startPair } from "../support/leaf-sides.ts";
import { bodiesOf, carriesBothWays } from "../support/leaf-traffic.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import { allHeard, collect, heard, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const BODIES = bodiesOf(300);

let world: LeafWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** Whether the hub would compress, and whether the spoke asks for it; each in an account of its own. */
const CHOICES = {
  BOTH: { hub: "DENSE", remote: { ws_compression: true } },
  HUB_ONLY: { hub: "DENSE", remote: {} },
  SPOKE_ONLY: { hub: "PLAIN", remote: { ws_compression: true } },
  NEITHER: { hub: "PLAIN", remote: {} },
  UNMASKED: { hub: "PLAIN", remote: { ws_no_masking: true } },
} as const;

acrossLeafs((pair) => {
  test("messages pass whole, whoever would compress, and though a spoke would rather not mask", async () => {
    const accounts = Object.keys(CHOICES);
    world = await LeafWorld.up({
      clusters: [
        { name: "DENSE", kind: pair.hub, accounts, websocket: { no_tls: true, compression: true } },
        { name: "PLAIN", kind: pair.hub, accounts, websocket: { no_tls: true } },
        { name: "SPOKE", kind: pair.spoke, accounts },
      ],
      links: Object.entries(CHOICES).map(([account, { hub, remote }]) => ({
        from: "SPOKE",
        to: hub,
        account,
        scheme: "ws",
        remote,
      })),
    });
    for (const [account, { hub }] of Object.entries(CHOICES)) {
      const [near, far] = [await world.client("SPOKE", { account }), await world.client(hub, { account })];
      await carriesBothWays(near, far, BODIES);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const)
        await largest(from, to, account === "BOTH");
    }
  });
});

acrossLeafs(
  (pair) => {
    test("the URL may have a path of its own", async () => {
      world = await startPair(pair, {
        hub: { websocket: { no_tls: true } },
        link: { scheme: "ws", path: "/some/path" },
      });
      await allHeard(await world.client("HUB"), await world.client("SPOKE"));
    });
  },
  // A 2.9 knows only the path /leafnode.
  ({ hub, spoke }) => hub !== "2.9" && spoke !== "2.9",
);

acrossLeafs((pair) => {
  test("users, accounts and refusals are the same as without WebSocket", async () => {
    world = await LeafWorld.start({
      clusters: [
        { name: "HUB", kind: pair.hub, accounts: ["RED"], websocket: { no_tls: true } },
        { name: "GOOD", kind: pair.spoke },
        { name: "BAD", kind: pair.spoke },
      ],
      links: [
        { from: "GOOD", to: "HUB", scheme: "ws", login: "RED-user:RED-pass" },
        { from: "BAD", to: "HUB", scheme: "ws", login: "RED-user:wrong" },
      ],
    });
    await world.leafLinked({ from: "GOOD", to: "HUB" });
    await allHeard(await world.client("GOOD"), await world.client("HUB", { account: "RED" }));
    await world.member("BAD").process.logged(/Authorization Violation/i);
    expect((await leafs(world.member("HUB"))).map(({ name }) => name)).toEqual(["GOOD"]);
  });

  test("a link is made again after its hub was killed", async () => {
    world = await startPair(pair, { hub: { websocket: { no_tls: true } }, link: { scheme: "ws" } });
    const subject = unique("again");
    const received = await collect(await world.client("SPOKE"), subject);
    await world.member("HUB").kill();
    await until("the spoke knows", async () => (await leafs(world!.member("SPOKE"))).length === 0);
    await world.member("HUB").start();
    await world.linked();
    const hub = await world.client("HUB");
    await heard(hub, await world.client("SPOKE"));
    hub.publish(subject, "after");
    await received.has(1);
    expect(received.texts).toEqual(["after"]);
  });
}, newest);

const noCertificates = whyNoCertificates();
if (noCertificates !== undefined) console.error(`SKIPPED leafs over wss: ${noCertificates}`);

describe.skipIf(noCertificates !== undefined)(`over wss ${noCertificates ?? ""}`.trim(), () => {
  let dir: string;
  let ours: Authority;
  let theirs: Authority;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-leaf-wss-"));
    ours = new Authority(dir, "ours");
    theirs = new Authority(dir, "theirs");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  acrossLeafs((pair) => {
    test("messages pass whole with compression and without", async () => {
      const accounts = ["DENSE", "PLAIN"];
      world = await LeafWorld.up({
        clusters: [
          { name: "HUB", kind: pair.hub, accounts, websocket: { tls: ours.tls("hub"), compression: true } },
          { name: "SPOKE", kind: pair.spoke, accounts },
        ],
        links: accounts.map((account) => ({
          from: "SPOKE",
          to: "HUB",
          account,
          scheme: "wss",
          remote: { tls: { ca_file: ours.certificate }, ws_compression: account === "DENSE" },
        })),
      });
      for (const account of accounts) {
        const [near, far] = [
          await world.client("SPOKE", { account }),
          await world.client("HUB", { account }),
        ];
        await carriesBothWays(near, far, BODIES);
        await largest(near, far, account === "DENSE");
        await largest(far, near, account === "DENSE");
      }
    });
  });

  acrossLeafs((pair) => {
    test("a hub of an authority that the spoke does not know is left alone", async () => {
      world = await LeafWorld.start({
        clusters: [
          { name: "HUB", kind: pair.hub, websocket: { tls: theirs.tls("strange") } },
          { name: "SPOKE", kind: pair.spoke },
        ],
        links: [{ from: "SPOKE", to: "HUB", scheme: "wss", remote: { tls: { ca_file: ours.certificate } } }],
      });
      await world.member("SPOKE").process.logged(/certificate|x509|tls/i);
      expect(await leafs(world.member("SPOKE"))).toEqual([]);
    });
  }, newest);
});

/**
 * A message as large as the servers let it be. With compression a nats-server cuts a link whose
 * frame grows over max_payload when it is expanded, and it puts the message's line into the same frame.
 */
async function largest(from: NatsConnection, to: NatsConnection, compressed: boolean): Promise<void> {
  const subject = unique("largest");
  const received = await collect(to, subject);
  await heard(from, to);
  const body = Uint8Array.from({ length: compressed ? 1_000_000 : 1_048_576 }, (_, i) => (i * i) & 255);
  from.publish(subject, body);
  await received.has(1);
  expect(Buffer.from(received.messages[0]!.data).equals(body)).toBe(true);
}
