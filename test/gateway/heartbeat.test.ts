// PING, PONG, distance and staleness on gateway connections: gateway.md §5.6, §5.7.

import { describe, expect, test } from "bun:test";
import { Box } from "../support/core-world.ts";

/** At which times the peer was pinged within `millis`, looked at every 100 ms; it never answers. */
function pingTimes(box: Box, peer: { hears(): string[] }, millis: number): number[] {
  const times: number[] = [];
  for (let at = 100; at <= millis; at += 100) {
    box.wait(100);
    for (const line of peer.hears()) if (line === "PING") times.push(at);
  }
  return times;
}

for (const kind of ["inbound", "outbound"] as const) {
  describe(`an ${kind} connection`, () => {
    test("is pinged after a second and at most a fifth more, then every 15 s, and is stale after two", () => {
      const box = new Box();
      const peer = kind === "inbound" ? box.inbound("B") : box.outbound("B");
      peer.answersPings = false;
      peer.hears();
      const times = pingTimes(box, peer, 20_000);
      expect(times).toHaveLength(2);
      expect(times[0]!).toBeGreaterThanOrEqual(1_000);
      expect(times[0]!).toBeLessThanOrEqual(1_300);
      expect(times[1]! - times[0]!).toBe(15_000);
      expect(peer.ended).toBeNull();
      box.wait(15_000);
      expect(peer.hears()).toEqual(["-ERR 'Stale Connection'"]);
      expect(peer.ended).toBe("Stale Connection");
      expect(box.core.staleConnections.gateways).toBe(1);
    });

    test("stays up for hours when PONGs come, whatever else comes or does not", () => {
      const box = new Box();
      const peer = kind === "inbound" ? box.inbound("B") : box.outbound("B");
      box.wait(4 * 3_600_000);
      expect(peer.ended).toBeNull();
    });

    test("is stale although it talks: only PONG counts", () => {
      const box = new Box();
      const peer = kind === "inbound" ? box.inbound("B") : box.outbound("B");
      peer.answersPings = false;
      for (let i = 0; i < 40 && peer.ended === null; i++) {
        box.wait(1_000);
        if (peer.ended === null) peer.says("PING");
      }
      expect(peer.ended).toBe("Stale Connection");
    });
  });
}

test("the distance is what a PING took, not what was queued before it", () => {
  const box = new Box();
  const remote = box.outbound("B", { gateway_iom: false });
  const client = box.client();
  remote.answersPings = false;
  remote.appetite = 0;
  client.says(`PUB foo 100000\r\n${"x".repeat(100_000)}`);
  box.wait(1_300);
  expect(remote.session.egress.pendingBytes).toBeGreaterThan(100_000);
  box.wait(3_000);
  remote.resumes();
  box.wait(20);
  remote.says("PONG");
  expect(remote.session.heartbeat.rttMillis).toBe(20);
  expect(remote.session.heartbeat.distanceMillis).toBe(20);
});

test("a PONG that nobody asked for measures nothing", () => {
  const box = new Box();
  const remote = box.outbound("B");
  box.wait(500);
  remote.says("PONG");
  expect(remote.session.heartbeat.rttMillis).toBe(0);
});

test("outbound connections stand in the order of their distance; a fresh one stands first", () => {
  const box = new Box();
  const answer = (name: string, millis: number) => {
    const remote = box.outbound(name);
    remote.answersPings = false;
    box.wait(1_300);
    box.wait(millis);
    remote.says("PONG");
    remote.answersPings = true;
    return remote;
  };
  const far = answer("FAR", 900);
  const near = answer("NEAR", 100);
  const names = () => box.core.outbounds.map(({ gateway }) => gateway);
  expect(far.session.heartbeat.distanceMillis).toBeGreaterThan(near.session.heartbeat.distanceMillis);
  expect(names()).toEqual(["NEAR", "FAR"]);
  box.outbound("NEW");
  expect(names()).toEqual(["NEW", "NEAR", "FAR"]);
  near.goes();
  expect(names()).toEqual(["NEW", "FAR"]);
});
