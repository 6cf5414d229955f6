// What a client may send that is wrong: the standard -ERR, the end of its connection, a log line that names
// who, where and what, and nobody else notices. Source: client-and-auth.md §1.4.

import { describe, expect, test } from "bun:test";
import { below, SeededRandom } from "../../src/base/random.ts";
import { Box } from "../support/core-world.ts";

const UNKNOWN = "-ERR 'Unknown Protocol Operation'";
/** Wrong arguments are not answered, as nats-server does not. */
const SILENCE = "silence";
const TOO_LONG = "-ERR 'maximum control line exceeded'";

const BAD: [string, string, string, string][] = [
  ["an unknown word", "FOO bar", UNKNOWN, "FOO bar"],
  ["HTTP", "GET / HTTP/1.1", UNKNOWN, "GET / HTTP"],
  ["an empty line", "", UNKNOWN, ""],
  ["binary", "\u0001\u0002\u0003", UNKNOWN, "\\u0001"],
  ["a gateway's line", "RMSG $G foo 1\r\nx", UNKNOWN, "RMSG"],
  ["INFO", "INFO {}", UNKNOWN, "INFO {}"],
  ["SUB without a sid", "SUB foo", SILENCE, "SUB foo"],
  ["SUB with four arguments", "SUB foo q 1 2", SILENCE, "SUB foo q 1 2"],
  ["UNSUB without a sid", "UNSUB", SILENCE, "UNSUB"],
  ["UNSUB with three arguments", "UNSUB 1 2 3", SILENCE, "UNSUB 1 2 3"],
  ["UNSUB with a max that is no number", "UNSUB 1 x", SILENCE, "UNSUB 1 x"],
  ["PUB without a size", "PUB foo", SILENCE, "PUB foo"],
  ["PUB with four arguments", "PUB foo a b 1\r\nx", SILENCE, "PUB foo a b 1"],
  ["a size that is no number", "PUB foo 1x\r\nx", SILENCE, "1x"],
  ["a negative size", "PUB foo -1\r\nx", SILENCE, "-1"],
  ["a size of ten digits", "PUB foo 9999999999\r\nx", SILENCE, "9999999999"],
  ["a header larger than its message", "HPUB foo 14 13\r\nNATS/1.0\r\n\r\nx", SILENCE, "14 13"],
  ["HPUB with one size", "HPUB foo 12\r\nNATS/1.0\r\n\r\n", SILENCE, "HPUB foo 12"],
  ["a payload that is longer than said", "PUB foo 1\r\nxyz", UNKNOWN, "yz"],
  ["a control line over max_control_line", `PUB ${"x".repeat(5_000)} 0\r\n`, TOO_LONG, "PUB xxxx"],
  ["a control line without an end", `SUB ${"x".repeat(5_000)}`, TOO_LONG, "SUB xxxx"],
];

for (const [what, line, answer, near] of BAD) {
  test(`${what} ends the client with ${answer}`, () => {
    const box = new Box();
    const [witness, bad] = [box.client(), box.client()];
    witness.says("SUB ok 1");
    bad.says("PING", "SUB quiet 9");
    bad.hears();
    const offset = (
      'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}\r\n' +
      "PING\r\nSUB quiet 9\r\n"
    ).length;
    bad.says(line);
    expect(bad.hears()).toEqual(answer === SILENCE ? [] : [answer]);
    expect(bad.ended).not.toBeNull();
    const [logged] = box.logged(bad.session.name, "at byte ", "near ");
    expect(logged).toContain(near);
    const at = Number(/at byte (\d+)/.exec(logged!)![1]);
    expect(at).toBeGreaterThanOrEqual(offset);
    expect(at).toBeLessThanOrEqual(offset + Math.min(line.length + 1, 30));
    witness.says("PUB ok 2\r\nhi");
    expect(witness.hears()).toEqual(["MSG ok 1 2", "hi"]);
    expect(box.core.store.rows()).toBe(1);
  });
}

test("what came before the mistake in the same chunk counts, what comes behind it does not", () => {
  const box = new Box();
  const [witness, bad] = [box.client(), box.client()];
  witness.says("SUB foo 1");
  bad.says("PUB foo 1\r\na", "WHAT", "PUB foo 1\r\nb");
  bad.says("PUB foo 1\r\nc");
  expect(witness.hears()).toEqual(["MSG foo 1 1", "a"]);
});

describe("before anybody has logged in", () => {
  const locked = { accounts: { noAuthUser: null } };

  test("a line may hold a CONNECT and no more: memory stays bounded", () => {
    const box = new Box(locked);
    for (let i = 0; i < 20; i++) {
      const client = box.rawClient();
      for (let at = 0; at < 16; at++) client.saysRaw(`C${"x".repeat(999)}`);
      expect(client.ended).toBeNull();
      client.saysRaw("x".repeat(1_000));
      expect(client.hears().at(-1)).toBe(TOO_LONG);
      expect(client.ended).toBe("Protocol Violation");
    }
  });

  test("a message is refused by its line, so that its payload is never held", () => {
    const box = new Box(locked);
    const client = box.rawClient();
    client.hears();
    client.saysRaw("PUB foo 1000000\r\n");
    expect(client.hears()).toEqual(["-ERR 'Authorization Violation'"]);
    expect(client.ended).toBe("Authentication Failure");
  });
});

test("a longer line is taken in CONNECT than afterwards", () => {
  const box = new Box();
  const client = box.rawClient();
  client.hears();
  client.says(`CONNECT {"verbose":false,"name":"${"n".repeat(10_000)}"}`, "PING");
  expect(client.hears()).toEqual(["PONG"]);
});

test("garbage of any kind ends the client that sent it, never throws, and leaves the others alone", () => {
  const random = new SeededRandom(3);
  const box = new Box();
  const witness = box.client();
  witness.says("SUB ok 1");
  const pieces = [
    "PUB",
    "HPUB",
    "SUB",
    "UNSUB",
    "CONNECT",
    "PING",
    " ",
    "\r\n",
    "{",
    "}",
    "9",
    "foo",
    ".",
    ">",
    "*",
  ];
  for (let round = 0; round < 500; round++) {
    const bad = round % 3 === 0 ? box.rawClient() : box.client();
    for (let i = 0; i < 20 && bad.ended === null; i++) {
      const bytes: number[] = [];
      for (let j = below(random, 30); j >= 0; j--) {
        const piece = pieces[below(random, pieces.length * 2)];
        bytes.push(...(piece === undefined ? [below(random, 256)] : Buffer.from(piece)));
      }
      bad.saysRaw(Uint8Array.from(bytes));
    }
    if (bad.ended === null) bad.goes();
  }
  witness.says("PUB ok 2\r\nhi");
  expect(witness.hears()).toEqual(["MSG ok 1 2", "hi"]);
  expect([box.core.clients.size, box.core.store.rows()]).toEqual([1, 1]);
});
