// The gateway protocol, bytes to frames: INFO CONNECT RS+ RS- A+ A- RMSG HMSG PING PONG +OK -ERR.
// Source: gateway.md §2. The usual RMSG is read in one pass; every other line takes the general road.

import type { Arena } from "../base/arena.ts";
import { CR, LF, PIPE, PLUS, SP, ZERO } from "../base/ascii.ts";
import { DIGITS_MAX, parseDecimal } from "../base/decimal.ts";
import { HASH_PRIME, hashBytes, hashStart } from "../base/hash.ts";
import type { NameTable } from "../base/intern.ts";
import type { Frame } from "./frame.ts";
import { Op } from "./op.ts";
import { Scanner } from "./scanner.ts";
import { verbOf } from "./verb.ts";

const R = 0x52;
const M = 0x4d;
const S = 0x53;
const G = 0x47;
/** No RMSG is shorter: `RMSG A b 0` and two line ends. */
const SHORTEST_RMSG = 14;

const VERBS: Record<string, Op> = {
  INFO: Op.Info,
  CONNECT: Op.Connect,
  PING: Op.Ping,
  PONG: Op.Pong,
  "+OK": Op.Ok,
  "-ERR": Op.Err,
  "RS+": Op.Subscribe,
  "RS-": Op.Unsubscribe,
  "A+": Op.AccountAdd,
  "A-": Op.AccountRemove,
  RMSG: Op.Message,
  HMSG: Op.Message,
};

export class GatewayReader extends Scanner {
  /** The account of the last message, as bytes, id and hash: the next message most likely has the same. */
  #account: Uint8Array = new Uint8Array(0);
  #accountId = 0;
  #accountHash = 0;

  constructor(
    frame: Frame,
    arena: Arena,
    private readonly accounts: NameTable,
    private readonly seed: number,
  ) {
    super(frame, arena);
  }

  protected scan(): Op {
    const { buf, at } = this;
    if (at >= this.end) return Op.Starved;
    if (
      this.end - at >= SHORTEST_RMSG &&
      buf[at] === R &&
      buf[at + 1] === M &&
      buf[at + 2] === S &&
      buf[at + 3] === G
    ) {
      const op = this.#usual();
      if (op >= 0) return op as Op;
    }
    return this.#general();
  }

  /** @hot `RMSG account subject [reply] size` with single blanks and the account of last time; else -1. */
  #usual(): number {
    const { buf, at, frame } = this;
    const account = this.#account;
    const accountBytes = account.length;
    let i = at + 5;
    if (accountBytes === 0 || buf[at + 4] !== SP || buf[i + accountBytes] !== SP) return -1;
    for (let j = 0; j < accountBytes; j++) if (buf[i + j] !== account[j]) return -1;
    frame.accountFrom = i;
    i += accountBytes;
    frame.accountTo = i++;
    frame.subjectFrom = i;
    let hash = this.#accountHash;
    let byte = buf[i]!;
    while (byte > SP) {
      hash = Math.imul(hash ^ byte, HASH_PRIME);
      byte = buf[++i]!;
    }
    if (byte !== SP || i === frame.subjectFrom) return -1;
    frame.subjectTo = i++;
    let from = i;
    frame.replyFrom = frame.replyTo = 0;
    let size = 0;
    let stray = 0;
    byte = buf[i]!;
    while (byte > SP) {
      stray |= byte - ZERO > 9 || byte < ZERO ? 1 : 0;
      size = size * 10 + (byte - ZERO);
      byte = buf[++i]!;
    }
    if (byte === SP) {
      if (i === from || (i - from === 1 && (buf[from] === PLUS || buf[from] === PIPE))) return -1;
      frame.replyFrom = from;
      frame.replyTo = i++;
      from = i;
      size = stray = 0;
      byte = buf[i]!;
      while (byte > SP) {
        stray |= byte - ZERO > 9 || byte < ZERO ? 1 : 0;
        size = size * 10 + (byte - ZERO);
        byte = buf[++i]!;
      }
    }
    if (byte !== CR || buf[i + 1] !== LF || i + 1 >= this.end) return -1;
    if (stray !== 0 || i === from || i - from > DIGITS_MAX || i + 1 - at > this.lineMax) return -1;
    frame.account = this.#accountId;
    frame.hash = hash;
    frame.queuesFrom = frame.queuesTo = 0;
    frame.sizesFrom = from;
    frame.headerBytes = -1;
    frame.size = size;
    frame.canonical = true;
    return this.payload(i + 2);
  }

  #general(): Op {
    const word = this.line();
    if (word === -2) return this.broken("line-too-long", this.at);
    if (word === -1) return Op.Starved;
    const op = verbOf(VERBS, this.buf, this.at, word);
    if (op === undefined) return this.broken("verb-unknown", this.at);
    switch (op) {
      case Op.Message:
        return this.#message((this.buf[this.at]! | 0x20) === 0x68);
      case Op.Subscribe:
        return this.#interest(2, 4);
      case Op.Unsubscribe:
        return this.#interest(2, 3);
      default:
        return this.lineDone(op);
    }
  }

  /** RS+ has `least` or `most` arguments; RS- anything from `least` to `most`. */
  #interest(least: number, most: number): Op {
    this.split();
    const { frame } = this;
    const count = frame.tokenCount;
    if (count !== least && count !== most) return this.broken("arguments-miscounted", this.at);
    const { tokens } = frame;
    frame.accountFrom = tokens[0]!;
    frame.accountTo = tokens[1]!;
    frame.subjectFrom = tokens[2]!;
    frame.subjectTo = tokens[3]!;
    frame.queuesFrom = count > 2 ? tokens[4]! : 0;
    frame.queuesTo = count > 2 ? tokens[5]! : 0;
    return this.lineDone(most === 4 ? Op.Subscribe : Op.Unsubscribe);
  }

  #message(hasHeader: boolean): Op {
    this.split();
    const { frame } = this;
    const { tokens, tokenCount: count } = frame;
    const sizes = hasHeader ? 2 : 1;
    if (count < 2 + sizes) return this.broken("arguments-miscounted", this.at);
    const middle = count - 2 - sizes;
    frame.replyFrom = frame.replyTo = frame.queuesFrom = frame.queuesTo = 0;
    if (middle === 1) {
      frame.replyFrom = tokens[4]!;
      frame.replyTo = tokens[5]!;
    } else if (middle > 1) {
      const mark = tokens[5]! - tokens[4]! === 1 ? frame.buf[tokens[4]!] : 0;
      if (mark !== PLUS && mark !== PIPE) return this.broken("queues-unmarked", tokens[4]!);
      const firstQueue = mark === PLUS ? 4 : 3;
      if (mark === PLUS) {
        frame.replyFrom = tokens[6]!;
        frame.replyTo = tokens[7]!;
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
    frame.subjectFrom = tokens[2]!;
    frame.subjectTo = tokens[3]!;
    this.#accountOf(tokens[0]!, tokens[1]!);
    frame.hash = hashBytes(this.#accountHash, buf, frame.subjectFrom, frame.subjectTo);
    frame.canonical = false;
    return this.payload(this.lineEnd);
  }

  #accountOf(from: number, to: number): void {
    const { frame, buf } = this;
    frame.accountFrom = from;
    frame.accountTo = to;
    frame.account = this.accounts.find(buf, from, to);
    this.#account = frame.account === 0 ? new Uint8Array(0) : this.accounts.bytes(frame.account);
    this.#accountId = frame.account;
    this.#accountHash = hashStart(this.seed, frame.account);
  }
}
