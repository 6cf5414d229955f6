// Servers of one test: started together, used by clients, ended together. What joins them - gateways, routes,
// leaf links - is for those who extend this.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";
import type { LinkTap } from "./link-tap.ts";
import type { JsonObject, Member } from "./member.ts";
import { within } from "./wait.ts";

/** The servers of one cluster, and the taps before them, in the same order; no taps where none is wanted. */
export interface Grown {
  readonly members: Member[];
  readonly taps: readonly LinkTap[];
}

export interface ClientOptions {
  /** Logs in as the user of this account, as `accountsOf` names it. */
  readonly account?: string;
  /** Which server of the cluster, counted round. */
  readonly index?: number;
  readonly more?: NodeConnectionOptions;
}

export class ServerWorld {
  /** For what the servers read; removed by `close`. */
  readonly dir = mkdtempSync(join(tmpdir(), "isthmus-"));
  protected readonly grown = new Map<string, Grown>();
  readonly #clients: NatsConnection[] = [];

  /** Starts these servers, or every one; does not wait for them to find each other. */
  protected async startAll(members: readonly Member[] = this.members()): Promise<void> {
    const starts = await Promise.allSettled(members.map((member) => member.start()));
    const failed = starts.find(({ status }) => status === "rejected");
    if (failed?.status !== "rejected") return;
    await this.close();
    throw failed.reason;
  }

  members(cluster?: string): Member[] {
    if (cluster !== undefined) return this.#cluster(cluster).members;
    return [...this.grown.values()].flatMap(({ members }) => members);
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

  /** A client of a cluster, on its first server unless another is meant; ended by `closeClients`. */
  async client(cluster: string, options: ClientOptions = {}): Promise<NatsConnection> {
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
    for (const { taps } of this.grown.values()) for (const tap of taps) tap.close();
    await Promise.all(this.members().map((member) => member.stop()));
    if (process.env["INTEROP_LOGS"]) this.#printLogs();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #cluster(name: string): Grown {
    const cluster = this.grown.get(name);
    if (cluster === undefined) throw new Error(`there is no cluster ${name}`);
    return cluster;
  }

  #printLogs(): void {
    for (const { name, kind, log } of this.members())
      console.error(`--- log of ${name} (${kind}):
${log}`);
  }
}

/** An accounts block in which account X has the one user "X-user" with the password "X-pass". */
export function accountsOf(names: readonly string[]): JsonObject {
  const account = (name: string) => [name, { users: [{ user: `${name}-user`, password: `${name}-pass` }] }];
  return Object.fromEntries(names.map(account)) as JsonObject;
}
