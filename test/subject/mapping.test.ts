// Subject transforms against nats-server's own code, and what must hold of every one of them.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { bytesOf, textOf } from "../../src/base/bytes.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { SubjectTransform, withPlaceholders, withWildcards } from "../../src/subject/mapping.ts";
import { matches } from "../../src/subject/match.ts";

interface Vector {
  readonly source: string;
  readonly destination: string;
  readonly strict: boolean;
  readonly mapped?: Readonly<Record<string, string>>;
  readonly taken: boolean;
}

const VECTORS = readFileSync(`${import.meta.dir}/../corpus/mapping/vectors.jsonl`, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Vector);

function compiled(source: string, destination: string, strict = false): SubjectTransform {
  const made = SubjectTransform.compile(source, destination, strict);
  if (!(made instanceof SubjectTransform)) throw new Error(made.problem);
  return made;
}

const map = (transform: SubjectTransform, subject: string, random?: SeededRandom): string => {
  const bytes = bytesOf(`..${subject}..`);
  return textOf(transform.map(bytes, 2, bytes.length - 2, random ?? null));
};

describe("vectors of nats-server", () => {
  test("the corpus takes and refuses", () => {
    expect(VECTORS.filter(({ taken }) => taken).length).toBeGreaterThan(200);
    expect(VECTORS.filter(({ taken }) => !taken).length).toBeGreaterThan(200);
  });

  test("what nats-server refuses is refused, and what it takes is taken", () => {
    const other = VECTORS.filter(({ source, destination, strict, taken }) => {
      return SubjectTransform.compile(source, destination, strict) instanceof SubjectTransform !== taken;
    });
    expect(other).toEqual([]);
  });

  test("every subject becomes what nats-server makes of it", () => {
    for (const { source, destination, strict, mapped = {} } of VECTORS) {
      for (const [subject, wanted] of Object.entries(mapped)) {
        const got = map(compiled(source, destination, strict), subject);
        expect({ source, destination, subject, got }).toEqual({ source, destination, subject, got: wanted });
      }
    }
  });
});

const TOKEN = fc.stringMatching(/^[a-z0-9_-]{1,6}$/);

describe("properties", () => {
  test("a strict transform and its reverse lead back", () => {
    const pattern = fc.array(fc.oneof(TOKEN, fc.constant("*")), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        pattern,
        fc.boolean(),
        fc.array(TOKEN, { minLength: 8, maxLength: 8 }),
        (tokens, tail, names) => {
          const source = [...tokens, ...(tail ? [">"] : [])].join(".");
          const stars = tokens.filter((token) => token === "*").map((_, at) => `$${at + 1}`);
          const transform = compiled(
            source,
            ["to", ...stars.reverse(), ...(tail ? [">"] : [])].join("."),
            true,
          );
          const subject = tokens.map((token, at) => (token === "*" ? names[at]! : token));
          if (tail) subject.push(names[6]!, names[7]!);
          const there = map(transform, subject.join("."));
          expect(map(transform.reverse()!, there)).toBe(subject.join("."));
        },
      ),
    );
  });

  test("what is mapped matches the destination's pattern", () => {
    const transform = compiled("a.*.*.>", "b.{{wildcard(2)}}.$1.>");
    const pattern = bytesOf(withWildcards(transform.destination).pattern);
    fc.assert(
      fc.property(fc.array(TOKEN, { minLength: 3, maxLength: 6 }), (names) => {
        const mapped = bytesOf(map(transform, ["a", ...names].join(".")));
        expect(matches(pattern, 0, pattern.length, mapped, 0, mapped.length)).toBe(true);
      }),
    );
  });

  test("a partition is one of its buckets and depends on the named tokens alone", () => {
    const transform = compiled("*.*", "p.{{partition(7,2)}}");
    fc.assert(
      fc.property(TOKEN, TOKEN, TOKEN, (first, second, other) => {
        const mapped = map(transform, `${first}.${second}`);
        expect(Number(mapped.slice(2))).toBeLessThan(7);
        expect(map(transform, `${other}.${second}`)).toBe(mapped);
      }),
    );
  });
});

test("random draws all of its buckets and nothing else", () => {
  const transform = compiled("a.*", "r.{{random(4)}}");
  expect(transform.isRandom).toBe(true);
  const random = new SeededRandom(7);
  const seen = new Set(Array.from({ length: 200 }, () => map(transform, "a.b", random)));
  expect([...seen].sort()).toEqual(["r.0", "r.1", "r.2", "r.3"]);
});

test("patterns and destinations become each other", () => {
  expect(withPlaceholders("a.*.b.*.>")).toBe("a.$1.b.$2.>");
  expect(withWildcards("a.$2.{{wildcard(1)}}.>")).toEqual({
    pattern: "a.*.*.>",
    placeholders: ["$2", "{{wildcard(1)}}"],
  });
});
