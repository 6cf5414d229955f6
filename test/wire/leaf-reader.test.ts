import { expect, test } from "bun:test";
import fc from "fast-check";
import type { LeafReader } from "../../src/wire/leaf-reader.ts";
import { anyCuts, byteByByte, bytes, cutAt, everyCut, inPiecesOf, joined } from "../support/bytes.ts";
import { anyGatewayLines } from "../support/gateway-lines.ts";
import { anyLeafLines, LEAF_ACCOUNT, leafHash, leafReader, takeLeaf } from "../support/leaf-lines.ts";
import {
  Desk,
  type Message,
  type Reading,
  readAll,
  readChunk,
  sense,
  takeGateway,
} from "../support/readings.ts";

/** Reads text as one chunk with a reader of its own. */
function read(text: string, adjust: (reader: LeafReader) => void = () => {}): Reading[] {
  const reader = leafReader();
  adjust(reader);
  return readAll(reader, takeLeaf, [bytes(text)]);
}

const told = (text: string): string => {
  const [first, ...more] = read(text) as Message[];
  expect(more).toEqual([]);
  const { subject, reply, queues, headerBytes, payload } = first!;
  return [subject, reply, queues, headerBytes, payload].join("/");
};

test("all forms of LMSG are read by their argument count", () => {
  expect(told("LMSG bar 2\r\nhi\r\n")).toBe("bar///-1/hi");
  expect(told("LMSG bar my.reply 2\r\nhi\r\n")).toBe("bar/my.reply//-1/hi");
  expect(told("LMSG bar | q1 2\r\nhi\r\n")).toBe("bar//q1/-1/hi");
  expect(told("LMSG bar | q1 q2 10\r\ntwo-queues\r\n")).toBe("bar//q1 q2/-1/two-queues");
  expect(told("LMSG bar + my.reply q1 2\r\nhi\r\n")).toBe("bar/my.reply/q1/-1/hi");
  expect(told("LMSG bar + my.reply q1 q2 q3 2\r\nhi\r\n")).toBe("bar/my.reply/q1 q2 q3/-1/hi");
});

test("all forms of HMSG are read by their argument count", () => {
  const block = "NATS/1.0\r\nX-A: 2\r\n\r\n";
  expect(told(`HMSG foo 20 20\r\n${block}\r\n`)).toBe(`foo///20/${block}`);
  expect(told(`HMSG foo re 20 22\r\n${block}hi\r\n`)).toBe(`foo/re//20/${block}hi`);
  expect(told(`HMSG foo | q 20 22\r\n${block}hi\r\n`)).toBe(`foo//q/20/${block}hi`);
  expect(told(`HMSG foo + re q1 q2 20 22\r\n${block}hi\r\n`)).toBe(`foo/re/q1 q2/20/${block}hi`);
});

test("a reply that looks like a mark is a reply, and a mark with nothing behind it names no queue", () => {
  expect(told("LMSG bar + 2\r\nhi\r\n")).toBe("bar/+//-1/hi");
  expect(told("LMSG bar | 2\r\nhi\r\n")).toBe("bar/|//-1/hi");
  expect(told("HMSG bar + 0 2\r\nhi\r\n")).toBe("bar/+//0/hi");
  expect(told("LMSG bar + my.reply 2\r\nhi\r\n")).toBe("bar/my.reply//-1/hi");
});

test("a subject or reply that looks like a size is none", () => {
  expect(told("LMSG 1 2\r\nhi\r\n")).toBe("1///-1/hi");
  expect(told("LMSG 1 3 2\r\nhi\r\n")).toBe("1/3//-1/hi");
  expect(told("HMSG 1 0 2\r\nhi\r\n")).toBe("1///0/hi");
  expect(told("HMSG 1 9 0 2\r\nhi\r\n")).toBe("1/9//0/hi");
});

test("a JetStream reply with its subject behind an @ is read as it is", () => {
  const reply = "$JS.ACK.S.C.1.2.3.1700000000000000000.0@orders.new";
  expect(told(`LMSG _INBOX.x ${reply} 2\r\nhi\r\n`)).toBe(`_INBOX.x/${reply}//-1/hi`);
});

test("a body may hold anything, also what looks like the protocol", () => {
  const body = "x\r\nLMSG a 5\r\n-ERR\0\n";
  expect(told(`LMSG a ${body.length}\r\n${body}\r\n`)).toBe(`a///-1/${body}`);
  expect(told("LMSG a 0\r\n\r\n")).toBe("a///-1/");
});

