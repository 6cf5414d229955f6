// A .creds file: who somebody is, and the seed that proves it. Source: client-and-auth.md §4.3.

import { isSeed } from "./nkey.ts";

export interface Credentials {
  readonly jwt: string;
  readonly seed: string;
}

const CONTENT = /^[\w\-.=]+$/;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const SEED = /^S[OAU]/;

/**
 * The first content between two lines of dashes is the JWT, the second one the seed; without a second one it
 * is any line that looks like one. Titles, line ends, and space around lines do not matter, as with NATS
 * clients. null when either is missing or is none.
 */
export function parseCredentials(text: string): Credentials | null {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const trimmed = lines.map((line) => line.trim());
  const [jwt, second] = contentsOf(trimmed);
  const seed = second ?? trimmed.find((line) => SEED.test(line));
  if (jwt === undefined || !JWT.test(jwt)) return null;
  return seed === undefined || !isSeed(seed) ? null : { jwt, seed };
}

/** What stands alone between two lines of dashes, in order. Blank lines may follow it. */
function contentsOf(lines: readonly string[]): string[] {
  const found: string[] = [];
  for (const [i, line] of lines.entries()) {
    const content = lines[i + 1];
    if (!isRule(line) || content === undefined || isRule(content) || !CONTENT.test(content)) continue;
    const end = lines.slice(i + 2, i + 6).find((after) => after !== "");
    if (end !== undefined && isRule(end)) found.push(content);
  }
  return found;
}

/** Dashes at both ends, with or without a title between them. */
function isRule(line: string): boolean {
  return line.length >= 6 && line.startsWith("---") && line.endsWith("---");
}
