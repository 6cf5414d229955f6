// Plain values to typed ones, with a finding for every value that is of the wrong kind.
// A wrong value is replaced by its default or left out, so that the rest can still be judged.

import type { z } from "zod";
import { absentValue, alternative, kindNote, shapeOf } from "./keys.ts";
import { nameProblem, OTHER_KIND } from "./kinds.ts";
import type { Path, Places } from "./places.ts";
import { SETTINGS, type Settings } from "./schema.ts";

/**
 * Types every value. Where this made findings, the settings lack what these are about and must not be
 * used.
 */
export function check(plain: unknown, places: Places): Settings {
  const checker = new Checker(places);
  return (checker.decode(SETTINGS, plain, []) ?? checker.decode(SETTINGS, {}, [])) as Settings;
}

class Checker {
  constructor(readonly places: Places) {}

  decode(schema: z.ZodType, value: unknown, path: Path): unknown {
    if (value === undefined) return this.#absent(schema);
    const isList = Array.isArray(value);
    const isMap = typeof value === "object" && value !== null && !isList;
    const chosen = alternative(schema, isList ? "list" : isMap ? "map" : "scalar");
    const shape = shapeOf(chosen);
    if (shape.is === "scalar") return this.#scalar(chosen, value, path);
    if (shape.is === "list" && isList) return this.#list(shape.entry, value, path);
    if (shape.is === "block" && isMap) return this.#block(shape.keys, value as Record<string, unknown>, path);
    if (shape.is === "table" && isMap)
      return this.#table(shape.entry, value as Record<string, unknown>, path);
    return this.#mismatch(schema, value, path);
  }

  #block(keys: Readonly<Record<string, z.ZodType>>, value: Record<string, unknown>, path: Path): unknown {
    const decoded: Record<string, unknown> = {};
    for (const [key, schema] of Object.entries(keys)) {
      const outcome = this.decode(schema, value[key], [...path, key]);
      if (outcome !== undefined) decoded[key] = outcome;
    }
    return decoded;
  }

  /** Wrong entries become empty blocks, so that those after them keep their number; wrong scalars go. */
  #list(entry: z.ZodType, values: readonly unknown[], path: Path): unknown {
    const isBlock = shapeOf(entry).is === "block";
    const decoded: unknown[] = [];
    for (const [at, value] of values.entries()) {
      const outcome = this.decode(entry, value, [...path, at]);
      if (outcome !== undefined) decoded.push(outcome);
      else if (isBlock) decoded.push(this.decode(entry, {}, [...path, at]));
    }
    return decoded;
  }

  #table(entry: z.ZodType, value: Record<string, unknown>, path: Path): unknown {
    const decoded: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(value)) {
      const problem = nameProblem(name);
      if (problem !== null) this.places.onKey([...path, name], problem);
      // An account without users may be left empty, as a key with nothing after it.
      decoded[name] = item === null ? {} : (this.decode(entry, item, [...path, name]) ?? {});
    }
    return decoded;
  }

  #scalar(schema: z.ZodType, value: unknown, path: Path): unknown {
    const outcome = schema.safeParse(value);
    if (outcome.success) return outcome.data;
    const issue = outcome.error.issues.find((candidate) => candidate.code === "custom");
    if (issue === undefined || issue.message === OTHER_KIND) return this.#mismatch(schema, value, path);
    const { wants } = kindNote(schema);
    this.places.onValue(path, issue.message + this.#origin(path), "error", { allowed: [wants] });
    return this.#broken(schema, path);
  }

  #mismatch(schema: z.ZodType, value: unknown, path: Path): unknown {
    const { wants } = kindNote(schema);
    const got = this.#describe(schema, value, path);
    this.places.onValue(
      path,
      `expected ${wants}, got ${got}${this.#origin(path)}; write ${this.#instead(schema, value, path)}`,
      "error",
      { allowed: [wants] },
    );
    return this.#broken(schema, path);
  }

  #broken(schema: z.ZodType, path: Path): unknown {
    this.places.markBroken(path);
    return this.#absent(schema);
  }

  #absent(schema: z.ZodType): unknown {
    return absentValue(schema) === undefined ? undefined : schema.parse(undefined);
  }

  #describe(schema: z.ZodType, value: unknown, path: Path): string {
    if (value === null) return "nothing";
    if (Array.isArray(value)) return "a list";
    if (typeof value === "object") return "a block of keys";
    if (typeof value !== "string") return `a ${typeof value}`;
    const mayShow = !kindNote(schema).secret && !this.places.get(path)?.variable && value.length <= 20;
    return mayShow ? `the text ${JSON.stringify(value)}` : "a text";
  }

  /** What to write: the same value spelled rightly where that can be known, an example where it cannot. */
  #instead(schema: z.ZodType, value: unknown, path: Path): string {
    const { example, secret } = kindNote(schema);
    const spot = this.places.get(path);
    if (spot?.variable) return example;
    if (typeof value === "string" && /^(yes|on|y|no|off|n|true|false)$/i.test(value)) {
      if (schemaTakes(schema, true))
        return `${/^(yes|on|y|true)$/i.test(value)} (YAML has no yes, no, on and off)`;
    }
    if (typeof value === "string" && !secret && schemaTakes(schema, Number(value))) return value;
    const isBare = typeof value === "number" || typeof value === "boolean";
    if (isBare && !secret && spot?.source && schemaTakes(schema, "text")) return JSON.stringify(spot.source);
    if (typeof value === "string" && !secret && shapeOf(schema).is === "list")
      return `[${JSON.stringify(value)}]`;
    return example;
  }

  #origin(path: Path): string {
    const variable = this.places.get(path)?.variable;
    return variable ? ` (from $${variable})` : "";
  }
}

function schemaTakes(schema: z.ZodType, value: unknown): boolean {
  return schema.safeParse(value).success;
}
