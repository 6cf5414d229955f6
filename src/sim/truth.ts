// What each place must believe of the interest of its neighbours, worked out from what users want and from
// who tells whom of what.

import { NEVER } from "../base/clock.ts";
import type { Ledger } from "./ledger.ts";
import { mayTell, type Topology } from "./topology.ts";

/** `subject`, with weight 1, or `subject queue` with the number of members. */
export type Interest = Map<string, number>;

/** What servers answer for themselves is not taken from a leaf. */
const OWN_AFFAIRS = ["$SYS.", "$JS.API.", "$KV.", "$OBJ."] as const;

export class Truth {
  readonly #clients = new Map<string, Interest>();
  readonly #told = new Map<string, Interest>();

  constructor(
    ledger: Ledger,
    private readonly topology: Topology,
    /** What the server of a place says for itself on each of its leaf links. */
    private readonly own: (place: string, account: string) => readonly string[],
  ) {
    for (const { party, subject, queue, to } of ledger.lives) {
      if (to !== NEVER) continue;
      const where = `${party.region} ${party.account}`;
      const interest = this.#clients.get(where) ?? new Map();
      this.#clients.set(where, interest);
      add(interest, queue === null ? subject : `${subject} ${queue}`, 1);
    }
  }

  /** What users of the place itself want. */
  clients(place: string, account: string): Interest {
    return this.#clients.get(`${place} ${account}`) ?? new Map();
  }

  /** What `from` tells `to` over the leaf link between them. */
  told(from: string, to: string, account: string): Interest {
    const where = `${from} ${to} ${account}`;
    const known = this.#told.get(where);
    if (known !== undefined) return known;
    const { topology } = this;
    const sum: Interest = new Map(this.clients(from, account));
    const goes = topology.edge(from, to, account);
    const mapsItself = topology.isBox(from) && topology.meshed.includes(from);
    for (const came of topology.edges(from, account)) {
      if (came.to === to) continue;
      for (const [key, weight] of this.#heard(from, came.to, account, came.role === "gateway")) {
        if (mayTell(came, goes, key) && !(mapsItself && isMapped(key))) add(sum, key, weight);
      }
    }
    for (const key of this.own(from, account)) add(sum, key, 1);
    this.#told.set(where, sum);
    return sum;
  }

  /** What `place` holds of what `from` tells it over the leaf link between them. */
  held(place: string, from: string, account: string): Interest {
    const told = this.told(from, place, account);
    if (!this.topology.isBox(place)) return told;
    return new Map([...told].filter(([key]) => !OWN_AFFAIRS.some((prefix) => key.startsWith(prefix))));
  }

  /** What gateways are told by a place. */
  toGateways(place: string, account: string): Set<string> {
    const keys = new Set(this.clients(place, account).keys());
    for (const { to, role } of this.topology.edges(place, account)) {
      if (role === "gateway") continue;
      for (const key of this.held(place, to, account).keys()) if (!isMapped(key)) keys.add(key);
    }
    return keys;
  }

  #heard(place: string, from: string, account: string, isGateway: boolean): Interest {
    if (!isGateway) return this.held(place, from, account);
    return new Map([...this.toGateways(from, account)].map((key) => [key, 1]));
  }
}

function add(interest: Interest, key: string, weight: number): void {
  interest.set(key, key.includes(" ") ? (interest.get(key) ?? 0) + weight : 1);
}

const isMapped = (key: string): boolean => key.startsWith("_GR_.") || key.startsWith("$GR.");
