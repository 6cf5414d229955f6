// /gatewayz: nats-server's picture, and what it does not tell.

import { describe, expect, test } from "bun:test";
import { gatewayz, gatewayzOptions } from "../../src/monitor/gatewayz.ts";
import { Query } from "../../src/monitor/query.ts";
import { expectShape, GATEWAYZ } from "./shape.ts";
import { Box, OPTIONS, START } from "./support.ts";

interface Account {
  readonly name: string;
  readonly subscriptions_list?: readonly string[];
  readonly subscriptions_list_detail?: readonly unknown[];
}

interface Shown {
  readonly connection: {
    readonly rtt: string;
    readonly subscriptions: number;
    readonly pending_bytes: number;
  };
  readonly state?: string;
  readonly last_error?: string;
  readonly next_attempt?: string;
  readonly accounts?: readonly Account[];
  readonly history?: readonly { readonly at: string; readonly event: string; readonly reason?: string }[];
}

interface Shows {
  readonly outbound_gateways: Readonly<Record<string, Shown>> | null;
  readonly inbound_gateways: Readonly<Record<string, readonly Shown[]>>;
}

function ask(box: Box, query = ""): Shows {
  const document = gatewayz(box.source, gatewayzOptions(new Query(new URLSearchParams(query))));
  return JSON.parse(JSON.stringify(document)) as Shows;
}

function outbound(box: Box, name: string, query = ""): Shown {
  return ask(box, query).outbound_gateways![name]!;
}

function account(shown: Shown | undefined, name: string): Account {
  return shown!.accounts!.find((one) => one.name === name)!;
}

/** EAST is connected both ways; its interest in $G is `lines`, complete. */
function linked(lines = ""): { box: Box; session: ReturnType<Box["dialed"]> } {
  const box = new Box();
  box.core.start(box.now);
  const session = box.dialed("EAST");
  box.accepted("EAST");
  box.command(session, 2, "$G");
  box.now += 12;
  box.feed(session, lines);
  box.command(session, 3, "$G");
  return { box, session };
}

test("a connected gateway has every field that nats-server shows, with the same type", () => {
  const { box } = linked("RS+ $G orders.>\r\nRS+ $G jobs workers 1\r\n");
  const { outbound_gateways, inbound_gateways, ...rest } = ask(box, "accs=1&acc_name=$G");
  const { EAST } = outbound_gateways!;
  expectShape({ ...rest, outbound_gateways: { EAST }, inbound_gateways }, GATEWAYZ);
});

test("without a gateway both maps are empty, and there is no name", () => {
  const shown = ask(new Box({ ...OPTIONS, gateway: null }));
  expect(Object.keys(shown).sort()).toEqual(["inbound_gateways", "now", "outbound_gateways", "server_id"]);
  expect(shown.outbound_gateways).toEqual({});
  expect(shown.inbound_gateways).toEqual({});
});

describe("a configured remote that is down", () => {
  test("is listed with its state, its last error and its next attempt", () => {
    const box = new Box();
    expect(outbound(box, "EAST")).toMatchObject({ configured: true, state: "waiting" });
    expect(outbound(box, "EAST")).not.toHaveProperty("next_attempt");
    box.core.start(box.now);
    expect(outbound(box, "EAST")).toMatchObject({
      state: "dialing",
      urls: ["127.0.0.1:7001"],
      reconnects: 0,
    });
    box.core.dialFailed(box.dials.shift()!, "connection refused", box.now);
    const down = ask(box, "history=1").outbound_gateways!;
    const failed = Object.values(down).find(({ state }) => state === "waiting")!;
    expect(failed.last_error).toBe("connection refused");
    expect(Date.parse(failed.next_attempt!)).toBeGreaterThan(box.now);
    expect(failed.history).toEqual([
      { at: "2026-01-02T03:04:05.678Z", event: "dial failed", reason: "connection refused" },
    ]);
  });

  test("has a connection all the same, of which every figure is zero", () => {
    const { connection } = outbound(new Box(), "EAST");
    const { EAST } = GATEWAYZ.outbound_gateways;
    const { name, ...fields } = EAST.connection;
    expectShape(connection, fields);
    expect(connection).toMatchObject({ cid: 0, in_msgs: 0, start: "0001-01-01T00:00:00Z", uptime: "0s" });
  });

  test("is dialing, not connected, until the remote has said who it is", () => {
    const box = new Box();
    box.core.start(box.now);
    box.dialed("EAST", false);
    expect(outbound(box, "EAST")).toMatchObject({ state: "dialing", connection: { cid: 0 } });
  });

  test("tells why and when the last connection ended, and how often it came back", () => {
    const { box, session } = linked();
    box.now += 5_000;
    session.lost("Read Error", box.now);
    const down = outbound(box, "EAST", "history=1");
    expect(down).toMatchObject({
      state: "waiting",
      reconnects: 0,
      last_close: { reason: "Read Error", at: "2026-01-02T03:04:10.69Z" },
    });
    expect(down.history!.map(({ event }) => event)).toEqual(["connected", "closed"]);
    box.now += 5_000;
    box.core.tick(box.now);
    box.dialed("EAST");
    const up = outbound(box, "EAST");
    expect(up).toMatchObject({ state: "connected", reconnects: 1, last_close: { reason: "Read Error" } });
    expect(up).not.toHaveProperty("last_error");
    expect(up).not.toHaveProperty("history");
  });
});

