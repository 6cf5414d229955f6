// Who speaks, in every document of the system account: the server, and how many documents it has sent.
// Source: nats-server 2.15, events.go.

import { base62 } from "../base/random.ts";
import { type Document, omitEmpty } from "./document.ts";
import { timeText } from "./format.ts";
import type { MonitorSource } from "./source.ts";
import type { Self } from "./system-options.ts";

const EVENT_ID_CHARACTERS = 22;

export class SystemServer {
  readonly id: string;
  #sent = 0;

  constructor(private readonly source: MonitorSource) {
    this.id = source.core.options.client.serverId;
  }

  /** What requests may mean us by. */
  get self(): Self {
    const { serverName: name, host, cluster } = this.source.core.options.client;
    return { name, host, cluster, tags: this.source.facts().tags };
  }

  /** The version is the one that we speak as: tools mark a server whose version differs from the others. */
  head(): Document {
    const { core } = this.source;
    const { serverName: name, host, cluster, version } = core.options.client;
    const { productName, productVersion, tags } = this.source.facts();
    return {
      name,
      host,
      id: this.id,
      ...omitEmpty({ cluster }),
      ver: version,
      ...omitEmpty({ tags }),
      metadata: { product: productName, product_version: productVersion },
      jetstream: false,
      flags: 0,
      seq: ++this.#sent,
      time: timeText(core.now()),
    };
  }

  /** The first members of an event: its type, e.g. `client_connect`, and when and by whom. */
  event(type: string, now = this.source.core.now()): Document {
    return {
      type: `io.nats.server.advisory.v1.${type}`,
      id: base62(this.source.core.random, EVENT_ID_CHARACTERS),
      timestamp: timeText(now),
      server: this.head(),
    };
  }
}
