// What servers are told to do in the system account. Source: nats-server 2.15, events.go, server.go.

import { clientInfoLine } from "../client/info.ts";
import { ClientSession } from "../client/session.ts";
import type { Core } from "../core/core.ts";
import type { Control } from "../core/options.ts";
import { LeafSession } from "../leaf/session.ts";
import type { Session } from "../peer/session.ts";
import { RequestError, readValues, type Shape } from "./system-options.ts";

const KICK: Shape = { outer: "KickClientReq", inner: "KickClientReq", fields: { cid: "uint64" } };

/** Each throws RequestError. */
export class Commands {
  constructor(private readonly core: Core) {}

  /** Cuts a client or leaf. */
  kick(payload: Uint8Array): void {
    const session = this.#named(payload);
    if (!(session instanceof ClientSession || session instanceof LeafSession)) {
      throw new RequestError(500, "no such client or leafnode id");
    }
    session.close("Kicked");
  }

  /** Tells one client that it should go elsewhere. nats-server does nothing without a body; here the whole
   *  server then sends its clients away. */
  lameDuck(payload: Uint8Array): void {
    const { core } = this;
    if (payload.length === 0) {
      this.#control().lameDuck();
      return;
    }
    const session = this.#named(payload);
    if (!(session instanceof ClientSession) || session.account === 0) {
      throw new RequestError(500, "no such client id");
    }
    session.egress.text(clientInfoLine(core.clientOptions(session.webSocket), session, { ldm: true }));
  }

  async reload(): Promise<void> {
    const why = await this.#control().reload();
    if (why !== null) throw new RequestError(500, why);
  }

  #control(): Control {
    const { control } = this.core.world;
    if (control === undefined) throw new RequestError(500, "not available here");
    return control;
  }

  #named(payload: Uint8Array): Session | undefined {
    const session = this.core.sessions.get((readValues(payload, KICK).get("cid") as number | undefined) ?? 0);
    return session?.closing === null ? session : undefined;
  }
}
