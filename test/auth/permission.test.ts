// What may pass and what may be told: leafnode.md §8.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Permission, SubjectFilter } from "../../src/auth/permission.ts";
import { bytesOf } from "../../src/base/bytes.ts";
import { naiveCollides, naiveCovers, naiveMatches, PATTERN, SUBJECT } from "./naive-subjects.ts";

function asked(filter: SubjectFilter, question: "passes" | "tells", subject: string): boolean {
  const buf = bytesOf(`x.${subject}.x`);
  return filter[question](buf, 2, buf.length - 2);
}

const filterOf = (allow: string[] | null, deny: string[] = []) => new SubjectFilter({ allow, deny });
const passing = (filter: SubjectFilter, ...subjects: string[]) =>
  subjects.filter((subject) => asked(filter, "passes", subject));
const told = (filter: SubjectFilter, ...subjects: string[]) =>
  subjects.filter((subject) => asked(filter, "tells", subject));

const isPattern = (subject: string) => subject.split(".").some((token) => token === "*" || token === ">");

function naivelyPasses({ allow, deny }: Permission, subject: string): boolean {
  const allowed = allow === null || allow.some((entry) => naiveMatches(entry, subject));
  return allowed && !deny.some((entry) => naiveMatches(entry, subject));
}

function naivelyTells({ allow, deny }: Permission, subject: string): boolean {
  if (!isPattern(subject)) return naivelyPasses({ allow, deny }, subject);
  const allowed = allow === null || allow.some((entry) => naiveCollides(entry, subject));
  return allowed && !deny.some((entry) => naiveCovers(entry, subject));
}

const PERMISSION = fc.record({
  allow: fc.option(fc.array(PATTERN, { maxLength: 12 })),
  deny: fc.array(PATTERN, { maxLength: 8 }),
});

