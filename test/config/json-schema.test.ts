// The schema that editors read is the one of the code, and it takes what the box takes.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { SCHEMA_FILE, schemaText } from "./schema-file.ts";

const ROOT = resolve(import.meta.dir, "../..");
const schema = JSON.parse(readFileSync(SCHEMA_FILE, "utf8")) as Json;

type Json = { readonly [key: string]: unknown };

/** Every word of JSON Schema that the file has; another one would be passed over in silence. */
const KNOWN = new Set([
  ...[
    "$schema",
    "title",
    "description",
    "default",
    "$ref",
    "type",
    "enum",
    "const",
    "pattern",
    "anyOf",
    "items",
  ],
  ...["properties", "patternProperties", "additionalProperties", "propertyNames"],
]);

/** Paths in `value` at which the schema refuses it. */
function refusals(value: unknown, node: Json, path = "$"): string[] {
  for (const word of Object.keys(node)) {
    if (!KNOWN.has(word) && !word.startsWith("x-")) throw new Error(`the test does not know ${word}`);
  }
  if (typeof node["$ref"] === "string") return refusals(value, pointed(node["$ref"]), path);
  const told: string[] = [];
  const types = [node["type"] ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOf(value, type))) return [path];
  if (Array.isArray(node["enum"]) && !node["enum"].includes(value)) return [path];
  if (typeof node["pattern"] === "string" && !new RegExp(node["pattern"]).test(String(value))) return [path];
  if (Array.isArray(node["anyOf"])) {
    const all = (node["anyOf"] as Json[]).map((one) => refusals(value, one, path));
    // Of a choice, the refusals of the one that came nearest.
    const best = all.sort((a, b) => (b[0]?.length ?? 999) - (a[0]?.length ?? 999))[0] ?? [];
    told.push(...best);
  }
  if (Array.isArray(value) && node["items"] !== undefined) {
    for (const [at, entry] of value.entries())
      told.push(...refusals(entry, node["items"] as Json, `${path}[${at}]`));
  } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value))
      told.push(...refusedKey(key, inner, node, `${path}.${key}`));
  }
  return told;
}

function refusedKey(key: string, value: unknown, node: Json, path: string): string[] {
  const keys = (node["properties"] ?? {}) as Record<string, Json>;
  const patterns = Object.entries((node["patternProperties"] ?? {}) as Record<string, Json>);
  const others = patterns.filter(([pattern]) => new RegExp(pattern).test(key)).map(([, inner]) => inner);
  const schemas = [...(Object.hasOwn(keys, key) ? [keys[key]!] : []), ...others];
  if (schemas.length > 0) return schemas.flatMap((inner) => refusals(value, inner, path));
  if (node["additionalProperties"] === false) return [path];
  return refusals(value, (node["additionalProperties"] ?? {}) as Json, path);
}

function pointed(pointer: string): Json {
  const steps = pointer.split("/").slice(1);
  return steps.reduce((node, step) => node[step] as Json, schema);
}

function isOf(value: unknown, type: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return type === "integer" ? Number.isInteger(value) : typeof value === type;
}

const reference = readFileSync(join(ROOT, "appliance.yaml"), "utf8");
const patterns = readdirSync(join(ROOT, "docs/patterns"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => join("docs/patterns", name));

test("the file is what the code would write; bun run schema writes it", () => {
  expect(readFileSync(SCHEMA_FILE, "utf8")).toBe(schemaText());
});

describe.each(["appliance.yaml", ...patterns])("%s", (name) => {
  const file = join(ROOT, name);
  const text = readFileSync(file, "utf8");

  test("begins with the line that leads editors to the schema", () => {
    const [first = ""] = text.split("\n", 1);
    const led = /^# yaml-language-server: \$schema=(\S+)$/.exec(first)?.[1] ?? "";
    expect(resolve(dirname(file), led)).toBe(SCHEMA_FILE);
  });

  test("is taken", () => expect(refusals(parse(text), schema)).toEqual([]));
});

test("the reference with every key on is taken", () => {
  const everything: unknown = parse(reference.replaceAll(/^( *)#(?=[^ \n])/gm, "$1"));
  expect(Object.keys(everything as object).length).toBeGreaterThan(30);
  expect(refusals(everything, schema)).toEqual([]);
});

test.each([
  "net: h\nleaf: {port: 7422, net: h, remotes: [{local: A, creds: f}]}\nws: {origins: [https://a]}",
  "port: $PORT\ndebug: $DEBUG\nmax_payload: 8MB\nping_interval: 5\naccounts: {A: , B: {}}",
  "accounts: [A, B]\njetstream: disabled\nsyslog: false",
  "leafnodes: {compression: s2_fast, remotes: [{compression: {mode: s2_auto, rtt: [1ms]}}]}",
])("%p is taken", (text) => expect(refusals(parse(text), schema)).toEqual([]));

test.each([
  ["prot: 1", "$.prot"],
  ["debug: yes", "$.debug"],
  ["port: '4222'", "$.port"],
  ["jetstream: true", "$.jetstream"],
  ["gateway: {gateways: [{name: b, ulrs: []}]}", "$.gateway.gateways[0].ulrs"],
  ["leaf: {prt: 1}", "$.leaf.prt"],
  ["accounts: {A: {user: []}}", "$.accounts.A.user"],
])("%p is refused at %s", (text, path) => expect(refusals(parse(text), schema)).toContain(path));
