import { expect, test } from "bun:test";
import fc from "fast-check";
import { hashBytes } from "../../src/base/hash.ts";
import { anyCuts, byteByByte, bytes, cutAt, everyCut, joined, latin } from "../support/bytes.ts";
import { Desk, type Message, type Reading, readAll, sense, takeClient } from "../support/readings.ts";

const ACCOUNT_HASH = 77;

function read(text: string): Reading[] {
  return readAll(new Desk().client(), takeClient, [bytes(text)]);
}

const told = (text: string): string => {
  const [first, ...more] = read(text) as Message[];
  expect(more).toEqual([]);
  const { subject, reply, headerBytes, payload } = first!;
  return [subject, reply, headerBytes, payload].join("/");
};

test("PUB and HPUB are read with and without a reply", () => {
  expect(told("PUB a.b 2\r\nhi\r\n")).toBe("a.b//-1/hi");
  expect(told("PUB a.b re 2\r\nhi\r\n")).toBe("a.b/re/-1/hi");
  expect(told("PUB a.b 0\r\n\r\n")).toBe("a.b//-1/");
  expect(told("HPUB a.b 12 14\r\nNATS/1.0\r\n\r\nhi\r\n")).toBe("a.b//12/NATS/1.0\r\n\r\nhi");
  expect(told("HPUB a.b re 12 12\r\nNATS/1.0\r\n\r\n\r\n")).toBe("a.b/re/12/NATS/1.0\r\n\r\n");
});

test("verbs are read in any case, with tabs and several blanks, and before a bare LF", () => {
  expect(told("pub a.b 2\r\nhi\r\n")).toBe("a.b//-1/hi");
  expect(told("PUB\ta.b \t re  2 \nhi\r\n")).toBe("a.b/re/-1/hi");
  expect(told("hpub a.b 0 2\nhi\r\n")).toBe("a.b//0/hi");
  expect(read("sub a.*  q\t1\nUnSub 1 5\r\nping\nPONG\n+Ok\n-ERR x\nconnect {}\ninfo {}\r\n")).toEqual([
    { op: "Subscribe", args: "a.* q 1" },
    { op: "Unsubscribe", args: "1 5" },
    { op: "Ping", args: "" },
    { op: "Pong", args: "" },
    { op: "Ok", args: "" },
    { op: "Err", args: "x" },
    { op: "Connect", args: "{}" },
    { op: "Info", args: "{}" },
  ]);
});

test("a client's messages carry its account, and the hash is the same on both roads", () => {
  const [usual, general] = read("PUB orders.eu re 2\r\nhi\r\nPUB  orders.eu re 2\r\nhi\r\n") as Message[];
  const subject = bytes("orders.eu");
  expect([usual!.canonical, general!.canonical]).toEqual([true, false]);
  expect(usual!.hash).toBe(hashBytes(ACCOUNT_HASH, subject, 0, subject.length));
  expect(general!).toEqual({ ...usual!, canonical: false });
  expect(usual!.account).toBe(1);
});

const BROKEN: [string, string][] = [
  ["PUB a\r\n", "arguments-miscounted"],
  ["PUB a b c 2\r\nhi\r\n", "arguments-miscounted"],
  ["PUB\r\n", "arguments-miscounted"],
  ["PUB a x\r\nhi\r\n", "size-unreadable"],
  ["PUB a -1\r\nhi\r\n", "size-unreadable"],
  ["PUB a 1234567890\r\nhi\r\n", "size-unreadable"],
  ["PUB a 0000000002\r\nhi\r\n", "size-unreadable"],
  ["HPUB a 2\r\nhi\r\n", "arguments-miscounted"],
  ["HPUB a b c 1 2\r\nhi\r\n", "arguments-miscounted"],
  ["HPUB a 3 2\r\nhi\r\n", "header-size-wrong"],
  ["HPUB a ? 2\r\nhi\r\n", "size-unreadable"],
  ["PUB a 2\r\nhi!\r\n", "payload-unterminated"],
  ["PUB a 2\r\nhi\n\n", "payload-unterminated"],
  ["PUB a 1048577\r\n", "payload-too-large"],
  ["SUB a\r\n", "arguments-miscounted"],
  ["SUB a q 1 2\r\n", "arguments-miscounted"],
  ["UNSUB\r\n", "arguments-miscounted"],
  ["UNSUB 1 2 3\r\n", "arguments-miscounted"],
  ["GET / HTTP/1.1\r\n", "verb-unknown"],
  ["RMSG ACC a 0\r\n\r\n", "verb-unknown"],
  ["\r\n", "verb-unknown"],
  ["\n", "verb-unknown"],
];

test("each way to break the protocol is named, and the same however its bytes are cut", () => {
  for (const [text, fault] of BROKEN) {
    const whole = bytes(`PING\r\n${text}`);
    const expected = readAll(new Desk().client(), takeClient, [whole]);
    expect([text, expected.at(-1)]).toMatchObject([text, { op: "Broken", fault }]);
    for (const chunks of [byteByByte(whole), ...everyCut(whole)]) {
      expect(readAll(new Desk().client(), takeClient, chunks)).toEqual(expected);
    }
  }
});

