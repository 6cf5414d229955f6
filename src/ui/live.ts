// What is true now: three documents, read at a fixed rate while somebody looks, and the last minutes of each
// link.

import { ask, type Params, urlOf } from "./api.ts";
import type { Gatewayz, Leafz, Varz } from "./documents.ts";
import { timeOf } from "./format.ts";
import { type Link, linksOf } from "./links.ts";
import { Series } from "./series.ts";

export const POLL_MILLIS = 2_000;

/** How many leaf links the map asks for, the busiest; the others are a table. */
const LEAFS_SHOWN = 5;

/** How many links that we dial are asked for. */
const DIALLED_MAX = 100;

export interface Picture {
  readonly varz: Varz;
  readonly leafz: Leafz;
  readonly links: readonly Link[];
  /** The box's time, in milliseconds since 1970. */
  readonly now: number;
}

export class Live {
  picture: Picture | null = null;
  /** Why the newest reading failed; "" when it did not. */
  error = "";
  isPaused = false;
  /** Of the box as a whole. */
  readonly total = new Series();
  readonly #series = new Map<string, Series>();
  readonly #listeners = new Set<() => void>();
  /** A leaf link that is looked at, and perhaps none of those that the map shows. */
  #leaf: number | null = null;
  #isReading = false;

  /** Reads now and then at the fixed rate, but not while the page is hidden. */
  start(): void {
    setInterval(() => this.#tick(), POLL_MILLIS);
    document.addEventListener("visibilitychange", () => this.#tick());
    this.#tick();
  }

  /** Answers how to end it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.#changed();
    this.#tick();
  }

  series(key: string): Series {
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const series = new Series();
    this.#series.set(key, series);
    return series;
  }

  /** null: only those that the map shows. */
  follow(leaf: number | null): void {
    if (this.#leaf === leaf) return;
    this.#leaf = leaf;
    this.#tick();
  }

  #tick(): void {
    if (document.hidden || this.isPaused || this.#isReading) return;
    this.#isReading = true;
    void this.#read().finally(() => {
      this.#isReading = false;
      this.#changed();
    });
  }

  async #read(): Promise<void> {
    try {
      const leaf = this.#leaf;
      const leafs = (params: Params): Promise<Leafz> => ask(urlOf("leafz", params));
      const [varz, gatewayz, leafz, dialled, one] = await Promise.all([
        ask<Varz>(urlOf("varz")),
        ask<Gatewayz>(urlOf("gatewayz")),
        leafs({ limit: LEAFS_SHOWN, sort: "bytes_from", solicited: "0" }),
        leafs({ limit: DIALLED_MAX, solicited: "1" }),
        leaf === null ? null : leafs({ id: leaf, limit: 1 }),
      ]);
      const all = [...dialled.leafs, ...leafz.leafs, ...(one?.leafs ?? [])];
      const unique = [...new Map(all.map((link) => [link.id, link])).values()];
      this.#show(varz, gatewayz, { ...leafz, leafs: unique });
      this.error = "";
    } catch (error) {
      this.error = (error as Error).message;
    }
  }

  #show(varz: Varz, gatewayz: Gatewayz, leafz: Leafz): void {
    const now = timeOf(varz.now) ?? Date.now();
    const links = linksOf(gatewayz, leafz);
    const known = new Set(links.map(({ key }) => key));
    for (const key of this.#series.keys()) if (!known.has(key)) this.#series.delete(key);
    for (const link of links) this.series(link.key).add(now, link);
    this.total.add(now, {
      out: { messages: varz.out_msgs, bytes: varz.out_bytes },
      in: { messages: varz.in_msgs, bytes: varz.in_bytes },
      rttMillis: null,
      pendingBytes: links.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0),
    });
    this.picture = { varz, leafz, links, now };
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
