// What the other end of a leaf link may send that is wrong: the connection is ended as the protocol says, a
// log line names who, where and what, and nothing else is disturbed. Sources: leafnode.md §1, §3, §4, §9.3.

import { describe, expect, test } from "bun:test";
import { bytesOf } from "../../src/base/bytes.ts";
import { below, SeededRandom } from "../../src/base/random.ts";
import { S2Encoder } from "../../src/wire/s2-encoder.ts";
import { S2Fallback } from "../../src/wire/s2-fallback.ts";
import { Box, connectOf, leafInfoOf } from "../support/core-world.ts";
import { ByteEnd } from "../support/leaf-talk.ts";

const UNKNOWN = ["-ERR 'Unknown Protocol Operation'"];

/** Said by a leaf that is in: what it hears, why it is cut, and what the log says was near. */
const FAULTS: [string, string, string[], string, string][] = [
  ["an unknown word", "FOO bar", UNKNOWN, "Parse Error", "FOO bar"],
  ["a gateway's line", "RS+ $G foo", UNKNOWN, "Parse Error", "RS+ $G foo"],
  ["a client's SUB", "SUB foo 1", UNKNOWN, "Parse Error", "SUB foo 1"],
  ["a client's PUB", "PUB foo 1\r\nx", UNKNOWN, "Parse Error", "PUB foo 1"],
  ["an empty line", "", UNKNOWN, "Parse Error", ""],
  ["LS+ without a subject", "LS+", [], "Protocol Violation", "LS+"],
  ["LS+ with two words", "LS+ foo q", [], "Protocol Violation", "LS+ foo q"],
  ["LS+ with four words", "LS+ foo q 1 2", [], "Protocol Violation", "LS+ foo q 1 2"],
  ["LS- with three words", "LS- foo q 1", [], "Protocol Violation", "LS- foo q 1"],
  ["one argument of LMSG", "LMSG 1\r\nx", [], "Protocol Violation", "LMSG 1"],
  ["two arguments of HMSG", "HMSG foo 5\r\nhello", [], "Protocol Violation", "HMSG foo 5"],
  ["queues without a mark", "LMSG foo reply q 1\r\nx", [], "Protocol Violation", "reply"],
  ["a size that is no number", "LMSG foo x1\r\nx", [], "Protocol Violation", "x1"],
  ["a negative size", "LMSG foo -1\r\nx", [], "Protocol Violation", "-1"],
  ["a size of ten digits", "LMSG foo 1000000000\r\nx", [], "Protocol Violation", "1000000000"],
  ["a header that is too large", "HMSG foo 13 12\r\nNATS/1.0\r\n\r\n", [], "Protocol Violation", "13 12"],
  ["a payload that is too long", "LMSG foo 1\r\nxy", UNKNOWN, "Parse Error", "y"],
  ["a payload that is too short", "LMSG foo 5\r\nxyz\r\nPING", UNKNOWN, "Parse Error", ""],
];

for (const [what, line, answer, reason, near] of FAULTS) {
  test(`${what} from a leaf: ${answer.join() || "closed without a word"}`, () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB > 1");
    const good = box.spoke("good");
    const bad = box.rawLeaf();
    bad.hears();
    bad.says(connectOf("bad"));
    bad.hears();
    const offset = `${connectOf("bad")}\r\n`.length;
    bad.says(line);
    expect(bad.hears()).toEqual(answer);
    expect(bad.ended).toBe(reason as never);
    const [logged] = box.logged("10.0.0.1:", `lid:${bad.session.id}`, "sent ", "at byte ", "near ");
    expect(logged).toContain(near);
    const at = Number(/at byte (\d+)/.exec(logged!)![1]);
    expect(at).toBeGreaterThanOrEqual(offset);
    expect(at).toBeLessThanOrEqual(offset + line.length + 1);
    expect(client.hears()).toEqual([]);
    good.says("LMSG foo 2\r\nok");
    expect(client.hears()).toEqual(["MSG foo 1 2", "ok"]);
  });
}

