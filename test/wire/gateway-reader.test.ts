import { expect, test } from "bun:test";
import fc from "fast-check";
import { hashBytes, hashStart } from "../../src/base/hash.ts";
import { anyCuts, byteByByte, bytes, cutAt, everyCut, joined } from "../support/bytes.ts";
import { anyGatewayLines } from "../support/gateway-lines.ts";
import { Desk, type Message, type Reading, readAll, SEED, sense, takeGateway } from "../support/readings.ts";

/** Reads text as one chunk with a reader of its own. */
function read(text: string, adjust: (reader: ReturnType<Desk["gateway"]>) => void = () => {}): Reading[] {
  const reader = new Desk().gateway();
  adjust(reader);
  return readAll(reader, takeGateway, [bytes(text)]);
}

const told = (text: string): string => {
  const [first, ...more] = read(text) as Message[];
  expect(more).toEqual([]);
  const { accountText, subject, reply, queues, headerBytes, payload } = first!;
  return [accountText, subject, reply, queues, headerBytes, payload].join("/");
};

test("all forms of RMSG are read by their argument count", () => {
  expect(told("RMSG $G bar 2\r\nhi\r\n")).toBe("$G/bar///-1/hi");
  expect(told("RMSG $G bar my.reply 2\r\nhi\r\n")).toBe("$G/bar/my.reply//-1/hi");
  expect(told("RMSG $G bar | q1 2\r\nhi\r\n")).toBe("$G/bar//q1/-1/hi");
  expect(told("RMSG $G bar | q1 q2 10\r\ntwo-queues\r\n")).toBe("$G/bar//q1 q2/-1/two-queues");
  expect(told("RMSG $G bar + my.reply q1 2\r\nhi\r\n")).toBe("$G/bar/my.reply/q1/-1/hi");
  expect(told("RMSG $G bar + my.reply q1 q2 q3 2\r\nhi\r\n")).toBe("$G/bar/my.reply/q1 q2 q3/-1/hi");
});

test("a mark without anything behind it names no queue", () => {
  expect(told("RMSG $G bar + my.reply 2\r\nhi\r\n")).toBe("$G/bar/my.reply//-1/hi");
});

test("all forms of HMSG are read by their argument count", () => {
  const block = "NATS/1.0\r\nX-A: 2\r\n\r\n";
  expect(told(`HMSG $G foo 20 20\r\n${block}\r\n`)).toBe(`$G/foo///20/${block}`);
  expect(told(`HMSG $G foo re 20 22\r\n${block}hi\r\n`)).toBe(`$G/foo/re//20/${block}hi`);
  expect(told(`HMSG $G foo | q 20 22\r\n${block}hi\r\n`)).toBe(`$G/foo//q/20/${block}hi`);
  expect(told(`HMSG $G foo + re q1 q2 20 22\r\n${block}hi\r\n`)).toBe(`$G/foo/re/q1 q2/20/${block}hi`);
});

test("a body may hold anything, also what looks like the protocol", () => {
  const body = "x\r\nRMSG ACC a 5\r\n-ERR\0\n";
  expect(told(`RMSG ACC a ${body.length}\r\n${body}\r\n`)).toBe(`ACC/a///-1/${body}`);
  expect(told("RMSG ACC a 0\r\n\r\n")).toBe("ACC/a///-1/");
});

test("plain interest reads the same in one pass and on the general road", () => {
  const names = fc.constantFrom("$G", "ACC", "ACCOUNT", "A", "other");
  const subjects = fc.constantFrom(
    "a",
    "a.b",
    "a.*.c",
    "a.>",
    ">",
    "*",
    "x>.y",
    "a..b",
    ".a",
    "a.",
    ">.a",
    "a.>.b",
  );
  const ends = fc.constantFrom("\r\n", "\n");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("RS+", "RS-"), names, subjects, ends)), (lines) => {
      const quick = lines.map(([verb, name, subject, end]) => `${verb} ${name} ${subject}${end}`).join("");
      const slow = lines
        .map(([verb, name, subject]) => `${verb.toLowerCase()}  ${name} ${subject} \r\n`)
        .join("");
      expect(read(quick)).toEqual(read(slow));
    }),
  );
});

test("RS+ RS- A+ and A- are read in every form", () => {
  const lines = "RS+ ACC a.*\r\nRS+ ACC b q 1\r\nRS- ACC a.*\r\nRS- ACC b q\r\nA+ ACC\r\nA- ACC\r\n";
  expect(read(lines)).toEqual([
    { op: "Subscribe", accountText: "ACC", subject: "a.*", queue: "" },
    { op: "Subscribe", accountText: "ACC", subject: "b", queue: "q" },
    { op: "Unsubscribe", accountText: "ACC", subject: "a.*", queue: "" },
    { op: "Unsubscribe", accountText: "ACC", subject: "b", queue: "q" },
    { op: "AccountAdd", args: "ACC" },
    { op: "AccountRemove", args: "ACC" },
  ]);
});

