// Unsigned decimals straight to and from bytes, so that no message makes a string.

import { NINE, ZERO } from "./ascii.ts";

/** How many digits nats-server reads: longer numbers are errors (gateway.md §2.1). */
export const DIGITS_MAX = 9;

/** The number in buf[from, to), or -1 when it is empty, longer than nine digits or not all digits. */
export function parseDecimal(buf: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length < 1 || length > DIGITS_MAX) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = buf[i]!;
    if (digit < ZERO || digit > NINE) return -1;
    value = value * 10 + (digit - ZERO);
  }
  return value;
}

/** @hot Writes `value` (an integer ≥ 0) at `at`; answers the new end. */
export function writeDecimal(value: number, target: Uint8Array, at: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const next = Math.floor(rest / 10);
    target[i] = ZERO + (rest - next * 10);
    rest = next;
  }
  return at + digits;
}
