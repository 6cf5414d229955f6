// When the world is quiet, both ends of each leaf link are there, and each believes of the other one's
// interest what is true, with the members of each group; of links that are gone nothing is left.

import { Holder, Kind } from "../peer/kind.ts";
import { rowsOf } from "./beliefs.ts";
import type { Box } from "./box.ts";
import type { Ledger } from "./ledger.ts";
import type { ModelLeafServer } from "./model-leaf.ts";
import { serverName } from "./plan.ts";
import type { Topology } from "./topology.ts";
import { type Interest, Truth } from "./truth.ts";

export interface LeafPlaces {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly leafs: ReadonlyMap<string, ModelLeafServer>;
  readonly topology: Topology;
}

/** For what links end between ends that belong together and keep the protocol. */
const HARMLESS = new Set<string>([
  "Client Closed",
  "Server Shutdown",
  "Stale Connection",
  "Authentication Timeout",
  "Write Error",
  "Slow Consumer (Pending Bytes)",
  "Slow Consumer (Write Deadline)",
  "Duplicate Remote LeafNode Connection",
]);

export class LeafBeliefs {
  readonly truth: Truth;

  constructor(
    private readonly ledger: Ledger,
    private readonly places: LeafPlaces,
  ) {
    this.truth = new Truth(ledger, places.topology, (place, account) => this.#own(place, account));
  }

  judge(): void {
    for (const { spoke, hub, accounts } of this.places.topology.links) {
      for (const account of accounts) {
        this.#end(spoke, hub, account, false);
        this.#end(hub, spoke, account, true);
      }
    }
    for (const [name, box] of this.places.boxes) this.#ends(name, box);
  }

  /** What the server of a place says for itself on leaf links. */
  #own(place: string, account: string): readonly string[] {
    const model = this.places.leafs.get(place);
    if (model !== undefined) return model.ownInterest(account);
    const core = this.places.boxes.get(place)?.core;
    if (core?.leafs == null) return [];
    const mark = Buffer.from(core.leafs.loopSubject(core.accounts.idOf(account))).toString();
    return core.hasGateways ? [mark, "_GR_.>", "$GR.*.>"] : [mark];
  }

  /** What the end at `place` believes of its peer. */
  #end(place: string, peer: string, account: string, isHub: boolean): void {
    const what = `${place} of ${peer} in ${account}`;
    const held = this.#heldBy(place, peer, account, isHub);
    if (held.length !== 1) return this.ledger.fail(`${what}: ${held.length} leaf links`);
    const wanted = this.truth.held(place, peer, account);
    const said = (key: string, weight: number): string => (key.includes(" ") ? `${key} ${weight}` : key);
    const list = (rows: Interest): Set<string> => new Set([...rows].map((row) => said(...row)));
    const [believed, true_] = [list(held[0]!), list(wanted)];
    const missing = [...true_].filter((key) => !believed.has(key));
    const extra = [...believed].filter((key) => !true_.has(key));
    if (missing.length > 0) this.ledger.fail(`belief of ${what}: misses ${missing.join(", ")}`);
    if (extra.length > 0) this.ledger.fail(`belief of ${what}: has ${extra.join(", ")} too many`);
  }

  /** The rows of each link that is up. */
  #heldBy(place: string, peer: string, account: string, isHub: boolean): Interest[] {
    const model = this.places.leafs.get(place);
    if (model !== undefined) {
      return [...model.links]
        .filter((link) => link.ready && link.peer === serverName(peer) && link.account === account)
        .filter((link) => link.isHub === isHub)
        .map(({ rows }) => rows);
    }
    const { core } = this.places.boxes.get(place)!;
    const id = core.accounts.idOf(account);
    const sessions = core.leafsOf(id).filter(({ remoteName }) => remoteName === serverName(peer));
    return sessions
      .filter((session) => session.isHub === isHub)
      .map((session) => rowsOf(core, id, isHub ? Holder.Spoke : Holder.Hub, session.id));
  }

  #ends(name: string, { core }: Box): void {
    for (const session of core.leafs?.all ?? [])
      if (!session.ready) this.ledger.fail(`${name}: ${session.name} never became ready`);
    for (const { session, reason } of core.closed.toArray()) {
      if (session.kind !== Kind.Leaf) continue;
      if (core.leaf(session.id) !== undefined) this.ledger.fail(`${name}: ${session.name} is still known`);
      if (!HARMLESS.has(reason))
        this.ledger.fail(`${name} closed ${session.name}: ${reason} ${session.lastError}`);
    }
  }
}
