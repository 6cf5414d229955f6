// What a member says of its gateway connections; tests wait on this instead of on time.

import type { Member } from "./member.ts";
import { until } from "./wait.ts";

export interface GatewayConnection {
  readonly cid: number;
  readonly rtt?: string;
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
}

export interface GatewayRemote {
  readonly configured: boolean;
  /** Absent, or with cid 0, where a remote is listed although there is no connection to it. */
  readonly connection?: GatewayConnection;
  readonly accounts?: readonly { readonly name: string; readonly interest_mode: string }[];
}

export interface Gatewayz {
  readonly name: string;
  readonly outbound_gateways?: Record<string, GatewayRemote> | null;
  readonly inbound_gateways?: Record<string, readonly GatewayRemote[]> | null;
}

/** One document of a member's monitoring, such as `varz`; an error unless the answer is 200. */
export async function monitor<T>(member: Member, path: string): Promise<T> {
  const answer = await fetch(`${member.monitorUrl}/${path}`, { keepalive: false });
  if (!answer.ok) throw new Error(`${member.name} /${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export function gatewayz(member: Member, query = ""): Promise<Gatewayz> {
  return monitor<Gatewayz>(member, `gatewayz${query}`);
}

/**
 * The open outbound connection to a cluster. A remote that is down may be listed with a connection of
 * number 0.
 */
export async function outbound(member: Member, cluster: string): Promise<GatewayConnection | undefined> {
  const connection = (await gatewayz(member)).outbound_gateways?.[cluster]?.connection;
  return connection?.cid === 0 ? undefined : connection;
}

/** The open inbound connections from a cluster. */
export async function inbound(member: Member, cluster: string): Promise<GatewayConnection[]> {
  const remotes = (await gatewayz(member)).inbound_gateways?.[cluster] ?? [];
  return remotes.flatMap((remote) => (remote.connection === undefined ? [] : [remote.connection]));
}

/**
 * Waits until every running one of `dialers` has dialed cluster `to`, and the servers of `to` say the same.
 */
export async function gatewaysLinked(
  from: string,
  dialers: readonly Member[],
  to: string,
  acceptors: readonly Member[],
  withinMillis = 15_000,
): Promise<void> {
  const [dialing, accepting] = [dialers, acceptors].map((all) => all.filter((member) => member.running));
  await until(
    `${from} is linked to ${to}`,
    async () => {
      for (const member of dialing!) if ((await outbound(member, to)) === undefined) return false;
      let accepted = 0;
      for (const member of accepting!) accepted += (await inbound(member, from)).length;
      return accepted >= dialing!.length;
    },
    withinMillis,
  );
}

/**
 * Millis of a round-trip time as the monitoring writes it, such as "819µs" or "1.25ms"; undefined if there
 * is none.
 */
export function rttMillis(text: string | undefined): number | undefined {
  const parts = /^([\d.]+)(ns|µs|us|ms|s)$/.exec(text ?? "");
  if (parts === null) return undefined;
  const unit = { ns: 1e-6, µs: 1e-3, us: 1e-3, ms: 1, s: 1_000 }[parts[2] as "ns" | "µs" | "us" | "ms" | "s"];
  return Number(parts[1]) * unit;
}
