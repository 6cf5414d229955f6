// /connz: clients and leafs, open and over.

import { describe, expect, test } from "bun:test";
import { connz, connzOptions } from "../../src/monitor/connz.ts";
import { Query, QueryError } from "../../src/monitor/query.ts";
import { CONNZ, expectShape } from "./shape.ts";
import { Box, START } from "./support.ts";

interface Shown {
  readonly cid: number;
  readonly name?: string;
  readonly subscriptions_list?: readonly string[];
  readonly subscriptions_list_detail?: readonly unknown[];
}

interface Shows {
  readonly num_connections: number;
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  readonly connections: readonly Shown[];
}

function ask(box: Box, query = ""): Shows {
  const document = connz(box.source, connzOptions(new Query(new URLSearchParams(query))));
  return JSON.parse(JSON.stringify(document)) as Shows;
}

function names(box: Box, query: string): (string | undefined)[] {
  return ask(box, query).connections.map(({ name }) => name);
}

function refusal(query: string): string {
  try {
    connzOptions(new Query(new URLSearchParams(query)));
  } catch (error) {
    if (error instanceof QueryError) return error.message;
    throw error;
  }
  return "accepted";
}

/** Three clients of two accounts, one a second, with one, two and no subscriptions. */
function peopled(): { box: Box; one: ReturnType<Box["client"]>; two: ReturnType<Box["client"]> } {
  const box = new Box();
  box.accepted("EAST");
  const one = box.client("ann", "one");
  box.now += 1_000;
  const two = box.client("sam", "two");
  box.now += 1_000;
  box.client("ann", "three");
  box.feed(one, "SUB orders.* 7\r\n");
  box.feed(two, "SUB orders.eu workers 1\r\nSUB > 2\r\nUNSUB 2 9\r\n");
  box.feed(two, "PUB a 3\r\nabc\r\nPUB b 1\r\na\r\n");
  return { box, one, two };
}

test("a client has every field that nats-server shows, with the same type", () => {
  const { box } = peopled();
  const shown = ask(box, "acc=SHOP&auth=1&subs=1");
  expectShape(shown, CONNZ);
  expect(shown.connections[0]).toMatchObject({ kind: "Client", type: "nats", lang: "ts", rtt: "0s" });
});

test("gateways are not among the connections", () => {
  const { box } = peopled();
  expect(names(box, "")).toEqual(["one", "two", "three"]);
  expect(ask(box)).toMatchObject({ num_connections: 3, total: 3, offset: 0, limit: 1_024 });
});

test("figures are those of the connection", () => {
  const { box, two } = peopled();
  box.now += 500;
  expect(ask(box, `cid=${two.id}`).connections).toMatchObject([
    {
      cid: two.id,
      ip: "127.0.0.1",
      port: two.remote.port,
      start: "2026-01-02T03:04:06.678Z",
      last_activity: "2026-01-02T03:04:07.678Z",
      uptime: "1s",
      idle: "0s",
      pending_bytes: two.egress.pendingBytes,
      in_msgs: 2,
      in_bytes: 4,
      out_msgs: 2,
      out_bytes: 4,
      subscriptions: 2,
    },
  ]);
});

describe("auth", () => {
  test("adds user and account, and leaves the global account unnamed", () => {
    const { box } = peopled();
    const [one, two] = ask(box, "auth=1").connections;
    expect(one).toMatchObject({ authorized_user: "ann", name_tag: "$G" });
    expect(one).not.toHaveProperty("account");
    expect(two).toMatchObject({ authorized_user: "sam", account: "SHOP", name_tag: "SHOP" });
    expect(ask(box).connections[1]).not.toHaveProperty("authorized_user");
  });

  test("is not needed to filter by user or account", () => {
    const { box } = peopled();
    expect(names(box, "user=sam")).toEqual(["two"]);
    expect(names(box, "acc=$G")).toEqual(["one", "three"]);
    expect(ask(box, "acc=SHOP").total).toBe(1);
    expect(ask(box, "acc=nobody")).toMatchObject({ total: 0, connections: [] });
  });
});

test("subscriptions are listed as subjects or in detail", () => {
  const { box, two } = peopled();
  const list = (query: string): Shown => ask(box, `${query}&cid=${two.id}`).connections[0]!;
  expect(list("subs=1").subscriptions_list).toEqual(["orders.eu", ">"]);
  expect(list("subs=detail").subscriptions_list_detail).toEqual([
    { subject: "orders.eu", qgroup: "workers", sid: "1", msgs: 0, cid: two.id },
    { subject: ">", sid: "2", msgs: 2, max: 9, cid: two.id },
  ]);
  expect(list("")).not.toHaveProperty("subscriptions_list");
});

test("a subject chooses those whose interest meets it", () => {
  const { box } = peopled();
  expect(names(box, "acc=$G&filter_subject=*.eu")).toEqual(["one"]);
  expect(names(box, "acc=$G&filter_subject=orders.eu.x")).toEqual([]);
  expect(names(box, "acc=$G&filter_subject=..")).toEqual([]);
  expect(names(box, "acc=$G&filter_subject=>")).toEqual(["one", "three"]);
});

