// What a subject is, asked of its bytes where they lie. `*` and `>` mean something only as whole tokens.

import { CR, DOT, GREATER, LF, SP, STAR, TAB } from "../base/ascii.ts";

const FORM_FEED = 0x0c;

/**
 * True when buf[from, to) may be subscribed to: no empty token, no white space, and `>` only as the last
 * token. Literals are a special case of it. Source: client-and-auth.md §1.1.
 */
export function isValidSubject(buf: Uint8Array, from: number, to: number): boolean {
  let start = from;
  for (let i = from; i <= to; i++) {
    const byte = i < to ? buf[i]! : DOT;
    if (byte === DOT) {
      if (i === start) return false;
      if (i < to && i - start === 1 && buf[start] === GREATER) return false;
      start = i + 1;
    } else if (byte <= SP && isSpace(byte)) return false;
  }
  return true;
}

function isSpace(byte: number): boolean {
  return byte === SP || byte === TAB || byte === LF || byte === CR || byte === FORM_FEED;
}

/** True when some whole token is `*` or `>`. */
export function hasWildcard(buf: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = buf[i];
    if (byte !== STAR && byte !== GREATER) continue;
    if ((i === from || buf[i - 1] === DOT) && (i + 1 === to || buf[i + 1] === DOT)) return true;
  }
  return false;
}

/** True when the subject names exactly itself. Says nothing about its validity: ask `isValidSubject` too. */
export function isLiteral(buf: Uint8Array, from: number, to: number): boolean {
  return !hasWildcard(buf, from, to);
}

/** True when it may be published to. */
export function isPublishable(buf: Uint8Array, from: number, to: number): boolean {
  return isValidSubject(buf, from, to) && isLiteral(buf, from, to);
}

/** The number of tokens; 0 only for an empty range. */
export function tokenCount(buf: Uint8Array, from: number, to: number): number {
  if (from >= to) return 0;
  let count = 1;
  for (let i = from; i < to; i++) if (buf[i] === DOT) count++;
  return count;
}
