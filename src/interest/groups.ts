// Groups and their rows inside a node. The first group is part of its node and the first row part of its
// group; what comes later has slots of its own. A first one that left stays vacant until the next one takes
// its place.

import {
  GROUP_AT,
  GROUP_KEY,
  GROUP_NEXT,
  GROUP_NODE,
  GROUP_ROW,
  GROUP_ROWS,
  GROUP_WORDS,
  NO_GROUP,
  NODE_GROUP,
  ROW_AT,
  ROW_GROUP,
  ROW_NEXT,
  ROW_OWNER,
  ROW_PREVIOUS,
  ROW_TAG,
  ROW_WEIGHT,
  ROW_WORDS,
} from "./layout.ts";
import type { Address, PagePool } from "./pages.ts";

/** The first of the groups of a node, or 0 while it has none. */
export function firstGroup(pool: PagePool, node: Address): Address {
  const first = node + NODE_GROUP;
  return pool.get(first + GROUP_KEY) === NO_GROUP ? pool.get(first + GROUP_NEXT) : first;
}

/** The group of `node` with this key, or 0. Takes time in the number of the node's groups. */
export function findGroup(pool: PagePool, node: Address, key: number): Address {
  let group = node + NODE_GROUP;
  while (group !== 0 && pool.get(group + GROUP_KEY) !== key) group = pool.get(group + GROUP_NEXT);
  return group;
}

/** A new group without rows; the node has none with this key. */
export function addGroup(pool: PagePool, node: Address, key: number): Address {
  const first = node + NODE_GROUP;
  let group = first;
  if (pool.get(first + GROUP_KEY) !== NO_GROUP) {
    group = pool.take(GROUP_WORDS) + GROUP_AT;
    pool.set(group + GROUP_NODE, node);
    pool.set(group + GROUP_NEXT, pool.get(first + GROUP_NEXT));
    pool.set(first + GROUP_NEXT, group);
  }
  pool.set(group + GROUP_KEY, key);
  pool.set(group + GROUP_ROWS, 0);
  pool.set(group + GROUP_ROW + ROW_OWNER, 0);
  return group;
}

/** Removes a group that has lost its last row. Answers true when the node has no group left. */
export function removeGroup(pool: PagePool, node: Address, group: Address): boolean {
  const first = node + NODE_GROUP;
  if (group === first) pool.set(first + GROUP_KEY, NO_GROUP);
  else {
    let before = first;
    for (let at = pool.get(before); at !== group; at = pool.get(before)) before = at;
    pool.set(before + GROUP_NEXT, pool.get(group + GROUP_NEXT));
    pool.free(group - GROUP_AT);
  }
  return pool.get(first + GROUP_KEY) === NO_GROUP && pool.get(first + GROUP_NEXT) === 0;
}

/** @hot The node that the group belongs to. */
export function nodeOf(pool: PagePool, group: Address): Address {
  return pool.slotWords(group) === GROUP_WORDS ? pool.get(group + GROUP_NODE) : group - NODE_GROUP;
}

/** @hot The group that the row belongs to. */
export function groupOf(pool: PagePool, row: Address): Address {
  return pool.slotWords(row) === ROW_WORDS ? pool.get(row + ROW_GROUP) : row - GROUP_ROW;
}

/** @hot The number of rows of a group. */
export function rowCount(pool: PagePool, group: Address): number {
  const rows = pool.get(group + GROUP_ROWS);
  const first = pool.get(group + GROUP_ROW + ROW_OWNER) === 0 ? 0 : 1;
  return rows === 0 ? first : first - pool.get(rows + ROW_PREVIOUS);
}

/** @hot The first row of a group, or 0 while it has none. */
export function firstRow(pool: PagePool, group: Address): Address {
  const first = group + GROUP_ROW;
  return pool.get(first + ROW_OWNER) === 0 ? pool.get(group + GROUP_ROWS) : first;
}

/** Adds a row to a group. */
export function addRow(pool: PagePool, group: Address, owner: number, tag: number, weight: number): Address {
  let row = group + GROUP_ROW;
  if (pool.get(row + ROW_OWNER) !== 0) {
    row = pool.take(ROW_WORDS) + ROW_AT;
    const next = pool.get(group + GROUP_ROWS);
    pool.set(row + ROW_GROUP, group);
    pool.set(row + ROW_NEXT, next);
    pool.set(row + ROW_PREVIOUS, next === 0 ? -1 : pool.get(next + ROW_PREVIOUS) - 1);
    if (next !== 0) pool.set(next + ROW_PREVIOUS, row);
    pool.set(group + GROUP_ROWS, row);
  }
  pool.set(row + ROW_OWNER, owner);
  pool.set(row + ROW_TAG, tag);
  pool.set(row + ROW_WEIGHT, weight);
  return row;
}

/** Removes a row from its group. Answers true when the group has no row left; it is not removed. */
export function removeRow(pool: PagePool, group: Address, row: Address): boolean {
  if (row === group + GROUP_ROW) {
    pool.set(row + ROW_OWNER, 0);
    return pool.get(group + GROUP_ROWS) === 0;
  }
  const next = pool.get(row + ROW_NEXT);
  const previous = pool.get(row + ROW_PREVIOUS);
  if (previous > 0) {
    pool.set(previous + ROW_NEXT, next);
    if (next !== 0) pool.set(next + ROW_PREVIOUS, previous);
    const first = pool.get(group + GROUP_ROWS) + ROW_PREVIOUS;
    pool.set(first, pool.get(first) + 1);
  } else {
    pool.set(group + GROUP_ROWS, next);
    if (next !== 0) pool.set(next + ROW_PREVIOUS, previous + 1);
  }
  pool.free(row - ROW_AT);
  return pool.get(group + GROUP_ROWS) === 0 && pool.get(group + GROUP_ROW + ROW_OWNER) === 0;
}
