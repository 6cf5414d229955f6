// Which hub is dialled when, and with which URL: leafnode.md §10, §17.

import { describe, expect, test } from "bun:test";
import { Log } from "../../src/base/log.ts";
import { SeededRandom } from "../../src/base/random.ts";
import type { LeafRemoteOptions } from "../../src/leaf/options.ts";
import {
  type LeafDialRequest,
  type LeafRemote,
  LeafRemotes,
  parseLeafUrl,
  type SolicitedLink,
} from "../../src/leaf/remotes.ts";
import type { CloseReason } from "../../src/peer/close.ts";

interface FakeSession extends SolicitedLink {
  ready: boolean;
}

function optionsOf(
  urls: readonly string[],
  more: Partial<LeafRemoteOptions> = {},
  index = 0,
): LeafRemoteOptions {
  return {
    index,
    urls: urls.map((text) => parseLeafUrl(text)!),
    account: "$G",
    credentials: null,
    nkeySeed: null,
    denyImports: [],
    denyExports: [],
    hub: false,
    isolate: false,
    requestIsolation: false,
    disabled: false,
    noRandomize: true,
    ignoreDiscovered: false,
    firstInfoTimeoutMillis: 1_000,
    dialTimeoutMillis: 1_000,
    reconnectMillis: 1_000,
    compression: { mode: "off", rttThresholdsMillis: [10, 50, 100] },
    tlsRequired: false,
    handshakeFirst: false,
    webSocketCompression: false,
    proxy: null,
    ...more,
  };
}

/** Remotes in virtual time, with all that they ask for and say. */
class Bench {
  now = 1_000_000;
  readonly dials: LeafDialRequest<FakeSession>[] = [];
  readonly logged: string[] = [];
  readonly remotes: LeafRemotes<FakeSession>;

  constructor(options: readonly LeafRemoteOptions[], seed = 1) {
    const sink = { write: (_: string, __: number, message: string) => void this.logged.push(message) };
    const log = new Log(sink, { now: () => this.now });
    this.remotes = new LeafRemotes(
      options,
      new SeededRandom(seed),
      log,
      (request) => void this.dials.push(request),
    );
  }

  static dialing(urls: readonly string[], more: Partial<LeafRemoteOptions> = {}, seed = 1): Bench {
    const bench = new Bench([optionsOf(urls, more)], seed);
    bench.remotes.start(bench.now);
    bench.wait(0);
    return bench;
  }

  get remote(): LeafRemote<FakeSession> {
    return this.remotes.all[0]!;
  }

  /** Steps from deadline to deadline. */
  wait(millis: number): void {
    const until = this.now + millis;
    for (let steps = 0; this.remotes.deadline <= until; steps++) {
      if (steps > 10_000) throw new Error("the clock stands still");
      this.now = Math.max(this.now, this.remotes.deadline);
      this.remotes.tick(this.now);
    }
    this.now = until;
  }

  /** The one dial that is under way. */
  take(): LeafDialRequest<FakeSession> {
    if (this.dials.length !== 1) throw new Error(`${this.dials.length} dials`);
    return this.dials.pop()!;
  }

  fail(why = "connection refused"): string {
    const { remote, url } = this.take();
    this.remotes.dialFailed(remote, why, this.now);
    return url.host;
  }

  open(isReady = true): string {
    const { remote, url } = this.take();
    const session: FakeSession = { ready: false, startedAt: this.now };
    this.remotes.opened(remote, session);
    session.ready = isReady;
    if (isReady) this.remotes.ready(remote, this.now);
    return url.host;
  }

  lose(reason: CloseReason = "Client Closed", error = "", extraMillis = 0): void {
    this.remotes.lost(this.remote, reason, error, extraMillis, this.now);
  }

  /** Until the next dial, in milliseconds. */
  pause(): number {
    const from = this.now;
    this.wait(this.remotes.deadline - this.now);
    return this.now - from;
  }
}

const inRange = (value: number, from: number, to: number) =>
  expect([value, value >= from && value <= to]).toEqual([value, true]);

