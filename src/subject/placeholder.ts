// The functions that a mapping's destination may hold, as `$1` or `{{name(arguments)}}`, and what each makes
// of a token. Source: nats-server 2.15, subject_transform.go.

import { bytesOf } from "../base/bytes.ts";

export type FunctionName =
  | "wildcard"
  | "partition"
  | "splitFromLeft"
  | "splitFromRight"
  | "sliceFromLeft"
  | "sliceFromRight"
  | "left"
  | "right"
  | "split"
  | "random";

/** A function as read: `tokens` are numbers of wildcards from 1; once compiled, places of tokens from 0. */
export interface MappingFunction {
  readonly name: FunctionName;
  readonly tokens: readonly number[];
  readonly number: number;
  readonly delimiter: string;
}

export type MappingProblem = "function-unknown" | "arguments-few" | "arguments-many" | "argument-wrong";

/** In the order in which they are tried, with what may follow the opening braces. */
const NAMES: readonly (readonly [FunctionName, RegExp])[] = (
  [
    ["wildcard", "[wW]ildcard"],
    ["partition", "[pP]artition"],
    ["splitFromLeft", "[sS]plit[fF]rom[lL]eft"],
    ["splitFromRight", "[sS]plit[fF]rom[rR]ight"],
    ["sliceFromLeft", "[sS]lice[fF]rom[lL]eft"],
    ["sliceFromRight", "[sS]lice[fF]rom[rR]ight"],
    ["right", "[rR]ight"],
    ["left", "[lL]eft"],
    ["split", "[sS]plit"],
    ["random", "[rR]andom"],
  ] as const
).map(([name, written]) => [name, new RegExp(`\\{\\{\\s*${written}\\s*\\((.*)\\)\\s*\\}\\}`)]);

const INT32_MAX = 2 ** 31 - 1;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export function isBroken(
  read: MappingFunction | { readonly broken: MappingProblem },
): read is { readonly broken: MappingProblem } {
  return "broken" in read;
}

/** The function that a token of a destination is; null for a token that stands for itself. */
export function readToken(token: string): MappingFunction | { readonly broken: MappingProblem } | null {
  if (token.length > 1 && token.startsWith("$")) {
    const number = integer(token.slice(1), false);
    return number === null ? null : made("wildcard", [number]);
  }
  if (token.length <= 4 || !token.startsWith("{{") || !token.endsWith("}}")) return null;
  for (const [name, pattern] of NAMES) {
    const written = pattern.exec(token)?.[1];
    if (written !== undefined) return withArguments(name, written.split(/,\s*/));
  }
  return { broken: "function-unknown" };
}

function withArguments(
  name: FunctionName,
  given: readonly string[],
): MappingFunction | { readonly broken: MappingProblem } {
  const [first = "", second = ""] = given;
  if (name === "wildcard") {
    if (given.length > 1) return { broken: "arguments-many" };
    if (first === "") return { broken: "arguments-few" };
    const token = integer(first);
    return token === null ? { broken: "argument-wrong" } : made(name, [token]);
  }
  if (name === "partition" || name === "random") {
    if (name === "random" && given.length !== 1) return { broken: "arguments-few" };
    const numbers = given.map((each) => integer(each));
    const [number, ...tokens] = numbers;
    if (number == null || number > INT32_MAX || tokens.includes(null)) return { broken: "argument-wrong" };
    return made(name, tokens as number[], number);
  }
  if (given.length < 2) return { broken: "arguments-few" };
  if (given.length > 2) return { broken: "arguments-many" };
  const token = integer(first);
  if (token === null) return { broken: "argument-wrong" };
  if (name === "split") {
    return /[ .]/.test(second) ? { broken: "argument-wrong" } : made(name, [token], 0, oneAByte(second));
  }
  const number = integer(second);
  if (number === null || Math.abs(number) > INT32_MAX) return { broken: "argument-wrong" };
  return made(name, [token], number);
}

/** Tokens come as one character a byte, so the delimiter must. */
function oneAByte(text: string): string {
  return String.fromCharCode(...bytesOf(text));
}

function made(name: FunctionName, tokens: readonly number[], number = 0, delimiter = ""): MappingFunction {
  return { name, tokens, number, delimiter };
}

function integer(written: string, trims = true): number | null {
  const bare = trims ? written.replaceAll(/^ +| +$/g, "") : written;
  return /^[+-]?\d+$/.test(bare) ? Number(bare) : null;
}

/** What the function makes of the tokens of the subject `whole`. Positions and sizes count bytes, and text is
 *  one character a byte. */
export function applyFunction(
  { name, tokens: places, number, delimiter }: MappingFunction,
  tokens: readonly string[],
  whole: string,
): string {
  if (name === "partition") {
    const key = places.length === 0 ? whole : places.map((at) => tokens[at] ?? "").join("");
    return partition(key, number);
  }
  const token = tokens[places[0] ?? 0] ?? "";
  if (name === "wildcard") return token;
  if (name === "split") return splitAt(token, delimiter);
  if (number <= 0 || number >= token.length) return token;
  const fromRight = token.length - number;
  switch (name) {
    case "splitFromLeft":
      return `${token.slice(0, number)}.${token.slice(number)}`;
    case "splitFromRight":
      return `${token.slice(0, fromRight)}.${token.slice(fromRight)}`;
    case "sliceFromLeft":
      return slices(token, number, 0);
    case "sliceFromRight":
      return slices(token, number, token.length % number);
    case "left":
      return token.slice(0, number);
    default:
      return token.slice(fromRight);
  }
}

/** FNV-1a of 32 bits, modulo the buckets. */
function partition(key: string, buckets: number): string {
  if (buckets === 0) return "0";
  let hash = FNV_OFFSET;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), FNV_PRIME) >>> 0;
  return String(hash % (buckets >>> 0));
}

/** Pieces of `size`, the first one of `first` bytes if that is not 0, the last one with what is left. */
function slices(token: string, size: number, first: number): string {
  const pieces: string[] = [];
  if (first > 0) pieces.push(token.slice(0, first));
  for (let at = first; at < token.length; at += size) pieces.push(token.slice(at, at + size));
  return pieces.join(".");
}

/** As nats-server has it: empty pieces make no token, and none is begun before the first one. */
function splitAt(token: string, delimiter: string): string {
  const pieces = token.split(delimiter);
  let out = "";
  for (const [at, piece] of pieces.entries()) {
    out += piece;
    const next = pieces[at + 1];
    if (next !== undefined && next !== "" && !(at === 0 && piece === "")) out += ".";
  }
  return out;
}
