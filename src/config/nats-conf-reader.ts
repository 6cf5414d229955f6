// Maps, lists, keys, includes and variables of nats-server's configuration syntax, one text at a time.
// Source: nats-server 2.15 conf/lex.go and conf/parse.go. Where that takes a text that was cut off or a key
// without a value, we do not: what it makes of them is never what was meant.

import { Cursor, END, isNewLine, isSpace, Remarks } from "./nats-conf-cursor.ts";
import { fileBeside, readBetweenQuotes, readIncludeName } from "./nats-conf-include.ts";
import { readScalar } from "./nats-conf-scalars.ts";
import {
  type ConfSession,
  DEPTH_MAX,
  INCLUDE_DEPTH_MAX,
  INCLUDES_MAX,
  MISSING_MAX,
  VALUES_MAX,
  VARIABLE_DEPTH_MAX,
} from "./nats-conf-session.ts";
import { type ConfEntry, ConfFault, type ConfItem, type ConfValue } from "./nats-conf-tree.ts";

interface Sized {
  readonly value: ConfValue;
  /** Values in it, itself included, and how deep it goes. */
  readonly values: number;
  readonly height: number;
}

const [BRACE, BRACE_END, BRACKET, BRACKET_END] = [0x7b, 0x7d, 0x5b, 0x5d];
const [QUOTE, APOSTROPHE] = [0x22, 0x27];
const [EQUALS, COLON, COMMA, SEMICOLON] = [0x3d, 0x3a, 0x2c, 0x3b];

/** The key under which an environment variable is read. */
const VARIABLE_KEY = "pk";

type Scope = Map<string, { readonly entry: ConfEntry; readonly sized: Sized }>;

/** One map while it is being read. */
interface Block {
  readonly entries: ConfEntry[];
  readonly scope: Scope;
  readonly remarks: Remarks;
  values: number;
  height: number;
}

export class ConfReader {
  /** Maps around the cursor, outermost first: where variables are looked for. */
  readonly #blocks: Block[] = [];
  /** Comments at the top that belong to no key. */
  head: readonly string[] = [];
  #depth = 0;

  constructor(
    readonly cursor: Cursor,
    readonly session: ConfSession,
    /** The variable that the text is the value of. */
    readonly variable: string | null = null,
  ) {}

  /** Reads the whole text. Throws ConfFault. */
  read(): Block {
    const { cursor } = this;
    const nul = cursor.text.indexOf("\0");
    if (nul >= 0) throw cursor.fault("a NUL byte; a configuration is text", nul);
    const block = this.#open();
    this.#readTop(block, false);
    return block;
  }

  /** Keys outside of all braces, or within braces that stand around them all as in JSON. */
  #readTop(block: Block, isBraced: boolean): void {
    const { cursor } = this;
    const start = cursor.at - 1;
    for (;;) {
      cursor.skipSpaces();
      const next = cursor.peek();
      if (next === END && isBraced) throw cursor.fault("the brace is not closed; write } at its end", start);
      if (next === END) return;
      const remark = cursor.comment();
      if (remark !== null) block.remarks.add(remark);
      else if (next === BRACE) {
        if (isBraced) throw cursor.fault("a map needs a key before its brace");
        cursor.at += 1;
        this.#readTop(block, true);
        cursor.at += 1;
      } else if (isBraced && next === BRACE_END) return;
      else if (this.#isStrayEnd()) return;
      else {
        this.#readEntry(block, false);
        this.#endEntry(block, isBraced ? "braced" : "top");
      }
    }
  }

