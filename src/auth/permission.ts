// Allow and deny lists of subjects, compiled once and asked by every message and every word of interest.
// Source: leafnode.md §8.

import { bytesOf } from "../base/bytes.ts";
import { hasWildcard, isValidSubject } from "../subject/subject.ts";
import { SubjectList } from "./subject-list.ts";

/** Entries are subjects, with wildcards or without; `subject queue` in what is subscribed to. */
export interface Permission {
  /** null: all that is not denied. */
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
}

export class SubjectFilter {
  /** Lets everything pass. */
  static readonly ALL = new SubjectFilter({ allow: null, deny: [] });

  /** Nothing is restricted: callers skip the check. */
  readonly isOpen: boolean;
  /** null: all. */
  readonly #allow: SubjectList | null;
  /** null: nothing. */
  readonly #deny: SubjectList | null;

  /** Entries that are no subjects are as if they were not there, as nats-server has it. */
  constructor(private readonly permission: Permission) {
    this.#allow = permission.allow === null ? null : allowed(permission.allow);
    this.#deny = denied(permission.deny);
    this.isOpen = this.#allow === null && this.#deny === null;
  }

  /** @hot May a message with this literal subject pass? */
  passes(buf: Uint8Array, from: number, to: number): boolean {
    if (this.#allow !== null && !this.#allow.has(buf, from, to)) return false;
    return this.#deny === null || !this.#deny.has(buf, from, to);
  }

  /**
   * May interest in this subject be told? A literal as a message; a pattern as soon as it names anything that
   * is allowed, and unless one deny entry covers all of it, because each message is looked at again.
   * nats-server tells a little less: it overlooks some allow entries with a `*` in them, and takes a denied
   * `a.*` for one that covers `a.>`. Those who receive a pattern take any.
   */
  tells(buf: Uint8Array, from: number, to: number): boolean {
    if (!hasWildcard(buf, from, to)) return this.passes(buf, from, to);
    if (this.#allow !== null && !this.#allow.meets(buf, from, to)) return false;
    return this.#deny === null || !this.#deny.covers(buf, from, to);
  }

  /** May a client subscribe to this? All of a pattern must be allowed, and not all of it denied: what is
   *  denied inside of it is left out message by message. */
  subscribes(buf: Uint8Array, from: number, to: number): boolean {
    return this.allowsAll(buf, from, to) && !this.deniesAll(buf, from, to);
  }

  /** Is all that this pattern matches allowed by one entry, whatever is denied? */
  allowsAll(buf: Uint8Array, from: number, to: number): boolean {
    return this.#allow === null || this.#allow.covers(buf, from, to);
  }

  /** Is all that this pattern matches denied by one entry? */
  deniesAll(buf: Uint8Array, from: number, to: number): boolean {
    return this.#deny?.covers(buf, from, to) ?? false;
  }

  /** Is the literal subject denied, whatever is allowed? */
  denies(buf: Uint8Array, from: number, to: number): boolean {
    return this.#deny?.has(buf, from, to) ?? false;
  }

  /** The same with more denied. */
  with(more: { readonly deny: readonly string[] }): SubjectFilter {
    if (more.deny.length === 0) return this;
    const { allow, deny } = this.permission;
    return new SubjectFilter({ allow, deny: [...deny, ...more.deny] });
  }

  /** As it was given. */
  toPermission(): Permission {
    return this.permission;
  }
}

/** An entry for one queue group allows nothing here: links between servers subscribe without naming it. */
function allowed(entries: readonly string[]): SubjectList | null {
  const subjects = entries
    .map(subjectAndQueue)
    .filter((words) => words.length === 1)
    .map(([subject]) => subject!);
  return subjects.includes(">") ? null : new SubjectList(subjects);
}

/** An entry for one queue group denies its whole subject: rather too much than too little. */
function denied(entries: readonly string[]): SubjectList | null {
  const subjects = entries
    .map(subjectAndQueue)
    .filter((words) => words.length > 0)
    .map(([subject]) => subject!);
  return subjects.length === 0 ? null : new SubjectList(subjects);
}

/** One or two words, or none when the entry is not valid. */
export function subjectAndQueue(entry: string): readonly string[] {
  const words = entry.trim().split(/\s+/);
  if (words.length > 2) return [];
  const isValid = words.every((word) => {
    const bytes = bytesOf(word);
    return isValidSubject(bytes, 0, bytes.length);
  });
  return isValid ? words : [];
}