describe("an outbound account", () => {
  test("has the mode, the size of its table, and the time its transition took", () => {
    const { box } = linked("RS+ $G orders.>\r\nRS+ $G jobs workers 1\r\nRS+ $G jobs others 1\r\n");
    expect(account(outbound(box, "EAST", "accs=1"), "$G")).toMatchObject({
      interest_mode: "Interest-Only",
      mode: "InterestOnly",
      interest_only_threshold: 1_000,
      num_subs: 3,
      num_queue_subs: 2,
      transitions: 1,
      last_transition: "2026-01-02T03:04:05.678Z",
      last_transition_ms: 12,
    });
    expect(outbound(box, "EAST").connection.subscriptions).toBe(3);
  });

  test("counts what was sent and what nobody there wanted", () => {
    const { box, session } = linked("RS+ $G orders.>\r\n");
    const client = box.client();
    box.feed(client, "PUB orders.eu 5\r\nhello\r\nPUB other 3\r\nabc\r\nPUB other 3\r\nabc\r\n");
    const shown = outbound(box, "EAST", "accs=1");
    expect(account(shown, "$G")).toMatchObject({ messages: 1, bytes: 5, suppressed: 2 });
    expect(shown.connection).toMatchObject({
      out_msgs: 1,
      out_bytes: 5,
      in_msgs: 0,
      suppressed: 2,
      dropped: 0,
    });
    expect(shown.connection.pending_bytes).toBe(session.egress.pendingBytes);
  });

  test("lists its subjects, once per queue group, only when asked", () => {
    const { box, session } = linked("RS+ $G orders.>\r\nRS+ $G jobs workers 1\r\nRS+ $G jobs others 1\r\n");
    box.feed(box.client(), "SUB mine 1\r\n");
    const list = account(outbound(box, "EAST", "accs=1&subs=1"), "$G").subscriptions_list!;
    expect(list.toSorted()).toEqual(["jobs", "jobs", "orders.>"]);
    const detail = account(outbound(box, "EAST", "acc_name=$G&subs=detail"), "$G").subscriptions_list_detail;
    expect(detail).toContainEqual({ subject: "orders.>", sid: "", msgs: 0, cid: session.id });
    expect(detail).toContainEqual({ subject: "jobs", qgroup: "workers", sid: "", msgs: 0, cid: session.id });
    expect(detail).toHaveLength(3);
    expect(account(outbound(box, "EAST", "accs=1"), "$G")).not.toHaveProperty("subscriptions_list");
    expect(outbound(box, "EAST", "subs=1")).not.toHaveProperty("accounts");
  });

  test("that the remote does not have shows as Optimistic, and by our own word as NoInterest", () => {
    const { box, session } = linked();
    box.feed(session, "A- SHOP\r\n");
    expect(account(outbound(box, "EAST", "acc_name=SHOP"), "SHOP")).toMatchObject({
      interest_mode: "Optimistic",
      mode: "NoInterest",
    });
  });

  test("that is being listed tells when that began but not yet how long it took", () => {
    const { box, session } = linked();
    box.command(session, 2, "SHOP");
    const shop = account(outbound(box, "EAST", "acc_name=SHOP"), "SHOP");
    expect(shop).toMatchObject({ interest_mode: "Transitioning", transitions: 1 });
    expect(shop).toHaveProperty("last_transition");
    expect(shop).not.toHaveProperty("last_transition_ms");
  });
});

