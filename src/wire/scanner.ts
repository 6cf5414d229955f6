// What all readers share: a window over the bytes that came, what is left of a cut frame, lines, words,
// payloads. A reader always starts at the beginning of a frame; it keeps the bytes of a cut frame and no
// other state.

import type { Arena } from "../base/arena.ts";
import { CR, LF, SP, TAB } from "../base/ascii.ts";
import { SERVER_LINE_BYTES } from "../base/limits.ts";
import type { FaultName } from "./fault.ts";
import type { Frame } from "./frame.ts";
import { Op } from "./op.ts";

const EMPTY = new Uint8Array(0);
const CRLF_BYTES = 2;
/** A kept rest larger than this is given up once it has been used. */
const REST_KEPT_BYTES = 64 * 1024;
const NEAR_BYTES = 40;
/** A cut frame with more than this has a buffer of its own, where it is put together. */
const ROOM_REST_BYTES = 128 * 1024;

export abstract class Scanner {
  /** The window: buf[at, end) is not read yet. */
  protected buf: Uint8Array = EMPTY;
  protected at = 0;
  protected end = 0;

  /** The longest control line taken, in bytes. Over it: "line-too-long". */
  lineMax = SERVER_LINE_BYTES;
  /** The largest payload taken, in bytes. Over it: "payload-too-large". */
  payloadMax = 0;
  /** Why messages are refused at present, before their payload is awaited; null lets them in. */
  messageFault: FaultName | null = null;

  /** Set with Op.Broken. */
  fault: FaultName = "verb-unknown";
  /** -1 until a fault was marked: then the line just read is meant. */
  #faultAt = -1;

  #chunk: Uint8Array = EMPTY;
  #chunkAt = 0;
  /** Bytes of a cut frame between two chunks. */
  #rest: Uint8Array = EMPTY;
  /** How many bytes the frame at `at` has, when that is known to be more than the window holds. */
  #need = 0;
  /** How much of a cut line has been looked through for its end. */
  #looked = 0;
  /** Bytes taken in before the window's start. */
  #offset = 0;

  constructor(
    readonly frame: Frame,
    private readonly arena: Arena,
  ) {}

  /** Takes the next bytes of the stream; call next() until it is Starved. The chunk is not kept. */
  feed(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunk = chunk;
    this.#chunkAt = 0;
    this.#refill();
  }

