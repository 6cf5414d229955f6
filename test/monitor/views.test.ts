// /varz, /subsz, /healthz, /accountz and those of what is not here.

import { describe, expect, test } from "bun:test";
import { CLOSED_MAX } from "../../src/base/limits.ts";
import { routez } from "../../src/monitor/absent.ts";
import { accountz, accountzOptions } from "../../src/monitor/accountz.ts";
import { healthz, healthzOptions } from "../../src/monitor/healthz.ts";
import { ProcessMeter } from "../../src/monitor/process-meter.ts";
import { Query } from "../../src/monitor/query.ts";
import { subsz, subszOptions } from "../../src/monitor/subsz.ts";
import { varz } from "../../src/monitor/varz.ts";
import { ACCOUNTZ_DETAIL, expectShape, SUBSZ, VARZ, VARZ_LEAF_REMOTES } from "./shape.ts";
import { Box, dialing, listening, OPTIONS } from "./support.ts";

const query = (text: string): Query => new Query(new URLSearchParams(text));
const LISTENER = { host: "127.0.0.1", port: 8_222, basePath: "", requests: new Map([["/varz", 3]]) };

function subscribed(): Box {
  const box = new Box();
  box.core.start(box.now);
  const session = box.dialed("EAST");
  box.command(session, 2, "$G");
  box.feed(session, "RS+ $G remote.only\r\n");
  box.feed(box.client("ann"), "SUB orders.* 1\r\nSUB orders.eu q 2\r\n");
  box.feed(box.client("sam"), "SUB orders.> 1\r\n");
  return box;
}

