// /gatewayz: nats-server's picture of the gateways, and beside it what happened to each remote.
// Source: gateway.md §9.1.

import type { Millis } from "../base/clock.ts";
import type { Core } from "../core/core.ts";
import type { GatewayInbound } from "../gateway/inbound.ts";
import { urlKey } from "../gateway/options.ts";
import type { GatewayOutbound } from "../gateway/outbound.ts";
import type { Remote } from "../gateway/remotes.ts";
import { Count } from "../peer/counters.ts";
import type { Session } from "../peer/session.ts";
import { connectionFields, noConnection, pendingFields, tlsFields } from "./connection.ts";
import { Budget, type Document, head, omitEmpty } from "./document.ts";
import { endedLately } from "./ended-lately.ts";
import { ACCOUNT_ORDERS, type AccountOrder, accountFields } from "./gatewayz-account.ts";
import { type Listing, listingOptions } from "./listing.ts";
import { modeEvents } from "./mode-events.ts";
import type { Query, Subs } from "./query.ts";
import { remoteFields, remoteHistory } from "./remote.ts";
import type { MonitorSource } from "./source.ts";
import { type SubjectOptions, subjectOptions } from "./subject-page.ts";

export interface GatewayzOptions {
  /** "": all. */
  readonly name: string;
  readonly accounts: boolean;
  /** "": all. */
  readonly account: string;
  /** Only together with accounts. */
  readonly subs: Subs;
  readonly history: boolean;
  /** Which accounts of each connection; absent: all. */
  readonly listing?: Listing<AccountOrder>;
  /** Which subjects of each account; absent: all. */
  readonly subjects?: SubjectOptions;
}

export function gatewayzOptions(query: Query): GatewayzOptions {
  const subs = query.subs();
  const account = query.text("acc_name");
  const accounts = query.flag("accs") || account !== "";
  const history = query.flag("history") || accounts;
  const name = query.text("gw_name");
  const listing = listingOptions(query, ACCOUNT_ORDERS);
  return { name, accounts, account, subs, history, listing, subjects: subjectOptions(query) };
}

export function gatewayz(source: MonitorSource, options: GatewayzOptions): Document {
  const { core } = source;
  const { gateway } = source.facts();
  if (gateway === null || core.remotes === null || core.options.gateway === null) {
    return { ...head(source), outbound_gateways: {}, inbound_gateways: {} };
  }
  core.forwarder.settle(); // Suppressed messages are counted where answers are cached, until somebody asks.
  const view = new GatewayView(source, options);
  return {
    ...head(source),
    name: core.options.gateway.identity.gateway,
    host: gateway.listen.host,
    port: gateway.listen.port,
    outbound_gateways: view.outbounds([...core.remotes.all.values()]),
    inbound_gateways: view.inbounds(),
    ...(options.history ? omitEmpty({ ended_lately: endedLately(source, "gateway") }) : {}),
  };
}

/** What one request looks at. */
class GatewayView {
  readonly #core: Core;
  readonly #now: Millis;
  readonly #budget = new Budget();

  constructor(
    private readonly source: MonitorSource,
    private readonly options: GatewayzOptions,
  ) {
    this.#core = source.core;
    this.#now = source.core.world.clock.now();
  }

  /** null, as in nats-server, when the one that was asked for is not known. */
  outbounds(remotes: readonly Remote[]): Document | null {
    const { name } = this.options;
    const shown = remotes.filter((remote) => name === "" || remote.name === name);
    if (name !== "" && shown.length === 0) return null;
    shown.sort((a, b) => (a.name < b.name ? -1 : 1));
    return Object.fromEntries(shown.map((remote) => [remote.name, this.#outbound(remote)]));
  }

  inbounds(): Document {
    const byName = new Map<string, Document[]>();
    for (const session of this.#core.inbounds) {
      const { gateway, ready } = session;
      if (!ready || (this.options.name !== "" && gateway !== this.options.name)) continue;
      const list = byName.get(gateway);
      if (list === undefined) byName.set(gateway, [this.#inbound(session)]);
      else list.push(this.#inbound(session));
    }
    return Object.fromEntries([...byName].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #outbound(remote: Remote): Document {
    const { session } = remote;
    const connected = session?.confirmed ? session : null;
    return {
      configured: remote.explicit,
      connection:
        connected === null ? { ...noConnection(), dropped: 0, suppressed: 0 } : this.#dialed(connected),
      ...(connected === null ? {} : peerFields(connected)),
      ...remoteFields(remote, this.#core.remotes!.urlsOf(remote).map(urlKey)),
      ...(connected === null ? {} : this.#accountsOf(connected)),
      ...(this.options.history ? { history: remoteHistory(remote) } : {}),
      ...(connected === null ? {} : this.#modesOf(connected)),
    };
  }

  #accountsOf(session: GatewayOutbound | GatewayInbound): Document {
    return this.options.accounts ? accountFields(this.#core, session, this.options, this.#budget) : {};
  }

  #modesOf({ modes }: GatewayOutbound | GatewayInbound): Document {
    return this.options.history && modes.recent.length > 0 ? { modes: modeEvents(this.#core, modes) } : {};
  }

  #inbound(session: GatewayInbound): Document {
    let unwanted = 0;
    for (const state of session.accounts.values()) unwanted += state.unwanted;
    return {
      configured: false,
      connection: { ...this.#connection(session, session.serverId, 0), unwanted },
      ...peerFields(session),
      ...this.#accountsOf(session),
      ...this.#modesOf(session),
    };
  }

  #dialed(session: GatewayOutbound): Document {
    let rows = 0;
    let suppressed = 0;
    for (const state of session.accounts.values()) {
      rows += state.plainRows + state.queueRows;
      suppressed += state.suppressed;
    }
    return { ...this.#connection(session, session.serverId, rows), suppressed };
  }

  #connection(session: Session, serverId: string, rows: number): Document {
    return {
      ...connectionFields(session, rows, this.#now),
      name: serverId,
      ...tlsFields(this.source, session),
      ...pendingFields(session, this.#now),
      dropped: session.counters[Count.Dropped],
    };
  }
}

function peerFields(session: GatewayInbound | GatewayOutbound): Document {
  return omitEmpty({ server_name: session.serverName, version: session.version });
}
