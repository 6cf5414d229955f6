// What we make of a text in nats-server's syntax is what nats-server's own package makes of it. The vectors
// are written by test/corpus/nats-conf/generate.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ConfigurationError } from "../../src/config/finding.ts";
import { parseNatsConf } from "../../src/config/nats-conf.ts";
import type { ConfValue } from "../../src/config/nats-conf-tree.ts";

interface Vector {
  readonly text: string;
  readonly files?: Record<string, string>;
  readonly env?: Record<string, string>;
  /** With the types of its parts; absent if nats-server refuses the text. */
  readonly value?: unknown;
}

const VECTORS = readFileSync(`${import.meta.dir}/../corpus/nats-conf/vectors.jsonl`, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Vector);

/** What nats-server takes and we refuse, and why. What it makes of these is never what was meant. */
const STRICTER: Readonly<Record<string, RegExp>> = {
  "an end that is missing: the file was cut off": /is not closed; write|closes nothing/,
  "a key without a value: the map would be called like that key": /^the key has no value/,
  "a suffix that there is not: the key would vanish": /^not a number; suffixes are/,
  "a number that does not fit in 64 bits: it would become another one": /^the number is too large/,
  "a lone slash: it would be dropped": /^a comment begins with # or \/\//,
  "a number before a bracket: the bracket would be a letter": /needs a blank between a number and \]/,
  "braces within braces around the file": /^a map needs a key before its brace/,
  "escaped bytes that are no text": /^the escaped bytes are not UTF-8/,
};

function typed(value: ConfValue): unknown {
  if (value.is === "integer") return { integer: String(value.value) };
  if (value.is === "float" || value.is === "date") return { [value.is]: value.value };
  if (value.is === "list") return value.items.map((item) => typed(item.value));
  if (value.is !== "map") return value.value;
  return { map: Object.fromEntries(value.entries.map(({ key, value: inner }) => [key, typed(inner)])) };
}

function read({ text, files = {}, env = {} }: Vector): { value: unknown } | { refused: string } {
  try {
    const readFile = (file: string) =>
      Object.hasOwn(files, file) ? { text: files[file]! } : { problem: "no such file" };
    const { root } = parseNatsConf(text, { file: "main.conf", environment: env, readFile });
    return { value: typed(root) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { refused: error.findings[0]!.message };
  }
}

describe("compared with nats-server's own parser", () => {
  const outcomes = VECTORS.map((vector) => ({ vector, ours: read(vector) }));

  test("the vectors are there, taken and refused ones", () => {
    expect(VECTORS.length).toBeGreaterThan(3_000);
    expect(VECTORS.filter(({ value }) => value !== undefined).length).toBeGreaterThan(1_000);
  });

  test("what it refuses, we refuse", () => {
    const wrong = outcomes.filter(({ vector, ours }) => vector.value === undefined && "value" in ours);
    expect(wrong).toEqual([]);
  });

  test("what both take has the same keys, values and types", () => {
    for (const { vector, ours } of outcomes) {
      if ("value" in ours && vector.value !== undefined) {
        expect([vector, ours.value]).toEqual([vector, vector.value]);
      }
    }
  });

  test("what it takes and we do not has one of the reasons that are known, and each of them occurs", () => {
    const refused = outcomes.flatMap(({ vector, ours }) => {
      return vector.value !== undefined && "refused" in ours ? [{ vector, refused: ours.refused }] : [];
    });
    const reasons = Object.values(STRICTER);
    expect(refused.filter((one) => !reasons.some((reason) => reason.test(one.refused)))).toEqual([]);
    const unused = reasons.filter((reason) => !refused.some((one) => reason.test(one.refused)));
    expect(unused).toEqual([]);
  });
});
