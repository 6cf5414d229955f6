// Messages that are traced, in virtual time: who is told, who gets nothing, and what a header cannot do.

import { describe, expect, test } from "bun:test";
import type { Session } from "../../src/peer/session.ts";
import { Box, complete, start } from "../support/core-world.ts";
import type { Peer } from "../support/peer.ts";

interface Event {
  readonly type: string;
  readonly kind: number;
  readonly hop?: string;
  readonly error?: string;
  readonly acc?: string;
}

function speaking(box: Box): void {
  box.core.system.events = {
    joined: () => {},
    ended: () => {},
    tick: () => {},
    stopping: () => {},
    traced: (trace) => JSON.stringify(trace.document({}, () => "now")),
  };
}

/** HPUB, or what stands for it, with these headers and the payload "x". */
function message(verb: string, headers: Record<string, string>): string {
  const block = `NATS/1.0\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
  return `${verb} ${block.length} ${block.length + 1}\r\n${block}x`;
}

/** The events of the traces that a client heard. */
function told(peer: Peer<Session>): Event[] {
  const documents = peer.hears().filter((line) => line.startsWith('{"server"'));
  return documents.flatMap((line) => JSON.parse(line).events as Event[]);
}

const A = { user: "a", pass: "a" };
const ONLY = { "Nats-Trace-Dest": "told", "Nats-Trace-Only": "true" };

describe("a message that is only traced", () => {
  test("reaches no client, and no server that would deliver it", () => {
    const box = new Box();
    speaking(box);
    const [client, other] = [box.client(A), box.client(A)];
    client.says("SUB told 1");
    other.says("SUB foo 1", "SUB foo q 2");
    const [old, able] = [box.outbound("OLD"), box.outbound("ABLE", { proto: 3 })];
    for (const [remote, name] of [
      [old, "OLD"],
      [able, "ABLE"],
    ] as const)
      remote.says(start(name, "ACC"), "RS+ ACC foo", complete(name, "ACC"));
    client.says(message("HPUB foo", ONLY));
    expect(other.hears()).toEqual([]);
    expect(old.hears()).toEqual([]);
    const crossed = able.hears();
    expect([crossed[0]!.startsWith("HMSG ACC foo "), crossed.includes("Nats-Trace-Hop: 1")]).toEqual([
      true,
      true,
    ]);
    const events = told(client);
    expect(events.map(({ type, kind }) => `${type} ${kind}`)).toEqual([
      "in 0",
      "eg 0",
      "eg 0",
      "eg 2",
      "eg 2",
    ]);
    expect(events.filter(({ error }) => error !== undefined)).toHaveLength(1);
  });

  test("is not asked of another account, nor of the box itself", () => {
    const service = {
      account: "ACC2",
      subject: "svc",
      to: "svc",
      response: "single",
      thresholdMillis: 1_000,
      share: false,
    };
    const box = new Box({
      traffic: [
        { account: "ACC", streams: [], mappings: [], services: [{ ...service, response: "single" }] },
      ],
    });
    speaking(box);
    const [client, server] = [box.client(A), box.client({ user: "b", pass: "b" })];
    server.says("SUB svc 1");
    client.says("SUB told 1", message("HPUB svc told", ONLY));
    expect(server.hears()).toEqual([]);
    let asked = 0;
    box.core.system.subscribe("q", () => asked++);
    const sys = box.client({ user: "s", pass: "s" });
    sys.says(message("HPUB q", ONLY), message("HPUB q", {}));
    expect(asked).toBe(1);
  });
});

describe("a message that is traced and delivered", () => {
  test("goes to another account without its trace", () => {
    const box = new Box({
      traffic: [
        {
          account: "ACC",
          streams: [],
          mappings: [],
          services: [
            {
              account: "ACC2",
              subject: "svc",
              to: "svc",
              response: "single",
              thresholdMillis: 1_000,
              share: false,
            },
          ],
        },
      ],
    });
    speaking(box);
    const remote = box.outbound("B", { proto: 3 });
    remote.says(start("B", "ACC2"), "RS+ ACC2 svc", complete("B", "ACC2"));
    box.client(A).says(message("HPUB svc", { "Nats-Trace-Dest": "told" }));
    const crossed = remote.hears();
    expect(crossed).toContain("Nats-Trace-Dest: trace disabled");
    expect(crossed.join()).not.toContain("Nats-Trace-Hop");
  });

  test("that a leaf brings goes on under the hop that it came by", () => {
    const box = new Box();
    speaking(box);
    const leaf = box.spoke("one", A);
    const [client, remote] = [box.client(A), box.outbound("B", { proto: 3 })];
    client.says("SUB told 1");
    remote.says(start("B", "ACC"), "RS+ ACC foo", complete("B", "ACC"));
    leaf.says(message("HMSG foo", { "Nats-Trace-Dest": "told", "Nats-Trace-Hop": "2" }));
    expect(remote.hears()).toContain("Nats-Trace-Hop: 2.1");
    expect(told(client).map(({ kind, hop }) => [kind, hop])).toEqual([
      [4, undefined],
      [2, "2.1"],
    ]);
  });
});

describe("a trace is told", () => {
  test.each(["a.*", "a b", "", "_GR_.aaaaaa.bbbbbb.x", "$GR.1234.x", "a..b", "trace disabled"])(
    "to no subject like %p, and the message is delivered as ever",
    (destination) => {
      const box = new Box();
      speaking(box);
      const [client, other] = [box.client(A), box.client(A)];
      other.says("SUB > 1");
      client.says(message("HPUB foo", { "Nats-Trace-Dest": destination }));
      const heard = other.hears();
      expect(heard.filter((line) => line.startsWith("HMSG foo"))).toHaveLength(1);
      expect(heard.filter((line) => line.startsWith("MSG"))).toEqual([]);
    },
  );

  test("not where its sender may not publish, and then nothing is delivered", () => {
    const permissions = { publish: { allow: ["foo"], deny: [] }, subscribe: { allow: null, deny: [] } };
    const box = new Box({
      accounts: {
        users: [
          { user: "a", password: "a", account: "ACC", permissions },
          { user: "x", password: "x", account: "ACC" },
        ],
      },
    });
    speaking(box);
    const [client, other] = [box.client(A), box.client({ user: "x", pass: "x" })];
    other.says("SUB > 1");
    client.says(message("HPUB foo", { "Nats-Trace-Dest": "secret" }));
    expect(client.hears()).toEqual([`-ERR 'Permissions Violation for Publish to "secret"'`]);
    expect(other.hears()).toEqual([]);
  });

  test("of no header that only looks like one", () => {
    const box = new Box();
    speaking(box);
    const [client, other] = [box.client(A), box.client(A)];
    other.says("SUB told 1", "SUB foo 2");
    for (const name of ["nats-trace-dest", "X-Nats-Trace-Dest", "Nats-Trace-Des", "Nats-Trace-Destination"])
      client.says(message("HPUB foo", { [name]: "told", "Nats-Trace-Only": "true" }));
    const heard = other.hears().filter((line) => /^H?MSG /.test(line));
    expect(heard.map((line) => line.split(" ")[1])).toEqual(["foo", "foo", "foo", "foo"]);
  });
});
