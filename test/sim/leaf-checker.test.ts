// What judges leaf links must be able to complain: here each invariant is broken on purpose.

import { expect, test } from "bun:test";
import { bytesOf } from "../../src/base/bytes.ts";
import type { LeafSession } from "../../src/leaf/session.ts";
import { Ledger } from "../../src/sim/ledger.ts";
import { Topology } from "../../src/sim/topology.ts";
import { Truth } from "../../src/sim/truth.ts";
import { World } from "../../src/sim/world.ts";
import { FLEET, HYBRID, link, SIDECARS, TWO } from "./leaf-worlds.ts";
import { QUIET, region } from "./support.ts";

const PLAN = { ...QUIET, users: 1, watchers: false, calmMillis: 3_000 };

/** Runs a healthy world of two boxes in which `meddle` does something half-way. */
function meddled(meddle: (world: World) => void): string {
  const world = new World({ ...PLAN, ...TWO, seed: 2 });
  world.start();
  world.clock.after(1_500, () => meddle(world));
  world.act();
  return world.judge().violations.join("\n");
}

/** The end of the link of account ONE at a place. */
function linkOf(world: World, place: string): LeafSession {
  const { core } = world.boxes.get(place)!;
  return core.leafsOf(core.accounts.idOf("ONE"))[0]!;
}

test("a world with leaf links in which nobody meddles is clean", () => {
  expect(meddled(() => {})).toBe("");
});

test("the tap of a leaf link sees what nobody asked for, what comes twice, what goes back, and who it is", () => {
  const said = (publisher: string, at: string, times: number): string =>
    meddled((world) => {
      const letter = world.ledger.published(world.actor(publisher).party, "nobody", "plain", 5, "");
      linkOf(world, at).egress.bytes(bytesOf(`LMSG nobody 5\r\n${letter.body}\r\n`.repeat(times)));
    });
  const twice = said("aONE0", "a", 2);
  expect(twice).toContain("nobody asked for it");
  expect(twice).toContain("twice on the wire");
  expect(said("aONE0", "b", 1)).toContain("not on its way");
  expect(said("aTWO0", "a", 1)).toContain("another account on the wire");
});

test("the tap of a leaf link sees groups that nobody asked for, and lines of no shape", () => {
  const lines = (text: string): string =>
    meddled((world) => {
      const letter = world.ledger.published(world.actor("aONE0").party, "nobody", "plain", 5, "");
      linkOf(world, "a").egress.bytes(bytesOf(text.replace("BODY", letter.body)));
    });
  expect(lines("LMSG nobody | g1 5\r\nBODY\r\n")).toContain("nobody asked for it");
  expect(lines("LS- a b c\r\n")).toContain("badly formed");
});

test("interest that is not true is seen at the end that believes it, also the members of a group", () => {
  const told = (text: string): string => meddled((world) => linkOf(world, "a").egress.text(text));
  expect(told("LS+ nobody.wants.this\r\n")).toContain("belief of b of a in ONE: has nobody.wants.this");
  expect(told("LS+ jobs g 3\r\n")).toContain("has jobs g 3 too many");
});

test("a link that is not there, and one that ended for no good reason, are seen", () => {
  const said = meddled((world) => {
    const session = linkOf(world, "a");
    session.close("Loop Detected");
    world.network.partition(world.network.path("a", "b"), 1_000_000);
  });
  expect(said).toContain("a of b in ONE: 0 leaf links");
  expect(said).toContain("Loop Detected");
});

test("the topology knows whose interest is told where, and where messages may go", () => {
  const fleet = new Topology(FLEET.regions, FLEET.links);
  expect(fleet.owes("s", "u", "ONE")).toBe(true);
  expect(fleet.owes("u", "s", "ONE")).toBe(false); // u is isolated: nobody tells it of s,
  expect(fleet.passes("u", "s", "ONE")).toBe(true); // but what it sends all the same goes there.
  expect(fleet.owes("s", "t", "ONE") || fleet.passes("s", "t", "ONE")).toBe(false);
  expect(fleet.owes("s", "w", "TWO")).toBe(true);
  expect(fleet.route("s", "v", "TWO")).toBe(null);
  const sidecars = new Topology(SIDECARS.regions, SIDECARS.links);
  expect(sidecars.route("x", "y", "ONE")).toEqual(["x", "a", "b", "y"]);
  expect(sidecars.owes("x", "y", "ONE")).toBe(true);
  const hybrid = new Topology(HYBRID.regions, HYBRID.links);
  expect(hybrid.route("t", "x", "TWO")).toEqual(["t", "e", "b", "a", "x"]);
  expect(hybrid.route("t", "x", "ONE")).toBe(null);
  const hubs = [region("leaf", "x"), region("leaf", "y"), region("box", "a")];
  const between = new Topology(hubs, [link("a", "x"), link("a", "y")]);
  expect(between.passes("x", "y", "ONE")).toBe(true);
  expect(between.tells("x", "y", "ONE")).toBe(false); // A hub hears nothing of another hub.
});

test("the truth counts the members of a group, place by place", () => {
  const topology = new Topology(SIDECARS.regions, SIDECARS.links);
  const ledger = new Ledger({ now: () => 0 }, () => {});
  const user = (name: string, place: string) => ({
    ...{ name, region: place, account: "ONE", echo: true, headers: true, drops: [], deaf: [] },
  });
  for (const name of ["p", "q"]) ledger.opened(user(name, "y"), "1", "jobs", "g", 0);
  ledger.opened(user("r", "b"), "1", "jobs", "g", 0);
  ledger.opened(user("r", "b"), "2", "news.*", null, 0);
  const truth = new Truth(ledger, topology, (place) => [`$LDS.${place}`, "$SYS.REQ"]);
  expect(truth.told("y", "b", "ONE")).toEqual(
    new Map(Object.entries({ "jobs g": 2, "$LDS.y": 1, "$SYS.REQ": 1 })),
  );
  expect([...truth.toGateways("b", "ONE")].sort()).toEqual(["$LDS.y", "jobs g", "news.*"]);
  expect(truth.told("b", "y", "ONE").get("jobs g")).toBe(1);
  // A gateway tells that a group has members, not how many.
  expect([...truth.held("x", "a", "ONE")].sort()).toEqual([
    ["$LDS.a", 1],
    ["$LDS.y", 1],
    ["$SYS.REQ", 1],
    ["jobs g", 1],
    ["news.*", 1],
  ]);
});

test("a world with leaf links comes out the same for the same seed", () => {
  const run = (seed: number): string => {
    const plan = { ...PLAN, faults: true, faultMillis: 3_000, queues: true, requests: true };
    const world = new World({ ...plan, ...HYBRID, compression: "s2_auto", seed });
    world.run();
    return world.trace.tail(Number.MAX_SAFE_INTEGER);
  };
  const [first, again, other] = [run(5), run(5), run(6)];
  expect(first === again).toBe(true);
  expect(first === other).toBe(false);
});