const word = fc.stringMatching(/^[a-zA-Z0-9_$*>.+|-]{1,24}$/);
const gap = fc.oneof({ weight: 5, arbitrary: fc.constant(" ") }, fc.constantFrom("  ", "\t", "\t "));
const end = fc.oneof({ weight: 5, arbitrary: fc.constant("\r\n") }, fc.constantFrom("\n", " \r\n"));

const publication = fc
  .record({
    subject: word,
    reply: fc.option(word, { nil: "", freq: 1 }),
    header: fc.option(fc.uint8Array({ maxLength: 30 }), { nil: null, freq: 1 }),
    body: fc.uint8Array({ maxLength: 60 }),
    gap,
    end,
  })
  .map(({ subject, reply, header, body, gap, end }) => {
    const payload = joined([header ?? new Uint8Array(0), body]);
    const words = [header === null ? "PUB" : "HPUB", subject];
    if (reply !== "") words.push(reply);
    if (header !== null) words.push(`${header.length}`);
    const subjectBytes = bytes(subject);
    return {
      bytes: joined([bytes([...words, `${payload.length}`].join(gap) + end), payload, bytes("\r\n")]),
      says: {
        op: "Message",
        subject,
        reply,
        queues: "",
        account: 1,
        headerBytes: header?.length ?? -1,
        payload: latin(payload),
        hash: hashBytes(ACCOUNT_HASH, subjectBytes, 0, subjectBytes.length),
      },
    };
  });

const subscription = fc
  .record({ verb: fc.constantFrom("SUB", "UNSUB"), first: word, second: word, gap, end })
  .map(({ verb, first, second, gap, end }) => ({
    bytes: bytes([verb, first, second].join(gap) + end),
    says: { op: verb === "SUB" ? "Subscribe" : "Unsubscribe", args: `${first} ${second}` },
  }));

const anyClientLines = fc.array(fc.oneof(publication, subscription), { minLength: 1, maxLength: 8 });

test("a legal stream reads as what was written, however its bytes are cut", () => {
  const cutStreams = anyClientLines.chain((lines) =>
    fc.tuple(fc.constant(lines), anyCuts(lines.reduce((sum, { bytes }) => sum + bytes.length, 0))),
  );
  fc.assert(
    fc.property(cutStreams, ([lines, cuts]) => {
      const whole = joined(lines.map(({ bytes }) => bytes));
      const expected = lines.map(({ says }) => says);
      for (const chunks of [[whole], cutAt(whole, cuts), byteByByte(whole)]) {
        expect(readAll(new Desk().client(), takeClient, chunks) as unknown[]).toMatchObject(expected);
      }
    }),
    { numRuns: 300 },
  );
});

test("what a canonical frame holds may be sent on as it is", () => {
  let canonical = 0;
  fc.assert(
    fc.property(anyClientLines, (lines) => {
      const whole = joined(lines.map(({ bytes }) => bytes));
      for (const reading of readAll(new Desk().client(), takeClient, [whole])) {
        if (!("canonical" in reading) || !reading.canonical) continue;
        canonical++;
        const { subject, reply, payload, onward } = reading;
        expect(onward).toBe(
          `${subject} ${reply === "" ? "" : `${reply} `}${payload.length}\r\n${payload}\r\n`,
        );
      }
    }),
    { numRuns: 300 },
  );
  expect(canonical).toBeGreaterThan(50);
});

test("every cut of one stream with all forms reads the same", () => {
  const whole = bytes(
    'CONNECT {"verbose":false}\r\nSUB a.* 1\r\nSUB b q 2\r\nPUB a.b 5\r\nhello\r\nPUB a.b re 0\r\n\r\n' +
      "HPUB a.b re 12 14\r\nNATS/1.0\r\n\r\nhi\r\nUNSUB 1\r\nUNSUB 2 5\r\nPING\r\n",
  );
  const expected = readAll(new Desk().client(), takeClient, [whole]);
  expect(expected.map(({ op }) => op).join(" ")).toBe(
    "Connect Subscribe Subscribe Message Message Message Unsubscribe Unsubscribe Ping",
  );
  for (const chunks of everyCut(whole)) {
    expect(sense(readAll(new Desk().client(), takeClient, chunks))).toEqual(sense(expected));
  }
});

test("several blanks take the long road to the same reading", () => {
  for (const [line, said] of [
    ["PUB  a 2", "a//-1/hi"],
    ["PUB a  2", "a//-1/hi"],
    ["PUB a 2 ", "a//-1/hi"],
    ["PUB a re  2", "a/re/-1/hi"],
    ["PUB a\tre 2", "a/re/-1/hi"],
  ] as const) {
    const [message] = read(`${line}\r\nhi\r\n`) as Message[];
    const { subject, reply, headerBytes, payload, canonical } = message!;
    expect([subject, reply, headerBytes, payload].join("/")).toBe(said);
    expect([line, canonical]).toEqual([line, false]);
  }
});
