// Listeners that others than this machine reach, and where everything can be read on the way.

import type { Places } from "./places.ts";
import { formatAddress, type Listener } from "./rules-dangers-reach.ts";
import type { Settings } from "./schema.ts";

/** What is said of each, and the block whose absence means "in clear". */
const CLEAR: Readonly<Record<Listener["is"], { who: string; block: string | null; write: string } | null>> = {
  clients: { who: "clients send passwords and messages", block: null, write: "write tls" },
  gateways: { who: "gateways send passwords and messages", block: "gateway", write: "write gateway.tls" },
  leafs: { who: "leafs send passwords and messages", block: "leafnodes", write: "write leafnodes.tls" },
  webSocket: {
    who: "leafs over WebSocket send passwords and messages",
    block: "websocket",
    write: "write websocket.tls",
  },
  monitoring: { who: "monitoring is shown to everybody", block: null, write: "write https and tls" },
  secureMonitoring: null,
};

export function warnOfClearText(settings: Settings, listeners: readonly Listener[], places: Places): void {
  for (const { is, path, address, isPublic } of listeners) {
    const said = CLEAR[is];
    if (said === null || !isPublic) continue;
    const where = formatAddress(address);
    const isClear =
      is === "monitoring" || places.isMissing(said.block === null ? ["tls"] : [said.block, "tls"]);
    if (isClear) {
      const message = `${said.who} in clear on ${where}; ${said.write}, or listen on 127.0.0.1`;
      places.danger("clear-text", path, message);
    } else if (is === "clients" && settings.allow_non_tls && settings.tls?.handshake_first !== true) {
      const message = `clients may still speak in clear on ${where}; leave it out once all use TLS`;
      places.danger("clear-text", ["allow_non_tls"], message);
    }
  }
}
