// The schema of a configuration as JSON Schema, for editors and for documentation.

import { z } from "zod";
import { keyNote, kindNote, shapeOf } from "./keys.ts";
import { SETTINGS } from "./schema.ts";

type Json = Record<string, unknown>;

/** An unquoted $NAME, which the environment fills in. */
const VARIABLE = { type: "string", pattern: "^\\$[^\\s]+$" };

/**
 * JSON Schema (2020-12) of what may be written in the file. Every key carries its help as description,
 * whether it reloads as `x-reload`, and its other names as `x-aliases`; a value with a unit has it as
 * `x-unit`. Other names are taken, and so is what says "off" of something that is not there, but editors
 * offer neither. Names in other cases, which the reader takes as well, are none here.
 */
export function toJsonSchema(): Json {
  const schema = z.toJSONSchema(SETTINGS, {
    io: "input",
    reused: "inline",
    override: ({ zodSchema, jsonSchema }) => {
      const schema = zodSchema as unknown as z.ZodType;
      takeOff(schema, jsonSchema);
      const note = keyNote(schema);
      if (note === null) return;
      jsonSchema.description = note.help;
      jsonSchema["x-reload"] = note.reload;
      if (note.aliases !== undefined) jsonSchema["x-aliases"] = note.aliases;
      const { unit } = kindNote(schema);
      if (unit !== undefined) jsonSchema["x-unit"] = unit;
    },
  });
  return widened(schema, "#") as Json;
}

/** Keys of nats-server that are not there yet may say that they are off. */
function takeOff(schema: z.ZodType, json: Json): void {
  const shape = shapeOf(schema);
  if (shape.is !== "block" || json["type"] !== "object") return;
  const off = Object.entries(shape.unsupported).filter(([, unsupported]) => unsupported.off !== undefined);
  const patterns = off.map(([name, { off: values }]) => [`^${name}$`, { enum: values }] as const);
  if (patterns.length > 0) json["patternProperties"] = Object.fromEntries(patterns);
}

/** The same with aliases, variables and empty entries of tables; `at` is the pointer to it. */
function widened(json: unknown, at: string): unknown {
  if (Array.isArray(json)) return json.map((entry, index) => widened(entry, `${at}/${index}`));
  if (typeof json !== "object" || json === null) return json;
  const wide: Json = {};
  for (const [name, value] of Object.entries(json)) {
    // A default is a value and no schema; nothing else here holds values of ours.
    wide[name] = name === "default" ? value : widened(value, `${at}/${name}`);
  }
  if (isSchemas(wide["properties"])) takeAliases(wide, wide["properties"], at);
  if (isObject(wide["additionalProperties"]) && wide["additionalProperties"]["type"] === "object") {
    wide["additionalProperties"]["type"] = ["object", "null"];
  }
  const { type } = wide;
  if (type !== "boolean" && type !== "number" && type !== "integer") return wide;
  delete wide["type"];
  return { ...wide, anyOf: [{ type }, VARIABLE] };
}

function takeAliases(block: Json, keys: Readonly<Record<string, Json>>, at: string): void {
  const patterns: Json = {};
  for (const [name, key] of Object.entries(keys)) {
    const aliases = key["x-aliases"];
    if (Array.isArray(aliases)) {
      patterns[`^(${aliases.join("|")})$`] = { $ref: `${at}/properties/${name}` };
    }
  }
  if (Object.keys(patterns).length === 0) return;
  block["patternProperties"] = { ...(block["patternProperties"] as Json | undefined), ...patterns };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The keys of a block, and not a key that happens to be called "properties". */
function isSchemas(value: unknown): value is Record<string, Json> {
  return isObject(value) && typeof value["type"] !== "string" && Object.values(value).every(isObject);
}
