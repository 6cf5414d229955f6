// The client protocol, bytes to frames: CONNECT PUB HPUB SUB UNSUB PING PONG +OK -ERR.
// Source: client-and-auth.md §1.1. The usual PUB is read in one pass, and with headers almost, and so are SUB
// and UNSUB; every other line takes the general road.

import { CR, LF, SP, ZERO } from "../base/ascii.ts";
import { DIGITS_MAX, parseDecimal } from "../base/decimal.ts";
import { HASH_PRIME, hashBytes } from "../base/hash.ts";
import { isMarked, readTail } from "./message-tail.ts";
import { Op } from "./op.ts";
import { Scanner } from "./scanner.ts";
import { verbOf } from "./verb.ts";

const H = 0x48;
const P = 0x50;
const U = 0x55;
const B = 0x42;
const S = 0x53;
const N = 0x4e;
/** No PUB is shorter: `PUB a 0` and two line ends. */
const SHORTEST_PUB = 11;

const VERBS: Record<string, Op> = {
  CONNECT: Op.Connect,
  PING: Op.Ping,
  PONG: Op.Pong,
  "+OK": Op.Ok,
  "-ERR": Op.Err,
  INFO: Op.Info,
  SUB: Op.Subscribe,
  UNSUB: Op.Unsubscribe,
  PUB: Op.Message,
  HPUB: Op.Message,
};

export class ClientReader extends Scanner {
  /** The account that this client is bound to; its messages carry no account. */
  account = 0;
  /** hashStart of that account. */
  accountHash = 0;

  protected scan(): Op {
    const { buf, at } = this;
    if (at >= this.end) return Op.Starved;
    const word = buf[at] === H ? at + 1 : at;
    if (this.end - at >= SHORTEST_PUB && buf[word] === P && buf[word + 1] === U && buf[word + 2] === B) {
      const op = this.#usual(word + 3, word > at);
      if (op >= 0) return op as Op;
    } else if (buf[at] === S && buf[at + 1] === U && buf[at + 2] === B) {
      const op = this.#words(at + 3, Op.Subscribe, 2);
      if (op >= 0) return op as Op;
    } else if (buf[at] === U && buf[at + 1] === N && buf[at + 2] === S && buf[at + 3] === U) {
      const op = buf[at + 4] === B ? this.#words(at + 5, Op.Unsubscribe, 1) : -1;
      if (op >= 0) return op as Op;
    }
    return this.#general();
  }

  /** @hot A line of `least` words or one more behind its verb, with single blanks; else -1. */
  #words(blank: number, op: Op, least: number): number {
    const { buf, at, frame } = this;
    const { tokens } = frame;
    let count = 0;
    let i = blank;
    while (buf[i] === SP && count <= least) {
      const from = ++i;
      while (buf[i]! > SP) i++;
      if (i === from) return -1;
      tokens[count * 2] = from;
      tokens[count * 2 + 1] = i;
      count++;
    }
    if (count < least || buf[i] !== CR || buf[i + 1] !== LF || i + 1 >= this.end) return -1;
    if (i + 1 - at > this.lineMax) return -1;
    frame.buf = buf;
    frame.lineFrom = blank + 1;
    frame.lineTo = i;
    frame.tokenCount = count;
    this.lineEnd = i + 2;
    return this.lineDone(op);
  }

  /** @hot `PUB subject [reply] size` with single blanks, the first of them at `blank`, and with headers by
   *  #headed; else -1. */
  #usual(blank: number, hasHeader: boolean): number {
    const { buf, at, frame } = this;
    let i = blank + 1;
    frame.subjectFrom = i;
    let hash = this.accountHash;
    let byte = buf[i]!;
    if (buf[blank] !== SP) return -1;
    while (byte > SP) {
      hash = Math.imul(hash ^ byte, HASH_PRIME);
      byte = buf[++i]!;
    }
    if (byte !== SP || i === frame.subjectFrom) return -1;
    frame.subjectTo = i++;
    if (hasHeader) return this.#headed(i, hash);
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
      if (i === from) return -1;
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
    frame.account = this.account;
    frame.hash = hash;
    frame.queuesFrom = frame.queuesTo = 0;
    frame.sizesFrom = from;
    frame.headerBytes = -1;
    frame.size = size;
    frame.canonical = frame.tailCanonical = true;
    return this.payload(i + 2);
  }

  /** @hot The rest of HPUB from `from` on, behind a subject of this hash. */
  #headed(from: number, hash: number): number {
    const { frame } = this;
    // What marks a queue list between servers is a reply here.
    if (isMarked(this.buf, from)) return -1;
    const end = readTail(frame, this.buf, from, this.end, 2);
    if (end < 0 || end - 1 - this.at > this.lineMax) return -1;
    frame.account = this.account;
    frame.hash = hash;
    return this.payload(end);
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
      case Op.Unsubscribe:
        return this.#subscription(op);
      default:
        return this.lineDone(op);
    }
  }

  #subscription(op: Op): Op {
    this.split();
    const count = this.frame.tokenCount;
    const least = op === Op.Subscribe ? 2 : 1;
    if (count < least || count > least + 1) return this.broken("arguments-miscounted", this.at);
    return this.lineDone(op);
  }

  #message(hasHeader: boolean): Op {
    this.split();
    const { frame } = this;
    const { tokens, tokenCount: count, buf } = frame;
    const sizes = hasHeader ? 2 : 1;
    const middle = count - 1 - sizes;
    if (middle < 0 || middle > 1) return this.broken("arguments-miscounted", this.at);
    const first = count - sizes;
    const size = parseDecimal(buf, tokens[count * 2 - 2]!, tokens[count * 2 - 1]!);
    const header = hasHeader ? parseDecimal(buf, tokens[first * 2]!, tokens[first * 2 + 1]!) : 0;
    if (size < 0 || header < 0) return this.broken("size-unreadable", tokens[first * 2]!);
    if (header > size) return this.broken("header-size-wrong", tokens[first * 2]!);
    frame.account = this.account;
    frame.subjectFrom = tokens[0]!;
    frame.subjectTo = tokens[1]!;
    frame.replyFrom = middle === 1 ? tokens[2]! : 0;
    frame.replyTo = middle === 1 ? tokens[3]! : 0;
    frame.queuesFrom = frame.queuesTo = 0;
    frame.sizesFrom = tokens[first * 2]!;
    frame.size = size;
    frame.headerBytes = hasHeader ? header : -1;
    frame.hash = hashBytes(this.accountHash, buf, frame.subjectFrom, frame.subjectTo);
    frame.canonical = frame.tailCanonical = false;
    return this.payload(this.lineEnd);
  }
}
