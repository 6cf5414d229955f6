// A page of the subjects that one peer wants, chosen by what collides with a subject or has it as a part.

import { bytesOf } from "../base/bytes.ts";
import { collides } from "../subject/match.ts";
import { isValidSubject } from "../subject/subject.ts";
import type { Document } from "./document.ts";
import type { Query, Subs } from "./query.ts";
import { listFields } from "./subscription.ts";

export interface SubjectOptions {
  /** "": all. */
  readonly filter: string;
  readonly offset: number;
  /** Infinity: all. */
  readonly limit: number;
}

export const EVERY_SUBJECT: SubjectOptions = { filter: "", offset: 0, limit: Number.POSITIVE_INFINITY };

/** How many entries of interest one answer for a page walks past: nothing else runs meanwhile. */
const PAGE_LOOKS_MAX = 100_000;

export function subjectOptions(query: Query): SubjectOptions {
  const limit = query.int("subs_limit");
  return {
    filter: query.text("subs_filter"),
    offset: Math.max(0, query.int("subs_offset")),
    limit: limit <= 0 ? Number.POSITIVE_INFINITY : limit,
  };
}

/** Takes subjects one by one, and says which of them are on the page. */
export class SubjectPage {
  /** How many were chosen, on this page or not. */
  #total = 0;
  #looks = 0;
  readonly #isWhole: boolean;
  readonly #wanted: Uint8Array | null;
  readonly #text: string;

  constructor(private readonly options: SubjectOptions) {
    const { filter, offset, limit } = options;
    this.#isWhole = filter === "" && offset === 0 && limit === Number.POSITIVE_INFINITY;
    const bytes = bytesOf(filter);
    this.#text = options.filter.toLowerCase();
    this.#wanted = isValidSubject(bytes, 0, bytes.length) ? bytes : null;
  }

  /** May one more entry be looked at? Without a page the answer's own budget says so. */
  look(): boolean {
    return this.#isWhole || this.#looks++ < PAGE_LOOKS_MAX;
  }

  /** Is the subject one that is asked for? */
  chooses(subject: string): boolean {
    if (this.options.filter === "" || subject.toLowerCase().includes(this.#text)) return true;
    const wanted = this.#wanted;
    if (wanted === null) return false;
    const bytes = bytesOf(subject);
    return collides(wanted, 0, wanted.length, bytes, 0, bytes.length);
  }

  /** Counts one more; true when it stands on this page. */
  take(): boolean {
    const { offset, limit } = this.options;
    const at = this.#total++;
    return at >= offset && at < offset + limit;
  }

  /** The list; and of a page how many there are, at least as far as was looked. */
  fields(lines: readonly unknown[], subs: Subs, cut: boolean): Document {
    const total = this.#isWhole ? {} : { subscriptions_total: this.#total };
    return { ...listFields(lines, subs, cut), ...total };
  }
}
