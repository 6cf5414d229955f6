// What exists in one running box, and in which order it starts and stops: listeners accept before anything is
// dialled.

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
import type { MonitorSource } from "../monitor/source.ts";
import type { SystemService } from "../monitor/system-service.ts";
import { fetchAccount } from "../net/account-fetch.ts";
import { Driver } from "../net/driver.ts";
import type { ListenerKind } from "../net/listener.ts";
import { AccountFiles } from "./account-files.ts";
import { Admin, clearWay } from "./admin.ts";
import { coreOptions, type Identity, type Ports, withPorts } from "./build.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import { Control } from "./control.ts";
import { type LogOutput, logSink } from "./log-file.ts";
import { monitorSource } from "./monitor-source.ts";
import { passwordMatches } from "./password.ts";
import type { Load } from "./reload.ts";
import { RunFiles } from "./run-files.ts";
import { speakForSystem } from "./system-account.ts";
import { callerTls, TlsContexts } from "./tls-contexts.ts";

/** Views are shown by the admin socket as well, whether or not there is a monitoring port. */
const NO_MONITOR: MonitorConfiguration = { listen: null, secureListen: null, basePath: "" };

/** How long stopping waits for bytes to leave, in milliseconds. */
const STOP_GRACE_MILLIS = 2_000;

export class Appliance {
  readonly log: Log;
  readonly control: Control;
  readonly #clock = new SystemClock();
  readonly #random = new SystemRandom();
  #tls: TlsContexts;
  #certificates: CertificateWatch;
  readonly #driver: Driver;
  readonly #output: LogOutput;
  readonly #runFiles = new RunFiles();
  #monitor: MonitorServer | null = null;
  #system: SystemService | null = null;
  #admin: Admin | null = null;
  #isReady = false;
  #isLame = false;
  #stopped: Promise<void> | null = null;
  readonly #end = Promise.withResolvers<void>();

  #loaded: Loaded;
  /** What was made of it when it started; null before. */
  #running: { core: Core; identity: Identity; ports: Ports } | null = null;

  /** Nothing is opened yet; `load` reads the configuration again. Throws an Error that names the tls block
   *  whose files are of no use. */
  constructor(loaded: Loaded, load: Load) {
    this.#loaded = loaded;
    this.control = new Control(this, load);
    const { log } = loaded.configuration;
    this.#output = logSink(log, process.pid);
    this.log = new Log(this.#output, this.#clock, levelOf(log));
    this.#tls = new TlsContexts(loaded.configuration);
    this.#certificates = new CertificateWatch(this.#tls.uses, this.#clock, this.log);
    const { gateways, remotes, leafs, clients } = this.#tls;
    this.#driver = new Driver(this.#clock, gateways, remotes, leafs, clients);
    this.#driver.gates.rates = loaded.configuration.connectionRates;
  }

  /** Opens the listeners, then dials. Throws an Error that names the listener that cannot be opened. */
  async start(): Promise<void> {
    const { admin } = this.#loaded.configuration;
    if (admin !== null) await clearWay(admin.socket);
    if (this.#stopped === null) this.#start();
  }

  #start(): void {
    const { log } = this;
    const { monitor, admin, serverName } = this.#loaded.configuration;
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
      control: this.control,
      ...this.#resolver(configuration),
    });
    this.#driver.core = core;
    this.#running = { core, identity, ports };
    const source = this.#monitorSource(core, { ...this.#loaded, configuration }, ports);
    if (monitor !== null || admin !== null) this.#startMonitor(monitor ?? NO_MONITOR, source);
    this.#system = speakForSystem(source, () => this.#monitor?.listener ?? null, this.#driver);
    this.#certificates.start();
    this.#runFiles.write(configuration, ports, this.#monitor?.ports ?? { clear: 0, secure: 0 });
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

  /** What carries the messages; null before start. */
  get core(): Core | null {
    return this.#running?.core ?? null;
  }

