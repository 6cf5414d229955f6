// A super-cluster from one description: which clusters, of what kind, how many servers, who is told of whom.
// The same description runs with nats-servers, with boxes, and with one in the other's place.

import { gatewaysLinked } from "./gatewayz.ts";
import { LinkTap } from "./link-tap.ts";
import { type JsonObject, type Kind, Member, type MemberPorts } from "./member.ts";
import { freePort } from "./ports.ts";
import { accountsOf, ServerWorld } from "./world.ts";

export interface ClusterSpec {
  readonly name: string;
  readonly kind: Kind;
  /** Servers joined by routes; the box is one server. */
  readonly servers?: 1 | 3;
  /** The clusters it is configured with; all others if absent. The rest must come by gossip. */
  readonly knows?: readonly string[];
  /** Names of its accounts; a client of account X logs in as "X-user". None: all clients are in $G. */
  readonly accounts?: readonly string[];
  /** More for the gateway block, such as authorization. */
  readonly gateway?: JsonObject;
  /** More for the top level, such as max_payload. */
  readonly top?: JsonObject;
  /** "user:password" for the URLs of a remote, where it is not the cluster's own pair. */
  readonly credentials?: Readonly<Record<string, string>>;
  /**
   * A tap before each of its gateway listeners: everyone who dials this cluster passes it, for it is
   * advertised.
   */
  readonly tapped?: boolean;
}

export class SuperCluster extends ServerWorld {
  /** Starts every server; does not wait for them to find each other (`meshed` does). */
  static async start(...specs: readonly ClusterSpec[]): Promise<SuperCluster> {
    const world = new SuperCluster(specs);
    await world.startAll();
    return world;
  }

  private constructor(specs: readonly ClusterSpec[]) {
    super();
    const ports = new Map<string, MemberPorts[]>();
    const gates = new Map<string, number[]>();
    for (const spec of specs) {
      const own = Array.from({ length: spec.servers ?? 1 }, () => ({
        client: freePort(),
        monitor: freePort(),
        gateway: freePort(),
      }));
      const taps = spec.tapped === true ? own.map((port) => new LinkTap(port.gateway)) : [];
      ports.set(spec.name, own);
      gates.set(
        spec.name,
        own.map((port, i) => taps[i]?.port ?? port.gateway),
      );
      this.grown.set(spec.name, { members: [], taps });
    }
    for (const spec of specs) {
      const { members, taps } = this.grown.get(spec.name)!;
      const own = ports.get(spec.name)!;
      const routes = own.map(() => freePort());
      const remotes = remotesOf(spec, specs, gates);
      for (const [i, port] of own.entries()) {
        const config = configOf(spec, `${spec.name}${i + 1}`, port, routes, i, remotes, taps[i]?.port);
        members.push(new Member(`${spec.name}${i + 1}`, spec.kind, port, config, this.dir));
      }
    }
  }

  /** Waits until each of these clusters (all if none is named) has its connections to and from each other. */
  async meshed(...names: readonly string[]): Promise<void> {
    const chosen = names.length === 0 ? [...this.grown.keys()] : names;
    for (const from of chosen) {
      for (const to of chosen) if (from !== to) await this.linked(from, to);
    }
  }

  /** Waits until every running server of `from` has dialed `to`, and the servers of `to` say the same. */
  async linked(from: string, to: string, withinMillis = 15_000): Promise<void> {
    await gatewaysLinked(from, this.members(from), to, this.members(to), withinMillis);
  }
}

function remotesOf(
  spec: ClusterSpec,
  all: readonly ClusterSpec[],
  gates: ReadonlyMap<string, readonly number[]>,
): JsonObject[] {
  const known = spec.knows ?? all.map(({ name }) => name).filter((name) => name !== spec.name);
  return known.map((name) => {
    const login = spec.credentials?.[name];
    const at = login === undefined ? "" : `${login}@`;
    return { name, urls: gates.get(name)!.map((port) => `nats://${at}127.0.0.1:${port}`) };
  });
}

function configOf(
  spec: ClusterSpec,
  name: string,
  ports: MemberPorts,
  routes: readonly number[],
  index: number,
  remotes: readonly JsonObject[],
  advertised: number | undefined,
): JsonObject {
  const cluster = {
    name: spec.name,
    listen: `127.0.0.1:${routes[index]}`,
    routes: routes.map((port) => `nats-route://127.0.0.1:${port}`),
  };
  return {
    server_name: name,
    listen: `127.0.0.1:${ports.client}`,
    http: `127.0.0.1:${ports.monitor}`,
    ...(routes.length > 1 ? { cluster } : {}),
    gateway: {
      name: spec.name,
      listen: `127.0.0.1:${ports.gateway}`,
      ...(advertised === undefined ? {} : { advertise: `127.0.0.1:${advertised}` }),
      gateways: remotes,
      ...spec.gateway,
    },
    ...(spec.accounts === undefined ? {} : { accounts: accountsOf(spec.accounts) }),
    ...spec.top,
  };
}
