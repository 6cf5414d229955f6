// Nanoseconds an operation: batches long enough for the clock, several of them, the median with its spread.

import { type Spread, spread } from "../lib/stats.ts";

/** So many operations of one kind, and how to do them. */
export interface Work {
  readonly name: string;
  /** Operations that one call of `run` does. */
  readonly per: number;
  /** Answers something that depends on all it did, so that nothing of it is left out. */
  run(): number;
}

export interface Timed {
  readonly name: string;
  readonly nanos: Spread;
}

export interface Lengths {
  readonly batches: number;
  readonly batchMillis: number;
}

/** CPU time of the process, in nanoseconds an operation: others on the machine only make it noisier. */
export function timed({ name, per, run }: Work, { batches, batchMillis }: Lengths): Timed {
  let sink = 0;
  let calls = 1;
  const took = (): number => {
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call++) sink ^= run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) * 1e3;
  };
  // Twice as often until a batch is long enough: that also warms it up.
  while (took() < batchMillis * 1e6) calls *= 2;
  const nanos = Array.from({ length: batches }, () => took() / (calls * per));
  if (sink === 0x7fffffff) process.stderr.write(" ");
  return { name, nanos: spread(nanos) };
}
