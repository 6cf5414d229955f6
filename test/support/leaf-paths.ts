// The full path: clients - A -leaf- L ==gateway== R -leaf- B - clients, with a box at L, at R, or at both, as
// hub of the outer cluster or as sidecar (spoke) of it.

import { type LeafClusterSpec, type LeafLink, LeafWorld } from "./leaf-world.ts";
import { HAS_STAND_IN, type Kind } from "./member.ts";
import { describeWith } from "./sides.ts";

export interface Size {
  readonly kind: Kind;
  readonly servers?: 1 | 3;
}

/** One outer cluster and what joins it to the gateways. */
export interface Arm {
  readonly outer: Size;
  readonly inner: Size;
  /** The inner one solicits the outer one; else the other way round. */
  readonly sidecar?: boolean;
}

export interface Path {
  readonly title: string;
  readonly left: Arm;
  readonly right: Arm;
}

export const PLACES = ["A", "L", "R", "B"] as const;
export type Place = (typeof PLACES)[number];

const three = (kind: Kind): Size => ({ kind, servers: 3 });

export const HUB_PATHS: readonly Path[] = [
  {
    title: "two boxes as hubs, one of a cluster of three",
    left: { outer: three("2.15"), inner: { kind: "box" } },
    right: { outer: { kind: "2.15" }, inner: { kind: "box" } },
  },
  {
    title: "a cluster of three 2.15 with gateways, and a box as hub",
    left: { outer: { kind: "2.15" }, inner: three("2.15") },
    right: { outer: { kind: "2.10" }, inner: { kind: "box" } },
  },
  {
    title: "a box as hub of a 2.9, and a 2.10 with gateways",
    left: { outer: { kind: "2.9" }, inner: { kind: "box" } },
    right: { outer: { kind: "2.10" }, inner: { kind: "2.10" } },
  },
];

export const SIDECAR_PATHS: readonly Path[] = [
  {
    title: "two boxes as sidecars, one of a cluster of three",
    left: { outer: three("2.15"), inner: { kind: "box" }, sidecar: true },
    right: { outer: { kind: "2.10" }, inner: { kind: "box" }, sidecar: true },
  },
  {
    title: "a box as sidecar of a 2.15, and a cluster of three 2.15 with gateways",
    left: { outer: { kind: "2.15" }, inner: { kind: "box" }, sidecar: true },
    right: { outer: { kind: "2.15" }, inner: three("2.15") },
  },
  {
    title: "a box as sidecar of a 2.9, and a box as hub of a 2.15",
    left: { outer: { kind: "2.9" }, inner: { kind: "box" }, sidecar: true },
    right: { outer: { kind: "2.15" }, inner: { kind: "box" } },
  },
];

const NO_SIDECAR =
  "a nats-server as spoke does not keep its hub told of the interest behind its gateways, the box does";

/**
 * Runs `cases` with each of these paths; those with a sidecar not while a nats-server stands in for the box.
 */
export function alongPaths(paths: readonly Path[], cases: (path: Path) => void): void {
  for (const path of paths) {
    const needsBox = path.left.sidecar === true || path.right.sidecar === true;
    if (needsBox && HAS_STAND_IN) {
      console.error(`SKIPPED ${path.title}: ${NO_SIDECAR}`);
      continue;
    }
    const kinds = [path.left, path.right].flatMap(({ outer, inner }) => [outer.kind, inner.kind]);
    describeWith(path.title, kinds, () => cases(path));
  }
}

/**
 * A path, up from end to end. The link of each arm passes a tap before the one that is dialed (`tapOf`).
 * `more` goes into the description of a place.
 */
export function startPath(
  { left, right }: Path,
  more: { readonly [P in Place]?: Partial<LeafClusterSpec> } = {},
  account?: string,
): Promise<LeafWorld> {
  const accounts = account === undefined ? {} : { accounts: [account] };
  const cluster = (name: Place, size: Size, tapped: boolean, gateways?: readonly string[]) => ({
    name,
    ...size,
    ...accounts,
    ...(gateways === undefined ? {} : { gateways }),
    tapped,
    ...more[name],
  });
  return LeafWorld.up({
    clusters: [
      cluster("A", left.outer, left.sidecar === true),
      cluster("L", left.inner, left.sidecar !== true, ["R"]),
      cluster("R", right.inner, right.sidecar !== true, ["L"]),
      cluster("B", right.outer, right.sidecar === true),
    ],
    links: [linkOf("A", "L", left, account), linkOf("B", "R", right, account)],
  });
}

/** All lines that an arm's leaf links carried out of the inner cluster, or into it. */
export function armFrames(world: LeafWorld, path: Path, outer: "A" | "B", way: "in" | "out") {
  const arm = outer === "A" ? path.left : path.right;
  const inner = outer === "A" ? "L" : "R";
  const dialed = arm.sidecar === true ? outer : inner;
  const forth = (arm.sidecar === true) === (way === "out");
  return world
    .members(dialed)
    .flatMap((_, index) => world.tap(dialed, index).frames(forth ? "forth" : "back"));
}

function linkOf(outer: Place, inner: Place, arm: Arm, account: string | undefined): LeafLink {
  const named = account === undefined ? {} : { account };
  return arm.sidecar === true ? { from: inner, to: outer, ...named } : { from: outer, to: inner, ...named };
}
