// What a run leaves behind: the report as JSON and as a page, and its plots as SVG files, in bench/out.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { WholeReport } from "../lib/report.ts";
import { chartsOf } from "./charts.ts";
import { pageOf } from "./page.ts";
import { barChart, lineChart } from "./svg.ts";
import { targetRows } from "./targets.ts";

const ROOT = join(import.meta.dir, "../..");
const OUT = join(ROOT, "bench/out");

/** Writes all of it; `name` is that of the report and its page. Answers the files. */
export function outFiles(report: WholeReport, name: string): string[] {
  return [
    written(OUT, `${name}.json`, `${JSON.stringify(report, null, 2)}\n`),
    written(OUT, `${name}.html`, pageOf(report)),
    ...svgFiles(report, OUT),
  ];
}

/** The plots, and the targets as bars, as SVG files in `dir`. */
export function svgFiles(report: WholeReport, dir: string): string[] {
  const bars = targetRows(report).flatMap(({ suite, ratio: { name, ratio, target } }) =>
    ratio === null ? [] : [{ name: `${suite}: ${name}`, value: ratio, target }],
  );
  const targets =
    bars.length === 0 ? [] : [["targets", barChart("Box ÷ nats-server, and targets", bars)] as const];
  const plots = chartsOf(report).map((chart) => [slugOf(chart.title), lineChart(chart)] as const);
  return [...targets, ...plots].map(([name, svg]) => written(dir, `${name}.svg`, svg));
}

/** The name of a file for a title. */
export function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

/** Answers the path as one types it. */
export function written(dir: string, name: string, text: string): string {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, name);
  writeFileSync(path, text);
  return relative(ROOT, path);
}
