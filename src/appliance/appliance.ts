// What exists in one running box, and in which order it starts and stops: listeners accept before anything is
// dialled.

import { rmSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { type Millis, SystemClock } from "../base/clock.ts";
import { type Level, Log } from "../base/log.ts";
import { SystemRandom } from "../base/random.ts";
import { makeServerId } from "../base/server-id.ts";
import { Stage, type Staged } from "../base/staged.ts";
import { NATS_VERSION, PRODUCT_VERSION } from "../base/version.ts";
import type { BoundAddress, Configuration, LogConfiguration } from "../config/config.ts";
import { type Change, planOf } from "../config/plan.ts";
import type { Loaded } from "../config/read.ts";
import { Core } from "../core/core.ts";
import type { CoreOptions, CoreWorld } from "../core/options.ts";
import { type MonitorOptions, MonitorServer } from "../monitor/server.ts";
import { fetchAccount } from "../net/account-fetch.ts";
import { Driver } from "../net/driver.ts";
import { coreOptions, type Identity, type Ports, withPorts } from "./build.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import { Listeners } from "./listeners.ts";
import { logSink } from "./log-file.ts";
import { monitorSource } from "./monitor-source.ts";
import { passwordMatches } from "./password.ts";
import { TlsContexts } from "./tls-contexts.ts";

/** How long stopping waits for bytes to leave, in milliseconds. */
const STOP_GRACE_MILLIS = 2_000;

/** What was made of a configuration. */
interface Running {
  readonly core: Core;
  readonly identity: Identity;
  readonly monitor: MonitorServer;
}

export class Appliance {
  readonly log: Log;
  readonly #clock = new SystemClock();
  readonly #random = new SystemRandom();
  #tls: TlsContexts;
  #certificates: CertificateWatch;
  readonly #driver: Driver;
  readonly #listeners: Listeners;
  #isReady = false;
  #loaded: Loaded;
  #loadedAt: Millis;
  /** null: it has not started. */
  #running: Running | null = null;

  /** Nothing is opened yet. Throws an Error that names the tls block whose files are of no use. */
  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    const { log } = loaded.configuration;
    this.log = new Log(logSink(log, process.pid), this.#clock, levelOf(log));
    this.#loadedAt = this.#clock.now();
    this.#tls = new TlsContexts(loaded.configuration);
    this.#certificates = new CertificateWatch(this.#tls.uses, this.#clock, this.log);
    this.#driver = new Driver(this.#clock, this.#tls);
    this.#listeners = new Listeners(this.#driver, this.log);
  }

  /** Opens the listeners, then dials. Throws an Error that names the listener that cannot be opened. */
  start(): void {
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
      ...this.#resolver(configuration),
    });
    this.#driver.core = core;
    const monitor = new MonitorServer(this.#monitorSource(core));
    this.#running = { core, identity, monitor };
    monitor.open(monitorOptions(configuration, this.#tls));
    this.#tellMonitor(null, configuration);
    this.#certificates.start();
    stagePidFile(null, configuration.pidFile).use();
    this.#driver.start();
    this.#isReady = true;
    log.info("Server is ready");
  }

  /** How accounts are fetched that are not known; nothing where all are. */
  #resolver({ identity: { operator } }: Loaded["configuration"]): Pick<CoreWorld, "fetchAccount"> {
    const url = operator?.resolverUrl ?? null;
    if (url === null) return {};
    return {
      fetchAccount: (key) =>
        void fetchAccount(url, key).then(({ jwt, why }) => {
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
    await this.#running?.monitor.stop();
    stagePidFile(this.#loaded.configuration.pidFile, null).use();
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
      stage.add(stageLog(this.log, before.log, next.log));
      stage.add(stagePidFile(before.pidFile, next.pidFile));
      stage.add(monitor.stage(monitorOptions(next, tls)));
      const { ports } = stage.add(this.#listeners.stage(next, tls));
      const options = optionsOf(next, identity, ports);
      const use = (): void => {
        stage.use();
        this.#tellMonitor(before, next);
      };
      return { use, options, tls };
    } catch (error) {
      stage.drop();
      throw error;
    }
  }

  #monitorSource(core: Core) {
    return monitorSource(core, () => ({
      loaded: this.#loaded,
      loadedAt: this.#loadedAt,
      tls: this.#tls,
      ports: this.#listeners.ports,
      notReady: this.#isReady ? null : "server is not ready",
      tlsOf: (session) => this.#driver.tlsOf(session),
    }));
  }

  /** Of each address of monitoring that was not there before. */
  #tellMonitor(before: Configuration | null, { monitor: now }: Configuration): void {
    const { monitor } = this.#running!;
    const tell = (
      scheme: string,
      at: BoundAddress | null | undefined,
      port: number,
      known: unknown,
    ): void => {
      if (at == null || isDeepStrictEqual(at, known)) return;
      this.log.info(`Starting ${scheme} monitor on ${at.host}:${port}`);
    };
    tell("http", now?.listen, monitor.port, before?.monitor?.listen);
    tell("https", now?.secureListen, monitor.securePort, before?.monitor?.secureListen);
  }
}

function optionsOf(configuration: Configuration, identity: Identity, ports: Ports): CoreOptions {
  return coreOptions(withPorts(configuration, ports), identity, ports);
}

function monitorOptions({ monitor }: Configuration, { clients }: TlsContexts): MonitorOptions {
  if (monitor === null) return { clear: null, secure: null, basePath: "" };
  const { listen: clear, secureListen, basePath } = monitor;
  const context = clients.listen;
  const secure = secureListen === null || context === null ? null : { ...secureListen, context };
  return { clear, secure, basePath };
}

/** Lines go on where they went until then. Throws what the system says of the new file. */
function stageLog(log: Log, before: LogConfiguration, next: LogConfiguration): Staged {
  const move = isSameFile(before, next) ? null : logSink(next, process.pid);
  return {
    use: () => {
      if (move !== null) log.moveTo(move);
      log.setLevel(levelOf(next));
    },
    drop: () => move?.close?.(),
  };
}

function isSameFile(one: LogConfiguration, other: LogConfiguration): boolean {
  return one.file === other.file && one.format === other.format && one.logtime === other.logtime;
}

/** null: there is none. Throws what the system says of the new file. */
function stagePidFile(before: string | null, next: string | null): Staged {
  if (next === before) return { use: () => {}, drop: () => {} };
  if (next !== null) writeFileSync(next, `${process.pid}\n`);
  const remove = (file: string | null): void => {
    if (file !== null) rmSync(file, { force: true });
  };
  return { use: () => remove(before), drop: () => remove(next) };
}

function levelOf({ trace, debug }: LogConfiguration): Level {
  if (trace) return "trace";
  return debug ? "debug" : "info";
}
