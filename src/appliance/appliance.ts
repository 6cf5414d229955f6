// What exists in one running box, and in which order it starts and stops: listeners accept before anything is
// dialled.

import { rmSync, writeFileSync } from "node:fs";
import { SystemClock } from "../base/clock.ts";
import { Log } from "../base/log.ts";
import { SystemRandom } from "../base/random.ts";
import { makeServerId } from "../base/server-id.ts";
import { NATS_VERSION, PRODUCT_VERSION } from "../base/version.ts";
import type {
  BoundAddress,
  Configuration,
  MonitorConfiguration,
  WebSocketConfiguration,
} from "../config/config.ts";
import type { Loaded } from "../config/read.ts";
import { Core } from "../core/core.ts";
import { MonitorServer } from "../monitor/server.ts";
import { Driver, type LeafTls } from "../net/driver.ts";
import type { ListenerKind } from "../net/listener.ts";
import type { TlsContext } from "../net/tls.ts";
import { coreOptions, withPorts } from "./build.ts";
import type { LeafPorts } from "./build-leaf.ts";
import { logSink } from "./log-file.ts";
import { monitorSource } from "./monitor-source.ts";
import { passwordMatches } from "./password.ts";
import { contextOf, contextsOf, leafTls, tlsOptions } from "./tls-contexts.ts";

/** How long stopping waits for bytes to leave, in milliseconds. */
const STOP_GRACE_MILLIS = 2_000;

export class Appliance {
  readonly log: Log;
  readonly #clock = new SystemClock();
  readonly #random = new SystemRandom();
  readonly #tls: TlsContext | null;
  readonly #leafTls: LeafTls;
  readonly #driver: Driver;
  #monitor: MonitorServer | null = null;
  #isReady = false;

  /** Nothing is opened yet. Throws what the system says of unreadable TLS files. */
  constructor(private readonly loaded: Loaded) {
    const { log, gateway, leaf } = loaded.configuration;
    const level = log.trace ? "trace" : log.debug ? "debug" : "info";
    this.log = new Log(logSink(log, process.pid), this.#clock, level);
    this.#tls = contextOf(gateway?.tls ?? null);
    const remoteTls = contextsOf(gateway?.remotes ?? [], ({ name }) => name);
    this.#leafTls = leafTls(leaf);
    this.#driver = new Driver(this.#clock, this.#tls, remoteTls, this.#leafTls);
  }

  /** Opens the listeners, then dials. Throws an Error that names the listener that cannot be opened. */
  start(): void {
    const { log } = this;
    const { monitor, pidFile, serverName } = this.loaded.configuration;
    const serverId = makeServerId(this.#random);
    const identity = { serverId, serverName: serverName ?? serverId, version: NATS_VERSION };
    log.info(`Starting isthmus v${PRODUCT_VERSION}, as nats-server ${NATS_VERSION}`);
    log.info(`  Name:     ${identity.serverName}`);
    log.info(`  ID:       ${serverId}`);
    log.info(`  Config:   ${this.loaded.digest}`);
    for (const { message, path } of this.loaded.warnings) log.warn(`${path}: ${message}`);
    const { configuration, ports } = this.#openListeners();
    const core = new Core(coreOptions(configuration, identity, ports), {
      clock: this.#clock,
      random: this.#random,
      log,
      dial: (request) => this.#driver.dial(request),
      dialLeaf: (request) => this.#driver.dialLeaf(request),
      passwordMatches,
    });
    this.#driver.core = core;
    if (monitor !== null) {
      this.#startMonitor(monitor, core, { ...this.loaded, configuration }, ports.leaf);
    }
    if (pidFile !== null) writeFileSync(pidFile, `${process.pid}\n`);
    this.#driver.start();
    this.#isReady = true;
    log.info("Server is ready");
  }

  /** Lets what was accepted leave, and closes everything. */
  async stop(): Promise<void> {
    this.log.info("Initiating Shutdown...");
    this.#isReady = false;
    await this.#driver.stop(STOP_GRACE_MILLIS);
    await this.#monitor?.stop();
    const { pidFile } = this.loaded.configuration;
    if (pidFile !== null) rmSync(pidFile, { force: true });
    this.log.info("Server Exiting..");
  }

  /** The configuration with the ports that the system gave where any free one was asked for. */
  #openListeners(): { configuration: Configuration; ports: LeafPorts } {
    const { client, gateway, leaf, webSocket } = this.loaded.configuration;
    let gatewayPort = 0;
    let leafPort = 0;
    let webSocketPort = 0;
    if (gateway !== null) {
      const { host, port } = gateway.listen;
      gatewayPort = this.#listen("gateway", host, port);
      this.log.info(`Gateway name is ${gateway.name}`);
      this.log.info(`Listening for gateway connections on ${host}:${gatewayPort}`);
    }
    if (leaf !== null && leaf.listener !== null) {
      const { host, port } = leaf.listener.listen;
      leafPort = this.#listen("leaf", host, port);
      this.log.info(`Listening for leafnode connections on ${host}:${leafPort}`);
    }
    if (webSocket !== null) {
      webSocketPort = this.#listenWebSocket(webSocket);
      const scheme = webSocket.tls === null ? "ws" : "wss";
      this.log.info(
        `Listening for websocket clients on ${scheme}://${webSocket.listen.host}:${webSocketPort}`,
      );
    }
    const { host, port } = client.listen;
    const clientPort = this.#listen("client", host, port);
    this.log.info(`Listening for client connections on ${host}:${clientPort}`);
    return {
      configuration: withPorts(this.loaded.configuration, clientPort, gatewayPort),
      ports: { leaf: leafPort, webSocket: webSocketPort },
    };
  }

  #listen(kind: ListenerKind, host: string, port: number): number {
    return opened(kind, { host, port }, () => this.#driver.listen(kind, host, port));
  }

  #listenWebSocket({ listen, tls, ...rest }: WebSocketConfiguration): number {
    const options = { ...rest, ...listen, tls: tlsOptions(tls) };
    return opened("websocket", listen, () => this.#driver.listenWebSocket(options));
  }

  #startMonitor(monitor: MonitorConfiguration, core: Core, loaded: Loaded, leafPort: number): void {
    const { host, port } = monitor.listen;
    const source = monitorSource(core, loaded, {
      loadedAt: this.#clock.now(),
      gatewayTls: this.#tls,
      leafTls: this.#leafTls.listen,
      leafPort,
      notReady: () => (this.#isReady ? null : "server is not ready"),
      tlsOf: (session) => this.#driver.tlsOf(session),
    });
    this.#monitor = new MonitorServer(source, { host, port, basePath: monitor.basePath });
    try {
      this.log.info(`Starting http monitor on ${host}:${this.#monitor.start()}`);
    } catch (error) {
      throw new Error(`Error starting the http monitor on ${host}:${port}: ${(error as Error).message}`);
    }
  }
}

/** Says which listener it was that could not be opened. */
function opened(what: string, { host, port }: BoundAddress, open: () => number): number {
  try {
    return open();
  } catch (error) {
    throw new Error(
      `Error listening for ${what} connections on ${host}:${port}: ${(error as Error).message}`,
    );
  }
}
