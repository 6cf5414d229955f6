// /explainz says who would get a message, and that is who gets it; and asking leaves no trace.

import { beforeEach, describe, expect, test } from "bun:test";
import type { RemoteRuleOptions } from "../../src/gateway/rules.ts";
import { explainz, explainzOptions } from "../../src/monitor/explainz.ts";
import { Query } from "../../src/monitor/query.ts";
import { Count } from "../../src/peer/counters.ts";
import type { Session } from "../../src/peer/session.ts";
import { Box, OPTIONS } from "./support.ts";

let box: Box;
beforeEach(() => {
  box = new Box();
});

/** What is answered to these parameters. */
function ask(query: string): Record<string, unknown> {
  return explainz(box.source, explainzOptions(new Query(new URLSearchParams(query))));
}

const gatewaysOf = (query: string) =>
  Object.fromEntries(
    (ask(query)["gateways"] as { name: string; reason: string; sends: boolean }[]).map(
      ({ name, reason, sends }) => [name, `${reason} ${sends}`],
    ),
  );

/** Bytes that wait for a session, and then no more. */
function taken(session: Session): string {
  let text = "";
  for (let head = session.egress.head(); head !== null; head = session.egress.head()) {
    text += new TextDecoder("latin1").decode(head.buf.subarray(head.from, head.to));
    session.egress.consumed(head.to - head.from);
  }
  return text;
}

describe("here", () => {
  test("clients, groups and leafs stand with their patterns, and each line costs what is sent", () => {
    const publisher = box.client("ann", "pub");
    const plain = box.client("ann", "watcher");
    box.feed(plain, "SUB orders.> 7\r\n");
    const [one, two] = [box.client("ann", "one"), box.client("ann", "two")];
    for (const member of [one, two]) box.feed(member, "SUB orders.* workers 9\r\n");
    const leaf = box.spoke("EDGE", "ann");
    box.feed(leaf, "LS+ orders.eu\r\n");
    for (const session of [publisher, plain, one, two, leaf]) taken(session);
    const found = ask("acc=$G&subject=orders.eu&reply=r.1&size=5");
    expect(found).toMatchObject({
      account: "$G",
      from: "client",
      clients: [{ cid: plain.id, name: "watcher", sid: "7", by: "orders.>" }],
      clients_total: 1,
      queues: [
        { queue: "workers", members: [{ cid: one.id }, { cid: two.id, by: "orders.*" }], members_total: 2 },
      ],
      leafs: [{ lid: leaf.id, name: "EDGE", is_spoke: false, by: ["orders.eu"] }],
      reply: { subject: "r.1", mapped: false },
      receivers: 3,
    });
    box.feed(publisher, "PUB orders.eu r.1 5\r\nhello\r\n");
    const [client] = found["clients"] as { bytes: number }[];
    const [edge] = found["leafs"] as { bytes: number }[];
    expect(taken(plain)).toHaveLength(client!.bytes);
    expect(taken(leaf)).toHaveLength(edge!.bytes);
    expect(taken(one).length + taken(two).length).toBeGreaterThan(0);
  });

  test("nobody is told as nobody, and an account that is not there is refused", () => {
    expect(ask("subject=a")).toMatchObject({ account: "$G", receivers: 0, bytes: 0 });
    expect(() => ask("acc=NOPE&subject=a")).toThrow("Account NOPE does not exist");
    for (const wrong of ["", "a.*", "a..b", "a b", ">"]) {
      expect(() => ask(`subject=${encodeURIComponent(wrong)}`)).toThrow("subject must be one");
    }
    expect(() => ask("subject=a&reply=*")).toThrow("reply must be a subject");
    expect(() => ask("subject=a&from=moon")).toThrow('from is client, leaf or gateway, not "moon"');
    expect(() => ask("subject=a&size=x")).toThrow("Error decoding uint64");
  });

  test("many clients are counted, and some of them listed", () => {
    const many = box.client();
    for (let sid = 1_000; sid < 1_400; sid++) box.feed(many, `SUB a ${sid}\r\n`);
    const found = ask("subject=a");
    expect(found).toMatchObject({ clients_total: 400, receivers: 400 });
    const clients = found["clients"] as { bytes: number }[];
    expect(clients).toHaveLength(256);
    expect(found["bytes"]).toBe(400 * clients[0]!.bytes);
  });
});

