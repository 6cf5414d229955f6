// The shipped appliance.yaml is the reference of every key: nothing is missing in it and nothing in it is
// wrong.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createUser } from "@nats-io/nkeys";
import { isScalar, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { check } from "../../src/config/check.ts";
import { formatFinding } from "../../src/config/finding.ts";
import { toJsonSchema } from "../../src/config/json-schema.ts";
import { absentValue, alternative, keyNote, shapeOf } from "../../src/config/keys.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { locate } from "../../src/config/locate.ts";
import { type Path, Places } from "../../src/config/places.ts";
import { SETTINGS } from "../../src/config/schema.ts";

const FILE = `${import.meta.dir}/../../appliance.yaml`;
const TEXT = readFileSync(FILE, "utf8");

/** Keys that are off stand behind a # without a blank; prose has a blank after its #. */
const ALL_ON = TEXT.replaceAll(/^( *)#(?=[^ \n])/gm, "$1");

const PROSE = TEXT.replaceAll(/^ *# ?/gm, "").replaceAll(/\s+/g, " ");

interface Key {
  readonly path: string;
  readonly schema: z.ZodType;
}

/** Every key of the schema; entries of lists and tables stand as *. */
function keysOf(schema: z.ZodType, path: readonly string[] = []): Key[] {
  const shape = shapeOf(alternative(schema, "map"));
  const inner = shape.is === "scalar" ? shapeOf(alternative(schema, "list")) : shape;
  if (inner.is === "table" || inner.is === "list") return keysOf(inner.entry, [...path, "*"]);
  if (inner.is !== "block") return [];
  return Object.entries(inner.keys).flatMap(([name, key]) => {
    const here = [...path, name];
    return [{ path: here.join("."), schema: key }, ...keysOf(key, here)];
  });
}

/** The values of the file with every key on, by the same paths; of list entries, all that occur. */
function valuesOf(value: unknown, path: readonly string[] = [], into = new Map<string, unknown[]>()) {
  const at = path.join(".");
  into.set(at, [...(into.get(at) ?? []), value]);
  if (Array.isArray(value)) for (const entry of value) valuesOf(entry, [...path, "*"], into);
  else if (typeof value === "object" && value !== null) {
    const isTable = /^(.*\.)?(accounts|mappings)$/.test(at);
    for (const [key, inner] of Object.entries(value)) valuesOf(inner, [...path, isTable ? "*" : key], into);
  }
  return into;
}

const LEAF_SEED = new TextDecoder().decode(createUser().getSeed());
const ENVIRONMENT = { ALICE_PASSWORD: "a", ADMIN_PASSWORD: "b", LEAF_SEED };
const places = new Places("appliance.yaml");
const plain = locate(ALL_ON, SETTINGS, places, ENVIRONMENT);
const values = valuesOf(plain);
const KEYS = keysOf(SETTINGS);

test("it loads clean as shipped and opens the three listeners on the loopback", () => {
  const { configuration, warnings } = loadConfiguration(FILE, { environment: {} });
  expect(warnings).toEqual([]);
  expect(configuration.client.listen).toEqual({ host: "127.0.0.1", port: 4222 });
  expect(configuration.gateway).toMatchObject({
    name: "region-a",
    listen: { host: "127.0.0.1", port: 7222 },
  });
  expect(configuration.monitor?.listen).toEqual({ host: "127.0.0.1", port: 8222 });
});

test("with every key on it holds known keys and right values only", () => {
  check(plain, places);
  expect(places.findings().map(formatFinding)).toEqual([]);
});

test("the schema has the keys this test goes through", () => {
  expect(KEYS.length).toBeGreaterThan(180);
  expect(KEYS.map(({ path }) => path)).toContain("gateway.gateways.*.tls.pinned_certs");
  expect(KEYS.map(({ path }) => path)).toContain("accounts.*.users.*.password");
  expect(KEYS.map(({ path }) => path)).toContain("accounts.*.users.*.permissions.publish.deny");
  expect(KEYS.map(({ path }) => path)).toContain("leafnodes.remotes.*.compression.rtt_thresholds");
});

describe.each(KEYS)("$path", ({ path, schema }) => {
  const note = keyNote(schema);

  test("stands in the file", () => {
    expect([...values.keys()]).toContain(path);
  });

  test("stands with the help and the other names that the schema has for it", () => {
    expect(note?.help).toMatch(/^[^\n]{10,110}\.$/);
    // Some tls blocks refer to that of the gateway or of leafnodes instead of saying it all again.
    if (/^(gateway\.gateways\.\*|websocket)\.tls\./.test(path)) return;
    expect(PROSE).toContain(note?.help ?? "a help text");
    if (note?.aliases !== undefined)
      expect(PROSE).toContain(`${note.help} Also: ${note.aliases.join(", ")}.`);
  });

  const byDefault = absentValue(schema);
  if (byDefault !== undefined) {
    test("stands with its default", () => {
      for (const value of values.get(path) ?? []) expect(value).toEqual(byDefault);
    });
  }
});

test("defaults that depend on other keys are told in the help as the file has them", () => {
  for (const { path, schema } of KEYS) {
    const told = /\(absent: ([\d.]+\w*)[,)]/.exec(keyNote(schema)?.help ?? "")?.[1];
    if (told !== undefined) expect(values.get(path)).toEqual([told]);
  }
});

test("no key in the file is on twice", () => {
  const document = parseDocument(ALL_ON);
  expect(document.errors).toEqual([]);
  let scalars = 0;
  visit(document, { Scalar: (_, node) => void (isScalar(node) && scalars++) });
  expect(scalars).toBeGreaterThan(100);
});

test("typing value by value gives what the schema as a whole gives", () => {
  for (const text of [TEXT, ALL_ON, "", '{"accounts": ["A"], "http": 8222}']) {
    const fresh = new Places("x");
    const read = locate(text, SETTINGS, fresh, ENVIRONMENT);
    expect(check(read, fresh)).toEqual(SETTINGS.parse(read));
  }
});

test("the JSON Schema names every key with its help, and takes the shipped values", () => {
  const schema = toJsonSchema() as { properties: { max_payload: unknown }; additionalProperties: boolean };
  expect(schema.additionalProperties).toBe(false);
  expect(Object.keys(schema.properties).sort()).toEqual(
    KEYS.map(({ path }) => path)
      .filter((path) => !path.includes("."))
      .sort(),
  );
  expect(schema.properties.max_payload).toMatchObject({
    default: "1MB",
    type: ["string", "number"],
    description: "Largest message a client may publish, headers included.",
    "x-unit": "bytes",
    "x-reload": true,
  });
});

test("paths read as a person would write them", () => {
  const PATHS: [Path, string][] = [
    [["gateway", "gateways", 0, "urls"], "gateway.gateways[0].urls"],
    [["accounts", "$SYS", "users"], "accounts.$SYS.users"],
    [["accounts", "a.b", "users"], 'accounts["a.b"].users'],
  ];
  for (const [path, text] of PATHS) {
    const here = new Places("f");
    here.onKey(path, "x");
    expect(here.findings()[0]?.path).toBe(text);
  }
});
