// What a simulated world is made of: places, what joins them, and what is to happen there.

import type { Millis } from "../base/clock.ts";
import type { Habits } from "./workload.ts";

export interface RegionPlan {
  readonly name: string;
  /** box: the appliance. iom: a modelled nats-server with gateways, of 2.9 or later; old: one before. leaf:
   *  one that has leaf links and no gateways. */
  readonly kind: "box" | "iom" | "old" | "leaf";
  readonly accounts: readonly string[];
  /** Of a box: false where it has leaf links only. */
  readonly gateway?: boolean;
  /** Its cluster as leafs see it, which may be nameless; its own name without. */
  readonly cluster?: string;
}

/** Leaf links between two places, one for each account. */
export interface LinkPlan {
  readonly spoke: string;
  readonly hub: string;
  readonly accounts: readonly string[];
  /** Who solicits; the spoke without. */
  readonly dialer?: "hub" | "spoke";
  /** Whose end tells nothing of other leafs. Of an acceptor the dialer asks for it. */
  readonly isolated?: "dialer" | "acceptor";
}

export interface Plan extends Habits {
  readonly seed: number;
  /** All but those without gateways are joined by gateways, each with each. */
  readonly regions: readonly RegionPlan[];
  readonly links?: readonly LinkPlan[];
  /** What boxes do on leaf links; models say off, so that there it is. */
  readonly compression?: "off" | "s2_auto" | "s2_fast";
  /** The links close a ring: traffic in it is counted and not judged. */
  readonly ring?: boolean;
  readonly faults: boolean;
  /** How long users act without faults, in milliseconds; with faults this comes after them. */
  readonly calmMillis: Millis;
  readonly faultMillis: Millis;
  /** Users of each account in each region. */
  readonly users: number;
  /** Refused subjects before a box, and a model of the old kind, switch an account; 0 for a box means at
   *  once. */
  readonly boxThreshold: number;
  readonly modelThreshold: number;
}

/** How a server is called in handshakes. */
export const serverName = (place: string): string => `${place}1`;