test("LS+ and LS- are read in every form", () => {
  const row = { accountText: "", queue: "", weight: 1 };
  expect(read("LS+ a.*\r\nLS+ b q 7\r\nLS- a.*\r\nLS- b q\r\nLS+ $LDS.39GbKz9wpQtD4HDV6ktXxF\r\n")).toEqual([
    { ...row, op: "Subscribe", subject: "a.*" },
    { ...row, op: "Subscribe", subject: "b", queue: "q", weight: 7 },
    { ...row, op: "Unsubscribe", subject: "a.*" },
    { ...row, op: "Unsubscribe", subject: "b", queue: "q" },
    { ...row, op: "Subscribe", subject: "$LDS.39GbKz9wpQtD4HDV6ktXxF" },
  ] as Reading[]);
});

test("a weight that is no number above 0 counts for one member", () => {
  for (const [weight, counted] of [
    ["1", 1],
    ["2", 2],
    ["0012", 12],
    ["999999999", 999_999_999],
    ["0", 1],
    ["-3", 1],
    ["x", 1],
    ["1.5", 1],
    ["1000000000", 1],
    ["99999999999999999999", 1],
  ] as const) {
    expect([weight, ...read(`LS+ s q ${weight}\r\n`)] as unknown[]).toMatchObject([
      weight,
      { weight: counted },
    ]);
  }
});

test("the weight of one line is not that of the next", () => {
  const readings = read("LS+ s q 9\r\nLS+ s\r\nLS+ s q 9\r\nLS- s 5\r\nLS+ s q 9\r\nLS+ s q ?\r\n");
  expect(readings.map((reading) => "weight" in reading && reading.weight)).toEqual([9, 1, 9, 1, 9, 1]);
});

test("verbs are read in any case, with tabs and several blanks, and before a bare LF", () => {
  expect(told("lmsg\tbar \t2\nhi\r\n")).toBe("bar///-1/hi");
  expect(told("LmSg bar |  q1\tq2   2 \r\nhi\r\n")).toBe("bar//q1\tq2/-1/hi");
  expect(told("hMsg foo 0 2\nhi\r\n")).toBe("foo///0/hi");
  const lines = "ping\nPong\r\n+ok\n-err 'x'\r\nls-\ta\nls+ b  q \t3\ninfo {} \r\nCoNnEcT {}\n";
  expect(
    read(lines)
      .map(({ op }) => op)
      .join(" "),
  ).toBe("Ping Pong Ok Err Unsubscribe Subscribe Info Connect");
  expect(read('INFO {"a":1} \r\n')).toEqual([{ op: "Info", args: '{"a":1}' }]);
});

const BROKEN: [string, string][] = [
  ["LS+\r\n", "arguments-miscounted"],
  ["LS+ s q\r\n", "arguments-miscounted"],
  ["LS+ s q 1 1\r\n", "arguments-miscounted"],
  ["LS-\r\n", "arguments-miscounted"],
  ["LS- s q 1\r\n", "arguments-miscounted"],
  ["LMSG\r\n", "arguments-miscounted"],
  ["LMSG 2\r\nhi\r\n", "arguments-miscounted"],
  ["HMSG a 2\r\nhi\r\n", "arguments-miscounted"],
  ["HMSG 0 2\r\nhi\r\n", "arguments-miscounted"],
  ["LMSG a q1 q2 2\r\nhi\r\n", "queues-unmarked"],
  ["LMSG a || q2 2\r\nhi\r\n", "queues-unmarked"],
  ["LMSG a q + 2\r\nhi\r\n", "queues-unmarked"],
  ["HMSG a q1 q2 0 2\r\nhi\r\n", "queues-unmarked"],
  ["HMSG a 3 2\r\nhi\r\n", "header-size-wrong"],
  ["HMSG a x 2\r\nhi\r\n", "size-unreadable"],
  ["HMSG a 1234567890 2\r\nhi\r\n", "size-unreadable"],
  ["LMSG a x\r\nhi\r\n", "size-unreadable"],
  ["LMSG a -1\r\nhi\r\n", "size-unreadable"],
  ["LMSG a +1\r\nh\r\n", "size-unreadable"],
  ["LMSG a 0000000002\r\nhi\r\n", "size-unreadable"],
  ["LMSG a re 1x\r\nh\r\n", "size-unreadable"],
  ["LMSG a 2\r\nhi!\r\n", "payload-unterminated"],
  ["LMSG a 2\r\nhi\n\n", "payload-unterminated"],
  ["LMSG a 2\r\nhi\rx", "payload-unterminated"],
  ["PUB a 0\r\n\r\n", "verb-unknown"],
  ["HPUB a 0 0\r\n\r\n", "verb-unknown"],
  ["SUB a 1\r\n", "verb-unknown"],
  ["UNSUB 1\r\n", "verb-unknown"],
  ["MSG a 1 0\r\n\r\n", "verb-unknown"],
  ["RMSG ACC a 0\r\n\r\n", "verb-unknown"],
  ["RS+ ACC a\r\n", "verb-unknown"],
  ["RS- ACC a\r\n", "verb-unknown"],
  ["A+ ACC\r\n", "verb-unknown"],
  ["A- ACC\r\n", "verb-unknown"],
  ["LMSGS a 0\r\n\r\n", "verb-unknown"],
  ["LHMSG a 0 0\r\n\r\n", "verb-unknown"],
  ["LS* a\r\n", "verb-unknown"],
  ["\r\n", "verb-unknown"],
  [" PING\r\n", "verb-unknown"],
  ["constructor x\r\n", "verb-unknown"],
  ["GET /leafnode HTTP/1.1\r\n", "verb-unknown"],
];

