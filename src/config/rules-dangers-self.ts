// Links that lead back to this box: a remote that is this cluster under another name, or its own hub.

import type { BoundAddress } from "./address.ts";
import { leafUrlsOf } from "./build-leaf.ts";
import type { Places } from "./places.ts";
import { othersOf } from "./rules-dangers-gateway.ts";
import { formatAddress, isLoopback, type Listener } from "./rules-dangers-reach.ts";
import { urlsOf } from "./rules-gateway.ts";
import type { GatewaySettings, Settings } from "./schema.ts";

export function warnOfOneself(settings: Settings, listeners: readonly Listener[], places: Places): void {
  const { gateway, leafnodes } = settings;
  if (gateway !== undefined) warnOfOwnGateway(gateway, listeners, places);
  const own = addressesOf(listeners, "leafs");
  for (const [at, remote] of (leafnodes?.remotes ?? []).entries()) {
    const url = remote.disabled
      ? undefined
      : leafUrlsOf(remote).find(({ host, port }) => own.has(key({ host, port })));
    if (url === undefined) continue;
    const path = ["leafnodes", "remotes", at, remote.urls === undefined ? "url" : "urls"];
    places.danger("oneself", path, `${formatAddress(url)} is this box itself; write the address of the hub`);
    // The others say the same: a box has one listener for leafs, and remotes for many accounts.
    return;
  }
}

function warnOfOwnGateway(gateway: GatewaySettings, listeners: readonly Listener[], places: Places): void {
  const { name, gateways = [] } = gateway;
  if (name === undefined) return;
  const others = othersOf(gateway);
  if (others.length === 0 && gateways.some((entry) => entry.name === name)) {
    const message = `the only entry is ${name} itself, which is never dialed; write the other clusters`;
    places.danger("oneself", ["gateway", "gateways"], message);
  }
  const own = addressesOf(listeners, "gateways");
  const ours = gateways.filter((entry) => entry.name === name).flatMap(urlsOf);
  for (const { host, port } of ours) own.add(key({ host, port }));
  for (const [at, entry] of gateways.entries()) {
    if (!others.includes(entry)) continue;
    const path = ["gateway", "gateways", at];
    if (entry.name?.toLowerCase() === name.toLowerCase()) {
      const message =
        `differs from gateway.name, ${name}, in case only, and so is another cluster; write ${name} if it ` +
        "is this one";
      places.danger("oneself", [...path, "name"], message);
      continue;
    }
    const url = urlsOf(entry).find(({ host, port }) => own.has(key({ host, port })));
    if (url === undefined) continue;
    const where = formatAddress(url);
    const message = `${where} is an address of this cluster, ${name}; write one of ${entry.name}`;
    places.danger("oneself", [...path, entry.urls === undefined ? "url" : "urls"], message);
  }
}

/** Where peers find us, as `key` writes it; a port that is not known yet is nowhere. */
function addressesOf(listeners: readonly Listener[], is: Listener["is"]): Set<string> {
  const own = new Set<string>();
  for (const listener of listeners) {
    if (listener.is !== is) continue;
    const { host, port } = listener.address;
    if (port === 0) continue;
    own.add(key({ host, port }));
    if (/^(0\.0\.0\.0|::)$/.test(host)) own.add(key({ host: "localhost", port }));
    const told = listener.advertise?.address;
    if (told !== undefined) own.add(key({ host: told.host, port: told.port ?? port }));
  }
  return own;
}

function key({ host, port }: BoundAddress): string {
  return `${isLoopback(host) ? "localhost" : host.toLowerCase()}:${port}`;
}