describe("/varz", () => {
  test("has every field that nats-server shows, with the same type", () => {
    expectShape(varz(subscribed().source, LISTENER), VARZ);
  });

  test("counts messages of clients and gateways together, and those of clients apart", () => {
    const box = subscribed();
    const inbound = box.accepted("EAST");
    const sam = box.client("sam");
    box.feed(box.client("ann"), "PUB orders.eu 5\r\nhello\r\n");
    box.feed(inbound, "RMSG SHOP orders.eu 3\r\nabc\r\n");
    box.feed(sam, "PUB nothing 1\r\nx\r\n");
    const figures = { in_msgs: 3, in_bytes: 9, in_client_msgs: 2, in_client_bytes: 6 };
    const more = { out_msgs: 3, out_bytes: 13, out_client_msgs: 3, out_client_bytes: 13 };
    expect(varz(box.source, LISTENER)).toMatchObject({ ...figures, ...more });
    sam.lost("Client Closed", box.now);
    inbound.lost("Read Error", box.now);
    expect(varz(box.source, LISTENER)).toMatchObject({ ...figures, ...more });
  });

  test("counts connections, subscriptions of clients, slow and stale ones by kind", () => {
    const box = subscribed();
    const slow = box.client("ann");
    box.feed(slow, "SUB slow 1\r\n");
    slow.close("Slow Consumer (Pending Bytes)", null, true);
    slow.lost("Client Closed", box.now);
    const stale = box.accepted("EAST");
    stale.close("Stale Connection");
    stale.lost("Client Closed", box.now);
    expect(varz(box.source, LISTENER)).toMatchObject({
      connections: 2,
      total_connections: 5,
      subscriptions: 3,
      slow_consumers: 1,
      stale_connections: 1,
      slow_consumer_stats: { clients: 1, gateways: 0 },
      stale_connection_stats: { clients: 0, gateways: 1 },
    });
  });

  test("leaves figures of clients out when ended connections are forgotten, and keeps those of all", () => {
    const box = new Box();
    const end = (session: ReturnType<Box["client"]>): void => session.lost("Client Closed", box.now);
    const first = box.client("ann");
    box.feed(first, "PUB a 2\r\nhi\r\n");
    end(first);
    for (let i = 1; i < CLOSED_MAX; i++) end(box.core.acceptClient({ ip: "127.0.0.1", port: i }, box.now));
    expect(varz(box.source, LISTENER)).toMatchObject({ in_msgs: 1, in_client_msgs: 1 });
    end(box.core.acceptClient({ ip: "127.0.0.1", port: 1 }, box.now));
    expect(varz(box.source, LISTENER)).toMatchObject({ in_msgs: 1, total_connections: CLOSED_MAX + 1 });
    expect(varz(box.source, LISTENER)).not.toHaveProperty("in_client_msgs");
  });

  test("shows the gateway with its configured remotes and the URLs that were learned of them", () => {
    const box = subscribed();
    box.accepted("IMPLICIT");
    const { gateway } = varz(box.source, LISTENER);
    expect(gateway).toEqual({
      name: "HOME",
      host: "127.0.0.1",
      port: 7_222,
      auth_timeout: 2,
      gateways: [
        { name: "EAST", urls: ["127.0.0.1:7001", "127.0.0.1:7009"] },
        { name: "WEST", urls: ["127.0.0.1:7002"] },
      ],
      write_deadline: 10_000_000_000,
    });
    const none = varz(new Box({ ...OPTIONS, gateway: null }).source, LISTENER);
    expect(none).toMatchObject({ gateway: {} });
  });

  test("shows where leafs are accepted", () => {
    expect(varz(new Box().source, LISTENER)).toMatchObject({ leafnodes: 0 });
    expect(varz(new Box().source, LISTENER)["leaf"]).toEqual({
      host: "127.0.0.1",
      port: 7_422,
      auth_timeout: 2,
      tls_timeout: 2,
      write_deadline: 10_000_000_000,
    });
    const secure = new Box(listening({ tlsRequired: true, tlsVerify: true, authTimeoutMillis: 3_000 }));
    const fields = { tls_required: true, tls_verify: true, auth_timeout: 3 };
    expect(varz(secure.source, LISTENER)).toMatchObject({ leaf: fields });
    const none = new Box({ ...OPTIONS, leaf: null });
    expect(varz(none.source, LISTENER)["leaf"]).toEqual({});
  });

  test("shows when the certificate for leafs ends", () => {
    const { source } = new Box();
    const facts = source.facts();
    const listener = { ...facts.leaf!.listener!, tlsCertNotAfter: Date.UTC(2027, 0, 1) };
    const leaf = { ...facts.leaf!, listener };
    const shown = varz({ ...source, facts: () => ({ ...facts, leaf }) }, LISTENER);
    expect(shown).toMatchObject({ leaf: { tls_cert_not_after: "2027-01-01T00:00:00Z" } });
  });

  test("shows the hubs as configured, disabled ones too, each without what it does not have", () => {
    const secure = { scheme: "tls", host: "::1", port: 7_423, path: "", user: null, password: null } as const;
    const options = dialing(
      { denyImports: ["x.>"], denyExports: ["y"], account: "SHOP" },
      { urls: [secure], tlsRequired: true, disabled: true },
    );
    const box = new Box({ ...options, leaf: { ...options.leaf!, listen: null } });
    box.core.start(box.now);
    box.hub("east");
    const { leaf } = varz(box.source, LISTENER) as { leaf: Record<string, unknown> };
    expect(leaf).toEqual({
      remotes: [
        {
          local_account: "SHOP",
          urls: ["hub.example:7422"],
          deny: { exports: ["y"], imports: ["x.>"] },
        },
        { local_account: "$G", tls_timeout: 3, urls: ["[::1]:7423"] },
      ],
      write_deadline: 10_000_000_000,
    });
    expectShape([(leaf["remotes"] as unknown[])[0]], VARZ_LEAF_REMOTES);
  });

  test("counts leafs that are connected, their messages, and slow and stale ones", () => {
    const box = new Box();
    const before = varz(box.source, LISTENER);
    expect(before).toMatchObject({ slow_consumer_stats: { leafs: 0 }, stale_connection_stats: { leafs: 0 } });
    const leaf = box.spoke("edge");
    box.feed(leaf, "LS+ up\r\nLMSG down 4\r\nfour\r\n");
    box.feed(box.client("ann"), "SUB down 1\r\nPUB up 2\r\nhi\r\n");
    box.rawLeaf();
    const figures = { in_msgs: 2, in_bytes: 6, out_msgs: 1, out_bytes: 2, in_client_msgs: 1 };
    const now = { leafnodes: 1, connections: 1, total_connections: 3, subscriptions: 2 };
    expect(varz(box.source, LISTENER)).toMatchObject({ ...figures, ...now });
    leaf.close("Slow Consumer (Pending Bytes)", null, true);
    leaf.lost("Client Closed", box.now);
    const stale = box.spoke("stale");
    stale.close("Stale Connection");
    stale.lost("Client Closed", box.now);
    expect(varz(box.source, LISTENER)).toMatchObject({
      ...figures,
      leafnodes: 0,
      subscriptions: 1,
      slow_consumers: 1,
      stale_connections: 1,
      slow_consumer_stats: { clients: 0, routes: 0, gateways: 0, leafs: 1 },
      stale_connection_stats: { clients: 0, routes: 0, gateways: 0, leafs: 1 },
    });
  });

  test("speaks nats-server's version, and names the product beside it", () => {
    const shown = varz(subscribed().source, LISTENER);
    expect(shown).toMatchObject({
      version: "2.15.2",
      metadata: { product: "isthmus", product_version: "0.1.0" },
      ping_interval: 120_000_000_000,
      http_req_stats: { "/varz": 3 },
      start: "2026-01-02T03:04:05.678Z",
      mem: 12_345,
      cpu: 1.5,
      auth_required: true,
      system_account: "$SYS",
    });
  });
});