describe("beginning and end", () => {
  test("nothing is dialled before start, and then everything that is not disabled", () => {
    const bench = new Bench([
      optionsOf(["nats://a"]),
      optionsOf(["nats://b"], { disabled: true }, 1),
      optionsOf(["nats://c"], {}, 2),
      optionsOf([], {}, 3),
    ]);
    expect(bench.remotes.deadline).toBe(Number.POSITIVE_INFINITY);
    bench.remotes.tick(bench.now + 10_000);
    expect(bench.dials).toEqual([]);
    bench.remotes.start(bench.now);
    bench.wait(0);
    expect(bench.dials.map(({ url }) => url.host)).toEqual(["a", "c"]);
    expect(bench.remotes.all.map(({ state }) => state)).toEqual([
      "dialing",
      "disabled",
      "dialing",
      "disabled",
    ]);
  });

  test("after stop nothing is dialled, whatever ends or fails", () => {
    const bench = Bench.dialing(["nats://a"]);
    bench.open();
    bench.remotes.stop();
    bench.lose();
    expect(bench.remotes.deadline).toBe(Number.POSITIVE_INFINITY);
    bench.remotes.tick(bench.now + 100_000);
    expect(bench.dials).toEqual([]);
    bench.remotes.start(bench.now);
    bench.wait(0);
    expect(bench.open()).toBe("a");
  });

  test("remotes have names for people", () => {
    const names = (urls: string[]) => new Bench([optionsOf(urls, {}, 7)]).remote.name;
    expect(names(["nats://a", "tls://u:secret@[::1]:1"])).toBe("a:7422, [::1]:1");
    expect(names(["nats://a", "nats://b", "nats://c", "nats://d"])).toBe("a:7422, b:7422, c:7422, …");
    expect(names([])).toBe("#7");
  });
});

describe("the order of URLs", () => {
  const hosts = (bench: Bench, count: number) =>
    Array.from({ length: count }, () => {
      const host = bench.fail();
      bench.pause();
      return host;
    }).join(" ");

  test("is made by chance, once, and then goes round", () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 30; seed++) {
      const bench = Bench.dialing(["nats://a", "nats://b", "nats://c"], { noRandomize: false }, seed);
      const order = hosts(bench, 3);
      expect(hosts(bench, 3)).toBe(order);
      orders.add(order);
    }
    expect(orders.size).toBe(6);
  });

  test("is as written when it is not to be made by chance", () => {
    expect(hosts(Bench.dialing(["nats://a", "nats://b", "nats://c"]), 7)).toBe("a b c a b c a");
  });

  test("goes on to the next one after a lost link and after a handshake that failed", () => {
    const bench = Bench.dialing(["nats://a", "nats://b", "nats://c"]);
    expect(bench.open()).toBe("a");
    bench.lose();
    bench.pause();
    expect(bench.open(false)).toBe("b");
    bench.lose("Authentication Failure", "Authorization Violation");
    bench.pause();
    expect(bench.open()).toBe("c");
  });
});

describe("pauses", () => {
  const lostPause = (extra = 0, seed = 1, reconnectMillis = 1_000) => {
    const bench = Bench.dialing(["nats://a"], { reconnectMillis }, seed);
    bench.open();
    bench.wait(5_000);
    bench.lose("Client Closed", "", extra);
    return bench.pause();
  };

  test("after a lost link are the interval and up to a tenth more, and differ", () => {
    const pauses = Array.from({ length: 40 }, (_, seed) => lostPause(0, seed));
    for (const pause of pauses) inRange(pause, 1_000, 1_100);
    expect(new Set(pauses).size).toBeGreaterThan(20);
    inRange(lostPause(0, 1, 250), 250, 275);
  });

  test("are longer where the two ends do not belong together", () => {
    inRange(lostPause(30_000), 31_000, 31_100);
    inRange(lostPause(5_000), 6_000, 6_100);
  });

  test("after a failed dial are the interval and up to as much again", () => {
    const pauses = Array.from({ length: 40 }, (_, seed) => {
      const bench = Bench.dialing(["nats://a"], {}, seed);
      bench.fail();
      return bench.pause();
    });
    for (const pause of pauses) inRange(pause, 1_000, 2_000);
    expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(700);
  });

  test("after a handshake that failed are those of a lost link", () => {
    const bench = Bench.dialing(["nats://a"]);
    bench.open(false);
    bench.lose("Authentication Failure", "Authorization Violation");
    inRange(bench.pause(), 1_000, 1_100);
    expect(bench.remote.attempts).toBe(1);
  });

  test("grow after ten rounds of all URLs, up to eight times, and are short again after a handshake", () => {
    const bench = Bench.dialing(["nats://a", "nats://b"]);
    const pauses = Array.from({ length: 120 }, () => {
      bench.fail();
      return bench.pause();
    });
    for (const [at, pause] of pauses.entries()) {
      const factor = Math.min(2 ** Math.floor((at + 1) / 20), 8);
      inRange(pause, 1_000 * factor, 2_000 * factor);
    }
    inRange(Math.max(...pauses), 15_000, 16_000);
    bench.open();
    bench.lose();
    inRange(bench.pause(), 1_000, 1_100);
    bench.fail();
    inRange(bench.pause(), 1_000, 2_000);
  });

  test("never vanish: an interval of nothing makes no hot loop", () => {
    const bench = Bench.dialing(["nats://a"], { reconnectMillis: 0 });
    const from = bench.now;
    for (let i = 0; i < 100; i++) {
      bench.fail();
      bench.pause();
    }
    expect(bench.now - from).toBeGreaterThanOrEqual(1_000);
  });
});