describe("against a plain reading of the rules", () => {
  test("a message passes when it is allowed and not denied", () => {
    fc.assert(
      fc.property(PERMISSION, SUBJECT, (permission, subject) => {
        const passes = asked(new SubjectFilter(permission), "passes", subject);
        expect(passes).toBe(naivelyPasses(permission, subject));
      }),
      { numRuns: 5_000 },
    );
  });

  test("interest is told when something of it is allowed and not all of it is denied by one entry", () => {
    fc.assert(
      fc.property(PERMISSION, PATTERN, (permission, subject) => {
        const tells = asked(new SubjectFilter(permission), "tells", subject);
        expect(tells).toBe(naivelyTells(permission, subject));
      }),
      { numRuns: 5_000 },
    );
  });

  test("a client may subscribe to what one entry allows whole and no entry denies whole", () => {
    fc.assert(
      fc.property(PERMISSION, fc.oneof(PATTERN, SUBJECT), ({ allow, deny }, subject) => {
        const buf = bytesOf(subject);
        const allowed = allow === null || allow.some((entry) => naiveCovers(entry, subject));
        const wanted = allowed && !deny.some((entry) => naiveCovers(entry, subject));
        expect(new SubjectFilter({ allow, deny }).subscribes(buf, 0, buf.length)).toBe(wanted);
      }),
      { numRuns: 3_000 },
    );
  });

  test("no message that may pass lacks the interest that it needs", () => {
    fc.assert(
      fc.property(PERMISSION, PATTERN, SUBJECT, (permission, pattern, subject) => {
        const filter = new SubjectFilter(permission);
        if (!naiveMatches(pattern, subject) || !asked(filter, "passes", subject)) return;
        expect(asked(filter, "tells", pattern)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test("an open filter restricts nothing, and one that restricts something is not open", () => {
    fc.assert(
      fc.property(PERMISSION, SUBJECT, (permission, subject) => {
        const filter = new SubjectFilter(permission);
        if (filter.isOpen) expect(asked(filter, "passes", subject)).toBe(true);
        else expect(permission.allow !== null || permission.deny.length > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("denying more is as if it had been denied from the beginning", () => {
    const more = fc.array(PATTERN, { maxLength: 4 });
    fc.assert(
      fc.property(PERMISSION, more, fc.oneof(SUBJECT, PATTERN), ({ allow, deny }, added, subject) => {
        const later = new SubjectFilter({ allow, deny }).with({ deny: added });
        const whole = new SubjectFilter({ allow, deny: [...deny, ...added] });
        expect(asked(later, "tells", subject)).toBe(asked(whole, "tells", subject));
        expect(later.toPermission()).toEqual(whole.toPermission());
      }),
      { numRuns: 2_000 },
    );
  });
});

test("without lists everything passes, and callers need not ask", () => {
  expect(SubjectFilter.ALL.isOpen).toBe(true);
  expect(passing(SubjectFilter.ALL, "a", "$SYS.x", "_R_.x")).toEqual(["a", "$SYS.x", "_R_.x"]);
  expect(told(SubjectFilter.ALL, "a", "a.*", ">")).toEqual(["a", "a.*", ">"]);
  expect(filterOf(["a", ">"]).isOpen).toBe(true);
  expect(filterOf(["a", ">"], ["b"]).isOpen).toBe(false);
  expect(filterOf(["a"]).isOpen).toBe(false);
});

test("an empty allow list lets nothing pass", () => {
  const filter = filterOf([]);
  expect(filter.isOpen).toBe(false);
  expect(passing(filter, "a", "a.b")).toEqual([]);
  expect(told(filter, "a", "a.*", ">")).toEqual([]);
});

test("a deny entry wins over an allow entry", () => {
  const filter = filterOf(["orders.>"], ["orders.secret.>", "orders.*.key"]);
  expect(passing(filter, "orders.eu", "orders.secret.x", "orders.eu.key", "orders", "stock")).toEqual([
    "orders.eu",
  ]);
});

test("interest that is broader than what is allowed is told, and interest beside it is not", () => {
  const filter = filterOf(["orders.eu.*", "stock"]);
  expect(told(filter, ">", "*", "orders.>", "orders.*.new", "*.eu.*", "orders.eu.*", "stock")).toEqual([
    ">",
    "*",
    "orders.>",
    "orders.*.new",
    "*.eu.*",
    "orders.eu.*",
    "stock",
  ]);
  expect(told(filter, "orders", "orders.*", "orders.us.*", "stock.>", "stock.*", "billing.>")).toEqual([]);
});

test("interest in a pattern is told unless one entry denies all of it", () => {
  const filter = filterOf(null, ["secret.>", "a.*", "b.x"]);
  expect(told(filter, ">", "*.x", "a.>", "b.*", "secret")).toEqual([">", "*.x", "a.>", "b.*", "secret"]);
  expect(told(filter, "secret.*", "secret.>", "a.*", "a.x", "b.x")).toEqual([]);
});

test("a subject with a wildcard in it is published as it is written, and checked so", () => {
  expect(passing(filterOf(["foo.*"]), "foo.*", "foo.>")).toEqual(["foo.*", "foo.>"]);
  expect(passing(filterOf(["foo.bar"]), "foo.*", "foo.>", ">")).toEqual([]);
});

test("an entry for one queue group allows no subject, and denies its own whole", () => {
  expect(passing(filterOf(["a q", "b"]), "a", "b")).toEqual(["b"]);
  expect(passing(filterOf(null, ["a q", "\tb  q.* "]), "a", "b", "c")).toEqual(["c"]);
});

test("entries that are no subjects do nothing, and an allow list of nothing else lets nothing pass", () => {
  const nonsense = ["", " ", "a..b", ".a", "a.", "a.>.b", "a q r", "a b..c"];
  expect(filterOf(null, nonsense).isOpen).toBe(true);
  expect(passing(filterOf(nonsense), "a", "a.b", "b")).toEqual([]);
  expect(passing(filterOf([...nonsense, "ok"], nonsense), "a", "ok")).toEqual(["ok"]);
});

test("a filter hands out the lists that it was made of", () => {
  const permission = { allow: ["b", "a q", "a"], deny: ["a.>"] };
  expect(new SubjectFilter(permission).toPermission()).toEqual(permission);
  expect(SubjectFilter.ALL.toPermission()).toEqual({ allow: null, deny: [] });
  const filter = new SubjectFilter(permission);
  expect(filter.with({ deny: [] })).toBe(filter);
  expect(filter.with({ deny: ["x"] }).toPermission()).toEqual({ ...permission, deny: ["a.>", "x"] });
});