describe("/subsz", () => {
  const ask = (box: Box, text: string) => subsz(box.source, subszOptions(query(text)));

  test("has every field that nats-server shows, with the same type", () => {
    expectShape(ask(subscribed(), "subs=1"), SUBSZ);
  });

  test("counts and lists what clients subscribed, and no interest of remote clusters", () => {
    const box = subscribed();
    expect(ask(box, "")).toMatchObject({ num_subscriptions: 3, total: 0, offset: 0, limit: 1_024 });
    expect(ask(box, "")).not.toHaveProperty("subscriptions_list");
    const [ann, sam] = [...box.core.clients].map(({ id }) => id);
    expect(ask(box, "subs=1")).toMatchObject({
      total: 3,
      subscriptions_list: [
        { account: "$G", account_tag: "$G", subject: "orders.*", sid: "1", msgs: 0, cid: ann },
        { account: "$G", account_tag: "$G", subject: "orders.eu", qgroup: "q", sid: "2", msgs: 0, cid: ann },
        { account: "SHOP", account_tag: "SHOP", subject: "orders.>", sid: "1", msgs: 0, cid: sam },
      ],
    });
  });

  test("is cut by account, by subject and by page", () => {
    const box = subscribed();
    const subjects = (text: string): string[] => {
      const list = (ask(box, text)["subscriptions_list"] ?? []) as { subject: string }[];
      return list.map(({ subject }) => subject);
    };
    expect(subjects("subs=1&acc=SHOP")).toEqual(["orders.>"]);
    expect(ask(box, "acc=SHOP")).toMatchObject({ num_subscriptions: 1 });
    expect(ask(box, "acc=nobody&subs=1")).toMatchObject({ num_subscriptions: 0, total: 0 });
    expect(subjects("subs=1&test=orders.us")).toEqual(["orders.*", "orders.>"]);
    expect(subjects("subs=1&offset=1&limit=1")).toEqual(["orders.eu"]);
    expect(ask(box, "subs=1&offset=1&limit=1")).toMatchObject({ total: 3 });
  });

  test("counts what leafs want, and lists it not, as nats-server", () => {
    const box = subscribed();
    box.feed(box.spoke("edge"), "LS+ orders.eu\r\nLS+ jobs q 1\r\n");
    expect(ask(box, "subs=1")).toMatchObject({ num_subscriptions: 5, total: 3 });
    expect(ask(box, "acc=$G")).toMatchObject({ num_subscriptions: 4 });
    expect(ask(box, "acc=SHOP")).toMatchObject({ num_subscriptions: 1 });
    expect(ask(box, "subs=1&test=jobs")).toMatchObject({ total: 0 });
  });

  test("a test subject with wildcards is refused", () => {
    const text = "invalid test subject, must be valid publish subject: a.*";
    expect(() => subszOptions(query("test=a.*"))).toThrow(text);
    expect(() => subszOptions(query("test=a..b"))).toThrow("invalid test subject");
  });
});

