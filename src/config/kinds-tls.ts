// The kinds of scalar values that say which TLS is spoken.

import { z } from "zod";
import type { Parsed } from "./address.ts";
import { ABSENT_CURVES, ABSENT_SUITES, CIPHER_SUITES, CURVES } from "./cipher-suites.ts";
import { OTHER_KIND, parsed } from "./kinds.ts";
import { nearest } from "./nearest.ts";

/** nats-server speaks nothing older than 1.2 either. */
export function tlsVersion() {
  const note = { wants: "a version of TLS", example: '"1.3"', values: ["1.2", "1.3"] };
  return parsed(z.union([z.string(), z.number()]), note, (value): Parsed<"1.2" | "1.3"> => {
    const written = String(value);
    if (written === "1.2" || written === "1.3") return { value: written };
    if (written === "1.0" || written === "1" || written === "1.1")
      return { problem: 'too low: the least version is "1.2"' };
    return { problem: OTHER_KIND };
  });
}

/** A suite by Go's name. */
export function cipherSuite() {
  const note = { wants: "the name of a cipher suite", example: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" };
  return named(note, "cipher suite", Object.keys(CIPHER_SUITES), ABSENT_SUITES);
}

/** A curve by Go's name. */
export function curve() {
  return named(
    { wants: "the name of a curve", example: "X25519" },
    "curve",
    Object.keys(CURVES),
    ABSENT_CURVES,
  );
}

function named(
  note: { wants: string; example: string },
  what: string,
  known: readonly string[],
  absent: ReadonlySet<string>,
) {
  return parsed(z.string(), { ...note, values: known }, (value): Parsed<string> => {
    if (known.includes(value)) return { value };
    if (absent.has(value)) return { problem: `not supported: Bun does not have the ${what} ${value}` };
    const near = nearest(value, [...known]);
    return {
      problem: `an unknown ${what}; ${near === null ? `write ${note.example}` : `did you mean ${near}?`}`,
    };
  });
}
