// The INFO that clients are told. Source: client-and-auth.md §1.2.

import type { Address } from "../peer/session.ts";
import type { ClientTransport } from "../peer/transport.ts";
import type { Connect } from "../wire/documents.ts";
import type { ClientOptions } from "./options.ts";
import { tlsInfo } from "./tls-info.ts";

/** What is the same for all of them is in `options`. */
export interface Told {
  readonly id: number;
  readonly remote: Address;
  readonly transport: ClientTransport;
  readonly limits: { readonly payloadMax: number };
}

export function clientInfoLine(
  options: ClientOptions,
  { id, remote, transport, limits }: Told,
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
    max_payload: limits.payloadMax,
    client_id: id,
    client_ip: remote.ip,
    cluster: options.cluster,
    ...more,
  };
  return `INFO ${JSON.stringify(document)} \r\n`;
}

/** Why we cannot speak as a CONNECT asks for; null when we can. */
export function disagreement({ protocol, noResponders, headers }: Connect): string | null {
  if (protocol !== 0 && protocol !== 1) return "invalid client protocol";
  return noResponders && !headers ? "no responders requires headers support" : null;
}

/** INFOs after the first: for clients that said they know them, and not before their first PING was answered.
 *  Source: client-and-auth.md §1.2. */
export class LaterInfo {
  #isKnown = false;
  #isDue = false;
  #more: object = {};

  /** `tell` sends an INFO with these fields beside the usual ones. */
  constructor(readonly tell: (more: object) => void) {}

  /** CONNECT came, and says which protocol the client speaks. */
  connected(protocol: number): void {
    this.#isKnown = protocol === 1;
    this.#isDue = true;
  }

  /** PING was answered; `who` is what the client is told of itself. */
  pinged(who: () => object): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    if (this.#isKnown) this.tell({ ...who(), ...this.#more });
  }

  /** The box is in another state, which clients are told of now or with their first INFO after CONNECT. */
  changed(more: object): void {
    this.#more = more;
    if (this.#isKnown && !this.#isDue) this.tell(more);
  }
}
