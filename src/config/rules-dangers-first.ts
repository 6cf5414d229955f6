// The same danger in many places is told once, at the first of them: a thousand hubs make one line.

import type { Danger } from "./finding.ts";
import type { Path, Places } from "./places.ts";

/** Tells `message` at the first of `paths`, and how many more there are; nothing of no place. */
export function dangerOnFirst(danger: Danger, paths: readonly Path[], message: string, places: Places): void {
  const [first, ...others] = paths;
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (the same in ${others.length} more)`;
  places.danger(danger, first, message + more);
}
