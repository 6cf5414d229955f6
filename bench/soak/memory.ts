// Does memory grow without bound? A process that collects its garbage now and then breathes; what it cannot
// collect shows in its lowest points, and those may not rise.

/** Of the samples: what is warm-up, and not judged. */
const WARM_UP = 0.25;
/** By how much the end may be above the beginning: a share of it, and bytes. */
const SHARE_MAX = 0.1;
const BYTES_MAX = 32 << 20;
const SAMPLES_MIN = 12;

export interface Growth {
  /** Least resident bytes in the first and in the last third behind the warm-up. */
  readonly early: number;
  readonly late: number;
  readonly isUnbounded: boolean;
}

export const MEMORY_RULE =
  `behind a quarter of warm-up, the least of the last third may be above the least of the first third ` +
  `by ${SHARE_MAX * 100} % and ${BYTES_MAX >> 20} MiB`;

/** `bytes` are samples at even distances. Fails when they are too few. */
export function growthOf(bytes: readonly number[]): Growth {
  if (bytes.length < SAMPLES_MIN) throw new Error(`${bytes.length} samples of memory are too few to judge`);
  const judged = bytes.slice(Math.floor(bytes.length * WARM_UP));
  const third = Math.floor(judged.length / 3);
  const early = Math.min(...judged.slice(0, third));
  const late = Math.min(...judged.slice(-third));
  return { early, late, isUnbounded: late > early * (1 + SHARE_MAX) + BYTES_MAX };
}
