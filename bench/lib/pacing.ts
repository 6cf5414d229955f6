// When each message is due. A late generator must not forgive a late system: every message is measured from
// the time at which it should have been sent, so that a pause counts for all that had to wait in it.

export class Plan {
  /** `startNanos` is when the first message is due, `intervalNanos` lies between two of `count` messages. */
  constructor(
    readonly startNanos: number,
    readonly intervalNanos: number,
    readonly count: number,
  ) {}

  /** How many messages should have been sent by `nanos`. */
  dueAt(nanos: number): number {
    if (nanos < this.startNanos) return 0;
    return Math.min(this.count, Math.floor((nanos - this.startNanos) / this.intervalNanos) + 1);
  }

  /** When message number `index`, from 0, is due. */
  timeOf(index: number): number {
    return this.startNanos + index * this.intervalNanos;
  }
}

/** How many values are recorded for one chunk at most: beyond that they stand for their neighbours. */
const RECORDED_MAX = 256;

/**
 * Tells how late the messages [from, to) were that arrived together at `nanos`. Where they are many, every
 * n-th is told with the number of those that it stands for, itself the one that waited longest.
 */
export function lateness(
  plan: Plan,
  from: number,
  to: number,
  nanos: number,
  tell: (nanos: number, count: number) => void,
): void {
  const stride = Math.ceil((to - from) / RECORDED_MAX);
  for (let at = from; at < to; at += stride) tell(nanos - plan.timeOf(at), Math.min(stride, to - at));
}
