// What the express lane knows: subjects, and who gets them. An entry is put in when a message to its subject
// came the slow way for the second time, and counts as long as the generations that it was made under do. The
// memory of entries only grows; when it is full, all are forgotten and learned again.

import type { Generations } from "../interest/generation.ts";
import type { Kernel, Layout } from "../kernel/kernel.ts";
import type { Source } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import type { Frame } from "../wire/frame.ts";
import type { ExpressLanes } from "./express-lanes.ts";
import { type ExpressTarget, expressTargets, refusalsOf } from "./express-targets.ts";
import type { TargetSet } from "./targets.ts";

/** What one entry counts for. */
interface Seat {
  readonly entry: number;
  readonly set: TargetSet;
  readonly targets: readonly ExpressTarget[];
}

const ALIGN = 16;
const WORD = 2;
const DOUBLE = 3;
const SLOT_ENTRY = 4;

export class ExpressTable {
  readonly #layout: Layout;
  /** By number of the slot. */
  readonly #seats = new Map<number, Seat>();
  #free: number;
  /** Which way of a bucket is overwritten next. */
  #turn = 0;

  constructor(
    private readonly kernel: Kernel,
    private readonly lanes: ExpressLanes,
    private readonly generations: Generations,
  ) {
    this.#layout = kernel.layout;
    this.#free = kernel.layout.HEAP;
  }

