// Charts as SVG for readers that run no script: the README and docs. Only what these need.

import { figureText } from "../lib/ratios.ts";
import type { Chart } from "./charts.ts";
import { escaped } from "./escape.ts";

const WIDTH = 760;
const HEIGHT = 340;
const LEFT = 70;
const RIGHT = 170;
const TOP = 40;
const BOTTOM = 46;
const TICKS = 5;
/** Told apart also by those who see no red and green. */
export const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555"] as const;

interface Scale {
  readonly min: number;
  readonly max: number;
  readonly isLog: boolean;
}

/** A line chart with its legend at the right. */
export function lineChart({ title, unit, xUnit, ticks, isLog, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const x = scaleOf(
    points.map((point) => point[0]),
    false,
  );
  const y = scaleOf(
    points.map((point) => point[1]),
    isLog,
  );
  const across = (value: number): number => LEFT + part(x, value) * (WIDTH - LEFT - RIGHT);
  const down = (value: number): number => HEIGHT - BOTTOM - part(y, value) * (HEIGHT - TOP - BOTTOM);
  const named = ticks.length > 0 ? ticks : evenly(x).map((value) => [value, figureText(value)] as const);
  const grid = evenly(y).map((value) => [
    `<path d="M${LEFT} ${at(down(value))}H${WIDTH - RIGHT}" stroke="#ddd"/>`,
    words(LEFT - 8, down(value) + 4, figureText(value), "end"),
  ]);
  const drawn = lines.map(({ name, points: own }, index) => {
    const colour = COLOURS[index % COLOURS.length]!;
    const path = own
      .filter(([, value]) => !isLog || value > 0)
      .map(([left, value]) => `${at(across(left))},${at(down(value))}`)
      .join(" ");
    const key = TOP + 12 + index * 20;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<line x1="${WIDTH - RIGHT + 14}" x2="${WIDTH - RIGHT + 34}" y1="${key}" y2="${key}" ` +
        `stroke="${colour}" stroke-width="3"/>`,
      words(WIDTH - RIGHT + 40, key + 4, name, "start"),
    ];
  });
  return picture(HEIGHT, title, [
    ...grid.flat(),
    ...named
      .filter(([value]) => value >= x.min && value <= x.max)
      .map(([value, name]) => words(across(value), HEIGHT - BOTTOM + 18, name, "middle")),
    words(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 8, xUnit, "middle"),
    words(LEFT - 8, TOP - 8, unit, "end"),
    ...drawn.flat(),
  ]);
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Marked with a line across; null for none. */
  readonly target: number | null;
}

const BAR_LEFT = 400;
const BAR_STEP = 22;

/** Bars that lie, each with its name, its value and what was aimed at; all begin at 0, and 1 is marked. */
export function barChart(title: string, bars: readonly Bar[]): string {
  // One that is far above its target must not make all others small: it is cut, and its value told.
  const most = Math.max(1, ...bars.map(({ value, target }) => (target === null ? value : 1.2 * target)));
  const across = (value: number): number =>
    BAR_LEFT + (Math.min(value, most) / most) * (WIDTH - BAR_LEFT - 60);
  const height = TOP + bars.length * BAR_STEP + 20;
  const upright = (value: number, from: number, to: number, colour: string): string =>
    `<line x1="${at(across(value))}" x2="${at(across(value))}" y1="${from}" y2="${to}" stroke="${colour}" ` +
    `stroke-width="2"/>`;
  const rows = bars.flatMap(({ name, value, target }, index) => {
    const top = TOP + index * BAR_STEP;
    const colour = target === null || value >= target ? COLOURS[0] : COLOURS[1];
    return [
      words(BAR_LEFT - 8, top + 13, name, "end"),
      `<rect x="${BAR_LEFT}" y="${top + 2}" width="${at(across(value) - BAR_LEFT)}" height="14" fill="${colour}"/>`,
      words(across(value) + 6, top + 13, value.toFixed(2), "start"),
      ...(target === null ? [] : [upright(target, top, top + 18, "#000")]),
    ];
  });
  return picture(height, title, [upright(1, TOP - 4, height - 16, "#bbb"), ...rows]);
}

function picture(height: number, title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      `font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${WIDTH / 2}" y="18" text-anchor="middle" font-size="14" font-weight="600">${escaped(title)}</text>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

/** From zero, or on a logarithmic scale from the least. */
function scaleOf(values: readonly number[], isLog: boolean): Scale {
  const finite = values.filter((value) => Number.isFinite(value) && (!isLog || value > 0));
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const min = isLog ? least : Math.min(0, least);
  return { min, max: most > min ? most : min + 1, isLog };
}

function part({ min, max, isLog }: Scale, value: number): number {
  if (isLog) return Math.log(value / min) / Math.log(max / min);
  return (value - min) / (max - min);
}

function evenly({ min, max, isLog }: Scale): number[] {
  return Array.from({ length: TICKS + 1 }, (_, step) => {
    const share = step / TICKS;
    return isLog ? min * (max / min) ** share : min + (max - min) * share;
  });
}

function words(x: number, y: number, text: string, anchor: "start" | "middle" | "end"): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

function at(value: number): string {
  return value.toFixed(1);
}