describe("what a hub says wrong", () => {
  test.each([
    ["CONNECT {}", "Unknown Protocol Operation", "Parse Error"],
    ["LS+ foo q", null, "Protocol Violation"],
    ["INFO {", null, "Protocol Violation"],
    ["RMSG $G foo 1\r\nx", "Unknown Protocol Operation", "Parse Error"],
  ])("%s ends the link", (line, answer, reason) => {
    const box = new Box({ leaf: { remotes: [{}] } });
    const hub = box.hub("east");
    hub.says(line);
    expect(hub.hears()).toEqual(answer === null ? [] : [`-ERR '${answer}'`]);
    expect(hub.ended).toBe(reason as never);
    box.wait(1_200);
    expect(box.leafDials).toHaveLength(1);
  });

  test.each(["PING", "LS+ foo", "LMSG foo 1\r\nx", "CONNECT {}", "garbage", "INFO {", "INFO []"])(
    "%s before INFO ends it",
    (line) => {
      const box = new Box({ leaf: { remotes: [{}] } });
      const hub = box.rawHub();
      hub.says(line);
      expect(hub.ended).not.toBeNull();
      expect(box.core.leafs!.all.size).toBe(0);
    },
  );
});

describe("subjects", () => {
  test.each(["a..b", ".a", "a.", "a.>.b", ">.a"])("LS+ %s is refused, and the link lives on", (subject) => {
    const box = new Box();
    const leaf = box.spoke("one");
    leaf.says(`LS+ ${subject}`, `LS+ ${subject} q 1`, "PING");
    const invalid = "-ERR 'Invalid Subscription'";
    expect([leaf.hears(), leaf.ended]).toEqual([[invalid, invalid, "PONG"], null]);
    expect(box.core.store.rows()).toBe(0);
  });

  test("LS- of what was never wanted is ignored, also in another form than LS+ had", () => {
    const box = new Box();
    const leaf = box.spoke("one");
    leaf.says("LS+ a q 1", "LS+ b", "LS- a", "LS- b q", "LS- c", "LS- c q", "LS- b never-heard-of", "PING");
    expect([leaf.hears(), leaf.session.rows.count, box.core.store.rows()]).toEqual([["PONG"], 2, 2]);
  });

  test("LS+ said again is one interest, and one LS- ends it", () => {
    const box = new Box();
    const leaf = box.spoke("one");
    leaf.says("LS+ a", "LS+ a", "LS+ a q 1", "LS+ a q 3", "LS- a", "LS- a q");
    expect([leaf.session.rows.count, box.core.store.rows(), box.core.store.nodes]).toEqual([0, 0, 0]);
  });
});

describe("sizes", () => {
  test("a control line of 60,000 bytes is taken, one of 70,000 is not", () => {
    const box = new Box();
    const leaf = box.spoke("one");
    leaf.says(`LS+ ${"x".repeat(60_000)}`);
    expect([leaf.session.rows.count, leaf.ended]).toEqual([1, null]);
    leaf.says(`LS+ ${"x".repeat(70_000)}`);
    expect(leaf.hears().at(-1)).toBe("-ERR 'maximum control line exceeded'");
  });

  test("a message over max_payload is refused before its payload is awaited", () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB foo 1");
    const leaf = box.spoke("one");
    leaf.says(`LMSG foo 1048576\r\n${"x".repeat(1_048_576)}`);
    expect(client.hears()[0]).toBe("MSG foo 1 1048576");
    leaf.hears();
    leaf.saysRaw("LMSG foo 1048577\r\n");
    expect(leaf.hears()).toEqual(["-ERR 'Maximum Payload Violation'"]);
    expect(leaf.ended).toBe("Maximum Message Payload Exceeded");
  });

  test("a leaf that does not say CONNECT holds at most a line's bytes of our memory", () => {
    const box = new Box();
    for (let each = 0; each < 20; each++) {
      const leaf = box.rawLeaf();
      for (let i = 0; i < 16; i++) leaf.saysRaw("C".repeat(1_000));
      expect(leaf.ended).toBeNull();
      leaf.saysRaw("C".repeat(2_000));
      expect(leaf.ended).toBe("Protocol Violation");
      expect(leaf.hears().at(-1)).toBe("-ERR 'maximum control line exceeded'");
    }
  });

  test("a leaf that asks for PONGs and reads none is bounded", () => {
    const limits = { pingMillis: 120_000, pingMax: 2, pendingMax: 512 * 1024, maxControlLine: 65_536 };
    const box = new Box({ leaf: { limits } });
    const leaf = box.spoke("one");
    leaf.appetite = 0;
    leaf.answersPings = false;
    const burst = "PING\r\n".repeat(20_000);
    for (let i = 0; i < 40 && leaf.ended === null; i++) leaf.saysRaw(burst);
    expect(leaf.ended).toBe("Slow Consumer (Pending Bytes)");
    expect(box.core.slowConsumers.leafs).toBe(1);
  });
});

