// The layers of the architecture: who may import whom, and who may touch the outside world.

import { expect, test } from "bun:test";
import { folderOf, lineOf } from "./lines.ts";
import { filesOf, type Source, sourcesOf } from "./sources.ts";

/** Packages, and the runtime's own modules, by the folders that may import them. */
const PACKAGES: Record<string, readonly string[]> = {
  yaml: ["config"],
  zod: ["config", "cli"],
  "@napi-rs/snappy": ["wire"],
  bun: ["net"],
  "bun:ffi": ["net"],
  "node:crypto": ["net", "appliance", "config", "base", "auth"],
  "node:fs": ["appliance", "config", "cli"],
  "node:os": ["monitor"],
  "node:path": ["appliance"],
  "node:stream": ["net"],
  "node:tls": ["net"],
  "node:util": ["cli", "config", "core", "net", "appliance"],
  preact: ["ui"],
  "preact/hooks": ["ui"],
  uplot: ["ui"],
  "uplot/dist/uPlot.min.css": ["ui"],
};

/** Where time, chance, sockets and the process may be touched. */
const WORLDLY =
  /^src\/(net|monitor|cli|appliance|ui)\/|^src\/main\.ts$|^src\/config\/load\.ts$|^src\/base\/(clock|random)\.ts$/;
const WORLD =
  /\b(Bun\.|setTimeout|setInterval|setImmediate|queueMicrotask|Date\b|performance\.|Math\.random|process\.|console\.|crypto\.getRandom|fetch\()/;

const sources = sourcesOf("src");

test("every folder of src stands on a line of the architecture", () => {
  const folders = new Set(sources.map(({ path }) => folderOf(path)));
  expect([...folders].filter((folder) => lineOf(folder) < 0)).toEqual([]);
});

test("a file imports from its own folder and from lower lines only", () => {
  const upward: string[] = [];
  for (const { path, imports } of sources) {
    for (const { file, from } of imports) {
      if (file === "") continue;
      const [mine, theirs] = [folderOf(path), folderOf(file)];
      const allowed = file.startsWith("src/") && (mine === theirs || lineOf(mine) < lineOf(theirs));
      if (!allowed) upward.push(`${path} imports ${from}`);
    }
  }
  expect(upward).toEqual([]);
});

test("what runs in the browser imports nothing of the box, and the box nothing of it", () => {
  const crossing = sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ file }) => file !== "" && (folderOf(path) === "ui") !== (folderOf(file) === "ui"))
      .map(({ from }) => `${path} imports ${from}`),
  );
  expect(crossing).toEqual([]);
});

test("imports of our own files name them with their extension", () => {
  const known = new Set(filesOf("src"));
  const wrong = sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ file }) => file.startsWith("src/") && !known.has(file))
      .map(({ from }) => `${path}: ${from}`),
  );
  expect(wrong.filter((line) => !line.endsWith(".html"))).toEqual([]);
});

test("packages are imported only where they belong", () => {
  const wrong: string[] = [];
  for (const { path, imports } of sources) {
    for (const { file, from } of imports) {
      if (file === "" && !PACKAGES[from]?.includes(folderOf(path))) wrong.push(`${path} imports ${from}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("no file imports itself by a detour, but that two of one folder may name each other's types", () => {
  expect(cyclesOf(sources)).toEqual([]);
});

test("clocks, chance, sockets and the process are touched only where that is allowed", () => {
  const touched: string[] = [];
  for (const { path, code } of sources) {
    if (WORLDLY.test(path)) continue;
    code.split("\n").forEach((line, i) => {
      const found = WORLD.exec(line);
      if (found !== null) touched.push(`${path}:${i + 1} ${found[0]}`);
    });
  }
  expect(touched).toEqual([]);
});

/** Each cycle once, as the path around it. */
function cyclesOf(files: readonly Source[]): string[] {
  const byPath = new Map(files.map((source) => [source.path, source]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(" → "));
    if (at >= 0 || done.has(path)) return;
    for (const { file, typeOnly } of byPath.get(path)?.imports ?? []) {
      const harmless = typeOnly && file.split("/")[1] === folderOf(path);
      if (file !== "" && !harmless) visit(file, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}
