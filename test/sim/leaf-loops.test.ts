// Leaf links that close a ring: the ring is opened again, says why, and carries no storm meanwhile.

import { expect, setDefaultTimeout, test } from "bun:test";
import { LEAF_PORT } from "../../src/sim/box-leaf.ts";
import { LineReader } from "../../src/sim/frames.ts";
import type { LinkPlan, RegionPlan } from "../../src/sim/plan.ts";
import { World } from "../../src/sim/world.ts";
import { link } from "./leaf-worlds.ts";
import { QUIET, region, seeds } from "./support.ts";

setDefaultTimeout(60_000);

const lone = (name: string): RegionPlan => ({ ...region("box", name, ["ONE"]), gateway: false });
const RING_OF = (...names: string[]): LinkPlan[] =>
  names.map((name, i) => link(name, names[(i + 1) % names.length]!, { accounts: ["ONE"] }));

/** All messages and loops of a world in which users act for a while. */
interface Seen {
  readonly world: World;
  /** By letter: lines on leaf links. */
  readonly lines: ReadonlyMap<string, number>;
  readonly loops: number;
  /** Leaf links that are up, seen from the end that solicited. */
  readonly up: number;
}

const LIVE_MILLIS = 15_000;
/** Longest time in which a ring stands before it is opened: some rounds of the handshakes and of the news. */
const FLICKER_MILLIS = 3_000;

function live(
  seed: number,
  regions: readonly RegionPlan[],
  links: readonly LinkPlan[],
  millis: number,
): Seen {
  const plan = { ...QUIET, users: 2, queues: true, ring: true, calmMillis: millis };
  const world = new World({ ...plan, seed, regions, links });
  const lines = new Map<string, number>();
  world.network.watch = (connection, { port }) => {
    if (port !== LEAF_PORT) return;
    const readers = { dialer: new LineReader(), acceptor: new LineReader() };
    connection.tap = (towards, chunk) => {
      for (const { verb, body } of readers[towards].feed(chunk)) {
        if (verb !== "LMSG" && verb !== "HMSG") continue;
        const id = body.split(" ")[0]!;
        lines.set(id, (lines.get(id) ?? 0) + 1);
      }
    };
  };
  world.start();
  world.act();
  let loops = 0;
  let up = 0;
  for (const { core } of world.boxes.values()) {
    for (const { loops: found, session } of core.leafs?.remotes.all ?? []) {
      loops += found;
      if (session?.ready === true) up++;
    }
  }
  for (const model of world.leafs.values()) {
    loops += model.loops;
    up += [...model.links].filter(({ dial, ready }) => dial !== null && ready).length;
  }
  return { world, lines, loops, up };
}

/** What is wrong in a world whose links are a ring no more: nothing but what happened while it was one. */
function wrongs({ ledger, clock }: World, from: number, to: number): string[] {
  expect(clock.now()).toBeGreaterThan(to);
  return ledger.violations.filter((what) => {
    const at = Number.parseFloat(what);
    return (at > from && at < to) || !/a duplicate|an echo|out of order/.test(what);
  });
}

/** Each message passes each link of the ring a few times at most, and hardly any more than once. */
function expectNoStorm({ world, lines }: Seen, links: number): void {
  const counts = [...lines.values()];
  expect(Math.max(...counts)).toBeLessThanOrEqual(links * 6);
  const sum = counts.reduce((total, count) => total + count, 0);
  expect(sum).toBeLessThanOrEqual(world.ledger.letters.length * links);
}

const RINGS = [
  { of: "boxes", regions: [lone("a"), lone("b"), lone("c")], links: RING_OF("a", "b", "c") },
  {
    of: "boxes and servers",
    regions: [lone("a"), region("leaf", "x", ["ONE"]), lone("c")],
    links: RING_OF("a", "x", "c"),
  },
  {
    of: "one box and servers",
    regions: [lone("a"), region("leaf", "x", ["ONE"]), region("leaf", "y", ["ONE"])],
    links: RING_OF("y", "a", "x"),
  },
];

for (const { of, regions, links } of RINGS) {
  test(`a ring of ${of} is opened as a loop, and carries no storm`, () => {
    for (const seed of seeds([1])) {
      const seen = live(seed, regions, links, LIVE_MILLIS);
      expect(seen.loops).toBeGreaterThan(0);
      expect(seen.up).toBeLessThan(links.length);
      expectNoStorm(seen, links.length);
      expect(wrongs(seen.world, FLICKER_MILLIS, LIVE_MILLIS)).toEqual([]);
    }
  });
}

test("a leaf with links to two regions that gateways join is a loop too", () => {
  const regions = [region("box", "a", ["ONE"]), region("box", "b", ["ONE"]), region("leaf", "s", ["ONE"])];
  const links = [link("s", "a", { accounts: ["ONE"] }), link("s", "b", { accounts: ["ONE"] })];
  for (const seed of seeds([3])) {
    const seen = live(seed, regions, links, LIVE_MILLIS);
    expect(seen.loops).toBeGreaterThan(0);
    expect(seen.up).toBeLessThan(links.length);
    expectNoStorm(seen, links.length);
    expect(wrongs(seen.world, FLICKER_MILLIS, LIVE_MILLIS)).toEqual([]);
  }
});

test("a ring that stays closed is found again each time that it closes, half a minute apart", () => {
  const [ring] = RINGS;
  const millis = 70_000;
  for (const seed of seeds([4])) {
    const seen = live(seed, ring!.regions, ring!.links, millis);
    expect(seen.loops).toBeGreaterThan(1);
    expect(seen.loops).toBeLessThan(20);
    expectNoStorm(seen, ring!.links.length);
  }
});