describe("an inbound connection", () => {
  test("is one of an array, and counts what came and what nobody here wanted", () => {
    const { box } = linked();
    box.accepted("EAST");
    const [first] = box.core.inbounds;
    box.feed(box.client(), "SUB known 1\r\n");
    box.feed(first!, "RMSG $G known 2\r\nhi\r\nRMSG $G unknown 2\r\nhi\r\n");
    const [one, two] = ask(box, "accs=1").inbound_gateways["EAST"]!;
    expect(two!.connection).toMatchObject({ in_msgs: 0, unwanted: 0 });
    expect(one).toMatchObject({ configured: false, server_name: "east-1", version: "2.15.2" });
    expect(one!.connection).toMatchObject({
      kind: "Gateway",
      name: "NEAST",
      in_msgs: 2,
      in_bytes: 4,
      unwanted: 1,
    });
    expect(account(one, "$G")).toMatchObject({
      interest_mode: "Interest-Only",
      messages: 2,
      bytes: 4,
      unwanted: 1,
    });
  });

  test("that has not said who it is is not shown", () => {
    const { box } = linked();
    box.core.acceptGateway({ ip: "127.0.0.1", port: 1 }, box.now);
    expect(ask(box).inbound_gateways["EAST"]).toHaveLength(1);
    expect(Object.keys(ask(box).inbound_gateways)).toEqual(["EAST"]);
  });
});

describe("filters", () => {
  test("gw_name shows one remote in both directions, and null where there is none", () => {
    const { box } = linked();
    expect(Object.keys(ask(box, "gw_name=EAST").outbound_gateways!)).toEqual(["EAST"]);
    expect(Object.keys(ask(box, "gw_name=EAST").inbound_gateways)).toEqual(["EAST"]);
    expect(Object.keys(ask(box, "gw_name=WEST").inbound_gateways)).toEqual([]);
    expect(ask(box, "gw_name=nobody")).toMatchObject({ outbound_gateways: null, inbound_gateways: {} });
  });

  test("an unknown account leaves the accounts out", () => {
    const { box } = linked();
    expect(outbound(box, "EAST", "acc_name=nobody")).not.toHaveProperty("accounts");
  });

  test("a gateway may be called like a property of every object", () => {
    const box = new Box();
    box.accepted("__proto__");
    box.accepted("toString");
    const text = JSON.stringify(
      gatewayz(box.source, gatewayzOptions(new Query(new URLSearchParams("accs=1")))),
    );
    expect(text).toContain('"__proto__":[{');
    expect(text).toContain('"toString":[{');
  });
});

test("a list of subjects is bounded, and says where it was cut", () => {
  const { box, session } = linked();
  for (let i = 0; i < 100_001; i += 1_000) {
    const lines = Array.from({ length: Math.min(1_000, 100_001 - i) }, (_, n) => `RS+ $G s.${i + n}\r\n`);
    box.feed(session, lines.join(""));
  }
  const full = account(outbound(box, "EAST", "accs=1&subs=1"), "$G");
  expect(full.subscriptions_list).toHaveLength(100_000);
  expect(full).toMatchObject({ num_subs: 100_001, subscriptions_truncated: true });
  box.feed(session, "RS- $G s.0\r\n");
  const whole = account(outbound(box, "EAST", "accs=1&subs=1"), "$G");
  expect(whole.subscriptions_list).toHaveLength(100_000);
  expect(whole).not.toHaveProperty("subscriptions_truncated");
});

test("uptime and idle are those of the moment", () => {
  const { box, session } = linked();
  box.now = START + 61_000;
  box.feed(session, "PING\r\n");
  box.now += 2_500;
  expect(outbound(box, "EAST").connection).toMatchObject({ uptime: "1m3s", idle: "2s" });
});

test("a round trip is shown once it is measured", () => {
  const { box, session } = linked();
  expect(outbound(box, "EAST").connection.rtt).toBe("0s");
  box.now += 2_000;
  box.core.tick(box.now);
  box.flush(session);
  box.now += 0.819_3;
  box.feed(session, "PONG\r\n");
  expect(outbound(box, "EAST").connection.rtt).toMatch(/^81[89]µs$/);
});

test("TLS is shown where the transport tells of it", () => {
  const { box } = linked();
  const tls = () => ({ version: "1.3", cipherSuite: "TLS_AES_128_GCM_SHA256" });
  const shown = gatewayz({ ...box.source, tls }, gatewayzOptions(new Query(new URLSearchParams())));
  const fields = { tls_version: "1.3", tls_cipher_suite: "TLS_AES_128_GCM_SHA256" };
  expect(shown).toMatchObject({
    outbound_gateways: { EAST: { connection: fields } },
    inbound_gateways: { EAST: [{ connection: fields }] },
  });
  expect(outbound(box, "EAST").connection).not.toHaveProperty("tls_version");
});
