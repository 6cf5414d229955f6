// What the box answers and tells in the system account, in virtual time: nothing is made that nobody wants to
// hear, whatever is asked ends in an answer or in silence, and too much at once is refused.

import { describe, expect, test } from "bun:test";
import { SeededRandom } from "../../src/base/random.ts";
import type { ClientSession } from "../../src/client/session.ts";
import { SystemService } from "../../src/monitor/system-service.ts";
import { Box } from "../support/core-world.ts";
import type { Peer } from "../support/peer.ts";
import { Box as MonitorBox } from "./support.ts";

const SYS = { user: "s", pass: "s" };

/** A box that speaks in the system account; `works` counts how often somebody looked at it. */
class Speaking {
  readonly box = new Box();
  readonly client: Peer<ClientSession>;
  works = 0;
  /** What waits until there is time. */
  readonly waiting: (() => void)[] = [];
  busy = false;
  full = false;

  constructor() {
    const { source } = new MonitorBox();
    new SystemService({
      source: { ...source, core: this.box.core, facts: () => this.#facts(source.facts()) },
      listener: () => ({ host: "", port: 0, basePath: "", requests: new Map() }),
      defer: (work) => {
        if (this.full) return false;
        if (this.busy) this.waiting.push(work);
        else work();
        return true;
      },
    });
    this.client = this.box.client(SYS);
    this.client.says("SUB in.* 1");
    this.client.hears();
    this.works = 0;
  }

  #facts<F>(facts: F): F {
    this.works++;
    return facts;
  }

  /** The documents that came in answer. */
  asks(subject: string, body: string | Uint8Array = ""): Record<string, unknown>[] {
    const payload = Buffer.from(body);
    this.client.says(`PUB ${subject} in.1 ${payload.length}\r\n${payload.toString("latin1")}`);
    return this.hears();
  }

  hears(): Record<string, unknown>[] {
    return this.client
      .hears()
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line));
  }
}

const id = (what: string) =>
  `$SYS.REQ.SERVER.NBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXA.${what}`;

describe("events", () => {
  test("are not made while nobody wants to hear them", () => {
    const speaking = new Speaking();
    const { box } = speaking;
    for (let i = 0; i < 50; i++) {
      const client = box.client({ user: "a", pass: "a" });
      box.wait(1);
      client.goes();
      box.rawClient().says('CONNECT {"user":"a","pass":"wrong"}');
    }
    box.spoke("one", { user: "a", pass: "a" });
    box.wait(60_000);
    expect(speaking.works).toBe(0);
  });

  test("of the connections of an account come once a second at most, however many come", () => {
    const speaking = new Speaking();
    const { box, client } = speaking;
    client.says("SUB $SYS.ACCOUNT.ACC.SERVER.CONNS 2");
    for (let i = 0; i < 20; i++) box.client({ user: "a", pass: "a" });
    for (let i = 0; i < 9; i++) box.wait(100);
    const [event, ...others] = speaking.hears();
    expect([event!["conns"], others]).toEqual([20, []]);
    for (const session of box.core.clients)
      if (session.account === box.account("ACC")) session.close("Kicked");
    box.settle();
    for (let i = 0; i < 12; i++) box.wait(100);
    expect(speaking.hears().map(({ conns }) => conns)).toEqual([0]);
    // Nobody is left of whom to tell.
    for (let i = 0; i < 400; i++) box.wait(100);
    expect(speaking.hears()).toEqual([]);
  });

  test("of connections come again every half minute while there are any", () => {
    const speaking = new Speaking();
    speaking.client.says("SUB $SYS.SERVER.ACCOUNT.ACC.CONNS 2");
    speaking.box.client({ user: "a", pass: "a" });
    for (let i = 0; i < 700; i++) speaking.box.wait(100);
    expect(speaking.hears().map(({ conns }) => conns)).toEqual([1, 1, 1]);
  });
});

