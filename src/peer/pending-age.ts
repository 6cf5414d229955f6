// How long the oldest byte has waited that waits for one peer. Positions in the stream are written down from
// time to time while something waits, so that no byte carries a time of its own.

import type { Millis } from "../base/clock.ts";

/** Positions that are kept: an age is told to within about a sixteenth of the oldest one that there was. */
const MARKS_MAX = 32;

/** Of an egress: how many bytes have left, and how many were written. */
interface Stream {
  readonly sentBytes: number;
  readonly position: number;
}

interface Mark {
  readonly position: number;
  readonly at: Millis;
}

export class PendingAge {
  /** Bytes before `position` were there at `at`. Both grow. */
  #marks: Mark[] = [];

  /** Called again and again; how often is how exact it is. */
  look({ sentBytes, position }: Stream, now: Millis): void {
    if (position === sentBytes) {
      if (this.#marks.length > 0) this.#marks = [];
      return;
    }
    const marks = this.#marks.filter((mark) => mark.position > sentBytes);
    if (position > (marks.at(-1)?.position ?? sentBytes)) marks.push({ position, at: now });
    if (marks.length > MARKS_MAX) marks.splice(leastMissed(marks), 1);
    this.#marks = marks;
  }

  /** 0 when nothing waits, or nothing did when it was looked at last. */
  millis({ sentBytes }: Pick<Stream, "sentBytes">, now: Millis): Millis {
    const oldest = this.#marks.find(({ position }) => position > sentBytes);
    return oldest === undefined ? 0 : now - oldest.at;
  }
}

/** The one, neither first nor last, whose neighbours are nearest to each other in time. */
function leastMissed(marks: readonly Mark[]): number {
  let least = 1;
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < marks.length - 1; i++) {
    const gap = marks[i + 1]!.at - marks[i - 1]!.at;
    if (gap >= shortest) continue;
    shortest = gap;
    least = i;
  }
  return least;
}
