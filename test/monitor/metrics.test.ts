// /metrics: true figures under fixed names, for what is up and for what is down, and never too many.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { metrics, metricsOptions } from "../../src/monitor/metrics.ts";
import { CROSSINGS_SHOWN_MAX } from "../../src/monitor/metrics-accounts.ts";
import { LEAFS_SHOWN_MAX } from "../../src/monitor/metrics-leafs.ts";
import { OWN_METRICS } from "../../src/monitor/metrics-own.ts";
import { PastTraffic } from "../../src/monitor/metrics-past.ts";
import { Query } from "../../src/monitor/query.ts";
import { METRICS_PAGE, metricsPage } from "./metrics-doc.ts";
import { type ReadFamily, readPrometheus } from "./prometheus.ts";
import { Box, dialing, OPTIONS } from "./support.ts";

class Scraped {
  readonly past = new PastTraffic();
  families = new Map<string, ReadFamily>();
  text = "";

  constructor(readonly box: Box) {
    this.again();
  }

  again(query = ""): this {
    const requests = new Map([["/varz", 3]]);
    const listener = { host: "h", port: 1, basePath: "", requests, refused: 2, past: this.past };
    this.text = metrics(this.box.source, metricsOptions(new Query(new URLSearchParams(query))), listener);
    this.families = readPrometheus(this.text);
    return this;
  }

  /** The values of a family whose labels include these. */
  all(name: string, labels: Record<string, string> = {}): number[] {
    const wanted = Object.entries(labels);
    const samples = this.families.get(name)?.samples ?? [];
    const found = samples.filter(({ labels: has }) => wanted.every(([label, value]) => has[label] === value));
    return found.map(({ value }) => value);
  }

  one(name: string, labels: Record<string, string> = {}): number {
    const found = this.all(name, labels);
    if (found.length !== 1) throw new Error(`${found.length} samples of ${name} ${JSON.stringify(labels)}`);
    return found[0]!;
  }
}

/** EAST up both ways, WEST down; a client, a leaf; messages across. */
function peopled() {
  const box = new Box();
  box.core.start(box.now);
  const outbound = box.dialed("EAST");
  box.command(outbound, 2, "$G");
  box.feed(outbound, "RS+ $G there\r\nRS+ $G work q 1\r\n");
  box.now += 20;
  box.command(outbound, 3, "$G");
  const inbound = box.accepted("EAST");
  const leaf = box.spoke("edge");
  box.feed(leaf, "LS+ here\r\n");
  const client = box.client("ann");
  box.feed(client, "PUB there 5\r\nhello\r\nPUB nowhere 1\r\nx\r\n");
  box.feed(inbound, "RMSG $G here 4\r\nfour\r\nRMSG $G nobody 2\r\nab\r\n");
  return { box, outbound, inbound, leaf, client };
}

const OUT = { gateway: "EAST", account: "$G", direction: "outbound" };
const IN = { gateway: "EAST", account: "$G", direction: "inbound" };

