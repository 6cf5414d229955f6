// YAML text to plain values under the schema's own key names, with the place of each in the text.
// Key names are settled here: case, aliases, duplicates, unknown keys and those not supported yet.

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { z } from "zod";
import type { Details, Place } from "./finding.ts";
import { alternative, keyNamed, keyNote, type Shape, shapeOf } from "./keys.ts";
import { nearest } from "./nearest.ts";
import type { Path, Places, Spot } from "./places.ts";
import { type Environment, isVariable, valueOfVariable } from "./variables.ts";

/** Deeper nesting than any key of the schema has. */
const DEPTH_MAX = 16;

/** Values that aliases may add to a file, so that a few lines cannot grow to gigabytes. */
const ALIASED_VALUES_MAX = 10_000;

/** After so many slips in the YAML itself, the rest are their consequences. */
const SYNTAX_FINDINGS_MAX = 10;

const NOTHING: unique symbol = Symbol("nothing");

/** A map or list that is left out; its keys cannot be judged without knowing what it is. */
type Block = Extract<Shape, { is: "block" }>;

/**
 * Reads a configuration's text. The answer is null when the text is not YAML; `places` holds what was found.
 * Values are as YAML has them (1.2 core schema), with `$NAME` replaced; types are not checked yet.
 */
export function locate(text: string, schema: z.ZodType, places: Places, environment: Environment): unknown {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
    const reader = new Reader(document, lines, places, environment);
    if (reader.reportSyntax()) return null;
    if (document.contents === null) return {};
    places.set([], reader.spotOfRoot(document.contents));
    const value = reader.read(document.contents, schema, [], 0);
    return value === NOTHING ? null : (value ?? {});
  } catch (error) {
    // The parser descends as deep as the text is nested, and that is the only way it can fail.
    if (!(error instanceof RangeError)) throw error;
    places.onValue([], "nested too deeply");
    return null;
  }
}

class Reader {
  readonly #targets = new Map<Alias, Node>();
  #aliasedValues = 0;
  #aliasDepth = 0;

  constructor(
    readonly document: Document.Parsed,
    readonly lines: LineCounter,
    readonly places: Places,
    readonly environment: Environment,
  ) {}

