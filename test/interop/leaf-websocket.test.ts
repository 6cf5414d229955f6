// Leaf links over WebSocket, in clear and with TLS, with and without its compression, at either end.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

acrossLeafs((pair) => {
  for (const [title, hubCompresses, spokeAsks] of [
    ["neither end compresses", false, false],
    ["both ends compress", true, true],
    ["only the hub would compress", true, false],
    ["only the spoke would compress", false, true],
  ] as const) {
    test(`messages pass whole when ${title}`, async () => {
      world = await startPair(pair, {
        hub: { websocket: { no_tls: true, compression: hubCompresses } },
        link: { scheme: "ws", remote: spokeAsks ? { ws_compression: true } : {} },
      });
      const [hub, spoke] = [await world.client("HUB"), await world.client("SPOKE")];
      await carriesBothWays(hub, spoke, BODIES);
      await largest(world, hubCompresses && spokeAsks);
    });
  }

  test("messages pass whole when the spoke would rather not mask", async () => {
    world = await startPair(pair, {
      hub: { websocket: { no_tls: true } },
      link: { scheme: "ws", remote: { ws_no_masking: true } },
    });
    await carriesBothWays(await world.client("HUB"), await world.client("SPOKE"), BODIES);
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
    for (const compression of [false, true]) {
      test(`messages pass whole ${compression ? "with" : "without"} compression`, async () => {
        world = await startPair(pair, {
          hub: { websocket: { tls: ours.tls("hub"), compression } },
          link: {
            scheme: "wss",
            remote: { tls: { ca_file: ours.certificate }, ws_compression: compression },
          },
        });
        await carriesBothWays(await world.client("HUB"), await world.client("SPOKE"), BODIES);
        await largest(world, compression);
      });
    }
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
      const log = world.member("SPOKE").process;
      await log.logged(/certificate|x509|tls/i);
      const from = log.log.length;
      await log.logged(/certificate|x509|tls/i, 10_000, from);
      expect(await leafs(world.member("SPOKE"))).toEqual([]);
    });
  }, newest);
});

/**
 * A message as large as the servers let it be, each way. With compression a nats-server cuts a link whose
 * frame grows over max_payload when it is expanded, and it puts the message's line into the same frame.
 */
async function largest(linked: LeafWorld, compressed: boolean): Promise<void> {
  for (const [from, to] of [
    ["HUB", "SPOKE"],
    ["SPOKE", "HUB"],
  ] as const) {
    const [publisher, subscriber] = [await linked.client(from), await linked.client(to)];
    const subject = unique("largest");
    const received = await collect(subscriber, subject);
    await heard(publisher, subscriber);
    const body = Uint8Array.from({ length: compressed ? 1_000_000 : 1_048_576 }, (_, i) => (i * i) & 255);
    publisher.publish(subject, body);
    await received.has(1);
    expect(Buffer.from(received.messages[0]!.data).equals(body)).toBe(true);
  }
}
