// Worlds in which one thing happens, written by hand: what random ones found once.

import { expect, test } from "bun:test";
import type { ModelClient } from "../../src/sim/model-client.ts";
import type { Plan } from "../../src/sim/plan.ts";
import { World } from "../../src/sim/world.ts";
import { expectClean, QUIET, region } from "./support.ts";

/** Long enough for interest to settle, as the checker sees it. */
const SETTLED_MILLIS = 5_000;

function world(more: Partial<Plan> = {}): World {
  const regions = [region("box", "a", ["ONE"]), region("box", "b", ["ONE"])];
  const made = new World({ ...QUIET, seed: 1, regions, ...more });
  made.start();
  return made;
}

/** A user whose echo is as asked; which ones have it is the seed's choice. */
function userOf(made: World, place: string, echo: boolean): ModelClient {
  const found = made.actors.find(({ party }) => party.region === place && party.echo === echo);
  expect(found).toBeDefined();
  return found as ModelClient;
}

test("a group that was served here is not served elsewhere, though its only member here left by that", () => {
  const made = world({ users: 12 });
  const quiet = userOf(made, "a", false);
  quiet.subscribe("x", "alone");
  userOf(made, "a", true).subscribe("x", "served", false, 1);
  userOf(made, "b", true).subscribe("x", "served");
  made.pass(SETTLED_MILLIS);
  quiet.publish("x", 10);
  const report = made.judge();
  expectClean(1, report);
  expect(report.deliveries).toBe(1);
});

test("a publisher without echo that is the only member here leaves its group to other regions", () => {
  const made = world({ users: 12 });
  const quiet = userOf(made, "a", false);
  quiet.subscribe("x", "group");
  userOf(made, "b", true).subscribe("x", "group");
  made.pass(SETTLED_MILLIS);
  quiet.publish("x", 10);
  const report = made.judge();
  expectClean(1, report);
  expect(report.owed.groups).toBe(1);
});

test("a client that breaks the protocol and does not read is let go all the same", () => {
  const made = world({ faults: true });
  const rude = userOf(made, "a", true);
  rude.subscribe("x", null);
  made.pass(100);
  for (const connection of made.network.path("a", "a").connections) {
    if (rude.holds(connection.dialer)) connection.deafen(60_000);
  }
  for (let i = 0; i < 200; i++) rude.publish("x", 2_000);
  made.pass(200);
  rude.misbehave();
  const report = made.judge();
  const hanging = report.violations.filter((what) => what.includes("never ended"));
  expect(hanging).toEqual([]);
});

test("an optimistic server that takes its refusal back by a queue row gets what it wants then", () => {
  const regions = [region("box", "a", ["ONE"]), region("old", "m", ["ONE"])];
  const made = world({ regions });
  const [box, remote] = [userOf(made, "a", true), made.actors.find(({ party }) => party.region === "m")!];
  box.publish("x", 10);
  made.pass(1_000);
  remote.subscribe("y", "group");
  remote.subscribe("x", null);
  made.pass(SETTLED_MILLIS);
  box.publish("x", 10);
  const report = made.judge();
  expectClean(1, report);
  expect(report.owed.crossing).toBe(1);
});
