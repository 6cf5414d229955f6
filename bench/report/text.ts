// A whole run for the terminal: each suite as it tells itself, and the targets of all.

import { failuresOf, type WholeReport } from "../lib/report.ts";
import { table } from "../lib/table.ts";
import { SUITES } from "../suites.ts";
import { reachedText, targetRows, timesText } from "./targets.ts";

export function wholeText(report: WholeReport): string {
  const told = report.suites.flatMap((one) => {
    const suite = SUITES[one.suite];
    if (suite === undefined || one.isEmpty === true) return [];
    return [`\n━━ ${one.suite}`, suite.text(one)];
  });
  const rows = targetRows(report).map(({ suite, ratio, reached }) => [
    suite,
    ratio.name,
    timesText(ratio),
    `≥ ${ratio.target}`,
    reachedText(reached),
  ]);
  const head = ["suite", "target", "is", "wanted", ""];
  const sides = ["left", "left", "right", "right", "left"] as const;
  return [
    ...told,
    ...(rows.length === 0 ? [] : ["\n━━ targets\n", table(head, rows, sides)]),
    "",
    `${report.systems.box} beside ${report.systems.nats}, ${report.seconds} s${report.quick ? ", quick" : ""}`,
    ...failuresOf(report.suites).map((failure) => `FAILED ${failure}`),
  ].join("\n");
}
