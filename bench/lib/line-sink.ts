// Reads what a system sends to a client or to a gateway at the speed of its bytes: lines of interest are
// counted and summed up, messages are known by the number in their payload, and only what is left becomes
// text.

const LF = 10;
const CR = 13;
const ZERO = 48;
const R = 0x52;
const S = 0x53;
const M = 0x4d;
const PLUS = 0x2b;
const PRIME = 0x01000193;
/** Bytes of RS+ and its blank: where the account begins. */
const VERB_BYTES = 4;
/** Every payload of a live message begins with a number of so many digits. */
export const NUMBER_DIGITS = 10;

const NOTHING = new Uint8Array(0);

export class LineSink {
  /** Lines of interest in accounts whose name begins with A: the others are the system's own affairs. */
  added = 0;
  removed = 0;
  /** Sum of the hashes of the added lines: the same for the same lines in any order. */
  sum = 0;
  messages = 0;
  messageBytes = 0;
  /** Gets the number at the end of the subject of each line of interest. */
  onInterest: ((added: boolean, number: number) => void) | null = null;
  onMessage: (number: number) => void = () => {};
  /** Every other line, without its CRLF. */
  onLine: (line: string) => void = () => {};
  #rest = NOTHING;

  receive(chunk: Uint8Array): void {
    let buf = chunk;
    if (this.#rest.length > 0) {
      buf = new Uint8Array(this.#rest.length + chunk.length);
      buf.set(this.#rest);
      buf.set(chunk, this.#rest.length);
    }
    let at = 0;
    while (at < buf.length) {
      const next = this.#frame(buf, at);
      if (next < 0) break;
      at = next;
    }
    this.#rest = at < buf.length ? buf.slice(at) : NOTHING;
  }

  /** Takes the line or message at `at`; answers where the next begins, or -1 when it is cut. */
  #frame(buf: Uint8Array, at: number): number {
    let hash = 0x811c9dc5;
    let number = 0;
    let i = at;
    for (; i < buf.length; i++) {
      const byte = buf[i]!;
      if (byte === LF) break;
      hash = Math.imul(hash ^ byte, PRIME);
      if (byte === CR) continue;
      const digit = byte - ZERO;
      number = digit >= 0 && digit <= 9 ? number * 10 + digit : 0;
    }
    if (i === buf.length) return -1;
    const [first, second] = [buf[at], buf[at + 1]];
    if (first === R && second === S) {
      if (buf[at + VERB_BYTES] === 0x41) this.#interest(buf[at + 2] === PLUS, hash, number);
      return i + 1;
    }
    if (second === M || (first === M && second === S)) return this.#message(buf, at, i + 1, number);
    this.onLine(
      Buffer.from(buf.buffer, buf.byteOffset + at, i - at)
        .toString("latin1")
        .trimEnd(),
    );
    return i + 1;
  }

  #interest(added: boolean, hash: number, number: number): void {
    if (added) {
      this.added++;
      this.sum = (this.sum + hash) | 0;
    } else this.removed++;
    this.onInterest?.(added, number);
  }

  #message(buf: Uint8Array, at: number, from: number, size: number): number {
    const end = from + size + 2;
    if (end > buf.length) return -1;
    let number = 0;
    for (let i = from; i < from + NUMBER_DIGITS; i++) number = number * 10 + (buf[i]! - ZERO);
    this.messages++;
    this.messageBytes += end - at;
    this.onMessage(number);
    return end;
  }
}
