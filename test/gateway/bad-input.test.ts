// What a remote may send that is wrong: the connection is ended as the protocol says, a log line names who,
// where and what, and nothing else is disturbed. Sources: gateway.md §2.2, §2.3, §2.5, §2.6.

import { describe, expect, test } from "bun:test";
import { below, SeededRandom } from "../../src/base/random.ts";
import { Count } from "../../src/peer/counters.ts";
import { Box, complete, infoOf, start } from "../support/core-world.ts";

const UNKNOWN = "-ERR 'Unknown Protocol Operation'";

/** Said by a registered dialer: what it hears, and what the log says was near. */
const FROM_DIALER: [string, string, string[], string][] = [
  ["an unknown word", "FOO bar", [UNKNOWN], "FOO bar"],
  ["a leaf's line", "LMSG $G foo 1\r\nx", [UNKNOWN], "LMSG"],
  ["an empty line", "", [UNKNOWN], ""],
  ["two arguments of RMSG", "RMSG $G 1\r\nx", [], "RMSG $G 1"],
  ["one argument of HMSG", "HMSG $G", [], "HMSG $G"],
  ["three arguments of HMSG", "HMSG $G foo 5\r\nhello", [], "HMSG $G foo 5"],
  ["queues without a mark", "RMSG $G foo reply q 1\r\nx", [], "reply"],
  ["a size that is no number", "RMSG $G foo x1\r\nx", [], "x1"],
  ["a negative size", "RMSG $G foo -1\r\nx", [], "-1"],
  ["a size of ten digits", "RMSG $G foo 1000000000\r\nx", [], "1000000000"],
  ["a header larger than its message", "HMSG $G foo 13 12\r\nNATS/1.0\r\n\r\n", [], "13 12"],
  ["a payload that is longer than said", "RMSG $G foo 1\r\nxy", [UNKNOWN], "y"],
  ["a payload that is shorter than said", "RMSG $G foo 5\r\nxyz\r\nPING", [UNKNOWN], ""],
];

for (const [what, line, answer, near] of FROM_DIALER) {
  test(`${what} from a dialer: ${answer.join() || "closed without a word"}`, () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB > 1");
    const bad = box.inbound("B");
    const good = box.inbound("C");
    bad.hears();
    const offset = 'CONNECT {"gateway":"B"}\r\n'.length + infoOf("B").length + 2;
    bad.says(line);
    expect(bad.hears()).toEqual(answer);
    expect(bad.ended).not.toBeNull();
    const [logged] = box.logged(`10.0.0.1:`, `gid:${bad.session.id}`, "sent ", "at byte ", "near ");
    expect(logged).toContain(near);
    const at = Number(/at byte (\d+)/.exec(logged!)![1]);
    expect(at).toBeGreaterThanOrEqual(offset);
    expect(at).toBeLessThanOrEqual(offset + line.length + 1);
    expect(client.hears()).toEqual([]);
    good.says("RMSG $G foo 2\r\nok");
    expect(client.hears()).toEqual(["MSG foo 1 2", "ok"]);
  });
}

describe("what an acceptor sends wrong is found at the byte where it stands", () => {
  test.each([
    ["RS+ $G", "RS+ $G"],
    ["RS+ $G foo q", "RS+ $G foo q"],
    ["RS- $G foo q 1", "RS- $G foo q 1"],
    ["RS+ $G .foo", "RS+ $G .foo"],
    ["RS- $G foo.", "RS- $G foo."],
    ["RS+ $G foo.>.bar q 1", "RS+ $G foo.>.bar"],
    ["INFO {", "INFO {"],
    ["SUB foo 1", "SUB foo 1"],
  ])("%s", (line, near) => {
    const box = new Box();
    const remote = box.outbound("B");
    const before = `${infoOf("B")}\r\nPING\r\n`.length;
    remote.says(line);
    expect(remote.ended).not.toBeNull();
    const [logged] = box.logged(`gid:${remote.session.id}`, `at byte ${before},`);
    expect(logged).toContain(JSON.stringify(near).slice(1, -1));
  });
});

test("accounts that we do not have are kept apart, whatever a remote says of them", () => {
  const box = new Box();
  const remote = box.outbound("B");
  remote.says("RS+ NOPE foo", start("B", "NOPE"), "RS+ NOPE foo", "RS+ NOPE bar q 1", complete("B", "NOPE"));
  const client = box.client();
  client.says("PUB foo 1\r\nx", "PUB bar 1\r\nx");
  expect([remote.hears(), remote.ended]).toEqual([[], null]);
});

test("a dialer that does not say CONNECT holds at most a line's bytes of our memory", () => {
  const box = new Box();
  const dialers = Array.from({ length: 20 }, () => box.rawInbound());
  for (const dialer of dialers) {
    for (let i = 0; i < 15; i++) dialer.saysRaw("C".repeat(1_000));
    expect(dialer.ended).toBeNull();
    dialer.saysRaw("C".repeat(2_000));
    expect(dialer.ended).toBe("Protocol Violation");
    expect(dialer.hears().at(-1)).toBe("-ERR 'maximum control line exceeded'");
  }
});

test("a message of a size that is out of bounds is refused before its payload is awaited", () => {
  const box = new Box();
  const dialer = box.inbound("B");
  dialer.hears();
  dialer.saysRaw("RMSG $G foo 999999999\r\n");
  expect(dialer.ended).toBe("Maximum Message Payload Exceeded");
  expect(dialer.hears()).toEqual(["-ERR 'Maximum Payload Violation'"]);
});

