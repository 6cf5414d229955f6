// The map of src, made from what each file says of itself. `bun test/tidy/map.ts` writes it.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf, LINES } from "./lines.ts";
import { filesOf, ROOT } from "./sources.ts";

export const MAP_PATH = "src/README.md";

/** The path of a message through the product, from socket to socket. */
export const READING_ORDER = [
  "net/link.ts",
  "gateway/inbound.ts",
  "wire/scanner.ts",
  "wire/gateway-reader.ts",
  "wire/frame.ts",
  "forward/forward.ts",
  "interest/cache.ts",
  "forward/resolve.ts",
  "interest/store.ts",
  "forward/encode.ts",
  "peer/egress.ts",
  "net/driver.ts",
];

const COMMENT =
  /^(?:#!.*\n)?(?:((?:\/\/ .*\n)+)|\/\*\*? ([\s\S]*?)\*\/|(?:<!doctype html>\s*)?<!-- ([\s\S]*?)-->)/i;
const SENTENCE = /^.*?[.?](?= |$)/;

/** The first sentence of a file. */
export function firstSentence(text: string): string {
  const [, lines, block, html] = COMMENT.exec(text) ?? [];
  const comment = (lines ?? block ?? html ?? "").replace(/^(?:\/\/| ?\*) ?/gm, "");
  const words = comment.replace(/\s+/g, " ").trim();
  return (SENTENCE.exec(words)?.[0] ?? words).replace(/[.:]$/, "");
}

/** What src/README.md is to hold. */
export function mapText(): string {
  const files = filesOf("src").filter((path) => path !== MAP_PATH);
  const row = (path: string): string => {
    return `- \`${path.slice("src/".length)}\` – ${firstSentence(readFileSync(join(ROOT, path), "utf8"))}`;
  };
  const sections = LINES.flatMap(({ folders, is }) => {
    const rows = folders.flatMap((folder) => files.filter((path) => folderOf(path) === folder).map(row));
    const present = folders.filter((folder) => files.some((path) => folderOf(path) === folder));
    return rows.length === 0 ? [] : [`## ${present.join(" · ")}\n\n${is}\n\n${rows.join("\n")}\n`];
  });
  return [
    "# The map\n",
    "<!-- Written by `bun test/tidy/map.ts` from the first sentence of each file; a test compares the two. -->\n",
    "The path of a message, from socket to socket:\n",
    `${READING_ORDER.map((path, i) => `${i + 1}. \`${path}\``).join("\n")}\n`,
    "Below, a file imports from its own folder and from sections below its own only.\n",
    ...sections,
  ].join("\n");
}

if (import.meta.main) writeFileSync(join(ROOT, MAP_PATH), mapText());
