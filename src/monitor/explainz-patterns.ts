// By which patterns links want a subject: rows of interest by their owner.

import type { Core } from "../core/core.ts";
import { MatchList } from "../interest/match-list.ts";
import { Holder } from "../peer/kind.ts";

/** A link may want one subject by many patterns. */
const PATTERNS_MAX = 16;

export class Patterns {
  readonly #by = new Map<number, { readonly isLeaf: boolean; readonly texts: Set<string> }>();

  add(owner: number, isLeaf: boolean, pattern: string): void {
    let known = this.#by.get(owner);
    if (known === undefined) {
      known = { isLeaf, texts: new Set() };
      this.#by.set(owner, known);
    }
    if (known.texts.size < PATTERNS_MAX) known.texts.add(pattern);
  }

  /** With the queue group behind a blank, where there is one; empty for who wants it by no row. */
  of(owner: number): string[] {
    return [...(this.#by.get(owner)?.texts ?? [])];
  }

  leafs(): number[] {
    return [...this.#by].filter(([, { isLeaf }]) => isLeaf).map(([owner]) => owner);
  }
}

/** Of gateways and leafs; clients have theirs in their subscriptions. */
export function patternsOf({ store, queues }: Core, account: number, subject: Uint8Array): Patterns {
  const found = new Patterns();
  const matched = new MatchList();
  store.match(account, subject, 0, subject.length, matched);
  for (let i = 0; i < matched.length; i++) {
    const group = matched.ids[i]!;
    const holder = store.groupClass(group);
    const isLeaf = holder === Holder.Spoke || holder === Holder.Hub;
    if (!isLeaf && holder !== Holder.Gateway) continue;
    const queue = store.groupQueue(group);
    const pattern = store.subjectText(store.groupNode(group));
    const text = queue === 0 ? pattern : `${pattern} ${queues.text(queue)}`;
    for (let row = store.groupFirstRow(group); row !== 0; row = store.nextRow(row)) {
      found.add(store.rowOwner(row), isLeaf, text);
    }
  }
  return found;
}
