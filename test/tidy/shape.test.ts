// Sizes, mutable state, dead exports and words: what a machine can check of the style.

import { expect, test } from "bun:test";
import { filesOf, type Source, sourcesOf } from "./sources.ts";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const COLUMNS_MAX = 110;

const src = sourcesOf("src");
const all = [...src, ...sourcesOf("test"), ...sourcesOf("bench")];
/** This file names what it forbids. */
const others = all.filter(({ path }) => !path.startsWith("test/tidy/"));

/** `path:line` of every line that matches. */
function hits(files: readonly Source[], part: "text" | "code", pattern: RegExp): string[] {
  return files.flatMap((source) =>
    source[part].split("\n").flatMap((line, i) => {
      const found = pattern.exec(line);
      return found === null ? [] : [`${source.path}:${i + 1} ${found[0].trim()}`];
    }),
  );
}

test("a file has at most 400 lines", () => {
  // Lines end with a line feed, so the last one is empty.
  const long = src.filter(({ lines }) => lines.length - 1 > FILE_LINES_MAX);
  expect(long.map(({ path, lines }) => `${path}: ${lines.length - 1}`)).toEqual([]);
});

/** Columns, without what is in strings: those are not broken. A line that a comment makes too long has no
 *  excuse. */
function columnsOf(line: string, code: string): number {
  const length = [...line.trimEnd()].length;
  const isComment = code.trimEnd().length < line.trimEnd().length;
  const blanked = [...code].filter((char, i) => char === " " && line[i] !== " ").length;
  return isComment ? length : length - blanked;
}

test("a line has at most 110 columns, save those of a long string", () => {
  const long = all.flatMap(({ path, lines, code }) => {
    const codeLines = code.split("\n");
    return lines.flatMap((line, i) => {
      if (line.length <= COLUMNS_MAX || columnsOf(line, codeLines[i]!) <= COLUMNS_MAX) return [];
      return [`${path}:${i + 1}`];
    });
  });
  expect(long).toEqual([]);
});

/** Where a function, a method or a closure with a body begins, as the formatter writes it. */
const FUNCTION =
  /^\s*(?:export )?(?:default )?(?:async )?function\b|^\s+(?:(?:private|protected|public|override|static|async|get|set) )*#?\w+(?:<.*>)?\([^;]*$|=> \{$/;
const NO_FUNCTION = /^\s*(?:if|for|while|switch|return|catch|else|do|super|expect)\b/;

/** Lines from where a function begins to the brace that closes it at the same indent. */
function functionLengths({ path, code }: Source): { at: string; length: number }[] {
  const lines = code.split("\n");
  return lines.flatMap((line, i) => {
    if (!FUNCTION.test(line) || NO_FUNCTION.test(line)) return [];
    const indent = /^\s*/.exec(line)![0];
    const end = lines.findIndex((other, j) => j > i && other.startsWith(`${indent}}`));
    const outside = lines.findIndex(
      (other, j) => j > i && /\S/.test(other) && /^\s*/.exec(other)![0] < indent,
    );
    if (end < 0 || (outside >= 0 && outside < end)) return [];
    return [{ at: `${path}:${i + 1}`, length: end - i + 1 }];
  });
}

test("a function has at most 70 lines", () => {
  const functions = src.flatMap(functionLengths);
  expect(functions.length).toBeGreaterThan(500);
  const long = functions.filter(({ length }) => length > FUNCTION_LINES_MAX);
  expect(long.map(({ at, length }) => `${at}: ${length}`)).toEqual([]);
});

test("no module holds state that can change", () => {
  const state =
    /^(?:export )?(?:let|var) |^(?:export )?const \w+(?:: [^=]+)? = (?:new (?:Map|Set|WeakMap|WeakSet)(?:<.*>)?\(\)|\[\]|\{\});/;
  expect(hits(src, "code", state)).toEqual([]);
});

/** Values must be imported; a type may instead shape what its own file exports. */
function isAlive({ code, path }: Source, name: string, wanted: ReadonlySet<string>): boolean {
  if (wanted.has(`${path} ${name}`) || wanted.has(`${path} *`)) return true;
  const isType = new RegExp(`^export (?:interface|type) ${name}\\b`, "m").test(code);
  return isType && code.split(new RegExp(`\\b${name}\\b`)).length > 2;
}

test("what is exported is used elsewhere", () => {
  const wanted = new Set(
    all.flatMap(({ imports }) =>
      imports.flatMap(({ file, names }) => names.map((name) => `${file} ${name}`)),
    ),
  );
  const dead = src.flatMap((source) =>
    source.exports.filter((name) => !isAlive(source, name, wanted)).map((name) => `${source.path} ${name}`),
  );
  expect(dead).toEqual([]);
});

test("a file of src says first why it exists", () => {
  const silent = src.filter(({ text }) => !/^(?:#!.*\n)?(?:\/\/ |\/\*\* )\S/.test(text));
  expect(silent.map(({ path }) => path)).toEqual([]);
});

test("nothing is left for later, and nothing is of type any", () => {
  expect(hits(others, "text", /\b(?:TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
  expect(hits(others, "code", /(?::|<|\bas|\||=) any\b(?! [a-z])|<any\b|\bany\[\]/)).toEqual([]);
  expect(hits(others, "text", /@ts-(?:ignore|nocheck|expect-error)/)).toEqual([]);
});

test("no text depends on the machine that it was written on", () => {
  expect(hits(others, "text", /(?<![\w.])\/(?:work|home|root|Users)\/|\.\.\/shared\//)).toEqual([]);
});

test("no test is left out or alone", () => {
  expect(hits(others, "code", /\b(?:test|describe|it)\.(?:only|todo|failing)\b/)).toEqual([]);
});

test("files are named in kebab-case", () => {
  const odd = ["src", "test", "bench"].flatMap(filesOf).filter((path) => {
    const name = path.split("/").at(-1)!;
    return name !== "README.md" && !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$/.test(name);
  });
  expect(odd).toEqual([]);
});
