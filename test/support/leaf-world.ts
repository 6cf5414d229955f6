// Clusters joined by leaf links, and by gateways where wanted, from one description: who solicits whom, as
// whom, over what. The same description runs with nats-servers, with boxes, and with one in the other's
// place.

import { gatewaysLinked } from "./gatewayz.ts";
import { leafsLinked } from "./leafz.ts";
import { LinkTap } from "./link-tap.ts";
import { type JsonObject, type Kind, Member, type MemberPorts } from "./member.ts";
import { freePort } from "./ports.ts";
import { accountsOf, ServerWorld } from "./world.ts";

export interface LeafClusterSpec {
  readonly name: string;
  readonly kind: Kind;
  /** Servers joined by routes; the box is one server. A single server is called as its cluster. */
  readonly servers?: 1 | 3;
  /** Clusters that it has gateways to, which must say the same of it; none if absent. */
  readonly gateways?: readonly string[];
  /** Names of its accounts; a client of account X logs in as "X-user". None: all clients are in $G. */
  readonly accounts?: readonly string[];
  /** More for the leafnodes block, such as authorization, tls, compression. */
  readonly leafnodes?: JsonObject;
  /** Remotes that are no cluster of the description. */
  readonly remotes?: readonly JsonObject[];
  /** More for the websocket block, by which leafs are accepted too; none if absent. */
  readonly websocket?: JsonObject;
  /** More for the top level, such as jetstream. */
  readonly top?: JsonObject;
  /** A tap before each of its leaf listeners, which everyone is told of. Its links are not compressed. */
  readonly tapped?: boolean;
}

export interface LeafLink {
  /** The clusters of the solicitors (each of its servers dials) and of the acceptors (all are known). */
  readonly from: string;
  readonly to: string;
  /** A cluster that is as good as `to`; its URLs come after those. */
  readonly or?: string;
  /** Only the first server of `to` is configured, the others must come by gossip. */
  readonly firstOnly?: boolean;
  /** The solicitor's account; and where the acceptor has accounts, the one whose user it logs in as. */
  readonly account?: string;
  /** "user:password" for the URLs instead; "" for none. */
  readonly login?: string;
  readonly scheme?: "nats-leaf" | "nats" | "tls" | "ws" | "wss";
  /** What the URLs end with. */
  readonly path?: string;
  /** More for the remote, such as tls, credentials, deny_imports. */
  readonly remote?: JsonObject;
}

export interface LeafDescription {
  readonly clusters: readonly LeafClusterSpec[];
  readonly links: readonly LeafLink[];
}

interface Plan extends MemberPorts {
  readonly leaf: number;
  readonly websocket: number;
  readonly route: number;
  /** Where others dial its leaf listener: the tap before it, or itself. */
  readonly door: number;
}

export class LeafWorld extends ServerWorld {
  readonly #description: LeafDescription;
  readonly #plans = new Map<string, readonly Plan[]>();

  /** Starts every server; does not wait for them to find each other (`linked` does). */
  static async start(description: LeafDescription): Promise<LeafWorld> {
    const world = new LeafWorld(description);
    for (const clusters of startOrder(description)) {
      await world.startAll(clusters.flatMap((name) => world.members(name)));
    }
    return world;
  }

  /** Starts every server and waits until all links are up. */
  static async up(description: LeafDescription): Promise<LeafWorld> {
    const world = await LeafWorld.start(description);
    try {
      await world.linked();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  private constructor(description: LeafDescription) {
    super();
    this.#description = description;
    for (const spec of description.clusters) {
      const own = Array.from({ length: spec.servers ?? 1 }, () => plan());
      const taps = spec.tapped === true ? own.map(({ leaf }) => new LinkTap(leaf)) : [];
      this.#plans.set(
        spec.name,
        own.map((ports, i) => ({ ...ports, door: taps[i]?.port ?? ports.leaf })),
      );
      this.grown.set(spec.name, { members: [], taps });
    }
    for (const spec of description.clusters) {
      const plans = this.#plans.get(spec.name)!;
      for (const [i, ports] of plans.entries()) {
        const name = plans.length === 1 ? spec.name : `${spec.name}${i + 1}`;
        const config = this.#configOf(spec, name, ports);
        this.grown.get(spec.name)!.members.push(new Member(name, spec.kind, ports, config, this.dir));
      }
    }
  }

  /** Waits until all leaf links and all gateways of the description are up, as both ends say. */
  async linked(withinMillis = 15_000): Promise<void> {
    for (const link of this.#description.links) await this.leafLinked(link, withinMillis);
    for (const { name, gateways } of this.#description.clusters) {
      for (const other of gateways ?? [])
        await gatewaysLinked(name, this.members(name), other, this.members(other), withinMillis);
    }
  }

  /** Waits until one of the description's links is up, with all others like it. */
  async leafLinked(link: LeafLink, withinMillis = 15_000): Promise<void> {
    const like = this.#description.links.filter(
      ({ from, to, account }) => from === link.from && to === link.to && account === link.account,
    );
    const expected = {
      solicitors: this.members(link.from),
      acceptors: [...this.members(link.to), ...(link.or === undefined ? [] : this.members(link.or))],
      account: link.account ?? "$G",
      links: like.length,
    };
    await leafsLinked(expected, withinMillis);
  }

  /** URLs by which a cluster is dialed over a link. */
  urlsOf(link: LeafLink): string[] {
    const at = this.#loginOf(link) === "" ? "" : `${this.#loginOf(link)}@`;
    const scheme = link.scheme ?? "nats-leaf";
    const webSocket = scheme.startsWith("ws");
    const doors = [link.to, ...(link.or === undefined ? [] : [link.or])].flatMap(
      (name) => this.#plans.get(name)!,
    );
    return doors
      .slice(0, link.firstOnly === true ? 1 : doors.length)
      .map(
        ({ door, websocket }) =>
          `${scheme}://${at}127.0.0.1:${webSocket ? websocket : door}${link.path ?? ""}`,
      );
  }

  #loginOf({ to, account, login }: LeafLink): string {
    if (login !== undefined) return login;
    const accounts = this.#spec(to).accounts;
    if (accounts === undefined || account === undefined) return "";
    return `${account}-user:${account}-pass`;
  }