describe("order", () => {
  test("is by id, and descends by every figure but id, start and uptime", () => {
    const { box, one } = peopled();
    box.now += 1_000;
    box.feed(one, "PING\r\n");
    expect(names(box, "sort=subs")).toEqual(["two", "one", "three"]);
    expect(names(box, "sort=msgs_from")).toEqual(["two", "one", "three"]);
    expect(names(box, "sort=bytes_to")).toEqual(["two", "one", "three"]);
    expect(names(box, "sort=uptime")).toEqual(["three", "two", "one"]);
    expect(names(box, "sort=last")).toEqual(["one", "two", "three"]);
    expect(names(box, "sort=idle")).toEqual(["two", "three", "one"]);
    expect(names(box, "sort=start")).toEqual(["one", "two", "three"]);
  });

  test("by something unknown, or by what only closed connections have, is refused", () => {
    expect(refusal("sort=size")).toBe("invalid sorting option: size");
    expect(refusal("sort=toString")).toBe("invalid sorting option: toString");
    expect(refusal("sort=stop")).toBe("sort by stop only valid on closed connections");
    expect(refusal("sort=reason&state=all")).toBe("sort by reason only valid on closed connections");
    expect(refusal("filter_subject=a")).toBe("filter by subject only valid with account filtering");
  });
});

test("offset and limit cut a page, whatever they are", () => {
  const { box } = peopled();
  expect(names(box, "offset=1&limit=1")).toEqual(["two"]);
  expect(ask(box, "offset=1&limit=1")).toMatchObject({ num_connections: 1, total: 3, offset: 1, limit: 1 });
  expect(ask(box, "offset=99")).toMatchObject({ num_connections: 0, total: 3, connections: [] });
  expect(ask(box, "offset=-5&limit=-5")).toMatchObject({ num_connections: 3, offset: 0, limit: 1_024 });
  expect(ask(box, "limit=9223372036854775807")).toMatchObject({ num_connections: 3, limit: 100_000 });
  expect(ask(box, "cid=18446744073709551615").connections).toEqual([]);
});

test("a closed connection tells when and why it ended, and its figures stay", () => {
  const { box, two } = peopled();
  box.now += 4_000;
  two.close("Protocol Violation");
  two.lost("Client Closed", box.now);
  box.now = START + 3_600_000;
  expect(names(box, "")).toEqual(["one", "three"]);
  expect(names(box, "state=all")).toEqual(["one", "two", "three"]);
  expect(ask(box, "state=all").total).toBe(3);
  const closed = ask(box, "state=closed&auth=1&sort=stop");
  expect(closed.total).toBe(1);
  expect(closed.connections).toMatchObject([
    {
      cid: two.id,
      stop: "2026-01-02T03:04:11.678Z",
      reason: "Protocol Violation",
      uptime: "5s",
      idle: "4s",
      in_msgs: 2,
      account: "SHOP",
      authorized_user: "sam",
    },
  ]);
  expect(ask(box, `state=closed&cid=${two.id}`).connections).toHaveLength(1);
  expect(ask(box, `state=open&cid=${two.id}`).connections).toHaveLength(0);
});

test("closed gateways are not among the closed connections", () => {
  const { box } = peopled();
  for (const session of box.core.inbounds) session.lost("Read Error", box.now);
  expect(ask(box, "state=closed")).toMatchObject({ total: 0, connections: [] });
});

test("leafs are among the connections, open and closed, as with nats-server 2.15", () => {
  const { box } = peopled();
  box.spoke("edge").lost("Read Error", box.now);
  box.spoke("till");
  expect(names(box, "state=all")).toEqual(["one", "two", "three", "edge", "till"]);
  expect(names(box, "state=closed")).toEqual(["edge"]);
  expect(ask(box, "sort=bytes_to").total).toBe(4);
});

test("TLS is shown while the connection is open and where the transport tells of it", () => {
  const { box, two } = peopled();
  two.lost("Client Closed", box.now);
  const tls = () => ({ version: "1.3", cipherSuite: "TLS_AES_128_GCM_SHA256" });
  const options = connzOptions(new Query(new URLSearchParams("state=all")));
  const { connections } = connz({ ...box.source, tls }, options) as unknown as Shows;
  const fields = { tls_version: "1.3", tls_cipher_suite: "TLS_AES_128_GCM_SHA256" };
  expect(connections[0]).toMatchObject(fields);
  expect(connections[1]).not.toHaveProperty("tls_version");
  expect(ask(box).connections[0]).not.toHaveProperty("tls_version");
});

test("a client that may not log in is closed with its reason", () => {
  const box = new Box();
  const session = box.client("ann", "wrong", "x");
  session.lost("Client Closed", box.now);
  expect(ask(box, "state=closed&auth=1").connections).toMatchObject([{ reason: "Authentication Failure" }]);
});
