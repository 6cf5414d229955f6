// Who of a queue group gets a message: gateway.md §7.2.

import { describe, expect, test } from "bun:test";
import { Box, complete, start } from "../support/core-world.ts";

/** A box with remotes B and C, whose interest in $G is told and whose distance is measured; B is nearer. */
function twoRemotes(ofB: string[], ofC: string[]) {
  const box = new Box();
  const told = (name: string, rows: string[], millis: number) => {
    const remote = box.outbound(name);
    remote.says(start(name, "$G"), ...rows.map((row) => `RS+ $G ${row}`), complete(name, "$G"));
    remote.answersPings = false;
    box.wait(1_300 + millis);
    remote.says("PONG");
    remote.hears();
    remote.answersPings = true;
    return remote;
  };
  const c = told("C", ofC, 200);
  const b = told("B", ofB, 20);
  expect(box.core.outbounds.map(({ gateway }) => gateway)).toEqual(["B", "C"]);
  return { box, b, c };
}

const only = (lines: string[]) => lines.filter((line) => line.startsWith("RMSG"));

describe("queue groups", () => {
  test("with a member here are served here and nowhere else", () => {
    const { box, b, c } = twoRemotes(["foo q 1"], ["foo q 1"]);
    const [member, publisher] = [box.client(), box.client()];
    member.says("SUB foo q 1");
    for (let i = 0; i < 20; i++) publisher.says("PUB foo 1\r\nx");
    expect(member.hears()).toHaveLength(40);
    expect([b.hears(), c.hears()]).toEqual([[], []]);
  });

  test("without one are served by the nearest cluster alone", () => {
    const { box, b, c } = twoRemotes(["foo q 1"], ["foo q 1"]);
    const publisher = box.client();
    for (let i = 0; i < 20; i++) publisher.says("PUB foo 1\r\nx");
    expect(only(b.hears())).toEqual(Array(20).fill("RMSG $G foo | q 1"));
    expect(c.hears()).toEqual([]);
  });

  test("go to the next cluster when the nearest has no member or is gone", () => {
    const { box, b, c } = twoRemotes(["foo q 1"], ["foo q 1", "foo other 1"]);
    const publisher = box.client();
    publisher.says("PUB foo 1\r\nx");
    expect(only(b.hears())).toEqual(["RMSG $G foo | q 1"]);
    expect(only(c.hears())).toEqual(["RMSG $G foo | other 1"]);
    b.says("RS- $G foo q");
    publisher.says("PUB foo 1\r\nx");
    expect(only(b.hears())).toEqual([]);
    expect(["RMSG $G foo | q other 1", "RMSG $G foo | other q 1"]).toContain(only(c.hears())[0]!);
    b.says("RS+ $G foo q 1");
    b.goes();
    publisher.says("PUB foo 1\r\nx");
    expect(["RMSG $G foo | q other 1", "RMSG $G foo | other q 1"]).toContain(only(c.hears())[0]!);
  });

  test("follow the measured distance when it changes", () => {
    const { box, b, c } = twoRemotes(["foo q 1"], ["foo q 1"]);
    const publisher = box.client();
    b.answersPings = false;
    for (let i = 0; i < 4; i++) {
      for (let at = 0; at < 160 && !b.hears().includes("PING"); at++) box.wait(100);
      box.wait(900);
      b.says("PONG");
    }
    b.answersPings = true;
    publisher.says("PUB foo 1\r\nx");
    expect([only(b.hears()), only(c.hears())]).toEqual([[], ["RMSG $G foo | q 1"]]);
  });

  test("that are served elsewhere still leave plain interest its message", () => {
    const { box, b, c } = twoRemotes(["foo q 1"], ["foo", "foo q 1"]);
    box.client().says("PUB foo 1\r\nx");
    expect(only(b.hears())).toEqual(["RMSG $G foo | q 1"]);
    expect(only(c.hears())).toEqual(["RMSG $G foo 1"]);
  });

  test("of wildcard subjects count as the group they are, once", () => {
    const { box, b } = twoRemotes(["foo.* q 1", "foo.> q 1", "foo.1 q 1"], []);
    box.client().says("PUB foo.1 1\r\nx");
    expect(only(b.hears())).toEqual(["RMSG $G foo.1 | q 1"]);
  });

  test("of another account mean nothing", () => {
    const { box, b } = twoRemotes(["foo q 1"], []);
    box.client({ user: "a", pass: "a" }).says("PUB foo 1\r\nx");
    expect(b.hears()).toEqual([]);
  });

  test("each of them gets one copy, and so does each plain subscriber", () => {
    const box = new Box();
    const clients = [1, 2, 3, 4].map(() => box.client());
    for (const client of clients) client.says("SUB foo q1 1", "SUB foo q2 2", "SUB foo 3");
    for (let i = 0; i < 60; i++) clients[0]!.says("PUB foo 1\r\nx");
    const heard = clients.map((client) => client.hears().filter((line) => line.startsWith("MSG")));
    const count = (sid: string) => heard.flat().filter((line) => line === `MSG foo ${sid} 1`).length;
    expect([count("1"), count("2"), count("3")]).toEqual([60, 60, 240]);
    const shares = heard.map((lines) => lines.filter((line) => line === "MSG foo 1 1").length);
    for (const share of shares) expect(share).toBeGreaterThan(3);
  });

  test("named by a remote are served by one member each, chosen among all that are here", () => {
    const box = new Box();
    const members = [1, 2, 3].map(() => box.client());
    for (const member of members) member.says("SUB foo q 1");
    const remote = box.inbound("B");
    for (let i = 0; i < 60; i++) remote.says("RMSG $G foo | q 1\r\nx");
    const shares = members.map((member) => member.hears().length / 2);
    expect(shares.reduce((sum, share) => sum + share)).toBe(60);
    for (const share of shares) expect(share).toBeGreaterThan(5);
  });

  test("a member that does not read is passed over", () => {
    const box = new Box({ client: { pendingMax: 300_000 } });
    const [stuck, well, publisher] = [box.client(), box.client(), box.client()];
    stuck.says("SUB fill 1", "SUB foo q 2");
    well.says("SUB foo q 2");
    stuck.appetite = 0;
    const body = "x".repeat(200_000);
    // In one chunk: the slow member is only cut at the end of the turn.
    const fill = `PUB fill ${body.length}\r\n${body}\r\n`.repeat(4);
    publisher.saysRaw(`${fill}${"PUB foo 1\r\nx\r\n".repeat(30)}`);
    expect(well.hears().length / 2).toBe(30);
  });
});

describe("a publisher that wants no echo", () => {
  test("is not a member for its own messages: another one here gets them", () => {
    const box = new Box();
    const [self, other] = [box.client({ echo: false }), box.client()];
    self.says("SUB foo q 1");
    other.says("SUB foo q 1");
    for (let i = 0; i < 10; i++) self.says("PUB foo 1\r\nx");
    expect([self.hears().length, other.hears().length]).toEqual([0, 20]);
  });

  test("does not keep its group from a remote when it is the only member here", () => {
    const { box, b } = twoRemotes(["foo q 1"], []);
    const self = box.client({ echo: false });
    self.says("SUB foo q 1", "PUB foo 1\r\nx");
    expect(self.hears()).toEqual([]);
    expect(only(b.hears())).toEqual(["RMSG $G foo | q 1"]);
  });
});
