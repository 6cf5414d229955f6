// However many ask, answers take only their share of the time; nobody waits while there is little to do.

import { expect, test } from "bun:test";
import { WorkShare } from "../../src/monitor/work-share.ts";

/** A world whose clock is turned by work and by sleep. */
function makeWorld() {
  const world = {
    millis: 0,
    now: () => world.millis,
    sleep: async (millis: number) => {
      world.millis += millis;
    },
  };
  return { world, share: new WorkShare(world) };
}

test("what is asked for now and then is answered at once", () => {
  const { world, share } = makeWorld();
  for (let i = 0; i < 100; i++) {
    const answer = share.run(() => {
      world.millis += 50;
      return i;
    });
    expect(answer).toBe(i);
    world.millis += 1_000;
  }
});

test("in the long run work takes a sixth of the time, in the order in which it was asked for", async () => {
  const { world, share } = makeWorld();
  const order: number[] = [];
  const work = (i: number) => () => {
    world.millis += 100;
    order.push(i);
  };
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 16 }, (_, i) => share.run(work(round * 16 + i))));
  }
  expect(order).toEqual(Array.from({ length: 160 }, (_, i) => i));
  expect((160 * 100) / world.millis).toBeWithin(0.15, 0.21);
});

test("more than can wait are refused, and those that wait are answered", async () => {
  const { world, share } = makeWorld();
  share.run(() => {
    world.millis += 400;
  });
  const asked = Array.from({ length: 100 }, () => share.run(() => "answer"));
  expect(asked.filter((answer) => answer === null)).toHaveLength(84);
  expect((await Promise.all(asked)).filter((answer) => answer === "answer")).toHaveLength(16);
  expect(share.run(() => "answer")).toBe("answer");
});

test("an answer that took very long shuts nobody out for long", async () => {
  const { world, share } = makeWorld();
  share.run(() => {
    world.millis += 60_000;
  });
  const from = world.millis;
  await share.run(() => {});
  expect(world.millis - from).toBeWithin(4_000, 6_000);
});

test("work that throws is paid for, and the next is done", async () => {
  const { world, share } = makeWorld();
  const broken = (): never => {
    world.millis += 500;
    throw new Error("broken");
  };
  expect(() => share.run(broken)).toThrow("broken");
  const [first, second] = [share.run(broken), share.run(() => 2)];
  await expect(first as Promise<never>).rejects.toThrow("broken");
  expect(await second).toBe(2);
});
