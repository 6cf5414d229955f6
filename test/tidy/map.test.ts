import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { firstSentence, MAP_PATH, mapText, READING_ORDER } from "./map.ts";
import { filesOf, ROOT } from "./sources.ts";

test("the map in src/README.md names every file of src, and says what the file says of itself", () => {
  // When this fails: bun test/tidy/map.ts
  expect(readFileSync(join(ROOT, MAP_PATH), "utf8")).toBe(mapText());
});

test("every file of src stands in the map, each once", () => {
  const named = [...mapText().matchAll(/^- `([^`]+)` – (.+)$/gm)];
  const files = filesOf("src").filter((path) => path !== MAP_PATH);
  expect(named.map((found) => `src/${found[1]}`).sort()).toEqual(files);
  for (const [, path, sentence] of named) expect([path, sentence!.length > 15]).toEqual([path, true]);
});

test("the files of the reading order exist", () => {
  const files = new Set(filesOf("src"));
  expect(READING_ORDER.filter((path) => !files.has(`src/${path}`))).toEqual([]);
});

test("a file's first sentence ends at the first full stop, whatever kind of comment holds it", () => {
  expect(firstSentence("// One thing of v2.1, in\n// two lines. Another.\n\ncode")).toBe(
    "One thing of v2.1, in two lines",
  );
  expect(firstSentence("#!/usr/bin/env bun\n// argv to command; exits. Yes.\n")).toBe(
    "argv to command; exits",
  );
  expect(firstSentence("/** A block\n *  of two. More. */\n")).toBe("A block of two");
  expect(firstSentence("<!doctype html>\n<!-- A page. -->\n<p>")).toBe("A page");
  expect(firstSentence("const a = 1;\n")).toBe("");
});
