// The queue groups that a line names, held against a group's name.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { isListed } from "../../src/forward/deliver.ts";
import { Frame } from "../../src/wire/frame.ts";
import { bytes } from "../support/bytes.ts";

/** Is the name in the list, wherever both lie in their buffers? */
function listed(list: string, name: string): boolean {
  const frame = new Frame();
  frame.buf = bytes(`LMSG a | ${list} 2\r\n`);
  frame.queuesFrom = 9;
  frame.queuesTo = 9 + list.length;
  const names = bytes(`x ${name} y`);
  return isListed(frame, names, 2, 2 + name.length);
}

test("a group is listed by its whole name", () => {
  expect(["q1", "q2", "q10"].map((name) => listed("q1 q10", name))).toEqual([true, false, true]);
  expect(["q", "1", "0", "10"].some((name) => listed("q1 q10", name))).toBe(false);
  expect(listed("", "q")).toBe(false);
  expect(listed("workers", "workers2")).toBe(false);
});

test("a list in other blanks than single ones is the same list", () => {
  expect(["q1", "q2", "q3", "q"].map((name) => listed("q1 \tq2\t q3", name))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test("it is as if the list were cut into words", () => {
  const name = fc.stringMatching(/^[ab]{1,4}$/);
  fc.assert(
    fc.property(fc.array(name, { maxLength: 5 }), name, (list, wanted) => {
      expect(listed(list.join(" "), wanted)).toBe(list.includes(wanted));
    }),
    { numRuns: 2_000 },
  );
});
