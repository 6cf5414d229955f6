// Who is joined to whom, and what may pass: the tables of leafnode.md §18 and gateway.md §7.10, with what the
// appliance does otherwise (docs/decisions/0004-a-spoke-speaks-for-its-hub.md), walked place by place.

import type { LinkPlan, RegionPlan } from "./plan.ts";

/** One end of what joins two places. */
export interface Edge {
  readonly to: string;
  /** What our end is. */
  readonly role: "hub" | "spoke" | "gateway";
  /** Our end tells nothing of other leafs. */
  readonly isolated: boolean;
  /** The peer's. */
  readonly cluster: string;
}

export class Topology {
  readonly names: readonly string[];
  /** Those that gateways join. */
  readonly meshed: readonly string[];
  readonly #regions: ReadonlyMap<string, RegionPlan>;
  readonly #edges = new Map<string, readonly Edge[]>();
  readonly #routes = new Map<string, readonly string[] | null>();

  constructor(
    regions: readonly RegionPlan[],
    readonly links: readonly LinkPlan[] = [],
  ) {
    this.#regions = new Map(regions.map((region) => [region.name, region]));
    this.names = regions.map(({ name }) => name);
    this.meshed = regions.filter(isMeshed).map(({ name }) => name);
  }

  clusterOf(place: string): string {
    return this.#regions.get(place)?.cluster ?? place;
  }

  isBox(place: string): boolean {
    return this.#regions.get(place)?.kind === "box";
  }

  /** Pairs of places that anything joins. */
  get pairs(): [string, string][] {
    const gateways = this.meshed.flatMap((a, i) => this.meshed.slice(i + 1).map((b) => [a, b]));
    return [...gateways, ...this.links.map(({ spoke, hub }) => [spoke, hub])] as [string, string][];
  }

  edges(place: string, account: string): readonly Edge[] {
    const key = `${place} ${account}`;
    const known = this.#edges.get(key);
    if (known !== undefined) return known;
    const edges: Edge[] = [];
    const edge = (to: string, role: Edge["role"], isolated: boolean): void => {
      edges.push({ to, role, isolated, cluster: this.clusterOf(to) });
    };
    if (this.meshed.includes(place)) {
      for (const other of this.meshed) if (other !== place) edge(other, "gateway", false);
    }
    for (const { spoke, hub, accounts, dialer = "spoke", isolated } of this.links) {
      if (!accounts.includes(account)) continue;
      const isMine = (end: "hub" | "spoke"): boolean => isolated === (dialer === end ? "dialer" : "acceptor");
      if (hub === place) edge(spoke, "hub", isMine("hub"));
      if (spoke === place) edge(hub, "spoke", isMine("spoke"));
    }
    this.#edges.set(key, edges);
    return edges;
  }

  edge(from: string, to: string, account: string): Edge {
    return this.edges(from, account).find((each) => each.to === to)!;
  }

  /** The places from one to another, both included; there is one way at most. */
  route(from: string, to: string, account: string): readonly string[] | null {
    const key = `${from} ${to} ${account}`;
    let route = this.#routes.get(key);
    if (route === undefined) {
      route = this.#search(from, to, account);
      this.#routes.set(key, route);
    }
    return route;
  }

  #search(from: string, to: string, account: string): readonly string[] | null {
    const ways: (readonly string[])[] = [[from]];
    for (const way of ways) {
      const last = way.at(-1)!;
      if (last === to) return way;
      for (const edge of this.edges(last, account)) {
        if (!ways.some((other) => other.at(-1) === edge.to)) ways.push([...way, edge.to]);
      }
    }
    return null;
  }

  /** May a message go from one place to the other, if everybody on the way has cause to send it on? */
  passes(from: string, to: string, account: string): boolean {
    return this.#along(from, to, account, mayPass);
  }

  /** Is interest of one place known at the other? */
  tells(from: string, to: string, account: string): boolean {
    return this.#along(from, to, account, (came, goes) => mayTell(came, goes, ""));
  }

  /** Must a message published at `from` reach who wants it at `to`? */
  owes(from: string, to: string, account: string): boolean {
    return this.passes(from, to, account) && this.tells(to, from, account);
  }

  #along(from: string, to: string, account: string, may: (came: Edge, goes: Edge) => boolean): boolean {
    const route = this.route(from, to, account);
    return (
      route?.every((place, i) => {
        if (i === 0 || i === route.length - 1) return true;
        return may(this.edge(place, route[i - 1]!, account), this.edge(place, route[i + 1]!, account));
      }) ?? false
    );
  }
}

function isMeshed({ kind, gateway }: RegionPlan): boolean {
  return kind !== "leaf" && gateway !== false;
}

function isOneCluster(came: Edge, goes: Edge): boolean {
  if (came.role === "gateway" || goes.role === "gateway" || came.cluster === "") return false;
  return came.cluster === goes.cluster;
}

/** A message that came over one edge, over another one. Source: leafnode.md §18. */
function mayPass(came: Edge, goes: Edge): boolean {
  if (came.role === "gateway" && goes.role === "gateway") return false;
  return !isOneCluster(came, goes);
}

/** Interest that came over one edge, over another one. Source: gateway.md §7.10. */
export function mayTell(came: Edge, goes: Edge, key: string): boolean {
  if (came.role === "gateway") return goes.role !== "gateway";
  if (goes.role === "gateway") return true;
  if (isOneCluster(came, goes)) return false;
  if (came.role === "hub") return !goes.isolated;
  return goes.role === "hub" || (key.startsWith("$LDS.") && !goes.isolated);
}
