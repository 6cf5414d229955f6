// All numbers that a connection is counted by, in one typed array: a message adds, nothing is made.

export const Count = {
  InMessages: 0,
  OutMessages: 1,
  InBytes: 2,
  OutBytes: 3,
  /** Messages not written because too much was waiting. */
  Dropped: 4,
} as const;

const COUNT_LENGTH = 5;

export function makeCounters(): Float64Array {
  return new Float64Array(COUNT_LENGTH);
}
