// Single values of nats-server's configuration syntax: texts in their four forms, numbers, booleans, dates.
// It takes more for a text than one would think, and some things for numbers that are none; so do we.
// Source: nats-server 2.15 conf/lex.go and conf/parse.go.

import { type Cursor, END, isBlank, isDigit, isNewLine } from "./nats-conf-cursor.ts";
import type { ConfScalar } from "./nats-conf-tree.ts";

/** A value, or the name of the variable that stands for one. */
export type Written = ConfScalar | { readonly is: "reference"; readonly name: string };

const [QUOTE, APOSTROPHE, BACKSLASH, OPEN] = [0x22, 0x27, 0x5c, 0x28];
const [MINUS, DOT, COLON, COMMA, SEMICOLON] = [0x2d, 0x2e, 0x3a, 0x2c, 0x3b];
const [LIST_END, MAP_END] = [0x5d, 0x7d];

const IN_QUOTES = "a text stands in quotes";

/** nats-server takes an unquoted bcrypt hash for what it is, if it begins so. */
const BCRYPT = "$2a$";

/** Reads one value that is neither list nor map. `inList` is for the sake of a better message only. */
export function readScalar(cursor: Cursor, inList: boolean): Written {
  const first = cursor.peek();
  if (first === QUOTE) return readQuoted(cursor);
  if (first === APOSTROPHE) return readVerbatim(cursor);
  if (first === OPEN) return readBlock(cursor);
  if (first === MINUS) return readNegative(cursor);
  if (first === DOT) throw cursor.fault(`a number begins with a digit, and ${IN_QUOTES}; write 0.5 or ".5"`);
  if (isNewLine(first)) throw cursor.fault("the value is missing; it begins on the line of its key");
  return digitAt(cursor) > 0 ? readNumber(cursor, inList) : readBare(cursor, cursor.at);
}

/** How many UTF-16 units the digit here has; 0 if there is none. */
function digitAt(cursor: Cursor): number {
  const point = cursor.text.codePointAt(cursor.at);
  if (point === undefined || !isDigit(point)) return 0;
  return point > 0xffff ? 2 : 1;
}

function skipDigits(cursor: Cursor): void {
  for (let units = digitAt(cursor); units > 0; units = digitAt(cursor)) cursor.at += units;
}

function text(cursor: Cursor, start: number, value: string): ConfScalar {
  return { is: "text", value, place: cursor.place(start), variable: null };
}

/** Between apostrophes nothing is special, new lines neither. */
function readVerbatim(cursor: Cursor): ConfScalar {
  const start = cursor.at;
  const end = cursor.text.indexOf("'", start + 1);
  if (end < 0) throw cursor.fault("the text is not closed; write ' at its end", start);
  cursor.at = end + 1;
  return text(cursor, start, cursor.text.slice(start + 1, end));
}

function readQuoted(cursor: Cursor): ConfScalar {
  const start = cursor.at;
  const parts = new Parts(cursor, start + 1);
  cursor.at += 1;
  for (;;) {
    const next = cursor.peek();
    if (next === END) throw cursor.fault('the text is not closed; write " at its end', start);
    if (next === BACKSLASH) parts.escape();
    else if (next === QUOTE) break;
    else cursor.at += 1;
  }
  const value = parts.value();
  cursor.at += 1;
  return text(cursor, start, value);
}

/** A text in parentheses, which ends with one alone on its line; what is before that is the text. */
function readBlock(cursor: Cursor): ConfScalar {
  const start = cursor.at;
  const source = cursor.text;
  for (let from = start; ; ) {
    const end = source.indexOf("\n)", from);
    if (end < 0) throw cursor.fault("the text is not closed; write ) alone on a line at its end", start);
    from = end + 1;
    const after = end + 2;
    if (after < source.length && source[after] !== "\n") continue;
    cursor.at = after;
    // Where the file ends with the parenthesis, nats-server takes it for a part of the text.
    return text(cursor, start, source.slice(start + 1, after === source.length ? after : after - 1));
  }
}

