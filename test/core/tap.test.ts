// A tap shows what crosses a link and changes nothing of it; it keeps its bounds, and leaves nothing behind.

import { describe, expect, test } from "bun:test";
import { Tap, type TapEnd, type TapOptions } from "../../src/core/tap.ts";
import type { TapEvent } from "../../src/core/tap-events.ts";
import { Egress } from "../../src/peer/egress.ts";
import { Box, complete, start } from "../support/core-world.ts";

const ALL: TapOptions = {
  link: "",
  account: null,
  subject: null,
  limit: 1_000,
  ratePerSecond: 1_000,
  millis: 60_000,
};

/** What a tap told, as short lines. */
class Told {
  readonly lines: string[] = [];
  readonly payloads: string[] = [];
  dropped = 0;
  end: { why: TapEnd; shown: number; dropped: number } | null = null;
  tap: Tap | null;
  /** The reader takes no more. */
  isFull = false;

  constructor(box: Box, options: Partial<TapOptions>) {
    this.tap = Tap.open(
      box.core,
      { ...ALL, ...options },
      {
        event: (_link, _at, event) => {
          if (this.isFull) return false;
          this.lines.push(short(event));
          if (event.payload !== undefined) this.payloads.push(new TextDecoder().decode(event.payload));
          return true;
        },
        dropped: (count) => {
          this.dropped += count;
        },
        ended: (why, shown, dropped) => {
          this.end = { why, shown, dropped };
        },
      },
    );
  }
}

function short({ dir, verb, account, subject, args, reply, queues, size }: TapEvent): string {
  if (args !== undefined) return [dir, verb, args].filter((word) => word !== "").join(" ");
  const more = [reply ?? "", ...(queues ?? [])].filter((word) => word !== "");
  return [dir, verb, account, subject, ...more, String(size)].join(" ");
}

describe("what crosses", () => {
  test("a client's link is seen in both directions, and the peer hears what it would without", () => {
    const [box, plain] = [new Box(), new Box()];
    const heard = [box, plain].map((each) => {
      const client = each.client({ name: "mine", user: "a", pass: "a" });
      const other = each.client({ user: "a", pass: "a" });
      const told = each === box ? new Told(each, { link: "mine" }) : null;
      client.says("SUB foo.* 7");
      client.says("PUB foo.a reply.x 5\r\nhello");
      client.says("PING");
      other.says("HPUB foo.b 12 15\r\nNATS/1.0\r\n\r\nabc");
      client.says('CONNECT {"user":"a","pass":"sesame","verbose":false}');
      return { told, bytes: client.hearsRaw() };
    });
    const { told } = heard[0]!;
    expect(heard[0]!.bytes).toBe(heard[1]!.bytes);
    expect(told!.lines).toEqual([
      "in SUB foo.* 7",
      "in PUB ACC foo.a reply.x 5",
      "out MSG ACC foo.a reply.x 5",
      "in PING",
      "out PONG",
      "out HMSG ACC foo.b 15",
      "in CONNECT …",
    ]);
    expect(told!.payloads).toEqual(["hello", "hello", "NATS/1.0\r\n\r\nabc"]);
  });

  test("a gateway is tapped by its name on both its connections, with groups and interest", () => {
    const box = new Box({ gateway: { remotes: [] } });
    const out = box.outbound("B");
    const into = box.inbound("B");
    into.hearsRaw();
    const told = new Told(box, { link: "B" });
    expect(told.tap!.links).toEqual([
      expect.stringMatching(/^gid:\d+ outbound B$/),
      expect.stringMatching(/^gid:\d+ inbound B$/),
    ]);
    const client = box.client({ user: "a", pass: "a" });
    client.says("SUB want.> 1");
    out.says("RS+ ACC job workers 1", "RS+ ACC plain");
    client.says("PUB job r 2\r\nhi");
    into.says("RMSG ACC want.x 3\r\nabc");
    expect(told.lines).toEqual(
      expect.arrayContaining([
        "in RS+ ACC job workers 1",
        "in RS+ ACC plain",
        expect.stringMatching(/^out RMSG ACC job (?:_GR_\.\S+\.)?r workers 2$/),
        "in RMSG ACC want.x 3",
      ]),
    );
    expect(told.lines.some((line) => line.startsWith("out RS+ ACC want.>"))).toBe(true);
  });

  test("a leaf that is compressed is shown as it is meant", () => {
    const box = new Box({
      leaf: { listen: { compression: { mode: "s2_fast", rttThresholdsMillis: [10, 50, 100] } } },
    });
    const leaf = box.rawLeaf();
    leaf.hears();
    leaf.session.egress.pendingMax = 1 << 20;
    const spoke = box.spoke("EDGE");
    const told = new Told(box, { link: "EDGE" });
    spoke.says("LS+ foo");
    const client = box.client();
    client.says("PUB foo 2\r\nhi");
    expect(told.lines).toEqual(expect.arrayContaining(["in LS+ foo", "out LMSG $G foo 2"]));
  });

  test("the filters choose by account and by pattern, interest too", () => {
    const box = new Box({ gateway: { remotes: [] } });
    const out = box.outbound("B");
    const told = new Told(box, { link: "B", account: "ACC", subject: "a.>" });
    out.says(start("B", "ACC"), "RS+ ACC a.*", "RS+ ACC b", complete("B", "ACC"), "RS+ ACC2 a.x", "PING");
    const [client, other] = [box.client({ user: "a", pass: "a" }), box.client({ user: "b", pass: "b" })];
    client.says("PUB a.x 1\r\n1", "PUB b 1\r\n2");
    other.says("PUB a.x 1\r\n3");
    expect(told.lines).toEqual(["in RS+ ACC a.*", "out RMSG ACC a.x 1"]);
  });
});