test("each way to break the protocol is named, and the same however its bytes are cut", () => {
  for (const [text, fault] of BROKEN) {
    const whole = bytes(`LMSG a 0\r\n\r\n${text}`);
    const expected = readAll(leafReader(), takeLeaf, [whole]);
    expect([text, expected.at(-1)]).toMatchObject([text, { op: "Broken", fault }]);
    expect([text, expected.length]).toEqual([text, 2]);
    for (const chunks of [byteByByte(whole), ...everyCut(whole)]) {
      expect(sense(readAll(leafReader(), takeLeaf, chunks))).toEqual(sense(expected));
    }
  }
});

const cutStreams = anyLeafLines.chain((lines) =>
  fc.tuple(fc.constant(lines), anyCuts(lines.reduce((sum, { bytes }) => sum + bytes.length, 0))),
);

test("a legal stream reads as what was written, however its bytes are cut", () => {
  fc.assert(
    fc.property(cutStreams, ([lines, cuts]) => {
      const whole = joined(lines.map(({ bytes }) => bytes));
      const expected = lines.map(({ says }) => says);
      for (const chunks of [[whole], cutAt(whole, cuts), byteByByte(whole)]) {
        expect(sense(readAll(leafReader(), takeLeaf, chunks))).toEqual(expected);
      }
    }),
    { numRuns: 300 },
  );
});

test("every cut of one stream with all forms reads the same", () => {
  const block = "NATS/1.0\r\nA: b\r\n\r\n";
  const whole = bytes(
    `INFO {"client_id":5} \r\nCONNECT {"name":"S"}\r\nLS+ work.> q2 1\r\nLS+ $LDS.x\r\nLMSG orders.eu 5\r\nhello\r\n` +
      "LMSG orders.eu re 5\r\nworld\r\nLMSG a | q1 q2 0\r\n\r\nLMSG a + re q1 2\r\nhi\r\n" +
      `HMSG a + re q ${block.length} ${block.length + 1}\r\n${block}x\r\nHMSG a ${block.length} ${block.length}\r\n` +
      `${block}\r\nLS- work.> q2\r\nLS- b\r\nPING\r\n-ERR 'no'\r\n`,
  );
  const expected = readAll(leafReader(), takeLeaf, [whole]);
  expect(expected.map(({ op }) => op).join(" ")).toBe(
    "Info Connect Subscribe Subscribe Message Message Message Message Message Message " +
      "Unsubscribe Unsubscribe Ping Err",
  );
  for (const chunks of everyCut(whole)) {
    expect(sense(readAll(leafReader(), takeLeaf, chunks))).toEqual(sense(expected));
  }
});

test("a leaf's messages carry the link's account, and the hash is the same on both roads", () => {
  const [usual, general] = read("LMSG orders.eu re 2\r\nhi\r\nLMSG  orders.eu re 2\r\nhi\r\n") as Message[];
  expect(usual).toMatchObject({ canonical: true, account: LEAF_ACCOUNT, hash: leafHash("orders.eu") });
  expect(general!).toEqual({ ...usual!, canonical: false });
});

