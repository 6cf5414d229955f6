import { expect, test } from "bun:test";
import { hash6 } from "../../src/base/hash6.ts";
import { Box, complete, MAPPED, start } from "../support/core-world.ts";

/** The interest lines of what a leaf heard, without our own marks. */
const interest = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith("LS") && !line.includes("$LDS.") && !/_GR_|\$GR/.test(line)).sort();

const sub = (subject: string, sid = "1") => `SUB ${subject} ${sid}`;

test("a spoke is told what clients want, once, and gets it", () => {
  const box = new Box();
  const client = box.client();
  client.says(sub("a.*"), sub("a.*", "2"), "SUB jobs q 3", "SUB jobs q 4");
  const spoke = box.rawLeaf();
  expect(spoke.hears()[0]).toStartWith("INFO ");
  spoke.says(`CONNECT {"name":"s","cluster":"s","version":"2.15.2","headers":true}`);
  expect(interest(spoke.hears())).toEqual(["LS+ a.*", "LS+ jobs q 2"]);
  client.says("UNSUB 4", "UNSUB 1");
  expect(interest(spoke.hears())).toEqual(["LS+ jobs q 1"]);
  client.says("UNSUB 3", "UNSUB 2");
  expect(interest(spoke.hears())).toEqual(["LS- a.*", "LS- jobs q"]);
  spoke.says("LS+ up");
  client.says("PUB up 2", "hi", "PUB other 1", "x");
  expect(spoke.hears()).toEqual(["LMSG up 2", "hi"]);
  client.says(sub("down", "9"));
  client.hears();
  spoke.says("LMSG down r 3", "yes");
  expect(client.hears()).toEqual(["MSG down 9 r 3", "yes"]);
});

test("two spokes talk through the hub, but not to their own origin", () => {
  const box = new Box();
  const one = box.spoke("one");
  const two = box.spoke("two");
  const twin = box.spoke("twin", { cluster: "one" });
  one.says("LS+ x");
  expect(interest(two.hears())).toEqual(["LS+ x"]);
  expect(interest(twin.hears())).toEqual([]);
  two.says("LMSG x 1", "a");
  expect(one.hears()).toEqual(["LMSG x 1", "a"]);
  twin.says("LMSG x 1", "b");
  expect(one.hears()).toEqual([]);
  one.goes();
  expect(interest(two.hears())).toEqual(["LS- x"]);
});

test("an isolated spoke hears nothing of the others, but clients reach it", () => {
  const box = new Box();
  const one = box.spoke("one");
  const two = box.spoke("two", { isolate: true });
  one.says("LS+ x");
  two.says("LS+ y");
  expect(interest(two.hears())).toEqual([]);
  expect(interest(one.hears())).toEqual(["LS+ y"]);
});

test("a sidecar carries interest both ways between its hub and other regions", () => {
  const box = new Box({ leaf: { remotes: [{}] } });
  const hub = box.hub("east");
  const remote = box.outbound("B");
  const dialer = box.inbound("B");
  dialer.hears();
  remote.says(start("B", "$G"), "RS+ $G there", "RS+ $G jobs q 1", complete("B", "$G"));
  expect(interest(hub.hears())).toEqual(["LS+ jobs q 1", "LS+ there"]);
  hub.says("LS+ here", "LS+ $SYS.REQ.USER.INFO", "LS+ $JS.API.>");
  expect(dialer.hears()).toEqual(["RS+ $G here"]);
  hub.says("LMSG there 2", "ab", "LMSG nobody 1", "x");
  expect(remote.hears()).toEqual(["RMSG $G there 2", "ab"]);
  dialer.says("RMSG $G here 2", "cd");
  expect(hub.hears()).toEqual(["LMSG here 2", "cd"]);
  hub.says("LMSG jobs | q 1", "j", "LMSG jobs 1", "n");
  expect(remote.hears()).toEqual(["RMSG $G jobs | q 1", "j"]);
  remote.says("RS- $G there");
  expect(interest(hub.hears())).toEqual(["LS- there"]);
  hub.says("LS- here");
  expect(dialer.hears()).toEqual(["RS- $G here"]);
});

