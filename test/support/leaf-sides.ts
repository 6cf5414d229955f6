// The table of pairs that every leaf case is run with: the box as hub and as spoke of each peer, and two
// boxes.

import { type LeafClusterSpec, type LeafLink, LeafWorld } from "./leaf-world.ts";
import { describeKind, type Kind } from "./member.ts";
import { describeWith } from "./sides.ts";

/** Who stands at which end of a leaf link; the spoke solicits. */
export interface LeafPair {
  readonly hub: Kind;
  readonly spoke: Kind;
}

const PEERS = ["2.15", "2.10", "2.9"] as const;

const PAIRS: readonly LeafPair[] = [
  ...PEERS.map((peer) => ({ hub: "box" as Kind, spoke: peer as Kind })),
  ...PEERS.map((peer) => ({ hub: peer as Kind, spoke: "box" as Kind })),
  { hub: "box", spoke: "box" },
];

/** The two directions in which a case is run. */
export const LEAF_WAYS = [
  ["HUB", "SPOKE"],
  ["SPOKE", "HUB"],
] as const;

export type LeafEnd = "HUB" | "SPOKE";

/** Runs `cases` once for each pair, or only for those chosen. */
export function acrossLeafs(
  cases: (pair: LeafPair) => void,
  chosen: (pair: LeafPair) => boolean = () => true,
): void {
  for (const pair of PAIRS.filter(chosen)) {
    describeWith(titleOf(pair), [pair.hub, pair.spoke], () => cases(pair));
  }
}

/** The pairs for cases in which the age of the peer makes no difference. */
export function newest({ hub, spoke }: LeafPair): boolean {
  return [hub, spoke].every((kind) => kind === "box" || kind === "2.15");
}

/** The pairs with a nats-server at one end, for cases in which two boxes would show nothing more. */
export function mixed({ hub, spoke }: LeafPair): boolean {
  return hub !== "box" || spoke !== "box";
}

/** HUB and SPOKE with one link between them, which is up. What is given goes into the description. */
export function startPair(
  pair: LeafPair,
  more: {
    readonly hub?: Partial<LeafClusterSpec>;
    readonly spoke?: Partial<LeafClusterSpec>;
    readonly link?: Partial<LeafLink>;
  } = {},
): Promise<LeafWorld> {
  return LeafWorld.up({
    clusters: [
      { name: "HUB", kind: pair.hub, ...more.hub },
      { name: "SPOKE", kind: pair.spoke, ...more.spoke },
    ],
    links: [{ from: "SPOKE", to: "HUB", ...more.link }],
  });
}

function titleOf({ hub, spoke }: LeafPair): string {
  const box = describeKind("box");
  if (hub === spoke) return `${box} as spoke of another ${box}`;
  if (hub === "box") return `${box} as hub of ${describeKind(spoke)}`;
  return `${box} as spoke of ${describeKind(hub)}`;
}
