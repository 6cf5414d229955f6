// Every key of the schema can be changed, and what becomes of that is what the schema and docs/reload.md say.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { keyNote } from "../../src/config/keys.ts";
import { changes, leafKeys } from "./reload-changes.ts";
import { hereOf, RELOAD_PAGE, reloadPage } from "./reload-doc.ts";

const all = await changes();
const seen = all.map((change) => [change.key, hereOf(change)] as const);

test("each key is changed by one change", () => {
  expect(all.map(({ key }) => key)).toEqual([...leafKeys().keys()]);
  expect(all.length).toBeGreaterThan(200);
});

test("what the schema says cannot change while the box runs needs a restart, and nothing else does", () => {
  for (const [key, here] of seen) {
    expect([key, keyNote(leafKeys().get(key)!)?.reload]).toEqual([key, here !== "restart"]);
  }
});

test("docs/reload.md says of each key what becomes of it", () => {
  expect(readFileSync(RELOAD_PAGE, "utf8")).toBe(reloadPage(seen));
});
