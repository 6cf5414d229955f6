// The shapes of an account's wildcard patterns: how many tokens, where `*` stands, and whether `>` ends it.
// A match probes the table once for each shape instead of walking tokens, and only for shapes of fitting
// length.

import { DOT, GREATER, STAR } from "../base/ascii.ts";
import type { Address, PagePool } from "./pages.ts";
import { PAGE_MASK, PAGE_SHIFT } from "./pages.ts";
import type { SubjectScan } from "./scan.ts";

/**
 * A table: its width, the number of its shapes, then as many lists of shapes as it is wide for patterns of 0,
 * 1, … tokens, and as many again for those that end in `>`, which is not counted as a token.
 */
export const TABLE_WIDTH = 0;
const TABLE_SHAPES = 1;
export const TABLE_LISTS = 2;
const WIDTH_MIN = 4;
/** Shapes of this many tokens and more share a list. */
export const LIST_MAX = 63;

/** A shape: the next one of its list, its tokens without `>`, how many patterns have it, and its stars as
 *  bits. */
export const SHAPE_NEXT = 0;
export const SHAPE_TOKENS = 1;
const SHAPE_PATTERNS = 2;
export const SHAPE_STARS = 3;

/** Counts the pattern that `scan` has read last. Answers the table, which may have moved; 0 stands for none
 *  yet. */
export function addShape(pool: PagePool, table: Address, scan: SubjectScan): Address {
  const list = Math.min(scan.tokens, LIST_MAX);
  let at = table === 0 ? makeTable(pool, widthFor(list)) : table;
  if (list >= pool.get(at + TABLE_WIDTH)) at = widen(pool, at, widthFor(list));
  const head = headOf(pool, at, list, scan.tail);
  for (let shape = pool.get(head); shape !== 0; shape = pool.get(shape + SHAPE_NEXT)) {
    if (!isShapeOf(pool, shape, scan)) continue;
    pool.set(shape + SHAPE_PATTERNS, pool.get(shape + SHAPE_PATTERNS) + 1);
    return at;
  }
  const words = starWords(scan.tokens);
  const shape = pool.take(SHAPE_STARS + words);
  pool.set(shape + SHAPE_NEXT, pool.get(head));
  pool.set(shape + SHAPE_TOKENS, scan.tokens);
  pool.set(shape + SHAPE_PATTERNS, 1);
  for (let i = 0; i < words; i++) pool.set(shape + SHAPE_STARS + i, scan.starred ? scan.stars[i]! : 0);
  pool.set(head, shape);
  pool.set(at + TABLE_SHAPES, pool.get(at + TABLE_SHAPES) + 1);
  return at;
}

/** Takes back one `addShape` of the pattern that `scan` has read last. Answers the table, 0 when nothing is
 *  left. */
export function removeShape(pool: PagePool, table: Address, scan: SubjectScan): Address {
  const list = Math.min(scan.tokens, LIST_MAX);
  let link = headOf(pool, table, list, scan.tail);
  let shape = pool.get(link);
  while (!isShapeOf(pool, shape, scan)) {
    link = shape + SHAPE_NEXT;
    shape = pool.get(link);
  }
  const patterns = pool.get(shape + SHAPE_PATTERNS) - 1;
  pool.set(shape + SHAPE_PATTERNS, patterns);
  if (patterns > 0) return table;
  pool.set(link, pool.get(shape + SHAPE_NEXT));
  pool.free(shape);
  const left = pool.get(table + TABLE_SHAPES) - 1;
  pool.set(table + TABLE_SHAPES, left);
  if (left > 0) return table;
  pool.free(table);
  return 0;
}

/**
 * @hot True when the pattern of `length` bytes at pattern[start] has just this shape and matches the literal
 * subject buf[from, to). That the shape is compared too keeps a node from being found by two probes.
 */
export function shapeMatches(
  pool: PagePool,
  shape: Address,
  tail: boolean,
  pattern: Uint8Array,
  start: number,
  length: number,
  buf: Uint8Array,
  from: number,
  to: number,
): boolean {
  const words = pool.words[shape >>> PAGE_SHIFT]!;
  const stars = (shape & PAGE_MASK) + SHAPE_STARS;
  const tokens = words[(shape & PAGE_MASK) + SHAPE_TOKENS]!;
  let i = start;
  const end = start + length;
  let j = from;
  for (let token = 0; token < tokens; token++) {
    if (token > 0 && (pattern[i++] !== DOT || buf[j++] !== DOT || i > end || j > to)) return false;
    if ((words[stars + (token >>> 5)]! & (1 << (token & 31))) !== 0) {
      if (i >= end || pattern[i++] !== STAR) return false;
      while (j < to && buf[j] !== DOT) j++;
    } else {
      const first = i;
      for (; i < end && pattern[i] !== DOT; i++, j++) if (j >= to || pattern[i] !== buf[j]) return false;
      if (i - first === 1 && (pattern[first] === STAR || pattern[first] === GREATER)) return false;
    }
    if (j < to && buf[j] !== DOT) return false;
  }
  if (!tail) return i === end && j === to;
  if (tokens > 0 && (i >= end || j >= to || pattern[i++] !== DOT)) return false;
  return i + 1 === end && pattern[i] === GREATER;
}

function isShapeOf(pool: PagePool, shape: Address, scan: SubjectScan): boolean {
  if (pool.get(shape + SHAPE_TOKENS) !== scan.tokens) return false;
  const words = starWords(scan.tokens);
  for (let i = 0; i < words; i++) {
    if (pool.get(shape + SHAPE_STARS + i) !== (scan.starred ? scan.stars[i]! : 0)) return false;
  }
  return true;
}

function starWords(tokens: number): number {
  return (tokens + 31) >>> 5;
}

function widthFor(list: number): number {
  let width = WIDTH_MIN;
  while (width <= list) width *= 2;
  return width;
}

function headOf(pool: PagePool, table: Address, list: number, tail: boolean): Address {
  return table + TABLE_LISTS + (tail ? pool.get(table + TABLE_WIDTH) : 0) + list;
}

function makeTable(pool: PagePool, width: number): Address {
  const table = pool.take(TABLE_LISTS + width * 2);
  pool.set(table + TABLE_WIDTH, width);
  pool.set(table + TABLE_SHAPES, 0);
  for (let i = 0; i < width * 2; i++) pool.set(table + TABLE_LISTS + i, 0);
  return table;
}

function widen(pool: PagePool, table: Address, width: number): Address {
  const wide = makeTable(pool, width);
  const narrow = pool.get(table + TABLE_WIDTH);
  pool.set(wide + TABLE_SHAPES, pool.get(table + TABLE_SHAPES));
  for (let i = 0; i < narrow; i++) {
    pool.set(headOf(pool, wide, i, false), pool.get(headOf(pool, table, i, false)));
    pool.set(headOf(pool, wide, i, true), pool.get(headOf(pool, table, i, true)));
  }
  pool.free(table);
  return wide;
}
