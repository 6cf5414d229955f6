// One odd round on a shared machine must not decide a figure, so every figure is a median with its spread.

/** The middle of several rounds and how far they lay apart; all three in the unit of the input. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median, least and greatest of at least one value; the mean of the middle two where the count is even. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error("no rounds to take a median of");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}
