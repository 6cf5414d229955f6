// What regions have sent each other, as their own monitoring tells it. Source: gateway.md §9.1.

import { until } from "./process.ts";

/** A server with a gateway and monitoring on the loopback. */
export interface Monitored {
  /** The name of its cluster. */
  readonly name: string;
  readonly monitorPort: number;
}

/** The parts of /gatewayz that are read here. */
export interface Gatewayz {
  readonly outbound_gateways?: Readonly<Record<string, Remote>> | null;
  readonly inbound_gateways?: Readonly<Record<string, readonly Remote[]>> | null;
}

export interface Remote {
  readonly connection?: Readonly<Record<string, unknown>>;
  readonly accounts?: readonly Account[];
}

export interface Account {
  readonly name: string;
  readonly interest_mode: string;
  readonly num_subs?: number;
  readonly subscriptions_list?: readonly string[];
}

/** What a region has sent to another: since they were linked, or between two readings. */
export interface Sent {
  readonly messages: number;
  readonly bytes: number;
  /** Messages kept from the WAN for lack of interest; null where the server does not tell. */
  readonly suppressed: number | null;
}

/** Counts by link, such as "east→west". */
export type Reading = ReadonlyMap<string, Sent>;

const READING_MILLIS = 40;
const SAME_READINGS = 3;

export async function gatewayz(server: Monitored, query: string): Promise<Gatewayz> {
  const answer = await fetch(`http://127.0.0.1:${server.monitorPort}/gatewayz${query}`);
  if (!answer.ok) throw new Error(`/gatewayz of ${server.name} answered ${answer.status}`);
  return (await answer.json()) as Gatewayz;
}

/** Waits until each has dialled each and all `accounts` are interest-only there. */
export async function linked(servers: readonly Monitored[], accounts: readonly string[]): Promise<void> {
  await until("all gateways to be linked", async () => {
    for (const server of servers) {
      const { outbound_gateways: out } = await gatewayz(server, "?accs=1");
      for (const other of servers) {
        if (other === server) continue;
        const heard = (out?.[other.name]?.accounts ?? []).filter(
          (one) => one.interest_mode === "Interest-Only",
        );
        if (accounts.some((name) => !heard.some((one) => one.name === name))) return false;
      }
    }
    return true;
  });
}

/** The subjects of an account that `server` has heard are wanted at `remote`. */
export async function interestAt(
  server: Monitored,
  remote: string,
  account: string,
): Promise<readonly string[]> {
  const { outbound_gateways: out } = await gatewayz(server, `?acc_name=${account}&subs=1`);
  return out?.[remote]?.accounts?.[0]?.subscriptions_list ?? [];
}

/** Reads what every server sent to every other, until it has stood still for a few readings. */
export async function settled(servers: readonly Monitored[]): Promise<Reading> {
  let reading: Reading = new Map();
  let last = "";
  let same = 0;
  await until("the WAN to be quiet", async () => {
    reading = await readAll(servers);
    const text = JSON.stringify([...reading]);
    same = text === last ? same + 1 : 0;
    last = text;
    await Bun.sleep(READING_MILLIS);
    return same >= SAME_READINGS;
  });
  return reading;
}

/** What went from one to another between two readings; fails when they were not linked all the time. */
export function grown(before: Reading, after: Reading, from: Monitored, to: Monitored): Sent {
  const link = `${from.name}→${to.name}`;
  const was = before.get(link);
  const is = after.get(link);
  if (was === undefined || is === undefined) throw new Error(`${link} is not linked any more`);
  return {
    messages: is.messages - was.messages,
    bytes: is.bytes - was.bytes,
    suppressed: is.suppressed === null ? null : is.suppressed - (was.suppressed ?? 0),
  };
}

export function sentTo(remote: Remote | undefined): Sent {
  return {
    messages: numberIn(remote?.connection, "out_msgs"),
    bytes: numberIn(remote?.connection, "out_bytes"),
    suppressed: remote === undefined ? null : suppressedTo(remote),
  };
}

/** Sum over the accepted connections of one remote cluster. */
export function receivedFrom(remotes: readonly Remote[]): { messages: number; bytes: number } {
  const sum = (key: string) => remotes.reduce((total, one) => total + numberIn(one.connection, key), 0);
  return { messages: sum("in_msgs"), bytes: sum("in_bytes") };
}

async function readAll(servers: readonly Monitored[]): Promise<Reading> {
  const reading = new Map<string, Sent>();
  for (const server of servers) {
    const { outbound_gateways: out } = await gatewayz(server, "?accs=1");
    for (const [name, remote] of Object.entries(out ?? {})) {
      reading.set(`${server.name}→${name}`, sentTo(remote));
    }
  }
  return reading;
}

/** nats-server does not tell this; the box may tell it of the remote, its connection or its accounts. */
function suppressedTo(remote: Remote): number | null {
  for (const place of [[remote], [remote.connection ?? {}], remote.accounts ?? []]) {
    const found = place.flatMap((one) =>
      Object.entries(one).flatMap(([key, value]) =>
        key.startsWith("suppressed") && !key.includes("bytes") && typeof value === "number" ? [value] : [],
      ),
    );
    if (found.length > 0) return found.reduce((sum, value) => sum + value, 0);
  }
  return null;
}

function numberIn(record: Readonly<Record<string, unknown>> | undefined, key: string): number {
  const value = record?.[key];
  return typeof value === "number" ? value : 0;
}
