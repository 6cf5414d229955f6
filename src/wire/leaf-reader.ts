// The leaf node protocol, bytes to frames: INFO CONNECT LS+ LS- LMSG HMSG PING PONG +OK -ERR. No line names
// an account: the link is bound to one. Source: leafnode.md §1, §3, §4. The usual LMSG is read in one pass;
// with headers or queue groups it takes a little
// longer, and every other line takes the general road.

import type { Arena } from "../base/arena.ts";
import { CR, LF, SP, ZERO } from "../base/ascii.ts";
import { DIGITS_MAX } from "../base/decimal.ts";
import { HASH_PRIME } from "../base/hash.ts";
import type { Frame } from "./frame.ts";
import { isMarked, readTail } from "./message-tail.ts";
import { Op } from "./op.ts";
import { ServerReader } from "./server-reader.ts";

const L = 0x4c;
const H = 0x48;
const M = 0x4d;
const S = 0x53;
const G = 0x47;
/** No LMSG is shorter: `LMSG a 0` and two line ends. */
const SHORTEST_LMSG = 12;

const VERBS: Record<string, Op> = {
  INFO: Op.Info,
  CONNECT: Op.Connect,
  PING: Op.Ping,
  PONG: Op.Pong,
  "+OK": Op.Ok,
  "-ERR": Op.Err,
  "LS+": Op.Subscribe,
  "LS-": Op.Unsubscribe,
  LMSG: Op.Message,
  HMSG: Op.Message,
};

export class LeafReader extends ServerReader {
  /** The account that the link is bound to. */
  account = 0;
  /** hashStart of that account. */
  accountHash = 0;

  constructor(frame: Frame, arena: Arena) {
    super(frame, arena, VERBS, 1);
  }

  protected scan(): Op {
    const { buf, at } = this;
    if (at >= this.end) return Op.Starved;
    const verb = buf[at];
    if (
      this.end - at >= SHORTEST_LMSG &&
      (verb === L || verb === H) &&
      buf[at + 1] === M &&
      buf[at + 2] === S &&
      buf[at + 3] === G
    ) {
      const op = this.#usual(verb === L ? 1 : 2);
      if (op >= 0) return op as Op;
    }
    return this.general();
  }

  /** @hot `LMSG subject [reply] size` with single blanks, and with headers or queues by #more; else -1. */
  #usual(sizes: 1 | 2): number {
    const { buf, at, frame } = this;
    let i = at + 5;
    frame.subjectFrom = i;
    let hash = this.accountHash;
    let byte = buf[i]!;
    if (buf[at + 4] !== SP) return -1;
    while (byte > SP) {
      hash = Math.imul(hash ^ byte, HASH_PRIME);
      byte = buf[++i]!;
    }
    if (byte !== SP || i === frame.subjectFrom) return -1;
    frame.subjectTo = i++;
    if (sizes === 2 || isMarked(buf, i)) return this.#more(i, hash, sizes);
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

  /** @hot The rest of such a line from `at` on, behind a subject of this hash. */
  #more(at: number, hash: number, sizes: 1 | 2): number {
    const { frame } = this;
    const from = readTail(frame, this.buf, at, this.end, sizes);
    if (from < 0 || from - 1 - this.at > this.lineMax) return -1;
    frame.account = this.account;
    frame.hash = hash;
    return this.payload(from);
  }

  protected bind(): number {
    this.frame.account = this.account;
    return this.accountHash;
  }
}
