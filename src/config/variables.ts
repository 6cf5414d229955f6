// Values from the environment: a bare `$NAME` stands for the value of NAME, as in nats-server.

import { isScalar, parseDocument } from "yaml";
import type { z } from "zod";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A bcrypt hash begins like a variable and is none; nats-server makes the same exception for `$2a$`. */
const BCRYPT = /^\$2[abxy]\$/;

/** Whether an unquoted text names a variable. */
export function isVariable(text: string): boolean {
  return text.length > 1 && text.startsWith("$") && !BCRYPT.test(text);
}

/**
 * The value of a variable, read as a YAML scalar so that numbers and booleans are such; null if it is not
 * set.
 * Where the key takes only text, the value is taken letter by letter: a password of digits is still a text.
 * Source: nats-server 2.15 conf/parse.go, lookupVariable.
 */
export function valueOfVariable(
  name: string,
  schema: z.ZodType,
  environment: Environment,
): { readonly value: unknown } | null {
  const text = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (text === undefined) return null;
  const value = scalarOf(text);
  const asText = !schema.safeParse(value).success && schema.safeParse(text).success;
  return { value: asText ? text : value };
}

function scalarOf(text: string): unknown {
  try {
    const document = parseDocument(text, { prettyErrors: false, logLevel: "silent" });
    if (document.errors.length > 0 || document.warnings.length > 0) return text;
    return isScalar(document.contents) ? document.contents.value : text;
  } catch {
    return text;
  }
}
