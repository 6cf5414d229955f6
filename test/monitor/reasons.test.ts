// docs/reasons.md has every reason for which a connection ends, with cause and cure.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";

const read = (path: string): string => readFileSync(`${import.meta.dir}/../../${path}`, "utf8");
const PAGE = read("docs/reasons.md");

/** Of the type that every close must name. */
const REASONS = [...read("src/peer/close.ts").matchAll(/^ {2}\| "([^"]+)"/gm)].map((found) => found[1]!);

const SECTIONS = new Map(
  PAGE.split(/^### /m)
    .slice(1)
    .map((section) => {
      const [title = "", ...rest] = section.split(/^## /m)[0]!.split("\n");
      return [title, rest.join("\n")];
    }),
);

test("every reason has a section, and no section is about something else", () => {
  expect(REASONS.length).toBeGreaterThanOrEqual(30);
  expect([...SECTIONS.keys()].sort()).toEqual([...REASONS].sort());
});

test("every section tells cause and cure", () => {
  for (const [reason, text] of SECTIONS) {
    expect([reason, text]).toEqual([
      reason,
      expect.stringMatching(/^\n\*\*Cause\.\*\* .{10}[\s\S]*\n\*\*Cure\.\*\* ./),
    ]);
  }
});

test("what links say that are down without a close stands there too", () => {
  const type = /type DownReason = CloseReason ([^;]+);/.exec(read("src/peer/reason-of.ts"))![1]!;
  const said = [...type.matchAll(/"([^"]+)"/g)].map((found) => found[1]!);
  expect(said.length).toBeGreaterThanOrEqual(3);
  for (const reason of said) expect(PAGE).toContain(`| ${reason} |`);
});
