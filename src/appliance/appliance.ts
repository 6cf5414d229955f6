// What exists in one running box, and in which order it starts and stops: listeners accept before anything is
// dialled.

import { rmSync, writeFileSync } from "node:fs";
import { SystemClock } from "../base/clock.ts";
import { type Level, Log } from "../base/log.ts";
import { SystemRandom } from "../base/random.ts";
import { makeServerId } from "../base/server-id.ts";
import { NATS_VERSION, PRODUCT_VERSION } from "../base/version.ts";
import type {
  BoundAddress,
  Configuration,
  LogConfiguration,
  MonitorConfiguration,
  WebSocketConfiguration,
} from "../config/config.ts";
import { type Change, planOf } from "../config/plan.ts";
import type { Loaded } from "../config/read.ts";
import { Core } from "../core/core.ts";
import type { CoreWorld } from "../core/options.ts";
import { MonitorServer } from "../monitor/server.ts";
import { fetchAccount } from "../net/account-fetch.ts";
import { Driver } from "../net/driver.ts";
import type { ListenerKind } from "../net/listener.ts";
import { AccountFiles } from "./account-files.ts";
import { coreOptions, type Identity, type Ports, withPorts } from "./build.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import { logSink } from "./log-file.ts";
import { monitorSource } from "./monitor-source.ts";
import { passwordMatches } from "./password.ts";
import { callerTls, TlsContexts } from "./tls-contexts.ts";

/** How long stopping waits for bytes to leave, in milliseconds. */
const STOP_GRACE_MILLIS = 2_000;

export class Appliance {
  readonly log: Log;
  readonly #clock = new SystemClock();
  readonly #random = new SystemRandom();
  #tls: TlsContexts;
  #certificates: CertificateWatch;
  readonly #driver: Driver;
  #monitor: MonitorServer | null = null;
  #isReady = false;

  #loaded: Loaded;
  /** What was made of it when it started; null before. */
  #running: { core: Core; identity: Identity; ports: Ports } | null = null;

  /** Nothing is opened yet. Throws an Error that names the tls block whose files are of no use. */
  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    const { log } = loaded.configuration;
    this.log = new Log(logSink(log, process.pid), this.#clock, levelOf(log));
    this.#tls = new TlsContexts(loaded.configuration);
    this.#certificates = new CertificateWatch(this.#tls.uses, this.#clock, this.log);
    const { gateways, remotes, leafs, clients } = this.#tls;
    this.#driver = new Driver(this.#clock, gateways, remotes, leafs, clients);
    this.#driver.gates.rates = loaded.configuration.connectionRates;
  }

