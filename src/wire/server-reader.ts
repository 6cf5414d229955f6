// The general road of server peers, gateways and leafs alike: verbs, names, reply, queue list, sizes. Their
// lines differ in the verbs and in whether an account is named. Sources: gateway.md §2, leafnode.md §3, §4.

import type { Arena } from "../base/arena.ts";
import { PIPE, PLUS } from "../base/ascii.ts";
import { parseDecimal } from "../base/decimal.ts";
import { hashBytes } from "../base/hash.ts";
import type { Frame } from "./frame.ts";
import { Op } from "./op.ts";
import { Scanner } from "./scanner.ts";
import { verbOf } from "./verb.ts";

export abstract class ServerReader extends Scanner {
  /** `names`: how many words a line begins with: account and subject, or the subject alone. */
  constructor(
    frame: Frame,
    arena: Arena,
    private readonly verbs: Record<string, Op>,
    private readonly names: 1 | 2,
  ) {
    super(frame, arena);
  }

  /** Sets frame.account to that of the message whose arguments are split; answers where its hash starts. */
  protected abstract bind(): number;

  /** Every line but the usual message, whose loop each reader has for itself: inherited it takes half as long
   *  again. */
  protected general(): Op {
    const word = this.line();
    if (word === -2) return this.broken("line-too-long", this.at);
    if (word === -1) return Op.Starved;
    const op = verbOf(this.verbs, this.buf, this.at, word);
    if (op === undefined) return this.broken("verb-unknown", this.at);
    if (op === Op.Message) return this.#message((this.buf[this.at]! | 0x20) === 0x68);
    return op === Op.Subscribe || op === Op.Unsubscribe ? this.#interest(op) : this.lineDone(op);
  }

  /** With a queue the adding line also has a weight. */
  #interest(op: Op): Op {
    this.split();
    const { frame, names } = this;
    const { tokens, tokenCount: count } = frame;
    const most = op === Op.Subscribe ? names + 2 : names + 1;
    if (count !== names && count !== most) return this.broken("arguments-miscounted", this.at);
    const queued = count > names;
    const last = count * 2 - 2;
    this.#named();
    frame.account = 0;
    frame.canonical = false;
    frame.queuesFrom = queued ? tokens[names * 2]! : 0;
    frame.queuesTo = queued ? tokens[names * 2 + 1]! : 0;
    // Garbage reads as -1, which like 0 means one member (leafnode.md §3).
    const weight =
      queued && op === Op.Subscribe ? parseDecimal(frame.buf, tokens[last]!, tokens[last + 1]!) : 1;
    frame.weight = Math.max(1, weight);
    return this.lineDone(op);
  }

  /** Account and subject to their slots; an account that the line does not name is an empty range. */
  #named(): void {
    const { frame, names } = this;
    const { tokens } = frame;
    frame.accountFrom = tokens[0]!;
    frame.accountTo = names === 2 ? tokens[1]! : tokens[0]!;
    frame.subjectFrom = tokens[names * 2 - 2]!;
    frame.subjectTo = tokens[names * 2 - 1]!;
  }

  #message(hasHeader: boolean): Op {
    this.split();
    const { frame, names } = this;
    const { tokens, tokenCount: count } = frame;
    const sizes = hasHeader ? 2 : 1;
    if (count < names + sizes) return this.broken("arguments-miscounted", this.at);
    const middle = count - names - sizes;
    const next = names * 2;
    frame.replyFrom = frame.replyTo = frame.queuesFrom = frame.queuesTo = 0;
    if (middle === 1) {
      frame.replyFrom = tokens[next]!;
      frame.replyTo = tokens[next + 1]!;
    } else if (middle > 1) {
      const mark = tokens[next + 1]! - tokens[next]! === 1 ? frame.buf[tokens[next]!] : 0;
      if (mark !== PLUS && mark !== PIPE) return this.broken("queues-unmarked", tokens[next]!);
      const firstQueue = mark === PLUS ? names + 2 : names + 1;
      if (mark === PLUS) {
        frame.replyFrom = tokens[next + 2]!;
        frame.replyTo = tokens[next + 3]!;
      }
      if (firstQueue < count - sizes) {
        frame.queuesFrom = tokens[firstQueue * 2]!;
        frame.queuesTo = tokens[(count - sizes) * 2 - 1]!;
      }
    }
    return this.#sized(count, hasHeader);
  }

  #sized(count: number, hasHeader: boolean): Op {
    const { frame } = this;
    const { tokens, buf } = frame;
    const first = count - (hasHeader ? 2 : 1);
    const size = parseDecimal(buf, tokens[count * 2 - 2]!, tokens[count * 2 - 1]!);
    const header = hasHeader ? parseDecimal(buf, tokens[first * 2]!, tokens[first * 2 + 1]!) : 0;
    if (size < 0 || header < 0) return this.broken("size-unreadable", tokens[first * 2]!);
    if (header > size) return this.broken("header-size-wrong", tokens[first * 2]!);
    frame.size = size;
    frame.headerBytes = hasHeader ? header : -1;
    frame.sizesFrom = tokens[first * 2]!;
    this.#named();
    frame.hash = hashBytes(this.bind(), buf, frame.subjectFrom, frame.subjectTo);
    frame.canonical = frame.tailCanonical = false;
    return this.payload(this.lineEnd);
  }
}
