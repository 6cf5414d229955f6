// Certificates are renewed on disk while the box runs, and they end: it looks after both.

import { statSync } from "node:fs";
import type { Clock, Millis } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { lifeOf } from "../net/certificate.ts";
import { checkMaterial } from "../net/tls-options.ts";
import { filesOf, type TlsUse, tlsOptions } from "./tls-contexts.ts";

/** How often files are looked at. Files that changed are read when they stay the same for one more time, so
 *  that a certificate and its key are not read between two writes. */
const LOOK_MILLIS = 2_000;

const DAY_MILLIS = 24 * 60 * 60 * 1_000;

/** From when on an end is warned of, at start and every day. */
const WARNED_MILLIS = 14 * DAY_MILLIS;

/** Blocks that name the same files. */
interface Watched {
  readonly files: readonly string[];
  readonly uses: TlsUse[];
  /** What the files looked like when they were last read, or tried to. */
  read: string;
  /** What they looked like the last time. */
  seen: string;
}

export class CertificateWatch {
  readonly #watched: Watched[] = [];
  #timer: Timer | null = null;
  #warnedAt: Millis = 0;

  constructor(
    uses: readonly TlsUse[],
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    const byFiles = new Map<string, Watched>();
    for (const use of uses) {
      const files = filesOf(use.tls);
      const key = JSON.stringify([use.tls.certFile, use.tls.keyFile, use.tls.caFile]);
      const same = byFiles.get(key);
      if (same !== undefined) same.uses.push(use);
      else if (files.length > 0) {
        const now = stateOf(files);
        byFiles.set(key, { files, uses: [use], read: now, seen: now });
      }
    }
    this.#watched.push(...byFiles.values());
  }

  start(lookMillis: Millis = LOOK_MILLIS): void {
    this.#warn();
    this.#timer = setInterval(() => this.look(), lookMillis);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Reads what has changed, and was the same the last time. */
  look(): void {
    for (const one of this.#watched) {
      const state = stateOf(one.files);
      const isSettled = state === one.seen;
      one.seen = state;
      if (state === one.read || !isSettled) continue;
      one.read = state;
      this.#renew(one);
    }
    if (this.clock.now() - this.#warnedAt >= DAY_MILLIS) this.#warn();
  }

  #renew(one: Watched): void {
    try {
      const renewed = one.uses.map(({ tls, context }) => ({ context, options: tlsOptions(tls) }));
      for (const { options } of renewed) {
        checkMaterial(options);
        this.#checkLife(options.cert);
      }
      for (const { context, options } of renewed) context.renew(options);
      const ends = one.uses[0]!.context.notAfter;
      this.log.info(
        `TLS of ${whoOf(one)}: renewed from disk${ends === null ? "" : `, ends ${timeOf(ends)}`}`,
      );
      this.#warnOf(one);
    } catch (error) {
      const why = (error as Error).message;
      this.log.error(
        `TLS of ${whoOf(one)}: ${why} (${one.files.join(", ")}); what was read before stays in use`,
      );
    }
  }

  /** Nobody would take such a certificate from us. */
  #checkLife(certificate: string | null): void {
    if (certificate === null) return;
    const { from, to } = lifeOf(certificate);
    const now = this.clock.now();
    if (to <= now) throw new Error(`the certificate ended ${timeOf(to)}`);
    if (from > now) throw new Error(`the certificate begins ${timeOf(from)}`);
  }

  #warn(): void {
    this.#warnedAt = this.clock.now();
    for (const one of this.#watched) this.#warnOf(one);
  }

  #warnOf(one: Watched): void {
    const ends = one.uses[0]!.context.notAfter;
    if (ends === null) return;
    const left = ends - this.clock.now();
    const certificate = `TLS of ${whoOf(one)}: the certificate ${one.files[0]}`;
    if (left <= 0) this.log.error(`${certificate} ended ${timeOf(ends)}`);
    else if (left < WARNED_MILLIS) {
      const days = Math.floor(left / DAY_MILLIS);
      this.log.warn(`${certificate} ends ${timeOf(ends)}, in ${days === 1 ? "1 day" : `${days} days`}`);
    }
  }
}

function whoOf({ uses }: Watched): string {
  return uses.map(({ who }) => who).join(", ");
}

function timeOf(at: Millis): string {
  return new Date(at).toISOString();
}

/** Another text for other files, or for the same ones written anew. */
function stateOf(files: readonly string[]): string {
  return files.map(fileState).join(" ");
}

function fileState(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file);
    return [ino, size, mtimeMs, ctimeMs].join();
  } catch {
    return "absent";
  }
}
