// The bench's handle on a load process: one question at a time, each with its answer.

import { join } from "node:path";
import type { LoadSpec } from "./frames.ts";
import type { Packed } from "./histogram.ts";
import { bound, stopChild, track } from "./process.ts";
import type { Tls } from "./raw-end.ts";

/** What one round sent and what arrived of it. */
export interface Round {
  readonly sent: number;
  readonly arrived: number;
  /** From the first message sent to the last arrived, in nanoseconds. */
  readonly nanos: number;
  /** Bytes on the wire, of all that was sent and of all that arrived. */
  readonly sentBytes: number;
  readonly arrivedBytes: number;
  /** S2 blocks that arrived, and what they are once decoded; 0 where nothing is compressed. */
  readonly blocks: number;
  readonly plainBytes: number;
  /** Of a paced round: how long after its planned time each message arrived and was sent, in nanoseconds. */
  readonly late?: { readonly arrived: Packed; readonly sent: Packed };
}

/** Where the system under test listens. */
export interface ListenPorts {
  readonly client: number;
  readonly gateway: number;
  /** Gateway listeners of further processes of the system, each with interest of its own. */
  readonly moreGateways?: readonly number[];
  /** Not needed where no leaf is in the load. */
  readonly leaf?: number;
}

export type Request =
  | { readonly ask: "listen"; readonly spec: LoadSpec; readonly tls: Tls | null }
  | { readonly ask: "connect"; readonly ports: ListenPorts }
  | { readonly ask: "verify" }
  | { readonly ask: "run"; readonly millis: number; readonly decode: boolean }
  | { readonly ask: "pace"; readonly rate: number; readonly millis: number }
  | { readonly ask: "end" };

export interface Reply {
  readonly port?: number;
  readonly round?: Round;
  readonly error?: string;
}

const GENERATOR = join(import.meta.dir, "generator.ts");

export class Load {
  readonly #child: Bun.Subprocess;
  #answer: (reply: Reply) => void = () => {};

  /** Starts the process on `cores`; its gateway does not listen before `listen`. */
  constructor(cores: string | null) {
    this.#child = Bun.spawn(bound([process.execPath, GENERATOR], cores), {
      // Away from the root, whose bunfig.toml has the collector run more often than a generator should.
      cwd: import.meta.dir,
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      ipc: (reply: Reply) => this.#answer(reply),
    });
    track(this.#child);
    void this.#child.exited.then((code) => this.#answer({ error: `the load process ended with ${code}` }));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Answers the port that the load's gateway listens on; `tls` is for the connections that `spec` names. */
  async listen(spec: LoadSpec, tls: Tls | null = null): Promise<number> {
    const { port } = await this.#ask({ ask: "listen", spec, tls });
    if (port === undefined) throw new Error("the load process told no port");
    return port;
  }

  async connect(ports: ListenPorts): Promise<void> {
    await this.#ask({ ask: "connect", ports });
  }

  /** Sends every subject and fails unless each byte arrived as it should. */
  async verify(): Promise<Round> {
    return roundOf(await this.#ask({ ask: "verify" }));
  }

  /** Sends for `millis` as fast as the system takes it. `decode` has the sink decode all S2 that comes, and
   *  so check it, instead of counting it by its length. */
  async run(millis: number, decode = false): Promise<Round> {
    return roundOf(await this.#ask({ ask: "run", millis, decode }));
  }

  /** Sends `rate` messages a second for `millis`, each at its planned time. */
  async pace(rate: number, millis: number): Promise<Round> {
    return roundOf(await this.#ask({ ask: "pace", rate, millis }));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) await this.#ask({ ask: "end" }).catch(() => {});
    await stopChild(this.#child);
  }

  async #ask(request: Request): Promise<Reply> {
    const reply = await new Promise<Reply>((resolve) => {
      this.#answer = resolve;
      this.#child.send(request);
    });
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  }
}

function roundOf(reply: Reply): Round {
  if (reply.round === undefined) throw new Error("the load process told no round");
  return reply.round;
}