  /** nats-server forgives one brace too many at the end of a file. */
  #isStrayEnd(): boolean {
    const { cursor } = this;
    if (cursor.peek() !== BRACE_END) return false;
    if (cursor.text.slice(cursor.at + 1).trim() === "") return true;
    throw cursor.fault("this brace closes nothing; take it away");
  }

  #readMap(): Sized {
    const { cursor } = this;
    const start = cursor.at;
    const place = cursor.place();
    this.#descend();
    const block = this.#open();
    cursor.at += 1;
    for (;;) {
      cursor.skipSpaces();
      const next = cursor.peek();
      if (next === END) throw cursor.fault("the map is not closed; write } at its end", start);
      if (next === BRACE_END) break;
      if (next === BRACKET_END) throw cursor.fault("this bracket closes nothing; a map ends with }");
      const remark = cursor.comment();
      if (remark !== null) block.remarks.add(remark);
      else {
        this.#readEntry(block, true);
        this.#endEntry(block, "map");
      }
    }
    cursor.at += 1;
    this.#depth -= 1;
    this.#blocks.pop();
    const { entries, values, height } = block;
    return { value: { is: "map", entries, place, variable: null }, values, height: height + 1 };
  }

  /** What may stand between a value and the next key. */
  #endEntry(block: Block, where: "top" | "braced" | "map"): void {
    const { cursor } = this;
    for (;;) {
      cursor.skipBlanks();
      const next = cursor.peek();
      if (next === END && where !== "top") return;
      const remark = cursor.comment();
      if (remark !== null) {
        block.remarks.add(remark);
        continue;
      }
      const isEnd = next === BRACE_END && where !== "top";
      if (next === END || isEnd) return;
      if (!isNewLine(next) && next !== COMMA && next !== SEMICOLON && next !== BRACE_END) {
        const hint = "a text with blanks or brackets stands in quotes";
        throw cursor.fault(`expected a new line, a comma or a comment, not ${cursor.near()}; ${hint}`);
      }
      cursor.at += 1;
      return;
    }
  }

  #readList(): Sized {
    const { cursor } = this;
    const start = cursor.at;
    const place = cursor.place();
    this.#descend();
    cursor.at += 1;
    const items: ConfItem[] = [];
    const remarks = new Remarks();
    let [values, height] = [1, 0];
    for (;;) {
      cursor.skipSpaces();
      const next = cursor.peek();
      if (next === BRACKET_END) break;
      if (next === END) throw cursor.fault("the list is not closed; write ] at its end", start);
      if (next === COMMA) throw cursor.fault("expected a value before the comma");
      const remark = cursor.comment();
      if (remark !== null) {
        remarks.add(remark);
        continue;
      }
      const { line } = cursor.place();
      const sized = this.#readValue(true);
      const item: ConfItem = { value: sized.value, comments: remarks.above(line).near, trailing: null };
      items.push(item);
      values += sized.values;
      height = Math.max(height, sized.height);
      remarks.follow(item, cursor.place().line);
      this.#endItem(remarks);
    }
    cursor.at += 1;
    this.#depth -= 1;
    return { value: { is: "list", items, place, variable: null }, values, height: height + 1 };
  }

  #endItem(remarks: Remarks): void {
    const { cursor } = this;
    for (;;) {
      cursor.skipBlanks();
      const next = cursor.peek();
      const remark = cursor.comment();
      if (remark !== null) {
        remarks.add(remark);
        continue;
      }
      if (next === BRACKET_END || next === END) return;
      if (next !== COMMA && !isNewLine(next)) {
        const hint = "a text with blanks or brackets stands in quotes";
        throw cursor.fault(`expected a comma or ] after the value, not ${cursor.near()}; ${hint}`);
      }
      cursor.at += 1;
      return;
    }
  }

  /** A key with its value, or an include. */
  #readEntry(block: Block, isInMap: boolean): void {
    const { cursor } = this;
    const start = cursor.at;
    const place = cursor.place();
    const { near, far } = block.remarks.above(place.line);
    if (this.#blocks.length === 1 && block.entries.length === 0) this.head = far;
    const isQuoted = cursor.peek() === QUOTE || cursor.peek() === APOSTROPHE;
    const key = isQuoted ? readBetweenQuotes(cursor) : this.#bareKey();
    if (!isQuoted && key.toLowerCase() === "include" && isSpace(cursor.peek())) {
      this.#include(block, near);
      return;
    }
    cursor.skipSpaces();
    const isSeparated = cursor.peek() === EQUALS || cursor.peek() === COLON;
    if (isSeparated) cursor.at += 1;
    if (isInMap) cursor.skipSpaces();
    else cursor.skipBlanks();
    const next = cursor.peek();
    const isMissing = next === END ? !isSeparated : isInMap && (next === COMMA || next === BRACE_END);
    if (isMissing) throw cursor.fault("the key has no value; write KEY: VALUE", start);
    const sized = this.#readValue(false);
    const entry = { key, place, value: sized.value, comments: near, trailing: null, isVariable: false };
    add(block, entry, sized);
    block.remarks.follow(entry, cursor.place().line);
  }

  #bareKey(): string {
    const { cursor } = this;
    const start = cursor.at;
    for (let next = cursor.peek(); next !== END && !isSpace(next); next = cursor.peek()) {
      if (next === EQUALS || next === COLON) break;
      cursor.at += 1;
    }
    if (cursor.at === start) throw cursor.fault(`expected a key before ${cursor.near()}`);
    return cursor.text.slice(start, cursor.at);
  }

  #readValue(inList: boolean): Sized {
    const { cursor, session } = this;
    const next = cursor.peek();
    if (++session.values > VALUES_MAX) throw cursor.fault(`more than ${VALUES_MAX} values`);
    if (next === BRACE) return this.#readMap();
    if (next === BRACKET) return this.#readList();
    const start = cursor.at;
    const written = readScalar(cursor, inList);
    if (written.is === "reference") return this.#lookUp(written.name, start);
    return { value: written, values: 1, height: 0 };
  }

  /** Keys of the maps around, inner ones first, then the environment. */
  #lookUp(name: string, start: number): Sized {
    const { cursor, session } = this;
    const place = cursor.place(start);
    for (const { scope } of this.#blocks.toReversed()) {
      const found = scope.get(name);
      if (found === undefined) continue;
      found.entry.isVariable = true;
      const { values, height } = found.sized;
      session.values += values;
      if (session.values > VALUES_MAX)
        throw cursor.fault(`variables make more than ${VALUES_MAX} values`, start);
      if (this.#depth + height > DEPTH_MAX) throw cursor.fault("nested too deeply", start);
      return { ...found.sized, value: { ...found.sized.value, place } };
    }
    const { environment } = session.source;
    const text = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (text !== undefined) return this.#fromEnvironment(name, text, start);
    const hint = `set it, or put a text that begins with $ in quotes: "$${name}"`;
    const message = `no key above and no environment variable is called ${name}; ${hint}`;
    const isLast = this.variable !== null || session.findings.length >= MISSING_MAX;
    if (isLast) throw cursor.fault(message, start);
    session.findings.push({ ...place, path: "", message, severity: "error" });
    return { value: { is: "text", value: "", place, variable: null }, values: 1, height: 0 };
  }

  /** Reads the value of an environment variable as what stands after a key. It never appears in a message. */
  #fromEnvironment(name: string, text: string, start: number): Sized {
    const { cursor, session } = this;
    if (session.variables.has(name))
      throw cursor.fault(`the environment variable ${name} means itself`, start);
    if (session.variables.size >= VARIABLE_DEPTH_MAX)
      throw cursor.fault("too many variables in each other", start);
    session.variables.add(name);
    const reader = new ConfReader(new Cursor(`${VARIABLE_KEY}=${text}`, cursor.file), session, name);
    try {
      const found = reader.readVariable();
      const place = cursor.place(start);
      return { ...found, value: { ...found.value, place, variable: name } };
    } catch (error) {
      if (!(error instanceof ConfFault)) throw error;
      const hint = `a text with blanks needs quotes: ${name}='"..."'`;
      throw cursor.fault(`the value of the environment variable ${name} cannot be read; ${hint}`, start);
    } finally {
      session.variables.delete(name);
    }
  }

  /** The value of a text that is one. */
  readVariable(): Sized {
    const { cursor } = this;
    const block = this.#open();
    this.#readTop(block, false);
    const found = block.scope.get(VARIABLE_KEY);
    if (found === undefined) throw cursor.fault("no value");
    return found.sized;
  }

  /** Takes the keys of another file as if they stood here. Variables of this file are unknown in there. */
  #include(block: Block, comments: readonly string[]): void {
    const { cursor, session } = this;
    cursor.skipBlanks();
    const start = cursor.at;
    const file = fileBeside(cursor.file, readIncludeName(cursor));
    if (this.variable !== null) throw cursor.fault("an environment variable cannot include a file", start);
    if (session.files.includes(file)) throw cursor.fault(`${file} includes itself`, start);
    if (session.files.length > INCLUDE_DEPTH_MAX)
      throw cursor.fault("too many includes in each other", start);
    if (++session.includes > INCLUDES_MAX) throw cursor.fault(`more than ${INCLUDES_MAX} includes`, start);
    const outcome = session.source.readFile(file);
    if ("problem" in outcome) throw cursor.fault(`the included file ${file}: ${outcome.problem}`, start);
    session.files.push(file);
    const included = new ConfReader(new Cursor(outcome.text, file), session).read();
    session.files.pop();
    if (this.#depth + included.height > DEPTH_MAX) throw cursor.fault("nested too deeply", start);
    const first = included.entries[0];
    if (first !== undefined) first.comments = [...comments, ...first.comments];
    for (const entry of included.entries) block.entries.push(entry);
    for (const [key, found] of included.scope) block.scope.set(key, found);
    block.values += included.values;
    block.height = Math.max(block.height, included.height);
  }

  #open(): Block {
    const block: Block = { entries: [], scope: new Map(), remarks: new Remarks(), values: 1, height: 0 };
    this.#blocks.push(block);
    return block;
  }

  #descend(): void {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw this.cursor.fault("nested too deeply");
  }
}

function add(block: Block, entry: ConfEntry, sized: Sized): void {
  block.entries.push(entry);
  block.scope.set(entry.key, { entry, sized });
  block.values += sized.values;
  block.height = Math.max(block.height, sized.height);
}
