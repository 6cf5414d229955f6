// What must be true of a configuration as a whole, beyond each value's own kind.

import type { BoundAddress } from "./address.ts";
import {
  clientAddress,
  collide,
  gatewayAddress,
  LOOPBACK,
  leafAddress,
  monitorAddress,
  secureMonitorAddress,
  webSocketAddress,
  writtenHost,
} from "./listeners.ts";
import type { Path, Places } from "./places.ts";
import { checkAccounts } from "./rules-accounts.ts";
import { checkClientTls, checkMonitoring } from "./rules-clients.ts";
import { checkGateway, RESERVED_CLUSTER_NAME } from "./rules-gateway.ts";
import { checkLeaf } from "./rules-leaf.ts";
import { checkPermissions } from "./rules-permissions.ts";
import { checkTraffic } from "./rules-traffic.ts";
import { checkWebSocket } from "./rules-websocket.ts";
import type { Settings } from "./schema.ts";

/** Adds a finding to `places` for everything that does not go together. */
export function checkRules(settings: Settings, places: Places): void {
  checkIdentity(settings, places);
  checkClients(settings, places);
  checkClientTls(settings, places);
  checkMonitoring(settings, places);
  checkCollisions(settings, places);
  checkBounds(settings, places);
  checkAccounts(settings, places);
  checkPermissions(settings, places);
  checkTraffic(settings, places);
  checkGateway(settings, places);
  checkLeaf(settings, places);
  checkWebSocket(settings, places);
}

function checkIdentity(settings: Settings, places: Places): void {
  const { admin } = settings;
  if (typeof admin === "object" && admin.socket === undefined) {
    places.onKey(["admin"], "needs the path of the socket; write socket: /run/isthmus/admin.sock");
  }
  if (settings.cluster?.name === RESERVED_CLUSTER_NAME) {
    places.onValue(["cluster", "name"], `the name ${RESERVED_CLUSTER_NAME} is reserved`);
  }
}

function checkClients(settings: Settings, places: Places): void {
  const { listen } = settings;
  for (const key of ["host", "port"]) {
    if (listen === undefined || !places.isGiven([key])) continue;
    places.onKey([key], "not together with listen, which has host and port");
  }
  const port = listen === undefined ? "port" : "listen";
  const isWritten = (places.get([port])?.key.line ?? 0) > 0;
  if (!isWritten || places.isGiven(["host"]) || writtenHost(settings) !== null) return;
  const message = `without a host clients are accepted on ${LOOPBACK} only; write host: 0.0.0.0 for all`;
  places.onKey([port], message, "warning");
}

function checkCollisions(settings: Settings, places: Places): void {
  const listeners: { who: string; path: Path; address: BoundAddress }[] = [];
  const add = (who: string, path: Path, address: BoundAddress | null): void => {
    if (address !== null) listeners.push({ who, path, address });
  };
  const keyOf = ({ listen }: { listen?: unknown }): string => (listen === undefined ? "port" : "listen");
  add("clients", [keyOf(settings)], clientAddress(settings));
  const { gateway, leafnodes: leaf, websocket } = settings;
  if (gateway !== undefined) add("gateways", ["gateway", keyOf(gateway)], gatewayAddress(gateway));
  if (leaf !== undefined) add("leafs", ["leafnodes", keyOf(leaf)], leafAddress(leaf));
  if (websocket !== undefined) {
    add("WebSocket peers", ["websocket", keyOf(websocket)], webSocketAddress(websocket));
  }
  add("monitoring", [settings.http === undefined ? "http_port" : "http"], monitorAddress(settings));
  const secure: Path = [settings.https === undefined ? "https_port" : "https"];
  add("monitoring with TLS", secure, secureMonitorAddress(settings));
  for (const [at, late] of listeners.entries()) {
    for (const early of listeners.slice(0, at)) {
      if (!collide(early.address, late.address)) continue;
      const { host, port } = late.address;
      const there = early.who === "monitoring" ? "monitoring is" : `${early.who} do`;
      places.onValue(late.path, `${late.who} cannot listen on ${host}:${port}, where ${there}`);
    }
  }
}

function checkBounds(settings: Settings, places: Places): void {
  const { max_payload, max_pending, lame_duck_duration, lame_duck_grace_period, gateway, leafnodes } =
    settings;
  if (max_payload > max_pending) {
    const path: Path = places.isGiven(["max_payload"]) ? ["max_payload"] : ["max_pending"];
    places.onValue(path, `max_payload (${max_payload}) cannot be larger than max_pending (${max_pending})`);
  }
  for (const [block, egress] of [
    ["gateway", gateway?.max_pending],
    ["leafnodes", leafnodes?.max_pending],
  ] as const) {
    if (egress === undefined || max_payload <= egress) continue;
    places.onValue([block, "max_pending"], `cannot be smaller than max_payload (${max_payload})`);
  }
  if (lame_duck_grace_period >= lame_duck_duration) {
    const given = places.isGiven(["lame_duck_grace_period"]);
    const path: Path = [given ? "lame_duck_grace_period" : "lame_duck_duration"];
    places.onValue(path, "the grace period must be shorter than lame_duck_duration");
  }
}
