// What may cross to other regions and from them: refused interest is never told, refused messages are counted
// with the rule that did it.

import { expect, test } from "bun:test";
import type { CrossingOptions, GatewayRuleOptions, RemoteRuleOptions } from "../../src/gateway/rules.ts";
import { Box, complete, MAPPED, readable, start } from "../support/core-world.ts";

const rule = (name: string, allow: string[] | null, deny: string[] = []) => ({
  name,
  permission: { allow, deny },
});

function remote(
  more: Partial<CrossingOptions>,
  accounts: Record<string, Partial<CrossingOptions>> | null = null,
): RemoteRuleOptions {
  const filled = (of: Partial<CrossingOptions>): CrossingOptions => ({ in: [], out: [], ...of });
  const map = accounts && new Map(Object.entries(accounts).map(([name, of]) => [name, filled(of)]));
  return { ...filled(more), accounts: map, accountsName: "gateways[B].accounts" };
}

function boxOf(b: RemoteRuleOptions, others: RemoteRuleOptions | null = null): Box {
  const rules: GatewayRuleOptions = { others, remotes: new Map([["B", b]]) };
  return new Box({ gateway: { rules } });
}

/** A remote that wants all of an account. */
function wanting(box: Box, name: string, account: string, ...subjects: string[]) {
  const peer = box.outbound(name);
  peer.says(
    start(name, account),
    ...subjects.map((each) => `RS+ ${account} ${each}`),
    complete(name, account),
  );
  return peer;
}

const state = (box: Box, name: string) => {
  box.core.forwarder.settle();
  const session = box.core.outbounds.find(({ gateway }) => gateway === name)!;
  return [...session.accounts.values()][0]!;
};

test("only orders of account ACC may leave: everything else stays, counted, with the rule's name", () => {
  const box = boxOf(remote({}, { ACC: { out: [rule("accounts.ACC.export", ["orders.>"])] } }));
  const peer = wanting(box, "B", "ACC", ">");
  const client = box.client({ user: "a", pass: "a" });
  client.says("PUB orders.eu.1 1", "x", "PUB secret 1", "y", "PUB secret 1", "z");
  expect(peer.hears()).toEqual(["RMSG ACC orders.eu.1 1", "x"]);
  const { messages, wireBytes, refusals } = state(box, "B");
  expect([messages, wireBytes]).toEqual([1, "RMSG ACC orders.eu.1 1\r\nx\r\n".length]);
  expect([refusals.total, refusals.last]).toEqual([2, "accounts.ACC.export"]);
});

test("of several rules each is counted for itself, and those that refused nothing are there too", () => {
  const rules = [rule("first", null, ["a.>"]), rule("second", null, ["b.>"]), rule("third", null, ["c.>"])];
  const box = boxOf(remote({ out: rules, in: rules }));
  const peer = wanting(box, "B", "$G", ">");
  const client = box.client();
  client.says("PUB a.1 1", "x", "PUB b.1 1", "x", "PUB a.1 1", "x", "PUB d 1", "x");
  expect(peer.hears()).toEqual(["RMSG $G d 1", "x"]);
  const counts = { first: 2, second: 1, third: 0 };
  expect(Object.fromEntries(state(box, "B").refusals.byRule())).toEqual(counts);
  const dialer = box.inbound("B");
  dialer.says("RMSG $G a.1 1", "x", "RMSG $G b.1 1", "x", "RMSG $G a.2 1", "x");
  const [account] = [...[...box.core.inbounds][0]!.accounts.values()];
  expect(Object.fromEntries(account!.refusals.byRule())).toEqual(counts);
});

test("with accounts, those that are not named do not cross in either direction", () => {
  const box = boxOf(remote({}, { ACC: {} }));
  const peer = wanting(box, "B", "$G", ">");
  const client = box.client();
  client.says("SUB here 1", "PUB there 1", "x");
  expect(peer.hears()).toEqual([]);
  const { refusals, refusedInterest } = state(box, "B");
  expect([refusals.total, refusals.last, refusedInterest]).toEqual([1, "gateways[B].accounts", 1]);
  const dialer = box.inbound("B");
  expect(readable(dialer.hears()).filter((line) => line.startsWith("RS+"))).toEqual([]);
  dialer.says("RMSG $G here 1", "!");
  client.hears();
  expect(client.hears()).toEqual([]);
});