describe("/healthz", () => {
  const ask = (box: Box, text: string) => healthz(box.source, healthzOptions(query(text)));

  test("is ok as long as listeners accept, whatever remotes do", () => {
    const box = subscribed();
    expect(ask(box, "")).toEqual({ status: 200, document: { status: "ok" } });
    const refused = { reason: "Dial Failed", error: "connection refused" };
    box.core.dialFailed(box.dials.find(({ remote }) => remote === "WEST")!, "connection refused", box.now);
    expect(ask(box, "details=true")).toEqual({
      status: 200,
      document: {
        status: "ok",
        details: [{ type: "GATEWAY", gateway: "WEST", state: "waiting", ...refused }],
      },
    });
    box.now += 5_000;
    box.core.tick(box.now);
    box.dialed("WEST");
    expect(ask(box, "details=true")).toEqual({ status: 200, document: { status: "ok" } });
  });

  test("is ok whatever hubs do, and tells those that are down but not those that are disabled", () => {
    const options = dialing({}, { account: "SHOP" }, { disabled: true });
    const box = new Box({ ...options, gateway: null });
    box.core.start(box.now);
    expect(ask(box, "")).toEqual({ status: 200, document: { status: "ok" } });
    const hub = box.hub("east");
    box.core.leafDialFailed(box.leafDials.shift()!, "connection refused", box.now);
    const name = { type: "LEAFNODE", leafnode: "hub.example:7422" };
    const down = {
      ...name,
      account: "SHOP",
      state: "waiting",
      reason: "Dial Failed",
      error: "connection refused",
    };
    const document = { status: "ok", details: [down] };
    expect(ask(box, "details=true")).toEqual({ status: 200, document });
    hub.lost("Read Error", box.now);
    const other = { ...name, account: "$G", state: "waiting", reason: "Read Error" };
    expect(ask(box, "details=true").document).toMatchObject({ status: "ok", details: [other, down] });
    const lately = [{ kind: "leaf", reason: "Read Error", count: 1 }];
    expect(ask(box, "details=true").document).toMatchObject({ ended_lately: lately });
    box.now += 10_000;
    box.core.tick(box.now);
    box.hub("east");
    box.hub("west");
    expect(ask(box, "details=true").document).not.toHaveProperty("details");
    box.now += 5 * 60_000;
    expect(ask(box, "details=true")).toEqual({ status: 200, document: { status: "ok" } });
  });

  test("is 500 with the reason while nobody can connect, as in nats-server", () => {
    const box = subscribed();
    box.notReady = "not listening for clients";
    expect(ask(box, "")).toEqual({
      status: 500,
      document: { status: "error", error: "not listening for clients" },
    });
    expect(ask(box, "details=1")).toEqual({
      status: 500,
      document: { status: "error", errors: [{ type: "CONNECTION", error: "not listening for clients" }] },
    });
  });

  test("takes what probes ask about JetStream, and refuses it where it cannot be read", () => {
    const box = subscribed();
    for (const name of ["js-enabled", "js-enabled-only", "js-server-only", "js-meta-only"]) {
      expect(ask(box, `${name}=true`).status).toBe(200);
      expect(() => ask(box, `${name}=maybe`)).toThrow(`Error decoding boolean for '${name}'`);
    }
  });
});

describe("/accountz", () => {
  test("lists our accounts, and no name that a remote made up", () => {
    const box = subscribed();
    box.feed(box.core.outbounds[0]!, "A- THEIRS\r\n");
    const shown = accountz(box.source, accountzOptions(query("")));
    expect(shown).toMatchObject({ system_account: "$SYS", accounts: ["$G", "SHOP", "$SYS"] });
    expect(() => accountz(box.source, accountzOptions(query("acc=THEIRS")))).toThrow(
      "Account THEIRS does not exist",
    );
  });

  test("of one account has every field that nats-server shows, with the same type", () => {
    const box = subscribed();
    const shown = accountz(box.source, accountzOptions(query("acc=$G")));
    expectShape(shown, ACCOUNTZ_DETAIL);
    expect(shown).toMatchObject({ account_detail: { client_connections: 1, subscriptions: 2 } });
  });

  test("counts the leafs of the account, and what they want", () => {
    const box = subscribed();
    box.feed(box.spoke("edge"), "LS+ up\r\n");
    box.spoke("till", "sam");
    const of = (name: string) => accountz(box.source, accountzOptions(query(`acc=${name}`)));
    expect(of("$G")).toMatchObject({
      account_detail: {
        leafnode_connections: 1,
        client_connections: 1,
        subscriptions: 3,
        sublist_stats: { num_subscriptions: 3 },
      },
    });
    expect(of("SHOP")).toMatchObject({ account_detail: { leafnode_connections: 1, subscriptions: 1 } });
    expect(of("$SYS")).toMatchObject({ account_detail: { leafnode_connections: 0 } });
  });
});

test("routes are none", () => {
  const { source } = subscribed();
  expect(routez(source)).toMatchObject({ server_name: "box", num_routes: 0, routes: [] });
});

test("process figures are those of this process", () => {
  const { memBytes, cpuPercent, cores } = new ProcessMeter().figures();
  expect(memBytes).toBeGreaterThan(1_000_000);
  expect(cpuPercent).toBeGreaterThan(0);
  expect(cores).toBeGreaterThanOrEqual(1);
});
