// What passes between the accounts of an appliance: imports and mappings by account, and the rows of interest
// that make them known. Nothing here is asked for accounts that have neither.

import type { NameTable } from "../base/intern.ts";
import type { InterestStore } from "../interest/store.ts";
import { Holder } from "../peer/kind.ts";
import type { InterestPort } from "../peer/ports.ts";
import { Mapping, ServiceImport, StreamImport } from "./imports.ts";
import { OURSELVES } from "./own.ts";
import { Shadows } from "./shadows.ts";
import type { TrafficOptions } from "./traffic-options.ts";

/** The tag of a row that is only there to be told of. */
const TOLD_ONLY = 0;

const SHADOWED: number = (1 << Holder.Client) | (1 << Holder.Spoke) | (1 << Holder.Hub);

interface Account {
  readonly options: TrafficOptions;
  readonly rows: readonly number[];
  readonly tags: readonly number[];
}

export class Traffic {
  readonly shadows: Shadows;
  readonly #accounts = new Map<number, Account>();
  readonly #streams = new Map<number, readonly StreamImport[]>();
  readonly #mappings = new Map<number, readonly Mapping[]>();
  readonly #services: (ServiceImport | undefined)[] = [undefined];
  readonly #free: number[] = [];

  constructor(
    private readonly accounts: NameTable,
    private readonly store: InterestStore,
    private readonly interest: InterestPort,
    private readonly cluster: string,
  ) {
    this.shadows = new Shadows(interest);
  }

  /** The streams that an account imports. */
  streamsOf(account: number): readonly StreamImport[] | undefined {
    return this.#streams.size === 0 ? undefined : this.#streams.get(account);
  }

  /** The mapping that changes this literal subject. */
  mappingOf(account: number, buf: Uint8Array, from: number, to: number): Mapping | undefined {
    if (this.#mappings.size === 0) return undefined;
    return this.#mappings.get(account)?.find((mapping) => mapping.takes(buf, from, to));
  }

  service(tag: number): ServiceImport | undefined {
    return this.#services[tag];
  }

  /** From now on these and no others; accounts that stay as they are feel nothing. */
  replace(all: readonly TrafficOptions[]): void {
    const kept = new Set<number>();
    for (const options of all) {
      kept.add(this.accounts.intern(options.account));
      this.set(options);
    }
    for (const [account, { options }] of this.#accounts) {
      if (!kept.has(account)) this.set({ ...options, streams: [], services: [], mappings: [] });
    }
  }

  /** What the account imports and maps from now on. */
  set(options: TrafficOptions): void {
    const account = this.accounts.intern(options.account);
    const before = this.#accounts.get(account);
    if (account === 0 || (before !== undefined && isSame(before.options, options))) return;
    if (before !== undefined) this.#withdraw(before);
    const { services, streams, mappings } = options;
    const rows: number[] = [];
    const tags: number[] = [];
    for (const each of services) {
      const service = new ServiceImport(account, this.accounts.intern(each.account), each);
      const tag = this.#free.pop() ?? this.#services.length;
      this.#services[tag] = service;
      tags.push(tag);
      rows.push(this.#row(account, service.local, tag));
    }
    const mapped = mappings.map((each) => new Mapping(each, this.cluster));
    mapped.sort((a, b) => Number(b.isLiteral) - Number(a.isLiteral));
    for (const { source } of mapped) rows.push(this.#row(account, source, TOLD_ONLY));
    this.#accounts.set(account, { options, rows, tags });
    setOrDelete(this.#mappings, account, mapped);
    const compiled = streams.map((each) => new StreamImport(this.accounts.intern(each.account), each));
    this.#changeStreams(account, compiled);
  }

  #row(account: number, pattern: Uint8Array, tag: number): number {
    return this.interest.add(account, pattern, 0, pattern.length, 0, Holder.Service, OURSELVES, tag, 1);
  }

  #withdraw({ rows, tags }: Account): void {
    for (const row of rows) this.interest.remove(row);
    for (const tag of tags) {
      this.#services[tag] = undefined;
      this.#free.push(tag);
    }
  }

  /** Subscriptions that are there already get the shadows of the new imports, and lose those of the old. */
  #changeStreams(account: number, streams: readonly StreamImport[]): void {
    const had = this.#streams.has(account);
    setOrDelete(this.#streams, account, streams);
    if (!had && streams.length === 0) return;
    const { store, shadows } = this;
    const rows = this.#rowsOf(account);
    for (const row of rows) if (had) shadows.removed(row);
    for (const row of rows) {
      const group = store.rowGroup(row);
      const node = store.groupNode(group);
      const pattern = new Uint8Array(store.subjectLength(node));
      store.copySubject(node, pattern, 0);
      shadows.added(
        row,
        streams,
        pattern,
        0,
        pattern.length,
        store.groupQueue(group),
        store.groupClass(group) as Holder,
        store.rowOwner(row),
        store.rowTag(row),
        store.rowWeight(row),
      );
    }
  }

  /** Collected before anything changes, because shadows may be of the same store. */
  #rowsOf(account: number): number[] {
    const { store } = this;
    const rows: number[] = [];
    const cursor = store.cursor(account);
    for (let node = cursor.next(); node !== 0; node = cursor.next()) {
      for (let group = store.nodeFirstGroup(node); group !== 0; group = store.nextGroup(group)) {
        if ((SHADOWED & (1 << store.groupClass(group))) === 0) continue;
        for (let row = store.groupFirstRow(group); row !== 0; row = store.nextRow(row)) rows.push(row);
      }
    }
    cursor.close();
    return rows;
  }
}

function setOrDelete<V>(map: Map<number, readonly V[]>, key: number, values: readonly V[]): void {
  if (values.length > 0) map.set(key, values);
  else map.delete(key);
}

function isSame(a: TrafficOptions, b: TrafficOptions): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
