// A leaf reader, what it found as plain values, and any legal leaf line together with what it says, written
// down apart from the reader.

import fc from "fast-check";
import { Arena } from "../../src/base/arena.ts";
import { hashBytes, hashStart } from "../../src/base/hash.ts";
import { Frame } from "../../src/wire/frame.ts";
import { LeafReader } from "../../src/wire/leaf-reader.ts";
import { Op } from "../../src/wire/op.ts";
import { bytes, joined, latin } from "./bytes.ts";
import { type Interest, type Reading, SEED, type Take, takeClient } from "./readings.ts";

export const LEAF_ACCOUNT = 5;
const HASH_START = hashStart(SEED, LEAF_ACCOUNT);
/** One for all tests of a file: a reader must not mind what others leave in it. */
const arena = new Arena(1024 * 1024);

export function leafReader(payloadMax = 64 * 1024 * 1024, frame = new Frame()): LeafReader {
  const reader = new LeafReader(frame, arena);
  reader.payloadMax = payloadMax;
  reader.account = LEAF_ACCOUNT;
  reader.accountHash = HASH_START;
  return reader;
}

export interface LeafInterest extends Interest {
  weight: number;
}

/** Reads leaf lines: LS+ and LS- by their slots. A leaf names no account. */
export const takeLeaf: Take = (op, reader) => {
  if (op !== Op.Subscribe && op !== Op.Unsubscribe) return takeClient(op, reader);
  const { buf, accountFrom, accountTo, subjectFrom, subjectTo, queuesFrom, queuesTo, weight } = reader.frame;
  const interest: LeafInterest = {
    op: op === Op.Subscribe ? "Subscribe" : "Unsubscribe",
    accountText: latin(buf, accountFrom, accountTo),
    subject: latin(buf, subjectFrom, subjectTo),
    queue: latin(buf, queuesFrom, queuesTo),
    weight,
  };
  return interest;
};

/** Where a subject's hash ends in the account of the link. */
export function leafHash(subject: string): number {
  const subjectBytes = bytes(subject);
  return hashBytes(HASH_START, subjectBytes, 0, subjectBytes.length);
}

/** A line, its payload and what must be read of it. */
interface Written {
  readonly bytes: Uint8Array;
  readonly says: Reading;
}

const word = fc.stringMatching(/^[a-zA-Z0-9_$*>.-]{1,24}$/);
const blank = fc.oneof(
  { weight: 6, arbitrary: fc.constant(" ") },
  fc.constantFrom("  ", "\t", " \t ", "\t\t"),
);
const lineEnd = fc.oneof(
  { weight: 6, arbitrary: fc.constant("\r\n") },
  fc.constantFrom("\n", " \r\n", "\t\n"),
);

interface Look {
  gap: string;
  end: string;
  lower: boolean;
}

const look: fc.Arbitrary<Look> = fc.record({
  gap: blank,
  end: lineEnd,
  lower: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
});

const lineOf = (verb: string, args: readonly string[], { gap, end, lower }: Look): string =>
  [lower ? verb.toLowerCase() : verb, ...args].join(gap) + end;

/** `+` and `|` alone are marks, not replies, so they are not made here. */
const message: fc.Arbitrary<Written> = fc
  .record({
    subject: word,
    reply: fc.option(word, { nil: "", freq: 1 }),
    queues: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(word, { maxLength: 3 })),
    header: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null, freq: 1 }),
    body: fc.uint8Array({ maxLength: 80 }),
    look,
    zeros: fc.constantFrom("", "", "", "0", "000"),
  })
  .map(({ subject, reply, queues, header, body, look, zeros }) => {
    const payload = joined([header ?? new Uint8Array(0), body]);
    const mark = queues.length === 0 ? "" : reply === "" ? "|" : "+";
    const sizes = header === null ? [] : [`${header.length}`];
    const names = [subject, mark, reply, ...queues].filter((name) => name !== "");
    const line = lineOf(
      header === null ? "LMSG" : "HMSG",
      [...names, ...sizes, `${zeros}${payload.length}`],
      look,
    );
    const written = joined([bytes(line), payload, bytes("\r\n")]);
    return {
      bytes: written,
      says: {
        op: "Message" as const,
        account: LEAF_ACCOUNT,
        accountText: "",
        subject,
        reply,
        queues: queues.join(look.gap),
        headerBytes: header?.length ?? -1,
        payload: latin(payload),
        hash: leafHash(subject),
        canonical: false,
        onward: latin(written).slice(4 + look.gap.length),
      },
    };
  });

const interest: fc.Arbitrary<Written> = fc
  .record({
    added: fc.boolean(),
    subject: word,
    queue: fc.option(word, { nil: "" }),
    weight: fc.integer({ min: 1, max: 999_999_999 }),
    look,
  })
  .map(({ added, subject, queue, weight, look }) => {
    const weighted = queue !== "" && added;
    const args = [subject, queue, weighted ? `${weight}` : ""].filter((arg) => arg !== "");
    const says: LeafInterest = {
      op: added ? "Subscribe" : "Unsubscribe",
      accountText: "",
      subject,
      queue,
      weight: weighted ? weight : 1,
    };
    return { bytes: bytes(lineOf(added ? "LS+" : "LS-", args, look)), says };
  });

const OTHERS = {
  INFO: "Info",
  CONNECT: "Connect",
  "-ERR": "Err",
  PING: "Ping",
  PONG: "Pong",
  "+OK": "Ok",
} as const;

const other: fc.Arbitrary<Written> = fc
  .record({ verb: fc.constantFrom(...(Object.keys(OTHERS) as (keyof typeof OTHERS)[])), args: word, look })
  .map(({ verb, args, look }) => {
    const bare = verb === "PING" || verb === "PONG" || verb === "+OK";
    const said = bare ? "" : verb === "-ERR" ? `'${args}'` : `{"name": "${args}"}`;
    return {
      bytes: bytes(lineOf(verb, said === "" ? [] : [said], look)),
      says: { op: OTHERS[verb], args: said },
    };
  });

/** A legal stream of leaf lines, messages most of all. */
export const anyLeafLines: fc.Arbitrary<Written[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: message },
    { weight: 2, arbitrary: interest },
    { weight: 1, arbitrary: other },
  ),
  { minLength: 1, maxLength: 8 },
);