describe("STATSZ", () => {
  test("comes quickly at first, and then every ten seconds", () => {
    const speaking = new Speaking();
    const { box, client } = speaking;
    client.says("SUB $SYS.SERVER.*.STATSZ 2");
    const at: number[] = [];
    const began = box.now;
    for (let i = 0; i < 400; i++) {
      box.wait(100);
      if (speaking.hears().length > 0) at.push((box.now - began) / 1_000);
    }
    const gaps = at.map((time, i) => time - (at[i - 1] ?? 0));
    expect(gaps[0]!).toBeLessThan(0.5);
    expect(gaps.slice(-2).map(Math.round)).toEqual([10, 10]);
    expect(gaps.every((gap, i) => i < 2 || gap >= gaps[i - 1]! - 0.2)).toBe(true);
  });

  test("is told anew when another server is heard of, and counts those that are heard", () => {
    const speaking = new Speaking();
    const { box } = speaking;
    const servers = (): unknown =>
      (speaking.asks(id("STATSZ"))[0]!["statsz"] as Record<string, unknown>)["active_servers"];
    expect(servers()).toBe(1);
    const other = box.client(SYS);
    const says = (server: string, what: string, body: string) =>
      other.says(`PUB $SYS.SERVER.${server}.${what} ${body.length}\r\n${body}`);
    for (const server of ["N1", "N2"]) says(server, "STATSZ", JSON.stringify({ server: { id: server } }));
    expect(servers()).toBe(3);
    says("N1", "SHUTDOWN", "{}");
    expect(servers()).toBe(2);
    // Garbage is nobody, and whoever falls silent is gone.
    for (const body of ["", "x", "{}", "[]", "null", '{"server":1}', '{"server":{"id":""}}'])
      says("N3", "STATSZ", body);
    expect(servers()).toBe(2);
    for (let i = 0; i < 160; i++) box.wait(1_000);
    expect(servers()).toBe(1);
  });
});

describe("requests", () => {
  test("that nobody waits for are not looked at", () => {
    const speaking = new Speaking();
    for (const what of ["VARZ", "CONNZ", "IDZ", "NOTHING"]) speaking.client.says(`PUB ${id(what)} 0\r\n`);
    expect(speaking.works).toBe(0);
  });

  test("wait until messages leave time, and too many are refused", () => {
    const speaking = new Speaking();
    speaking.busy = true;
    expect(speaking.asks(id("VARZ"))).toEqual([]);
    for (const work of speaking.waiting.splice(0)) work();
    speaking.box.settle();
    expect(speaking.hears()).toHaveLength(1);
    speaking.full = true;
    expect(speaking.asks(id("VARZ"))[0]!["error"]).toEqual({ code: 503, description: "too many requests" });
  });

  test("with any body end in one answer or in none, and change nothing", () => {
    const speaking = new Speaking();
    const { box } = speaking;
    const victim = box.client({ user: "a", pass: "a" });
    const random = new SeededRandom(11);
    const bodies: (string | Uint8Array)[] = [
      "[".repeat(30_000),
      `{"server_name":"${"x".repeat(60_000)}"}`,
      `{"tags":[${'"a",'.repeat(9_000)}"a"]}`,
      '{"__proto__":{"limit":1},"constructor":1}',
      '{"limit":1e308,"offset":-1e9}',
      '{"offset":9007199254740993}',
      '{"cid":-0,"state":99}',
      '{"LIMIT":1,"Sort":"cid"}',
      "\u0000",
      '"',
      "'",
      " ",
      "nul",
      "{]",
    ];
    for (let i = 0; i < 200; i++)
      bodies.push(Uint8Array.from({ length: random.uint32() % 40 }, () => 0x20 + (random.uint32() % 0x5e)));
    const names = [
      "VARZ",
      "CONNZ",
      "SUBSZ",
      "GATEWAYZ",
      "LEAFZ",
      "ACCOUNTZ",
      "HEALTHZ",
      "STATSZ",
      "PROFILEZ",
      "KICK",
    ];
    for (const name of names) {
      for (const body of bodies) expect(speaking.asks(id(name), body).length).toBeLessThanOrEqual(1);
    }
    for (const name of ["CONNZ", "INFO", "STATZ", "CONNS", "JSZ"]) {
      for (const body of bodies)
        expect(speaking.asks(`$SYS.REQ.ACCOUNT.ACC.${name}`, body).length).toBeLessThanOrEqual(1);
    }
    for (const body of bodies) expect(speaking.asks("$SYS.REQ.ACCOUNT.NSUBS", body)).toEqual([]);
    expect([victim.ended, speaking.client.ended]).toEqual([null, null]);
    expect(box.log.filter((line) => line.startsWith("error"))).toEqual([]);
  });

  test("that ask for an answer where the box itself is asked do not go round", () => {
    const speaking = new Speaking();
    const { client } = speaking;
    client.says(
      `PUB ${id("VARZ")} ${id("VARZ")} 0\r\n`,
      "PUB $SYS.REQ.SERVER.PING $SYS.REQ.SERVER.PING 0\r\n",
      `PUB ${id("STATSZ")} $SYS.SERVER.X.STATSZ 0\r\n`,
    );
    expect(speaking.works).toBeLessThan(10);
    expect(speaking.asks(id("IDZ"))).toHaveLength(1);
  });

  test("of RELOAD and LDM say so when there is no process to be told", async () => {
    const speaking = new Speaking();
    expect(speaking.asks(id("LDM"))[0]!["error"]).toEqual({ code: 500, description: "not available here" });
    expect(speaking.asks(id("RELOAD"))).toEqual([]);
    await Bun.sleep(0);
    speaking.box.settle();
    expect(speaking.hears()[0]!["error"]).toEqual({ code: 500, description: "not available here" });
  });
});
