// The systems that are compared: the box and an unmodified nats-server, started from one configuration.
// JSON is YAML and is also what nats-server reads, so both are given the very same file.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachedNatsServer, findNatsServer, NATS_LINES, versionOf } from "../../test/support/nats-server.ts";
import { freePort } from "../../test/support/ports.ts";
import type { Compression } from "./frames.ts";
import { type Child, scratchDir, start, until } from "./process.ts";
import type { Tls } from "./raw-end.ts";

/** A program that can stand at the place of a gateway. */
export interface System {
  readonly name: string;
  readonly version: string;
  /** The command line up to the configuration file. */
  readonly command: readonly string[];
  readonly env: Record<string, string>;
}

export interface SystemConfig {
  readonly serverName: string;
  /** The name of its cluster. */
  readonly gateway: string;
  /** Remote clusters by name, with the port of their gateway listener on the loopback. */
  readonly remotes: Readonly<Record<string, number>>;
  /** Account name to user and password; none means the global account alone. */
  readonly accounts?: Readonly<Record<string, { user: string; password: string }>>;
  /** A name of its own keeps a nats-server from exchanging system events; none means the default, $SYS. */
  readonly systemAccount?: string;
  /** What its leafs send and get; without it there is no leaf listener. */
  readonly leafCompression?: Compression;
  /** Leaf port of the hub whose spoke it is; then it has no gateway. */
  readonly hub?: number;
  /** More keys of its gateway block, which only this system knows. */
  readonly gatewayKeys?: Readonly<Record<string, unknown>>;
  /** Clients and gateways with a block here speak TLS from the first byte. */
  readonly tls?: { readonly client?: Tls; readonly gateway?: Tls };
  readonly ports: Ports;
}

/** Loopback ports of the listeners. */
export interface Ports {
  readonly client: number;
  readonly gateway: number;
  readonly leaf: number;
  readonly monitor: number;
}

export interface Running extends Child {
  readonly ports: Ports;
}

const ROOT = join(import.meta.dir, "../..");
const READY_MILLIS = 10_000;
const NATS_LINE = "2.15";

/** The box, run from this tree. */
export function box(): System {
  const main = join(ROOT, "src/main.ts");
  if (!existsSync(main)) throw new Error("src/main.ts is not there, so there is no box to run");
  const shown = Bun.spawnSync([process.execPath, main, "-v"], { cwd: ROOT }).stdout.toString();
  return {
    name: "isthmus",
    version: versionIn(shown),
    command: [process.execPath, "src/main.ts", "-c"],
    env: {},
  };
}

/**
 * The unmodified nats-server to compare with, found as the tests find it and fetched as they fetch it.
 * Undefined where there is none and none can be had.
 */
export function natsServer(): System | undefined {
  const found = findNatsServer(NATS_LINE) ?? fetched();
  if (found === undefined) return undefined;
  return { name: "nats-server", version: found.version, command: [found.path, "-c"], env: {} };
}

/** The box beside an unmodified nats-server, which is at its best on one core with one scheduler thread. */
export interface Pair {
  readonly nats: System;
  readonly box: System;
}

/** Both, or with `self` nats-server against itself. Fails where there is no nats-server. */
export function pair(self: boolean): Pair {
  const found = natsServer();
  if (found === undefined) throw new Error("there is no nats-server to compare with; set $NATS_SERVER");
  const nats = { ...found, env: { GOMAXPROCS: "1" } };
  return { nats, box: self ? { ...nats, name: "nats-server again" } : box() };
}

export function titleOf(system: System): string {
  return `${system.name} ${system.version}`;
}

export function freePorts(): Ports {
  return { client: freePort(), gateway: freePort(), leaf: freePort(), monitor: freePort() };
}

/** Starts a system and waits until it says that it is ready; fails with its log when it does not. */
export async function startSystem(
  system: System,
  config: SystemConfig,
  cores: string | null = null,
): Promise<Running> {
  const file = join(scratchDir(), `${config.serverName}.json`);
  writeFileSync(file, configText(config));
  const child = start(config.serverName, [...system.command, file], { cwd: ROOT, env: system.env, cores });
  try {
    await until(
      `${system.name} to be ready`,
      () => {
        if (child.ended()) throw new Error(`${system.name} ended at once`);
        return child.log().includes("Server is ready");
      },
      READY_MILLIS,
    );
  } catch (error) {
    await child.stop();
    throw new Error(`${(error as Error).message}; its log says:\n${child.log().trimEnd()}`);
  }
  return { ...child, ports: config.ports };
}

/** Fetches as a step of its own, whose words go to the reader: it can take minutes the first time. */
function fetched(): { path: string; version: string } | undefined {
  console.error(`no nats-server ${NATS_LINE} here, fetching it (once)`);
  Bun.spawnSync([process.execPath, "test/support/fetch.ts", NATS_LINE], {
    cwd: ROOT,
    stdout: process.stderr.fd,
    stderr: "inherit",
  });
  for (const release of NATS_LINES[NATS_LINE]) {
    const path = cachedNatsServer(release);
    const version = existsSync(path) ? versionOf(path) : undefined;
    if (version !== undefined) return { path, version };
  }
  return undefined;
}

function configText(config: SystemConfig): string {
  const { ports, tls } = config;
  const accounts: Record<string, object> = {};
  for (const [name, login] of Object.entries(config.accounts ?? {})) accounts[name] = { users: [login] };
  if (config.systemAccount !== undefined) accounts[config.systemAccount] = {};
  return JSON.stringify(
    {
      server_name: config.serverName,
      listen: `127.0.0.1:${ports.client}`,
      http: `127.0.0.1:${ports.monitor}`,
      ...(Object.keys(accounts).length === 0 ? {} : { accounts }),
      ...(config.systemAccount === undefined ? {} : { system_account: config.systemAccount }),
      ...(config.leafCompression === undefined
        ? {}
        : {
            leafnodes: {
              listen: `127.0.0.1:${ports.leaf}`,
              compression: configuredCompression(config.leafCompression),
            },
          }),
      ...(tls?.client === undefined ? {} : { tls: { ...tls.client, handshake_first: true } }),
      ...(config.hub === undefined
        ? { gateway: gatewayBlock(config) }
        : { leafnodes: { remotes: [{ url: `nats://127.0.0.1:${config.hub}`, compression: "off" }] } }),
    },
    null,
    2,
  );
}

function gatewayBlock({ gateway, ports, gatewayKeys, tls, remotes }: SystemConfig): object {
  return {
    name: gateway,
    listen: `127.0.0.1:${ports.gateway}`,
    ...gatewayKeys,
    ...(tls?.gateway === undefined ? {} : { tls: tls.gateway }),
    gateways: Object.entries(remotes).map(([name, port]) => ({ name, url: `nats://127.0.0.1:${port}` })),
  };
}

/** The least level has no mode of its own: s2_auto takes it for round trips below its first threshold. */
function configuredCompression(level: Compression): string | object {
  if (level !== "s2_uncompressed") return level;
  return { mode: "s2_auto", rtt_thresholds: ["10s", "20s", "30s"] };
}

function versionIn(text: string): string {
  return /v?(\d+\.\d+\.\d+\S*)/.exec(text)?.[1] ?? "unknown version";
}
