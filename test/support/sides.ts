// The table of peers that every interop case is run against, and what a reader is told of those that are
// absent.

import { describe } from "bun:test";
import { describeKind, type Kind, whyAbsent } from "./member.ts";

export interface PeerSpec {
  readonly title: string;
  readonly kind: Kind;
  readonly servers: 1 | 3;
  /** Below 2.9: sends messages until told not to, and announces no interest by itself. */
  readonly optimistic: boolean;
}

const PEERS: readonly PeerSpec[] = [
  peer("2.15", 1),
  peer("2.15", 3),
  peer("2.10", 1),
  peer("2.9", 1),
  peer("2.8", 1),
  peer("box", 1),
];

/** The two directions in which a case is run: BOX is the cluster of the box, PEER the cluster of the peer. */
export const DIRECTIONS = [
  ["BOX", "PEER"],
  ["PEER", "BOX"],
] as const;

/**
 * Runs `cases` once for each peer, or only for those chosen; a peer that is not on this machine is skipped
 * loudly.
 */
export function againstPeers(
  cases: (peer: PeerSpec) => void,
  chosen: (peer: PeerSpec) => boolean = () => true,
): void {
  for (const spec of PEERS.filter(chosen)) {
    describeWith(`${describeKind("box")} and ${spec.title}`, ["box", spec.kind], () => cases(spec));
  }
}

/** A describe that needs servers of these kinds. */
export function describeWith(title: string, kinds: readonly Kind[], cases: () => void): void {
  const why = kinds.map(whyAbsent).find((reason) => reason !== undefined);
  if (why === undefined) return void describe(title, cases);
  console.error(`SKIPPED ${title}: ${why}`);
  describe.skip(`${title} (${why})`, cases);
}

function peer(kind: Kind, servers: 1 | 3): PeerSpec {
  const name = kind === "box" ? `another ${describeKind(kind)}` : describeKind(kind);
  return { title: servers === 1 ? name : `${name} × ${servers}`, kind, servers, optimistic: kind === "2.8" };
}
