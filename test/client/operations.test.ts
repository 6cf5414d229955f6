// PUB, HPUB, SUB and UNSUB of a client that is logged in: client-and-auth.md §1.1, §1.3, §1.4.

import { describe, expect, test } from "bun:test";
import { bytesOf } from "../../src/base/bytes.ts";
import { Box } from "../support/core-world.ts";

const messages = (lines: string[]) => lines.filter((line) => /^H?MSG /.test(line));

describe("SUB and UNSUB", () => {
  test("a subscription gets what it asked for until UNSUB, under its own sid", () => {
    const client = new Box().client();
    client.says(
      "SUB foo a-sid",
      "SUB foo.* 2",
      "PUB foo 1\r\nx",
      "PUB foo.bar 1\r\ny",
      "UNSUB a-sid",
      "PUB foo 1\r\nz",
    );
    expect(client.hearsRaw()).toBe("MSG foo a-sid 1\r\nx\r\nMSG foo.bar 2 1\r\ny\r\n");
  });

  test.each([
    ["ASCII", [0x61, 0x31]],
    ["UTF-8", [0xc3, 0xa9]],
    ["no UTF-8", [0xff]],
    ["no UTF-8 among what is", [0x61, 0xff, 0xc3, 0xa9]],
  ])("a sid of %s comes back byte for byte", (_, sid) => {
    const client = new Box().client();
    client.saysRaw(Uint8Array.from([...bytesOf("SUB foo "), ...sid, 13, 10]));
    const [subscription] = client.session.subscriptions.values();
    expect([...subscription!.sidBytes]).toEqual(sid);
  });

  test.each([
    ["*", ["a"], ["a.b", "a.b.c"]],
    [">", ["a", "a.b", "a.b.c"], []],
    ["a.*", ["a.b", "a.*"], ["a", "a.b.c", "b.b"]],
    ["a.>", ["a.b", "a.b.c"], ["a", "b.a"]],
    ["*.b.*", ["a.b.c"], ["a.b", "b.b", "a.c.c"]],
    ["a*", ["a*"], ["ab", "a"]],
  ])("%s matches as NATS says", (pattern, yes, no) => {
    const client = new Box().client();
    client.says(`SUB ${pattern} 1`, ...[...yes, ...no].map((subject) => `PUB ${subject} 0\r\n`));
    expect(messages(client.hears())).toEqual(yes.map((subject) => `MSG ${subject} 1 0`));
  });

  test("several subscriptions of one client each get their copy", () => {
    const client = new Box().client();
    client.says("SUB foo 1", "SUB foo 2", "SUB * 3", "PUB foo 0\r\n");
    expect(messages(client.hears()).sort()).toEqual(["MSG foo 1 0", "MSG foo 2 0", "MSG foo 3 0"]);
  });

  test("a sid that is in use already is ignored, and free again after UNSUB", () => {
    const client = new Box().client();
    client.says("SUB foo 1", "SUB bar 1", "PUB bar 0\r\n", "PUB foo 0\r\n");
    expect(messages(client.hears())).toEqual(["MSG foo 1 0"]);
    client.says("UNSUB 1", "SUB bar 1", "PUB foo 0\r\n", "PUB bar 0\r\n");
    expect(messages(client.hears())).toEqual(["MSG bar 1 0"]);
  });

  test("UNSUB of an unknown sid is nothing", () => {
    const client = new Box().client();
    client.says("UNSUB 7", "UNSUB 7 3", "PING");
    expect(client.hears()).toEqual(["PONG"]);
  });

  test("UNSUB with max ends the subscription behind its last message; with 0 at once", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB foo 1", "UNSUB 1 2", "PUB foo 0\r\n", "PUB foo 0\r\n", "PUB foo 0\r\n");
    expect(messages(client.hears())).toHaveLength(2);
    client.says("SUB foo 2", "UNSUB 2 0", "PUB foo 0\r\n");
    expect(messages(client.hears())).toEqual([]);
    expect([client.session.subscriptions.size, box.core.store.rows()]).toEqual([0, 0]);
  });

  test("an ended client's subscriptions are gone", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB foo 1", "SUB bar q 2", "SUB a.* 3");
    expect(box.core.store.rows()).toBe(3);
    client.goes();
    expect([box.core.store.rows(), box.core.store.nodes]).toEqual([0, 0]);
  });

  test.each(["foo..bar", ".foo", "foo.", ".", ">.foo", "foo.>.bar", "a..", "foo\fbar"])(
    "%p is an invalid subject: the client is told and stays",
    (subject) => {
      const client = new Box().client();
      client.says(`SUB ${subject} 1`, "PING");
      expect(client.hears()).toEqual(["-ERR 'Invalid Subject'", "PONG"]);
      expect(client.session.subscriptions.size).toBe(0);
    },
  );

  test("max_subscriptions is told and held, and the client stays", () => {
    const box = new Box({ client: { maxSubscriptions: 2 } });
    const client = box.client();
    client.says("SUB a 1", "SUB b 2", "SUB c 3", "PUB c 0\r\n");
    expect(client.hears()).toEqual(["-ERR 'maximum subscriptions exceeded'"]);
    client.says("UNSUB 1", "SUB c 3", "PUB c 0\r\n");
    expect(messages(client.hears())).toEqual(["MSG c 3 0"]);
    expect(box.client().ended).toBeNull();
  });

  test("too many tokens are told and refused, and the client stays", () => {
    const client = new Box({ client: { maxSubjectTokens: 3 } }).client();
    client.says("SUB a.b.c 1", "SUB a.b.c.d 2", "SUB a.b.> 3", "PUB a.b.c.d 0\r\n");
    expect(client.hears()[0]).toBe(
      "-ERR 'Permissions Violation for Subscription to \"a.b.c.d\", too many tokens'",
    );
    expect(client.session.subscriptions.size).toBe(2);
  });
});

