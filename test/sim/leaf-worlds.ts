// The worlds with leaf links that scenarios run in, by what they are about.

import type { LinkPlan, RegionPlan } from "../../src/sim/plan.ts";
import { ACCOUNTS, region } from "./support.ts";

interface Places {
  readonly regions: readonly RegionPlan[];
  readonly links: readonly LinkPlan[];
}

/** One link an account, or only those named. */
export function link(spoke: string, hub: string, more: Partial<LinkPlan> = {}): LinkPlan {
  return { spoke, hub, accounts: ACCOUNTS, ...more };
}

const lone = (name: string): RegionPlan => ({ ...region("box", name), gateway: false });

/** A box and its fleet: two of one cluster, one isolated, one of a nameless cluster and for a
 *  single account, one that it dials. */
export const FLEET: Places = {
  regions: [
    lone("box"),
    { ...region("leaf", "s"), cluster: "twins" },
    { ...region("leaf", "t"), cluster: "twins" },
    region("leaf", "u"),
    { ...region("leaf", "v", ["ONE"]), cluster: "" },
    region("leaf", "w"),
  ],
  links: [
    link("s", "box"),
    link("t", "box"),
    link("u", "box", { isolated: "acceptor" }),
    link("v", "box", { accounts: ["ONE"] }),
    link("w", "box", { dialer: "hub" }),
  ],
};

/** Clusters that know nothing of gateways, each with a box beside it. */
export const SIDECARS: Places = {
  regions: [region("leaf", "x"), region("box", "a"), region("box", "b"), region("leaf", "y")],
  links: [link("a", "x"), link("b", "y")],
};

/** The same with a server with gateways at the other end, new or old. */
export const sidecarAnd = (kind: "iom" | "old"): Places => ({
  regions: [region("leaf", "x"), region("box", "a"), region(kind, "m")],
  links: [link("a", "x")],
});

export const TWO: Places = { regions: [lone("a"), lone("b")], links: [link("a", "b")] };

/** A fleet behind a box that is itself a spoke. */
export const CHAIN: Places = {
  regions: [region("leaf", "s"), region("leaf", "t"), lone("a"), region("leaf", "x"), region("leaf", "r")],
  links: [link("s", "a"), link("t", "a"), link("a", "x"), link("r", "x")],
};

/** The same, but the hub hears nothing of the fleet. */
export const SHUT: Places = {
  ...CHAIN,
  links: [link("s", "a"), link("t", "a"), link("a", "x", { isolated: "dialer" }), link("r", "x")],
};

/** Boxes in a row. */
export const ROW: Places = {
  regions: [lone("a"), lone("b"), lone("c")],
  links: [link("a", "b"), link("b", "c")],
};

/** Everything that may be joined: fleets, hubs, and gateways between them. */
export const HYBRID: Places = {
  regions: [
    region("box", "a"),
    region("box", "b"),
    region("iom", "m"),
    region("leaf", "s"),
    region("leaf", "x"),
    lone("e"),
    region("leaf", "t"),
  ],
  links: [link("s", "a"), link("a", "x"), link("e", "b"), link("t", "e", { accounts: ["TWO"] })],
};
