// The appliance as a whole: what begins, what ends, and what is left behind.

import { describe, expect, test } from "bun:test";
import { NEVER } from "../../src/base/clock.ts";
import { Box, complete, start, url } from "../support/core-world.ts";

describe("the end of an appliance", () => {
  test("stop ends every connection as a shutdown, and nothing is dialled again", () => {
    const box = new Box({ gateway: { remotes: [{ name: "B", urls: [url("b")] }] } });
    const peers = [box.client(), box.inbound("C"), box.outbound("B")];
    box.core.stop();
    box.settle();
    expect(peers.map(({ ended }) => ended)).toEqual([
      "Server Shutdown",
      "Server Shutdown",
      "Server Shutdown",
    ]);
    expect(box.core.sessions.size).toBe(0);
    box.dials.length = 0;
    box.wait(30_000);
    expect(box.dials).toEqual([]);
  });

  test("what waits for a peer still goes out when the appliance stops", () => {
    const box = new Box();
    const [client, other] = [box.client(), box.client()];
    other.says("SUB foo 1");
    other.appetite = 5;
    client.says("PUB foo 3\r\nabc");
    box.core.stop();
    box.settle();
    expect(other.ended).toBeNull();
    other.resumes();
    expect(other.hearsRaw()).toBe("MSG foo 1 3\r\nabc\r\n");
    expect(other.ended).toBe("Server Shutdown");
  });
});

describe("books", () => {
  test("closed connections are kept with their reason, the last ones of them", () => {
    const box = new Box();
    const client = box.client({ name: "first" });
    box.wait(50);
    client.goes();
    const bad = box.client();
    bad.says("WHAT");
    const closed = box.core.closed.toArray();
    expect(closed.map(({ reason }) => reason)).toEqual(["Client Closed", "Parse Error"]);
    expect(closed[0]!.at - closed[0]!.session.startedAt).toBe(50);
    expect(box.core.totalConnections).toBe(2);
  });

  test("a connection is counted as over once, however it ends", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB foo 1");
    client.says("WHAT");
    client.goes();
    client.session.lost("Read Error", box.now);
    expect(box.core.closed.length).toBe(1);
    expect(box.core.store.rows()).toBe(0);
  });

  test("ids of connections are never used twice", () => {
    const box = new Box();
    const ids = new Set<number>();
    for (let i = 0; i < 50; i++) {
      const peer = i % 2 === 0 ? box.client() : box.inbound("B");
      ids.add(peer.session.id);
      peer.goes();
    }
    expect(ids.size).toBe(50);
  });

  test("a quiet appliance has no deadline that lies behind it", () => {
    const box = new Box();
    expect(box.core.deadline).toBe(NEVER);
    box.client();
    box.inbound("B");
    box.outbound("C");
    for (let i = 0; i < 200; i++) {
      box.wait(500);
      expect(box.core.deadline).toBeGreaterThan(box.now);
    }
  });
});

test("the interest of a remote that is gone is cleared away in steps, and unseen at once", () => {
  const box = new Box();
  const remote = box.outbound("B");
  remote.says(start("B", "$G"));
  const lines: string[] = [];
  for (let i = 0; i < 20_000; i++) lines.push(`RS+ $G s.${i}\r\n`);
  remote.saysRaw(lines.join(""));
  remote.says(complete("B", "$G"));
  const client = box.client();
  client.says("SUB s.5 1");
  expect(box.core.store.rows()).toBe(20_001);
  remote.goes();
  client.says("SUB _INBOX.> 2", "PUB s.6 _INBOX.1 0\r\n");
  expect(client.hears()[0]).toStartWith("HMSG _INBOX.1 2");
  expect(box.core.store.rows()).toBeGreaterThan(10_000);
  box.core.tick(box.now);
  expect(box.core.store.rows()).toBeGreaterThan(10_000);
  box.wait(1);
  expect(box.core.store.rows()).toBe(2);
  client.says("PUB s.5 0\r\n");
  expect(client.hears()[0]).toBe("MSG s.5 1 0");
});

test("a remote that comes back while its old interest is cleared away keeps its new one", () => {
  const box = new Box({ gateway: { remotes: [{ name: "B", urls: [url("b")] }] } });
  const list = (count: number): string => {
    const lines: string[] = [];
    for (let i = 0; i < count; i++) lines.push(`RS+ $G s.${i}\r\n`);
    return `${start("B", "$G")}\r\n${lines.join("")}${complete("B", "$G")}\r\n`;
  };
  const old = box.outbound("B");
  old.saysRaw(list(20_000));
  old.goes();
  const next = box.outbound("B");
  next.saysRaw(list(100));
  box.wait(10);
  expect(box.core.store.rows()).toBe(100);
  box.client().says("PUB s.99 0\r\n", "PUB s.100 0\r\n");
  expect(next.hears().filter((line) => line !== "")).toEqual(["RMSG $G s.99 0"]);
});

test("two appliances in one process know nothing of each other", () => {
  const [one, two] = [new Box(), new Box()];
  const [a, b] = [one.client(), two.client()];
  a.says("SUB > 1");
  b.says("SUB > 1");
  a.says("PUB foo 1\r\nx");
  expect([a.hears().length, b.hears().length]).toEqual([2, 0]);
});

test("a dial that fails is logged with the remote's name and the reason", () => {
  const box = new Box({ gateway: { remotes: [{ name: "B", urls: [url("b")] }] } });
  box.core.start(box.now);
  box.failDial("B", "no route to host");
  expect(box.logged('"B"', "no route to host").length).toBeGreaterThan(0);
});

test("a dial that is answered after its remote was forgotten is closed", () => {
  const box = new Box();
  box.core.start(box.now);
  box.core.remotes!.learn("B", ["b:1"], box.now);
  box.wait(0);
  const request = box.dials[0]!;
  box.failDial("B");
  expect(box.core.remotes!.all.has("B")).toBe(false);
  const session = box.core.dialed(request, { ip: "10.0.0.9", port: 1 }, box.now);
  expect(session.closing).toBe("Duplicate Remote Gateway");
});