test("verbs are read in any case, with tabs and several blanks, and before a bare LF", () => {
  expect(told("rmsg\t$G  bar \t2\nhi\r\n")).toBe("$G/bar///-1/hi");
  expect(told("RmSg $G bar |  q1\tq2   2 \r\nhi\r\n")).toBe("$G/bar//q1\tq2/-1/hi");
  expect(told("hMsg $G foo 0 2\nhi\r\n")).toBe("$G/foo///0/hi");
  expect(read("ping\nPong\r\n+ok\n-err 'x'\r\nrs-\tACC  a\nrs+ ACC b\n").map(({ op }) => op)).toEqual([
    "Ping",
    "Pong",
    "Ok",
    "Err",
    "Unsubscribe",
    "Subscribe",
  ]);
});

test("a size has one to nine digits", () => {
  expect(told("RMSG ACC a 000000002\r\nhi\r\n")).toBe("ACC/a///-1/hi");
  const faulty = ["0000000002", "1234567890", "-1", "+1", "1x", "0x10", "1.5"];
  for (const size of faulty) {
    for (const warm of ["", "RMSG ACC a 0\r\n\r\n"]) {
      const offset = warm.length + "RMSG ACC a ".length;
      expect(read(`${warm}RMSG ACC a ${size}\r\nhi\r\n`).at(-1)).toEqual({
        op: "Broken",
        fault: "size-unreadable",
        offset,
      });
    }
  }
});

const BROKEN: [string, string][] = [
  ["HMSG ACC a 3 2\r\nhi\r\n", "header-size-wrong"],
  ["HMSG ACC a x 2\r\nhi\r\n", "size-unreadable"],
  ["HMSG ACC a 1234567890 2\r\nhi\r\n", "size-unreadable"],
  ["HMSG ACC a 2\r\nhi\r\n", "arguments-miscounted"],
  ["RMSG ACC 2\r\nhi\r\n", "arguments-miscounted"],
  ["RMSG\r\n", "arguments-miscounted"],
  ["RMSG ACC a q1 q2 2\r\nhi\r\n", "queues-unmarked"],
  ["RMSG ACC a || q2 2\r\nhi\r\n", "queues-unmarked"],
  ["HMSG ACC a q1 q2 0 2\r\nhi\r\n", "queues-unmarked"],
  ["RMSG ACC a 2\r\nhi!\r\n", "payload-unterminated"],
  ["RMSG ACC a 2\r\nhi\n\n", "payload-unterminated"],
  ["RMSG ACC a 2\r\nhi\rx", "payload-unterminated"],
  ["RS+ ACC\r\n", "arguments-miscounted"],
  ["RS+ ACC a q\r\n", "arguments-miscounted"],
  ["RS+ ACC a q 1 1\r\n", "arguments-miscounted"],
  ["RS- ACC\r\n", "arguments-miscounted"],
  ["RS- ACC a q 1\r\n", "arguments-miscounted"],
  ["LMSG ACC a 0\r\n\r\n", "verb-unknown"],
  ["RMSGS ACC a 0\r\n\r\n", "verb-unknown"],
  ["PUB a 0\r\n\r\n", "verb-unknown"],
  ["\r\n", "verb-unknown"],
  [" PING\r\n", "verb-unknown"],
  ["constructor x\r\n", "verb-unknown"],
];

test("each way to break the protocol is named, cut or not, and cold or warm", () => {
  const warm = "RMSG ACC a 0\r\n\r\n";
  for (const [text, fault] of BROKEN) {
    const whole = bytes(warm + text);
    const expected = readAll(new Desk().gateway(), takeGateway, [whole]);
    expect([text, expected.at(-1)]).toMatchObject([text, { op: "Broken", fault }]);
    expect(read(text).at(-1)).toMatchObject({ op: "Broken", fault });
    for (const chunks of [byteByByte(whole), ...everyCut(whole)]) {
      expect(sense(readAll(new Desk().gateway(), takeGateway, chunks))).toEqual(sense(expected));
    }
  }
});

test("a legal stream reads as what was written, however its bytes are cut", () => {
  const cutStreams = anyGatewayLines.chain((lines) =>
    fc.tuple(fc.constant(lines), anyCuts(lines.reduce((sum, { bytes }) => sum + bytes.length, 0))),
  );
  fc.assert(
    fc.property(cutStreams, ([lines, cuts]) => {
      const whole = joined(lines.map(({ bytes }) => bytes));
      const expected = lines.map(({ says }) => says);
      for (const chunks of [[whole], cutAt(whole, cuts), byteByByte(whole)]) {
        expect(sense(readAll(new Desk().gateway(), takeGateway, chunks))).toEqual(expected);
      }
    }),
    { numRuns: 300 },
  );
});

