// Lines with headers or queue groups: read in a pass of their own when their blanks are single, and to the
// same end as by the general road.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { Frame } from "../../src/wire/frame.ts";
import { isMarked, readTail } from "../../src/wire/message-tail.ts";
import type { Scanner } from "../../src/wire/scanner.ts";
import { bytes } from "../support/bytes.ts";
import { leafReader, takeLeaf } from "../support/leaf-lines.ts";
import { Desk, type Message, readAll, type Take, takeGateway } from "../support/readings.ts";

interface Tail {
  reply: string;
  queues: string;
  headerBytes: number;
  size: number;
}

/** What stands in the line behind `a `, or null when it is left to the general road. */
function tail(text: string, sizes: 1 | 2): Tail | null {
  const line = bytes(`a ${text}\r\n`);
  const buf = new Uint8Array([...line, 0]);
  const frame = new Frame();
  const end = readTail(frame, buf, 2, line.length, sizes);
  if (end < 0) return null;
  expect(end).toBe(line.length);
  const part = (from: number, to: number): string => Buffer.from(buf.subarray(from, to)).toString("latin1");
  return {
    reply: part(frame.replyFrom, frame.replyTo),
    queues: part(frame.queuesFrom, frame.queuesTo),
    headerBytes: frame.headerBytes,
    size: frame.size,
  };
}

test("reply, queue groups and sizes are found by their place", () => {
  const none = { reply: "", queues: "", headerBytes: -1, size: 7 };
  expect(tail("7", 1)).toEqual(none);
  expect(tail("re 7", 1)).toEqual({ ...none, reply: "re" });
  expect(tail("| q 7", 1)).toEqual({ ...none, queues: "q" });
  expect(tail("| q1 q2 q3 7", 1)).toEqual({ ...none, queues: "q1 q2 q3" });
  expect(tail("+ re 7", 1)).toEqual({ ...none, reply: "re" });
  expect(tail("+ re q1 q2 7", 1)).toEqual({ ...none, reply: "re", queues: "q1 q2" });
  const headed = { ...none, headerBytes: 5 };
  expect(tail("5 7", 2)).toEqual(headed);
  expect(tail("re 5 7", 2)).toEqual({ ...headed, reply: "re" });
  expect(tail("| q1 q2 5 7", 2)).toEqual({ ...headed, queues: "q1 q2" });
  expect(tail("+ re q 5 7", 2)).toEqual({ ...headed, reply: "re", queues: "q" });
});

test("what is wrong, cut or not in single blanks is left to the general road", () => {
  for (const text of [
    "| 7",
    "+ 7",
    "| q  7",
    "q1 q2 7",
    "|  q 7",
    "| q 7 ",
    "| q x",
    "| q -1",
    "| q 1234567890",
  ]) {
    expect([text, tail(text, 1)]).toEqual([text, null]);
  }
  for (const text of ["7", "8 7", "x 7", "5 x", "| 5 7", "a b 5 7", "5 7\t", "1234567890 7"]) {
    expect([text, tail(text, 2)]).toEqual([text, null]);
  }
  const line = bytes("a | q 7\r\n\0");
  for (let end = 3; end < line.length - 1; end++) {
    const cut = line.slice(0, end + 1).fill(0, end);
    expect([end, readTail(new Frame(), cut, 2, end, 1)]).toEqual([end, -1]);
  }
});

test("only a mark that stands alone is one", () => {
  expect(["| q 7", "+ re 7", "|| q 7", "+re 7", "q 7"].map((text) => isMarked(bytes(text), 0))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

const word = fc.stringMatching(/^[a-zA-Z0-9_$.+|-]{1,12}$/);

/** Verb with account, and how it is read. */
const ROADS: [string, () => Scanner, Take][] = [
  ["LMSG", () => leafReader(), takeLeaf],
  ["HMSG", () => leafReader(), takeLeaf],
  ["RMSG ACC", () => new Desk().gateway(), takeGateway],
  ["HMSG ACC", () => new Desk().gateway(), takeGateway],
];

for (const [verb, reader, take] of ROADS) {
  test(`any words behind ${verb} are read the same on both roads`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(word, fc.constantFrom("|", "+", "0", "2", "12")), { maxLength: 6 }),
        (words) => {
          const line = (blank: string): string =>
            `${[verb, ...words, "12"].join(" ")}${blank}\r\nhello, world\r\n`;
          // The first line of an account takes the general road to it in any case.
          const warm = verb.endsWith("ACC") ? "RMSG ACC z 0\r\n\r\n" : "";
          const [short, general] = ["", " "].map((blank) =>
            readAll(reader(), take, [bytes(warm + line(blank))]).map((reading) => ({
              ...reading,
              canonical: false,
              onward: "",
            })),
          );
          expect(short).toEqual(general!);
        },
      ),
      { numRuns: 1_000 },
    );
  });
}

test("sizes and payload of such a line may be sent on as they are, but for a header of no bytes", () => {
  const tails = (text: string): string[] => {
    const reader = leafReader();
    const kept: string[] = [];
    const keep: Take = (op, scanner) => {
      const { frame } = scanner;
      kept.push(
        frame.tailCanonical
          ? Buffer.from(frame.buf.subarray(frame.sizesFrom, frame.end)).toString("latin1")
          : "",
      );
      return takeLeaf(op, scanner);
    };
    const readings = readAll(reader, keep, [bytes(text)]) as Message[];
    expect(readings.every(({ canonical }) => !canonical)).toBe(true);
    return kept;
  };
  expect(tails("LMSG a | q 2\r\nhi\r\nHMSG a re 1 2\r\nhi\r\nHMSG a + re q 1 2\r\nhi\r\n")).toEqual([
    "2\r\nhi\r\n",
    "1 2\r\nhi\r\n",
    "1 2\r\nhi\r\n",
  ]);
  expect(tails("HMSG a 0 2\r\nhi\r\nLMSG a | q 2 \r\nhi\r\n")).toEqual(["", ""]);
});
