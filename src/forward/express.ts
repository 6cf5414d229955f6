// Most messages are of a few kinds whose receivers were found before: nothing about them is asked anew, only
// counted and written. Those leave by the express lane: many at a time, in code of src/kernel. Here it is
// decided what it may take, and its counts are brought home.

import { bytesOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import type { NameTable } from "../base/intern.ts";
import type { ClientSession } from "../client/session.ts";
import type { Subscription } from "../client/subscriptions.ts";
import type { GatewayInbound } from "../gateway/inbound.ts";
import type { InboundAccount } from "../gateway/inbound-account.ts";
import type { Generations } from "../interest/generation.ts";
import type { ReplyWindow } from "../interest/reply-window.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { LeafSession } from "../leaf/session.ts";
import { Count } from "../peer/counters.ts";
import { Kind, Source } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import type { Frame } from "../wire/frame.ts";
import type { Scanner } from "../wire/scanner.ts";
import { ExpressLanes } from "./express-lanes.ts";
import { ExpressTable } from "./express-table.ts";
import type { TargetSet } from "./targets.ts";

export interface ExpressHost {
  readonly accounts: NameTable;
  hasAccount(account: number): boolean;
  replyWindow(account: number): ReplyWindow | undefined;
}

/** What decides, beside subject and account, who gets a message: one number for all whose messages are judged
 *  alike. */
interface View {
  readonly filter: object;
  readonly account: number;
  readonly lens: number;
}

/** Lenses of accounts as a whole are below. */
const OWN_LENS_FROM = 0x4000_0000;
const SOURCE_BITS = 2;
/** Whose lead it is, beside accounts of gateways. */
const LEAFS = 0;
const NOBODY = -1;
/** The lead is read eight bytes at a time. */
const LEAD_SLACK_BYTES = 16;

export class Express {
  readonly #lanes: ExpressLanes;
  readonly #table: ExpressTable;
  readonly #views = new WeakMap<object, View>();
  #nextLens = OWN_LENS_FROM;
  /** Which lead stands in the kernel's memory: an account of gateways, or that of leafs. */
  #leadOf = NOBODY;
  #leadBytes = 0;
  /** How many messages it took. */
  taken = 0;

  constructor(
    private readonly kernel: Kernel,
    private readonly host: ExpressHost,
    private readonly generations: Generations,
  ) {
    this.#lanes = new ExpressLanes(kernel);
    this.#table = new ExpressTable(kernel, this.#lanes, generations);
  }

  /** @hot Takes messages of a client from the front of its window, and answers how many. */
  fromClient(from: ClientSession, window: Scanner, now: Millis): number {
    const { account } = from;
    if (from.replies.holds(now)) return 0;
    const lens = from.in.isOpen ? sharedLens(account, Source.Own) : this.#lensOf(from, from.in, account);
    const self = from.echo ? 0 : from.id;
    return this.#run(from, window, 0, lens, self, this.#isQuiet(account, now), from.headers);
  }

  /** @hot The same of a remote cluster, as long as its messages are of this account. */
  fromGateway(from: GatewayInbound, account: number, window: Scanner): number {
    if (!this.host.hasAccount(account)) return 0;
    const state = from.stateOf(account);
    const lens = this.#lensIn(state, account);
    if (this.#leadOf !== account) this.#lead(account, `RMSG ${this.host.accounts.text(account)} `);
    const start = window.from;
    const taken = this.#run(from, window, this.#leadBytes, lens, 0, true);
    state.messages += taken;
    state.bytes += this.#table.doneBytes;
    state.wireBytes += window.from - start;
    return taken;
  }

  /** @hot The same of a leaf. */
  fromLeaf(from: LeafSession, window: Scanner, now: Millis): number {
    const { account } = from;
    if (from.replies.holds(now)) return 0;
    if (this.#leadOf !== LEAFS) this.#lead(LEAFS, "LMSG ");
    const lens = this.#lensOf(from, from.in, account);
    return this.#run(from, window, this.#leadBytes, lens, 0, this.#isQuiet(account, now));
  }

  /** A message went its slow way to this set, which was known before: the next one may go by express. */
  offer(from: Session, source: Source, frame: Frame, set: TargetSet): void {
    if (!frame.tailCanonical) return;
    const lens = this.#lensFor(from, source, frame);
    if (lens !== 0) this.#table.put(lens, source, frame, set, from);
  }

  /** What was taken is added to the counts of accounts and subscriptions. */
  settle(): void {
    this.#table.settle();
  }

  /** The subscription is about to end by its count: what was delivered to it is known from here on, and the
   *  slow way counts for it. */
  bounding(subscription: Subscription): void {
    if (!subscription.express) return;
    this.settle();
    this.generations.bump(subscription.session.account);
    subscription.express = false;
  }

  /** The session is over. */
  left(session: Session): void {
    this.#lanes.close(session);
  }

  #run(
    from: Session,
    window: Scanner,
    lead: number,
    lens: number,
    self: number,
    quiet: boolean,
    headers = true,
  ): number {
    const { code, layout } = this.kernel;
    const at = window.from + layout.ARENA;
    const end = window.to + layout.ARENA;
    const { payloadMax, lineMax } = window;
    const to = code.run(at, end, lead, lens, self, quiet ? 1 : 0, headers ? 1 : 0, payloadMax, lineMax);
    this.#lanes.recall();
    if (to === at) return 0;
    window.passed(to - layout.ARENA);
    const messages = this.#table.doneMessages;
    from.counters[Count.InMessages]! += messages;
    from.counters[Count.InBytes]! += this.#table.doneBytes;
    this.taken += messages;
    return messages;
  }

  #isQuiet(account: number, now: Millis): boolean {
    return this.host.replyWindow(account)?.isQuiet(now) ?? true;
  }

  #lensFor(from: Session, source: Source, { account, buf, subjectFrom, subjectTo }: Frame): number {
    if (source === Source.Gateway) {
      return this.#lensIn((from as GatewayInbound).stateOf(account), account);
    }
    const { in: filter, kind } = from as ClientSession | LeafSession;
    // Answers that were granted once are counted.
    if (!filter.isOpen && !filter.passes(buf, subjectFrom, subjectTo)) return 0;
    if (kind === Kind.Client && filter.isOpen) return sharedLens(account, source);
    return this.#lensOf(from, filter, account);
  }

  #lensOf(owner: object, filter: object, account: number): number {
    const known = this.#views.get(owner);
    if (known !== undefined && known.filter === filter && known.account === account) return known.lens;
    const lens = this.#nextLens++;
    this.#views.set(owner, { filter, account, lens });
    return lens;
  }

  #lensIn(state: InboundAccount, account: number): number {
    return state.in.isOpen ? sharedLens(account, Source.Gateway) : this.#lensOf(state, state.in, account);
  }

  /** A name that is too long for it begins no line at all. */
  #lead(whose: number, text: string): void {
    const { bytes, layout } = this.kernel;
    const lead = bytesOf(text);
    this.#leadOf = whose;
    this.#leadBytes = lead.length;
    bytes.fill(0, layout.LEAD, layout.LEAD + layout.LEAD_BYTES);
    if (lead.length <= layout.LEAD_BYTES - LEAD_SLACK_BYTES) bytes.set(lead, layout.LEAD);
  }
}

function sharedLens(account: number, source: Source): number {
  return (account << SOURCE_BITS) | source;
}