  /** Clients and leafs are being sent elsewhere. */
  get isLame(): boolean {
    return this.#isLame;
  }

  /** Resolves when the box has stopped, by whichever way it was told to. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** The configuration that runs, as it was understood, without secrets. */
  effective(): object {
    return this.#loaded.effective();
  }

  /** The last lines of the log, oldest first. */
  recentLog(): string[] {
    return this.#output.recent();
  }

  /** Closes a connection; answers its name, or null when there is none with this id. */
  kick(id: number): string | null {
    const session = this.core?.sessions.get(id);
    if (session === undefined) return null;
    session.close("Kicked");
    this.#driver.planTurn();
    return session.name;
  }

  /** Opens the log file anew; false where there is none. Throws what the system says. */
  reopenLog(): boolean {
    return this.#output.reopen();
  }

  /** Nobody new is let in, who is there is sent elsewhere little by little, and then the box stops. Gateways
   *  stay to the end, as in nats-server. */
  lameDuck(): void {
    if (this.#isLame || this.#stopped !== null || this.#running === null) return;
    this.#isLame = true;
    this.log.info("Entering lame duck mode, stop accepting new clients");
    for (const kind of ["client", "websocket", "leaf"] as const) this.#driver.stopListener(kind);
    this.#system?.lameDuck();
    const { lameDuck } = this.#loaded.configuration;
    this.#running.core.lameDuck(lameDuck, this.#clock.now(), () => void this.stop());
    this.#driver.planTurn();
  }

  /** Lets what was accepted leave, and closes everything. Asked again, it is the same stop. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    this.#stopped.then(this.#end.resolve, this.#end.reject);
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.log.info("Initiating Shutdown...");
    this.#isReady = false;
    this.#certificates.stop();
    if (this.#running !== null) await this.#driver.stop(STOP_GRACE_MILLIS);
    await this.#admin?.stop();
    await this.#monitor?.stop();
    this.#runFiles.remove();
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
    if (this.#isLame || this.#stopped !== null) throw new Error("the box is about to go");
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

  #monitorSource(core: Core, loaded: Loaded, ports: Ports): MonitorSource {
    return monitorSource(core, loaded, {
      loadedAt: this.#clock.now(),
      tls: this.#tls,
      ports,
      notReady: () => this.#notReady(),
      tlsOf: (session) => this.#driver.tlsOf(session),
      refusedConnections: () => this.#driver.gates.refused(),
    });
  }

  #startMonitor(monitor: MonitorConfiguration, source: MonitorSource): void {
    const { listen: clear, secureListen, basePath } = monitor;
    const context = this.#tls.clients.listen;
    const secure = secureListen === null || context === null ? null : { ...secureListen, context };
    const server = new MonitorServer(source, { clear, secure, basePath });
    this.#monitor = server;
    this.#startAdmin(server);
    if (clear !== null) this.#openMonitor("http", clear, () => server.start());
    if (secure !== null) this.#openMonitor("https", secure, () => server.startSecure());
  }

  #startAdmin(server: MonitorServer): void {
    const { admin } = this.#loaded.configuration;
    if (admin === null) return;
    this.#admin = new Admin(admin, this, server);
    try {
      this.#admin.start();
    } catch (error) {
      throw new Error(`Error opening the admin socket ${admin.socket}: ${(error as Error).message}`);
    }
    this.log.info(`Listening for commands on ${admin.socket}`);
  }

  /** A lame duck is told in nats-server's words: which listeners are gone. */
  #notReady(): string | null {
    const { webSocket, leaf } = this.#loaded.configuration;
    const gone = ["server"];
    if (webSocket !== null) gone.push("websocket");
    if (leaf !== null && leaf.listener !== null) gone.push("leafnode");
    if (this.#isLame) return `failed to be ready for connections after 1ms: ${gone.join(", ")}`;
    return this.#isReady ? null : "server is not ready";
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
