// The failure tour: what goes wrong between regions, one thing after the other, each of it made with real
// servers, looked for on every surface of the box under one reason code, and made good again.

import { until } from "../../test/support/wait.ts";
import { FAILURES, type Failure } from "./failures.ts";
import { openSurfaces, type Seen, type Surface } from "./surfaces.ts";
import { TourWorld } from "./world.ts";

/** A failure must be seen everywhere this soon, and be over this soon. */
const SEEN_MILLIS = 20_000;

export interface Stop {
  readonly failure: Failure;
  /** By surface: what it said, with the right code if it ever said that; null: nothing at all. */
  readonly seen: ReadonlyMap<Surface["name"], Seen | null>;
  /** From the failure to the last surface, and from the cure to all links up, in seconds. */
  readonly seenAfter: number;
  readonly healedAfter: number;
}

export interface Tour {
  readonly stops: readonly Stop[];
  /** "", or why a surface was left out. */
  readonly without: string;
}

/** Tells `told` of each stop as it is done. */
export async function walk(told: (stop: Stop) => void = () => {}): Promise<Tour> {
  const world = await TourWorld.up();
  try {
    const surfaces = await openSurfaces(world);
    const stops: Stop[] = [];
    try {
      for (const failure of FAILURES) {
        const stop = await visit(world, failure, surfaces.all);
        stops.push(stop);
        told(stop);
      }
    } finally {
      await surfaces.close();
    }
    return { stops, without: surfaces.without };
  } finally {
    await world.close();
  }
}

/** The code is seen there. */
export function isSeen({ failure, seen }: Stop, surface: Surface["name"]): boolean {
  return seen.get(surface)?.code === failure.code;
}

export function isWhole(stop: Stop): boolean {
  return [...stop.seen.keys()].every((surface) => isSeen(stop, surface));
}

async function visit(world: TourWorld, failure: Failure, surfaces: readonly Surface[]): Promise<Stop> {
  const seen = new Map<Surface["name"], Seen | null>(surfaces.map(({ name }) => [name, null]));
  const from = world.box.log.length;
  const start = performance.now();
  const mend = await failure.make(world);
  const isEverywhere = async (): Promise<boolean> => {
    const missing = surfaces.filter(({ name }) => seen.get(name)?.code !== failure.code);
    await Promise.all(missing.map((surface) => look(surface, failure, from, seen)));
    return [...seen.values()].every((one) => one?.code === failure.code);
  };
  await until("the failure is seen everywhere", isEverywhere, SEEN_MILLIS).catch(() => {});
  const found = performance.now();
  await mend();
  await world.well();
  const seenAfter = (found - start) / 1_000;
  return { failure, seen, seenAfter, healedAfter: (performance.now() - found) / 1_000 };
}

/** What has the right code counts; else the newest that it says, so that a reader sees what is wrong. */
async function look(
  surface: Surface,
  failure: Failure,
  from: number,
  seen: Map<Surface["name"], Seen | null>,
): Promise<void> {
  const all = await surface.seen(failure.subject, from);
  const right = all.find(({ code }) => code === failure.code);
  const newest = right ?? all.at(-1);
  if (newest !== undefined) seen.set(surface.name, newest);
}
