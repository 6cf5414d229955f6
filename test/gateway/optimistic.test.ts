// Accepted peers without gateway_iom (nats-server 2.8): gateway.md §3.4, §3.5, §3.7.

import { expect, test } from "bun:test";
import { Box, type BoxOptions, readable } from "../support/core-world.ts";

/** A box with an accepted peer of 2.8, whose greeting is heard. */
function link(options: BoxOptions = {}) {
  const box = new Box(options);
  const client = box.client();
  const remote = box.inbound("B", { gateway_iom: false, version: "2.8.4" });
  return { box, client, remote };
}

test("it is told queue groups and nothing else; only the system account is closed at once", () => {
  const box = new Box();
  const client = box.client();
  client.says("SUB foo 1", "SUB bar q 2");
  const remote = box.inbound("B", { gateway_iom: false });
  expect(readable(remote.hears())).toEqual(["RS+ $G bar q 1", "start $SYS", "complete $SYS"]);
});

test("each subject that nobody wants is refused once", () => {
  const { remote } = link();
  remote.hears();
  remote.says("RMSG $G foo 1\r\nx", "RMSG $G foo 1\r\nx", "RMSG $G bar 1\r\nx", "RMSG $G foo 1\r\nx");
  expect(remote.hears()).toEqual(["RS- $G foo", "RS- $G bar"]);
});

test("a subject that somebody wants is delivered and not refused", () => {
  const { client, remote } = link();
  client.says("SUB foo 1");
  remote.hears();
  remote.says("RMSG $G foo 1\r\nx");
  expect([client.hears(), remote.hears()]).toEqual([["MSG foo 1 1", "x"], []]);
});

test("a new subscription to a refused subject is told by one RS+, and one to another subject by nothing", () => {
  const { client, remote } = link();
  remote.says("RMSG $G foo 1\r\nx");
  remote.hears();
  client.says("SUB bar 1", "SUB foo 2", "SUB foo 3");
  expect(remote.hears()).toEqual(["RS+ $G foo"]);
});

test("a new wildcard that covers refused subjects is told by one RS+, and they may be refused again", () => {
  const { client, remote } = link();
  remote.says("RMSG $G a.1 1\r\nx", "RMSG $G a.2 1\r\nx", "RMSG $G b.1 1\r\nx");
  remote.hears();
  client.says("SUB a.* 1");
  expect(remote.hears()).toEqual(["RS+ $G a.*"]);
  client.says("UNSUB 1");
  expect(remote.hears()).toEqual([]);
  remote.says("RMSG $G a.1 1\r\nx", "RMSG $G b.1 1\r\nx");
  expect(remote.hears()).toEqual(["RS- $G a.1"]);
});

test("the last unsubscribe is not told; the next message is refused", () => {
  const { client, remote } = link();
  remote.says("RMSG $G foo 1\r\nx");
  client.says("SUB foo 1", "UNSUB 1");
  expect(readable(remote.hears()).slice(-2)).toEqual(["RS- $G foo", "RS+ $G foo"]);
  remote.says("RMSG $G foo 1\r\nx");
  expect(remote.hears()).toEqual(["RS- $G foo"]);
});

test("queue groups are always told, and a line for a group is served though plain interest is refused", () => {
  const { client, remote } = link();
  remote.hears();
  client.says("SUB foo q 1", "SUB foo q 2");
  expect(remote.hears()).toEqual(["RS+ $G foo q 1"]);
  remote.says("RMSG $G foo | q 1\r\nx");
  expect(client.hears()[0]).toMatch(/^MSG foo [12] 1$/);
  expect(remote.hears()).toEqual(["RS- $G foo"]);
  client.says("UNSUB 1", "UNSUB 2");
  expect(remote.hears()).toEqual(["RS- $G foo q"]);
});

test("after 1,000 refused subjects the account is switched: start, its subjects, complete", () => {
  const { box, client, remote } = link();
  client.says("SUB mine 1", "SUB work q 2");
  remote.hears();
  for (let i = 0; i < 1_000; i++) remote.says(`RMSG $G miss.${i} 0\r\n`);
  expect(remote.hears()).toHaveLength(1_000);
  remote.says("RMSG $G miss.5 0\r\n");
  expect(remote.hears()).toEqual([]);
  remote.says("RMSG $G one.more 0\r\n");
  expect(readable(remote.hears())).toEqual(["start $G", "RS+ $G mine", "complete $G"]);
  expect(remote.session.accounts.get(box.account("$G"))!.muted.size).toBe(0);
});

test("behind the switch every change is told and nothing is refused any more", () => {
  const { client, remote } = link({ gateway: { interestOnlyThreshold: 1 } });
  remote.says("RMSG $G a 0\r\n", "RMSG $G b 0\r\n");
  expect(readable(remote.hears()).slice(-3)).toEqual(["RS- $G a", "start $G", "complete $G"]);
  remote.says("RMSG $G c 0\r\n");
  client.says("SUB foo 1");
  client.says("UNSUB 1");
  expect(remote.hears()).toEqual(["RS+ $G foo", "RS- $G foo"]);
});

test("only the account that was asked for too often is switched", () => {
  const { remote } = link({ gateway: { interestOnlyThreshold: 2 } });
  remote.hears();
  for (const subject of ["a", "b", "c"]) remote.says(`RMSG $G ${subject} 0\r\n`);
  remote.says("RMSG ACC a 0\r\n");
  expect(readable(remote.hears())).toEqual(["RS- $G a", "RS- $G b", "start $G", "complete $G", "RS- ACC a"]);
});

test("with a threshold of 0 every account is switched at once", () => {
  const { remote } = link({ gateway: { interestOnlyThreshold: 0 } });
  expect(readable(remote.hears()).filter((line) => line.startsWith("complete"))).toEqual([
    "complete $G",
    "complete ACC",
    "complete ACC2",
    "complete $SYS",
  ]);
});

test("an account that we do not have is refused by A- once", () => {
  const { remote } = link();
  remote.hears();
  remote.says("RMSG NOPE foo 1\r\nx", "RMSG NOPE bar 1\r\nx", "RMSG NONE foo 1\r\nx", "RMSG NOPE foo 1\r\nx");
  expect(remote.hears()).toEqual(["A- NOPE", "A- NONE"]);
});

test("A- is bounded: a peer that invents accounts costs memory for the first 10,000 only", () => {
  const { remote, box } = link();
  remote.hears();
  for (let i = 0; i < 10_500; i++) remote.session.receive(Buffer.from(`RMSG N${i} f 0\r\n\r\n`), box.now);
  expect(remote.hears()).toHaveLength(10_000);
});

test("a mapped reply never changes what is told of interest", () => {
  const { remote } = link();
  remote.hears();
  remote.says(
    "RMSG $G _GR_.NUmM6c.zzzzzz._INBOX.none 1\r\nx",
    "RMSG $G _GR_.b2oh2L.zzzzzz._INBOX.none 1\r\nx",
  );
  expect(remote.hears()).toEqual([]);
});

test("what a peer without gateway_iom sends in the system account is neither answered nor kept count of by RS-", () => {
  const { remote } = link();
  remote.hears();
  remote.says("RMSG $SYS $SYS.SERVER.X.STATSZ 1\r\nx");
  expect(remote.hears()).toEqual([]);
});
