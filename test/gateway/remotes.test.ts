// Which clusters are known, and when each is dialled: gateway.md §5.

import { describe, expect, test } from "bun:test";
import type { GatewayOptions } from "../../src/gateway/options.ts";
import { parseGatewayUrl, urlKey } from "../../src/gateway/options.ts";
import { Box, infoOf, url } from "../support/core-world.ts";

/** A box that has one configured remote with these hosts, and has begun to dial. */
function explicit(hosts: string[], more: Partial<GatewayOptions> = {}): Box {
  const box = new Box({
    gateway: { remotes: [{ name: "B", urls: hosts.map((host) => url(host)) }], ...more },
  });
  box.core.start(box.now);
  return box;
}

/** A box that has learned of one remote and has begun to dial it. */
function implicit(hosts: string[], more: Partial<GatewayOptions> = {}): Box {
  const box = new Box({ gateway: more });
  box.core.start(box.now);
  box.core.remotes!.learn("B", hosts, box.now);
  box.wait(0);
  return box;
}

const remoteB = (box: Box) => box.core.remotes!.all.get("B");
const dialled = (box: Box) => box.dials.map((request) => request.url.host);

/** Fails dials of B as they come until `millis` have passed; answers at which times rounds of one URL
 *  began. */
function refuseFor(box: Box, millis: number): number[] {
  const began: number[] = [];
  const from = box.now;
  while (box.now - from < millis) {
    while (box.dials.length > 0) {
      began.push(box.now - from);
      box.failDial("B");
    }
    box.wait(Math.min(Math.max(1, box.core.deadline - box.now), millis - (box.now - from)));
  }
  return began;
}

const gaps = (times: number[]): number[] => times.slice(1).map((time, at) => time - times[at]!);

test("nothing is dialled before start: our own listener comes first", () => {
  const box = new Box({ gateway: { remotes: [{ name: "B", urls: [url("b")] }] } });
  box.inbound("C");
  box.wait(10_000);
  expect(box.dialCount).toBe(0);
  box.core.start(box.now);
  expect(box.dials.map(({ remote }) => remote).sort()).toEqual(["B", "C"]);
});

test("an entry of our own name is not dialled", () => {
  const box = new Box({ gateway: { remotes: [{ name: "A", urls: [url("a")] }] } });
  box.core.start(box.now);
  box.wait(5_000);
  expect(box.dialCount).toBe(0);
});

describe("rounds", () => {
  test("a round tries every URL once, one at a time, in an order that chance makes", () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      const remotes = [{ name: "B", urls: ["b1", "b2", "b3"].map((host) => url(host)) }];
      const box = new Box({ seed, gateway: { remotes } });
      box.core.start(box.now);
      const order: string[] = [];
      for (let i = 0; i < 3; i++) {
        expect(box.dials).toHaveLength(1);
        order.push(...dialled(box));
        box.failDial("B");
      }
      expect(order.toSorted()).toEqual(["b1", "b2", "b3"]);
      expect(box.dials).toEqual([]);
      orders.add(order.join());
    }
    expect(orders.size).toBeGreaterThan(3);
  });

  test("a configured remote is dialled for ever, about once a second", () => {
    const box = explicit(["b"]);
    const began = refuseFor(box, 60_000);
    expect(began.length).toBeGreaterThanOrEqual(54);
    expect(began.length).toBeLessThanOrEqual(61);
    for (const gap of gaps(began)) expect([gap >= 1_000, gap < 1_101]).toEqual([true, true]);
    expect(remoteB(box)!.failedRounds).toBe(began.length);
  });

  test("with connect_backoff the pause doubles up to thirty seconds, with jitter", () => {
    const pauses = gaps(refuseFor(explicit(["b"], { connectBackoff: true }), 200_000));
    const wanted = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000];
    for (const [at, least] of wanted.entries()) {
      expect(pauses[at]!).toBeGreaterThanOrEqual(least);
      expect(pauses[at]!).toBeLessThan(least + 101);
    }
    expect(new Set(pauses.map((pause) => pause % 1_000)).size).toBeGreaterThan(3);
  });

  test("the back-off starts anew once a connection was registered", () => {
    const box = explicit(["b"], { connectBackoff: true });
    refuseFor(box, 20_000);
    box.wait(16_000);
    const remote = box.outbound("B");
    expect(remoteB(box)!.failedRounds).toBe(0);
    remote.goes();
    box.wait(1_101);
    box.failDial("B");
    box.wait(1_101);
    expect(box.dials).toHaveLength(1);
  });

  test("a URL that answers ends the round", () => {
    const box = explicit(["b1", "b2", "b3"]);
    box.failDial("B");
    box.outbound("B");
    box.wait(30_000);
    expect(box.dials).toEqual([]);
  });
});