test("a request from another region finds its way back through the sidecar", () => {
  const box = new Box({ leaf: { remotes: [{}] } });
  const hub = box.hub("east");
  const remote = box.outbound("B");
  const dialer = box.inbound("B");
  const mapped = `_GR_.${hash6("B")}.dddddd._INBOX.1`;
  hub.says("LS+ svc");
  dialer.says(`RMSG $G svc ${mapped} 1`, "?");
  // A hub shows its clients the reply alone, so it is given that, and asked for the answer.
  expect(hub.hears()).toEqual(["LS+ _INBOX.1", "LMSG svc _INBOX.1 1", "?"]);
  hub.says("LMSG _INBOX.1 1", "!", "LMSG _INBOX.1 1", "2");
  expect(remote.hears()).toEqual([`RMSG $G ${mapped} 1`, "!", `RMSG $G ${mapped} 1`, "2"]);
  dialer.says(`RMSG $G svc ${mapped} 1`, "?");
  expect(hub.hears()).toEqual(["LMSG svc _INBOX.1 1", "?"]);
  box.wait(4_100);
  expect(hub.hears()).toEqual(["LS- _INBOX.1"]);
});

test("a request of our hub leaves with the way home, and the answer comes home", () => {
  const box = new Box({ leaf: { remotes: [{}] } });
  const hub = box.hub("east");
  const remote = box.outbound("B");
  const dialer = box.inbound("B");
  remote.says(start("B", "$G"), "RS+ $G svc", complete("B", "$G"));
  hub.says("LS+ _INBOX.x.*");
  hub.says("LMSG svc _INBOX.x.1 1", "?");
  const [line] = remote.hears();
  expect(line).toStartWith(`RMSG $G svc ${MAPPED}`);
  const reply = line!.split(" ")[3]!;
  hub.hears();
  dialer.says(`RMSG $G ${reply} 1`, "!");
  expect(hub.hears()).toEqual(["LMSG _INBOX.x.1 1", "!"]);
});

test("a client behind us answers a mapped reply by the link that asked", () => {
  const box = new Box({ leaf: { remotes: [{}] } });
  const hub = box.hub("east");
  const client = box.client();
  client.says(sub("svc"), sub("_INBOX.>", "2"));
  hub.hears();
  hub.says("LMSG svc _GR_.cccccc.dddddd._INBOX.1 1", "?");
  expect(client.hears()).toEqual(["MSG svc 1 _INBOX.1 1", "?"]);
  client.says("PUB _INBOX.1 1", "!");
  expect(client.hears()).toEqual([]);
  expect(hub.hears()).toEqual(["LMSG _GR_.cccccc.dddddd._INBOX.1 1", "!"]);
});

test("JetStream packs the subject into the reply, and only a client sees it unpacked", () => {
  const box = new Box();
  const spoke = box.spoke("one");
  const two = box.spoke("two");
  const client = box.client();
  client.says(sub("_INBOX.d"));
  two.says("LS+ _INBOX.d");
  const ack = "$JS.ACK.S.C.1.1.1.1.0";
  spoke.hears();
  two.hears();
  spoke.says(`LMSG _INBOX.d ${ack}@orders.1 2`, "ok");
  expect(client.hears()).toEqual([`MSG orders.1 1 ${ack} 2`, "ok"]);
  expect(two.hears()).toEqual([`LMSG _INBOX.d ${ack}@orders.1 2`, "ok"]);
});

test("a group is served here before a leaf, and by weight among leafs", () => {
  const box = new Box();
  const client = box.client();
  const one = box.spoke("one");
  const two = box.spoke("two");
  one.says("LS+ jobs q 1");
  two.says("LS+ jobs q 3");
  for (let i = 0; i < 400; i++) client.says("PUB jobs 1", "x");
  const count = (lines: string[]): number => lines.filter((line) => line === "LMSG jobs | q 1").length;
  const [first, second] = [count(one.hears()), count(two.hears())];
  expect(first + second).toBe(400);
  expect(first).toBeGreaterThan(60);
  expect(first).toBeLessThan(140);
  const member = box.client();
  member.says("SUB jobs q 1");
  for (let i = 0; i < 20; i++) client.says("PUB jobs 1", "x");
  expect(count(one.hears()) + count(two.hears())).toBe(0);
  one.says("LMSG jobs 1", "n", "LMSG jobs | q 1", "y", "LMSG jobs + r q other 1", "z");
  expect(member.hears().filter((line) => line.startsWith("MSG"))).toHaveLength(22);
});
