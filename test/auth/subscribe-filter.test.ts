// Subscribing with permissions that name queue groups: client-and-auth.md §2.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { SubscribeFilter } from "../../src/auth/subscribe-filter.ts";
import { bytesOf } from "../../src/base/bytes.ts";
import { naiveCovers, naiveMatches, PATTERN, SUBJECT } from "./naive-subjects.ts";

const QUEUE = fc.constantFrom("q", "q.a", "q.b", "q.*", "r");
const ENTRY = fc.oneof(
  PATTERN,
  fc.tuple(PATTERN, QUEUE).map((words) => words.join(" ")),
);
const RULE = fc.record({
  allow: fc.option(fc.array(ENTRY, { maxLength: 6 })),
  deny: fc.array(ENTRY, { maxLength: 4 }),
});

const words = (entry: string): string[] => entry.split(" ");
const names = (wanted: string, queue: string): boolean => wanted === queue || naiveCovers(wanted, queue);

/** nats-server's rules, entry by entry. */
function naively(
  { allow, deny }: { allow: string[] | null; deny: string[] },
  subject: string,
  queue: string,
) {
  const hit = (entries: string[], grouped: boolean) =>
    entries.map(words).filter((of) => of.length === (grouped ? 2 : 1) && naiveCovers(of[0]!, subject));
  let allowed = allow === null || hit(allow, false).length > 0;
  const groups = hit(allow ?? [], true);
  if (queue !== "" && groups.length > 0) allowed = groups.some(([, group]) => names(group!, queue));
  if (!allowed || hit(deny, false).length > 0) return false;
  return queue === "" || !hit(deny, true).some(([, group]) => names(group!, queue));
}

test("a subscription is allowed as a plain reading of the rules has it", () => {
  fc.assert(
    fc.property(
      RULE,
      fc.oneof(PATTERN, SUBJECT),
      fc.oneof(fc.constant(""), QUEUE),
      (rule, subject, queue) => {
        const buf = bytesOf(`x.${subject}.x`);
        const group = queue === "" ? null : bytesOf(queue);
        const allowed = new SubscribeFilter(rule).subscribes(buf, 2, buf.length - 2, group);
        expect(allowed).toBe(naively(rule, subject, queue));
      },
    ),
    { numRuns: 10_000 },
  );
});

test("a message that is denied to a group is given to others, and one that is denied to all to nobody", () => {
  fc.assert(
    fc.property(RULE, SUBJECT, fc.oneof(fc.constant(""), QUEUE), ({ deny }, subject, queue) => {
      const buf = bytesOf(subject);
      const group = queue === "" ? null : bytesOf(queue);
      const denied = deny
        .map(words)
        .some(
          ([of, to]) =>
            naiveMatches(of!, subject) && (to === undefined || (queue !== "" && names(to, queue))),
        );
      const filter = new SubscribeFilter({ allow: null, deny });
      expect(filter.receives(buf, 0, buf.length, group)).toBe(!denied);
    }),
    { numRuns: 5_000 },
  );
});

describe("entries that are none", () => {
  test.each(["", "a..b", "a b c", "a b..c"])("%p is as if it were not there", (entry) => {
    const buf = bytesOf("a");
    const may = (rule: { allow: string[] | null; deny: string[] }) =>
      new SubscribeFilter(rule).subscribes(buf, 0, 1, bytesOf("b"));
    expect(may({ allow: null, deny: [entry] })).toBe(true);
    expect(may({ allow: [entry], deny: [] })).toBe(false);
  });
});
