// A configuration as the box understood it, with defaults and flags, under the keys of the file: to be shown,
// and therefore without a secret.

import type { z } from "zod";
import { alternative, kindNote, shapeOf } from "./keys.ts";
import { SETTINGS, type Settings } from "./schema.ts";

const HIDDEN = "***";

/** JWTs, seeds of nkeys, bcrypt hashes, and what stands before the @ of a URL. */
const SECRETS =
  /\beyJ[\w-]*\.[\w-]+\.[\w-]+|\bS[ACNOUX][A-Z2-7]{56}\b|\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|(?<=:\/\/)[^/@\s"]+(?=@)/g;

/** Durations in milliseconds and addresses are written as in a file. */
export function effectiveOf(settings: Settings): object {
  return shown(settings, SETTINGS) as object;
}

/** Any text without what looks like a secret. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRETS, HIDDEN);
}

function shown(value: unknown, schema: z.ZodType): unknown {
  if (value === undefined || value === null) return value;
  const { secret, unit } = kindNote(schema);
  const shape = shapeOf(alternative(schema, outer(value)));
  if (shape.is === "list" && Array.isArray(value)) return value.map((entry) => shown(entry, shape.entry));
  if (shape.is === "block" || shape.is === "table") {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        shown(inner, shape.is === "table" ? shape.entry : shape.keys[name]!),
      ]),
    );
  }
  if (unit === "milliseconds") return `${value}ms`;
  const address = addressOf(value);
  if (address !== null) return address;
  return secret ? HIDDEN : plain(value);
}

function outer(value: unknown): "map" | "list" | "scalar" {
  if (Array.isArray(value)) return "list";
  return typeof value === "object" ? "map" : "scalar";
}

/** `host:port` of whatever has both; a user and password that it may have are left out. */
function addressOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !("host" in value) || !("port" in value)) return null;
  return [value.host, value.port].filter((part) => part !== null).join(":");
}

/** Values that a kind made of what was written. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return withoutSecrets(value);
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
