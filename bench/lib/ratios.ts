// What every suite reports in the same shape, so that reports can be drawn and held against an accepted one.

import { table } from "./table.ts";

/** One figure of both systems. */
export interface Ratio {
  readonly name: string;
  /** Above 1 the box is better, whichever way `better` points; null where one of the two has no figure. */
  readonly ratio: number | null;
  readonly nats: number | null;
  readonly box: number | null;
  readonly unit: string;
  readonly better: "lower" | "higher";
  /** The least ratio that is aimed at; null for none. */
  readonly target: number | null;
  /** The least and the greatest ratio of the rounds. */
  readonly range?: readonly [min: number, max: number];
  /** Decided by chance too often to be held against an accepted one. */
  readonly noisy?: true;
}

/** A line of a plot. What stands before the first ": " of its name is the title of the plot. */
export interface Series {
  readonly name: string;
  /** Of the second number of each point. */
  readonly unit: string;
  /** Of the first: "percentile" and "B" get an axis of their own, everything else a linear one. */
  readonly xUnit?: string;
  readonly points: readonly [number, number][];
}

export function ratioOf(
  name: string,
  unit: string,
  better: Ratio["better"],
  nats: number | null,
  box: number | null,
  target: number | null = null,
): Ratio {
  const known = nats !== null && box !== null && nats > 0 && box > 0;
  const ratio = known ? (better === "lower" ? nats / box : box / nats) : null;
  return { name, ratio, nats, box, unit, better, target };
}

/** The table of ratios for the terminal. */
export function ratiosTable(ratios: readonly Ratio[]): string {
  const rows = ratios.map(({ name, ratio, nats, box, unit, target }) => [
    name,
    figureText(nats),
    figureText(box),
    unit,
    ratio === null ? "" : `${ratio.toFixed(2)}×`,
    target === null ? "" : `≥ ${target}×`,
  ]);
  const head = ["figure", "nats", "box", "unit", "ratio", "target"];
  return table(head, rows, ["left", "right", "right", "left", "right", "right"]);
}

/** Three digits that count, and thousands apart. */
export function figureText(value: number | null): string {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}