describe("gateways", () => {
  test("an account tells what crossed, what did not, and its mode", () => {
    const scraped = new Scraped(peopled().box);
    const account = (what: string, of: object = OUT): number =>
      scraped.one(`isthmus_gateway_account_${what}`, { ...of });
    expect(account("messages_total")).toBe(1);
    expect(account("payload_bytes_total")).toBe(5);
    expect(account("suppressed_messages_total")).toBe(1);
    expect(account("wire_bytes_total")).toBe("RMSG $G there 5\r\nhello\r\n".length);
    expect(scraped.all("isthmus_gateway_account_refused_messages_total", OUT)).toEqual([]);
    expect(account("transitions_total", { ...OUT, cause: "first" })).toBe(1);
    expect(account("transitions_total", { ...OUT, cause: "again" })).toBe(0);
    expect(account("transitions_total", { ...IN, cause: "handshake" })).toBe(1);
    expect(account("transition_seconds_total")).toBe(0.02);
    expect(account("last_transition_seconds")).toBe(0.02);
    expect(account("mode", { ...OUT, mode: "InterestOnly" })).toBe(1);
    expect(account("mode", { ...OUT, mode: "Optimistic" })).toBe(0);
    expect(scraped.all("isthmus_gateway_account_mode", OUT)).toHaveLength(5);
    expect(account("interest", { gateway: "EAST", account: "$G", kind: "plain" })).toBe(1);
    expect(account("interest", { gateway: "EAST", account: "$G", kind: "queue" })).toBe(1);
    expect(account("messages_total", IN)).toBe(2);
    expect(account("payload_bytes_total", IN)).toBe(6);
    expect(account("wire_bytes_total", IN)).toBe(
      "RMSG $G here 4\r\nfour\r\nRMSG $G nobody 2\r\nab\r\n".length,
    );
    expect(account("suppressed_messages_total", IN)).toBe(1);
  });

  test("a configured remote that is down has every series of its link, and says why", () => {
    const scraped = new Scraped(peopled().box);
    const west = { gateway: "WEST" };
    expect(scraped.one("isthmus_gateway_up", { ...west, configured: "true" })).toBe(0);
    expect(scraped.one("isthmus_gateway_up", { gateway: "EAST" })).toBe(1);
    for (const name of Object.keys(OWN_METRICS)) {
      const ofLink = /^isthmus_gateway_(?!account_|closed_|down_|up|state)/.test(name);
      if (ofLink) for (const value of scraped.all(name, west)) expect([name, value]).toEqual([name, 0]);
      if (ofLink) expect([name, scraped.all(name, west).length > 0]).toEqual([name, true]);
    }
    expect(scraped.one("isthmus_gateway_state", { ...west, state: "dialing" })).toBe(1);
    expect(scraped.one("isthmus_gateway_state", { ...west, state: "connected" })).toBe(0);
    expect(scraped.one("isthmus_gateway_down_info", { ...west, reason: "Not Connected Yet" })).toBe(1);
    expect(scraped.all("isthmus_gateway_down_info", { gateway: "EAST" })).toEqual([]);
    expect(scraped.one("gnatsd_gatewayz_outbound_gateway_configured", { remote_gateway_name: "WEST" })).toBe(
      1,
    );
  });

  test("counters go on when the link comes back, whether or not somebody scraped meanwhile", () => {
    for (const isScraped of [true, false]) {
      const { box, outbound, inbound } = peopled();
      const scraped = new Scraped(box);
      for (const session of [outbound, inbound]) session.lost("Read Error", box.now);
      if (isScraped) {
        scraped.again();
        expect(scraped.one("isthmus_gateway_up", { gateway: "EAST" })).toBe(0);
        expect(scraped.one("isthmus_gateway_account_messages_total", OUT)).toBe(1);
        expect(scraped.one("isthmus_gateway_down_info", { gateway: "EAST", reason: "Read Error" })).toBe(1);
      }
      box.now += 5_000;
      box.core.tick(box.now);
      const again = box.dialed("EAST");
      box.command(again, 2, "$G");
      box.feed(again, "RS+ $G there\r\n");
      box.command(again, 3, "$G");
      box.feed(box.client("ann"), "PUB there 2\r\nhi\r\n");
      scraped.again();
      expect(scraped.one("isthmus_gateway_account_messages_total", OUT)).toBe(2);
      expect(scraped.one("isthmus_gateway_account_payload_bytes_total", OUT)).toBe(7);
      const first = { ...OUT, cause: "first" };
      expect(scraped.one("isthmus_gateway_account_transitions_total", first)).toBe(2);
      expect(scraped.one("isthmus_gateway_account_wire_bytes_total", OUT)).toBe(24 + 21);
      const link = { gateway: "EAST", direction: "outbound" };
      expect(scraped.one("isthmus_gateway_messages_total", link)).toBe(2);
      expect(scraped.one("isthmus_gateway_closed_total", { ...link, reason: "Read Error" })).toBe(1);
      expect(scraped.one("isthmus_gateway_reconnects_total", { gateway: "EAST" })).toBe(1);
      expect(scraped.one("isthmus_connections_closed_total", { kind: "gateway" })).toBe(2);
      expect(scraped.again().one("isthmus_gateway_account_messages_total", OUT)).toBe(2);
    }
  });

  test("bytes that wait are told with their age, and for how long nothing was taken", () => {
    const { box, outbound } = peopled();
    const link = { gateway: "EAST", direction: "outbound" };
    box.flush(outbound);
    box.feed(box.client("ann"), "PUB there 5\r\nhello\r\n");
    box.core.tick(box.now);
    box.now += 500;
    outbound.blockedSince = box.now;
    box.feed(box.client("ann"), "PUB there 5\r\nhello\r\n");
    box.core.tick(box.now);
    box.now += 1_500;
    const scraped = new Scraped(box);
    expect(scraped.one("isthmus_gateway_pending_bytes", link)).toBe(outbound.egress.pendingBytes);
    expect(outbound.egress.pendingBytes).toBeGreaterThan(0);
    expect(scraped.one("isthmus_gateway_pending_age_seconds", link)).toBe(2);
    expect(scraped.one("isthmus_gateway_blocked_seconds", link)).toBe(1.5);
    const sent = scraped.one("isthmus_gateway_sent_wire_bytes_total", link);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBe(outbound.egress.wireBytes);
  });
});

