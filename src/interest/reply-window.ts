// Which replies must carry the way home: those that a subscription of the last two seconds covers, because
// news of it may still be on its way on another connection. Source: gateway.md §4.3. Mapping more often than
// needed is legal.

import type { Millis } from "../base/clock.ts";
import { RECENT_COMPARED_MAX, RECENT_SUBSCRIPTION_MILLIS } from "../base/limits.ts";
import { matches } from "../subject/match.ts";

interface Recent {
  readonly until: Millis;
  readonly pattern: Uint8Array;
}

/** The recent subscriptions of one account. */
export class ReplyWindow {
  #recent: Recent[] = [];
  /** More came than are compared: until then every reply is mapped. */
  #allUntil: Millis = 0;

  /** A subscription was made. The pattern is kept, so it must be the caller's no more. */
  subscribed(pattern: Uint8Array, now: Millis): void {
    this.#expire(now);
    const until = now + RECENT_SUBSCRIPTION_MILLIS;
    if (this.#recent.length < RECENT_COMPARED_MAX) this.#recent.push({ until, pattern });
    else this.#allUntil = until;
  }

  /** @hot True when the reply must be mapped. */
  covers(buf: Uint8Array, from: number, to: number, now: Millis): boolean {
    if (this.#allUntil > now) return true;
    if (this.#recent.length === 0) return false;
    this.#expire(now);
    for (const { pattern } of this.#recent) {
      if (matches(pattern, 0, pattern.length, buf, from, to)) return true;
    }
    return false;
  }

  /** @hot True when no reply needs to be mapped, whatever it is. */
  isQuiet(now: Millis): boolean {
    this.#expire(now);
    return this.#recent.length === 0 && this.#allUntil <= now;
  }

  #expire(now: Millis): void {
    const recent = this.#recent;
    if (recent.length > 0 && recent[0]!.until <= now)
      this.#recent = recent.filter(({ until }) => until > now);
  }
}

/** Those of all accounts, by id. */
export class ReplyWindows {
  readonly #windows = new Map<number, ReplyWindow>();

  find(account: number): ReplyWindow | undefined {
    return this.#windows.get(account);
  }

  /** Made when it is first asked for. */
  of(account: number): ReplyWindow {
    let window = this.#windows.get(account);
    if (window === undefined) {
      window = new ReplyWindow();
      this.#windows.set(account, window);
    }
    return window;
  }
}
