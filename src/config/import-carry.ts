// A nats-server configuration as a document of YAML under the schema's own names, in the schema's order, with
// the comments that stood above its keys and a remark in place of each key that could not be carried over.

import { type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { z } from "zod";
import type { Finding, Place, Severity } from "./finding.ts";
import { adviceOn, isGuard } from "./import-advice.ts";
import { isZeroForDefault, plainOf, scalarNode, variableNode } from "./import-scalars.ts";
import { alternative, keyNamed, type Shape, shapeOf } from "./keys.ts";
import { unknownMessage } from "./locate.ts";
import type { ConfEntry, ConfList, ConfMap, ConfScalar, ConfValue } from "./nats-conf-tree.ts";
import { formatPath, type Path } from "./places.ts";
import type { Environment } from "./variables.ts";

/** More notes than a person reads at one time; one at the end says how many were left out. */
const NOTES_MAX = 200;

/** The longest list that is written in one line. Unit: characters. */
const LINE_LIST_MAX = 90;

type Block = Extract<Shape, { is: "block" }>;

/** A key that is to be written, and what is to be said before it of those that are not. */
interface Written {
  readonly name: string;
  readonly entry: ConfEntry;
  readonly schema: z.ZodType | null;
  readonly remarks: readonly string[];
}

export class Carrier {
  readonly notes: Finding[] = [];
  /** Where each key that is in the YAML stood, by its path as findings have it. */
  readonly origins = new Map<string, Place>();
  /** Paths of keys that stay in the YAML although its reader refuses them; each has its note. */
  readonly guards = new Set<string>();
  #notesLeftOut = 0;

  constructor(readonly environment: Environment) {}

  /** The whole configuration; `after` are remarks that stand before no key. */
  carry(root: ConfMap, schema: z.ZodType): { readonly map: YAMLMap; readonly after: readonly string[] } {
    const shape = shapeOf(schema);
    if (shape.is !== "block") return { map: new YAMLMap(), after: [] };
    const order = Object.keys(shape.keys);
    const place = ({ name }: Written): number =>
      (order.indexOf(name) + order.length + 1) % (order.length + 1);
    const { written, after } = this.#choose(root, shape, []);
    const map = new YAMLMap();
    const late: string[] = [];
    this.#write(
      map,
      [...written].sort((a, b) => place(a) - place(b)),
      { path: [], file: root.place.file, late, keepsEmpty: false },
    );
    spread(map);
    if (this.#notesLeftOut > 0) {
      const message = `${this.#notesLeftOut} more notes are left out; the YAML has them all`;
      this.notes.push({ ...root.place, line: 0, path: "", message, severity: "error" });
    }
    return { map, after: [...late, ...after] };
  }

  /** Which keys of a block are written. */
  #choose(map: ConfMap, shape: Block, path: Path): { written: Written[]; after: readonly string[] } {
    const written: Written[] = [];
    const nameOf = (entry: ConfEntry): string => keyNamed(shape.keys, entry.key) ?? entry.key.toLowerCase();
    const last = new Map(map.entries.map((entry) => [nameOf(entry), entry]));
    let remarks: string[] = [];
    for (const entry of map.entries) {
      const name = nameOf(entry);
      const schema = Object.hasOwn(shape.keys, name) ? shape.keys[name]! : null;
      if (schema === null && entry.isVariable) continue;
      const remark = this.#remarkOn(entry, { name, schema, last: last.get(name)!, shape, path });
      if (remark !== null) remarks.push(remark);
      if (remark !== null && !this.guards.has(formatPath([...path, entry.key]))) continue;
      written.push({ name: schema === null ? entry.key : name, entry, schema, remarks });
      remarks = [];
    }
    return { written, after: remarks };
  }

  /** What the YAML says in place of a key, or null if it can have it. */
  #remarkOn(
    entry: ConfEntry,
    at: { name: string; schema: z.ZodType | null; last: ConfEntry; shape: Block; path: Path },
  ): string | null {
    const { name, schema, last, shape, path } = at;
    const here = [...path, entry.key];
    const says = (what: string): string => ` ${entry.key} (${placeText(entry.place)}): ${what}`;
    if (last !== entry) {
      const message = `given again at ${placeText(last.place)}, and there it counts`;
      this.#note(entry.place, here, message, "warning");
      return says(message);
    }
    if (schema !== null) {
      const { value } = entry;
      if (value.is === "list" || value.is === "map" || !isZeroForDefault(value, schema)) return null;
      return says("left out, since nothing means the default to nats-server");
    }
    const unsupported = Object.hasOwn(shape.unsupported, name) ? shape.unsupported[name]! : null;
    const { value } = entry;
    const plain = value.is === "list" || value.is === "map" ? null : plainOf(value);
    if (unsupported?.off?.includes(plain)) return says("left out, since it is so here anyway");
    const unknown = unsupported === null ? unknownMessage(shape, entry.key) : null;
    const why = `not carried over: ${unknown ?? `no support yet for ${unsupported!.what}`}`;
    if (isGuard(name, path, unknown !== null)) {
      const message = `${why}${why.endsWith("?") ? "" : ";"} it may keep somebody out, so the line stays and the box does not start with it`;
      this.guards.add(formatPath(here));
      this.#note(entry.place, here, `${message}: take it away if nothing needs it`);
      return says(message);
    }
    const message = unknown === null ? `${why}; ${adviceOn(name, path)}` : why;
    this.#note(entry.place, here, message);
    return says(message);
  }

  #note(place: Place, path: Path, message: string, severity: Severity = "error"): void {
    if (this.notes.length < NOTES_MAX)
      this.notes.push({ ...place, path: formatPath(path), message, severity });
    else this.#notesLeftOut += 1;
  }

  /** Appends the keys to the YAML. `late` takes what is said of blocks of which nothing is left. */
  #write(
    map: YAMLMap,
    written: readonly Written[],
    { path, file, late, keepsEmpty }: { path: Path; file: string; late: string[]; keepsEmpty: boolean },
  ): void {
    let fileBefore = file;
    for (const { name, entry, schema, remarks } of written) {
      const here = [...path, name];
      this.origins.set(formatPath(here), entry.place);
      const key = new Scalar(name);
      if (/^(y|n|yes|no|on|off)$/i.test(name)) key.type = "QUOTE_DOUBLE";
      const outcome = this.#value(entry.value, schema, here);
      late.push(...remarks, ...outcome.lost);
      const node = outcome.node ?? (keepsEmpty ? new YAMLMap() : null);
      if (node === null) continue;
      const isIncluded = ![file, fileBefore].includes(entry.place.file);
      const from = isIncluded ? [` From ${entry.place.file}:`] : [];
      fileBefore = entry.place.file;
      const isScalar = node instanceof Scalar || (node instanceof YAMLSeq && node.flow);
      const { trailing } = entry;
      const above = trailing === null || isScalar ? entry.comments : [...entry.comments, trailing];
      key.commentBefore = commentText([...late, ...from, ...above]);
      late.length = 0;
      if (trailing !== null && isScalar) node.comment = commentText([trailing]);
      map.items.push(new Pair(key, node));
    }
  }

  /** `node` null: of the block nothing is left but what is said of it. */
  #value(
    value: ConfValue,
    schema: z.ZodType | null,
    path: Path,
  ): { node: Node | null; lost: readonly string[] } {
    if (value.is === "list") return { node: this.#list(value, schema, path), lost: [] };
    if (value.is === "map") return this.#map(value, schema, path);
    const lost: string[] = [];
    return { node: this.#scalar(value, schema, path), lost };
  }

  #map(value: ConfMap, schema: z.ZodType | null, path: Path): { node: Node | null; lost: readonly string[] } {
    this.#sayInlined(value, path);
    const shape = schema === null ? null : shapeOf(alternative(schema, "map"));
    const map = new YAMLMap();
    const late: string[] = [];
    const at = { path, file: value.place.file, late, keepsEmpty: shape?.is !== "block" };
    if (shape?.is !== "block") {
      const entry = shape?.is === "table" ? shape.entry : null;
      const last = new Map(value.entries.map((one) => [one.key, one]));
      const all = [...last].map(([name, one]) => ({ name, entry: one, schema: entry, remarks: [] }));
      this.#write(map, all, at);
      return { node: map, lost: [] };
    }
    const { written, after } = this.#choose(value, shape, path);
    this.#write(map, written, at);
    const rest = [...late, ...after];
    if (map.items.length === 0) return { node: value.entries.length === 0 ? map : null, lost: rest };
    if (rest.length > 0) map.comment = commentText(rest);
    return { node: map, lost: [] };
  }

  #list(value: ConfList, schema: z.ZodType | null, path: Path): YAMLSeq {
    this.#sayInlined(value, path);
    const shape = schema === null ? null : shapeOf(alternative(schema, "list"));
    const entry = shape?.is === "list" ? shape.entry : null;
    const list = new YAMLSeq<Node>();
    let length = 0;
    for (const [at, item] of value.items.entries()) {
      const here = [...path, at];
      this.origins.set(formatPath(here), item.value.place);
      const { node, lost } = this.#value(item.value, entry, here);
      const one = node ?? new YAMLMap();
      const trailing = item.trailing === null ? [] : [item.trailing];
      const isScalar = one instanceof Scalar;
      one.commentBefore = commentText([...lost, ...item.comments, ...(isScalar ? [] : trailing)]);
      if (isScalar) one.comment = commentText(trailing);
      const isPlain = one instanceof Scalar && !one.commentBefore && !one.comment;
      length += isPlain ? String(one.value).length + 4 : LINE_LIST_MAX;
      list.items.push(one);
    }
    list.flow = length < LINE_LIST_MAX;
    return list;
  }

  #scalar(value: ConfScalar, schema: z.ZodType | null, path: Path): Scalar {
    const judge = schema === null ? null : alternative(schema, "scalar");
    const variable = variableNode(value, judge, this.environment);
    if (variable !== null) return variable;
    this.#sayInlined(value, path);
    return scalarNode(value, judge);
  }

  #sayInlined({ variable, place }: ConfValue, path: Path): void {
    if (variable === null) return;
    const message = `YAML would read $${variable} otherwise, so the value that it has now is written`;
    this.#note(place, path, message, "warning");
  }
}

function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** Lines as YAML's writer takes them, or null for none; an empty one would end the comment. */
export function commentText(lines: readonly string[]): string | null {
  if (lines.length === 0) return null;
  return lines.map((line) => line.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, " ") || " ").join("\n");
}

/** Blank lines around blocks, and above comments. */
function spread(map: YAMLMap): void {
  let wasBlock = true;
  for (const [at, { key, value }] of map.items.entries()) {
    const isBlock = value instanceof YAMLMap || (value instanceof YAMLSeq && !value.flow);
    if (key instanceof Scalar && at > 0) key.spaceBefore = isBlock || wasBlock || Boolean(key.commentBefore);
    wasBlock = isBlock;
  }
}
