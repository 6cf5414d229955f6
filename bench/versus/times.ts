// How long the rows of the suites that compare with nats-server take. CPU time is read in nanoseconds, and
// the ratio is taken round by round, so many short rounds tell more than few long ones.

import type { Times } from "../lib/suite.ts";

const FULL: Times = { rounds: 5, roundMillis: 200, warmUpMillis: 300, leadMillis: 50 };
const SHORT: Times = { rounds: 3, roundMillis: 150, warmUpMillis: 200, leadMillis: 30 };

export function times(quick: boolean): { main: Times; side: Times } {
  return { main: quick ? SHORT : FULL, side: SHORT };
}
