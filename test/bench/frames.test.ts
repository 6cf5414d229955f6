// What the load sends and what must arrive for it: the sink counts by size, so both must agree to the byte.

import { expect, test } from "bun:test";
import {
  arrivingText,
  type LoadSpec,
  markOf,
  messagesOf,
  sentText,
  shareOf,
  subscriptionsOf,
} from "../../bench/lib/frames.ts";
import { forwardCases } from "../../bench/versus/forward-cases.ts";
import { leafCases } from "../../bench/versus/leaf-cases.ts";

const spec = (more: Partial<LoadSpec>): LoadSpec => ({
  direction: "client-to-gateway",
  size: 2,
  subjects: 1,
  connections: 1,
  ...more,
});

const cases = [...forwardCases(false), ...leafCases(false), ...forwardCases(true), ...leafCases(true)];

test("replies and headers go where the protocol has them", () => {
  const both = { reply: true, headers: true } as const;
  expect(sentText(spec(both), 0, 0)).toBe(
    'HPUB bench.orders.10000 _INBOX.bench.reply 29 31\r\nNATS/1.0\r\nBench: a header\r\n\r\n!"\r\n',
  );
  expect(arrivingText(spec({ reply: true }), 0, 0)).toBe(
    'RMSG $G bench.orders.10000 _INBOX.bench.reply 2\r\n!"\r\n',
  );
  expect(arrivingText(spec({ direction: "gateway-to-client", headers: true }), 0, 0)).toBe(
    'HMSG bench.orders.10000 10000 29 31\r\nNATS/1.0\r\nBench: a header\r\n\r\n!"\r\n',
  );
});

test("all messages of a case have one size, and begin with its mark", () => {
  for (const { spec: one } of cases) {
    const last = one.subjects - 1;
    expect(sentText(one, last, 1).length).toBe(sentText(one, 0, 0).length);
    const arriving = arrivingText(one, last, 1);
    expect(arriving.length).toBe(arrivingText(one, 0, 0).length);
    expect(arriving.startsWith(markOf(one))).toBe(true);
  }
});

test("cases of a suite are told apart by their names", () => {
  for (const quick of [true, false]) {
    for (const all of [forwardCases(quick), leafCases(quick)]) {
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    }
  }
});

test("a quick run has only cases of the full one, with the same targets", () => {
  for (const of of [forwardCases, leafCases]) {
    const full = new Map(of(false).map(({ name, target }) => [name, target]));
    for (const { name, target } of of(true)) expect(full.get(name)).toBe(target);
  }
});

test("a receiver with a wildcard subscribes once, others to each subject", () => {
  expect(subscriptionsOf(spec({ wildcard: true, subjects: 1_000_000 }), [0, 1])).toEqual([
    ["bench.orders.*", "10000"],
  ]);
  expect(subscriptionsOf(spec({ subjects: 2 }), [0, 1])).toEqual([
    ["bench.orders.10000", "10000"],
    ["bench.orders.10001", "10001"],
  ]);
});

test("connections share the subjects out, and what each sends over and over is whole turns", () => {
  const many = spec({ subjects: 100, connections: 7 });
  const shares = Array.from({ length: 7 }, (_, at) => shareOf(many, at, 7));
  expect(shares.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => at));
  const turn = shares[0]!.length * sentText(many, 0, 0).length;
  expect(messagesOf(many, shares[0]!).length % turn).toBe(0);
});