  /** Messages of the last run, and bytes of their payloads. */
  get doneMessages(): number {
    return this.kernel.words[this.#layout.DONE_MESSAGES >> WORD]!;
  }
  get doneBytes(): number {
    return this.kernel.floats[this.#layout.DONE_BYTES >> DOUBLE]!;
  }

  /** Puts in what is known of the frame's subject under a lens, if it is simple. */
  put(lens: number, source: Source, frame: Frame, set: TargetSet, from: Session): void {
    const { account, buf, subjectFrom, subjectTo } = frame;
    const length = subjectTo - subjectFrom;
    const layout = this.#layout;
    if (length > layout.SUBJECT_BYTES_MAX || account >= layout.GENERATION_COUNT) return;
    const subject = buf.subarray(subjectFrom, subjectTo);
    const targets = expressTargets(set, source, subject, from);
    if (targets === null) return;
    const bytes = entryBytes(layout, length, targets);
    if (bytes > layout.HEAP_BYTES) return;
    if (this.#free + bytes > layout.HEAP + layout.HEAP_BYTES) this.#forget();
    const laneOf = targets.map(({ session }) => this.lanes.of(session));
    if (laneOf.includes(0)) return;
    const entry = this.#free;
    this.kernel.bytes.fill(0, entry, entry + bytes);
    this.kernel.bytes.set(subject, entry + layout.ENTRY_SUBJECT);
    const slot = this.#slot(lens, entry, length, set);
    if (slot === 0) return;
    this.#free += bytes;
    this.#write(entry, lens, account, length);
    this.#refuse(entry, refusalsOf(set, source));
    this.#writeTargets(entry, length, targets, laneOf);
    this.kernel.words[(slot + SLOT_ENTRY) >> WORD] = entry;
    this.#seats.set(slot, { entry, set, targets });
  }

  /** Adds what entries have counted to the counts of those whom it concerns. */
  settle(): void {
    for (const seat of this.#seats.values()) this.#settle(seat);
  }

  #settle({ entry, set, targets }: Seat): void {
    const { words, floats } = this.kernel;
    const layout = this.#layout;
    const hits = (entry + layout.ENTRY_HITS) >> DOUBLE;
    if (floats[hits] === 0) return;
    set.messages += floats[hits]!;
    floats[hits] = 0;
    set.settle();
    let at = words[(entry + layout.ENTRY_TARGETS) >> WORD]!;
    for (const { subscription, state } of targets) {
      const messages = (at + layout.TARGET_MESSAGES) >> DOUBLE;
      const bytes = (at + layout.TARGET_BYTES) >> DOUBLE;
      const wire = (at + layout.TARGET_WIRE) >> DOUBLE;
      if (subscription !== null) subscription.delivered += floats[messages]!;
      if (state !== null) {
        state.messages += floats[messages]!;
        state.bytes += floats[bytes]!;
        state.wireBytes += floats[wire]!;
      }
      floats[messages] = floats[bytes] = floats[wire] = 0;
      at += layout.TARGET_SIZE;
    }
  }

  /** The slot for an entry whose subject is written; 0 when it is there already. What gives way is
   *  settled. */
  #slot(lens: number, entry: number, length: number, set: TargetSet): number {
    const { kernel } = this;
    const layout = this.#layout;
    kernel.code.seat(lens, entry + layout.ENTRY_SUBJECT, length);
    const first = kernel.words[layout.SEAT_PLACE >> WORD]!;
    const tag = kernel.words[layout.SEAT_TAG >> WORD]!;
    let chosen = 0;
    for (let way = 0; way < layout.WAYS; way++) {
      const slot = first + way * layout.SLOT_BYTES;
      const seat = this.#seats.get(slot);
      const isSame = seat !== undefined && kernel.words[slot >> WORD] === tag;
      if (isSame && seat.set === set && this.#isOf(seat.entry, lens)) return 0;
      if (isSame) chosen = slot;
      else if (chosen === 0 && (seat === undefined || this.#isStale(seat.entry))) chosen = slot;
    }
    if (chosen === 0) {
      this.#turn = (this.#turn + 1) % layout.WAYS;
      chosen = first + this.#turn * layout.SLOT_BYTES;
    }
    const old = this.#seats.get(chosen);
    if (old !== undefined) this.#settle(old);
    kernel.words[chosen >> WORD] = tag;
    kernel.words[(chosen + SLOT_ENTRY) >> WORD] = 0;
    return chosen;
  }

  #isOf(entry: number, lens: number): boolean {
    return this.kernel.words[(entry + this.#layout.ENTRY_LENS) >> WORD] === lens && !this.#isStale(entry);
  }

  #isStale(entry: number): boolean {
    const { words } = this.kernel;
    const { ENTRY_CELL, ENTRY_GENERATION, ENTRY_TOPOLOGY, GENERATIONS } = this.#layout;
    const cell = words[(entry + ENTRY_CELL) >> WORD]!;
    return (
      words[cell >> WORD] !== words[(entry + ENTRY_GENERATION) >> WORD] ||
      words[GENERATIONS >> WORD] !== words[(entry + ENTRY_TOPOLOGY) >> WORD]
    );
  }

  #write(entry: number, lens: number, account: number, length: number): void {
    const { words } = this.kernel;
    const layout = this.#layout;
    words[(entry + layout.ENTRY_LENS) >> WORD] = lens;
    words[(entry + layout.ENTRY_LENGTH) >> WORD] = length;
    words[(entry + layout.ENTRY_CELL) >> WORD] = layout.GENERATIONS + (account << WORD);
    words[(entry + layout.ENTRY_GENERATION) >> WORD] = this.generations.of(account);
    words[(entry + layout.ENTRY_TOPOLOGY) >> WORD] = words[layout.GENERATIONS >> WORD]!;
  }

  #refuse(entry: number, { reply, freshReply, headers }: ReturnType<typeof refusalsOf>): void {
    const { REFUSES_REPLY, REFUSES_FRESH_REPLY, REFUSES_HEADERS, ENTRY_REFUSES } = this.#layout;
    this.kernel.words[(entry + ENTRY_REFUSES) >> WORD] =
      (reply ? REFUSES_REPLY : 0) | (freshReply ? REFUSES_FRESH_REPLY : 0) | (headers ? REFUSES_HEADERS : 0);
  }

  #writeTargets(entry: number, length: number, targets: readonly ExpressTarget[], lanes: number[]): void {
    const { words, bytes } = this.kernel;
    const layout = this.#layout;
    let at = entry + subjectEnd(layout, length);
    let prefixAt = at + targets.length * layout.TARGET_SIZE;
    words[(entry + layout.ENTRY_TARGETS) >> WORD] = at;
    words[(entry + layout.ENTRY_COUNT) >> WORD] = targets.length;
    for (const [i, { session, prefix, first, sizeMax }] of targets.entries()) {
      words[(at + layout.TARGET_LANE) >> WORD] = lanes[i]!;
      words[(at + layout.TARGET_PREFIX) >> WORD] = prefixAt;
      words[(at + layout.TARGET_PREFIX_BYTES) >> WORD] = prefix.length;
      words[(at + layout.TARGET_FIRST) >> WORD] = first;
      words[(at + layout.TARGET_OWNER) >> WORD] = session.id;
      words[(at + layout.TARGET_SIZE_MAX) >> WORD] = Math.min(sizeMax, 0x7fff_ffff);
      const mates = targets.filter((_, other) => lanes[other] === lanes[i]);
      words[(at + layout.TARGET_LINES) >> WORD] = mates.length;
      words[(at + layout.TARGET_PREFIXES_BYTES) >> WORD] = mates.reduce(
        (sum, mate) => sum + mate.prefix.length,
        0,
      );
      bytes.set(prefix, prefixAt);
      prefixAt += aligned(prefix.length + layout.SLACK_BYTES);
      at += layout.TARGET_SIZE;
    }
  }

  /** All entries go; what they counted stays. */
  #forget(): void {
    this.settle();
    this.#seats.clear();
    const { TABLE, TABLE_SLOTS, SLOT_BYTES, HEAP } = this.#layout;
    this.kernel.bytes.fill(0, TABLE, TABLE + TABLE_SLOTS * SLOT_BYTES);
    this.#free = HEAP;
    this.lanes.forgotten();
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}

/** Readers look at eight bytes at a time. */
function subjectEnd(layout: Layout, length: number): number {
  return aligned(layout.ENTRY_SUBJECT + length + 8);
}

function entryBytes(layout: Layout, length: number, targets: readonly ExpressTarget[]): number {
  let bytes = subjectEnd(layout, length) + targets.length * layout.TARGET_SIZE;
  for (const { prefix } of targets) bytes += aligned(prefix.length + layout.SLACK_BYTES);
  return bytes;
}