describe("leafs", () => {
  test("a link tells its traffic and interest, and goes on counting when it comes back", () => {
    const { box, leaf } = peopled();
    const of = { leaf: "edge", account: "$G", role: "hub" };
    const scraped = new Scraped(box);
    expect(scraped.one("isthmus_leaf_links", of)).toBe(1);
    expect(scraped.one("isthmus_leaf_interest", of)).toBe(1);
    expect(scraped.one("isthmus_leaf_messages_total", { ...of, direction: "out" })).toBe(1);
    expect(scraped.one("isthmus_leaf_payload_bytes_total", { ...of, direction: "out" })).toBe(4);
    leaf.lost("Loop Detected", box.now);
    expect(scraped.again().one("isthmus_leaf_links", of)).toBe(0);
    box.spoke("edge");
    scraped.again();
    expect(scraped.one("isthmus_leaf_links", of)).toBe(1);
    expect(scraped.one("isthmus_leaf_messages_total", { ...of, direction: "out" })).toBe(1);
    expect(scraped.one("isthmus_leaf_closed_total", { ...of, reason: "Loop Detected" })).toBe(1);
  });

  test("an entry of remotes has its series whether it is up, down or disabled", () => {
    const box = new Box(dialing({}, { disabled: true, account: "SHOP" }));
    box.core.start(box.now);
    const scraped = new Scraped(box);
    expect(scraped.all("isthmus_leaf_remote_up")).toEqual([0, 0]);
    expect(scraped.one("isthmus_leaf_remote_down_info", { remote: "1", reason: "Disabled" })).toBe(1);
    expect(scraped.one("isthmus_leaf_remote_down_info", { remote: "0", reason: "Not Connected Yet" })).toBe(
      1,
    );
    box.hub("main");
    scraped.again();
    expect(scraped.all("isthmus_leaf_remote_up")).toEqual([1, 0]);
    expect(scraped.one("isthmus_leaf_remote_state", { remote: "0", state: "connected" })).toBe(1);
    expect(scraped.one("isthmus_leaf_links", { role: "spoke", leaf: "main" })).toBe(1);
    expect(scraped.text).not.toContain("secret");
  });
});

