// Where cards stand on the map: on an arc above the box those that we share regions with, on one below it the
// leaf nodes.

import type { Link } from "./links.ts";

/** In percent of the map, of the middle of the card. */
export interface Place {
  readonly link: Link;
  readonly x: number;
  readonly y: number;
}

/** More cards in one row would lie on each other. */
const ROW_MAX = 5;

/** From the middle of the map to the row, and how much nearer its ends are, in percent. */
const DISTANCE = 36;
const BOW = 14;

/** null: there are too many for a map. */
export function placesOf(links: readonly Link[]): Place[] | null {
  const above = links.filter(({ kind }) => kind !== "spoke");
  const below = links.filter(({ kind }) => kind === "spoke");
  if (above.length > ROW_MAX || below.length > ROW_MAX) return null;
  return [...row(above, -1), ...row(below, 1)];
}

function row(links: readonly Link[], side: -1 | 1): Place[] {
  const { length } = links;
  return links.map((link, i) => {
    const x = length === 2 ? 18 + 64 * i : (100 * (i + 0.5)) / length;
    const outward = Math.abs(x - 50) / 40;
    // What stands alone has no need to bow.
    const y = 50 + side * (DISTANCE - (length <= 2 ? BOW / 2 : BOW * Math.min(1, outward) ** 2));
    return { link, x, y };
  });
}
