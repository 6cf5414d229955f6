// When the world is quiet, what each end believes of the other one's interest must be what is true, nothing
// may be left over, and everybody must be connected to everybody.

import type { Core } from "../core/core.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import { Holder } from "../peer/kind.ts";
import type { Box } from "./box.ts";
import { covers, type Ledger } from "./ledger.ts";
import type { Known } from "./model-dialer.ts";
import type { ModelServer } from "./model-server.ts";
import type { Topology } from "./topology.ts";
import type { Truth } from "./truth.ts";

export interface Regions {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly models: ReadonlyMap<string, ModelServer>;
  readonly topology: Topology;
}

/** Complains to the ledger of all that is not as it should be. */
export class Beliefs {
  constructor(
    private readonly ledger: Ledger,
    private readonly regions: Regions,
    private readonly truth: Truth,
  ) {}

  judge(): void {
    const { meshed } = this.regions.topology;
    for (const [name, box] of this.regions.boxes) {
      this.#own(name, box);
      for (const other of meshed.includes(name) ? meshed : [])
        if (other !== name) this.#box(name, box, other);
      this.#tidy(name, box.core);
    }
    for (const [name, model] of this.regions.models) {
      for (const other of this.regions.boxes.keys())
        if (meshed.includes(other)) this.#model(name, model, other);
    }
  }

  /** What gateways are to know of a region. */
  #wanted(region: string, account: string): Set<string> {
    return this.truth.toGateways(region, account);
  }

  /** What the box holds for its own clients is what they asked for. */
  #own(name: string, { core, options }: Box): void {
    for (const account of options.accounts) {
      const held = keysOf(core, core.accounts.idOf(account), Holder.Client, null);
      const wanted = new Set(this.truth.clients(name, account).keys());
      this.#same(`${name} of its own clients in ${account}`, held, wanted);
    }
  }

  #box(name: string, { core, options }: Box, other: string): void {
    const session = core.outbounds.find(({ gateway }) => gateway === other);
    if (session === undefined) return this.ledger.fail(`${name} is not connected to ${other}`);
    const accepted = [...core.inbounds].filter(({ gateway, ready }) => gateway === other && ready).length;
    if (accepted !== 1) this.ledger.fail(`${name} has ${accepted} accepted connections from ${other}`);
    for (const account of options.accounts)
      this.#outbound(name, core, session, account, this.#wanted(other, account));
  }

  #outbound(name: string, core: Core, session: GatewayOutbound, account: string, wanted: Set<string>): void {
    const id = core.accounts.idOf(account);
    const state = session.accounts.get(id);
    const held = keysOf(core, id, Holder.Gateway, session.id);
    const what = `${name} of ${session.gateway} in ${account}`;
    const counted = (state?.plainRows ?? 0) + (state?.queueRows ?? 0);
    if (counted !== held.size) this.ledger.fail(`${what}: ${counted} rows counted, ${held.size} held`);
    this.#same(`${what}, groups`, queuesOf(held), queuesOf(wanted));
    const mode = state?.mode ?? "Unheard";
    const plain = plainOf(wanted);
    if (mode === "InterestOnly") this.#same(`${what}, plain`, plainOf(held), plain);
    else if (mode === "Transitioning") this.ledger.fail(`${what}: still transitioning`);
    else if (mode === "NoInterest" || (mode === "Unheard" && session.peerInterestOnly)) {
      if (plain.size > 0) this.ledger.fail(`${what}: ${mode}, but ${[...plain].join(", ")} are wanted`);
    } else this.#muted(what, state?.muted ?? new Set(), plain);
  }

  #model(name: string, model: ModelServer, other: string): void {
    const dialer = model.dialers.get(other);
    if (!dialer?.ready) return this.ledger.fail(`${name} is not connected to ${other}`);
    for (const account of model.accounts) {
      const known: Known | null | undefined = dialer.accounts.get(account);
      const wanted = this.#wanted(other, account);
      const what = `${name} of ${other} in ${account}`;
      if (known === null || (known === undefined && model.isNew)) {
        if (wanted.size > 0) this.ledger.fail(`${what}: refused, but ${[...wanted].join(", ")} are wanted`);
      } else if (known !== undefined) {
        this.#same(`${what}, groups`, queuesOf(known.table), queuesOf(wanted));
        if (known.muted === null) this.#same(`${what}, plain`, plainOf(known.table), plainOf(wanted));
        else this.#muted(what, known.muted, plainOf(wanted));
      }
    }
  }

  /** Whoever sends what is not muted must not mute what is wanted. */
  #muted(what: string, muted: ReadonlySet<string>, plain: Set<string>): void {
    for (const name of muted) {
      const hit = [...plain].find((pattern) => covers(pattern, name));
      if (hit !== undefined) this.ledger.fail(`${what}: ${name} is muted, but ${hit} is wanted`);
    }
  }

  #same(what: string, believed: Set<string>, wanted: Set<string>): void {
    const missing = [...wanted].filter((key) => !believed.has(key));
    const extra = [...believed].filter((key) => !wanted.has(key));
    if (missing.length > 0) this.ledger.fail(`belief of ${what}: misses ${missing.join(", ")}`);
    if (extra.length > 0) this.ledger.fail(`belief of ${what}: has ${extra.join(", ")} too many`);
  }

  /** Nothing waits, nothing hangs, no rows of those who are gone. */
  #tidy(name: string, core: Core): void {
    for (const session of core.sessions.values()) {
      const { egress, closing } = session;
      if (closing !== null) this.ledger.fail(`${name}: ${session.name} never ended: ${closing}`);
      if (egress.pendingBytes > 0)
        this.ledger.fail(`${name}: ${egress.pendingBytes} bytes wait for ${session.name}`);
    }
    let rows =
      core.clients.size === 0 ? 0 : [...core.clients].reduce((sum, c) => sum + c.subscriptions.size, 0);
    for (const { accounts } of core.outbounds) {
      for (const { plainRows, queueRows } of accounts.values()) rows += plainRows + queueRows;
    }
    for (const session of core.leafs?.all ?? []) rows += session.rows.count;
    if (!core.reaper.isIdle) this.ledger.fail(`${name}: rows of connections that are gone wait`);
    if (rows !== core.store.rows())
      this.ledger.fail(`${name}: ${core.store.rows()} rows held, ${rows} accounted for`);
  }
}

