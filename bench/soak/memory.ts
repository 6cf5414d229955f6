// Does memory grow without bound? A process that has warmed up may breathe; it may not end well above where it
// began.

import { spread } from "../lib/stats.ts";

/** Of the samples: what is warm-up, and not judged. */
const WARM_UP = 0.25;
/** By how much the end may be above the beginning: a share of it, and bytes. */
const SHARE_MAX = 0.1;
const BYTES_MAX = 16 << 20;

export interface Growth {
  /** Median resident bytes of the first and the last third behind the warm-up. */
  readonly early: number;
  readonly late: number;
  readonly isUnbounded: boolean;
}

export const MEMORY_RULE =
  `behind a quarter of warm-up, the median of the last third may be above that of the first third ` +
  `by ${SHARE_MAX * 100} % and ${BYTES_MAX >> 20} MiB`;

/** `bytes` are samples at even distances. Fails with fewer than 12 of them. */
export function growthOf(bytes: readonly number[]): Growth {
  if (bytes.length < 12) throw new Error(`${bytes.length} samples of memory are too few to judge`);
  const judged = bytes.slice(Math.floor(bytes.length * WARM_UP));
  const third = Math.floor(judged.length / 3);
  const early = spread(judged.slice(0, third)).median;
  const late = spread(judged.slice(-third)).median;
  return { early, late, isUnbounded: late > early * (1 + SHARE_MAX) + BYTES_MAX };
}
