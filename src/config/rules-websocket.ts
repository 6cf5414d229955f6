// What must be true of the websocket block as a whole, beyond each value's own kind.

import { webSocketAddress } from "./listeners.ts";
import type { Path, Places } from "./places.ts";
import { checkListener, checkListenerTls } from "./rules-listener.ts";
import type { Settings } from "./schema.ts";
import { writtenUsers } from "./users.ts";

const HERE: Path = ["websocket"];

export function checkWebSocket(settings: Settings, places: Places): void {
  const { websocket } = settings;
  if (websocket === undefined) return;
  const { tls, no_tls, no_auth_user: name } = websocket;
  if (tls !== undefined) checkListenerTls(tls, [...HERE, "tls"], places);
  if (tls?.verify_and_map) {
    const message = "as verify: over WebSocket a certificate is asked for, and names nobody";
    places.onKey([...HERE, "tls", "verify_and_map"], message, "warning");
  }
  if (name !== undefined && !writtenUsers(settings).some(({ user }) => user === name)) {
    const message = `there is no user ${name}; write it in accounts or authorization.users`;
    places.onValue([...HERE, "no_auth_user"], message);
  }
  if (webSocketAddress(websocket) === null) {
    const isGiven = places.isGiven([...HERE, "port"]) || places.isGiven([...HERE, "listen"]);
    // nats-server then ignores the block, and so nothing more is asked of it.
    if (!isGiven) places.onKey(HERE, "without effect: it has no port; write port: 8443", "warning");
    return;
  }
  checkListener(websocket, { path: HERE, at: HERE, who: "WebSocket is accepted" }, places);
  if (!no_tls && places.isMissing([...HERE, "tls"])) {
    places.onValue([...HERE, "tls"], "WebSocket needs TLS; write tls, or no_tls: true to go without");
  }
  if (no_tls && tls !== undefined) {
    places.onKey([...HERE, "no_tls"], "without effect beside tls", "warning");
  }
}
