// Counts what arrives at almost no cost: where a message begins, one byte is looked at and the rest skipped.
// Control lines may stand between messages and are handed on, so PING is answered and INFO is heard.

const LF = 10;

/** The receiving half of a raw connection. */
export class Sink {
  /** Messages that have arrived wholly. */
  messages = 0;
  /** While set, the bytes of messages are kept here for an exact comparison. */
  kept: Uint8Array[] | null = null;

  readonly #firstByte: number;
  readonly #frameBytes: number;
  readonly #onLine: (line: string) => void;
  #owed = 0;
  #line = "";

  /**
   * `frameBytes` is the wire size of every message, `first` the letter it begins with; no control line may
   * begin with that letter. `onLine` gets each control line without its CRLF.
   */
  constructor(first: string, frameBytes: number, onLine: (line: string) => void) {
    this.#firstByte = first.charCodeAt(0);
    this.#frameBytes = frameBytes;
    this.#onLine = onLine;
  }

  receive(chunk: Uint8Array): void {
    let at = this.#rest(chunk);
    while (at < chunk.length) {
      if (this.#line !== "" || chunk[at] !== this.#firstByte) {
        at = this.#control(chunk, at);
        continue;
      }
      const to = Math.min(at + this.#frameBytes, chunk.length);
      this.kept?.push(chunk.subarray(at, to));
      this.#owed = this.#frameBytes - (to - at);
      if (this.#owed === 0) this.messages++;
      at = to;
    }
  }

  /** Takes what the message begun in an earlier chunk still owes; answers where the next thing begins. */
  #rest(chunk: Uint8Array): number {
    if (this.#owed === 0) return 0;
    const to = Math.min(this.#owed, chunk.length);
    this.kept?.push(chunk.subarray(0, to));
    this.#owed -= to;
    if (this.#owed === 0) this.messages++;
    return to;
  }

  #control(chunk: Uint8Array, from: number): number {
    const lf = chunk.indexOf(LF, from);
    const to = lf === -1 ? chunk.length : lf + 1;
    this.#line += Buffer.from(chunk.buffer, chunk.byteOffset + from, to - from).toString("latin1");
    if (lf !== -1) {
      const line = this.#line.trimEnd();
      this.#line = "";
      this.#onLine(line);
    }
    return to;
  }
}
