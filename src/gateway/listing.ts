// The interest of whole accounts, written to one remote in slices: as much as its socket takes, so that a
// list of a million lines neither grows our memory nor keeps messages waiting. Source: gateway.md §3.5.

import { CR, LF } from "../base/ascii.ts";
import { copyBytes } from "../base/bytes.ts";
import type { NameTable } from "../base/intern.ts";
import { LISTING_SLICE_BYTES } from "../base/limits.ts";
import type { Cursor } from "../interest/cursor.ts";
import type { InterestStore } from "../interest/store.ts";
import type { Egress } from "../peer/egress.ts";
import { TOLD_TO_GATEWAYS } from "../peer/kind.ts";
import { isMappedSpace } from "../subject/reserved.ts";
import {
  type CommandWriter,
  interestHeadBytes,
  interestLineBytes,
  writeInterest,
  writeInterestHead,
} from "../wire/gateway-writer.ts";
import type { Crossing } from "./rules.ts";

/** "queues": the queue groups, as sent when a connection is registered. "plain": what stands between start
 *  and complete. */
type What = "queues" | "plain";

interface Job {
  readonly account: number;
  readonly what: What;
  readonly done: (() => void) | null;
  /** What the remote may hear of. */
  readonly crossing: Crossing;
  cursor: Cursor | null;
}

/** What a line with a name of any common length begins with. */
const HEAD_BYTES = 256;

export class Listing {
  readonly #jobs: Job[] = [];
  /** The one that is on its way: those before it are done. */
  #at = 0;
  /** What its plain lines begin with, up to the subject. */
  #head = new Uint8Array(HEAD_BYTES);
  #headBytes = 0;
  #subject = new Uint8Array(256);

  constructor(
    private readonly store: InterestStore,
    private readonly accounts: NameTable,
    private readonly queues: NameTable,
    private readonly egress: Egress,
    private readonly crossingOf: (account: number) => Crossing,
  ) {}

  /** Lists an account after all that is waiting; `done` is called behind the last line. */
  add(account: number, what: What, done: (() => void) | null): void {
    this.#jobs.push({ account, what, done, crossing: this.crossingOf(account), cursor: null });
  }

  get isIdle(): boolean {
    return this.#jobs.length === this.#at;
  }

  /** Writes until the slice is full or all is said. Call it again when the transport has taken some. */
  pump(): void {
    while (this.egress.pendingBytes < LISTING_SLICE_BYTES) {
      const job = this.#jobs[this.#at];
      if (job === undefined) return this.#reset();
      if (this.#goesOn(job)) continue;
      job.cursor?.close();
      this.#at++;
      job.done?.();
    }
  }

  /** Says some of it; false when all is said. */
  #goesOn(job: Job): boolean {
    if (job.what === "queues") {
      if (job.cursor === null && this.store.queueGroups(job.account) === 0) return false;
      job.cursor ??= this.store.cursor(job.account);
      return this.#queued(job, job.cursor);
    }
    if (job.cursor === null) this.#begin(job.account);
    job.cursor ??= this.store.cursor(job.account);
    return this.#plain(job.crossing, job.cursor);
  }

  #begin(account: number): void {
    const name = this.accounts.bytes(account);
    const length = interestHeadBytes(name);
    if (this.#head.length < length) this.#head = new Uint8Array(length);
    this.#headBytes = writeInterestHead(name, this.#head, 0);
  }

  close(): void {
    for (let at = this.#at; at < this.#jobs.length; at++) this.#jobs[at]!.cursor?.close();
    this.#reset();
  }

  #reset(): void {
    this.#jobs.length = 0;
    this.#at = 0;
  }

  /** @hot Plain lines until the slice is full; false when all are said. */
  #plain(crossing: Crossing, cursor: Cursor): boolean {
    const { store, egress } = this;
    const head = this.#head;
    const headBytes = this.#headBytes;
    let room = LISTING_SLICE_BYTES - egress.pendingBytes;
    let node = 1;
    while (room > 0) {
      node = cursor.next();
      if (node === 0) break;
      if (!this.#isWanted(node)) continue;
      const at = egress.reserve(headBytes + store.subjectLength(node) + 2);
      const { buf } = egress;
      const from = copyBytes(head, 0, headBytes, buf, at);
      const to = store.copySubject(node, buf, from);
      if (isMappedSpace(buf, from, to)) continue;
      if (!crossing.isOpen && !crossing.tells(buf, from, to)) continue;
      buf[to] = CR;
      buf[to + 1] = LF;
      egress.to = to + 2;
      room -= to + 2 - at;
    }
    egress.mark();
    return node !== 0;
  }

  /** @hot Does somebody want it whose plain interest gateways are told? */
  #isWanted(node: number): boolean {
    const { store } = this;
    for (let group = store.nodeFirstGroup(node); group !== 0; group = store.nextGroup(group)) {
      if (store.groupQueue(group) === 0 && (TOLD_TO_GATEWAYS & (1 << store.groupClass(group))) !== 0)
        return true;
    }
    return false;
  }

  /** The queue groups of the next node; false when all are said. */
  #queued(job: Job, cursor: Cursor): boolean {
    const node = cursor.next();
    if (node === 0) return false;
    const { store } = this;
    let last = -1;
    for (let group = store.nodeFirstGroup(node); group !== 0; group = store.nextGroup(group)) {
      const queue = store.groupQueue(group);
      if ((TOLD_TO_GATEWAYS & (1 << store.groupClass(group))) === 0) continue;
      // Clients and leafs have a group each; saying it twice would do no harm.
      if (queue === 0 || queue === last) continue;
      last = queue;
      const length = store.subjectLength(node);
      if (this.#subject.length < length) this.#subject = new Uint8Array(length * 2);
      store.copySubject(node, this.#subject, 0);
      if (isMappedSpace(this.#subject, 0, length)) break;
      if (!job.crossing.tells(this.#subject, 0, length)) break;
      this.write(true, job.account, this.#subject, 0, length, queue);
    }
    return true;
  }

  /** Start or complete of an account. */
  command(writer: CommandWriter, account: number): void {
    const { egress } = this;
    const name = this.accounts.bytes(account);
    const at = egress.reserve(writer.lineBytes(name));
    egress.to = writer.write(name, egress.buf, at);
    egress.mark();
  }

  /** One RS+ or RS- line. */
  write(added: boolean, account: number, subject: Uint8Array, from: number, to: number, queue: number): void {
    const { egress } = this;
    const name = this.accounts.bytes(account);
    const group = queue === 0 ? null : this.queues.bytes(queue);
    const at = egress.reserve(interestLineBytes(name, to - from, group));
    egress.to = writeInterest(added, name, subject, from, to, group, egress.buf, at);
    egress.mark();
  }
}
