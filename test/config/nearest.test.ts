// A mistyped key leads to the key that was meant, and a foreign word leads nowhere.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { editDistance, nearest } from "../../src/config/nearest.ts";

const KEYS = ["host", "port", "listen", "gateway", "max_payload", "max_pending", "server_name"];

test.each([
  ["gatway", "gateway"],
  ["max_paylod", "max_payload"],
  ["servername", "server_name"],
  ["prot", "port"],
  ["x", null],
  ["completely_different", null],
  ["g".repeat(10_000), null],
])("%p means %p", (written, meant) => {
  expect(nearest(written, KEYS)).toBe(meant);
});

test("the distance is a metric that single edits move by one", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      expect(editDistance(a, a)).toBe(0);
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      expect(editDistance(a, `${a}x`)).toBe(1);
    }),
    { numRuns: 50 },
  );
});
