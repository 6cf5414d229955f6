// Single values of a nats-server configuration as YAML has them: the same value under the schema's eyes, in
// the spelling of the original where YAML knows it.

import { Scalar } from "yaml";
import type { z } from "zod";
import { kindNote } from "./keys.ts";
import type { ConfScalar } from "./nats-conf-tree.ts";
import { type Environment, valueOfVariable } from "./variables.ts";

/** The value for the schema, which reads it as YAML would hand it over. */
export function plainOf(value: ConfScalar): string | number | boolean {
  if (value.is !== "integer") return value.value;
  const number = Number(value.value);
  return Number.isSafeInteger(number) ? number : value.source;
}

/** `schema` null: of a key that the schema does not have. */
export function scalarNode(value: ConfScalar, schema: z.ZodType | null): Scalar {
  const plain = plainOf(value);
  const isSuffixed = value.is === "integer" && /[a-z]$/i.test(value.source);
  if (isSuffixed && schema !== null && readsAlike(schema, value.source, plain)) return bare(value.source);
  const node = new Scalar(plain);
  if (typeof plain === "string" && needsQuotes(plain, schema)) node.type = "QUOTE_DOUBLE";
  return node;
}

/** `$NAME` in place of the value, or null where YAML would make another value of the variable. */
export function variableNode(
  value: ConfScalar,
  schema: z.ZodType | null,
  environment: Environment,
): Scalar | null {
  const name = value.variable;
  if (name === null || schema === null || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return null;
  const found = valueOfVariable(name, schema, environment);
  if (found === null || !readsAlike(schema, found.value, plainOf(value))) return null;
  return bare(`$${name}`);
}

/** Whether a number of nothing means "the default" to nats-server and is refused here. */
export function isZeroForDefault(value: ConfScalar, schema: z.ZodType): boolean {
  const isZero =
    (value.is === "integer" && value.value === 0n) || (value.is === "float" && value.value === 0);
  return isZero && !schema.safeParse(0).success && schema.safeParse(1_000).success;
}

function readsAlike(schema: z.ZodType, one: unknown, other: unknown): boolean {
  const [left, right] = [schema.safeParse(one), schema.safeParse(other)];
  // What is wrong either way stays the reader's to judge.
  if (!left.success && !right.success) return one === other;
  return left.success && right.success && JSON.stringify(left.data) === JSON.stringify(right.data);
}

function bare(text: string): Scalar {
  const node = new Scalar(text);
  node.type = "PLAIN";
  return node;
}

/** A bare `$NAME` would be a variable, and some readers of YAML take these words for booleans. */
function needsQuotes(text: string, schema: z.ZodType | null): boolean {
  if (text.startsWith("$") || /^(y|n|yes|no|on|off)$/i.test(text)) return true;
  return schema !== null && kindNote(schema).secret === true;
}
