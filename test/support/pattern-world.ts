// One pattern of docs/patterns, running: every file of its folder as a process, on ports of its own.

import { join } from "node:path";
import type { NatsConnection } from "@nats-io/transport-node";
import { gatewaysLinked } from "./gatewayz.ts";
import { leafsLinked } from "./leafz.ts";
import { LinkTap } from "./link-tap.ts";
import { type Kind, Member, type MemberPorts } from "./member.ts";
import { unique } from "./messages.ts";
import { findNatsServer, REPO_ROOT, whyMissing } from "./nats-server.ts";
import {
  type Pattern,
  type PatternFile,
  PORT_OF,
  portsIn,
  readPattern,
  topPort,
  type Variables,
  withPorts,
} from "./pattern-files.ts";
import { freePort } from "./ports.ts";
import { ServerProcess } from "./process.ts";
import { until } from "./wait.ts";
import { ServerWorld } from "./world.ts";

/** How the parts of a pattern hang together, by the names of its files. */
export interface Links {
  /** Who dials, whom (one of these is enough), and in which account of the dialer if not $G. */
  readonly leafs?: readonly (readonly [from: string, to: readonly string[], account?: string])[];
  /** Pairs that dial each other. */
  readonly gateways?: readonly (readonly [string, string])[];
  /** The server whose leafs come through a tap. */
  readonly tapped?: string;
  /** What a file says instead, to show what a part of it is for. */
  readonly edit?: (file: PatternFile) => string;
}

/** How a file of one of these kinds is started, up to the file. */
export function commandOf(kind: Kind): string[] {
  if (kind === "box") return [process.execPath, join(REPO_ROOT, "src", "main.ts")];
  const found = findNatsServer(kind);
  if (found === undefined) throw new Error(whyMissing(kind));
  return [found.path];
}

/** A member whose configuration is a text that somebody else wrote. */
class PatternMember extends Member {
  readonly #text: string;
  readonly #variables: Variables;
  readonly #file: string;
  #running: ServerProcess | undefined;

  constructor(name: string, kind: Kind, ports: MemberPorts, text: string, variables: Variables, dir: string) {
    super(name, kind, ports, {}, dir);
    this.#text = text;
    this.#variables = variables;
    this.#file = join(dir, `${name}.${kind === "box" ? "yaml" : "conf"}`);
  }

  override get process(): ServerProcess {
    if (this.#running === undefined) throw new Error(`${this.name} was never started`);
    return this.#running;
  }

  override get log(): string {
    return this.#running?.log ?? "";
  }

  override get running(): boolean {
    return this.#running?.running ?? false;
  }

  override async start(): Promise<void> {
    await Bun.write(this.#file, this.#text);
    const variables = Object.entries(this.#variables).map(([name, value]) => `${name}=${value}`);
    this.#running = await ServerProcess.start({
      name: this.name,
      command: ["env", ...variables, ...commandOf(this.kind), "-c", this.#file],
      cwd: REPO_ROOT,
      ready: /Server is ready/,
    });
  }

  override async stop(): Promise<void> {
    await this.#running?.stop();
  }

  override async kill(): Promise<void> {
    await this.#running?.kill();
  }
}

export class PatternWorld extends ServerWorld {
  readonly #pattern: Pattern;
  readonly #links: Links;
  readonly #free = new Map<number, number>();
  readonly #variables: Variables;

  /** Starts everything and waits until all links are up. */
  static async up(name: string, links: Links): Promise<PatternWorld> {
    const world = new PatternWorld(readPattern(name), links);
    try {
      for (const members of world.#startOrder()) await world.startAll(members);
      await world.linked();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  private constructor(pattern: Pattern, links: Links) {
    super();
    this.#pattern = pattern;
    this.#links = links;
    const texts = [...pattern.files.map(({ text }) => text), ...Object.values(pattern.variables)];
    for (const port of texts.flatMap(portsIn)) this.#free.set(port, freePort());
    const tap = this.#tapOf(links.tapped);
    const door = (port: number) => (tap?.before === port ? tap.tap.port : this.#port(port));
    this.#variables = Object.fromEntries(
      Object.entries(pattern.variables).map(([key, value]) => [key, withPorts(value, door)]),
    );
    for (const file of pattern.files) {
      const { name, kind } = file;
      const text = links.edit?.(file) ?? file.text;
      const own = withPorts(text, (port) => (name === links.tapped ? this.#port(port) : door(port)));
      const member = new PatternMember(name, kind, this.#portsOf(text), own, this.#variables, this.dir);
      this.grown.set(name, { members: [member], taps: name === links.tapped ? [tap!.tap] : [] });
    }
  }

  /** Waits until every link between servers that run is up, as both ends say. */
  async linked(): Promise<void> {
    for (const [from, to, account = "$G"] of this.#links.leafs ?? []) {
      const acceptors = to.flatMap((name) => this.members(name));
      if (!acceptors.some(({ running }) => running)) continue;
      await leafsLinked({ solicitors: this.members(from), acceptors, links: 1, account });
    }
    for (const [one, other] of this.#links.gateways ?? []) {
      if (!this.member(one).running || !this.member(other).running) continue;
      await gatewaysLinked(one, this.members(one), other, this.members(other));
      await gatewaysLinked(other, this.members(other), one, this.members(one));
    }
  }

  /** A variable of defaults.env, such as a password. */
  variable(name: string): string {
    const value = this.#variables[name];
    if (value === undefined) throw new Error(`${this.#pattern.name} has no ${name}`);
    return value;
  }

  #port(port: number): number {
    return this.#free.get(port)!;
  }

  #tapOf(name: string | undefined): { readonly before: number; readonly tap: LinkTap } | undefined {
    const file = this.#pattern.files.find((one) => one.name === name);
    if (file === undefined) return undefined;
    const before = PORT_OF.leaf * 100 + (topPort(file.text, "listen") % 100);
    return { before, tap: new LinkTap(this.#port(before)) };
  }

  #portsOf(text: string): MemberPorts {
    const number = topPort(text, "listen") % 100;
    const of = (kind: keyof typeof PORT_OF) => this.#free.get(PORT_OF[kind] * 100 + number) ?? 0;
    return { client: of("client"), monitor: of("monitor"), gateway: of("gateway"), leaf: of("leaf") };
  }

  /** Who is dialed over a leaf link before who dials, since a dial in vain costs a second. */
  #startOrder(): Member[][] {
    const depth = (name: string): number => {
      const hubs = (this.#links.leafs ?? []).filter(([from]) => from === name).flatMap(([, to]) => to);
      return hubs.length === 0 ? 0 : 1 + Math.max(...hubs.map(depth));
    };
    const depths = new Map(this.#pattern.files.map(({ name }) => [name, depth(name)]));
    const rounds = Array.from({ length: Math.max(...depths.values()) + 1 }, (): Member[] => []);
    for (const [name, round] of depths) rounds[round]!.push(this.member(name));
    return rounds;
  }
}

/**
 * Waits until what `from` publishes below `stem` reaches `by`: as `heard`, for links that let only some
 * subjects pass. Everything that `from` published before has then arrived or never will.
 */
export async function reaches(from: NatsConnection, by: NatsConnection, stem: string): Promise<void> {
  const subject = unique(`${stem}.probe`);
  let arrived = false;
  const subscription = by.subscribe(subject, {
    callback: () => {
      arrived = true;
    },
  });
  await by.flush();
  await until(`${by.getServer()} hears ${stem} of ${from.getServer()}`, async () => {
    from.publish(subject);
    await from.flush();
    if (!arrived) await Bun.sleep(5);
    return arrived;
  });
  subscription.unsubscribe();
}
