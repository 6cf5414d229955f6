// Counts what arrives at almost no cost: where a message begins, one byte is looked at and the rest skipped.
// Control lines may stand between messages and are handed on, so PING is answered and INFO is heard.

const LF = 10;

/** The receiving half of a raw connection. */
export class Sink {
  /** Messages that have arrived wholly. */
  messages = 0;
  /** While set, the bytes of messages are kept here for an exact comparison. */
  kept: Uint8Array[] | null = null;

  readonly #mark: readonly number[];
  readonly #frameBytes: number;
  readonly #onLine: (line: string) => void;
  #owed = 0;
  #line = "";

  /**
   * `frameBytes` is the wire size of every message, `mark` the one or two letters it begins with; no control
   * line may begin with them. `onLine` gets each control line without its CRLF.
   */
  constructor(mark: string, frameBytes: number, onLine: (line: string) => void) {
    this.#mark = Array.from(mark, (letter) => letter.charCodeAt(0));
    this.#frameBytes = frameBytes;
    this.#onLine = onLine;
  }

  receive(chunk: Uint8Array): void {
    let at = this.#rest(chunk);
    while (at < chunk.length) {
      if (this.#line !== "" ? !this.#wasMessage(chunk, at) : !this.#isMessage(chunk, at)) {
        at = this.#control(chunk, at);
        continue;
      }
      const to = Math.min(at + this.#frameBytes - this.#line.length, chunk.length);
      if (this.#line !== "") this.kept?.push(Buffer.from(this.#line, "latin1"));
      this.kept?.push(chunk.subarray(at, to));
      this.#owed = this.#frameBytes - this.#line.length - (to - at);
      this.#line = "";
      if (this.#owed === 0) this.messages++;
      at = to;
    }
  }

  #isMessage(chunk: Uint8Array, at: number): boolean {
    if (chunk[at] !== this.#mark[0]) return false;
    return this.#mark.length === 1 || chunk[at + 1] === this.#mark[1];
  }

  /** Whether the only byte of what was begun in an earlier chunk began a message. */
  #wasMessage(chunk: Uint8Array, at: number): boolean {
    return (
      this.#line.length === 1 && this.#line.charCodeAt(0) === this.#mark[0] && chunk[at] === this.#mark[1]
    );
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