  #spec(name: string): LeafClusterSpec {
    const spec = this.#description.clusters.find((cluster) => cluster.name === name);
    if (spec === undefined) throw new Error(`there is no cluster ${name}`);
    return spec;
  }

  #configOf(spec: LeafClusterSpec, name: string, ports: Plan): JsonObject {
    const plans = this.#plans.get(spec.name)!;
    const cluster = {
      name: spec.name,
      listen: `127.0.0.1:${ports.route}`,
      routes: plans.map(({ route }) => `nats-route://127.0.0.1:${route}`),
    };
    const gateway = {
      name: spec.name,
      listen: `127.0.0.1:${ports.gateway}`,
      gateways: (spec.gateways ?? []).map((other) => ({
        name: other,
        urls: this.#plans.get(other)!.map((peer) => `nats://127.0.0.1:${peer.gateway}`),
      })),
    };
    const websocket = { listen: `127.0.0.1:${ports.websocket}`, ...spec.websocket };
    return {
      server_name: name,
      listen: `127.0.0.1:${ports.client}`,
      http: `127.0.0.1:${ports.monitor}`,
      ...(plans.length > 1 ? { cluster } : {}),
      ...(spec.gateways === undefined ? {} : { gateway }),
      ...accountsFor(spec),
      ...(spec.websocket === undefined ? {} : { websocket }),
      leafnodes: this.#leafnodesOf(spec, ports),
      ...spec.top,
    };
  }

  #leafnodesOf(spec: LeafClusterSpec, ports: Plan): JsonObject {
    const remotes = this.#description.links
      .filter(({ from }) => from === spec.name)
      .map((link) => ({
        urls: this.urlsOf(link),
        ...(link.account === undefined ? {} : { account: link.account }),
        ...link.remote,
      }));
    const listen = `127.0.0.1:${ports.leaf}`;
    const advertise = ports.door === ports.leaf ? {} : { advertise: `127.0.0.1:${ports.door}` };
    // A tap can only read what is not compressed; nats-servers before 2.10 do not know the word.
    const readable = spec.tapped === true && spec.kind !== "2.9" ? { compression: "off" } : {};
    return {
      listen,
      ...advertise,
      ...readable,
      ...spec.leafnodes,
      remotes: [...remotes, ...(spec.remotes ?? [])],
    };
  }
}

/** Who is dialed before who dials, since a dial in vain costs a second; as far as links do not go round. */
function startOrder({ clusters, links }: LeafDescription): string[][] {
  const order: string[][] = [];
  let left = clusters.map(({ name }) => name);
  while (left.length > 0) {
    const ready = left.filter(
      (name) =>
        !links.some(
          ({ from, to, or }) => from === name && [to, or].some((other) => left.includes(other ?? "")),
        ),
    );
    const next = ready.length > 0 ? ready : left;
    order.push(next);
    left = left.filter((name) => !next.includes(name));
  }
  return order;
}

/** A server with leaf nodes and gateways starts only with a system account, which an operator has. */
function accountsFor(spec: LeafClusterSpec): JsonObject {
  if (spec.top?.["operator"] !== undefined) return {};
  if (spec.accounts === undefined && spec.gateways === undefined) return {};
  const named = accountsOf(spec.accounts ?? []);
  return spec.gateways === undefined
    ? { accounts: named }
    : { accounts: { ...named, SYS: {} }, system_account: "SYS" };
}

function plan(): Omit<Plan, "door"> {
  return {
    client: freePort(),
    monitor: freePort(),
    gateway: freePort(),
    leaf: freePort(),
    websocket: freePort(),
    route: freePort(),
  };
}
