// /accstatz: connections, subscriptions and traffic of each account.

import { expect, test } from "bun:test";
import { CLOSED_MAX } from "../../src/base/limits.ts";
import { accstatz, accstatzOptions } from "../../src/monitor/accstatz.ts";
import { Query } from "../../src/monitor/query.ts";
import { ACCSTATZ, expectShape } from "./shape.ts";
import { Box } from "./support.ts";

interface Account {
  readonly acc: string;
}

function ask(box: Box, query = ""): readonly Account[] {
  const document = accstatz(box.source, accstatzOptions(new Query(new URLSearchParams(query))));
  return (document as unknown as { account_statz: readonly Account[] }).account_statz;
}

const of = (box: Box, name: string, query = "") => ask(box, query).find(({ acc }) => acc === name);

const flows = (all: [number, number], gateways: [number, number], leafs: [number, number]) => ({
  msgs: all[0],
  bytes: all[1],
  gateways: { msgs: gateways[0], bytes: gateways[1] },
  routes: { msgs: 0, bytes: 0 },
  leafs: { msgs: leafs[0], bytes: leafs[1] },
});

/** A client, a leaf, and EAST both ways, all of $G, and a client of SHOP. */
function peopled() {
  const box = new Box();
  box.core.start(box.now);
  const outbound = box.dialed("EAST");
  box.command(outbound, 2, "$G");
  box.feed(outbound, "RS+ $G there\r\n");
  box.command(outbound, 3, "$G");
  const inbound = box.accepted("EAST");
  const client = box.client("ann");
  const leaf = box.spoke("edge");
  box.feed(client, "SUB here 1\r\nSUB here q 2\r\n");
  box.feed(leaf, "LS+ edge\r\n");
  box.client("sam");
  return { box, outbound, inbound, client, leaf };
}

test("an account has every field that nats-server shows, with the same type", () => {
  const { box } = peopled();
  const document = accstatz(box.source, { unused: false });
  expectShape(document, ACCSTATZ);
});

test("clients, leafs and their subscriptions are counted by account", () => {
  const { box } = peopled();
  expect(of(box, "$G")).toMatchObject({
    name: "$G",
    conns: 1,
    leafnodes: 1,
    total_conns: 2,
    num_subscriptions: 3,
  });
  expect(of(box, "SHOP")).toMatchObject({ conns: 1, leafnodes: 0, total_conns: 1, num_subscriptions: 0 });
});

test("traffic is told by whom it came from and went to, and stays when connections end", () => {
  const { box, client, leaf, inbound, outbound } = peopled();
  box.feed(client, "PUB there 5\r\nhello\r\nPUB edge 3\r\nabc\r\nPUB nowhere 1\r\nx\r\n");
  box.feed(leaf, "LMSG there 2\r\nhi\r\n");
  box.feed(inbound, "RMSG $G edge 4\r\nfour\r\nRMSG SHOP edge 4\r\nfour\r\n");
  const expected = {
    received: flows([5, 15], [1, 4], [1, 2]),
    sent: flows([4, 14], [2, 7], [2, 7]),
    slow_consumers: 0,
  };
  expect(of(box, "$G")).toMatchObject(expected);
  expect(of(box, "SHOP")).toMatchObject({ received: flows([1, 4], [1, 4], [0, 0]) });
  for (const session of [client, leaf, inbound, outbound]) session.lost("Read Error", box.now);
  expect(of(box, "$G", "unused=1")).toMatchObject({ ...expected, conns: 0, leafnodes: 0 });
});

test("accounts without a client or leaf are shown only when asked", () => {
  const { box } = peopled();
  const names = (query: string): string[] => ask(box, query).map(({ acc }) => acc);
  expect(names("")).toEqual(["$G", "SHOP"]);
  expect(names("unused=true")).toEqual(["$G", "SHOP", "$SYS"]);
  expect(ask(new Box())).toEqual([]);
  expect(() => ask(box, "unused=x")).toThrow(
    `Error decoding boolean for 'unused': strconv.ParseBool: parsing "x": invalid syntax`,
  );
});

test("who did not keep up is counted once the connection is over", () => {
  const { box, leaf, client } = peopled();
  leaf.close("Slow Consumer (Pending Bytes)", null, true);
  expect(of(box, "$G")).toMatchObject({ slow_consumers: 0, leafnodes: 0 });
  leaf.lost("Client Closed", box.now);
  client.giveUp();
  client.lost("Client Closed", box.now);
  expect(of(box, "$G", "unused=1")).toMatchObject({ slow_consumers: 2 });
});

test("a client that never logged in and accounts that a remote made up are nobody's", () => {
  const { box, outbound } = peopled();
  box.feed(outbound, "A- THEIRS\r\n");
  const stranger = box.client("ann", "", "wrong");
  stranger.lost("Client Closed", box.now);
  expect(ask(box, "unused=1").map(({ acc }) => acc)).toEqual(["$G", "SHOP", "$SYS"]);
  expect(of(box, "$G")).toMatchObject({ conns: 1 });
});

test("traffic is left out when ended connections are forgotten, and what is connected stays", () => {
  const { box, client } = peopled();
  box.feed(client, "PUB a 2\r\nhi\r\n");
  for (let i = 0; i <= CLOSED_MAX; i++) {
    box.core.acceptClient({ ip: "127.0.0.1", port: i }, box.now).lost("Client Closed", box.now);
  }
  expect(of(box, "$G")).toEqual({
    acc: "$G",
    name: "$G",
    conns: 1,
    leafnodes: 1,
    total_conns: 2,
    num_subscriptions: 3,
  } as never);
});