  /**
   * For whoever reads from the transport itself: the place in the arena, up to its inputBytes, where the next
   * bytes are to be put, and arrived() then be called before anybody else is. -1: feed them.
   */
  get room(): number {
    const rest = this.end - this.at;
    if (this.#chunkAt < this.#chunk.length || this.#need > this.arena.inputBytes || rest > ROOM_REST_BYTES)
      return -1;
    this.arena.bytes.set(this.buf.subarray(this.at, this.end), 0);
    return rest;
  }

  /** So many bytes were put there; call next() until it is Starved. */
  arrived(count: number): void {
    const { bytes } = this.arena;
    this.#offset += this.at;
    this.buf = bytes;
    this.end = this.end - this.at + count;
    this.at = 0;
    this.#need = 0;
    bytes[this.end] = 0; // The end mark: no word runs past it.
  }

  /** The next frame; its slots are valid until the next call. */
  next(): Op {
    for (;;) {
      const op = this.scan();
      if (op !== Op.Starved || !this.#refill()) return op;
    }
  }

  /** One frame of the window, or Starved. */
  protected abstract scan(): Op;

  /** How many bytes wait in the window that all share; 0 while a frame lies in a buffer of its own. */
  get near(): number {
    return this.buf === this.arena.bytes ? this.end - this.at : 0;
  }

  /** The window that all share, as places in the arena. */
  get from(): number {
    return this.at;
  }
  get to(): number {
    return this.end;
  }

  /** All frames before `at` were read by somebody else. */
  passed(at: number): void {
    this.at = at;
    this.#looked = 0;
  }

  /** Bytes held for this peer between chunks. */
  get heldBytes(): number {
    return this.#rest.length;
  }

  /** All that came and was not read yet, as a copy; it is read no more unless it is fed again. */
  take(): Uint8Array {
    const window = this.buf.subarray(this.at, this.end);
    const taken = Buffer.concat([window, this.#chunk.subarray(this.#chunkAt)]);
    this.#offset += this.at;
    this.#chunkAt = this.#chunk.length;
    this.#need = this.#looked = 0;
    this.buf = this.#rest = EMPTY;
    this.at = this.end = 0;
    return taken;
  }

  /** For the log line of a broken stream. */
  where(peer: string): { peer: string; offset: number; near: string } {
    const from = Math.min(this.#faultAt < 0 ? this.#lineFrom : this.#faultAt, this.end);
    const near = String.fromCharCode(...this.buf.subarray(from, Math.min(this.end, from + NEAR_BYTES)));
    // A CONNECT holds credentials: they never get into a log.
    return { peer, offset: this.#offset + from, near: /^\s*connect/i.test(near) ? "CONNECT …" : near };
  }

  /** The line just read is at fault, as its reader found later. */
  brokenLine(fault: FaultName): void {
    this.broken(fault, this.#lineFrom);
  }

  protected broken(fault: FaultName, at: number): Op {
    this.fault = fault;
    this.#faultAt = at;
    return Op.Broken;
  }

  /**
   * Finds the line at `at`: sets frame.lineFrom and lineTo to the words behind the command, whose end is
   * answered. Answers -1 when the line is cut, -2 when it is too long.
   */
  protected line(): number {
    const buf = this.buf;
    let i = this.at + this.#looked;
    while (i < this.end && buf[i] !== LF) i++;
    if (i - this.at > this.lineMax || i - this.at >= this.arena.inputBytes) return -2;
    if (i >= this.end) {
      this.#looked = this.end - this.at;
      return -1;
    }
    this.#looked = 0;
    const frame = this.frame;
    let to = i;
    while (to > this.at && (buf[to - 1] === CR || buf[to - 1] === SP || buf[to - 1] === TAB)) to--;
    let word = this.at;
    while (word < to && buf[word] !== SP && buf[word] !== TAB) word++;
    let from = word;
    while (from < to && (buf[from] === SP || buf[from] === TAB)) from++;
    frame.buf = buf;
    frame.lineFrom = from;
    frame.lineTo = to;
    this.lineEnd = i + 1;
    this.#lineFrom = this.at;
    return word;
  }
  protected lineEnd = 0;
  #lineFrom = 0;

  /** Cuts the line's arguments into frame.tokens. */
  protected split(): void {
    const { buf, tokens, lineTo } = this.frame;
    let count = 0;
    let i = this.frame.lineFrom;
    // More words than there are slots for is a count that no verb takes.
    while (i < lineTo && count * 2 < tokens.length) {
      tokens[count * 2] = i;
      while (i < lineTo && buf[i] !== SP && buf[i] !== TAB) i++;
      tokens[count * 2 + 1] = i;
      count++;
      while (i < lineTo && (buf[i] === SP || buf[i] === TAB)) i++;
    }
    this.frame.tokenCount = count;
  }

  /** The control line is done with; the next frame begins behind it. */
  protected lineDone(op: Op): Op {
    this.#lineFrom = this.at;
    this.at = this.lineEnd;
    this.#looked = 0;
    return op;
  }

  /** @hot The line of a message ends before `from`; `frame.size` bytes and a CRLF are still owed. */
  protected payload(from: number): Op {
    const frame = this.frame;
    if (this.messageFault !== null) return this.broken(this.messageFault, this.at);
    if (frame.size > this.payloadMax) return this.broken("payload-too-large", this.at);
    const to = from + frame.size;
    const end = to + CRLF_BYTES;
    if (end > this.end) {
      this.#need = end - this.at;
      return Op.Starved;
    }
    const buf = this.buf;
    if (buf[to] !== CR || buf[to + 1] !== LF) return this.broken("payload-unterminated", to);
    frame.buf = buf;
    frame.payloadFrom = from;
    frame.end = end;
    this.at = end;
    this.#looked = 0;
    return Op.Message;
  }

  /** Brings more of the chunk into the window; false when there is no more, and then what is left is kept. */
  #refill(): boolean {
    const left = this.#chunk.length - this.#chunkAt;
    const rest = this.end - this.at;
    if (left === 0 || this.#need > this.arena.inputBytes || rest + left < this.#need)
      return this.#keep(rest, left);
    const { bytes, inputBytes } = this.arena;
    const taken = Math.min(left, inputBytes - rest);
    if (taken === 0) return false;
    this.#offset += this.at;
    if (rest > 0) {
      if (this.buf === bytes) bytes.copyWithin(0, this.at, this.end);
      else bytes.set(this.buf.subarray(this.at, this.end), 0);
    }
    const whole = this.#chunkAt === 0 && taken === this.#chunk.length;
    bytes.set(whole ? this.#chunk : this.#chunk.subarray(this.#chunkAt, this.#chunkAt + taken), rest);
    this.#chunkAt += taken;
    this.#need = 0;
    this.buf = bytes;
    this.at = 0;
    this.end = rest + taken;
    bytes[this.end] = 0; // The end mark: no word runs past it.
    if (this.#rest.length > REST_KEPT_BYTES) this.#rest = EMPTY;
    return true;
  }

  /** Moves the window's rest and as much of the chunk as its frame needs into a buffer of this peer's own. */
  #keep(rest: number, left: number): boolean {
    const wanted = this.#need === 0 ? left : Math.min(left, this.#need - rest);
    const total = rest + wanted;
    if (total === 0) {
      if (this.#rest.length > REST_KEPT_BYTES) this.#rest = EMPTY;
      this.#offset += this.at;
      this.buf = this.#rest;
      this.at = this.end = 0;
      return false;
    }
    if (this.buf !== this.#rest || this.at > 0 || total + 1 > this.#rest.length) {
      let kept = this.#rest;
      if (total + 1 > kept.length)
        kept = new Uint8Array(Math.max(256, Math.min(this.#need || total * 2, total * 2), total) + 1);
      kept.set(this.buf.subarray(this.at, this.end), 0);
      this.#offset += this.at;
      this.#rest = kept;
    }
    this.#rest.set(this.#chunk.subarray(this.#chunkAt, this.#chunkAt + wanted), rest);
    this.#chunkAt += wanted;
    this.buf = this.#rest;
    this.at = 0;
    this.end = total;
    if (this.#need === 0 || total < this.#need) return false;
    this.#need = 0;
    this.#rest[total] = 0;
    return true;
  }
}
