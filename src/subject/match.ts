// How subjects relate: one matches, covers or collides with another. All arguments are valid subjects as byte
// ranges; a range of one buffer may be compared with a range of another.

import { DOT, GREATER, STAR } from "../base/ascii.ts";

/** True when the literal subject s[sFrom, sTo) is one of those that the pattern p[pFrom, pTo) names. */
export function matches(
  p: Uint8Array,
  pFrom: number,
  pTo: number,
  s: Uint8Array,
  sFrom: number,
  sTo: number,
): boolean {
  let i = pFrom;
  let j = sFrom;
  for (;;) {
    const pEnd = tokenEnd(p, i, pTo);
    const sEnd = tokenEnd(s, j, sTo);
    if (pEnd - i !== 1 || p[i] !== STAR) {
      if (pEnd === pTo && pEnd - i === 1 && p[i] === GREATER) return true;
      if (!sameToken(p, i, pEnd, s, j, sEnd)) return false;
    }
    if (pEnd === pTo || sEnd === sTo) return pEnd === pTo && sEnd === sTo;
    i = pEnd + 1;
    j = sEnd + 1;
  }
}

/** True when every literal subject that pattern b matches is matched by pattern a too. */
export function covers(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): boolean {
  let i = aFrom;
  let j = bFrom;
  for (;;) {
    const aEnd = tokenEnd(a, i, aTo);
    const bEnd = tokenEnd(b, j, bTo);
    if (isTail(a, i, aEnd, aTo)) return true;
    if (isTail(b, j, bEnd, bTo)) return false;
    if (!(aEnd - i === 1 && a[i] === STAR) && !sameToken(a, i, aEnd, b, j, bEnd)) return false;
    if (aEnd === aTo || bEnd === bTo) return aEnd === aTo && bEnd === bTo;
    i = aEnd + 1;
    j = bEnd + 1;
  }
}

/** True when some literal subject is matched by both patterns. */
export function collides(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): boolean {
  let i = aFrom;
  let j = bFrom;
  for (;;) {
    const aEnd = tokenEnd(a, i, aTo);
    const bEnd = tokenEnd(b, j, bTo);
    if (isTail(a, i, aEnd, aTo) || isTail(b, j, bEnd, bTo)) return true;
    const either = (aEnd - i === 1 && a[i] === STAR) || (bEnd - j === 1 && b[j] === STAR);
    if (!either && !sameToken(a, i, aEnd, b, j, bEnd)) return false;
    if (aEnd === aTo || bEnd === bTo) return aEnd === aTo && bEnd === bTo;
    i = aEnd + 1;
    j = bEnd + 1;
  }
}

function tokenEnd(buf: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && buf[i] !== DOT) i++;
  return i;
}

function isTail(buf: Uint8Array, from: number, end: number, to: number): boolean {
  return end === to && end - from === 1 && buf[from] === GREATER;
}

function sameToken(
  a: Uint8Array,
  aFrom: number,
  aEnd: number,
  b: Uint8Array,
  bFrom: number,
  bEnd: number,
): boolean {
  if (aEnd - aFrom !== bEnd - bFrom) return false;
  for (let i = aFrom, j = bFrom; i < aEnd; i++, j++) if (a[i] !== b[j]) return false;
  return true;
}
