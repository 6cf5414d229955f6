// docs/benchmarks.md from a report: machine, versions, method, tables, targets, plots. Never edited by hand.

import { join } from "node:path";
import { figureText } from "../lib/ratios.ts";
import type { Report, WholeReport } from "../lib/report.ts";
import { SUITES } from "../suites.ts";
import { chartsOf } from "./charts.ts";
import { cellText } from "./escape.ts";
import { slugOf, svgFiles, written } from "./out.ts";
import { reachedText, targetRows, timesText } from "./targets.ts";

const DOCS = join(import.meta.dir, "../../docs");
const FIGURES = "benchmarks";

/** Answers the files that were written. */
export function writeDocs(report: WholeReport): string[] {
  return [written(DOCS, "benchmarks.md", docsText(report)), ...svgFiles(report, join(DOCS, FIGURES))];
}

export function docsText(report: WholeReport): string {
  return `${[
    "# Benchmarks",
    "",
    "<!-- Written by `bun run bench --write-docs`. -->",
    "",
    ...machineLines(report),
    "",
    ...METHOD,
    "",
    "## Targets",
    "",
    ...targetLines(report),
    "",
    ...chartsOf(report).flatMap(({ title }) => [`![${title}](${FIGURES}/${slugOf(title)}.svg)`, ""]),
    ...report.suites.flatMap(suiteLines),
  ]
    .join("\n")
    .trimEnd()}\n`;
}

const METHOD = [
  "## Method",
  "",
  "`bun run bench` runs all of this again, in under ten minutes; `bun run bench:compare` holds a run against",
  "`bench/baseline.json` and fails where a ratio has fallen by more than 15 %.",
  "",
  "The box and an unmodified nats-server get the same load from the same generator, round by round in turn",
  "(A B A B), in one run. The system under test has a core of its own, generator and sink share another one;",
  "nats-server runs with one scheduler thread, which is its best mode there. Before the rounds each message is",
  "compared byte for byte; in the rounds all are counted, and a run in which one is lost or doubled fails. A",
  "figure is the median of its rounds, a ratio the median of the ratios of the rounds; above 1 favours the box.",
  "CPU is user and system time of the process. Latency is measured from the planned time of each message, so a",
  "pause counts for all that waited in it.",
];

function machineLines({ machine, systems, seconds, quick }: WholeReport): string[] {
  const bound = machine.pinning;
  const pinned =
    bound === null ? "nothing is pinned" : `system on core ${bound.system}, load on core ${bound.load}`;
  return [
    `${systems.box} beside ${systems.nats}. ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB,`,
    `${machine.kernel}, Bun ${machine.bun}; ${pinned}; ${machine.date}; ${seconds} s${quick ? ", quick" : ""}.`,
  ];
}

function targetLines(report: WholeReport): string[] {
  const rows = targetRows(report).map(({ suite, ratio, reached }) => [
    suite,
    ratio.name,
    timesText(ratio),
    `≥ ${ratio.target}`,
    reachedText(reached),
  ]);
  return markdown(["suite", "", "is", "wanted", ""], rows);
}

function suiteLines(report: Report): string[] {
  const { suite, ratios, failures, isEmpty } = report;
  const rows = ratios.map((ratio) => [
    ratio.name,
    figureText(ratio.nats),
    figureText(ratio.box),
    ratio.unit,
    timesText(ratio),
  ]);
  const told = isEmpty === true ? undefined : SUITES[suite]?.text(report).trim();
  return [
    `## ${suite}`,
    "",
    ...markdown(["", "nats-server or relay", "box", "", "ratio"], rows),
    "",
    ...(failures ?? []).flatMap((failure) => [`Failed: ${cellText(failure)}`, ""]),
    // Rates, percentiles and all else that only this suite has.
    ...(told === undefined
      ? []
      : ["<details><summary>all figures</summary>", "", "```text", told, "```", "", "</details>", ""]),
  ];
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cellText).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
