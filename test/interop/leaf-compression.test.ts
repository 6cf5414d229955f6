// Compression of leaf links: every mode with every mode, what each end says that it sends with, and that
// nothing is changed by it.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { acrossLeafs, type LeafPair, newest, startPair } from "../support/leaf-sides.ts";
import { bodiesOf, carriesBothWays } from "../support/leaf-traffic.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import { leafs } from "../support/leafz.ts";
import { HAS_STAND_IN, type JsonObject, type Kind } from "../support/member.ts";
import { collect, heard, unique } from "../support/messages.ts";
import { guardProcesses } from "../support/process.ts";

setDefaultTimeout(60_000);
guardProcesses();

const MODES = ["s2_auto", "s2_fast", "s2_better", "s2_best", "accept", "off"] as const;
type Mode = (typeof MODES)[number] | "s2_uncompressed";

/** A nats-server sends uncompressed blocks where s2_auto finds that good, and cannot be told to. */
function modesOf(kind: Kind): readonly Mode[] {
  return kind === "box" && !HAS_STAND_IN ? [...MODES, "s2_uncompressed"] : MODES;
}

/** With an older peer, whose blocks are the same, some modes of the hub stand for all. */
function hubModesOf(pair: LeafPair): readonly Mode[] {
  return newest(pair) ? modesOf(pair.hub) : ["s2_auto", "s2_best", "accept"];
}

const BODIES = bodiesOf(2_000);

/** The blocks are the same whatever the age of the peer, so an older one shows them with fewer. */
function loadFor(pair: LeafPair): readonly Uint8Array[] {
  return newest(pair) ? BODIES : BODIES.slice(0, 500);
}

// One link a mode of the spoke, each in an account of its own, so that two servers show many pairs.
acrossLeafs(
  (pair) => {
    describe.each([...hubModesOf(pair)])("the hub has %s", (hub) => {
      let world: LeafWorld;
      beforeAll(async () => {
        world = await linkOfEachMode(pair, hub);
      });
      afterAll(() => world?.close());

      test.each([...modesOf(pair.spoke)])("and the spoke %s", async (spoke) => {
        const said = async (place: "HUB" | "SPOKE") => {
          const all = await leafs(world.member(place));
          return all.find(({ account }) => account === spoke)?.compression ?? "off";
        };
        const clients = await Promise.all(
          ["HUB", "SPOKE"].map((place) => world.client(place, { account: spoke })),
        );
        await carriesBothWays(clients[0]!, clients[1]!, loadFor(pair));
        await world.closeClients();
        expect(sentWith(hub, spoke)).toContain(await said("HUB"));
        expect(sentWith(spoke, hub)).toContain(await said("SPOKE"));
      });
    });
  },
  ({ hub, spoke }) => hub !== "2.9" && spoke !== "2.9" && !(hub === "box" && spoke === "box"),
);

acrossLeafs(
  (pair) => {
    for (const compression of ["s2_auto", "s2_best", "accept", "off"]) {
      const block = { compression };
      const own = pair.hub === "box" ? { hub: { leafnodes: block } } : { link: { remote: block } };
      test(`a box with ${compression} and one that knows no compression`, async () => {
        const world = await startPair(pair, own);
        try {
          await carriesBothWays(await world.client("HUB"), await world.client("SPOKE"), loadFor(pair));
          const box = world.member(pair.hub === "box" ? "HUB" : "SPOKE");
          const said = (await leafs(box))[0]!.compression ?? "off";
          expect(["off", "not supported"]).toContain(said);
        } finally {
          await world.close();
        }
      });
    }
  },
  ({ hub, spoke }) => hub === "2.9" || spoke === "2.9",
);

acrossLeafs(
  (pair) => {
    test("compression makes text small on the wire, both ways, and off leaves it as it is", async () => {
      const sizes: Record<string, readonly number[]> = {};
      for (const compression of ["s2_fast", "s2_better", "s2_best", "off"]) {
        sizes[compression] = await wireBytes(pair, { compression });
      }
      for (const way of [0, 1]) {
        expect(sizes["off"]![way]).toBeGreaterThan(TEXT_BYTES);
        for (const mode of ["s2_fast", "s2_better", "s2_best"])
          expect(sizes[mode]![way]).toBeLessThan(TEXT_BYTES / 4);
      }
    });
  },
  ({ hub, spoke }) => hub !== "2.9" && spoke !== "2.9",
);

const TEXT = Buffer.from(
  Array.from({ length: 200 }, (_, i) => `{"order":${4_711 + i},"region":"eu-west","state":"shipped"}`).join(
    "\n",
  ),
);
const TEXT_COUNT = 50;
const TEXT_BYTES = TEXT.length * TEXT_COUNT;

function linkOfEachMode(pair: LeafPair, mode: Mode): Promise<LeafWorld> {
  return LeafWorld.up({
    clusters: [
      { name: "HUB", kind: pair.hub, accounts: modesOf(pair.spoke), leafnodes: { compression: mode } },
      { name: "SPOKE", kind: pair.spoke, accounts: modesOf(pair.spoke) },
    ],
    links: modesOf(pair.spoke).map((account) => ({
      from: "SPOKE",
      to: "HUB",
      account,
      remote: { compression: account },
    })),
  });
}

/**
 * What an end with mode `own` may send with, by what the other has. With s2_auto the round-trip time
 * decides.
 */
function sentWith(own: Mode, other: Mode): readonly string[] {
  const auto = ["s2_uncompressed", "s2_fast", "s2_better", "s2_best"];
  if (own === "off" || other === "off") return ["off"];
  if (own === "s2_auto") return auto;
  if (own !== "accept") return [own];
  if (other === "accept") return ["off"];
  return other === "s2_auto" ? ["s2_fast"] : [other];
}

/** Bytes that a text takes on the link, from the hub and from the spoke. */
async function wireBytes(pair: LeafPair, block: JsonObject): Promise<number[]> {
  const world = await startPair(pair, {
    hub: { tapped: true, leafnodes: block },
    link: { remote: block },
  });
  try {
    const sizes: number[] = [];
    for (const [from, to, way] of [
      ["HUB", "SPOKE", "back"],
      ["SPOKE", "HUB", "forth"],
    ] as const) {
      const [publisher, subscriber] = [await world.client(from), await world.client(to)];
      const subject = unique("text");
      const received = await collect(subscriber, subject);
      await heard(publisher, subscriber);
      const before = world.tap("HUB").bytes(way);
      for (let i = 0; i < TEXT_COUNT; i++) publisher.publish(subject, TEXT);
      await received.has(TEXT_COUNT);
      sizes.push(world.tap("HUB").bytes(way) - before);
    }
    return sizes;
  } finally {
    await world.close();
  }
}
