// What exists in one running box, and in which order it starts and stops: listeners accept before anything is
// dialled.

import { type Millis, SystemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { SystemRandom } from "../base/random.ts";
import { makeServerId } from "../base/server-id.ts";
import { Stage } from "../base/staged.ts";
import { NATS_VERSION, PRODUCT_VERSION } from "../base/version.ts";
import type { Configuration } from "../config/config.ts";
import { type Change, planOf } from "../config/plan.ts";
import type { Loaded } from "../config/read.ts";
import { Core } from "../core/core.ts";
import type { CoreOptions, CoreWorld } from "../core/options.ts";
import { MonitorServer } from "../monitor/server.ts";
import type { MonitorSource } from "../monitor/source.ts";
import type { SystemService } from "../monitor/system-service.ts";
import { fetchAccount } from "../net/account-fetch.ts";
import { Driver } from "../net/driver.ts";
import { AccountFiles } from "./account-files.ts";
import { Admin, clearWay } from "./admin.ts";
import { coreOptions, type Identity, type Ports, withPorts } from "./build.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import { Control } from "./control.ts";
import { Listeners } from "./listeners.ts";
import { LogOutlet } from "./log-outlet.ts";
import { monitorOptions, tellMonitor } from "./monitor-doors.ts";
import { monitorSource } from "./monitor-source.ts";
import { passwordMatches } from "./password.ts";
import type { Load } from "./reload.ts";
import { RunFiles } from "./run-files.ts";
import { speakForSystem } from "./system-account.ts";
import { callerTls, TlsContexts } from "./tls-contexts.ts";

/** How long stopping waits for bytes to leave, in milliseconds. */
const STOP_GRACE_MILLIS = 2_000;

/** What was made of a configuration. */
interface Running {
  readonly core: Core;
  readonly identity: Identity;
  /** Its views are shown by the admin socket as well, whether or not there is a monitoring port. */
  readonly monitor: MonitorServer;
  readonly system: SystemService;
}

export class Appliance {
  readonly log: Log;
  readonly control: Control;
  readonly #clock = new SystemClock();
  readonly #random = new SystemRandom();
  #tls: TlsContexts;
  #certificates: CertificateWatch;
  readonly #driver: Driver;
  readonly #listeners: Listeners;
  readonly #outlet: LogOutlet;
  readonly #runFiles = new RunFiles();
  #admin: Admin | null = null;
  #isReady = false;
  #isLame = false;
  #stopped: Promise<void> | null = null;
  readonly #end = Promise.withResolvers<void>();
  #loaded: Loaded;
  #loadedAt: Millis;
  /** null: it has not started. */
  #running: Running | null = null;

  /** Nothing is opened yet; `load` reads the configuration again. Throws an Error that names the tls block
   *  whose files are of no use. */
  constructor(loaded: Loaded, load: Load) {
    const { configuration } = loaded;
    this.#loaded = loaded;
    this.#loadedAt = this.#clock.now();
    this.control = new Control(this, load);
    this.#outlet = new LogOutlet(configuration.log, this.#clock);
    this.log = this.#outlet.log;
    this.#tls = new TlsContexts(configuration);
    this.#certificates = new CertificateWatch(this.#tls.uses, this.#clock, this.log);
    this.#driver = new Driver(this.#clock, this.#tls);
    this.#driver.gates.rates = configuration.connectionRates;
    this.#listeners = new Listeners(this.#driver, this.log);
  }

  /** Opens the listeners, then dials. Throws an Error that names the listener that cannot be opened. */
  async start(): Promise<void> {
    const { admin } = this.#loaded.configuration;
    if (admin !== null) await clearWay(admin.socket);
    if (this.#stopped === null) this.#start();
  }

  #start(): void {
    const { log } = this;
    const { configuration, digest, warnings } = this.#loaded;
    const serverId = makeServerId(this.#random);
    const identity = { serverId, serverName: configuration.serverName ?? serverId, version: NATS_VERSION };
    log.info(`Starting isthmus v${PRODUCT_VERSION}, as nats-server ${NATS_VERSION}`);
    log.info(`  Name:     ${identity.serverName}`);
    log.info(`  ID:       ${serverId}`);
    log.info(`  Config:   ${digest}`);
    for (const { message, path } of warnings) log.warn(`${path}: ${message}`);
    const { ports, use } = this.#listeners.stage(configuration, this.#tls);
    use();
    const core = new Core(optionsOf(configuration, identity, ports), {
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
    const source = this.#monitorSource(core);
    const monitor = new MonitorServer(source);
    const system = speakForSystem(source, () => monitor.listener, this.#driver);
    this.#running = { core, identity, monitor, system };
    this.#startAdmin(monitor);
    const doors = monitor.stage(monitorOptions(configuration, this.#tls));
    doors.use();
    tellMonitor(log, null, configuration, doors.ports);
    this.#certificates.start();
    this.#runFiles.stage(configuration, ports, doors.ports).use();
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
    return this.#outlet.recent();
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
    return this.#outlet.reopen();
  }

  /** Nobody new is let in, who is there is sent elsewhere little by little, and then the box stops. Gateways
   *  stay to the end, as in nats-server. */
  lameDuck(): void {
    if (this.#isLame || this.#stopped !== null || this.#running === null) return;
    this.#isLame = true;
    this.log.info("Entering lame duck mode, stop accepting new clients");
    for (const kind of ["client", "webSocket", "leaf"] as const) this.#driver.stopListener(kind);
    const { core, system } = this.#running;
    system.lameDuck();
    const { lameDuck } = this.#loaded.configuration;
    core.lameDuck(lameDuck, this.#clock.now(), () => void this.stop());
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
    await this.#running?.monitor.stop();
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
    const stuck = changes.filter(({ effect }) => effect === "restart");
    if (stuck.length > 0) {
      throw new Error(`${stuck.map(({ key }) => key).join(", ")} cannot change while the box runs`);
    }
    const { use, options, tls } = this.#stage(next, running);
    // Nothing can go wrong from here on.
    use();
    this.#loaded = next;
    this.#loadedAt = this.#clock.now();
    this.#tls = tls;
    tls.renew();
    this.#driver.speak(tls);
    this.#driver.gates.rates = next.configuration.connectionRates;
    this.#certificates.stop();
    this.#certificates = new CertificateWatch(tls.uses, this.#clock, this.log);
    this.#certificates.start();
    running.core.reconfigure(options);
    this.#driver.turn();
    return changes;
  }

  /** Everything that may fail. Throws, and then nothing has changed. */
  #stage(
    { configuration: next }: Loaded,
    { identity, monitor }: Running,
  ): { use(): void; options: CoreOptions; tls: TlsContexts } {
    const { configuration: before } = this.#loaded;
    const stage = new Stage();
    try {
      const tls = new TlsContexts(next, this.#tls);
      // Read before anything is opened: the files of credentials may be of no use.
      optionsOf(next, identity, this.#listeners.ports);
      stage.add(this.#outlet.stage(before.log, next.log));
      const doors = stage.add(monitor.stage(monitorOptions(next, tls)));
      const { ports } = stage.add(this.#listeners.stage(next, tls));
      stage.add(this.#runFiles.stage(next, ports, doors.ports));
      const options = optionsOf(next, identity, ports);
      const use = (): void => {
        stage.use();
        tellMonitor(this.log, before, next, doors.ports);
      };
      return { use, options, tls };
    } catch (error) {
      stage.drop();
      throw error;
    }
  }

  #monitorSource(core: Core): MonitorSource {
    return monitorSource(core, () => ({
      loaded: this.#loaded,
      loadedAt: this.#loadedAt,
      tls: this.#tls,
      ports: this.#listeners.ports,
      notReady: this.#notReady(),
      tlsOf: (session) => this.#driver.tlsOf(session),
      refusedConnections: () => this.#driver.gates.refused(),
    }));
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
}

function optionsOf(configuration: Configuration, identity: Identity, ports: Ports): CoreOptions {
  return coreOptions(withPorts(configuration, ports), identity, ports);
}
