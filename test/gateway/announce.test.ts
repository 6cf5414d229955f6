// What an accepted connection is told of our interest, and when: gateway.md §1.1, §1.2, §3.4–§3.7.

import { describe, expect, test } from "bun:test";
import { Box, readable } from "../support/core-world.ts";

const EMPTY_REST = ["start ACC2", "complete ACC2", "start $SYS", "complete $SYS"];

describe("a peer with gateway_iom", () => {
  test("is told queue groups first, then each account between start and complete, empty ones too", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB foo 1", "SUB bar q1 2", "SUB bar q2 3", "SUB a.* 4", "SUB foo q1 5");
    box.client({ user: "a", pass: "a" }).says("SUB x.> 1", "SUB work q 2");
    const heard = readable(box.inbound("B").hears());
    expect(heard.slice(0, 4).sort()).toEqual([
      "RS+ $G bar q1 1",
      "RS+ $G bar q2 1",
      "RS+ $G foo q1 1",
      "RS+ ACC work q 1",
    ]);
    expect(heard.slice(4)).toEqual([
      "start $G",
      "RS+ $G foo",
      "RS+ $G a.*",
      "complete $G",
      "start ACC",
      "RS+ ACC x.>",
      "complete ACC",
      ...EMPTY_REST,
    ]);
  });

  test("hears RS+ for the first subscription of a subject and RS- for the last, and nothing between", () => {
    const box = new Box();
    const remote = box.inbound("B");
    remote.hears();
    const [one, two] = [box.client(), box.client()];
    one.says("SUB foo 1");
    expect(remote.hears()).toEqual(["RS+ $G foo"]);
    one.says("SUB foo 2");
    two.says("SUB foo 1");
    expect(remote.hears()).toEqual([]);
    one.says("UNSUB 1", "UNSUB 2");
    expect(remote.hears()).toEqual([]);
    two.says("UNSUB 1");
    expect(remote.hears()).toEqual(["RS- $G foo"]);
    two.says("SUB foo 1");
    expect(remote.hears()).toEqual(["RS+ $G foo"]);
  });

  test("hears of plain and queue subscriptions of one subject apart, and of each group apart", () => {
    const box = new Box();
    const remote = box.inbound("B");
    remote.hears();
    const client = box.client();
    client.says("SUB foo 1", "SUB foo q1 2", "SUB foo q2 3", "SUB foo q1 4");
    expect(remote.hears()).toEqual(["RS+ $G foo", "RS+ $G foo q1 1", "RS+ $G foo q2 1"]);
    client.says("UNSUB 2", "UNSUB 1", "UNSUB 3", "UNSUB 4");
    expect(remote.hears()).toEqual(["RS- $G foo", "RS- $G foo q2", "RS- $G foo q1"]);
  });

  test("hears of one subject in two accounts apart", () => {
    const box = new Box();
    const remote = box.inbound("B");
    remote.hears();
    const [a, b] = [box.client({ user: "a", pass: "a" }), box.client({ user: "b", pass: "b" })];
    a.says("SUB foo 1");
    b.says("SUB foo 1");
    a.goes();
    expect(remote.hears()).toEqual(["RS+ ACC foo", "RS+ ACC2 foo", "RS- ACC foo"]);
  });

  test("hears RS- for everything that a lost client alone wanted", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB foo 1", "SUB bar q 2", "SUB a.* 3");
    const remote = box.inbound("B");
    remote.hears();
    client.goes();
    expect(remote.hears().sort()).toEqual(["RS- $G a.*", "RS- $G bar q", "RS- $G foo"]);
  });

  test("is told that interest is over when an auto-unsubscribe has had its last message", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB foo 1", "UNSUB 1 2");
    const remote = box.inbound("B");
    expect(readable(remote.hears())).toContain("RS+ $G foo");
    remote.says("RMSG $G foo 1\r\na");
    expect(remote.hears()).toEqual([]);
    remote.says("RMSG $G foo 1\r\nb");
    expect(remote.hears()).toEqual(["RS- $G foo"]);
  });

  test("is told of what is subscribed in the system account, as of any other", () => {
    const box = new Box();
    const client = box.client({ user: "s", pass: "s" });
    client.says("SUB $SYS.> 1", "SUB work q 2");
    const remote = box.inbound("B");
    const heard = readable(remote.hears());
    expect(heard.filter((line) => line.includes("$SYS"))).toEqual([
      "RS+ $SYS work q 1",
      "start $SYS",
      "RS+ $SYS $SYS.>",
      "complete $SYS",
    ]);
    client.says("SUB more 3", "SUB more q 4", "UNSUB 1");
    expect(remote.hears()).toEqual(["RS+ $SYS more", "RS+ $SYS more q 1", "RS- $SYS $SYS.>"]);
  });

  test("every accepted connection is told the same", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB foo 1");
    const [one, two] = [box.inbound("B"), box.inbound("B")];
    expect(one.hears()).toEqual(two.hears());
    client.says("SUB bar 2");
    expect([one.hears(), two.hears()]).toEqual([["RS+ $G bar"], ["RS+ $G bar"]]);
  });

  test("a message that nobody wants is dropped without a word", () => {
    const box = new Box();
    const remote = box.inbound("B");
    remote.hears();
    remote.says("RMSG $G foo 1\r\nx", "RMSG ACC foo | q 1\r\nx", "RMSG $SYS foo 1\r\nx");
    expect(remote.hears()).toEqual([]);
    expect(remote.session.accounts.get(box.account("$G"))!.unwanted).toBe(1);
  });
});

test("interest that changes between CONNECT and INFO is told once, in the list", () => {
  const box = new Box();
  const remote = box.rawInbound();
  remote.hears();
  remote.says('CONNECT {"gateway":"B"}');
  box.client().says("SUB foo 1");
  expect(remote.hears()).toEqual([]);
  remote.says('INFO {"gateway":"B","gateway_iom":true}');
  expect(readable(remote.hears()).filter((line) => line.includes("foo"))).toEqual(["RS+ $G foo"]);
});

test("gossip of other gateways stands between the queue groups and the accounts, without the dialer's own name", () => {
  const box = new Box();
  box.core.remotes!.learn("C", ["c:7222", "c2:7222"], box.now);
  box.core.remotes!.learn("B", ["b:7222"], box.now);
  box.client().says("SUB foo q 1");
  const heard = readable(box.inbound("B").hears());
  expect(heard.slice(0, 3)).toEqual(["RS+ $G foo q 1", "gossip C c:7222,c2:7222", "start $G"]);
});

test("gossip writes addresses of IPv6 as a URL has them", () => {
  const box = new Box();
  box.core.remotes!.learn("C", ["[::1]:7222"], box.now);
  expect(readable(box.inbound("B").hears())).toContain("gossip C [::1]:7222");
});

test("commands carry our own name and the account as base64, and are otherwise blank", () => {
  const box = new Box();
  const [first] = box.inbound("B").hears();
  expect(first).toBe(
    'INFO {"server_id":"","server_name":"","version":"","proto":0,"go":"","host":"","port":0,' +
      '"headers":false,"max_payload":0,"gateway":"A","gateway_cmd":2,"gateway_cmd_payload":"JEc="}',
  );
});