test("what peers call themselves stays inside its label", () => {
  const { box } = peopled();
  const name = `a"} 1\nevil{x="\\n`;
  box.accepted(name);
  const leaf = `a"}evil{x="\\`; // Names of leafs hold no blanks.
  box.spoke(leaf);
  const scraped = new Scraped(box);
  expect(scraped.one("isthmus_gateway_connections", { gateway: name, direction: "inbound" })).toBe(1);
  expect(scraped.one("isthmus_leaf_links", { leaf })).toBe(1);
  expect(scraped.families.has("evil")).toBe(false);
});

describe("bounds", () => {
  test("accounts that a remote makes up get series up to a bound, and ours before them", () => {
    const { box } = peopled();
    const east = box.core.outbounds[0]!;
    const extra = 500;
    for (let i = 0; i < CROSSINGS_SHOWN_MAX + extra; i++) box.feed(east, `A- made-up-${i}\r\n`);
    const scraped = new Scraped(box);
    const shown = scraped.all("isthmus_gateway_account_messages_total").length;
    expect(shown).toBe(CROSSINGS_SHOWN_MAX);
    const all = box.core.outbounds[0]!.accounts.size + [...box.core.inbounds][0]!.accounts.size;
    expect(scraped.one("isthmus_metrics_left_out", { what: "accounts" })).toBe(all - shown);
    expect(all - shown).toBeGreaterThanOrEqual(extra);
    expect(scraped.one("isthmus_gateway_account_messages_total", OUT)).toBe(1);
  });

  test("leafs get series up to a bound, and those that are left out are counted", () => {
    const box = new Box();
    for (let i = 0; i < LEAFS_SHOWN_MAX + 5; i++) box.spoke(`edge-${i}`);
    const scraped = new Scraped(box);
    expect(scraped.all("isthmus_leaf_links")).toHaveLength(LEAFS_SHOWN_MAX);
    expect(scraped.one("isthmus_metrics_left_out", { what: "leafs" })).toBe(5);
    expect(scraped.one("gnatsd_leafz_conn_nodes_total")).toBe(LEAFS_SHOWN_MAX + 5);
    expect(scraped.one("isthmus_connections", { kind: "leaf" })).toBe(LEAFS_SHOWN_MAX + 5);
  });
});

test("the box tells who it is, what it takes and what its connections did", () => {
  const { box, client } = peopled();
  client.lost("Client Closed", box.now);
  const scraped = new Scraped(box);
  expect(scraped.one("isthmus_info", { server_name: "box", gateway: "HOME", nats_version: "2.15.2" })).toBe(
    1,
  );
  expect(scraped.one("isthmus_ready")).toBe(1);
  expect(scraped.one("isthmus_resident_memory_bytes")).toBe(12_345);
  expect(scraped.one("isthmus_cpu_ratio")).toBe(0.015);
  expect(scraped.one("isthmus_http_requests_total", { path: "/varz" })).toBe(3);
  expect(scraped.one("isthmus_http_refused_requests_total")).toBe(2);
  expect(scraped.one("isthmus_connections_closed_total", { kind: "client", reason: "Client Closed" })).toBe(
    1,
  );
  expect(scraped.one("isthmus_messages_total", { direction: "in" })).toBe(4);
  box.notReady = "server is not ready";
  expect(scraped.again().one("isthmus_ready")).toBe(0);
  expect(scraped.one("gnatsd_healthz_status")).toBe(1);
  expect(scraped.one("gnatsd_healthz_status_value", { value: "unavailable" })).toBe(0);
});

test("what was not delivered is told by its cause, also of connections that are over", () => {
  const { box } = peopled();
  const client = box.client("ann");
  box.feed(client, "PUB open 1\r\nx\r\n");
  const scraped = new Scraped(box);
  const dropped = (kind: string, cause: string): number =>
    scraped.again().one("isthmus_dropped_messages_total", { kind, cause });
  const before = dropped("client", "permission");
  box.feed(client, "PUB _GR_.a.b.c 1\r\nx\r\n");
  expect(dropped("client", "permission")).toBe(before + 1);
  client.lost("Client Closed", box.now);
  expect(dropped("client", "permission")).toBe(before + 1);
  for (const kind of ["client", "gateway", "leaf"]) {
    expect([dropped(kind, "egress_full"), dropped(kind, "payload_too_large")]).toEqual([0, 0]);
  }
});

