// Regions that nobody named: gateways accepted although unknown, and lists that forget one.

import type { Places } from "./places.ts";
import { isLoopback, type Listener } from "./rules-dangers-reach.ts";
import { ALL_OTHERS, urlsOf } from "./rules-gateway.ts";
import type { GatewaySettings, RemoteSettings, Settings } from "./schema.ts";

/** With so many others, a list of regions is one that somebody keeps for all of them. */
const SHARED_LIST_MIN = 2;

export function warnOfUnknownGateways(
  { gateway }: Settings,
  listeners: readonly Listener[],
  places: Places,
): void {
  if (gateway === undefined) return;
  const others = othersOf(gateway);
  const isPublic = listeners.some((one) => one.is === "gateways" && one.isPublic);
  if (isPublic && others.length > 0 && !gateway.reject_unknown) {
    const message = "clusters that are not in gateways are accepted as well; write reject_unknown: true";
    places.danger("unknown-gateways", ["gateway", "reject_unknown"], message);
  }
  warnOfForgottenSelf(gateway, others, places);
}

/** Entries for other clusters that have a name. */
export function othersOf(gateway: GatewaySettings): RemoteSettings[] {
  return (gateway.gateways ?? []).filter(({ name }) => {
    return name !== undefined && name !== ALL_OTHERS && name !== gateway.name;
  });
}

/** A list that names its own region can be the same in all of them, and then none is left out of any. */
function warnOfForgottenSelf(
  gateway: GatewaySettings,
  others: readonly RemoteSettings[],
  places: Places,
): void {
  const { name, gateways = [] } = gateway;
  if (name === undefined || others.length < SHARED_LIST_MIN) return;
  if (gateways.some((entry) => entry.name === name)) return;
  if (others.every((other) => urlsOf(other).every(({ host }) => isLoopback(host)))) return;
  const message =
    `does not name ${name} itself, so it is not one list for all regions, and nobody sees which region ` +
    "lacks one; add this cluster, which is never dialed";
  places.danger("own-cluster-unlisted", ["gateway", "gateways"], message);
}
