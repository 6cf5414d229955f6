// One server of a super-cluster: a configuration, a process made from it, and the same ports again after a
// restart. A nats-server and the box read the same document, because JSON is YAML and the box's keys are
// nats-server's own.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { findNatsServer, type NatsLine, REPO_ROOT, versionOf, whyMissing } from "./nats-server.ts";
import { ServerProcess } from "./process.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What runs: a nats-server of a release line, or the product. */
export type Kind = NatsLine | "box";

/**
 * A nats-server to run in the box's place, so that the tests themselves can be tested; undefined runs the
 * box.
 */
export const STAND_IN: string | undefined = process.env["ISTHMUS_STAND_IN"] || undefined;

/** True while the box's place is taken by a nats-server, which does not have what goes beyond it. */
export const HAS_STAND_IN = STAND_IN !== undefined;

export interface MemberPorts {
  readonly client: number;
  readonly monitor: number;
  readonly gateway: number;
  /** Where leaf nodes are accepted; absent in worlds without them. */
  readonly leaf?: number;
}

export class Member {
  readonly name: string;
  readonly kind: Kind;
  readonly ports: MemberPorts;
  #config: string;
  readonly #dir: string;
  #process: ServerProcess | undefined;

  constructor(name: string, kind: Kind, ports: MemberPorts, config: JsonObject, dir: string) {
    this.name = name;
    this.kind = kind;
    this.ports = ports;
    this.#dir = dir;
    this.#config = `${JSON.stringify(config, undefined, 2)}\n`;
  }

  get clientUrl(): string {
    return `nats://127.0.0.1:${this.ports.client}`;
  }

  get monitorUrl(): string {
    return `http://127.0.0.1:${this.ports.monitor}`;
  }

  /** The running process; an error if there is none. */
  get process(): ServerProcess {
    if (this.#process === undefined) throw new Error(`${this.name} was never started`);
    return this.#process;
  }

  /** What the newest process of this member printed. */
  get log(): string {
    return this.#process?.log ?? "";
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Another configuration in the same file; a running process is told to take it up. Answers what it
   *  says. */
  async reload(change: (config: JsonObject) => JsonObject): Promise<string> {
    this.#config = `${JSON.stringify(change(JSON.parse(this.#config) as JsonObject), undefined, 2)}\n`;
    await Bun.write(this.#file, this.#config);
    const from = this.log.length;
    this.process.signal("SIGHUP");
    await this.process.logged(/Reloaded|Not reloaded/, 10_000, from);
    return this.log.slice(from);
  }

  /** Another configuration, with which the process is started. */
  async reconfigured(change: (config: JsonObject) => JsonObject): Promise<void> {
    this.#config = `${JSON.stringify(change(JSON.parse(this.#config) as JsonObject), undefined, 2)}\n`;
    await this.start();
  }

  get #file(): string {
    return join(this.#dir, `${this.name}.${this.kind === "box" ? "yaml" : "conf"}`);
  }

  async start(): Promise<void> {
    const file = this.#file;
    await Bun.write(file, this.#config);
    this.#process = await ServerProcess.start({
      name: this.name,
      command: [...commandFor(this.kind), "-c", file],
      cwd: this.kind === "box" && !HAS_STAND_IN ? REPO_ROOT : this.#dir,
      ready: /Server is ready/,
    });
  }

  /** Ends the process the polite way; its ports stay its own. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** Ends the process without a goodbye. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }
}

/** Why nothing of this kind can run here; undefined if it can. */
export function whyAbsent(kind: Kind): string | undefined {
  if (kind !== "box") return whyMissing(kind);
  if (STAND_IN !== undefined)
    return existsSync(STAND_IN) ? undefined : `ISTHMUS_STAND_IN=${STAND_IN} is not there`;
  return undefined;
}

/** How a reader of the results is told what ran, such as "nats-server 2.15.2". */
export function describeKind(kind: Kind): string {
  if (kind !== "box") return `nats-server ${findNatsServer(kind)?.version ?? kind}`;
  return STAND_IN === undefined ? "box" : `stand-in ${versionOf(STAND_IN)}`;
}

function commandFor(kind: Kind): string[] {
  if (kind === "box") {
    return STAND_IN === undefined ? [process.execPath, join("src", "main.ts")] : [STAND_IN];
  }
  const found = findNatsServer(kind);
  if (found === undefined) throw new Error(whyMissing(kind));
  return [found.path];
}
