// Any legal gateway line together with what it says, written down apart from the readers.

import fc from "fast-check";
import { hashBytes, hashStart } from "../../src/base/hash.ts";
import { bytes, joined, latin } from "./bytes.ts";
import { type Reading, SEED } from "./readings.ts";

/** A line, its payload and what must be read of it. */
export interface Written {
  readonly bytes: Uint8Array;
  readonly says: Reading;
}

/** Names and ids as Desk interns them; "other" is not known there. */
const ACCOUNTS: Record<string, number> = { ACC: 1, $G: 2, $SYS: 3, other: 0 };

const word = fc.stringMatching(/^[a-zA-Z0-9_$*>.-]{1,24}$/);
const account = fc.constantFrom(...Object.keys(ACCOUNTS));
const blank = fc.oneof(
  { weight: 6, arbitrary: fc.constant(" ") },
  fc.constantFrom("  ", "\t", " \t ", "\t\t"),
);
const lineEnd = fc.oneof(
  { weight: 6, arbitrary: fc.constant("\r\n") },
  fc.constantFrom("\n", " \r\n", "\t\n"),
);
const body = fc.uint8Array({ maxLength: 80 });

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
    account,
    subject: word,
    reply: fc.option(word, { nil: "", freq: 1 }),
    queues: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(word, { maxLength: 3 })),
    header: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null, freq: 1 }),
    body,
    look,
    zeros: fc.constantFrom("", "", "", "0", "000"),
  })
  .map(({ account, subject, reply, queues, header, body, look, zeros }) => {
    const payload = joined([header ?? new Uint8Array(0), body]);
    const mark = queues.length === 0 ? "" : reply === "" ? "|" : "+";
    const sizes = `${header === null ? "" : `${header.length} `}${zeros}${payload.length}`.split(" ");
    const args = [account, subject, mark, reply, ...queues, ...sizes].filter((arg) => arg !== "");
    const line = lineOf(header === null ? "RMSG" : "HMSG", args, look);
    const written = joined([bytes(line), payload, bytes("\r\n")]);
    const whole = latin(written);
    const subjectFrom = whole.indexOf(subject, 4 + look.gap.length + account.length + look.gap.length);
    const subjectBytes = bytes(subject);
    const start = hashStart(SEED, ACCOUNTS[account]!);
    return {
      bytes: written,
      says: {
        op: "Message" as const,
        account: ACCOUNTS[account]!,
        accountText: account,
        subject,
        reply,
        queues: queues.join(look.gap),
        headerBytes: header?.length ?? -1,
        payload: latin(payload),
        hash: hashBytes(start, subjectBytes, 0, subjectBytes.length),
        canonical: false,
        onward: whole.slice(subjectFrom),
      },
    };
  });

const interest: fc.Arbitrary<Written> = fc
  .record({ added: fc.boolean(), account, subject: word, queue: fc.option(word, { nil: "" }), look })
  .map(({ added, account, subject, queue, look }) => {
    const args = [account, subject, queue, queue !== "" && added ? "1" : ""].filter((arg) => arg !== "");
    return {
      bytes: bytes(lineOf(added ? "RS+" : "RS-", args, look)),
      says: { op: added ? "Subscribe" : "Unsubscribe", accountText: account, subject, queue },
    };
  });

const OTHERS = {
  "A+": "AccountAdd",
  "A-": "AccountRemove",
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
    const said = bare ? "" : verb === "INFO" || verb === "CONNECT" ? `{"gateway": "${args}"}` : args;
    return {
      bytes: bytes(lineOf(verb, said === "" ? [] : [said], look)),
      says: { op: OTHERS[verb], args: said },
    };
  });

/** A legal stream of gateway lines, messages most of all. */
export const anyGatewayLines: fc.Arbitrary<Written[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: message },
    { weight: 2, arbitrary: interest },
    { weight: 1, arbitrary: other },
  ),
  { minLength: 1, maxLength: 8 },
);
