// Start and complete of a thousand accounts are a thousand INFO documents that differ in one value. What was
// read as JSON once is recognised by its bytes from then on. Source: gateway.md §1.3, §3.5.

import { CR, LF, SP } from "../base/ascii.ts";
import { bytesOf } from "../base/bytes.ts";

const INFO = bytesOf("INFO ");
const KEY = '"gateway_cmd_payload":"';
const QUOTE = 0x22;
const EQUALS = 0x3d;

/** Account names longer than this take the long way. */
const NAME_BYTES_MAX = 1_024;

/** The document of one command, but for the name in it. */
interface Shape {
  readonly command: 2 | 3;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** The value of each character of base64; -1 for others. */
const SEXTETS = new Int8Array(256).fill(-1);
for (const [value, letter] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
].entries()) {
  SEXTETS[letter.charCodeAt(0)] = value;
}

export class GatewayCommands {
  /** Of the line that was recognised last: 2 start, 3 complete, 0 when the document must be read. */
  command: 0 | 2 | 3 = 0;
  /** The account's name: name[0, nameLength). */
  readonly name = new Uint8Array(NAME_BYTES_MAX);
  nameLength = 0;
  readonly #shapes: Shape[] = [];

  /** The document buf[from, to) is this command with this payload in base64. */
  learn(buf: Uint8Array, from: number, to: number, command: 2 | 3, payload: string): void {
    if (buf[from - 1] !== SP) return;
    const text = Buffer.from(buf.buffer, buf.byteOffset + from, to - from).toString("latin1");
    const at = text.indexOf(`${KEY}${payload}"`);
    if (at < 0 || text.indexOf(`"${payload}"`, at + KEY.length) >= 0) return;
    const before = buf.slice(from, from + at + KEY.length);
    const after = buf.slice(from + at + KEY.length + payload.length, to);
    const known = this.#shapes.findIndex((shape) => shape.command === command);
    const shape = { command, before, after };
    if (known >= 0) this.#shapes[known] = shape;
    else this.#shapes.push(shape);
  }

  /** Answers the end of the line at buf[at], behind its CRLF, or -1: then the document must be read. */
  recognise(buf: Uint8Array, at: number, end: number): number {
    this.command = 0;
    for (let i = 0; i < this.#shapes.length; i++) {
      const to = this.#follows(this.#shapes[i]!, buf, at, end);
      if (to < 0) continue;
      // The other command comes next, or this one again: whichever, they take turns.
      if (i === 0 && this.#shapes.length > 1) this.#shapes.push(this.#shapes.shift()!);
      return to;
    }
    return -1;
  }

  #follows({ command, before, after }: Shape, buf: Uint8Array, at: number, end: number): number {
    const from = at + INFO.length;
    const payload = from + before.length;
    if (payload + after.length + 2 > end) return -1;
    // They differ towards the end.
    for (let i = before.length - 1; i >= 0; i--) if (buf[from + i] !== before[i]) return -1;
    for (let i = 0; i < INFO.length; i++) if (buf[at + i] !== INFO[i]) return -1;
    let to = payload;
    while (to < end && SEXTETS[buf[to]!]! >= 0) to++;
    let quote = to;
    while (quote - to < 2 && buf[quote] === EQUALS) quote++;
    if (buf[quote] !== QUOTE || quote === payload || ((quote - payload) & 3) !== 0) return -1;
    if (quote - payload > NAME_BYTES_MAX || quote + after.length + 2 > end) return -1;
    for (let i = 0; i < after.length; i++) if (buf[quote + i] !== after[i]) return -1;
    const lineEnd = quote + after.length;
    if (buf[lineEnd] !== CR || buf[lineEnd + 1] !== LF) return -1;
    this.#decode(buf, payload, to);
    this.command = command;
    return lineEnd + 2;
  }

  #decode(buf: Uint8Array, from: number, to: number): void {
    const { name } = this;
    let bits = 0;
    let held = 0;
    let length = 0;
    for (let i = from; i < to; i++) {
      bits = (bits << 6) | SEXTETS[buf[i]!]!;
      held += 6;
      if (held < 8) continue;
      held -= 8;
      name[length++] = (bits >> held) & 0xff;
    }
    this.nameLength = length;
  }
}
