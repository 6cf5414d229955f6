// What exists in one running box, and in which order it starts and stops: listeners accept before anything is dialled.

import { rmSync, writeFileSync } from "node:fs";
import { SystemClock } from "../base/clock.ts";
import { Log } from "../base/log.ts";
import { SystemRandom } from "../base/random.ts";
import { makeServerId } from "../base/server-id.ts";
import { NATS_VERSION, PRODUCT_VERSION } from "../base/version.ts";
import type { Loaded } from "../config/read.ts";
import { Core } from "../core/core.ts";
import { Driver } from "../net/driver.ts";
import { GatewayTls } from "../net/tls.ts";
import { coreOptions, gatewayTls } from "./build.ts";
import { logSink } from "./log-file.ts";
import { passwordMatches } from "./password.ts";

/** How long stopping waits for bytes to leave, in milliseconds. */
const STOP_GRACE_MILLIS = 2_000;

export class Appliance {
  readonly core: Core;
  readonly log: Log;
  readonly #driver: Driver;
  readonly #clock = new SystemClock();

  /** Nothing is opened yet. Throws what the system says of unreadable TLS files. */
  constructor(private readonly loaded: Loaded) {
    const { configuration } = loaded;
    const { log } = configuration;
    const level = log.trace ? "trace" : log.debug ? "debug" : "info";
    this.log = new Log(logSink(log, process.pid), this.#clock, level);
    const random = new SystemRandom();
    const serverId = makeServerId(random);
    const identity = { serverId, serverName: configuration.serverName ?? serverId, version: NATS_VERSION };
    const tls = gatewayTls(configuration.gateway);
    this.#driver = new Driver(this.#clock, tls === null ? null : new GatewayTls(tls));
    this.core = new Core(coreOptions(configuration, identity), {
      clock: this.#clock,
      random,
      log: this.log,
      dial: (request) => this.#driver.dial(request),
      passwordMatches,
    });
    this.#driver.core = this.core;
  }

  /** Opens the listeners, then dials. Throws an Error that names the listener that cannot be opened. */
  start(): void {
    const { configuration, digest, warnings } = this.loaded;
    const { client, gateway, pidFile } = configuration;
    const { log } = this;
    log.info(`Starting isthmus v${PRODUCT_VERSION}, as nats-server ${NATS_VERSION}`);
    log.info(`  Name:     ${this.core.options.client.serverName}`);
    log.info(`  ID:       ${this.core.options.client.serverId}`);
    if (gateway !== null) log.info(`  Gateway:  ${gateway.name}`);
    log.info(`  Config:   ${digest}`);
    for (const { message, path } of warnings) log.warn(`${path}: ${message}`);
    if (gateway !== null) {
      const { host, port } = gateway.listen;
      log.info(`Listening for gateway connections on ${host}:${this.#listen("gateway", host, port)}`);
    }
    const { host, port } = client.listen;
    log.info(`Listening for client connections on ${host}:${this.#listen("client", host, port)}`);
    if (pidFile !== null) writeFileSync(pidFile, `${process.pid}\n`);
    this.#driver.start();
    log.info("Server is ready");
  }

  /** Lets what was accepted leave, and closes everything. */
  async stop(): Promise<void> {
    this.log.info("Initiating Shutdown...");
    await this.#driver.stop(STOP_GRACE_MILLIS);
    const { pidFile } = this.loaded.configuration;
    if (pidFile !== null) rmSync(pidFile, { force: true });
    this.log.info("Server Exiting..");
  }

  #listen(kind: "client" | "gateway", host: string, port: number): number {
    try {
      return this.#driver.listen(kind, host, port);
    } catch (error) {
      throw new Error(
        `Error listening for ${kind} connections on ${host}:${port}: ${(error as Error).message}`,
      );
    }
  }
}
