// A box that is to go: who is told, who is sent away when, and when it is over.

import { expect, test } from "bun:test";
import { Box } from "../support/core-world.ts";

const TIMES = { durationMillis: 120_000, gracePeriodMillis: 10_000 };

/** A box with a lame duck, and whether it is over. */
function lame(box: Box, times = TIMES): { over: number } {
  const seen = { over: 0 };
  box.core.lameDuck(times, box.now, () => seen.over++);
  box.settle();
  return seen;
}

test("clients that know later INFOs are told, once, and the others not", () => {
  const box = new Box();
  const knows = box.client({ protocol: 1 });
  knows.says("PING");
  knows.hears();
  const early = box.client({ protocol: 1 });
  const old = box.client({ protocol: 0 });
  old.says("PING");
  old.hears();
  lame(box);
  expect(knows.hearsRaw()).toMatch(/^INFO \{[^\n]*"ldm":true\} \r\n$/);
  expect(old.hearsRaw()).toBe("");
  // Who had no INFO after his first PING is told with it.
  expect(early.hearsRaw()).toBe("");
  early.says("PING");
  expect(early.hearsRaw()).toMatch(/^PONG\r\nINFO \{[^\n]*"connect_info":true[^\n]*"ldm":true\} \r\n$/);
  box.wait(100);
  expect(knows.hearsRaw()).toBe("");
});

test("leafs that dialled us are told, and hubs and gateways hear nothing", () => {
  const box = new Box({ leaf: { remotes: [{}] } });
  const spoke = box.spoke("SPOKE");
  const hub = box.hub("HUB");
  const gateway = box.inbound("B");
  box.client();
  for (const peer of [spoke, hub, gateway]) peer.hearsRaw();
  lame(box);
  expect(spoke.hearsRaw()).toMatch(/^INFO \{.*"ldm":true\}\r\n$/);
  expect(hub.hearsRaw()).toBe("");
  expect(gateway.hearsRaw()).toBe("");
});

test("nobody is closed in the grace period, then all are, spread over the rest of the time", () => {
  const box = new Box({ maxConnections: 1_000, gateway: {} });
  const clients = Array.from({ length: 400 }, () => box.client());
  const gateway = box.inbound("B");
  const seen = lame(box);
  const left = () => clients.filter(({ ended }) => ended === null).length;
  box.wait(9_999);
  expect(left()).toBe(400);
  expect(box.log).not.toContain("info Closing existing clients");
  box.wait(1);
  expect(box.log.filter((line) => line === "info Closing existing clients")).toHaveLength(1);
  const over: number[] = [];
  for (let second = 0; second < 110 && seen.over === 0; second++) {
    const before = left();
    box.wait(1_000);
    over.push(before - left());
  }
  expect(left()).toBe(0);
  expect(seen.over).toBe(1);
  // 275 ms apart on average, half of that at least: no second sees a storm.
  expect(Math.max(...over)).toBeLessThanOrEqual(8);
  expect(over.length).toBeGreaterThan(70);
  expect(new Set(clients.map(({ ended }) => ended))).toEqual(new Set(["Server Shutdown"]));
  expect(gateway.ended).toBeNull();
  box.wait(60_000);
  expect(seen.over).toBe(1);
});

test("few clients are a second apart at most", () => {
  const box = new Box();
  const clients = [box.client(), box.client(), box.client()];
  const seen = lame(box, { durationMillis: 3_600_000, gracePeriodMillis: 0 });
  box.wait(2_000);
  expect(clients.every(({ ended }) => ended === "Server Shutdown")).toBe(true);
  expect(seen.over).toBe(1);
});

test("it is over at once where nobody is, and as soon as all have gone by themselves", () => {
  const empty = new Box();
  const none = lame(empty);
  expect(none.over).toBe(0); // Not within the call, which may come from a session.
  empty.wait(0);
  expect(none.over).toBe(1);
  const box = new Box();
  const [one, other] = [box.client(), box.client()];
  const seen = lame(box);
  one.goes();
  box.wait(5_000);
  expect(seen.over).toBe(0);
  other.goes();
  box.wait(0);
  expect(seen.over).toBe(1);
});

test("a second lame duck changes nothing", () => {
  const box = new Box();
  const client = box.client({ protocol: 1 });
  client.says("PING");
  client.hears();
  const first = lame(box);
  client.hearsRaw();
  const second = lame(box, { durationMillis: 1, gracePeriodMillis: 0 });
  expect(client.hearsRaw()).toBe("");
  box.wait(9_000);
  expect(client.ended).toBeNull();
  box.wait(2_000);
  expect([first.over, second.over]).toEqual([1, 0]);
});
