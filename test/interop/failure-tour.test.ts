// Failures between real servers, each under one reason code wherever an operator looks; and the page that
// shows them is what the tour sees.

import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { FAILURES } from "../../bench/tour/failures.ts";
import { anchor, PAGE, rowsOf } from "../../bench/tour/page.ts";
import { isWhole, type Tour, walk } from "../../bench/tour/tour.ts";
import { PEERS } from "../../bench/tour/world.ts";
import { whyNoCertificates } from "../support/certificates.ts";
import { whyAbsent } from "../support/member.ts";
import { guardProcesses } from "../support/process.ts";

setDefaultTimeout(240_000);
guardProcesses();

const why = whyNoCertificates() ?? whyAbsent(PEERS) ?? whyAbsent("box");
if (why !== undefined) console.error(`SKIPPED the failure tour: ${why}`);
const read = (file: string): string => readFileSync(`${import.meta.dir}/../../docs/${file}`, "utf8");

describe.skipIf(why !== undefined)(`the failure tour ${why ?? ""}`.trim(), () => {
  let tour: Tour;
  beforeAll(async () => {
    tour = await walk();
    if (tour.without !== "") console.error(`SKIPPED a surface of the failure tour: ${tour.without}`);
  });

  for (const [i, { title, code }] of FAILURES.entries()) {
    test(`${title}: every surface says ${code}, and all links come back`, () => {
      const stop = tour.stops[i]!;
      expect([...stop.seen].map(([surface, seen]) => [surface, seen?.code])).toEqual(
        [...stop.seen.keys()].map((surface) => [surface, code]),
      );
      expect(stop.seen.size).toBe(tour.without === "" ? 5 : 4);
      expect(isWhole(stop)).toBe(true);
    });
  }

  test("the page shows this table, as far as there is a browser", () => {
    const page = readFileSync(PAGE, "utf8");
    const absent = rowsOf(tour).filter((row) => !page.includes(`| ${row.join(" | ")} |`.slice(0, -2)));
    expect(absent).toEqual([]);
  });
});

test("each failure of the tour has its section on the page, its code in reasons.md and its runbook page", () => {
  const [page, reasons, runbook] = ["failure-tour.md", "reasons.md", "runbook.md"].map(read) as [
    string,
    string,
    string,
  ];
  for (const failure of FAILURES) {
    expect(page).toContain(`## ${failure.title}\n`);
    expect(page).toContain(`runbook.md#${anchor(failure.runbook)}`);
    expect(reasons).toMatch(new RegExp(`^(### |\\| )${RegExp.escape(failure.code)}( \\||$)`, "m"));
    const section = runbook.split(/^## /m).find((part) => part.startsWith(`${failure.runbook}\n`));
    expect(section).toContain(failure.code);
  }
});
