// Exports, imports and mappings: what they come down to, and what nats-server refuses.

import { describe, expect, test } from "bun:test";
import { configuration, findings } from "./support.ts";

const traffic = (text: string) => configuration(text).identity.traffic;

const account = (name: string, ...keys: string[]): string =>
  `  ${name}:\n${keys.map((key) => `    ${key}\n`).join("")}`;

const accounts = (...blocks: string[]): string => `accounts:\n${blocks.join("")}`;

/** Findings without the place. */
const said = (text: string): string[] => findings(text).map((each) => each.replace(/^\S+ /, ""));

const A = account(
  "A",
  'exports: [{stream: "s.>"}, {service: "q.*", response_type: Stream, threshold: 5s}, {stream: "p.>", accounts: [C]}]',
);

describe("what is written comes down to", () => {
  test("imports with local forms, and the export's manner of answering", () => {
    const b = account(
      "B",
      "imports:",
      '  - {stream: {account: A, subject: "s.x.*"}, prefix: from.a}',
      '  - {stream: {account: A, subject: "s.>"}}',
      '  - {service: {account: A, subject: "q.*"}, to: "ask.*", share: true}',
      "  - {service: {account: A, subject: q.one}}",
    );
    expect(traffic(accounts(A, b, account("C")))).toEqual([
      {
        account: "B",
        streams: [
          { account: "A", subject: "s.x.*", to: "from.a.s.x.*" },
          { account: "A", subject: "s.>", to: "s.>" },
        ],
        services: [
          {
            account: "A",
            subject: "q.*",
            to: "ask.*",
            response: "stream",
            thresholdMillis: 5_000,
            share: true,
          },
          {
            account: "A",
            subject: "q.one",
            to: "q.one",
            response: "stream",
            thresholdMillis: 5_000,
            share: false,
          },
        ],
        mappings: [],
      },
    ]);
  });

  test("mappings in their three forms, of accounts and of $G", () => {
    const text = `mappings: {a: b}\n${accounts(
      account(
        "A",
        "mappings:",
        '  "x.*": "y.$1"',
        "  w: [{destination: u, weight: 60%}, {dest: v, weight: 40}]",
        "  z: {destination: zz, weight: 5, cluster: c}",
      ),
    )}`;
    expect(traffic(text)).toEqual([
      {
        account: "$G",
        streams: [],
        services: [],
        mappings: [{ source: "a", destinations: [{ destination: "b", weight: 100, cluster: null }] }],
      },
      {
        account: "A",
        streams: [],
        services: [],
        mappings: [
          { source: "x.*", destinations: [{ destination: "y.$1", weight: 100, cluster: null }] },
          {
            source: "w",
            destinations: [
              { destination: "u", weight: 60, cluster: null },
              { destination: "v", weight: 40, cluster: null },
            ],
          },
          { source: "z", destinations: [{ destination: "zz", weight: 5, cluster: "c" }] },
        ],
      },
    ]);
  });

  test("nothing where nothing is imported or mapped", () => {
    expect(traffic(accounts(A, account("C")))).toEqual([]);
  });
});

