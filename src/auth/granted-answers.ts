// Who may publish nothing, or not there, and yet answers what he was asked: so often and so long a reply is
// allowed. Source: client-and-auth.md §2, nats-server 2.15.

import { GRANTED_ANSWERS_MAX } from "../base/limits.ts";
import type { AllowedResponses } from "./rights.ts";

interface Granted {
  /** How many more messages; -1: without end. */
  left: number;
  readonly until: number;
}

/** The replies of one connection. Times are milliseconds. */
export class GrantedAnswers {
  /** Oldest first. */
  readonly #granted = new Map<string, Granted>();

  constructor(
    readonly allowed: AllowedResponses,
    private readonly now: () => number,
    private readonly max = GRANTED_ANSWERS_MAX,
  ) {}

  /** A message with this reply was delivered. */
  grant(reply: string): void {
    const { max, expiresMillis } = this.allowed;
    const now = this.now();
    for (const [oldest, { until }] of this.#granted) {
      if (until > now && this.#granted.size < this.max) break;
      this.#granted.delete(oldest);
    }
    this.#granted.delete(reply);
    this.#granted.set(reply, {
      left: max,
      until: expiresMillis < 0 ? Number.POSITIVE_INFINITY : now + expiresMillis,
    });
  }

  /** May this subject be published to once more? */
  use(subject: string): boolean {
    const granted = this.#granted.get(subject);
    if (granted === undefined || granted.until <= this.now()) return false;
    if (granted.left === 0) return false;
    if (granted.left > 0) granted.left--;
    return true;
  }
}