describe("implicit remotes", () => {
  test("one round and they are forgotten, when no retries are configured", () => {
    const box = implicit(["b1", "b2"]);
    box.failDial("B");
    box.failDial("B");
    expect(remoteB(box)).toBeUndefined();
    box.wait(60_000);
    expect(box.dialCount).toBe(2);
    expect(box.logged("Giving up", '"B"')).toHaveLength(1);
  });

  test("with two retries there are three rounds, a second apart, then silence", () => {
    const box = implicit(["b"], { connectRetries: 2 });
    const began = refuseFor(box, 10_000);
    expect(began).toHaveLength(3);
    for (const gap of gaps(began)) expect(gap).toBeGreaterThanOrEqual(1_000);
    expect(remoteB(box)).toBeUndefined();
  });

  test("come back when they are told of again", () => {
    const box = implicit(["b"]);
    box.failDial("B");
    box.inbound("B");
    expect(dialled(box)).toEqual(["b"]);
  });

  test("are kept while an accepted connection of theirs is up, and dialled once a second: no hot loop", () => {
    const box = new Box();
    box.core.start(box.now);
    const inbound = box.inbound("B");
    const began = refuseFor(box, 60_000);
    expect(began.length).toBeGreaterThan(50);
    expect(began.length).toBeLessThanOrEqual(61);
    expect(remoteB(box)).toBeDefined();
    inbound.goes();
    refuseFor(box, 2_500);
    expect(remoteB(box)).toBeUndefined();
  });

  test("are dialled again at once, within a tenth of a second, when a long-lived connection is lost", () => {
    const box = implicit(["b"]);
    const remote = box.outbound("B");
    box.wait(60_000);
    remote.goes();
    box.wait(121);
    expect(dialled(box)).toEqual(["b"]);
  });

  test("that take a connection and close it at once are not dialled in a hot loop", () => {
    const box = implicit(["b"]);
    let connections = 0;
    const until = box.now + 30_000;
    while (box.now < until && remoteB(box) !== undefined) {
      if (box.dials.length > 0) {
        connections++;
        box.outbound("B").says("-ERR 'Connection to gateway \"B\" rejected'");
      }
      box.wait(10);
    }
    expect(connections).toBeLessThanOrEqual(31);
  });

  test("whose URL leads to somebody else are given up like those whose URL leads nowhere", () => {
    const box = implicit(["b1", "b2"]);
    box.rawOutbound("B").says(infoOf("Z"));
    expect(dialled(box)).toHaveLength(1);
    box.rawOutbound("B").says(infoOf("Z"));
    expect(remoteB(box)).toBeUndefined();
    box.wait(30_000);
    expect(box.dialCount).toBe(2);
  });
});

describe("configured remotes that are lost", () => {
  test("are dialled again after a second and a little", () => {
    const box = explicit(["b"]);
    box.outbound("B").goes();
    box.wait(999);
    expect(box.dials).toEqual([]);
    box.wait(101);
    expect(dialled(box)).toEqual(["b"]);
  });

  test("stay listed, with why the last connection ended, what failed since, and how often they came back", () => {
    const box = explicit(["b"]);
    box.outbound("B").goes();
    const remote = remoteB(box)!;
    expect([remote.state, remote.lastClose, remote.reconnects]).toEqual(["waiting", "Client Closed", 0]);
    box.wait(1_101);
    box.failDial("B", "no route to host");
    expect(remote.lastError).toBe("no route to host");
    box.wait(1_101);
    box.outbound("B");
    expect([remote.state, remote.reconnects, remote.lastError]).toEqual(["connected", 1, ""]);
    expect(remote.history.toArray().map(({ what }) => what)).toEqual([
      "connected",
      "closed",
      "dial failed",
      "connected",
    ]);
  });
});

test("an outage of hours leaves its beginning in the history, and each new reason", () => {
  const box = explicit(["b"]);
  box.outbound("B").goes();
  const fail = (why: string, times: number): void => {
    for (let i = 0; i < times; i++) {
      box.wait(1_101);
      box.failDial("B", why);
    }
  };
  fail("no route to host", 4_000);
  fail("connection refused", 3);
  const events = remoteB(box)!.history.toArray();
  expect(events.slice(0, 3).map(({ what, why }) => [what, why])).toEqual([
    ["connected", ""],
    ["closed", "Client Closed"],
    ["dial failed", "no route to host"],
  ]);
  expect(events.filter(({ why }) => why === "connection refused")).toHaveLength(1);
});

