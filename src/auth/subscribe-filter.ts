// What may be subscribed to: subjects, and subjects for members of one queue group alone.
// Source: client-and-auth.md §2, nats-server 2.15.

import { bytesOf } from "../base/bytes.ts";
import { covers, matches } from "../subject/match.ts";
import { hasWildcard } from "../subject/subject.ts";
import { type Permission, SubjectFilter, subjectAndQueue } from "./permission.ts";

/** An entry for queue groups: `orders.> workers`, where wildcards may stand in both. */
interface QueueEntry {
  readonly subject: Uint8Array;
  readonly queue: Uint8Array;
  readonly queueHasWildcard: boolean;
}

export class SubscribeFilter {
  /** Lets everything pass. */
  static readonly ALL = new SubscribeFilter({ allow: null, deny: [] });

  /** Nothing is restricted: callers skip the check. */
  readonly isOpen: boolean;
  /** The entries that name no queue group: what counts for whoever names none. */
  readonly plain: SubjectFilter;
  readonly #allow: readonly QueueEntry[];
  readonly #deny: readonly QueueEntry[];

  constructor(private readonly permission: Permission) {
    const { allow, deny } = permission;
    this.plain = new SubjectFilter({ allow: allow === null ? null : plainOf(allow), deny: plainOf(deny) });
    this.#allow = queuedOf(allow ?? []);
    this.#deny = queuedOf(deny);
    this.isOpen = this.plain.isOpen && this.#allow.length === 0 && this.#deny.length === 0;
  }

  /**
   * May somebody subscribe to this, in this queue group or in none? Where entries for groups cover the
   * subject, one of them must name the group, whatever plain entries allow.
   */
  subscribes(buf: Uint8Array, from: number, to: number, queue: Uint8Array | null): boolean {
    const allowing = queue === null ? [] : this.#allow.filter(covering(buf, from, to));
    const allowed = allowing.length > 0 ? named(allowing, queue!) : this.plain.allowsAll(buf, from, to);
    if (!allowed || this.plain.deniesAll(buf, from, to)) return false;
    return queue === null || !named(this.#deny.filter(covering(buf, from, to)), queue);
  }

  /** May a message with this literal subject be given to a subscription that was allowed? */
  receives(buf: Uint8Array, from: number, to: number, queue: Uint8Array | null): boolean {
    if (this.isOpen) return true;
    return !this.plain.denies(buf, from, to) && (queue === null || !this.deniesGroup(buf, from, to, queue));
  }

  /** As it was given. */
  toPermission(): Permission {
    return this.permission;
  }

  /** Do the entries for groups keep this literal subject from this group? */
  deniesGroup(buf: Uint8Array, from: number, to: number, queue: Uint8Array): boolean {
    if (this.#deny.length === 0) return false;
    return this.#deny.some(
      (entry) => matches(entry.subject, 0, entry.subject.length, buf, from, to) && names(entry, queue),
    );
  }
}

function plainOf(entries: readonly string[]): string[] {
  return entries.filter((entry) => subjectAndQueue(entry).length === 1);
}

function queuedOf(entries: readonly string[]): QueueEntry[] {
  return entries
    .map(subjectAndQueue)
    .filter((words) => words.length === 2)
    .map((words) => {
      const [subject, queue] = words.map(bytesOf) as [Uint8Array, Uint8Array];
      return { subject, queue, queueHasWildcard: hasWildcard(queue, 0, queue.length) };
    });
}

function covering(buf: Uint8Array, from: number, to: number): (entry: QueueEntry) => boolean {
  return ({ subject }) => covers(subject, 0, subject.length, buf, from, to);
}

function named(entries: readonly QueueEntry[], queue: Uint8Array): boolean {
  return entries.some((entry) => names(entry, queue));
}

/** A group may be called as a pattern is written: then it is meant as well. */
function names({ queue: wanted, queueHasWildcard }: QueueEntry, queue: Uint8Array): boolean {
  if (Buffer.compare(wanted, queue) === 0) return true;
  return queueHasWildcard && covers(wanted, 0, wanted.length, queue, 0, queue.length);
}
