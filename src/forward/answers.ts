// Requests that another account answers, while their answers are awaited: each has a subject of its own
// there, `_R_.<6>.<6>`, under a prefix that is asked for once in each exporting account. Source:
// client-and-auth.md §2, gateway.md §7.5.

import { bytesOf, textOf } from "../base/bytes.ts";
import type { Millis } from "../base/clock.ts";
import { ANSWERS_MAX } from "../base/limits.ts";
import { base62, type Random } from "../base/random.ts";
import { Holder } from "../peer/kind.ts";
import type { InterestPort } from "../peer/ports.ts";
import { ANSWERS_TAG, OURSELVES } from "./own.ts";
import type { ResponseType } from "./traffic-options.ts";

/** Where answers go. */
export interface Awaited {
  /** The account that answers, and the one that asked. */
  readonly exporter: number;
  readonly importer: number;
  /** The asker's own reply. */
  readonly reply: Uint8Array;
  readonly response: ResponseType;
  readonly thresholdMillis: Millis;
  until: Millis;
}

export interface AnswerCounts {
  /** Answers that nobody waits for any more, or never did. */
  unknown: number;
  /** Requests that were given up before their time because too many waited. */
  displaced: number;
}

const TOKEN_CHARACTERS = 6;
/** How often those that are over are looked for, in milliseconds; nobody gets anything by them meanwhile. */
const SWEEP_MILLIS = 5_000;

export class Answers {
  readonly counts: AnswerCounts = { unknown: 0, displaced: 0 };
  readonly #awaited = new Map<string, Awaited>();
  /** Of each importing account, oldest first. */
  readonly #asked = new Map<number, Set<string>>();
  /** `_R_.<6>.` by exporting account. */
  readonly #prefixes = new Map<number, string>();
  #sweepAt = 0;

  constructor(
    private readonly random: Random,
    private readonly interest: InterestPort,
    private readonly max = ANSWERS_MAX,
  ) {}

  get size(): number {
    return this.#awaited.size;
  }

  /** The replies under which answers are awaited, oldest first. */
  subjects(): Iterable<string> {
    return this.#awaited.keys();
  }

  /** A new reply for the exporting account. */
  open(awaited: Omit<Awaited, "until">, now: Millis): Uint8Array {
    if (now >= this.#sweepAt) this.#sweep(now);
    const asked = this.#askedBy(awaited.importer);
    for (const oldest of asked) {
      if (asked.size < this.max) break;
      this.counts.displaced++;
      this.#drop(oldest);
    }
    const subject = this.#prefixOf(awaited.exporter) + base62(this.random, TOKEN_CHARACTERS);
    this.#awaited.set(subject, { ...awaited, until: now + awaited.thresholdMillis });
    asked.add(subject);
    return bytesOf(subject);
  }

  /** Who waits for what is said under this subject in this account; undefined counts it as unknown. */
  find(account: number, buf: Uint8Array, from: number, to: number, now: Millis): Awaited | undefined {
    const awaited = this.#awaited.get(textOf(buf, from, to));
    if (awaited !== undefined && awaited.exporter === account && now < awaited.until) return awaited;
    this.counts.unknown++;
    return undefined;
  }

  /** More answers may come: they have as much time as the first one had. */
  refresh(subject: Uint8Array, now: Millis): void {
    const key = textOf(subject);
    const awaited = this.#awaited.get(key);
    if (awaited === undefined) return;
    awaited.until = now + awaited.thresholdMillis;
    // The last one to be given up.
    const asked = this.#askedBy(awaited.importer);
    asked.delete(key);
    asked.add(key);
  }

  close(subject: Uint8Array): void {
    this.#drop(textOf(subject));
  }

  #drop(subject: string): void {
    const awaited = this.#awaited.get(subject);
    if (awaited === undefined) return;
    this.#awaited.delete(subject);
    this.#askedBy(awaited.importer).delete(subject);
  }

  #askedBy(importer: number): Set<string> {
    let asked = this.#asked.get(importer);
    if (asked === undefined) {
      asked = new Set();
      this.#asked.set(importer, asked);
    }
    return asked;
  }

  #sweep(now: Millis): void {
    this.#sweepAt = now + SWEEP_MILLIS;
    for (const [subject, { until }] of this.#awaited) if (until <= now) this.#drop(subject);
  }

  /** The first request makes the account's interest known to all that may answer. */
  #prefixOf(exporter: number): string {
    let prefix = this.#prefixes.get(exporter);
    if (prefix === undefined) {
      prefix = `_R_.${base62(this.random, TOKEN_CHARACTERS)}.`;
      this.#prefixes.set(exporter, prefix);
      const pattern = bytesOf(`${prefix}>`);
      this.interest.add(exporter, pattern, 0, pattern.length, 0, Holder.Own, OURSELVES, ANSWERS_TAG, 1);
    }
    return prefix;
  }
}
