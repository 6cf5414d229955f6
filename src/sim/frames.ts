// A reader of NATS lines that is slow, plain and shares nothing with src/wire: what one of them gets wrong,
// the other one shows.

import { bytesOf, textOf } from "../base/bytes.ts";
import type { VirtualClock } from "./clock.ts";
import type { End } from "./network.ts";

export interface Line {
  readonly verb: string;
  readonly args: readonly string[];
  /** All behind the verb. */
  readonly rest: string;
  /** Header block; "" without one. */
  readonly header: string;
  readonly body: string;
}

const MESSAGES = new Set(["RMSG", "LMSG", "HMSG", "MSG"]);
const LF = 0x0a;

export class LineReader {
  #kept = new Uint8Array(0);

  /** The lines that are whole by now. */
  feed(chunk: Uint8Array): Line[] {
    const buf = new Uint8Array(this.#kept.length + chunk.length);
    buf.set(this.#kept);
    buf.set(chunk, this.#kept.length);
    const lines: Line[] = [];
    let at = 0;
    for (;;) {
      const end = buf.indexOf(LF, at);
      if (end < 0) break;
      const text = textOf(buf, at, end).trimEnd();
      const [verb = "", ...args] = text.split(" ").filter((word) => word !== "");
      const rest = text.slice(verb.length + 1);
      let header = "";
      let body = "";
      let next = end + 1;
      if (MESSAGES.has(verb)) {
        const size = Number(args.at(-1));
        const headerBytes = verb === "HMSG" ? Number(args.at(-2)) : 0;
        next += size + 2;
        if (next > buf.length) break;
        header = textOf(buf, end + 1, end + 1 + headerBytes);
        body = textOf(buf, end + 1 + headerBytes, end + 1 + size);
      }
      lines.push({ verb, args, rest, header, body });
      at = next;
    }
    this.#kept = buf.slice(at);
    return lines;
  }
}

/** Text that waits for the end of the moment, and until the transport takes it. */
export class Outlet {
  #texts: string[] = [];
  #waiting: Uint8Array = new Uint8Array(0);

  constructor(
    private readonly clock: VirtualClock,
    private readonly end: End,
  ) {}

  put(text: string): void {
    if (this.#texts.push(text) === 1) this.clock.after(0, () => this.flush());
  }

  flush(): void {
    if (this.#waiting.length === 0) {
      this.#waiting = bytesOf(this.#texts.join(""));
      this.#texts = [];
    }
    if (this.#waiting.length === 0) return;
    const taken = this.end.write(this.#waiting, 0, this.#waiting.length);
    if (taken < 0) return;
    this.#waiting = this.#waiting.subarray(taken);
    if (this.#waiting.length === 0 && this.#texts.length > 0) this.flush();
  }
}

/** A message line of any kind, with and without headers: `words` stand between verb and sizes. */
export function messageLine(
  plain: string,
  withHeader: string,
  words: string,
  header: string,
  body: string,
): string {
  if (header === "") return `${plain} ${words} ${bytesOf(body).length}\r\n${body}\r\n`;
  const headerBytes = bytesOf(header).length;
  const sizes = `${headerBytes} ${headerBytes + bytesOf(body).length}`;
  return `${withHeader} ${words} ${sizes}\r\n${header}${body}\r\n`;
}
