// Files that a configuration of nats-server's syntax includes: how they are named, and where they are.
// Source: nats-server 2.15 conf/lex.go, lexInclude.

import { type Cursor, END, isBlank, isNewLine } from "./nats-conf-cursor.ts";

const [QUOTE, APOSTROPHE, SEMICOLON, BRACE_END] = [0x22, 0x27, 0x3b, 0x7d];

/** Reads what stands after `include`. */
export function readIncludeName(cursor: Cursor): string {
  const first = cursor.peek();
  if (first === QUOTE || first === APOSTROPHE) return readBetweenQuotes(cursor);
  if (first === END || isNewLine(first) || "[{(-\\0123456789".includes(cursor.text.charAt(cursor.at))) {
    throw cursor.fault(`expected the name of a file in quotes, not ${cursor.near()}`);
  }
  const start = cursor.at;
  for (let next = first; next !== END && !isNewLine(next) && !isBlank(next); next = cursor.peek()) {
    if (next === SEMICOLON || next === BRACE_END || next === APOSTROPHE) break;
    cursor.at += 1;
  }
  const name = cursor.text.slice(start, cursor.at);
  if (cursor.peek() === APOSTROPHE) cursor.at += 1;
  return name;
}

/** What stands between the quotes here, where nothing is special, new lines neither. */
export function readBetweenQuotes(cursor: Cursor): string {
  const quote = cursor.text.charAt(cursor.at);
  const end = cursor.text.indexOf(quote, cursor.at + 1);
  if (end < 0) throw cursor.fault(`the name is not closed; write ${quote} at its end`);
  const name = cursor.text.slice(cursor.at + 1, end);
  cursor.at = end + 1;
  return name;
}

/** A name as nats-server joins it to the folder of `file`: always below it, even when it begins with /. */
export function fileBeside(file: string, name: string): string {
  const folder = file.split("/").slice(0, -1).join("/");
  const isAbsolute = file.startsWith("/");
  const steps: string[] = [];
  for (const step of `${folder}/${name}`.split("/")) {
    if (step === "" || step === ".") continue;
    const isUp = step === ".." && steps.length > 0 && steps.at(-1) !== "..";
    if (isUp) steps.pop();
    else if (step !== ".." || !isAbsolute) steps.push(step);
  }
  return (isAbsolute ? "/" : "") + steps.join("/");
}