test("a message larger than max_payload is taken from a gateway", () => {
  const box = new Box();
  const client = box.client();
  client.says("SUB foo 1");
  const body = "x".repeat(1_500_000);
  box.inbound("B").says(`RMSG $G foo ${body.length}\r\n${body}`);
  expect(client.hearsRaw()).toBe(`MSG foo 1 ${body.length}\r\n${body}\r\n`);
});

test("a remote that asks for PONGs and reads none is bounded", () => {
  const limit = 512 * 1024;
  const box = new Box({ gateway: { pendingMax: limit } });
  const dialer = box.inbound("B");
  dialer.hears();
  dialer.appetite = 0;
  dialer.answersPings = false;
  const burst = "PING\r\n".repeat(20_000);
  for (let i = 0; i < 40 && dialer.ended === null; i++) dialer.saysRaw(burst);
  expect(dialer.ended).toBe("Slow Consumer (Pending Bytes)");
  expect(box.core.slowConsumers.gateways).toBe(1);
});

test("an acceptor that asks for PONGs and reads none is bounded too", () => {
  const box = new Box({ gateway: { pendingMax: 512 * 1024 } });
  const remote = box.outbound("B");
  remote.appetite = 0;
  remote.answersPings = false;
  const burst = "PING\r\n".repeat(20_000);
  for (let i = 0; i < 40 && remote.ended === null; i++) remote.saysRaw(burst);
  expect(remote.session.egress.pendingBytes).toBeLessThan(1_024 * 1024);
});

test("a remote that takes nothing is cut at the write deadline, with its reason", () => {
  const box = new Box({ gatewayWriteDeadlineMillis: 3_000 });
  const remote = box.outbound("B", { gateway_iom: false });
  const client = box.client();
  remote.appetite = 0;
  client.says("PUB foo 1\r\nx");
  box.wait(2_900);
  expect(remote.ended).toBeNull();
  box.wait(200);
  expect(remote.ended).toBe("Slow Consumer (Write Deadline)");
  expect(box.core.slowConsumers.gateways).toBe(1);
  client.says("PING");
  expect(client.hears()).toEqual(["PONG"]);
});

test("messages for a remote that cannot keep up are dropped and counted, and it is told the later ones", () => {
  const box = new Box({ gateway: { pendingMax: 1024 * 1024 } });
  const remote = box.outbound("B", { gateway_iom: false });
  const client = box.client();
  remote.appetite = 0;
  const body = "x".repeat(100_000);
  for (let i = 0; i < 100; i++) client.says(`PUB foo ${body.length}\r\n${body}`);
  expect(remote.session.egress.pendingBytes).toBeLessThan(2 * 1024 * 1024);
  expect(box.dropped).toBeGreaterThan(70);
  expect(remote.ended).toBeNull();
  remote.resumes();
  const whole = remote.hearsRaw();
  expect(whole).toBe(`RMSG $G foo ${body.length}\r\n${body}\r\n`.repeat(100 - box.dropped));
  client.says("PUB foo 2\r\nhi");
  expect(remote.hears()).toEqual(["RMSG $G foo 2", "hi"]);
});

test("garbage of any kind ends the connection that sent it, never throws, and leaves the others alone", () => {
  const random = new SeededRandom(5);
  const box = new Box();
  const client = box.client();
  client.says("SUB foo 1");
  const good = box.inbound("C");
  const pieces = [
    "RMSG",
    "HMSG",
    "RS+",
    "A-",
    "INFO",
    "CONNECT",
    " ",
    "\r\n",
    "$G",
    "{",
    "}",
    "9",
    "foo",
    "|",
    "+",
  ];
  for (let round = 0; round < 400; round++) {
    const bad = round % 2 === 0 ? box.inbound("B") : box.outbound("B");
    for (let i = 0; i < 20 && bad.ended === null; i++) {
      const bytes: number[] = [];
      for (let j = below(random, 30); j >= 0; j--) {
        const piece = pieces[below(random, pieces.length * 2)];
        bytes.push(...(piece === undefined ? [below(random, 256)] : Buffer.from(piece)));
      }
      bad.saysRaw(Uint8Array.from(bytes));
    }
    if (bad.ended === null) bad.goes();
    if (round % 2 === 1) box.wait(1_200);
  }
  client.hears();
  good.says("RMSG $G foo 2\r\nok");
  expect(client.hears()).toEqual(["MSG foo 1 2", "ok"]);
});

test("a remote that takes no messages loses them, and is not cut when it says PING", () => {
  const box = new Box({ gateway: { pendingMax: 512 * 1024 } });
  const remote = box.outbound("B");
  remote.says(start("B", "$G"), "RS+ $G foo", complete("B", "$G"));
  remote.appetite = 0;
  const client = box.client();
  const message = `PUB foo 900000\r\n${"x".repeat(900_000)}`;
  for (let i = 0; i < 4; i++) client.says(message);
  expect(remote.session.counters[Count.Dropped]).toBeGreaterThan(0);
  expect(remote.session.egress.pendingBytes).toBeGreaterThan(1024 * 1024);
  remote.says("PING");
  expect(remote.ended).toBeNull();
});