describe("over gateways", () => {
  test("each remote stands with its mode and the reason why it gets it or not", () => {
    const publisher = box.client();
    box.core.start(box.now);
    const east = box.dialed("EAST");
    box.feed(east, "RS+ $G orders.*\r\n");
    expect(gatewaysOf("subject=orders.eu")).toEqual({ EAST: expect.any(String), WEST: "down false" });
    box.command(east, 2, "$G");
    box.feed(east, "RS+ $G orders.*\r\nRS+ $G jobs.> workers 2\r\n");
    box.command(east, 3, "$G");
    expect(gatewaysOf("subject=orders.eu")).toEqual({ EAST: "interest true", WEST: "down false" });
    expect(gatewaysOf("subject=other")).toEqual({ EAST: "no-interest false", WEST: "down false" });
    expect(gatewaysOf("subject=jobs.a")).toEqual({ EAST: "queue true", WEST: "down false" });
    expect(gatewaysOf("subject=orders.eu&from=gateway")).toEqual({
      EAST: "one-hop false",
      WEST: "down false",
    });
    taken(east);
    const found = ask("subject=orders.eu&size=5")["gateways"] as {
      bytes: number;
      by: string[];
      mode: string;
    }[];
    expect(found[0]).toMatchObject({ by: ["orders.*"], mode: "Interest-Only" });
    box.feed(publisher, "PUB orders.eu 5\r\nhello\r\n");
    expect(taken(east)).toHaveLength(found[0]!.bytes);
    // A member here is nearer than those over there.
    box.feed(box.client(), "SUB jobs.a workers 1\r\n");
    expect(gatewaysOf("subject=jobs.a")).toEqual({ EAST: "served-nearer false", WEST: "down false" });
  });

  test("a rule that refuses stands with its name, and nothing is counted by asking", () => {
    const rules: RemoteRuleOptions = {
      out: [{ name: "gateway.gateways[EAST].export", permission: { allow: ["orders.>"], deny: [] } }],
      in: [],
      accounts: null,
      accountsName: "",
    };
    const gateway = { ...OPTIONS.gateway!, rules: { others: null, remotes: new Map([["EAST", rules]]) } };
    box = new Box({ ...OPTIONS, gateway });
    box.core.start(box.now);
    const east = box.dialed("EAST");
    box.command(east, 2, "$G");
    box.feed(east, "RS+ $G >\r\n");
    box.command(east, 3, "$G");
    const state = east.state(box.core.accounts.idOf("$G"));
    const before = { ...state, refusals: state.refusals.byRule() };
    const counters = [...east.counters];
    const found = ask("subject=secret.a")["gateways"] as { reason: string; rule: string }[];
    expect(found[0]).toMatchObject({
      reason: "refused",
      sends: false,
      rule: "gateway.gateways[EAST].export",
    });
    expect(gatewaysOf("subject=orders.a")["EAST"]).toBe("interest true");
    expect({ ...state, refusals: state.refusals.byRule() }).toEqual(before);
    expect([...east.counters]).toEqual(counters);
    const publisher = box.client();
    box.feed(publisher, "PUB secret.a 1\r\nx\r\n");
    box.core.forwarder.settle();
    expect([state.refusals.total, state.refusals.last]).toEqual([1, "gateway.gateways[EAST].export"]);
    expect(east.counters[Count.OutMessages]).toBe(0);
  });

  test("a reply that a fresh subscription covers is mapped, and costs more", () => {
    box.core.start(box.now);
    const east = box.dialed("EAST");
    box.command(east, 2, "$G");
    box.feed(east, "RS+ $G svc\r\n");
    box.command(east, 3, "$G");
    const asker = box.client();
    const bytes = () => (ask("subject=svc&reply=inbox.1")["gateways"] as { bytes: number }[])[0]!.bytes;
    const plain = bytes();
    box.feed(asker, "SUB inbox.> 1\r\n");
    expect(ask("subject=svc&reply=inbox.1")).toMatchObject({ reply: { mapped: true } });
    expect(bytes() - plain).toBe(19);
    taken(east);
    box.feed(asker, "PUB svc inbox.1 0\r\n\r\n");
    expect(taken(east)).toHaveLength(bytes());
  });
});

describe("between accounts", () => {
  test("mappings and imports are walked, each with its account and what it is called there", () => {
    box = new Box({
      ...OPTIONS,
      traffic: [
        {
          account: "$G",
          streams: [],
          services: [
            {
              account: "SHOP",
              subject: "price.get",
              to: "ask.price",
              response: "single",
              thresholdMillis: 1_000,
              share: false,
            },
          ],
          mappings: [
            {
              source: "old.*",
              destinations: [
                { destination: "new.$1", weight: 60, cluster: null },
                { destination: "other.$1", weight: 40, cluster: null },
              ],
            },
          ],
        },
        {
          account: "SHOP",
          streams: [{ account: "$G", subject: "news.>", to: "g.news.>" }],
          services: [],
          mappings: [],
        },
      ],
    });
    const ann = box.client();
    box.feed(ann, "SUB new.x 1\r\n");
    const sam = box.client("sam");
    box.feed(sam, "SUB price.get 2\r\nSUB g.news.* 3\r\n");
    const mapped = ask("subject=old.x")["mapping"] as {
      by: string;
      to: { subject: string; percent: number }[];
    };
    expect(mapped.by).toBe("old.*");
    expect(mapped.to.toSorted((a, b) => a.percent - b.percent)).toMatchObject([
      { subject: "other.x", percent: 40 },
      { subject: "new.x", percent: 60, clients: [{ cid: ann.id }] },
    ]);
    expect(ask("subject=ask.price")).toMatchObject({
      services: [
        { account: "SHOP", subject: "price.get", by: "ask.price", clients: [{ cid: sam.id, sid: "2" }] },
      ],
    });
    expect(ask("subject=news.eu")).toMatchObject({
      imported_clients: [{ account: "SHOP", subject: "g.news.eu", cid: sam.id, sid: "3" }],
    });
  });
});
