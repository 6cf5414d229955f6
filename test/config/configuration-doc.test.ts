// The page of all keys is the one of the code, and leads nowhere that is not there.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { CHAPTERS, SETTINGS } from "../../src/config/schema.ts";
import { CONFIGURATION_PAGE, configurationPage } from "./configuration-doc.ts";

const PAGE = configurationPage();

test("the page is what the code would write; bun run schema writes it", () => {
  expect(readFileSync(CONFIGURATION_PAGE, "utf8")).toBe(PAGE);
});

test("its chapters hold every key of the file once", () => {
  const keys = Object.values(CHAPTERS).flatMap((chapter) => Object.keys(chapter));
  expect(keys.sort()).toEqual(Object.keys(SETTINGS.shape).sort());
});

test("no two places have one anchor, and every link within the page leads to one", () => {
  const slugs = [...PAGE.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
  const ids = [...PAGE.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!);
  expect(ids.length).toBeGreaterThan(200);
  expect(new Set([...slugs, ...ids]).size).toBe(slugs.length + ids.length);
  const links = [...PAGE.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target!);
  expect(links.length).toBeGreaterThan(30);
  for (const link of links) expect(slugs).toContain(link);
});

test.each([
  ["key-gateway.tls.min_version", "`1.2`, `1.3` | `1.2` | yes"],
  ["key-max_payload", "a size, 1 to 2,147,483,647 | `1MB` | yes | Largest message"],
  ["key-system_account", "| `$SYS` | restart | "],
  ["key-leafnodes.remotes.credentials", "Also: `creds`."],
  ["key-gateway.gateways.accounts.name.allow", "a subject or a list of subjects | all of them | yes"],
])("%s stands with %p", (id, words) => {
  const row = PAGE.split("\n").find((line) => line.startsWith(`| <a id="${id}">`));
  expect(row).toContain(words);
});