test("either half can be asked for alone, and nothing else", () => {
  const scraped = new Scraped(peopled().box);
  const names = (query: string): string[] => [...scraped.again(query).families.keys()];
  const [own, theirs] = [names("only=isthmus"), names("only=gnatsd")];
  expect(own.every((name) => name.startsWith("isthmus_"))).toBe(true);
  expect(theirs.every((name) => name.startsWith("gnatsd_"))).toBe(true);
  expect([...own, ...theirs]).toEqual(names(""));
  expect(() => scraped.again("only=x")).toThrow("only can be isthmus, gnatsd or nats_core");
});

test("the surveyor's names are there on request, with its labels, for what is down as well", () => {
  const scraped = new Scraped(peopled().box).again("only=nats_core");
  const server = { server_cluster: "HOME", server_name: "box", server_id: "NTESTSERVER" };
  expect(scraped.one("nats_up")).toBe(1);
  expect(scraped.one("nats_core_info", { ...server, server_version: "2.15.2" })).toBe(1);
  expect(scraped.one("nats_core_gateway_count", server)).toBe(1);
  const east = { ...server, server_gateway_name: "EAST" };
  expect(scraped.one("nats_core_gateway_sent_msgs_count", east)).toBe(1);
  expect(scraped.one("nats_core_gateway_recv_bytes", east)).toBe(6);
  expect(scraped.one("nats_core_gateway_inbound_msg_count", east)).toBe(1);
  const west = { server_gateway_name: "WEST", server_gateway_name_id: "0" };
  expect(scraped.one("nats_core_gateway_sent_msgs_count", west)).toBe(0);
  const account = { ...server, account: "$G", account_name: "$G" };
  expect(scraped.one("nats_core_account_gateway_msgs_sent", account)).toBe(1);
  expect(scraped.one("nats_core_account_client_msgs_recv", account)).toBe(2);
  expect(scraped.one("nats_core_account_leaf_bytes_sent", account)).toBe(4);
  const connection = {
    server_id: "NTESTSERVER",
    server_name: "box",
    gateway_name: "HOME",
    gateway_id: "NEAST",
  };
  const inbound = { ...connection, remote_gateway_name: "EAST" };
  expect(scraped.one("nats_core_gatewayz_inbound_gateway_conn_in_msgs", inbound)).toBe(2);
  expect(scraped.again().families.has("nats_up")).toBe(false);
});

test("every family has the labels that the catalogue has for it, and counters end in _total", () => {
  const { box, outbound, leaf } = peopled();
  for (const session of [outbound, leaf]) session.lost("Read Error", box.now);
  const { families } = new Scraped(box).again("only=isthmus");
  expect([...families.keys()]).toEqual(Object.keys(OWN_METRICS));
  for (const [name, { type, labels, help }] of Object.entries(OWN_METRICS)) {
    expect([name, type === "counter"]).toEqual([name, name.endsWith("_total")]);
    expect(help).toMatch(/^.{15,140}\.$/);
    for (const sample of families.get(name)?.samples ?? [])
      expect(Object.keys(sample.labels)).toEqual([...labels]);
  }
});

test("a box without gateways and leafs is scraped as well", () => {
  const scraped = new Scraped(new Box({ ...OPTIONS, gateway: null, leaf: null }));
  expect(scraped.all("isthmus_gateway_up")).toEqual([]);
  expect(scraped.one("isthmus_connections", { kind: "client" })).toBe(0);
});

test("docs/metrics.md is what the catalogue says", () => {
  // When this fails: bun test/monitor/metrics-doc.ts
  expect(readFileSync(METRICS_PAGE, "utf8")).toBe(metricsPage());
});
