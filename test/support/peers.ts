// A super-cluster from one description: which clusters, of what kind, how many servers, who is told of whom.
// The same description runs with nats-servers, with boxes, and with one in the other's place.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";
import { inbound, outbound } from "./gatewayz.ts";
import { LinkTap } from "./link-tap.ts";
import { type JsonObject, type Kind, Member, type MemberPorts } from "./member.ts";
import { freePort } from "./ports.ts";
import { until, within } from "./wait.ts";

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

interface Cluster {
  readonly spec: ClusterSpec;
  readonly members: Member[];
  readonly taps: LinkTap[];
}

export class SuperCluster {
  readonly #clusters = new Map<string, Cluster>();
  readonly #dir = mkdtempSync(join(tmpdir(), "isthmus-"));
  readonly #clients: NatsConnection[] = [];

  /** Starts every server; does not wait for them to find each other (`meshed` does). */
  static async start(...specs: readonly ClusterSpec[]): Promise<SuperCluster> {
    const world = new SuperCluster(specs);
    try {
      await Promise.all(world.members().map((member) => member.start()));
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  private constructor(specs: readonly ClusterSpec[]) {
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
      this.#clusters.set(spec.name, { spec, members: [], taps });
    }
    for (const { spec, members, taps } of this.#clusters.values()) {
      const own = ports.get(spec.name)!;
      const routes = own.map(() => freePort());
      const remotes = remotesOf(spec, specs, gates);
      for (const [i, port] of own.entries()) {
        const config = configOf(spec, `${spec.name}${i + 1}`, port, routes, i, remotes, taps[i]?.port);
        members.push(new Member(`${spec.name}${i + 1}`, spec.kind, port, config, this.#dir));
      }
    }
  }

  members(cluster?: string): Member[] {
    if (cluster !== undefined) return this.#cluster(cluster).members;
    return [...this.#clusters.values()].flatMap(({ members }) => members);
  }

  member(cluster: string, index = 0): Member {
    return this.#cluster(cluster).members[index]!;
  }

  /** The tap before a tapped cluster; of its first server unless another is meant. */
  tap(cluster: string, index = 0): LinkTap {
    const tap = this.#cluster(cluster).taps[index];
    if (tap === undefined) throw new Error(`cluster ${cluster} is not tapped`);
    return tap;
  }

  /** Waits until each of these clusters (all if none is named) has its connections to and from each other. */
  async meshed(...names: readonly string[]): Promise<void> {
    const chosen = names.length === 0 ? [...this.#clusters.keys()] : names;
    for (const from of chosen) {
      for (const to of chosen) if (from !== to) await this.linked(from, to);
    }
  }

  /** Waits until every running server of `from` has dialed `to`, and the servers of `to` say the same. */
  async linked(from: string, to: string, withinMillis = 15_000): Promise<void> {
    const dialers = this.members(from).filter((member) => member.running);
    const acceptors = this.members(to).filter((member) => member.running);
    await until(
      `${from} is linked to ${to}`,
      async () => {
        for (const member of dialers) if ((await outbound(member, to)) === undefined) return false;
        let accepted = 0;
        for (const member of acceptors) accepted += (await inbound(member, from)).length;
        return accepted >= dialers.length;
      },
      withinMillis,
    );
  }

  /**
   * A client of a cluster, on its first server unless another is meant (counted round); ended by
   * `closeClients`.
   */
  async client(
    cluster: string,
    options: { account?: string; index?: number; more?: NodeConnectionOptions } = {},
  ): Promise<NatsConnection> {
    const members = this.members(cluster);
    const member = members[(options.index ?? 0) % members.length]!;
    const login =
      options.account === undefined
        ? {}
        : { user: `${options.account}-user`, pass: `${options.account}-pass` };
    const client = await connect({
      servers: `127.0.0.1:${member.ports.client}`,
      ignoreClusterUpdates: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      reconnectJitter: 10,
      timeout: 5_000,
      ...login,
      ...options.more,
    });
    this.#clients.push(client);
    return client;
  }

  async closeClients(): Promise<void> {
    for (const client of this.#clients.splice(0))
      await within("a client closes", client.close(), 2_000).catch(() => {});
  }

  /** Ends everything that was started and removes what was written. `INTEROP_LOGS=1` shows the logs. */
  async close(): Promise<void> {
    await this.closeClients();
    for (const { taps } of this.#clusters.values()) for (const tap of taps) tap.close();
    await Promise.all(this.members().map((member) => member.stop()));
    if (process.env["INTEROP_LOGS"]) this.#printLogs();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #cluster(name: string): Cluster {
    const cluster = this.#clusters.get(name);
    if (cluster === undefined) throw new Error(`there is no cluster ${name}`);
    return cluster;
  }

  #printLogs(): void {
    for (const { name, kind, log } of this.members())
      console.error(`--- log of ${name} (${kind}):
${log}`);
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

function accountsOf(names: readonly string[]): JsonObject {
  const account = (name: string) => [name, { users: [{ user: `${name}-user`, password: `${name}-pass` }] }];
  return Object.fromEntries(names.map(account)) as JsonObject;
}