test("interest that a rule refuses is never told, now or later, nor in a list", () => {
  const box = boxOf(remote({ in: [rule("import", ["a.>", "b"], ["a.secret"])] }));
  const client = box.client();
  client.says("SUB a.1 1", "SUB c 2", "SUB a.secret 3", "SUB a.* q 4");
  const dialer = box.inbound("B");
  const told = () => readable(dialer.hears()).filter((line) => line.startsWith("RS"));
  expect(told().sort()).toEqual(["RS+ $G a.* q 1", "RS+ $G a.1"]);
  client.says("SUB b 5", "SUB d 6", "UNSUB 2", "UNSUB 5");
  expect(told()).toEqual(["RS+ $G b", "RS- $G b"]);
});

test("what comes in against a rule is dropped, counted, and said to whom serves optimistically", () => {
  const box = boxOf(remote({ in: [rule("gateways[B].import", null, ["secret.>"])] }));
  const client = box.client();
  client.says("SUB > 1");
  const dialer = box.inbound("B");
  dialer.hears();
  dialer.says("RMSG $G secret.1 1", "x", "RMSG $G open 1", "y");
  expect(client.hears()).toEqual(["MSG open 1 1", "y"]);
  const [account] = [...[...box.core.inbounds][0]!.accounts.values()];
  const { messages, wireBytes, refusals } = account!;
  expect([messages, wireBytes]).toEqual([1, "RMSG $G open 1\r\ny\r\n".length]);
  expect([refusals.total, refusals.last]).toEqual([1, "gateways[B].import"]);
});

test("answers go where requests went, unless inboxes are denied", () => {
  for (const deny of [[], ["_INBOX.>"]]) {
    const box = boxOf(remote({ out: [rule("export", ["svc"], deny)], in: [rule("import", ["svc"], deny)] }));
    const peer = wanting(box, "B", "$G", "svc");
    const dialer = box.inbound("B");
    const client = box.client();
    client.says("SUB _INBOX.x.* 1", "PUB svc _INBOX.x.1 1", "?");
    const [line = ""] = peer.hears();
    expect(line).toStartWith(`RMSG $G svc ${MAPPED}`);
    client.hears();
    dialer.says(`RMSG $G ${line.split(" ")[3]} 1`, "!");
    expect(client.hears()).toEqual(deny.length === 0 ? ["MSG _INBOX.x.1 1 1", "!"] : []);
  }
});

test("the way home does not let in what may not come", () => {
  const box = boxOf(remote({ in: [rule("import", ["svc"])] }));
  const client = box.client();
  client.says("SUB secret 1");
  const dialer = box.inbound("B");
  dialer.says(`RMSG $G ${MAPPED}dddddd.secret 1`, "!");
  client.hears();
  expect(client.hears()).toEqual([]);
});

test("remotes without rules of their own have those of all others, learned ones too", () => {
  const box = boxOf(remote({}), remote({ out: [rule("gateways[*]", ["open"])] }));
  const b = wanting(box, "B", "$G", ">");
  const c = wanting(box, "C", "$G", ">");
  box.client().says("PUB open 1", "1", "PUB closed 1", "2");
  expect(b.hears()).toEqual(["RMSG $G open 1", "1", "RMSG $G closed 1", "2"]);
  expect(c.hears()).toEqual(["RMSG $G open 1", "1"]);
});

test("leafs are not told of interest that a rule would refuse", () => {
  const box = boxOf(remote({ out: [rule("export", ["open.>"])] }));
  const spoke = box.spoke("edge");
  wanting(box, "B", "$G", "open.1", "closed.1");
  expect(spoke.hears().filter((line) => line.startsWith("LS"))).toEqual(["LS+ open.1"]);
});
