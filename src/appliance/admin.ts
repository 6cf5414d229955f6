// The admin socket of a box: its file, and what the acts are.

import { chmodSync, existsSync, lstatSync, rmSync } from "node:fs";
import type { AdminConfiguration } from "../config/config.ts";
import type { AdminActs } from "../monitor/admin-routes.ts";
import { AdminServer } from "../monitor/admin-server.ts";
import type { MonitorServer } from "../monitor/server.ts";
import type { Appliance } from "./appliance.ts";
import { stateOf } from "./state.ts";
import { Taps } from "./tap-stream.ts";

/** Nobody but ourselves opens the file before it has its mode. */
const FIRST_UMASK = 0o177;

/** Who told the box to stop gets his answer first. */
const ANSWER_MILLIS = 20;

export class Admin {
  readonly #server: AdminServer;

  constructor(
    private readonly configuration: AdminConfiguration,
    appliance: Appliance,
    monitor: MonitorServer,
  ) {
    this.#server = new AdminServer(monitor, actsOf(appliance));
  }

  /** Throws what the system says. The way must be free. */
  start(): void {
    const { socket, mode } = this.configuration;
    const umask = process.umask(FIRST_UMASK);
    try {
      this.#server.start(socket);
      chmodSync(socket, mode);
    } finally {
      process.umask(umask);
    }
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    rmSync(this.configuration.socket, { force: true });
  }
}

/** A socket that nobody listens at is taken away. Throws where somebody does, and for another file. */
export async function clearWay(socket: string): Promise<void> {
  if (!existsSync(socket)) return;
  if (!lstatSync(socket).isSocket()) throw new Error(`${socket} is there already, and no socket`);
  if (await isAlive(socket)) throw new Error(`another process listens at ${socket}`);
  rmSync(socket, { force: true });
}

async function isAlive(socket: string): Promise<boolean> {
  try {
    const connection = await Bun.connect({ unix: socket, socket: { data: () => {} } });
    connection.terminate();
    return true;
  } catch {
    return false;
  }
}

function actsOf(appliance: Appliance): AdminActs {
  const { log, control } = appliance;
  const taps = new Taps();
  return {
    reload: () => control.reloaded(),
    plan: (text) => control.planned(text),
    reopen: () => control.reopened(),
    lameDuck: () => control.lameDuck(),
    stop: () => void setTimeout(() => void appliance.stop(), ANSWER_MILLIS),
    logLevel: () => log.level,
    setLogLevel: (level) => log.setLevel(level),
    config: () => appliance.effective(),
    log: () => appliance.recentLog(),
    state: () => stateOf(appliance),
    tap: (options) => taps.open(appliance.core, options),
    kick: (id) => appliance.kick(id),
  };
}
