// From the series of all suites to plots: which lines share one, and how its axes are scaled. The page and
// the SVG files draw the same.

import type { Series } from "../lib/ratios.ts";
import type { WholeReport } from "../lib/report.ts";

export interface Line {
  readonly name: string;
  /** As plotted: x on the scale of the chart, y as it is. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly xUnit: string;
  /** Where the x axis is named, on its own scale. Empty: it is linear and names itself. */
  readonly ticks: readonly (readonly [x: number, name: string])[];
  /** Whether y is logarithmic, because the values lie so far apart that else one sees only the greatest. */
  readonly isLog: boolean;
  readonly lines: readonly Line[];
}

const TITLE_END = ": ";
/** So many times the least. */
const LOG_FROM = 30;
const PERCENTILES = [0, 50, 90, 99, 99.9, 99.99] as const;

export function chartsOf(report: WholeReport): Chart[] {
  const groups = new Map<string, Series[]>();
  for (const { suite, series } of report.suites) {
    for (const one of series ?? []) {
      if (one.points.length === 0) continue;
      const key = [suite, titleOf(one), one.unit, one.xUnit].join("\n");
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
  }
  return [...groups.values()].map(chartOf);
}

function chartOf(all: readonly Series[]): Chart {
  const { unit, xUnit = "" } = all[0]!;
  const lines = all.map((series) => ({
    name: nameOf(series),
    points: series.points.map(([x, y]) => [placeOf(x, xUnit), y] as const),
  }));
  const values = lines.flatMap(({ points }) => points.map(([, y]) => y)).filter((y) => y > 0);
  const isLog = values.length > 0 && Math.max(...values) > LOG_FROM * Math.min(...values);
  const ticks = ticksOf(xUnit, all);
  return { title: titleOf(all[0]!), unit, xUnit, ticks, isLog, lines };
}

/** Percentiles are drawn by the nines that they have, sizes by their logarithm. */
function placeOf(x: number, xUnit: string): number {
  if (xUnit === "percentile") return -Math.log10(1 - Math.min(x, 99.9999) / 100);
  return xUnit === "B" ? Math.log2(x) : x;
}

function ticksOf(xUnit: string, all: readonly Series[]): [number, string][] {
  if (xUnit === "percentile") return PERCENTILES.map((one) => [placeOf(one, xUnit), String(one)]);
  if (xUnit !== "B") return [];
  const sizes = [...new Set(all.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  return sizes.map((size) => [placeOf(size, xUnit), size < 1_024 ? `${size}` : `${size / 1_024} Ki`]);
}

function titleOf({ name }: Series): string {
  const end = name.indexOf(TITLE_END);
  return end < 0 ? name : name.slice(0, end);
}

function nameOf({ name }: Series): string {
  const end = name.indexOf(TITLE_END);
  return end < 0 ? name : name.slice(end + TITLE_END.length);
}
