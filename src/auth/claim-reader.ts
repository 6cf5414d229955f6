// Reads members of claims that anybody may have written. The first thing that is wrong is remembered, so that
// a reader of claims needs no branch a field.

import { quoted } from "./refusal.ts";

/** Members of a JSON object by lower-case name, as nats-server matches them. */
export type Fields = ReadonlyMap<string, unknown>;

/** null when the value is no object. */
export function fieldsOf(value: unknown): Fields | null {
  if (!isObject(value)) return null;
  return new Map(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Numbers of claims are 64 bits wide. */
const INTEGER_MAX = 2 ** 63;

export class ClaimReader {
  /** An absent member and null are the same. */
  constructor(
    private readonly fields: Fields,
    private readonly faults: string[] = [],
  ) {}

  /** The first thing that was wrong in this object or one inside of it, or null. */
  get fault(): string | null {
    return this.faults[0] ?? null;
  }

  text(name: string): string {
    const value = this.fields.get(name) ?? "";
    return typeof value === "string" ? value : this.#wrong(name, "a text", "");
  }

  flag(name: string): boolean {
    const value = this.fields.get(name) ?? false;
    return typeof value === "boolean" ? value : this.#wrong(name, "true or false", false);
  }

  integer(name: string, absent = 0): number {
    const value = this.fields.get(name) ?? absent;
    return isInteger(value) ? value : this.#wrong(name, "a whole number", absent);
  }

  /** null when it is absent, which may mean something else than an empty list. */
  textsOrNull(name: string): readonly string[] | null {
    const value = this.fields.get(name) ?? null;
    if (value === null) return null;
    const isRight = Array.isArray(value) && value.every((item) => typeof item === "string");
    return isRight ? value : this.#wrong(name, "a list of texts", null);
  }

  texts(name: string): readonly string[] {
    return this.textsOrNull(name) ?? [];
  }

  /** A list of any values. */
  list(name: string): readonly unknown[] {
    const value = this.fields.get(name) ?? [];
    return Array.isArray(value) ? value : this.#wrong(name, "a list", []);
  }

  /** The object of this name; an empty one when it is absent. */
  object(name: string): ClaimReader {
    return this.inner(this.fields.get(name) ?? {}, name);
  }

  objectOrNull(name: string): ClaimReader | null {
    return (this.fields.get(name) ?? null) === null ? null : this.object(name);
  }

  /** An object without members, for what an older version did not have. */
  absent(): ClaimReader {
    return new ClaimReader(new Map(), this.faults);
  }

  objects(name: string): readonly ClaimReader[] {
    return this.list(name).map((item) => this.inner(item, name));
  }

  /** A value that stands inside of member `name`, as an object. */
  inner(value: unknown, name: string): ClaimReader {
    return new ClaimReader(fieldsOf(value) ?? this.#wrong(name, "an object", new Map()), this.faults);
  }

  /** Members whose names are data, such as keys and subjects, as they are spelled. */
  entries(name: string): readonly (readonly [string, unknown])[] {
    const value = this.fields.get(name) ?? {};
    return isObject(value) ? Object.entries(value) : this.#wrong(name, "an object", []);
  }

  /** Whole numbers by name. */
  integers(name: string): ReadonlyMap<string, number> {
    return new Map(
      this.entries(name).map(([key, value]) => [
        key,
        isInteger(value) ? value : this.#wrong(name, "whole numbers by key", 0),
      ]),
    );
  }

  /** One of these words, or null when it is absent. */
  word<const T extends string>(name: string, words: readonly T[]): T | null {
    const value = this.text(name);
    const found = words.find((word) => word === value);
    if (found !== undefined || value === "") return found ?? null;
    return this.#wrong(name, `one of ${words.join(", ")}`, null);
  }

  /** Something that the methods above cannot say is wrong. */
  complain(fault: string): void {
    if (this.faults.length === 0) this.faults.push(fault);
  }

  raw(name: string): unknown {
    return this.fields.get(name);
  }

  #wrong<T>(name: string, wanted: string, instead: T): T {
    this.complain(`${quoted(name)} is not ${wanted}`);
    return instead;
  }
}

function isInteger(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= INTEGER_MAX;
}