describe("bounds", () => {
  test("ends at its number, and leaves the link as it was", () => {
    const box = new Box();
    const client = box.client({ name: "mine" });
    const told = new Told(box, { link: `cid:${client.session.id}`, limit: 2 });
    expect(client.session.isHeard).toBe(true);
    client.says("PING", "PING");
    expect(told.end).toEqual({ why: "limit", shown: 2, dropped: 0 });
    expect(client.session.isHeard).toBe(false);
    expect(client.session.egress.mark).toBe(Egress.prototype.mark);
    expect(client.session.egress.reserve).toBe(Egress.prototype.reserve);
    client.says("PING");
    expect(told.lines).toHaveLength(2);
    expect(new Told(box, { link: "mine" }).tap).not.toBeNull();
  });

  test("shows so many a second, and counts the rest, those that the reader does not take too", () => {
    const box = new Box();
    const client = box.client({ name: "mine" });
    const told = new Told(box, { link: "mine", ratePerSecond: 10 });
    client.says(...Array.from({ length: 30 }, () => "PING"));
    expect(told.lines).toHaveLength(10);
    told.tap!.tick(box.now);
    expect(told.dropped).toBe(50);
    box.wait(1_000);
    told.isFull = true;
    client.says("PING");
    told.tap!.end("stopped");
    expect(told.end).toEqual({ why: "stopped", shown: 10, dropped: 52 });
  });

  test("ends with its time, and with its link", () => {
    const box = new Box();
    const client = box.client({ name: "mine" });
    const timed = new Told(box, { link: "mine", millis: 5_000 });
    timed.tap!.tick(box.now + 4_999);
    expect(timed.end).toBeNull();
    timed.tap!.tick(box.now + 5_000);
    expect(timed.end).toMatchObject({ why: "time" });
    const closed = new Told(box, { link: "mine" });
    client.goes();
    closed.tap!.tick(box.now);
    expect(closed.end).toMatchObject({ why: "links closed" });
  });

  test("there is none of a link that is not there, or that somebody listens to", () => {
    const box = new Box();
    const client = box.client({ name: "mine" });
    const { id } = client.session;
    for (const link of ["nobody", "999", `lid:${id}`, `gid:${id}`]) {
      expect([link, new Told(box, { link }).tap]).toEqual([link, null]);
    }
    const first = new Told(box, { link: String(id) });
    expect(new Told(box, { link: "mine" }).tap).toBeNull();
    first.tap!.end("stopped");
    expect(new Told(box, { link: "mine" }).tap).not.toBeNull();
  });
});