describe("PUB and HPUB", () => {
  test("headers come as they were sent, to those that know headers, else the body alone", () => {
    const box = new Box();
    const [modern, old] = [box.client(), box.client({ headers: false, no_responders: false })];
    modern.says("SUB foo 1");
    old.says("SUB foo 1");
    modern.says("HPUB foo re 20 22\r\nNATS/1.0\r\nX-A: 1\r\n\r\nhi");
    expect(modern.hearsRaw()).toBe("HMSG foo 1 re 20 22\r\nNATS/1.0\r\nX-A: 1\r\n\r\nhi\r\n");
    expect(old.hearsRaw()).toBe("MSG foo 1 re 2\r\nhi\r\n");
  });

  test("HPUB of a client that did not announce headers is refused, and delivered to nobody", () => {
    const box = new Box();
    const [client, witness] = [box.client({ headers: false, no_responders: false }), box.client()];
    witness.says("SUB foo 1");
    client.says("HPUB foo 12 14\r\nNATS/1.0\r\n\r\nhi");
    expect(client.hears()).toEqual(["-ERR 'message headers not supported'"]);
    expect(client.ended).toBe("Protocol Violation");
    expect(witness.hears()).toEqual([]);
  });

  test("pedantic clients are told of a subject that is no literal one, and it is published all the same", () => {
    const client = new Box().client({ pedantic: true });
    client.says("SUB foo.* 1", "PUB foo.* 0\r\n", "PUB foo..bar 0\r\n", "PUB foo.bar 0\r\n");
    expect(client.hears().filter((line) => line !== "")).toEqual([
      "-ERR 'Invalid Publish Subject'",
      "MSG foo.* 1 0",
      "-ERR 'Invalid Publish Subject'",
      "MSG foo.bar 1 0",
    ]);
  });

  test.each([
    ["PUB _GR_.NUmM6c.aaaaaa.foo 0\r\n", 'Publish to "_GR_.NUmM6c.aaaaaa.foo"'],
    ["PUB $GR.559a.foo 0\r\n", 'Publish to "$GR.559a.foo"'],
    ["PUB foo _GR_.NUmM6c.aaaaaa.re 0\r\n", 'Publish with Reply of "_GR_.NUmM6c.aaaaaa.re"'],
    ["PUB foo _R_.abc.def 0\r\n", 'Publish with Reply of "_R_.abc.def"'],
    ["PUB foo $JS.ACK.a.b 0\r\n", 'Publish with Reply of "$JS.ACK.a.b"'],
    ["HPUB _GR_.x 12 12\r\nNATS/1.0\r\n\r\n", 'Publish to "_GR_.x"'],
  ])("%j is the servers' own: told, not delivered, and the client stays", (line, what) => {
    const box = new Box();
    const remote = box.outbound("B", { gateway_iom: false });
    const [client, witness] = [box.client(), box.client()];
    witness.says("SUB > 1");
    client.says(line, "PING");
    expect(client.hears()).toEqual([`-ERR 'Permissions Violation for ${what}'`, "PONG"]);
    expect([witness.hears(), remote.hears()]).toEqual([[], []]);
  });

  test("a payload of max_payload is taken; one byte more is refused before it comes", () => {
    const box = new Box({ client: { maxPayload: 1_000 } });
    const [client, witness] = [box.client(), box.client()];
    witness.says("SUB foo 1");
    client.says(`PUB foo 1000\r\n${"x".repeat(1_000)}`);
    expect(witness.hears()[0]).toBe("MSG foo 1 1000");
    client.saysRaw("PUB foo 1001\r\n");
    expect(client.hears()).toEqual(["-ERR 'Maximum Payload Violation'"]);
    expect(client.ended).toBe("Maximum Message Payload Exceeded");
    const other = box.client();
    other.saysRaw("HPUB foo 12 1001\r\n");
    expect(other.hears()).toEqual(["-ERR 'Maximum Payload Violation'"]);
  });

  test("messages of one publisher arrive in order, whatever their size and however they are cut", () => {
    const box = new Box();
    const [client, witness] = [box.client(), box.client()];
    witness.says("SUB foo 1");
    const bodies = Array.from({ length: 60 }, (_, at) => `${at}:${"x".repeat((at * 977) % 5_000)}`);
    const all = bodies.map((body) => `PUB foo ${body.length}\r\n${body}\r\n`).join("");
    for (let at = 0; at < all.length; at += 777) client.saysRaw(all.slice(at, at + 777));
    expect(witness.hears().filter((_, at) => at % 2 === 1)).toEqual(bodies);
  });
});

describe("several accounts", () => {
  test("are separate, and clients of one see each other", () => {
    const box = new Box();
    const [a1, a2, b] = [
      box.client({ user: "a", pass: "a" }),
      box.client({ user: "a", pass: "a" }),
      box.client({ user: "b", pass: "b" }),
    ];
    a2.says("SUB > 1");
    b.says("SUB > 1");
    a1.says("PUB foo 1\r\nx");
    expect([a2.hears(), b.hears()]).toEqual([["MSG foo 1 1", "x"], []]);
  });
});