/** From `start` on without quotes; what lies between it and the cursor belongs to it whatever it is. */
function readBare(cursor: Cursor, start: number): Written {
  const parts = new Parts(cursor, start);
  const isFresh = cursor.at === start;
  for (;;) {
    const next = cursor.peek();
    if (next === BACKSLASH) parts.escape();
    else if (next === APOSTROPHE) break;
    else if (endsBare(next)) return bareValue(cursor, start, parts, isFresh);
    else cursor.at += 1;
  }
  const value = parts.value();
  cursor.at += 1;
  return text(cursor, start, value);
}

function endsBare(code: number): boolean {
  return endsNumber(code) || code === LIST_END;
}

function endsNumber(code: number): boolean {
  return (
    code === END ||
    isNewLine(code) ||
    isBlank(code) ||
    code === MAP_END ||
    code === SEMICOLON ||
    code === COMMA
  );
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  ...{ true: true, on: true, yes: true },
  ...{ false: false, off: false, no: false },
};

function bareValue(cursor: Cursor, start: number, parts: Parts, isFresh: boolean): Written {
  const value = parts.value();
  if (parts.hasEscapes || !isFresh) return text(cursor, start, value);
  const lower = value.toLowerCase();
  if (Object.hasOwn(BOOLEANS, lower)) {
    return { is: "boolean", value: BOOLEANS[lower]!, place: cursor.place(start), variable: null };
  }
  if (!value.startsWith("$") || value.startsWith(BCRYPT)) return text(cursor, start, value);
  return { is: "reference", name: value.slice(1) };
}

function readNegative(cursor: Cursor): Written {
  const start = cursor.at;
  cursor.at += 1;
  if (digitAt(cursor) === 0) {
    throw cursor.fault(`expected a digit after -, not ${cursor.near()}; ${IN_QUOTES}`);
  }
  skipDigits(cursor);
  if (cursor.peek() === DOT) return readFloat(cursor, start);
  return isSuffix(cursor.peek()) ? readSuffixed(cursor, start) : integer(cursor, start);
}

function readNumber(cursor: Cursor, inList: boolean): Written {
  const start = cursor.at;
  skipDigits(cursor);
  const next = cursor.peek();
  if (next === MINUS) return readDate(cursor, start);
  if (next === DOT) return readFloat(cursor, start);
  if (isSuffix(next)) return readSuffixed(cursor, start);
  if (endsNumber(next)) return integer(cursor, start);
  // nats-server would take the bracket for a letter and read on.
  if (inList && next === LIST_END) {
    throw cursor.fault("nats-server needs a blank between a number and ]; write [1, 2 ]");
  }
  cursor.at += cursor.text.codePointAt(cursor.at)! > 0xffff ? 2 : 1;
  return readBare(cursor, start);
}

function isSuffix(code: number): boolean {
  return code !== END && "kmgtpe".includes(String.fromCharCode(code).toLowerCase());
}

/** What comes after digits and a suffix makes a text of all of it. */
function readSuffixed(cursor: Cursor, start: number): Written {
  do cursor.at += 1;
  while (/^[bi]$/i.test(cursor.text.charAt(cursor.at)));
  return endsNumber(cursor.peek()) ? integer(cursor, start) : readBare(cursor, start);
}

const POWERS = "kmgtpe";
const INTEGER = /^(-?[0-9]+)(?:([kmgtpe])(b|i|ib)?)?$/i;

function integer(cursor: Cursor, start: number): ConfScalar {
  const source = cursor.text.slice(start, cursor.at);
  const match = INTEGER.exec(source);
  if (match === null) {
    throw cursor.fault("not a number; suffixes are K, M, G, T, P, E, each alone or with B, i or iB", start);
  }
  const power = match[2] === undefined ? 0 : POWERS.indexOf(match[2].toLowerCase()) + 1;
  // More digits than this are out of range anyway, and long ones are slow to read.
  const number = match[1]!.length > 64 ? null : BigInt(match[1]!);
  const value = number === null ? null : number * (match[3] === undefined ? 1000n : 1024n) ** BigInt(power);
  if (value === null || value !== BigInt.asIntN(64, value)) {
    throw cursor.fault("the number is too large: it must fit in 64 bits", start);
  }
  return { is: "integer", value, source, place: cursor.place(start), variable: null };
}

