// Who gets a client's message, and what the publisher is told: client-and-auth.md §1.3, gateway.md §7.

import { describe, expect, test } from "bun:test";
import { Box, complete, start } from "../support/core-world.ts";

describe("no responders", () => {
  const status = (subject: string, reply: string, sid: string): string => {
    const size = 32 + subject.length;
    return `HMSG ${reply} ${sid} ${size} ${size}\r\nNATS/1.0 503\r\nNats-Subject: ${subject}\r\n\r\n\r\n`;
  };

  test("the publisher of a request that nobody gets is told at once, byte for byte", () => {
    const client = new Box().client();
    client.says("SUB _INBOX.> 7", "PUB svc _INBOX.1 3\r\nreq");
    expect(client.hearsRaw()).toBe(status("svc", "_INBOX.1", "7"));
  });

  test("nothing is told to who did not ask for it, has no reply, or does not subscribe it", () => {
    const box = new Box();
    const silent = box.client({ no_responders: false });
    silent.says("SUB _INBOX.> 7", "PUB svc _INBOX.1 3\r\nreq");
    const client = box.client();
    client.says("PUB svc _INBOX.2 3\r\nreq", "SUB mine 1", "PUB svc 3\r\nreq", "PUB svc other 3\r\nreq");
    expect([silent.hears(), client.hears()]).toEqual([[], []]);
  });

  test("a subscriber here, in a queue too, or a remote with interest is a responder", () => {
    const box = new Box();
    const remote = box.outbound("B");
    remote.says(start("B", "$G"), "RS+ $G far", complete("B", "$G"));
    const [client, local] = [box.client(), box.client()];
    local.says("SUB near 1", "SUB work q 2");
    client.says(
      "SUB _INBOX.> 7",
      "PUB near _INBOX.1 0\r\n",
      "PUB work _INBOX.1 0\r\n",
      "PUB far _INBOX.1 0\r\n",
    );
    expect(client.hears()).toEqual([]);
  });

  test("a line that was sent optimistically counts as delivered; the next one after RS- does not", () => {
    const box = new Box();
    const remote = box.outbound("B", { gateway_iom: false });
    const client = box.client();
    client.says("SUB _INBOX.> 7", "PUB svc _INBOX.1 3\r\nreq");
    expect(client.hears()).toEqual([]);
    remote.says("RS- $G svc");
    client.says("PUB svc _INBOX.1 3\r\nreq");
    expect(client.hearsRaw()).toBe(status("svc", "_INBOX.1", "7"));
  });

  test("the status counts as a delivery: a subscription for one message is over", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB _INBOX.1 7", "UNSUB 7 1", "PUB svc _INBOX.1 3\r\nreq");
    expect(client.hearsRaw()).toBe(status("svc", "_INBOX.1", "7"));
    expect(client.session.subscriptions.size).toBe(0);
  });

  test("a publisher without echo that alone subscribes the subject has no responder", () => {
    const client = new Box().client({ echo: false });
    client.says("SUB svc 1", "SUB _INBOX.> 7", "PUB svc _INBOX.1 0\r\n");
    expect(client.hearsRaw()).toBe(status("svc", "_INBOX.1", "7"));
  });
});

test("echo off: own messages are not delivered to own subscriptions, and are to others", () => {
  const box = new Box();
  const [self, other] = [box.client({ echo: false }), box.client()];
  self.says("SUB foo 1");
  other.says("SUB foo 2");
  self.says("PUB foo 1\r\nx");
  expect([self.hears(), other.hears()]).toEqual([[], ["MSG foo 2 1", "x"]]);
  other.says("PUB foo 1\r\ny");
  expect(self.hears()).toEqual(["MSG foo 1 1", "y"]);
});

test("auto-unsubscribe is exact, also within one chunk and counted from the subscription on", () => {
  const box = new Box();
  const [client, publisher] = [box.client(), box.client()];
  client.says("SUB foo 1", "SUB foo 2");
  publisher.says("PUB foo 1\r\na");
  client.says("UNSUB 1 3");
  publisher.says(...["b", "c", "d", "e"].map((body) => `PUB foo 1\r\n${body}`));
  const heard = client.hears().filter((line) => line.startsWith("MSG"));
  expect(heard.filter((line) => line === "MSG foo 1 1")).toHaveLength(3);
  expect(heard.filter((line) => line === "MSG foo 2 1")).toHaveLength(5);
});

test("auto-unsubscribe whose number is reached already ends the subscription at once", () => {
  const box = new Box();
  const client = box.client();
  client.says("SUB foo 1", "PUB foo 0\r\n", "PUB foo 0\r\n", "UNSUB 1 2", "PUB foo 0\r\n");
  expect(client.hears().filter((line) => line.startsWith("MSG"))).toHaveLength(2);
  expect(box.core.store.rows()).toBe(0);
});

