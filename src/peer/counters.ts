// All numbers that a connection is counted by, in one typed array: a message adds, nothing is made.

export const Count = {
  InMessages: 0,
  OutMessages: 1,
  InBytes: 2,
  OutBytes: 3,
  /** Messages not written because too much was waiting, or because they are larger than the peer takes. */
  Dropped: 4,
  /** Those of them that were too large. */
  TooLarge: 5,
  /** Messages that came from who was not allowed to send them. */
  Refused: 6,
} as const;

const COUNT_LENGTH = 7;

export function makeCounters(): Float64Array {
  return new Float64Array(COUNT_LENGTH);
}

export function addCounters(to: Float64Array, more: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += more[i]!;
}