describe("what is remembered of a remote", () => {
  test("states, attempts, reconnects, and why it ended last", () => {
    const bench = Bench.dialing(["nats://a"]);
    const { remote } = bench;
    expect([remote.state, remote.everConnected, remote.session]).toEqual(["dialing", false, null]);
    bench.fail("no route to host");
    expect([remote.state, remote.attempts, remote.lastError]).toEqual(["waiting", 1, "no route to host"]);
    bench.pause();
    bench.open();
    expect([remote.state, remote.attempts, remote.lastError]).toEqual(["connected", 0, ""]);
    expect([remote.everConnected, remote.reconnects, remote.session?.ready]).toEqual([true, 0, true]);
    bench.wait(93_000);
    bench.lose("Stale Connection");
    expect([remote.lastClose, remote.lastCloseAt, remote.session]).toEqual([
      "Stale Connection",
      bench.now,
      null,
    ]);
    bench.pause();
    bench.open();
    expect(remote.reconnects).toBe(1);
    expect(remote.history.toArray().map(({ what, why }) => `${what}: ${why}`)).toEqual([
      "dial failed: a:7422: no route to host",
      "connected: a:7422",
      "closed: Stale Connection (after 93 s)",
      "connected: a:7422",
    ]);
  });

  test("how often a connection made a loop", () => {
    const bench = Bench.dialing(["nats://a"]);
    for (let i = 0; i < 3; i++) {
      bench.open(i !== 1);
      bench.lose("Protocol Violation", 'Loop detected for leafnode account="A"', 30_000);
      inRange(bench.pause(), 31_000, 31_100);
    }
    bench.open();
    bench.lose("Protocol Violation", "remote leafnode has same cluster name", 30_000);
    expect(bench.remote.loops).toBe(3);
  });

  test("the first failure and every sixtieth is logged, and no password", () => {
    const bench = Bench.dialing(["nats://u:secret@a", "nats://b"]);
    for (let i = 0; i < 180; i++) {
      bench.fail();
      bench.pause();
    }
    const attempts = bench.logged.map((line) => /attempt (\d+)/.exec(line)?.[1]);
    expect(attempts).toEqual(["1", "60", "120", "180"]);
    expect(bench.logged[0]).toBe(
      'Error trying to connect as leafnode to remote server "a:7422" (attempt 1): connection refused',
    );
    expect(bench.logged.join()).not.toContain("secret");
    expect(bench.remote.history.length).toBe(4);
  });

  test("calls that come too late change nothing", () => {
    const bench = Bench.dialing(["nats://a"]);
    bench.fail();
    const before = bench.remotes.deadline;
    bench.remotes.dialFailed(bench.remote, "again", bench.now);
    bench.lose();
    expect([bench.remotes.deadline, bench.remote.attempts]).toEqual([before, 1]);
    expect(bench.remote.lastClose).toBe("");
  });
});

