// The listeners of a box: opened one after the other when it starts, and beside those that there are when it
// takes up another configuration.

import { isDeepStrictEqual } from "node:util";
import type { Log } from "../base/log.ts";
import { Stage } from "../base/staged.ts";
import type { BoundAddress, Configuration } from "../config/config.ts";
import type { Driver, StagedListener } from "../net/driver.ts";
import type { Ports } from "./build.ts";
import type { TlsContexts } from "./tls-contexts.ts";

/** As log lines name them. */
const SPOKEN = { gateway: "gateway", leaf: "leafnode", webSocket: "websocket", client: "client" } as const;

type Kind = keyof typeof SPOKEN;

const KINDS = Object.keys(SPOKEN) as Kind[];

const NO_PORTS: Ports = { client: 0, gateway: 0, leaf: 0, webSocket: 0 };

export class Listeners {
  #ports = NO_PORTS;
  /** null: nothing is open. */
  #opened: Configuration | null = null;

  constructor(
    private readonly driver: Driver,
    private readonly log: Log,
  ) {}

  /** Those that the system gave where any free one was asked for. */
  get ports(): Ports {
    return this.#ports;
  }

  /**
   * Opens what is not open yet; whoever is to be closed is closed on `use`, after which `ports` are those of
   * the answer. Throws an Error that names the listener that cannot be opened, and then has opened none.
   */
  stage(next: Configuration, tls: TlsContexts): { ports: Ports; use(): void; drop(): void } {
    const stage = new Stage();
    const ports = { ...NO_PORTS };
    try {
      for (const kind of KINDS) ports[kind] = this.#stage(stage, kind, next, tls) ?? 0;
    } catch (error) {
      stage.drop();
      throw error;
    }
    const use = (): void => {
      stage.use();
      for (const kind of KINDS) if (addressOf(kind, next) === null) this.driver.stopListener(kind);
      this.#tell(next, ports);
      this.#ports = ports;
      this.#opened = next;
    };
    return { ports, use, drop: () => stage.drop() };
  }

  /** Answers the port; undefined where nothing is to be listened to. */
  #stage(stage: Stage, kind: Kind, next: Configuration, tls: TlsContexts): number | undefined {
    const address = addressOf(kind, next);
    if (address === null) return undefined;
    if (kind === "webSocket") {
      const { tls: _, ...rest } = next.webSocket!;
      const options = { ...rest, ...address, tls: tls.webSocket };
      return stage.add(openedAt(kind, address, () => this.driver.stageWebSocket(options))).port;
    }
    if (this.#isAt(kind, address)) return this.#ports[kind];
    const { host, port } = address;
    return stage.add(openedAt(kind, address, () => this.driver.stageListener(kind, host, port))).port;
  }

  #isAt(kind: Kind, { host, port }: BoundAddress): boolean {
    const at = this.#opened && addressOf(kind, this.#opened);
    return at !== null && at.host === host && at.port === port;
  }

  /** Of each listener that has come to be or has moved. */
  #tell(next: Configuration, ports: Ports): void {
    for (const kind of KINDS) {
      const address = addressOf(kind, next);
      if (address === null || this.#isAt(kind, address)) continue;
      const scheme = kind === "webSocket" ? (next.webSocket!.tls === null ? "ws://" : "wss://") : "";
      const who = kind === "webSocket" ? "websocket clients" : `${SPOKEN[kind]} connections`;
      if (kind === "gateway") this.log.info(`Gateway name is ${next.gateway!.name}`);
      this.log.info(`Listening for ${who} on ${scheme}${address.host}:${ports[kind]}`);
    }
    const { tls } = next.client;
    if (tls === null || isDeepStrictEqual(tls, this.#opened?.client.tls)) return;
    this.log.info(`TLS ${tls.allowClear ? "available" : "required"} for client connections`);
    if (tls.handshakeFirst !== true) return;
    this.log.warn('Clients that are not using "TLS Handshake First" option will fail to connect');
  }
}

function addressOf(kind: Kind, { client, gateway, leaf, webSocket }: Configuration): BoundAddress | null {
  if (kind === "client") return client.listen;
  if (kind === "gateway") return gateway?.listen ?? null;
  if (kind === "leaf") return leaf?.listener?.listen ?? null;
  return webSocket?.listen ?? null;
}

/** Says which listener it was that could not be opened. */
function openedAt(kind: Kind, { host, port }: BoundAddress, open: () => StagedListener): StagedListener {
  try {
    return open();
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`Error listening for ${SPOKEN[kind]} connections on ${host}:${port}: ${why}`);
  }
}