/** A leaf with which S2 was agreed on, before or after its CONNECT. */
function compressed(isKnown: boolean) {
  const compression = { mode: "s2_best", rttThresholdsMillis: [10, 50, 100] } as const;
  const box = new Box({ leaf: { listen: { compression } } });
  const leaf = box.rawLeaf();
  leaf.hears();
  const end = new ByteEnd(leaf, "s2_best");
  leaf.says('INFO {"compression":"s2_best"}');
  end.hears();
  if (isKnown) {
    end.says(connectOf("one"));
    end.hears();
  }
  return { box, leaf, end };
}

describe("S2", () => {
  test("with a wrong checksum, a broken block or of an unknown kind ends the link without a word", () => {
    const { end: model } = compressed(true);
    const first = model.encoded(bytesOf(`LS+ ${"abcdefgh".repeat(10)}\r\n`));
    const whole = Buffer.concat([Uint8Array.of(0xff, 6, 0, 0), bytesOf("S2sTwO"), first]);
    for (const at of [10, 14, 17, whole.length - 1]) {
      const { box, leaf, end } = compressed(true);
      const bad = Uint8Array.from(whole);
      bad[at]! ^= at === 10 ? 0x7e : 0x55;
      leaf.saysRaw(bad);
      expect([at, end.takes().length, leaf.ended]).toEqual([at, 0, "Parse Error"]);
      expect(box.logged(`lid:${leaf.session.id}`, "compression")).toHaveLength(1);
      expect(box.core.store.rows()).toBe(0);
    }
    const { leaf, end } = compressed(true);
    leaf.saysRaw(whole);
    expect([end.takes().length, leaf.ended, leaf.session.rows.count]).toEqual([0, null, 1]);
  });

  /** Blocks of `size` bytes that say `line` again and again. */
  const blocks = (line: string, size: number, count: number): Uint8Array => {
    const plain = bytesOf(line.repeat(Math.ceil(size / line.length)));
    const encoder = new S2Encoder("s2_best", new S2Fallback());
    const out = new Uint8Array(encoder.maxBytes(plain.length));
    const parts = Array.from({ length: count }, () =>
      out.slice(0, encoder.encode(plain, 0, plain.length, out, 0)),
    );
    return Buffer.concat(parts);
  };

  test("of a stranger may not stand for more than one control line", () => {
    const { leaf } = compressed(false);
    leaf.saysRaw(blocks("\0", 40_000, 1));
    expect(leaf.ended).toBe("Parse Error");
    expect(leaf.session.decoder!.outBytes).toBeLessThan(1_000);
    const known = compressed(true);
    known.leaf.saysRaw(blocks("LS+ a\r\n", 1_000_000, 1));
    expect([known.leaf.ended, known.leaf.session.rows.count]).toEqual([null, 1]);
  });

  test.each([
    ["garbage", "\0"],
    ["PINGs", "PING\r\n"],
    ["+OK lines", "+OK\r\n"],
    ["-ERR lines", "-ERR 'x'\r\n"],
    ["INFOs", 'INFO {"compression":"off"}\r\n'],
  ])("of a stranger that stands for no end of %s costs no more than its first block", (_what, line) => {
    const { box, leaf } = compressed(false);
    const before = leaf.session.decoder!.outBytes;
    const lines = box.log.length;
    leaf.saysRaw(blocks(line, 16_000, 2_000));
    expect(leaf.session.closing).not.toBeNull();
    expect(leaf.session.decoder!.outBytes - before).toBeLessThan(40_000);
    expect(box.log.length - lines).toBeLessThan(10);
  });

  test("of a leaf that is cut for its first line is not decoded to its end", () => {
    const { leaf } = compressed(true);
    const before = leaf.session.decoder!.outBytes;
    leaf.saysRaw(blocks("FOO\r\n", 100_000, 500));
    expect(leaf.session.closing).toBe("Parse Error");
    expect(leaf.session.decoder!.outBytes - before).toBeLessThan(110_000);
  });

  test("that is cut in the middle of a chunk holds no more than the chunk's bytes", () => {
    const { leaf } = compressed(false);
    leaf.saysRaw(Uint8Array.of(0xff, 6, 0, 0, ...bytesOf("S2sTwO"), 0x01, 0x04, 0x40, 0x00, 1, 2, 3));
    expect(leaf.ended).toBeNull();
    expect(leaf.session.decoder!.heldBytes).toBeLessThanOrEqual(4_096);
    leaf.saysRaw(new Uint8Array(5_000));
    expect(leaf.session.decoder!.heldBytes).toBeLessThanOrEqual(16_384);
    leaf.goes();
    expect(leaf.session.decoder!.heldBytes).toBe(0);
  });

  test("of a hub that has not answered is bounded alike, until we said CONNECT", () => {
    const compression = { mode: "s2_fast", rttThresholdsMillis: [10, 50, 100] } as const;
    const box = new Box({ leaf: { remotes: [{ compression }] } });
    const hub = box.rawHub();
    const end = new ByteEnd(hub);
    hub.says(leafInfoOf("east", { compression: "s2_fast" }));
    end.takes();
    hub.saysRaw(blocks(" ", 40_000, 1));
    expect([hub.ended, hub.session.decoder!.outBytes]).toEqual(["Parse Error", 0]);
  });
});

