// Who can reach what: the listeners of a configuration, and which of them stay on this machine.

import type { AdvertisedAddress, BoundAddress } from "./address.ts";
import {
  clientAddress,
  gatewayAddress,
  type HostAndPort,
  leafAddress,
  monitorAddress,
  secureMonitorAddress,
  webSocketAddress,
} from "./listeners.ts";
import type { Path } from "./places.ts";
import type { Settings } from "./schema.ts";

export interface Listener {
  readonly is: "clients" | "gateways" | "leafs" | "webSocket" | "monitoring" | "secureMonitoring";
  /** The key that says where it listens, or the block if no key does. */
  readonly path: Path;
  readonly address: BoundAddress;
  /** Others than this machine may reach it. */
  readonly isPublic: boolean;
  /** What peers are told to dial, and the key that says so. */
  readonly advertise: { readonly path: Path; readonly address: AdvertisedAddress } | null;
}

/** Every listener that the box would open. */
export function listenersOf(settings: Settings): Listener[] {
  const { gateway, leafnodes, websocket, http, https } = settings;
  const all: Listener[] = [];
  const add = (is: Listener["is"], path: Path, address: BoundAddress | null, told?: Told): void => {
    if (address === null) return;
    const advertise = told?.address === undefined ? null : { path: told.path, address: told.address };
    all.push({ is, path, address, isPublic: !isLoopback(address.host), advertise });
  };
  const told = (path: Path, address: AdvertisedAddress | undefined): Told => ({ path, address });
  const clients = told(["client_advertise"], settings.client_advertise);
  add("clients", placeOf(settings, []), clientAddress(settings), clients);
  if (gateway !== undefined) {
    const advertised = told(["gateway", "advertise"], gateway.advertise);
    add("gateways", placeOf(gateway, ["gateway"]), gatewayAddress(gateway), advertised);
  }
  if (leafnodes !== undefined) {
    const advertised = told(["leafnodes", "advertise"], leafnodes.advertise);
    add("leafs", placeOf(leafnodes, ["leafnodes"]), leafAddress(leafnodes), advertised);
  }
  if (websocket !== undefined) {
    const advertised = told(["websocket", "advertise"], websocket.advertise);
    add("webSocket", placeOf(websocket, ["websocket"]), webSocketAddress(websocket), advertised);
  }
  add("monitoring", [http === undefined ? "http_port" : "http"], monitorAddress(settings));
  add("secureMonitoring", [https === undefined ? "https_port" : "https"], secureMonitorAddress(settings));
  return all;
}

interface Told {
  readonly path: Path;
  readonly address: AdvertisedAddress | undefined;
}

function placeOf(block: HostAndPort, path: Path): Path {
  return [...path, block.listen === undefined ? "host" : "listen"];
}

/** Whether an address means this machine and no other; a name that is not known to do so does not. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (bare === "localhost" || bare.endsWith(".localhost")) return true;
  return /^(::ffff:)?127(\.\d+){1,3}$/.test(bare) || /^(0*:){2,7}0*1$/.test(bare);
}

/** `host:port` as one writes it in a URL. */
export function formatAddress({ host, port }: BoundAddress): string {
  const shown = host.includes(":") ? `[${host}]` : host;
  return port === 0 ? shown : `${shown}:${port}`;
}
