// What the peers of leaf links want, read from the interest of their accounts: one walk an account, however
// many links it has.

import type { Core } from "../core/core.ts";
import type { LeafSession } from "../leaf/session.ts";
import { Holder } from "../peer/kind.ts";
import type { Budget, Document } from "./document.ts";
import { type SubjectOptions, SubjectPage } from "./subject-page.ts";

/** The subjects of one link. */
export class LeafSubjects {
  readonly #lines: string[] = [];
  readonly #page: SubjectPage;
  #seen = 0;

  constructor(options: SubjectOptions) {
    this.#page = new SubjectPage(options);
  }

  /** False where the answer has no more room. */
  take(subject: string, budget: Bound): boolean {
    if (this.#page.chooses(subject) && this.#page.take()) {
      if (!budget.line()) return false;
      this.#lines.push(subject);
    }
    this.#seen++;
    return true;
  }

  get subjects(): readonly string[] {
    return this.#lines;
  }

  /** `wanted`: how many the peer wants. */
  fields(wanted: number): Document {
    return this.#page.fields(this.#lines, "list", this.#seen < wanted);
  }
}

/** By the link's id; a subject with several queue groups once a group. Ends where the budget does. */
export function leafSubjects(
  core: Core,
  links: readonly LeafSession[],
  options: SubjectOptions,
  budget: Budget,
): ReadonlyMap<number, LeafSubjects> {
  const lists = new Map(links.map(({ id }) => [id, new LeafSubjects(options)]));
  // One look for all: an account is walked once, whoever of its links is asked for.
  const page = new SubjectPage(options);
  for (const [account, wanted] of rowsByAccount(links)) {
    collect(core, account, wanted, lists, {
      line: () => budget.line(),
      look: () => page.look() && budget.look(),
    });
  }
  return lists;
}

/** What bounds one answer. */
type Bound = Pick<Budget, "line" | "look">;

function rowsByAccount(links: readonly LeafSession[]): Map<number, number> {
  const rows = new Map<number, number>();
  for (const { account, rows: own } of links) rows.set(account, (rows.get(account) ?? 0) + own.count);
  return rows;
}

function collect(
  core: Core,
  account: number,
  wanted: number,
  lists: ReadonlyMap<number, LeafSubjects>,
  budget: Bound,
): void {
  const cursor = core.store.cursor(account);
  try {
    let left = wanted;
    for (let node = left === 0 ? 0 : cursor.next(); node !== 0 && left > 0; node = cursor.next()) {
      if (!budget.look()) return;
      for (const owner of leafOwners(core, node, budget)) {
        const list = lists.get(owner);
        if (list === undefined) continue; // Of a link that is going: its rows are taken away bit by bit.
        if (!list.take(core.store.subjectText(node), budget)) return;
        left--;
      }
    }
  } finally {
    cursor.close();
  }
}

/** The links that want the node's subject, once for each queue group. */
function* leafOwners(core: Core, node: number, budget: Bound): Generator<number> {
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