describe("URLs", () => {
  test("a later INFO with the cluster's own name replaces what was learned, and keeps what is configured", () => {
    const box = explicit(["b"]);
    const remote = box.outbound("B", { gateway_urls: ["b1:7222", "b2:7222"] });
    const hosts = () =>
      box.core
        .remotes!.urlsOf(remoteB(box)!)
        .map(({ host }) => host)
        .sort();
    expect(hosts()).toEqual(["b", "b1", "b2"]);
    remote.says(infoOf("B", { gateway_urls: ["b2:7222", "b3:7222"] }));
    expect(hosts()).toEqual(["b", "b2", "b3"]);
  });

  test("an accepted connection adds URLs and never takes any away", () => {
    const box = explicit(["b"]);
    box.inbound("B", { gateway_urls: ["b1:7222"] });
    box.inbound("B", { gateway_urls: ["b2:7222"] });
    expect(box.core.remotes!.urlsOf(remoteB(box)!).map(({ host }) => host)).toEqual(["b", "b1", "b2"]);
  });

  test("a place is one however its URL is written", () => {
    const box = explicit(["b"]);
    box.inbound("B", { gateway_urls: ["b:7222", "nats://u:p@b:7222", "tls://b"] });
    expect(box.core.remotes!.urlsOf(remoteB(box)!)).toHaveLength(1);
  });

  test("what is no URL is left out, and breaks nothing", () => {
    const box = new Box();
    box.core.start(box.now);
    const nonsense = ["", ":", "b b:1", "nats://%zz:%zz@bad:1", "b:0", "b:99999", "[::1", "\u0000", "good:1"];
    const inbound = box.inbound("B", { gateway_urls: [...nonsense, 7, null, {}] });
    expect(inbound.session.ready).toBe(true);
    expect(box.core.remotes!.urlsOf(remoteB(box)!).map(urlKey)).toContain("good:1");
    expect(box.core.remotes!.urlsOf(remoteB(box)!).every(({ host }) => host !== "")).toBe(true);
  });

  test("only so many URLs of a cluster are kept, and only so many clusters", () => {
    const box = new Box();
    const urls = Array.from({ length: 3_000 }, (_, at) => `h${at}:1`);
    box.core.remotes!.learn("B", urls, box.now);
    expect(box.core.remotes!.urlsOf(remoteB(box)!)).toHaveLength(1_000);
    for (let i = 0; i < 2_000; i++) box.core.remotes!.learn(`C${i}`, ["c:1"], box.now);
    expect(box.core.remotes!.all.size).toBe(1_000);
  });

  test("gateway URLs are read with and without scheme, port and brackets", () => {
    const read = (text: string) => {
      const found = parseGatewayUrl(text);
      return found === null ? null : urlKey(found);
    };
    expect(read("host:7000")).toBe("host:7000");
    expect(read("host")).toBe("host:7222");
    expect(read("nats://host:1")).toBe("host:1");
    expect(read("[::1]:7000")).toBe("[::1]:7000");
    expect(read("")).toBeNull();
    expect(parseGatewayUrl("nats://u%40x:p%3A@h:1")).toEqual({
      host: "h",
      port: 1,
      user: "u@x",
      password: "p:",
    });
  });
});

describe("the name that a certificate must have", () => {
  const tlsNames = (hosts: string[], learned: string[] = []): string[] => {
    const box = explicit(hosts);
    box.core.remotes!.learn("B", learned, box.now);
    const names: string[] = [];
    for (let i = 0; i < 30; i++) {
      if (box.dials.length === 0) box.wait(1_101);
      names.push(`${box.dials[0]!.url.host}=${box.dials[0]!.tlsName}`);
      box.failDial("B");
    }
    return [...new Set(names)].sort();
  };

  test("is the host of the URL, or for a bare address the first host name that is known of the cluster", () => {
    expect(tlsNames(["10.0.0.1", "one.example", "two.example", "::1"])).toEqual([
      "10.0.0.1=one.example",
      "::1=one.example",
      "one.example=one.example",
      "two.example=two.example",
    ]);
  });

  test("may be learned, and is the address itself when no name is known", () => {
    expect(tlsNames(["10.0.0.1"], ["late.example:1"])).toContain("10.0.0.1=late.example");
    expect(tlsNames(["10.0.0.1"])).toEqual(["10.0.0.1=10.0.0.1"]);
  });
});

describe("gossip", () => {
  test("of a dialled remote makes us dial a cluster that we did not know", () => {
    const box = new Box();
    const remote = box.outbound("B");
    remote.says('INFO {"gateway":"C","gateway_cmd":1,"gateway_urls":["c1:7222"]}');
    expect(box.dials.map(({ remote: name, url: at }) => `${name}=${at.host}`)).toEqual(["C=c1"]);
  });

  test("of our own name, without a name or without a URL is ignored", () => {
    const box = new Box();
    const remote = box.outbound("B");
    remote.says(
      'INFO {"gateway":"A","gateway_cmd":1,"gateway_urls":["a:7222"]}',
      'INFO {"gateway_cmd":1,"gateway_urls":["x:7222"]}',
      'INFO {"gateway":"D","gateway_cmd":1,"gateway_urls":[]}',
    );
    box.wait(5_000);
    expect(box.dials).toEqual([]);
    expect(remote.ended).toBeNull();
    expect([...box.core.remotes!.all.keys()]).toEqual(["B"]);
  });

  test("three clusters in a row become a mesh: who dials us is dialled back, and told of the others", () => {
    const box = new Box();
    box.outbound("B");
    const heard = box.inbound("C").hears();
    expect(heard.some((line) => line.includes('"gateway":"B"') && line.includes("b:7222"))).toBe(true);
    expect(box.dials.map(({ remote }) => remote)).toEqual(["C"]);
  });

  test("of a dialer is refused: only acceptors gossip, and later INFOs of a dialer say nothing", () => {
    const box = new Box();
    const dialer = box.inbound("B");
    dialer.says('INFO {"gateway":"D","gateway_cmd":1,"gateway_urls":["d:7222"]}');
    expect(dialer.ended).toBeNull();
    expect(box.core.remotes!.all.has("D")).toBe(false);
  });
});
