// The kinds of scalar values a configuration holds, each with its check and the words for a wrong one.

import { z } from "zod";
import {
  type AdvertisedAddress,
  type GatewayUrl,
  type ListenAddress,
  type Parsed,
  PORT_PROBLEM,
  parseAdvertise,
  parseGatewayUrl,
  parseListen,
  portToBind,
} from "./address.ts";
import { type KindNote, kind, type Range } from "./keys.ts";
import { parseDurationMillis, parseSuffixedInteger } from "./units.ts";

const TEXT_OR_NUMBER = z.union([z.string(), z.number()]);

/**
 * The problem of a value that is simply not of the kind: the finding says what was expected and what
 * came.
 */
export const OTHER_KIND = "of another kind";

/** Whatever `parse` makes of a scalar; its problem becomes the finding's text. */
export function parsed<S extends z.ZodType, T>(
  base: S,
  note: KindNote,
  parse: (value: z.output<S>) => Parsed<T>,
) {
  const schema = base.transform((value, context): T => {
    const outcome = parse(value);
    if ("value" in outcome) return outcome.value;
    context.addIssue({ code: "custom", message: outcome.problem });
    return z.NEVER;
  });
  return kind(schema, note);
}

export function flag() {
  return kind(z.boolean(), { wants: "true or false", example: "true" });
}

/** How log lines are written. */
export function logFormat() {
  const note = { wants: "text or json", example: "json", values: ["text", "json"] };
  return parsed(z.string(), note, (value): Parsed<"text" | "json"> => {
    return value === "text" || value === "json" ? { value } : { problem: OTHER_KIND };
  });
}

/** Of a listener: connections in a second. */
export function connectionRate() {
  return count("connections a second", { min: 1, max: 1_000_000 });
}

/** Any text that is not empty. */
export function text(wants: string, example: string) {
  return parsed(z.string(), { wants, example }, (value): Parsed<string> => {
    return value === "" ? { problem: "cannot be empty" } : { value };
  });
}

/** A password or token: plain, or a bcrypt hash, which is told apart by whoever compares it. */
export function secret(wants: string) {
  const note = { wants, example: '"..."', secret: true };
  return parsed(z.string(), note, (value): Parsed<string> => {
    return value === "" ? { problem: "cannot be empty" } : { value };
  });
}

/** A name that goes on the wire between blanks, and therefore holds none. */
export function name(wants: string, example: string) {
  return parsed(z.string(), { wants, example }, (value): Parsed<string> => {
    const problem = nameProblem(value);
    return problem === null ? { value } : { problem };
  });
}

/** Why a text cannot be a name, or null if it can. */
export function nameProblem(value: string): string | null {
  if (value === "") return "a name cannot be empty";
  // A control character in a name would end or split a protocol line.
  const bad = /[\s\p{Cc}]/u.test(value);
  return bad ? "a name cannot contain spaces or control characters" : null;
}

/** A whole number; nats-server's suffixes (10k) are welcome. */
export function count(unit: string, range: Range) {
  const note = { wants: `a whole number of ${unit}`, example: "1000", unit, range };
  return parsed(TEXT_OR_NUMBER, note, (value) => inRange(parseSuffixedInteger(value), range, String));
}

/** A number of bytes. */
export function size(range: Range) {
  const note = { wants: "a size in bytes such as 64KB or 1MB", example: "1MB", unit: "bytes", range };
  return parsed(TEXT_OR_NUMBER, note, (value) => {
    return inRange(parseSuffixedInteger(value), range, (bytes) => `${bytes} bytes`);
  });
}

/** A duration; the value is in milliseconds. */
export function duration(range: Range) {
  const note = { wants: "a duration such as 500ms, 2s or 1m30s", example: "2s", unit: "milliseconds", range };
  return parsed(TEXT_OR_NUMBER, note, (value) => {
    return inRange(parseDurationMillis(value), range, (millis) => `${millis / 1_000}s`);
  });
}

function inRange(value: number | null, range: Range, say: (value: number) => string): Parsed<number> {
  if (value === null) return { problem: OTHER_KIND };
  if (value < range.min) return { problem: `too small: the least is ${say(range.min)}` };
  if (value > range.max) return { problem: `too large: the most is ${say(range.max)}` };
  return { value };
}

export function port() {
  const note = { wants: "a port", example: "4222" };
  return parsed(z.number(), note, (value): Parsed<number> => {
    const bound = portToBind(value);
    return bound === null ? { problem: `${PORT_PROBLEM}, not ${value}` } : { value: bound };
  });
}

export function host() {
  return parsed(
    z.string(),
    { wants: "a host name or address", example: "127.0.0.1" },
    (value): Parsed<string> => {
      const listen = parseAdvertise(value);
      if ("value" in listen && listen.value.port === null) return { value: listen.value.host };
      return { problem: "expected a host name or address without a port; write 127.0.0.1" };
    },
  );
}

export function listen() {
  const note = { wants: "a port or host:port", example: "127.0.0.1:4222" };
  return parsed(TEXT_OR_NUMBER, note, (value): Parsed<ListenAddress> => parseListen(value));
}

export function advertise() {
  const note = { wants: "host or host:port", example: "gw.example.org:7222" };
  return parsed(z.string(), note, (value): Parsed<AdvertisedAddress> => parseAdvertise(value));
}

export function gatewayUrl() {
  const note = { wants: "a URL", example: "nats://host:7222", secret: true };
  return parsed(z.string(), note, (value): Parsed<GatewayUrl> => parseGatewayUrl(value));
}

/** SHA-256 of a certificate's public key info (DER), in hexadecimal; compared in lower case. */
export function certificatePin() {
  const note = { wants: "a SHA-256 of 64 hexadecimal digits", example: `"${"0".repeat(8)}..."` };
  return parsed(z.string(), note, (value): Parsed<string> => {
    const lower = value.toLowerCase();
    return /^[0-9a-f]{64}$/.test(lower) ? { value: lower } : { problem: OTHER_KIND };
  });
}

/** A row of values of one kind. */
export function list<S extends z.ZodType>(entry: S, wants: string, example: string) {
  return kind(z.array(entry), { wants, example });
}
