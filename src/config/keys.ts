// How the schema is written down and read back: keys with their notes, blocks, and the shape under a key.

import { z } from "zod";

/** What is known of a key beyond its type. */
export interface KeyNote {
  /** One line, in the present tense, ended by a full stop. */
  readonly help: string;
  /** Whether a change of the key can be taken up by a box that runs. */
  readonly reload: boolean;
  /** Other names under which nats-server knows the same key. */
  readonly aliases?: readonly string[];
}

/** Bounds of a number, both inclusive. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What is known of a kind of value: the words of findings and documentation. */
export interface KindNote {
  /** Follows "expected": `a duration such as 10s`. */
  readonly wants: string;
  /** A value that would be right, as one writes it in YAML. */
  readonly example: string;
  readonly unit?: string;
  /** In that unit. */
  readonly range?: Range;
  /** All that may be written, spellings of the same thing aside. */
  readonly values?: readonly string[];
  /** The value never appears in a finding. */
  readonly secret?: boolean;
}

/** A key that nats-server knows and this product does not: what it is, and values that mean "without it". */
export interface Unsupported {
  readonly what: string;
  readonly off?: readonly unknown[];
}

export type UnsupportedKeys = Readonly<Record<string, Unsupported>>;

const KEYS = z.registry<KeyNote>();
const KINDS = z.registry<KindNote>();
const BLOCKS = z.registry<{ readonly unsupported: UnsupportedKeys }>();

/** A key that may be absent and then means nothing at all. */
export function key<S extends z.ZodType>(schema: S, note: KeyNote): z.ZodOptional<S> {
  const optional = schema.optional();
  KEYS.add(optional, note);
  return optional;
}

/** A key that, when absent, reads as if `absent` were written. */
export function keyOr<S extends z.ZodType>(
  schema: S,
  absent: Exclude<z.input<S>, undefined>,
  note: KeyNote,
): z.ZodPrefault<S> {
  const filled = schema.prefault(absent as never) as z.ZodPrefault<S>;
  KEYS.add(filled, note);
  return filled;
}

/** A map whose keys are all known. */
export function block<S extends z.ZodRawShape>(shape: S, unsupported: UnsupportedKeys = {}) {
  const object = z.strictObject(shape).register(BLOCKS, { unsupported });
  KINDS.add(object, { wants: "a block of keys", example: "key: value" });
  return object;
}

/** Gives a kind of value the words that findings use for it. */
export function kind<S extends z.ZodType>(schema: S, note: KindNote): S {
  KINDS.add(schema, note);
  return schema;
}

export function keyNote(schema: z.ZodType): KeyNote | null {
  return KEYS.get(schema) ?? null;
}

/** The kind of a key's value, looked for beneath `optional` and defaults. */
export function kindNote(schema: z.ZodType): KindNote {
  return KINDS.get(bare(schema)) ?? { wants: "another kind of value", example: "value" };
}

/** What stands in the file when the key is absent, as one writes it in YAML; undefined if nothing does. */
export function absentValue(schema: z.ZodType): unknown {
  return schema instanceof z.ZodPrefault ? schema._zod.def.defaultValue : undefined;
}

/**
 * What a schema holds: named keys, entries of one kind under names or in a row, a choice of these, or a
 * scalar.
 */
export type Shape =
  | {
      readonly is: "block";
      readonly keys: Readonly<Record<string, z.ZodType>>;
      readonly unsupported: UnsupportedKeys;
    }
  | { readonly is: "table"; readonly entry: z.ZodType }
  | { readonly is: "list"; readonly entry: z.ZodType }
  | { readonly is: "choice"; readonly of: readonly z.ZodType[] }
  | { readonly is: "scalar" };

export function shapeOf(schema: z.ZodType): Shape {
  const inner = bare(schema);
  if (inner instanceof z.ZodObject) {
    const keys = inner.shape as Readonly<Record<string, z.ZodType>>;
    return { is: "block", keys, unsupported: BLOCKS.get(inner)?.unsupported ?? {} };
  }
  if (inner instanceof z.ZodRecord) return { is: "table", entry: inner.valueType as z.ZodType };
  if (inner instanceof z.ZodArray) return { is: "list", entry: inner.element as z.ZodType };
  if (inner instanceof z.ZodUnion) {
    const options = inner.options as readonly z.ZodType[];
    if (options.some((option) => shapeOf(option).is !== "scalar")) return { is: "choice", of: options };
  }
  return { is: "scalar" };
}

/** The alternative of a choice that has the wanted outer shape, or the schema itself if it is no choice. */
export function alternative(schema: z.ZodType, wanted: "map" | "list" | "scalar"): z.ZodType {
  const shape = shapeOf(schema);
  if (shape.is !== "choice") return schema;
  return shape.of.find((option) => outerShape(shapeOf(option)) === wanted) ?? schema;
}

function outerShape(shape: Shape): "map" | "list" | "scalar" | "choice" {
  return shape.is === "block" || shape.is === "table" ? "map" : shape.is;
}

/**
 * The key of a block that a written name means: by its own name or an alias, in any case, as in
 * nats-server.
 */
export function keyNamed(keys: Readonly<Record<string, z.ZodType>>, written: string): string | null {
  const wanted = written.toLowerCase();
  if (Object.hasOwn(keys, wanted)) return wanted;
  for (const [name, schema] of Object.entries(keys)) {
    if (keyNote(schema)?.aliases?.includes(wanted)) return name;
  }
  return null;
}

function bare(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodPrefault)
    inner = inner.unwrap() as z.ZodType;
  return inner;
}