/** After the dot of a number; two dots make an address of it. */
function readFloat(cursor: Cursor, start: number): ConfScalar {
  cursor.at += 1;
  if (digitAt(cursor) === 0) {
    throw cursor.fault(`expected a digit after the dot, not ${cursor.near()}; ${IN_QUOTES}`);
  }
  skipDigits(cursor);
  if (cursor.peek() !== DOT) return float(cursor, start);
  do cursor.at += digitAt(cursor) || 1;
  while (digitAt(cursor) > 0 || [DOT, COLON, MINUS].includes(cursor.peek()));
  return text(cursor, start, cursor.text.slice(start, cursor.at));
}

function float(cursor: Cursor, start: number): ConfScalar {
  const source = cursor.text.slice(start, cursor.at);
  const value = /^[-.0-9]+$/.test(source) ? Number(source) : Number.NaN;
  if (!Number.isFinite(value)) throw cursor.fault("not a number, or one that is too large", start);
  return { is: "float", value, place: cursor.place(start), variable: null };
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z/;

/** A number with a minus in it is a date or a mistake. */
function readDate(cursor: Cursor, start: number): ConfScalar {
  const match = DATE.exec(cursor.text.slice(start, start + "2024-05-04T18:53:41Z".length));
  if (match === null || !isMoment(match.slice(1).map(Number))) {
    throw cursor.fault(`not a date such as 2024-05-04T18:53:41Z; ${IN_QUOTES}`, start);
  }
  cursor.at = start + match[0].length;
  return { is: "date", value: match[0], place: cursor.place(start), variable: null };
}

function isMoment(fields: readonly number[]): boolean {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", '"': '"', "\\": "\\" };

/** A text with escapes, put together from what stands between them. */
class Parts {
  readonly #parts: string[] = [];
  /** Bytes of \x escapes that follow each other: several may be one character. */
  #bytes: number[] = [];
  #bytesFrom = 0;

  constructor(
    readonly cursor: Cursor,
    private from: number,
  ) {}

  get hasEscapes(): boolean {
    return this.#parts.length > 0 || this.#bytes.length > 0;
  }

  escape(): void {
    const { cursor } = this;
    const start = cursor.at;
    if (start > this.from) this.#add(cursor.text.slice(this.from, start));
    const letter = cursor.text.charAt(start + 1);
    if (letter === "x") {
      const digits = cursor.text.slice(start + 2, start + 4);
      if (!/^[0-9a-f]{2}$/i.test(digits)) throw cursor.fault("expected two hexadecimal digits after \\x");
      if (this.#bytes.length === 0) this.#bytesFrom = start;
      this.#bytes.push(Number.parseInt(digits, 16));
      cursor.at += 4;
    } else {
      if (letter === "" || !Object.hasOwn(ESCAPES, letter)) {
        const known = 'write \\\\ for a backslash; \\t, \\n, \\r, \\" and \\xFF are known too';
        throw cursor.fault(`an unknown escape; ${known}`);
      }
      this.#add(ESCAPES[letter]!);
      cursor.at += 2;
    }
    this.from = cursor.at;
  }

  value(): string {
    const { cursor } = this;
    if (!this.hasEscapes) return cursor.text.slice(this.from, cursor.at);
    this.#add(cursor.text.slice(this.from, cursor.at));
    return this.#parts.join("");
  }

  #add(part: string): void {
    if (this.#bytes.length > 0) {
      try {
        this.#parts.push(
          new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(this.#bytes)),
        );
      } catch {
        throw this.cursor.fault("the escaped bytes are not UTF-8", this.#bytesFrom);
      }
      this.#bytes = [];
    }
    this.#parts.push(part);
  }
}
