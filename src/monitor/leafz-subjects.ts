// What the peers of leaf links want, read from the interest of their accounts: one walk an account, however
// many links it has.

import type { Core } from "../core/core.ts";
import type { LeafSession } from "../leaf/session.ts";
import { Holder } from "../peer/kind.ts";
import type { Budget } from "./document.ts";

/** Subjects by the link's id, one with several queue groups once a group. Ends where the budget does. */
export function leafSubjects(
  core: Core,
  links: readonly LeafSession[],
  budget: Budget,
): ReadonlyMap<number, readonly string[]> {
  const lists = new Map<number, string[]>(links.map(({ id }) => [id, []]));
  for (const [account, wanted] of rowsByAccount(links)) collect(core, account, wanted, lists, budget);
  return lists;
}

function rowsByAccount(links: readonly LeafSession[]): Map<number, number> {
  const rows = new Map<number, number>();
  for (const { account, rows: own } of links) rows.set(account, (rows.get(account) ?? 0) + own.count);
  return rows;
}

function collect(
  core: Core,
  account: number,
  wanted: number,
  lists: ReadonlyMap<number, string[]>,
  budget: Budget,
): void {
  const cursor = core.store.cursor(account);
  try {
    let left = wanted;
    for (let node = left === 0 ? 0 : cursor.next(); node !== 0 && left > 0; node = cursor.next()) {
      if (!budget.look()) return;
      for (const owner of leafOwners(core, node, budget)) {
        const list = lists.get(owner);
        if (list === undefined) continue; // Of a link that is going: its rows are taken away bit by bit.
        if (!budget.line()) return;
        list.push(core.store.subjectText(node));
        left--;
      }
    }
  } finally {
    cursor.close();
  }
}

/** The links that want the node's subject, once for each queue group. */
function* leafOwners(core: Core, node: number, budget: Budget): Generator<number> {
  const { store } = core;
  for (let group = store.nodeFirstGroup(node); group !== 0; group = store.nextGroup(group)) {
    const holder = store.groupClass(group);
    if (holder !== Holder.Spoke && holder !== Holder.Hub) continue;
    for (let row = store.groupFirstRow(group); row !== 0; row = store.nextRow(row)) {
      if (!budget.look()) return;
      yield store.rowOwner(row);
    }
  }
}