describe("imports that nats-server refuses", () => {
  const CASES: [string, string][] = [
    [
      '{stream: {account: X, subject: "s.>"}}',
      ".stream.account: there is no account X; write it in accounts",
    ],
    [
      "{stream: {account: A, subject: t}}",
      ".stream.subject: the account A exports no such stream; write it in its exports",
    ],
    [
      '{stream: {account: A, subject: ">"}}',
      ".stream.subject: the account A exports no such stream; write it in its exports",
    ],
    [
      "{service: {account: A, subject: s.a}}",
      ".service.subject: the account A exports no such service; write it in its exports",
    ],
    [
      "{stream: {account: A, subject: p.a}}",
      ".stream.subject: the account A exports it to others only; name B there",
    ],
    ["{stream: {account: A, subject: s.a}, prefix: p, to: q}", ".prefix: not together with to"],
    ['{stream: {account: A, subject: s.a}, prefix: "p.*"}', ".prefix: a prefix cannot have wildcards"],
    [
      '{stream: {account: A, subject: "s.>"}, to: fixed}',
      '.to: "s.>" and "fixed" must both end in > or neither',
    ],
    [
      '{stream: {account: A, subject: "s.*.*"}, to: "t.*"}',
      '.to: "t.$1" does not use all wildcards of "s.*.*"',
    ],
    [
      '{service: {account: A, subject: "q.*"}, to: "t.{{left(1,2)}}"}',
      ': "{{left(1,2)}}": imports take wildcards only, no other functions',
    ],
    [
      "{stream: {account: A, subject: s.a}, service: {account: A, subject: q.a}}",
      ".service: not together with stream; write an entry for each",
    ],
    ["{prefix: a}", ": an entry without stream or service"],
    ["{stream: {account: A}}", ".stream: an import without subject"],
    ["{service: {subject: q.a}}", ".service: an import without account"],
  ];

  test.each(CASES)("%s", (written, message) => {
    const text = accounts(A, account("B", "imports:", `  - ${written}`), account("C"));
    expect(said(text).map((each) => each.replace(/^accounts\.B\.imports\[0\](\.to(?=: "\{))?/, ""))).toEqual([
      message,
    ]);
  });

  test("twice the same", () => {
    const one = "{service: {account: A, subject: q.a}, to: x}";
    const two = "{service: {account: A, subject: q.b}, to: x}";
    const text = accounts(A, account("B", `imports: [${one}, ${two}]`), account("C"));
    expect(said(text)).toEqual(["accounts.B.imports[1]: the service x of A is imported twice"]);
  });

  test.each(["stream", "service"])("%ss that lead round in a circle", (kind) => {
    const side = (name: string, other: string) =>
      account(name, `exports: [{${kind}: x}]`, `imports: [{${kind}: {account: ${other}, subject: x}}]`);
    expect(said(accounts(side("A", "B"), side("B", "A"))).sort()).toEqual([
      "accounts.A.imports[0]: imports of A and B lead round in a circle",
      "accounts.B.imports[0]: imports of B and A lead round in a circle",
    ]);
  });
});

describe("exports", () => {
  test.each([
    [
      "{stream: s, response_type: stream}",
      ".response_type: only a service has answers; not together with stream",
    ],
    [
      "{service: s, response_type: twice}",
      '.response_type: expected single, stream or chunked, got the text "twice"; write stream',
    ],
    ["{stream: s, accounts: [Z]}", ".accounts[0]: there is no account Z; write it in accounts"],
    ["{accounts: [A]}", ": an entry without stream or service"],
    [
      "{stream: s, accounts: []}",
      ".accounts: warning: an empty list lets every account import it, as in nats-server",
    ],
  ])("%s", (written, message) => {
    expect(said(accounts(account("A", `exports: [${written}]`)))).toEqual([
      `accounts.A.exports[0]${message}`,
    ]);
  });
});

describe("mappings that nats-server refuses", () => {
  test.each([
    ['"a..b": c', '["a..b"]: not a subject: tokens stand between dots, without blanks'],
    ['"a.*": "b.*"', '["a.*"]: "b.*" has a *; name the token as {{wildcard(1)}}'],
    ['"a.*": "b.$2"', '["a.*"]: "$2" names a wildcard that "a.*" does not have'],
    ['a: "b.{{what(1)}}"', '.a: "{{what(1)}}" has an unknown mapping function'],
    ["a: [{destination: b}]", ".a[0]: an entry without weight; write weight: 100%"],
    ["a: [{weight: 1}]", ".a[0]: an entry without destination"],
    ["a: [{destination: b, weight: 101}]", ".a[0].weight: too large: the most is 100%"],
    [
      "a: [{destination: b, weight: 60}, {destination: c, weight: 50%}]",
      ".a[1].weight: the weights are 110% together",
    ],
    [
      "a: [{destination: b, weight: 6}, {destination: b, weight: 5}]",
      ".a[1].destination: the destination b is listed twice",
    ],
  ])("%s", (written, message) => {
    expect(said(`mappings: {${written}}`)).toEqual([`mappings${message}`]);
  });
});