  /** Opens the listeners, then dials. Throws an Error that names the listener that cannot be opened. */
  start(): void {
    const { log } = this;
    const { monitor, pidFile, serverName } = this.#loaded.configuration;
    const serverId = makeServerId(this.#random);
    const identity = { serverId, serverName: serverName ?? serverId, version: NATS_VERSION };
    log.info(`Starting isthmus v${PRODUCT_VERSION}, as nats-server ${NATS_VERSION}`);
    log.info(`  Name:     ${identity.serverName}`);
    log.info(`  ID:       ${serverId}`);
    log.info(`  Config:   ${this.#loaded.digest}`);
    for (const { message, path } of this.#loaded.warnings) log.warn(`${path}: ${message}`);
    const ports = this.#openListeners();
    const configuration = withPorts(this.#loaded.configuration, ports);
    const core = new Core(coreOptions(configuration, identity, ports), {
      clock: this.#clock,
      random: this.#random,
      log,
      dial: (request) => this.#driver.dial(request),
      dialLeaf: (request) => this.#driver.dialLeaf(request),
      passwordMatches,
      ...this.#resolver(configuration),
    });
    this.#driver.core = core;
    this.#running = { core, identity, ports };
    if (monitor !== null) {
      this.#startMonitor(monitor, core, { ...this.#loaded, configuration }, ports);
    }
    this.#certificates.start();
    if (pidFile !== null) writeFileSync(pidFile, `${process.pid}\n`);
    this.#driver.start();
    this.#isReady = true;
    log.info("Server is ready");
  }

  /** Where accounts are kept, and how those are fetched that are not known; nothing where all are. */
  #resolver({
    identity: { operator },
  }: Loaded["configuration"]): Pick<CoreWorld, "fetchAccount" | "accountDisk"> {
    const { resolverUrl: url, directory } = operator ?? { resolverUrl: null, directory: null };
    if (directory !== null) {
      this.log.info(`Managing JWTs of accounts in directory ${directory.dir}`);
      return { accountDisk: new AccountFiles(directory.dir, !directory.hardDelete) };
    }
    if (url === null) return {};
    const tls = operator?.resolverTls ?? null;
    // Afresh each time: certificates are renewed while the box runs. Now, because files may be of no use.
    const readTls = () => tls && callerTls("resolver_tls", tls);
    readTls();
    return {
      fetchAccount: (key) =>
        void fetchAccount(url, key, readTls).then(({ jwt, why }) => {
          this.#running?.core.operator?.fetched(key, jwt, why);
          this.#driver.turn();
        }),
    };
  }

  /** Lets what was accepted leave, and closes everything. */
  async stop(): Promise<void> {
    this.log.info("Initiating Shutdown...");
    this.#isReady = false;
    this.#certificates.stop();
    await this.#driver.stop(STOP_GRACE_MILLIS);
    await this.#monitor?.stop();
    const { pidFile } = this.#loaded.configuration;
    if (pidFile !== null) rmSync(pidFile, { force: true });
    this.log.info("Server Exiting..");
  }

  /** What would change if the box took up this configuration. */
  planOf({ configuration }: Loaded): Change[] {
    return planOf(this.#loaded.configuration, configuration);
  }

  /**
   * Takes up another configuration, whole or not at all. Answers what changed; throws an Error that says why
   * nothing did: a key that needs a restart, or a file that is of no use.
   */
  reload(next: Loaded): Change[] {
    const running = this.#running;
    if (running === null) throw new Error("the box is not ready");
    const changes = this.planOf(next);
    const keys = changes.filter(({ effect }) => effect === "restart").map(({ key }) => key);
    if (keys.length > 0) throw new Error(`${keys.join(", ")} cannot change while the box runs`);
    const { configuration } = next;
    const tls = this.#tls.withRemotesOf(configuration);
    const { core, identity } = running;
    const opened = this.#openOthers(configuration);
    // Nothing can go wrong from here on.
    const ports = { ...running.ports };
    for (const [kind, listener] of opened) ports[kind] = listener.use();
    if (configuration.leaf?.listener == null) this.#driver.stopListener("leaf");
    this.#running = { core, identity, ports };
    const options = coreOptions(withPorts(configuration, ports), identity, ports);
    this.#loaded = next;
    this.#tls = tls;
    this.log.setLevel(levelOf(configuration.log));
    this.#driver.dialWith(tls.remotes, tls.leafs);
    this.#driver.gates.rates = configuration.connectionRates;
    this.#certificates.stop();
    this.#certificates = new CertificateWatch(tls.uses, this.#clock, this.log);
    this.#certificates.start();
    core.reconfigure(options);
    this.#driver.turn();
    return changes;
  }

  /** Listeners at addresses where there was none. Throws when one cannot be opened, and then opens none. */
  #openOthers(next: Configuration): Map<ListenerKind, { use(): number; drop(): void }> {
    const opened = new Map<ListenerKind, { use(): number; drop(): void }>();
    const before = addressesOf(this.#loaded.configuration);
    try {
      for (const [kind, address] of addressesOf(next)) {
        const { host, port } = address;
        const known = before.get(kind);
        if (known !== undefined && known.host === host && known.port === port) continue;
        opened.set(
          kind,
          openedAt(kind, address, () => this.#driver.listenAnew(kind, host, port)),
        );
        this.log.info(`Listening for ${kind} connections on ${host}:${port} too`);
      }
    } catch (error) {
      for (const listener of opened.values()) listener.drop();
      throw error;
    }
    return opened;
  }

  /** The ports that the system gave where any free one was asked for. */
  #openListeners(): Ports {
    const { client, gateway, leaf, webSocket } = this.#loaded.configuration;
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
    this.#tellClientTls();
    return { client: clientPort, gateway: gatewayPort, leaf: leafPort, webSocket: webSocketPort };
  }

  #tellClientTls(): void {
    const { tls } = this.#loaded.configuration.client;
    if (tls === null) return;
    this.log.info(`TLS ${tls.allowClear ? "available" : "required"} for client connections`);
    if (tls.handshakeFirst !== true) return;
    this.log.warn('Clients that are not using "TLS Handshake First" option will fail to connect');
  }

  #listen(kind: ListenerKind, host: string, port: number): number {
    return openedAt(kind, { host, port }, () => this.#driver.listen(kind, host, port));
  }

  #listenWebSocket({ listen, tls: _, ...rest }: WebSocketConfiguration): number {
    const options = { ...rest, ...listen, tls: this.#tls.webSocket };
    return openedAt("websocket", listen, () => this.#driver.listenWebSocket(options));
  }

  #startMonitor(monitor: MonitorConfiguration, core: Core, loaded: Loaded, ports: Ports): void {
    const source = monitorSource(core, loaded, {
      loadedAt: this.#clock.now(),
      tls: this.#tls,
      ports,
      notReady: () => (this.#isReady ? null : "server is not ready"),
      tlsOf: (session) => this.#driver.tlsOf(session),
      refusedConnections: () => this.#driver.gates.refused(),
    });
    const { listen: clear, secureListen, basePath } = monitor;
    const context = this.#tls.clients.listen;
    const secure = secureListen === null || context === null ? null : { ...secureListen, context };
    const server = new MonitorServer(source, { clear, secure, basePath });
    this.#monitor = server;
    if (clear !== null) this.#openMonitor("http", clear, () => server.start());
    if (secure !== null) this.#openMonitor("https", secure, () => server.startSecure());
  }

  #openMonitor(scheme: string, { host, port }: BoundAddress, open: () => number): void {
    try {
      this.log.info(`Starting ${scheme} monitor on ${host}:${open()}`);
    } catch (error) {
      throw new Error(`Error starting the ${scheme} monitor on ${host}:${port}: ${(error as Error).message}`);
    }
  }
}

/** Says which listener it was that could not be opened. */
function openedAt<T>(what: string, { host, port }: BoundAddress, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw new Error(
      `Error listening for ${what} connections on ${host}:${port}: ${(error as Error).message}`,
    );
  }
}

function levelOf({ trace, debug }: LogConfiguration): Level {
  if (trace) return "trace";
  return debug ? "debug" : "info";
}

function addressesOf({ client, gateway, leaf }: Configuration): Map<ListenerKind, BoundAddress> {
  const addresses = new Map<ListenerKind, BoundAddress>([["client", client.listen]]);
  if (gateway !== null) addresses.set("gateway", gateway.listen);
  if (leaf !== null && leaf.listener !== null) addresses.set("leaf", leaf.listener.listen);
  return addresses;
}