const queuesOf = (keys: Iterable<string>): Set<string> =>
  new Set([...keys].filter((key) => key.includes(" ")));
const plainOf = (keys: Iterable<string>): Set<string> =>
  new Set([...keys].filter((key) => !key.includes(" ")));

const keysOf = (core: Core, account: number, holder: Holder, owner: number | null): Set<string> =>
  new Set(rowsOf(core, account, holder, owner).keys());

/** `subject` and `subject queue` of the rows of a class, of one owner or of all, with the sum of weights. */
export function rowsOf(
  core: Core,
  account: number,
  holder: Holder,
  owner: number | null,
): Map<string, number> {
  const { store, queues } = core;
  const keys = new Map<string, number>();
  const cursor = store.cursor(account);
  for (let node = cursor.next(); node !== 0; node = cursor.next()) {
    for (let group = store.nodeFirstGroup(node); group !== 0; group = store.nextGroup(group)) {
      if (store.groupClass(group) !== holder) continue;
      const queue = store.groupQueue(group);
      const subject = store.subjectText(node);
      const key = queue === 0 ? subject : `${subject} ${queues.text(queue)}`;
      for (let row = store.groupFirstRow(group); row !== 0; row = store.nextRow(row)) {
        if (owner !== null && store.rowOwner(row) !== owner) continue;
        keys.set(key, (keys.get(key) ?? 0) + store.rowWeight(row));
      }
    }
  }
  cursor.close();
  return keys;
}