  /** Reports what the parser found; true if the text cannot be judged further. */
  reportSyntax(): boolean {
    const { errors, warnings } = this.document;
    const lines = new Set<number>();
    for (const error of [...errors, ...warnings]) {
      const place = this.#place(error.pos[0]);
      // One slip makes the parser stumble again and again on the same line.
      if (lines.has(place.line) || lines.size >= SYNTAX_FINDINGS_MAX) continue;
      this.places.at(place, [], syntaxMessage(error));
      lines.add(place.line);
    }
    if (lines.size > 0) return true;
    const anchors = new Map<string, Node>();
    visit(this.document, {
      Node: (_, node) => {
        // An alias means the last anchor of its name before it.
        if (isAlias(node)) {
          const target = anchors.get(node.source);
          if (target !== undefined) this.#targets.set(node, target);
        } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
    return false;
  }

  spotOfRoot(node: Node): Spot {
    const place = this.#placeOf(node);
    return this.#spot(place, place, node);
  }

  read(node: Node, schema: z.ZodType, path: Path, depth: number): unknown {
    if (this.#aliasDepth > 0 && ++this.#aliasedValues > ALIASED_VALUES_MAX) return this.#tooMany(node, path);
    if (depth > DEPTH_MAX) {
      this.places.at(this.#placeOf(node), path, "nested too deeply");
      return NOTHING;
    }
    if (isAlias(node)) return this.#readAlias(node, schema, path, depth);
    if (isMap(node)) return this.#readMap(node, alternative(schema, "map"), path, depth);
    if (isSeq(node)) return this.#readList(node, alternative(schema, "list"), path, depth);
    return isScalar(node) ? this.#readScalar(node, schema, path) : NOTHING;
  }

  #readAlias(alias: Alias, schema: z.ZodType, path: Path, depth: number): unknown {
    const target = this.#targets.get(alias);
    if (target === undefined) {
      this.places.at(this.#placeOf(alias), path, `no anchor &${alias.source} stands before this alias`);
      return NOTHING;
    }
    this.#aliasDepth += 1;
    const value = this.read(target, schema, path, depth + 1);
    this.#aliasDepth -= 1;
    return value;
  }

  #tooMany(node: Node, path: Path): unknown {
    // Said once: every further value would say the same.
    if (this.#aliasedValues === ALIASED_VALUES_MAX + 1) {
      const message = `aliases add more than ${ALIASED_VALUES_MAX} values to this file`;
      this.places.at(this.#placeOf(node), path, message);
    }
    return NOTHING;
  }

  #readMap(map: YAMLMap, schema: z.ZodType, path: Path, depth: number): unknown {
    const shape = shapeOf(schema);
    const values: Record<string, unknown> = {};
    // What is neither block nor table gets its finding when types are checked.
    if (shape.is !== "block" && shape.is !== "table") return values;
    const written = new Map<string, Pair>();
    for (const pair of map.items) {
      const key = this.#keyOf(pair, path);
      if (key === null) continue;
      const name = shape.is === "table" ? key : this.#known(shape, pair, key, path);
      if (name === null || this.#isRepeated(written, pair, name, path)) continue;
      const entry = shape.is === "table" ? shape.entry : shape.keys[name]!;
      const value = this.#readPair(pair, entry, [...path, name], depth);
      if (value === NOTHING) this.places.markBroken([...path, name]);
      else values[name] = value;
    }
    return values;
  }

  #readPair(pair: Pair, schema: z.ZodType, path: Path, depth: number): unknown {
    const key = this.#placeOf(pair.key as Node);
    const node = isNode(pair.value) ? pair.value : null;
    const isEmpty = node === null || (isScalar(node) && node.value === null && (node.source ?? "") === "");
    this.places.set(path, this.#spot(key, isEmpty ? key : this.#placeOf(node), node));
    return node === null ? null : this.read(node, schema, path, depth + 1);
  }

  #readList(list: YAMLSeq, schema: z.ZodType, path: Path, depth: number): unknown {
    const shape = shapeOf(schema);
    const values: unknown[] = [];
    if (shape.is !== "list") return values;
    for (const item of list.items) {
      if (!isNode(item)) continue;
      const here = [...path, values.length];
      const place = this.#placeOf(item);
      this.places.set(here, this.#spot(place, place, item));
      const value = this.read(item, shape.entry, here, depth + 1);
      if (value === NOTHING) this.places.markBroken(here);
      // Entries keep their position, so that later findings name the right one.
      values.push(value === NOTHING ? undefined : value);
    }
    return values;
  }

  #readScalar(scalar: Scalar, schema: z.ZodType, path: Path): unknown {
    const { value } = scalar;
    if (typeof value !== "string" || scalar.type !== "PLAIN" || !isVariable(value)) return value;
    const name = value.slice(1);
    const found = valueOfVariable(name, alternative(schema, "scalar"), this.environment);
    if (found === null) {
      const hint = `a text that begins with $ stands in quotes: "${value}"`;
      this.places.at(this.#placeOf(scalar), path, `environment variable ${name} is not set; ${hint}`);
      return NOTHING;
    }
    const spot = this.places.get(path);
    if (spot !== null) this.places.set(path, { ...spot, variable: name });
    return found.value;
  }

  #keyOf(pair: Pair, path: Path): string | null {
    const node = pair.key;
    if (isScalar(node) && node.value !== null) {
      const key = typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
      // A plain object cannot hold this key, and nothing is called so.
      if (key !== "__proto__") return key;
    }
    const place = isNode(node) ? this.#placeOf(node) : (this.places.get(path)?.value ?? this.#place(0));
    this.places.at(place, path, "a key must be a plain name");
    return null;
  }

  /** The schema's name for a written key, or null after a remark (or a shrug) about one it does not have. */
  #known(block: Block, pair: Pair, written: string, path: Path): string | null {
    const name = keyNamed(block.keys, written);
    if (name !== null) return name;
    const place = this.#placeOf(pair.key as Node);
    const here = [...path, written];
    const unsupported = Object.hasOwn(block.unsupported, written.toLowerCase())
      ? block.unsupported[written.toLowerCase()]!
      : null;
    if (unsupported === null) {
      if (this.places.isFull) this.places.at(place, here, "");
      else this.places.at(place, here, unknownMessage(block, written), "error", keyDetails(block, written));
      return null;
    }
    const value = isScalar(pair.value) ? pair.value.value : undefined;
    if (unsupported.off?.includes(value)) return null;
    this.places.at(place, here, `not supported yet: ${unsupported.what}`);
    return null;
  }

  #isRepeated(written: Map<string, Pair>, pair: Pair, name: string, path: Path): boolean {
    const before = written.get(name);
    if (before === undefined) {
      written.set(name, pair);
      return false;
    }
    const key = before.key as Scalar;
    const { line } = this.#placeOf(key);
    const message = `given twice: line ${line} has it already, as ${String(key.value)}`;
    this.places.at(this.#placeOf(pair.key as Node), [...path, name], message);
    return true;
  }

  #spot(key: Place, value: Place, node: Node | null): Spot {
    const source = node !== null && isScalar(node) ? (node.source ?? null) : null;
    return { key, value, variable: null, source };
  }

  #placeOf(node: Node): Place {
    return this.#place(node.range?.[0] ?? 0);
  }

  #place(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.places.file, line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function syntaxMessage(error: YAMLError): string {
  if (error.code === "RESOURCE_EXHAUSTION") return "nested too deeply";
  if (error.code === "MULTIPLE_DOCS") return "a second document begins here; a configuration is one document";
  if (error.code === "TAB_AS_INDENT") return "a tab cannot indent YAML; write spaces";
  return `not YAML: ${error.message}`;
}

export function unknownMessage(block: Block, written: string): string {
  const near = nearestKey(block, written);
  return near === null ? "unknown key" : `unknown key; did you mean ${near}?`;
}

function nearestKey(block: Block, written: string): string | null {
  const names = Object.entries(block.keys).flatMap(([name, schema]) => [
    name,
    ...(keyNote(schema)?.aliases ?? []),
  ]);
  return nearest(written.toLowerCase(), [...names, ...Object.keys(block.unsupported)]);
}

function keyDetails(block: Block, written: string): Details {
  const near = nearestKey(block, written);
  return { allowed: Object.keys(block.keys), ...(near === null ? {} : { nearest: near }) };
}