describe("URLs that the hub tells", () => {
  /** Fails as many dials as there are URLs, and answers them as `scheme://host:port`. */
  function round(bench: Bench): string[] {
    return Array.from({ length: bench.remote.order.length }, () => {
      if (bench.dials.length === 0) bench.pause();
      const { url } = bench.dials[0]!;
      bench.fail();
      return `${url.scheme}://${url.host}:${url.port}${url.path}`;
    });
  }

  const told = (bench: Bench, ...urls: string[]) => bench.remotes.discovered(bench.remote, urls, bench.now);

  test("are tried before the configured ones, and replace those told before", () => {
    const bench = Bench.dialing(["nats://a:1", "nats://b:1"]);
    told(bench, "x:1", "y:1");
    expect(round(bench)).toEqual(["nats://a:1", "nats://x:1", "nats://y:1", "nats://b:1"]);
    told(bench, "y:1", "z:1");
    expect(bench.remote.discovered.map(({ host }) => host)).toEqual(["y", "z"]);
    expect(round(bench).toSorted()).toEqual(["nats://a:1", "nats://b:1", "nats://y:1", "nats://z:1"]);
  });

  test("told again in another order disturb nothing", () => {
    const bench = Bench.dialing(["nats://a:1"]);
    told(bench, "x:1", "y:1", "z:1");
    const { order } = bench.remote;
    told(bench, "z:1", "y:1", "x:1", "y:1");
    expect(bench.remote.order).toBe(order);
    told(bench);
    expect(bench.remote.order).toBe(order);
  });

  test("that are configured too are not doubled and keep what is configured", () => {
    const bench = Bench.dialing(["nats://u:p@Hub.example:7422/", "nats://b:1"]);
    told(bench, "hub.EXAMPLE:7422", "b:1", "b:1", "c:1");
    expect(bench.remote.discovered.map(({ host }) => host)).toEqual(["c"]);
    expect(bench.remote.order).toHaveLength(3);
  });

  test("are mixed by chance like the configured ones", () => {
    const firsts = new Set<string>();
    for (let seed = 1; seed <= 30; seed++) {
      const bench = new Bench([optionsOf(["nats://a:1"], { noRandomize: false })], seed);
      told(bench, "x:1", "y:1", "z:1");
      firsts.add(bench.remote.order[0]!.host);
    }
    expect([...firsts].sort()).toEqual(["x", "y", "z"]);
  });

  test("are not used when they are to be ignored", () => {
    const bench = Bench.dialing(["nats://a:1"], { ignoreDiscovered: true });
    told(bench, "x:1");
    expect(bench.remote.discovered).toEqual([]);
    expect(round(bench)).toEqual(["nats://a:1"]);
  });

  test("are dialled with the first configured user, and never with one that the hub told", () => {
    const bench = Bench.dialing(["nats://a:1", "nats://u:p@b:1", "nats://v:q@c:1"]);
    told(bench, "evil:evil@y:1", "x:1");
    const logins: Record<string, string> = {};
    for (let i = 0; i < 4; i++) {
      const { url } = bench.dials[0]!;
      logins[url.host] = `${url.user}:${url.password}`;
      bench.fail();
      bench.pause();
    }
    expect(logins).toEqual({ a: "u:p", b: "u:p", c: "v:q", x: "u:p" });
  });

  test("speak as the configured ones do: TLS and WebSocket are not given up", () => {
    const schemes = (url: string, more: Partial<LeafRemoteOptions> = {}) => {
      const bench = new Bench([optionsOf([url], more)]);
      told(bench, "x:1", "wss://y:1", "y:1/path", "z:1");
      return bench.remote.discovered.map(({ scheme, host, path }) => `${scheme}://${host}${path}`).join(" ");
    };
    expect(schemes("nats://a")).toBe("nats://x nats://z");
    expect(schemes("tls://a")).toBe("tls://x tls://z");
    expect(schemes("nats://a", { tlsRequired: true })).toBe("tls://x tls://z");
    expect(schemes("ws://a/base")).toBe("ws://x ws://z");
    expect(schemes("wss://a")).toBe("wss://x wss://z");
    expect(schemes("ws://a", { tlsRequired: true })).toBe("wss://x wss://z");
  });

  test("that are nonsense are left out, and only so many are kept", () => {
    const bench = Bench.dialing(["nats://a:1"]);
    const nonsense = [
      "",
      ":",
      "b b:1",
      "b:0",
      "b:99999",
      "[::1",
      "\u0000",
      "h:1?x",
      "nats://n:1",
      "%zz",
      "@",
    ];
    told(bench, ...nonsense, "good:1", "fine");
    expect(bench.remote.discovered.map(({ host }) => host)).toEqual(["good", "fine"]);
    told(bench, ...nonsense);
    expect(bench.remote.discovered).toEqual([]);
    told(bench, ...Array.from({ length: 5_000 }, (_, at) => `h${at}:1`));
    expect(bench.remote.discovered).toHaveLength(1_000);
    expect(bench.open()).toBe("a");
  });

  test("may come and go while one of them is in use: another one is tried next", () => {
    const bench = Bench.dialing(["nats://a:1"]);
    told(bench, "x:1", "y:1");
    bench.fail();
    bench.pause();
    expect(bench.open()).toBe("x");
    told(bench, "y:1", "x:1", "z:1");
    bench.lose();
    bench.pause();
    expect(bench.open()).toBe("y");
    told(bench, "w:1");
    bench.lose();
    bench.pause();
    expect(bench.open()).toBe("w");
  });
});

describe("the name that a certificate must have", () => {
  function tlsNames(urls: readonly string[], discovered: readonly string[] = []): string[] {
    const bench = Bench.dialing(urls);
    bench.remotes.discovered(bench.remote, discovered, bench.now);
    const names = Array.from({ length: bench.remote.order.length }, () => {
      const { url, tlsName } = bench.dials[0]!;
      bench.fail();
      bench.pause();
      return `${url.host}=${tlsName}`;
    });
    return names.sort();
  }

  test("is the host of the URL, or for a bare address the first configured host name", () => {
    expect(
      tlsNames(["tls://10.0.0.1", "tls://one.example", "tls://two.example"], ["[::1]:1", "other:1"]),
    ).toEqual([
      "10.0.0.1=one.example",
      "::1=one.example",
      "one.example=one.example",
      "other=other",
      "two.example=two.example",
    ]);
  });

  test("is the address where no name is configured", () => {
    expect(tlsNames(["tls://10.0.0.1"], ["10.0.0.2:1"])).toEqual(["10.0.0.1=10.0.0.1", "10.0.0.2=10.0.0.2"]);
  });
});
