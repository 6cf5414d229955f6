// A position in a configuration of nats-server's syntax: characters, places, and comments as they pass by.
// Source: nats-server 2.15 conf/lex.go.

import type { Place } from "./finding.ts";
import { type Commented, ConfFault } from "./nats-conf-tree.ts";

/** What `peek` answers at the end of the text. */
export const END = -1;

export class Cursor {
  at = 0;
  #line = 1;
  #lineFrom = 0;
  #lineEnd: number;

  constructor(
    readonly text: string,
    readonly file: string,
  ) {
    this.#lineEnd = text.indexOf("\n");
  }

  /** The character here, as a UTF-16 unit, or END. */
  peek(ahead = 0): number {
    const at = this.at + ahead;
    return at < this.text.length ? this.text.charCodeAt(at) : END;
  }

  /** The character here for a message: quoted, or in words. */
  near(): string {
    const point = this.text.codePointAt(this.at);
    if (point === undefined) return "the end of the file";
    if (isNewLine(point)) return "the end of the line";
    return JSON.stringify(String.fromCodePoint(point));
  }

  /** Places are asked for in the order of the text; going back costs a walk from the top. */
  place(offset = this.at): Place {
    if (offset < this.#lineFrom) this.#goTo(1, 0);
    while (this.#lineEnd >= 0 && this.#lineEnd < offset) this.#goTo(this.#line + 1, this.#lineEnd + 1);
    return { file: this.file, line: this.#line, column: offset - this.#lineFrom + 1 };
  }

  #goTo(line: number, from: number): void {
    this.#line = line;
    this.#lineFrom = from;
    this.#lineEnd = this.text.indexOf("\n", from);
  }

  fault(message: string, offset = this.at): ConfFault {
    return new ConfFault(this.place(offset), message);
  }

  /** Everything that Go calls a space, new lines too. */
  skipSpaces(): void {
    while (this.at < this.text.length && isSpace(this.text.charCodeAt(this.at))) this.at += 1;
  }

  /** Tabs and blanks. */
  skipBlanks(): void {
    while (isBlank(this.peek())) this.at += 1;
  }

  /** Reads a comment if one begins here; a slash that begins none is a fault. */
  comment(): Remark | null {
    const start = this.at;
    const first = this.peek();
    if (first !== HASH && first !== SLASH) return null;
    if (first === SLASH && this.peek(1) !== SLASH) {
      throw this.fault("a comment begins with # or //; a text that begins with / stands in quotes");
    }
    const from = start + (first === HASH ? 1 : 2);
    while (this.at < this.text.length && !isNewLine(this.peek())) this.at += 1;
    const { line, column } = this.place(start);
    const before = this.text.slice(start - column + 1, start);
    return { text: this.text.slice(from, this.at).trimEnd(), line, isAlone: before.trim() === "" };
  }
}

/** A comment, and whether nothing stands before it on its line. */
interface Remark {
  readonly text: string;
  readonly line: number;
  readonly isAlone: boolean;
}

/** Comments of one block, until it is known what they belong to. */
export class Remarks {
  #waiting: Remark[] = [];
  #last: Commented | null = null;
  #lastLine = 0;

  /** After the value of `last`, which ended on `line`. */
  follow(last: Commented, line: number): void {
    this.#last = last;
    this.#lastLine = line;
  }

  add(remark: Remark): void {
    const isTrailing = !remark.isAlone && this.#last !== null && this.#lastLine === remark.line;
    if (!isTrailing) this.#waiting.push(remark);
    else if (this.#last!.trailing === null) this.#last!.trailing = remark.text;
  }

  /** The comments that end directly above `line`, and those before them. */
  above(line: number): { readonly near: string[]; readonly far: string[] } {
    let from = this.#waiting.length;
    for (let wanted = line - 1; from > 0 && this.#waiting[from - 1]!.line === wanted; wanted--) from -= 1;
    const texts = this.#waiting.map(({ text }) => text);
    this.#waiting = [];
    return { near: texts.slice(from), far: texts.slice(0, from) };
  }
}

const HASH = 0x23;
const SLASH = 0x2f;
const CR = 0x0d;
const LF = 0x0a;

export function isNewLine(code: number): boolean {
  return code === LF || code === CR;
}

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Go's unicode.IsSpace. */
export function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= CR);
  return code === 0x85 || /^\p{Z}$/u.test(String.fromCharCode(code));
}

/** Go's unicode.IsDigit: of any script, so that what is none of ours is refused as nats-server refuses it. */
export function isDigit(code: number): boolean {
  if (code < 0x80) return code >= 0x30 && code <= 0x39;
  return /^\p{Nd}$/u.test(String.fromCodePoint(code));
}