test("garbage of any kind ends the link that sent it, never throws, and leaves the others alone", () => {
  const random = new SeededRandom(7);
  const box = new Box({ leaf: { remotes: [{}] } });
  const client = box.client();
  client.says("SUB foo 1");
  const good = box.spoke("good");
  const pieces = [
    "LMSG",
    "HMSG",
    "LS+",
    "LS-",
    "INFO",
    "CONNECT",
    " ",
    "\r\n",
    "{",
    "}",
    "9",
    "foo",
    "|",
    "+",
  ];
  for (let round = 0; round < 400; round++) {
    const bad = [() => box.rawLeaf(), () => box.spoke("bad"), () => box.rawHub(), () => box.hub("east")][
      round % 4
    ]!();
    for (let i = 0; i < 20 && bad.ended === null; i++) {
      const bytes: number[] = [];
      for (let j = below(random, 30); j >= 0; j--) {
        const piece = pieces[below(random, pieces.length * 2)];
        bytes.push(...(piece === undefined ? [below(random, 256)] : Buffer.from(piece)));
      }
      bad.saysRaw(Uint8Array.from(bytes));
    }
    if (bad.ended === null) bad.goes();
    box.wait(32_000);
  }
  client.hears();
  good.says("LMSG foo 2\r\nok");
  expect(client.hears()).toEqual(["MSG foo 1 2", "ok"]);
});

test("what waited for a link that is cut is told and counted", () => {
  const box = new Box();
  const spoke = box.spoke("edge");
  spoke.says("LS+ x");
  spoke.appetite = 0;
  box.client().says("PUB x 5", "12345");
  spoke.goes();
  expect(box.logged("bytes that waited for it are lost")).toHaveLength(1);
  expect(box.core.lostBytes).toBe("LMSG x 5\r\n12345\r\n".length);
});
