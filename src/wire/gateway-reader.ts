// The gateway protocol, bytes to frames: INFO CONNECT RS+ RS- A+ A- RMSG HMSG PING PONG +OK -ERR.
// Source: gateway.md §2. The usual RMSG is read in one pass, and so are plain RS+ and RS- and the INFO of
// start and complete, which come by the million; with headers or queue groups a message takes a little
// longer, and every other line takes the general road.

import type { Arena } from "../base/arena.ts";
import { CR, DOT, GREATER, LF, MINUS, PLUS, SP, ZERO } from "../base/ascii.ts";
import { DIGITS_MAX } from "../base/decimal.ts";
import { HASH_PRIME, hashStart } from "../base/hash.ts";
import type { NameTable } from "../base/intern.ts";
import type { Frame } from "./frame.ts";
import { GatewayCommands } from "./gateway-commands.ts";
import { isMarked, readTail } from "./message-tail.ts";
import { Op } from "./op.ts";
import { ServerReader } from "./server-reader.ts";

const R = 0x52;
const H = 0x48;
const M = 0x4d;
const S = 0x53;
const G = 0x47;
const I = 0x49;
/** No RMSG is shorter: `RMSG A b 0` and two line ends. */
const SHORTEST_RMSG = 14;
/** No RS+ is shorter: `RS+ A b` and its end. */
const SHORTEST_INTEREST = 9;

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

export class GatewayReader extends ServerReader {
  /** The account of the last message, as bytes, id and hash: the next message most likely has the same. */
  #account: Uint8Array = new Uint8Array(0);
  #accountId = 0;
  #accountHash = 0;
  /** The account of the last line of interest; interned names keep their bytes. */
  #wanting: Uint8Array = new Uint8Array(0);
  #wantingId = 0;
  /** With Op.Info: a start or complete that was recognised without reading its document. */
  readonly commands = new GatewayCommands();

  constructor(
    frame: Frame,
    arena: Arena,
    private readonly accounts: NameTable,
    private readonly seed: number,
  ) {
    super(frame, arena, VERBS, 2);
  }

  /** That of the last message; 0 while there was none. */
  get account(): number {
    return this.#accountId;
  }

  protected scan(): Op {
    const { buf, at } = this;
    if (at >= this.end) return Op.Starved;
    const verb = buf[at];
    if (verb === R && buf[at + 1] === S) {
      const op = this.#plainInterest();
      if (op >= 0) return op as Op;
    } else if (verb === I) {
      const end = this.commands.recognise(buf, at, this.end);
      if (end >= 0) return this.#command(end);
    }
    if (
      this.end - at >= SHORTEST_RMSG &&
      (verb === R || verb === H) &&
      buf[at + 1] === M &&
      buf[at + 2] === S &&
      buf[at + 3] === G
    ) {
      const op = this.#usual(verb === R ? 1 : 2);
      if (op >= 0) return op as Op;
    }
    return this.general();
  }

  /** @hot `RMSG account subject [reply] size` with single blanks and the account of last time, and with
   *  headers or queues by #more; else -1. */
  #usual(sizes: 1 | 2): number {
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
    frame.account = this.#accountId;
    frame.hash = hash;
    frame.queuesFrom = frame.queuesTo = 0;
    frame.sizesFrom = from;
    frame.headerBytes = -1;
    frame.size = size;
    frame.canonical = frame.tailCanonical = true;
    return this.payload(i + 2);
  }

  /** @hot `RS+ account subject` or RS- with single blanks and a valid subject; else -1. */
  #plainInterest(): number {
    const { buf, at, frame } = this;
    if (this.end - at < SHORTEST_INTEREST || buf[at + 3] !== SP) return -1;
    const sign = buf[at + 2];
    if (sign !== PLUS && sign !== MINUS) return -1;
    const wanting = this.#wanting;
    const from = at + 4;
    let i = 0;
    while (i < wanting.length && buf[from + i] === wanting[i]) i++;
    const known = i === wanting.length && i > 0 && buf[from + i] === SP;
    i += from;
    if (!known) while (buf[i]! > SP) i++;
    if (buf[i] !== SP || i === from) return -1;
    const accountTo = i++;
    const subjectFrom = i;
    let token = i;
    let byte = buf[i]!;
    while (byte > SP) {
      if (byte === DOT) {
        if (i === token || (i - token === 1 && buf[token] === GREATER)) return -1;
        token = i + 1;
      }
      byte = buf[++i]!;
    }
    if (byte !== CR || i === token || i + 1 >= this.end || buf[i + 1] !== LF) return -1;
    if (i + 1 - at > this.lineMax) return -1;
    if (!known) this.#wants(from, accountTo);
    frame.buf = buf;
    frame.lineFrom = frame.accountFrom = from;
    frame.accountTo = accountTo;
    frame.account = this.#wantingId;
    frame.subjectFrom = subjectFrom;
    frame.subjectTo = frame.lineTo = i;
    frame.queuesFrom = frame.queuesTo = 0;
    frame.weight = 1;
    frame.canonical = true;
    this.lineEnd = i + 2;
    return this.lineDone(sign === PLUS ? Op.Subscribe : Op.Unsubscribe);
  }

  /** A name that is not known yet is remembered once it is. */
  #wants(from: number, to: number): void {
    this.#wantingId = this.accounts.find(this.buf, from, to);
    this.#wanting = this.accounts.bytes(this.#wantingId);
  }

  #command(end: number): Op {
    const { frame } = this;
    frame.buf = this.buf;
    frame.lineFrom = this.at + 5;
    frame.lineTo = end - 2;
    this.lineEnd = end;
    return this.lineDone(Op.Info);
  }

  /** @hot The rest of such a line from `at` on, behind a subject of this hash. */
  #more(at: number, hash: number, sizes: 1 | 2): number {
    const { frame } = this;
    const from = readTail(frame, this.buf, at, this.end, sizes);
    if (from < 0 || from - 1 - this.at > this.lineMax) return -1;
    frame.account = this.#accountId;
    frame.hash = hash;
    return this.payload(from);
  }

  protected bind(): number {
    const { frame } = this;
    const { buf, accountFrom, accountTo } = frame;
    frame.account = this.accounts.find(buf, accountFrom, accountTo);
    this.#account = frame.account === 0 ? new Uint8Array(0) : this.accounts.bytes(frame.account);
    this.#accountId = frame.account;
    this.#accountHash = hashStart(this.seed, frame.account);
    return this.#accountHash;
  }
}
