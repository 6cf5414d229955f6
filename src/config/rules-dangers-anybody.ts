// Listeners that others than this machine reach, and where nobody is asked who he is.

import type { Path, Places } from "./places.ts";
import { formatAddress, type Listener } from "./rules-dangers-reach.ts";
import type { Settings } from "./schema.ts";
import { writtenUsers } from "./users.ts";

const NAMELESS = "whoever comes without credentials";

const LOGINS: readonly Path[] = [
  ["operator"],
  ["trusted_keys"],
  ...["user", "password", "token"].map((key) => ["authorization", key]),
];

export function warnOfAnybody(settings: Settings, listeners: readonly Listener[], places: Places): void {
  const isOpen = mayAnybodyLogIn(settings, places);
  for (const { is, path, address, isPublic } of listeners) {
    if (!isPublic) continue;
    const where = `on ${formatAddress(address)}`;
    if (is === "clients" && isOpen && settings.tls?.verify !== true) {
      places.danger("anybody", path, `anybody may be a client ${where}; write users in accounts`);
    } else if (is === "gateways" && isGatewayOpen(places)) {
      const message = `anybody may be a gateway ${where}; write gateway.tls or gateway.authorization`;
      places.danger("anybody", path, message);
    } else if (is === "leafs" && isOpen && isLeafOpen(settings, places)) {
      const message = `anybody may be a leaf ${where}; write leafnodes.authorization or users in accounts`;
      places.danger("anybody", path, message);
    }
  }
  warnOfNoAuthUser(settings, listeners, places);
}

/** Not so where something says who may connect, be it written wrongly. */
function mayAnybodyLogIn(settings: Settings, places: Places): boolean {
  if (settings.authorization?.token !== undefined || writtenUsers(settings).length > 0) return false;
  return LOGINS.every((path) => places.isMissing(path));
}

function isGatewayOpen(places: Places): boolean {
  return places.isMissing(["gateway", "tls"]) && places.isMissing(["gateway", "authorization", "user"]);
}

function isLeafOpen({ leafnodes }: Settings, places: Places): boolean {
  if (leafnodes?.tls?.verify || leafnodes?.tls?.verify_and_map) return false;
  return ["user", "nkey", "users"].every((key) => places.isMissing(["leafnodes", "authorization", key]));
}

function warnOfNoAuthUser(settings: Settings, listeners: readonly Listener[], places: Places): void {
  const { no_auth_user: name, websocket } = settings;
  const reaches = (is: Listener["is"]): boolean => listeners.some((one) => one.is === is && one.isPublic);
  if (name !== undefined && reaches("clients")) {
    const message = `${NAMELESS} is ${name}, from any machine; take it away, or listen on 127.0.0.1`;
    places.danger("anybody", ["no_auth_user"], message);
  }
  if (settings.default_sentinel !== undefined && (reaches("clients") || reaches("webSocket"))) {
    const message = `${NAMELESS} is the user of default_sentinel, from any machine; take it away`;
    places.danger("anybody", ["default_sentinel"], message);
  }
  if (websocket?.no_auth_user !== undefined && reaches("webSocket")) {
    const message = `${NAMELESS} is ${websocket.no_auth_user}, from any machine; take it away`;
    places.danger("anybody", ["websocket", "no_auth_user"], message);
  }
}
