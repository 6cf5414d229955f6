import { expect, setDefaultTimeout, test } from "bun:test";
import { World } from "../../src/sim/world.ts";
import { expectClean, QUIET, region, runAll, seeds, sum } from "./support.ts";

setDefaultTimeout(120_000);

const TWO_BOXES = [region("box", "a"), region("box", "b")];
const MESH = [...TWO_BOXES, region("box", "c")];

test("two boxes lose nothing, double nothing and keep the order", () => {
  const reports = runAll({ ...QUIET, regions: TWO_BOXES }, [1, 2]);
  expect(sum(reports, ({ owed }) => owed.plain)).toBeGreaterThan(500);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(200);
});

test("of each queue group one member gets a message, wherever it is", () => {
  const reports = runAll({ ...QUIET, queues: true, regions: TWO_BOXES }, [4, 14]);
  expect(sum(reports, ({ owed }) => owed.groups)).toBeGreaterThan(100);
});

test("each question between boxes gets its answer although news of the inbox travels with it", () => {
  const reports = runAll({ ...QUIET, queues: true, requests: true, regions: TWO_BOXES }, [5, 6]);
  expect(sum(reports, ({ owed }) => owed.answers)).toBeGreaterThan(100);
});

test("two boxes come through cuts, stalls, partitions, crashes and bad clients", () => {
  const plan = { ...QUIET, faults: true, queues: true, requests: true, regions: TWO_BOXES };
  const reports = runAll(plan, [7, 8, 9]);
  expect(sum(reports, ({ owed }) => owed.plain)).toBeGreaterThan(500);
});

test("three boxes find each other and stay a mesh that passes nothing on", () => {
  const reports = runAll({ ...QUIET, queues: true, requests: true, regions: MESH }, [3]);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(200);
});

test("three boxes come through faults", () => {
  const reports = runAll({ ...QUIET, faults: true, queues: true, requests: true, regions: MESH }, [3, 10]);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(200);
});

test("a box and a server that announces all its interest agree", () => {
  const plan = { ...QUIET, queues: true, requests: true, strays: 12 };
  const regions = [region("box", "a"), region("iom", "m")];
  const reports = runAll({ ...plan, regions }, [11, 14]);
  reports.push(...runAll({ ...plan, faults: true, regions }, [12]));
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(300);
  expect(sum(reports, ({ owed }) => owed.answers)).toBeGreaterThan(100);
});

test("a box and an optimistic server agree before, while and after it switches", () => {
  const plan = { ...QUIET, watchers: false, strays: 12, boxThreshold: 4, modelThreshold: 6 };
  const regions = [region("box", "a"), region("old", "m")];
  const reports = runAll({ ...plan, queues: true, requests: true, regions }, [13, 15]);
  reports.push(...runAll({ ...plan, faults: true, queues: true, requests: true, regions }, [16]));
  expect(sum(reports, ({ switches }) => switches)).toBeGreaterThan(3);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(100);
});

test("a box and an optimistic server that refuses accounts while they are empty agree", () => {
  const plan = { ...QUIET, watchers: false, shy: true, strays: 2, queues: true, calmMillis: 30_000 };
  const reports = runAll({ ...plan, regions: [region("box", "a"), region("old", "m")] }, [17, 18]);
  expect(sum(reports, ({ owed }) => owed.crossing)).toBeGreaterThan(50);
});

test("accounts never mix, also those that only one end has", () => {
  const regions = [
    region("box", "a", ["ONE", "TWO", "BOX"]),
    region("old", "m", ["ONE", "TWO", "OLD"]),
    region("iom", "n", ["ONE", "NEW"]),
  ];
  const plan = { ...QUIET, users: 2, strays: 6, queues: true, boxThreshold: 3, modelThreshold: 5 };
  const reports = runAll({ ...plan, regions }, [19]);
  expect(sum(reports, ({ owed }) => owed.plain)).toBeGreaterThan(100);
});

test("a list of interest longer than a slice agrees with the changes made while it is written", () => {
  const plan = {
    ...QUIET,
    users: 1,
    bulk: 1_000,
    queues: true,
    calmMillis: 9_000,
    faults: true,
    faultMillis: 0,
  };
  const regions = [region("box", "a", ["ONE"]), region("box", "b", ["ONE"])];
  for (const seed of seeds([20])) {
    const world = new World({ ...plan, regions, seed });
    world.start();
    const path = world.network.path("a", "b");
    for (let at = 500; at < plan.calmMillis; at += 1_700)
      world.clock.after(at, () => world.network.cut(path));
    world.act();
    expectClean(seed, world.judge());
  }
});
