// Leaf links in seeded worlds: a box as hub, as spoke, between both, and between leafs and gateways.

import { expect, setDefaultTimeout, test } from "bun:test";
import type { Plan } from "../../src/sim/plan.ts";
import { World } from "../../src/sim/world.ts";
import { CHAIN, FLEET, HYBRID, ROW, SHUT, SIDECARS, sidecarAnd, TWO } from "./leaf-worlds.ts";
import { expectClean, QUIET, runAll, seeds, sum } from "./support.ts";

setDefaultTimeout(120_000);

const BUSY: Omit<Plan, "seed" | "regions"> = {
  ...QUIET,
  users: 2,
  queues: true,
  requests: true,
  calmMillis: 10_000,
};
const FAULTY = { ...BUSY, faults: true, faultMillis: 9_000, calmMillis: 8_000 };

test("a fleet behind a box talks through it, but for twins and what is isolated", () => {
  const reports = runAll({ ...BUSY, ...FLEET }, [1]);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(300);
  expect(sum(reports, ({ owed }) => owed.groups)).toBeGreaterThan(50);
  expect(sum(reports, ({ owed }) => owed.answers)).toBeGreaterThan(150);
});

test("a fleet behind a box comes through faults", () => {
  const reports = runAll({ ...FAULTY, ...FLEET }, [2]);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(200);
});

test("two clusters that know no gateways are one by the boxes beside them", () => {
  const reports = runAll({ ...BUSY, watchers: false, ...SIDECARS }, [4]);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(200);
  expect(sum(reports, ({ owed }) => owed.answers)).toBeGreaterThan(150);
});

test("boxes beside clusters come through faults", () => {
  const reports = runAll({ ...FAULTY, watchers: false, ...SIDECARS }, [5]);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(300);
});

test("a box beside a cluster agrees with a server that has gateways, new or old", () => {
  const plan = { ...FAULTY, watchers: false, strays: 12, boxThreshold: 4, modelThreshold: 6 };
  const reports = [...runAll({ ...plan, ...sidecarAnd("iom") }, [7])];
  reports.push(...runAll({ ...plan, ...sidecarAnd("old") }, [8]));
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(200);
});

test("a box is the spoke of a box, also compressed", () => {
  const reports = [...runAll({ ...FAULTY, ...TWO, compression: "s2_auto" }, [9])];
  reports.push(...runAll({ ...BUSY, ...ROW, compression: "s2_fast" }, [11]));
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(300);
});

test("a fleet behind a box that is itself a spoke is one with its hub and the hub's other spokes", () => {
  const reports = runAll({ ...FAULTY, ...CHAIN }, [13]);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(500);
});

test("a hub hears nothing of the fleet behind a spoke that keeps it to itself", () => {
  const reports = runAll({ ...BUSY, ...SHUT }, [16]);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(200);
});

test("leafs, hubs, chains and gateways together, with users everywhere", () => {
  const reports = runAll({ ...FAULTY, watchers: false, ...HYBRID }, [15]);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(600);
  expect(sum(reports, ({ owed }) => owed.groups)).toBeGreaterThan(100);
});

test("a list of interest longer than a slice agrees with the changes made while it is written to a leaf", () => {
  const regions = TWO.regions.map((place) => ({ ...place, accounts: ["ONE"] }));
  const links = TWO.links.map((each) => ({ ...each, accounts: ["ONE"] }));
  for (const seed of seeds([21])) {
    const compression = seed % 2 === 0 ? "off" : "s2_fast";
    const plan = { ...QUIET, users: 1, bulk: 800, queues: true, faults: true, faultMillis: 0 };
    const world = new World({ ...plan, calmMillis: 2_500, compression, regions, links, seed });
    world.start();
    for (const at of [500, 1_600])
      world.clock.after(at, () => world.network.cut(world.network.path("a", "b")));
    world.act();
    expectClean(seed, world.judge());
  }
});