test("accounts are worlds of their own: local subscribers, remotes and queues of another get nothing", () => {
  const box = new Box();
  const remote = box.outbound("B");
  remote.says(start("B", "ACC2"), "RS+ ACC2 >", "RS+ ACC2 foo q 1", complete("B", "ACC2"), start("B", "ACC"));
  const inbound = box.inbound("B");
  const [g, a, b] = [
    box.client(),
    box.client({ user: "a", pass: "a" }),
    box.client({ user: "b", pass: "b" }),
  ];
  for (const client of [g, a, b]) client.says("SUB > 1", "SUB > q 2");
  const texts = () =>
    [g, a, b].map((client) =>
      client
        .hears()
        .filter((line) => line.startsWith("MSG"))
        .sort(),
    );
  a.says("PUB foo 1\r\nx");
  expect([...texts(), remote.hears()]).toEqual([[], ["MSG foo 1 1", "MSG foo 2 1"], [], []]);
  inbound.says("RMSG ACC2 foo | q 1\r\nx", "RMSG NOPE foo 1\r\nx");
  expect(texts()).toEqual([[], [], ["MSG foo 1 1", "MSG foo 2 1"]]);
});

test("what is said in the system account reaches the remotes that want it", () => {
  const box = new Box();
  const remote = box.outbound("B", { gateway_iom: false });
  remote.says("RS+ $SYS foo q 1", start("B", "$SYS"), "RS+ $SYS >", complete("B", "$SYS"));
  const [one, two] = [box.client({ user: "s", pass: "s" }), box.client({ user: "s", pass: "s" })];
  two.says("SUB foo 1");
  one.says("PUB foo 1\r\nx");
  expect([two.hears(), remote.hears()]).toEqual([
    ["MSG foo 1 1", "x"],
    ["RMSG $SYS foo | q 1", "x"],
  ]);
});

test("what a remote did not want is counted for it, by account, and only that", () => {
  const box = new Box();
  const remote = box.outbound("B");
  remote.says(start("B", "$G"), "RS+ $G foo", complete("B", "$G"));
  const client = box.client();
  for (let i = 0; i < 5; i++) client.says("PUB foo 2\r\nhi", "PUB bar 2\r\nhi", "PUB baz 2\r\nhi");
  box.core.forwarder.settle();
  const state = remote.session.accounts.get(box.account("$G"))!;
  expect([state.messages, state.bytes, state.suppressed]).toEqual([5, 10, 10]);
  remote.says("RS+ $G bar");
  client.says("PUB bar 2\r\nhi", "PUB baz 2\r\nhi");
  box.core.forwarder.settle();
  box.core.forwarder.settle();
  expect([state.messages, state.suppressed]).toEqual([6, 11]);
});

test("messages and bytes are counted at both ends, payload only", () => {
  const box = new Box();
  const [client, other] = [box.client(), box.client()];
  const remote = box.outbound("B", { gateway_iom: false });
  const inbound = box.inbound("B");
  other.says("SUB foo 1");
  client.says("PUB foo 3\r\nabc");
  inbound.says("RMSG $G foo 5\r\nhello");
  const of = (peer: { session: { counters: Float64Array } }) => [...peer.session.counters.subarray(0, 4)];
  expect(of(client)).toEqual([1, 0, 3, 0]);
  expect(of(other)).toEqual([0, 2, 0, 8]);
  expect(of(remote)).toEqual([0, 1, 0, 3]);
  expect(of(inbound)).toEqual([1, 0, 5, 0]);
  const before = box.core.totals();
  for (const peer of [client, other, remote, inbound]) peer.goes();
  expect(box.core.totals()).toEqual(before);
});

test("a subject of any odd kind is taken literally: wildcards in PUB, empty tokens, long ones", () => {
  const box = new Box();
  const [client, other] = [box.client(), box.client()];
  other.says("SUB foo.* 1", "SUB foo.bar 2");
  const long = `foo.${"x".repeat(3_000)}`;
  client.says("PUB foo.* 1\r\na", "PUB foo..bar 1\r\nb", `PUB ${long} 1\r\nc`, "PUB foo.> 1\r\nd");
  expect(other.hears().filter((line) => line.startsWith("MSG"))).toEqual([
    "MSG foo.* 1 1",
    `MSG ${long} 1 1`,
    "MSG foo.> 1 1",
  ]);
});

test("cached answers are never stale: each change of interest is seen by the next message", () => {
  const box = new Box();
  const remote = box.outbound("B");
  remote.says(start("B", "$G"), complete("B", "$G"));
  const [client, other] = [box.client(), box.client()];
  const reached = (): string => {
    client.says("PUB a.b 1\r\nx");
    const local = other.hears().filter((line) => line.startsWith("MSG")).length;
    return remote.hears().length > 0 ? `${local}r` : `${local}`;
  };
  expect(reached()).toBe("0");
  other.says("SUB a.* 1");
  expect(reached()).toBe("1");
  other.says("SUB a.b 2");
  remote.says("RS+ $G a.>");
  expect(reached()).toBe("2r");
  other.says("UNSUB 1");
  expect(reached()).toBe("1r");
  remote.says("RS- $G a.>", "RS+ $G a.b q 1");
  expect(reached()).toBe("1r");
  other.says("SUB a.b q 3");
  expect(reached()).toBe("2");
  remote.goes();
  other.goes();
  expect(reached()).toBe("0");
});
