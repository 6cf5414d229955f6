// The INFO that clients are told. Source: client-and-auth.md §1.2.

import type { Address } from "../peer/session.ts";
import type { ClientTransport } from "../peer/transport.ts";
import type { ClientOptions } from "./options.ts";
import { tlsInfo } from "./tls-info.ts";

/** What is the same for all of them is in `options`. */
export interface Told {
  readonly id: number;
  readonly remote: Address;
  readonly transport: ClientTransport;
}

export function clientInfoLine(
  options: ClientOptions,
  { id, remote, transport }: Told,
  more: object,
): string {
  const document = {
    server_id: options.serverId,
    server_name: options.serverName,
    version: options.version,
    proto: 1,
    go: "",
    host: options.host,
    port: options.port,
    headers: true,
    ...(options.authRequired ? { auth_required: true } : {}),
    ...tlsInfo(options.tls ?? null, transport),
    max_payload: options.maxPayload,
    client_id: id,
    client_ip: remote.ip,
    cluster: options.cluster,
    ...more,
  };
  return `INFO ${JSON.stringify(document)} \r\n`;
}
