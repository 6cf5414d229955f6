// What a member says of its leaf connections; tests wait on this instead of on time.

import { monitor } from "./gatewayz.ts";
import type { Member } from "./member.ts";
import { until } from "./wait.ts";

export interface LeafConnection {
  readonly id?: number;
  /** The peer's server name. */
  readonly name: string;
  readonly is_spoke?: boolean;
  readonly is_isolated?: boolean;
  /** The local one. */
  readonly account: string;
  readonly rtt?: string;
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
  readonly subscriptions: number;
  readonly subscriptions_list?: readonly string[];
  /** What we send with; absent where there is none. */
  readonly compression?: string;
}

/** The open leaf connections of a member, solicited and accepted. */
export async function leafs(member: Member, query = ""): Promise<readonly LeafConnection[]> {
  const answer = await monitor<{ leafs?: readonly LeafConnection[] | null }>(member, `leafz${query}`);
  return answer.leafs ?? [];
}

/** Those of them whose other end is one of `peers`; of all accounts, or only of one local account. */
export async function leafsTo(
  member: Member,
  peers: readonly Member[],
  account?: string,
): Promise<LeafConnection[]> {
  const names = new Set(peers.map(({ name }) => name));
  const all = await leafs(member);
  return all.filter((leaf) => names.has(leaf.name) && (account === undefined || leaf.account === account));
}

/** What must be true before a leaf link of the description counts as up. */
export interface Expected {
  readonly solicitors: readonly Member[];
  readonly acceptors: readonly Member[];
  /** How many links in this account; each solicitor has as many. */
  readonly links: number;
  /** As the solicitors call it. */
  readonly account: string;
}

/** Waits until both ends say that these links are up. Members that do not run are not asked. */
export async function leafsLinked(expected: Expected, withinMillis = 15_000): Promise<void> {
  const solicitors = expected.solicitors.filter((member) => member.running);
  const acceptors = expected.acceptors.filter((member) => member.running);
  const names = [solicitors, acceptors].map((side) => side.map(({ name }) => name).join(","));
  await until(
    `the leafs ${names.join(" -> ")} are linked in ${expected.account}`,
    async () => {
      let accepted = 0;
      for (const member of acceptors) accepted += (await leafsTo(member, solicitors)).length;
      if (accepted < solicitors.length * expected.links) return false;
      for (const member of solicitors) {
        const own = await leafsTo(member, acceptors, expected.account);
        if (own.length < expected.links) return false;
      }
      return true;
    },
    withinMillis,
  );
}
