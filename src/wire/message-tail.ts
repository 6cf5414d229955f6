// What stands between the subject and the payload of a message that has headers, or names queue groups: the
// lines that are not the usual one, and still too many for the general road. Sources: gateway.md §2.3,
// leafnode.md §4.

import { CR, LF, PIPE, PLUS, SP } from "../base/ascii.ts";
import { DIGITS_MAX, parseDecimal } from "../base/decimal.ts";
import type { Frame } from "./frame.ts";

/**
 * @hot `[reply | + reply queues… | | queues…] [header bytes] size` with single blanks and CRLF, from `at` on
 * in the window buf[…, end). Sets reply, queues and sizes, and answers where the payload begins; -1 leaves
 * the line to the general road, also when it is cut or wrong. `sizes`: how many numbers close it.
 */
export function readTail(frame: Frame, buf: Uint8Array, at: number, end: number, sizes: 1 | 2): number {
  const mark = isMarked(buf, at) ? buf[at]! : 0;
  const first = mark === 0 ? at : at + 2;
  let words = 0;
  let second = 0;
  let before = first;
  let from = first;
  let i = first;
  for (;;) {
    while (buf[i]! > SP) i++;
    if (i === from) return -1;
    words++;
    if (buf[i] !== SP) break;
    before = from;
    from = ++i;
    if (words === 1) second = i;
  }
  if (buf[i] !== CR || buf[i + 1] !== LF || i + 1 >= end || i - from > DIGITS_MAX) return -1;
  const names = words - sizes;
  // Without a mark one name is a reply; a mark with nothing behind it is one too (gateway.md §2.3).
  if (mark === 0 ? names < 0 || names > 1 : names < 1) return -1;
  const size = parseDecimal(buf, from, i);
  const header = sizes === 2 ? parseDecimal(buf, before, from - 1) : 0;
  if (size < 0 || header < 0 || header > size) return -1;
  const sizesFrom = sizes === 2 ? before : from;
  const hasReply = mark === PLUS || (mark === 0 && names === 1);
  const queuesFrom = mark === PIPE ? first : mark === PLUS && names > 1 ? second : 0;
  frame.replyFrom = hasReply ? first : 0;
  frame.replyTo = hasReply ? second - 1 : 0;
  frame.queuesFrom = queuesFrom;
  frame.queuesTo = queuesFrom > 0 ? sizesFrom - 1 : 0;
  frame.sizesFrom = sizesFrom;
  frame.headerBytes = sizes === 2 ? header : -1;
  frame.size = size;
  frame.canonical = false;
  frame.tailCanonical = sizes === 1 || header > 0;
  return i + 2;
}

/** @hot Does a queue list begin here, with a reply or without? */
export function isMarked(buf: Uint8Array, at: number): boolean {
  return buf[at + 1] === SP && (buf[at] === PIPE || buf[at] === PLUS);
}
