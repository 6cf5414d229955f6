// Who may be a gateway: passwords, names and certificates, right and wrong, in both directions of dialing.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { inbound, outbound } from "../support/gatewayz.ts";
import type { JsonObject } from "../support/member.ts";
import { allHeard, collect, heard } from "../support/messages.ts";
import { SuperCluster } from "../support/peers.ts";
import { guardProcesses } from "../support/process.ts";
import { againstPeers, DIRECTIONS, type PeerSpec } from "../support/sides.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(40_000);
guardProcesses();

const single = (peer: PeerSpec) => peer.servers === 1;
// A refusal is the business of one line's code; the newest, the oldest and the box stand for the lines
// between.
const thorough = (peer: PeerSpec) => peer.kind === "2.15" || peer.kind === "2.8" || peer.kind === "box";
const pair = (user: string, password: string): JsonObject => ({ authorization: { user, password } });

let world: SuperCluster | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

againstPeers((peer) => {
  test("one pair of user and password for both regions lets both in", async () => {
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", gateway: pair("gate", "s3cret") },
      { name: "PEER", kind: peer.kind, gateway: pair("gate", "s3cret") },
    );
    await world.meshed();
    await allHeard(await world.client("BOX"), await world.client("PEER"));
  });

  test("each region may have a pair of its own when the other's URL carries it", async () => {
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", gateway: pair("box", "b1"), credentials: { PEER: "peer:p1" } },
      { name: "PEER", kind: peer.kind, gateway: pair("peer", "p1"), credentials: { BOX: "box:b1" } },
    );
    await world.meshed();
    await allHeard(await world.client("BOX"), await world.client("PEER"));
  });

  test("a wrong password is refused each way, again and again, and disturbs nobody else", async () => {
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", gateway: pair("gate", "right"), tapped: true },
      { name: "PEER", kind: peer.kind, gateway: pair("gate", "wrong"), tapped: true },
    );
    for (const [from, to] of DIRECTIONS) {
      const refusals = () =>
        world!
          .tap(to)
          .frames("back", from)
          .filter(({ line }) => line === "-ERR 'Authorization Violation'").length;
      await until(`${to} refuses ${from} twice`, () => refusals() >= 2);
    }
    await expectApart(world);
    for (const name of ["BOX", "PEER"]) {
      const [publisher, subscriber] = [await world.client(name), await world.client(name)];
      await heard(publisher, subscriber);
    }
  });
}, single);

againstPeers((peer) => {
  describe.each([...DIRECTIONS])("reject_unknown, with %s not known by %s", (stranger, host) => {
    test("the stranger is refused by name and not dialed back", async () => {
      const kinds = { BOX: "box", PEER: peer.kind } as const;
      world = await SuperCluster.start(
        { name: stranger, kind: kinds[stranger], knows: [host], tapped: true },
        { name: host, kind: kinds[host], knows: [], gateway: { reject_unknown: true }, tapped: true },
      );
      const refusal = `-ERR 'Connection to gateway "${host}" rejected'`;
      await until("the stranger is refused twice", () => {
        const said = world!.tap(host).frames("back", stranger);
        return said.filter(({ line }) => line === refusal).length >= 2;
      });
      await expectApart(world);
      expect(world.tap(stranger).connections.length).toBe(0);
    });
  });

  test("reject_unknown lets in who is known", async () => {
    const strict = { reject_unknown: true };
    world = await SuperCluster.start(
      { name: "BOX", kind: "box", gateway: strict },
      { name: "PEER", kind: peer.kind, gateway: strict },
    );
    await world.meshed();
    await allHeard(await world.client("BOX"), await world.client("PEER"));
  });
}, single);

const noCertificates = whyNoCertificates();
if (noCertificates !== undefined) console.error(`SKIPPED gateways with TLS: ${noCertificates}`);

describe.skipIf(noCertificates !== undefined)(`gateways with TLS ${noCertificates ?? ""}`.trim(), () => {
  let dir: string;
  let ours: Authority;
  let theirs: Authority;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-tls-"));
    ours = new Authority(dir, "ours");
    theirs = new Authority(dir, "theirs");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  againstPeers((peer) => {
    const regions = (box: JsonObject, other: JsonObject) =>
      SuperCluster.start(
        { name: "BOX", kind: "box", gateway: box, tapped: true },
        { name: "PEER", kind: peer.kind, gateway: other, tapped: true },
      );

    test("certificates of one authority on both ends link the regions", async () => {
      world = await regions(
        { tls: ours.tls("box"), ...pair("gate", "s3cret") },
        { tls: ours.tls("peer"), ...pair("gate", "s3cret") },
      );
      await world.meshed();
      for (const [from, to] of DIRECTIONS) {
        const [publisher, subscriber] = [await world.client(from), await world.client(to)];
        const whole = await collect(subscriber, "tls.big");
        await heard(publisher, subscriber);
        publisher.publish("tls.big", new Uint8Array(1024 * 1024).fill(7));
        await whole.has(1);
        expect(whole.messages[0]!.data).toEqual(new Uint8Array(1024 * 1024).fill(7));
        whole.unsubscribe();
      }
      // Not one line in clear, either way: a handshake record is the first byte, and no verb can be read.
      for (const [from, to] of DIRECTIONS) {
        expect(world.tap(to).bytes("forth")).toBeGreaterThan(1024 * 1024);
        expect(world.tap(to).frames("forth", from)).toEqual([]);
        expect(
          world
            .tap(to)
            .frames("back")
            .filter(({ verb }) => verb === "INFO"),
        ).toEqual([]);
      }
    });

    if (!thorough(peer)) return;
    test("a certificate of another authority is refused, each way", async () => {
      world = await regions({ tls: ours.tls("box2") }, { tls: theirs.tls("peer2") });
      await dialsInVain(world, 2);
    });

    test("a region without TLS and one with it do not meet", async () => {
      world = await regions({ tls: { ...ours.tls("box3"), timeout: 1 } }, {});
      await dialsInVain(world, 1);
    });
  }, single);
});

/** Neither side has a connection to or from the other, but for the moment in which a new try is refused. */
async function expectApart(regions: SuperCluster): Promise<void> {
  await until("both are apart", async () => {
    for (const [from, to] of DIRECTIONS) {
      if ((await outbound(regions.member(from), to)) !== undefined) return false;
      if ((await inbound(regions.member(to), from)).length > 0) return false;
    }
    return true;
  });
}

/**
 * Waits until each side has dialed so often and was turned away; nobody is linked and nobody has fallen
 * over it.
 */
async function dialsInVain(regions: SuperCluster, times: number): Promise<void> {
  for (const [from, to] of DIRECTIONS) {
    const vain = () => regions.tap(to).connections.filter(({ closed }) => closed).length;
    await until(`${from} is turned away ${times} times by ${to}`, () => vain() >= times, 15_000);
  }
  for (const [from, to] of DIRECTIONS) expect(await inbound(regions.member(to), from)).toEqual([]);
  for (const member of regions.members()) expect(member.running).toBe(true);
}