test("a link that is bound to another account reads for that one from then on", () => {
  const reader = leafReader();
  const chunk = bytes("LMSG a 2\r\nhi\r\nHMSG a 0 2\r\nhi\r\n");
  const before = readAll(reader, takeLeaf, [chunk]) as Message[];
  reader.account = 9;
  reader.accountHash = 1234;
  const after = readAll(reader, takeLeaf, [chunk]) as Message[];
  expect(after.map(({ account }) => account)).toEqual([9, 9]);
  expect(after[0]!.hash).toBe(after[1]!.hash);
  expect(after[0]!.hash).not.toBe(before[0]!.hash);
});

test("what a canonical frame holds may be sent on as it is", () => {
  let canonical = 0;
  fc.assert(
    fc.property(anyLeafLines, (lines) => {
      const whole = joined(lines.map(({ bytes }) => bytes));
      for (const reading of readAll(leafReader(), takeLeaf, [whole])) {
        if (!("canonical" in reading) || !reading.canonical) continue;
        canonical++;
        const { subject, reply, payload, onward, queues, headerBytes } = reading;
        const size = /^[^\r]* (\d{1,9})\r\n/.exec(onward)?.[1] ?? "no size";
        expect(Number(size)).toBe(payload.length);
        expect(onward).toBe(`${subject} ${reply === "" ? "" : `${reply} `}${size}\r\n${payload}\r\n`);
        expect([queues, headerBytes]).toEqual(["", -1]);
      }
    }),
    { numRuns: 500 },
  );
  expect(canonical).toBeGreaterThan(50);
});

test("all but the usual LMSG takes the long road to the same reading", () => {
  for (const [line, said] of [
    ["LMSG  a 2", "a///-1/hi"],
    ["LMSG a  2", "a///-1/hi"],
    ["LMSG a 2 ", "a///-1/hi"],
    ["LMSG a re  2", "a/re//-1/hi"],
    ["LMSG a\tre 2", "a/re//-1/hi"],
    ["LMSG\ta re 2", "a/re//-1/hi"],
    ["lmsg a re 2", "a/re//-1/hi"],
    ["LMSG a | 2", "a/|//-1/hi"],
    ["LMSG a + 2", "a/+//-1/hi"],
  ] as const) {
    expect(told(`${line}\r\nhi\r\n`)).toBe(said);
    expect([line, ...read(`${line}\r\nhi\r\n`)] as unknown[]).toMatchObject([line, { canonical: false }]);
  }
});

test("messages are refused before their payload is awaited while they may not come", () => {
  const early = (reader: LeafReader): void => {
    reader.messageFault = "message-early";
  };
  const expected: Reading[] = [{ op: "Broken", fault: "message-early", offset: 0 }];
  expect(read("LMSG a 999999\r\n", early)).toEqual(expected);
  expect(read("HMSG a 1 999999\r\n", early)).toEqual(expected);
  expect(read("LS+ a\r\nPING\r\n", early)).toHaveLength(2);
});

test("a payload over the limit is refused with its line, before a byte of it has come", () => {
  for (const line of ["LMSG a 1001\r\n", "LMSG a re 1001\r\n", "HMSG a 5 1001\r\n", "LMSG a | q 1001\r\n"]) {
    const reader = leafReader(1_000);
    const readings = readAll(reader, takeLeaf, [bytes(line)]);
    expect(readings).toEqual([{ op: "Broken", fault: "payload-too-large", offset: 0 }]);
    expect(reader.heldBytes).toBe(0);
  }
  const allowed = joined([bytes("LMSG a 1000\r\n"), new Uint8Array(1_000), bytes("\r\n")]);
  expect(readAll(leafReader(1_000), takeLeaf, [allowed])[0]!.op).toBe("Message");
});

