import { expect, test } from "bun:test";
import { NEVER } from "../../src/base/clock.ts";
import { Heartbeat } from "../../src/peer/heartbeat.ts";

const INTERVAL = 100;

/** A heartbeat whose first PING is due at once, and what is queued in front of it. */
function beating(): Heartbeat {
  const heart = new Heartbeat(INTERVAL, 2);
  heart.start(0, 0);
  return heart;
}

/** One PING that leaves at once and is answered after `rtt`. */
function roundTrip(heart: Heartbeat, at: number, rtt: number): boolean {
  expect(heart.due(at)).toBe("ping");
  heart.sent(at);
  heart.flushed(at, at);
  return heart.pong(at + rtt);
}

test("the first PING is due after its delay, the next after the interval", () => {
  const heart = new Heartbeat(INTERVAL, 2);
  expect([heart.deadline, heart.due(1e12)]).toEqual([NEVER, "none"]);
  heart.start(1_000, 50);
  expect([heart.due(1_049), heart.due(1_050), heart.due(1_050), heart.deadline]).toEqual([
    "none",
    "ping",
    "none",
    1_150,
  ]);
  heart.stop();
  expect([heart.deadline, heart.due(1e12)]).toEqual([NEVER, "none"]);
});

test("a peer is stale when two PINGs went unanswered and a third is due", () => {
  const heart = beating();
  for (const at of [0, 100]) {
    expect(heart.due(at)).toBe("ping");
    heart.sent(6);
  }
  expect(heart.due(199)).toBe("none");
  expect(heart.due(200)).toBe("stale");
  expect([heart.deadline, heart.due(1e9)]).toEqual([NEVER, "none"]);
});

test("a PONG in time starts the count again", () => {
  const heart = beating();
  for (const at of [0, 100]) {
    expect(heart.due(at)).toBe("ping");
    heart.sent(6);
  }
  heart.pong(150);
  for (const at of [200, 300]) {
    expect(heart.due(at)).toBe("ping");
    heart.sent(6);
  }
  expect(heart.due(400)).toBe("stale");
});

test("what was queued before a PING does not count as distance", () => {
  const heart = beating();
  expect(heart.due(0)).toBe("ping");
  heart.sent(1_000_006);
  heart.flushed(400_000, 20);
  heart.flushed(1_000_005, 60);
  heart.flushed(1_000_006, 70);
  heart.flushed(2_000_000, 74);
  expect(heart.pong(75)).toBe(true);
  expect(heart.rttMillis).toBe(5);
});

test("a PONG that answers nothing measures nothing", () => {
  const heart = beating();
  expect([heart.pong(5), heart.rttMillis, heart.distanceMillis]).toEqual([false, 0, 0]);
  expect(heart.due(10)).toBe("ping");
  heart.sent(6);
  expect(heart.pong(11)).toBe(false);
  heart.flushed(6, 12);
  expect([heart.pong(13), heart.rttMillis]).toEqual([false, 0]);
  expect(roundTrip(heart, 200, 7)).toBe(true);
  expect(heart.pong(500)).toBe(false);
  expect(heart.rttMillis).toBe(7);
});

test("a PONG that comes after the next PING is not taken for its answer", () => {
  const heart = beating();
  expect(heart.due(0)).toBe("ping");
  heart.sent(6);
  heart.flushed(6, 0);
  expect(heart.due(100)).toBe("ping");
  heart.sent(12);
  heart.flushed(12, 100);
  expect([heart.pong(101), heart.rttMillis]).toEqual([false, 0]);
  expect(heart.pong(201)).toBe(false);
  expect([roundTrip(heart, 300, 90), heart.rttMillis]).toEqual([true, 90]);
});

test("the distance is the shortest of the last four round trips", () => {
  const heart = beating();
  const trips = [30, 10, 40, 50, 60, 70];
  const distances = trips.map((rtt, i) => {
    roundTrip(heart, i * 100, rtt);
    return [heart.rttMillis, heart.distanceMillis];
  });
  expect(distances).toEqual([
    [30, 30],
    [10, 10],
    [40, 10],
    [50, 10],
    [60, 10],
    [70, 40],
  ]);
});

test("a clock that stands still measures nothing below zero", () => {
  const heart = beating();
  expect([roundTrip(heart, 100, -5), heart.rttMillis]).toEqual([true, 0]);
});