test("every cut of one stream with all forms reads the same", () => {
  const block = "NATS/1.0\r\nA: b\r\n\r\n";
  const whole = bytes(
    `INFO {"gateway":"B"}\r\nRMSG ACC orders.eu 5\r\nhello\r\nRMSG ACC orders.eu re 5\r\nworld\r\n` +
      `RMSG ACC a | q1 q2 0\r\n\r\nHMSG ACC a + re q ${block.length} ${block.length + 1}\r\n${block}x\r\n` +
      "RS+ ACC b q 1\r\nRS- $G c\nA- ACC\r\nPING\r\n-ERR 'no'\r\n",
  );
  const expected = readAll(new Desk().gateway(), takeGateway, [whole]);
  expect(expected.map(({ op }) => op).join(" ")).toBe(
    "Info Message Message Message Message Subscribe Unsubscribe AccountRemove Ping Err",
  );
  for (const chunks of everyCut(whole)) {
    expect(sense(readAll(new Desk().gateway(), takeGateway, chunks))).toEqual(sense(expected));
  }
});

test("the usual RMSG is read in one pass from the second of an account on, with the same hash", () => {
  const [first, second, third] = read(
    "RMSG ACC orders.eu re 2\r\nhi\r\nRMSG ACC orders.eu re 2\r\nhi\r\nRMSG $G orders.eu 2\r\nhi\r\n",
  ) as Message[];
  expect(first!.canonical).toBe(false);
  expect(second!).toEqual({ ...first!, canonical: true });
  expect(third!.canonical).toBe(false);
  expect(third!.hash).not.toBe(second!.hash);
  const subject = bytes("orders.eu");
  expect(second!.hash).toBe(hashBytes(hashStart(SEED, 1), subject, 0, subject.length));
});

test("what a canonical frame holds may be sent on as it is", () => {
  let canonical = 0;
  fc.assert(
    fc.property(anyGatewayLines, (lines) => {
      // Twice each: the second of an account takes the short road.
      const whole = joined(lines.flatMap(({ bytes }) => [bytes, bytes]));
      for (const reading of readAll(new Desk().gateway(), takeGateway, [whole])) {
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

test("an account that is not known is named by its bytes and has id 0", () => {
  expect(read("RMSG nobody a 2\r\nhi\r\nRMSG nobody a 2\r\nhi\r\n")).toMatchObject([
    { account: 0, accountText: "nobody" },
    { account: 0, accountText: "nobody" },
  ]);
});

test("an account whose name begins like the last one is another account", () => {
  expect(
    read("RMSG ACC a 0\r\n\r\nRMSG ACCX a 0\r\n\r\nRMSG AC a 0\r\n\r\nRMSG ACC a 0\r\n\r\n"),
  ).toMatchObject([
    { account: 1 },
    { account: 0, accountText: "ACCX" },
    { account: 0, accountText: "AC" },
    { account: 1 },
  ]);
});

test("messages are refused before their payload is awaited while they may not come", () => {
  const early = (reader: ReturnType<Desk["gateway"]>): void => {
    reader.messageFault = "message-early";
  };
  const expected = [{ op: "Broken", fault: "message-early", offset: 0 }];
  expect(read("RMSG ACC a 999999\r\n", early) as unknown[]).toEqual(expected);
  expect(read("HMSG ACC a 1 999999\r\n", early) as unknown[]).toEqual(expected);
});

test("behind a known account several blanks and a lone mark take the long road to the same reading", () => {
  const warm = "RMSG ACC z 0\r\n\r\n";
  for (const [line, said] of [
    ["RMSG ACC  a 2", "ACC/a///-1/hi"],
    ["RMSG ACC a  2", "ACC/a///-1/hi"],
    ["RMSG ACC a 2 ", "ACC/a///-1/hi"],
    ["RMSG ACC a re  2", "ACC/a/re//-1/hi"],
    ["RMSG ACC a | 2", "ACC/a/|//-1/hi"],
    ["RMSG ACC a + 2", "ACC/a/+//-1/hi"],
    ["RMSG ACC a\t2", "ACC/a///-1/hi"],
  ] as const) {
    expect(told(`${line}\r\nhi\r\n`)).toBe(said);
    const [, second] = read(`${warm}${line}\r\nhi\r\n`) as Message[];
    const { accountText, subject, reply, queues, headerBytes, payload, canonical } = second!;
    expect([accountText, subject, reply, queues, headerBytes, payload].join("/")).toBe(said);
    expect(canonical).toBe(false);
  }
});