test("a line may be as long as the limit and no longer, on both roads and however it is cut", () => {
  for (const [length, op] of [
    [200, "Message"],
    [201, "Broken"],
  ] as const) {
    const usual = `LMSG ${"s".repeat(length - "LMSG  2\r".length)} 2\r\nhi\r\n`;
    const general = `LMSG  ${"s".repeat(length - "LMSG   2\r".length)} 2\r\nhi\r\n`;
    for (const whole of [usual, general].map(bytes)) {
      const cuts = [198, 199, 200, 201, 202].map((at) => cutAt(whole, [at]));
      for (const chunks of [[whole], byteByByte(whole), ...cuts]) {
        const reader = leafReader();
        reader.lineMax = 200;
        const readings = readAll(reader, takeLeaf, chunks);
        expect([length, readings.length, readings[0]!.op]).toEqual([length, 1, op]);
        if (op === "Broken") expect(readings[0]).toMatchObject({ fault: "line-too-long" });
      }
    }
  }
});

test("a message larger than the receive window arrives whole", () => {
  const body = new Uint8Array(2_500_000).map((_, i) => (i * 31 + (i >>> 8)) & 0xff);
  const whole = joined([bytes(`LMSG big re ${body.length}\r\n`), body, bytes("\r\nPING\r\n")]);
  const [message, ping] = readAll(leafReader(), takeLeaf, inPiecesOf(whole, 100_000));
  expect((message as Message).payload === Buffer.from(body).toString("latin1")).toBe(true);
  expect(ping!.op).toBe("Ping");
});

test("a leaf and a gateway in turn over one window and one frame read what is theirs", () => {
  const pair = fc.tuple(anyLeafLines, anyGatewayLines, anyCuts(400), anyCuts(400));
  fc.assert(
    fc.property(pair, ([ours, theirs, ourCuts, theirCuts]) => {
      const desk = new Desk();
      const readers = [leafReader(undefined, desk.frame), desk.gateway()] as const;
      const takes = [takeLeaf, takeGateway] as const;
      const streams = [ours, theirs].map((lines) => joined(lines.map(({ bytes }) => bytes)));
      const chunks = [cutAt(streams[0]!, ourCuts), cutAt(streams[1]!, theirCuts)] as const;
      const readings: [Reading[], Reading[]] = [[], []];
      for (let turn = 0; turn < Math.max(chunks[0].length, chunks[1].length); turn++) {
        for (const side of [0, 1] as const) {
          const chunk = chunks[side][turn];
          if (chunk !== undefined)
            readings[side].push(...sense(readChunk(readers[side], takes[side], chunk.slice())));
        }
      }
      expect(readings[0]).toEqual(ours.map(({ says }) => says));
      expect(readings[1]).toEqual(theirs.map(({ says }) => says));
    }),
    { numRuns: 150 },
  );
});

/** Garbage: bytes of the protocol's own alphabet, so that it gets far, or any bytes at all. */
const alphabet = fc.constantFrom(...bytes("LMSGHPINO+-|019 \t\r\n{}\0\u00ff"));
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(alphabet, { maxLength: 300 }).map((list) => Uint8Array.from(list)),
);

/** A legal stream with some of its bytes changed. */
const damaged = fc
  .tuple(anyLeafLines, fc.array(fc.tuple(fc.nat(2_000), fc.oneof(alphabet, fc.nat(255))), { maxLength: 4 }))
  .map(([lines, changes]) => {
    const whole = joined(lines.map(({ bytes }) => bytes));
    for (const [at, byte] of changes) whole[at % whole.length] = byte;
    return whole;
  });

test("garbage is never thrown at us, held without bound, or read in two ways", () => {
  fc.assert(
    fc.property(fc.tuple(fc.oneof(garbage, damaged), anyCuts(300)), ([whole, cuts]) => {
      const limited = (): LeafReader => {
        const reader = leafReader(5_000);
        reader.lineMax = 120;
        return reader;
      };
      const expected = sense(readAll(limited(), takeLeaf, [whole]));
      for (const chunks of [cutAt(whole, cuts), byteByByte(whole)]) {
        const held = limited();
        expect(sense(readAll(held, takeLeaf, chunks))).toEqual(expected);
        expect(held.heldBytes).toBeLessThan(2 * (5_000 + 200));
      }
    }),
    { numRuns: 400 },
  );
});

test("the credentials of a CONNECT are not near a fault", () => {
  const reader = leafReader();
  reader.lineMax = 30;
  readAll(reader, takeLeaf, [bytes('CONNECT {"user":"u","pass":"secret","sig":"x"}\r\n')]);
  expect(reader.fault).toBe("line-too-long");
  reader.brokenLine("json-unreadable");
  expect(reader.where("peer").near).toBe("CONNECT …");
});
