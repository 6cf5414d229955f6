// A server under test is a process of its own: started, watched by its log, stopped by its process id.

import { afterAll } from "bun:test";
import type { Subprocess } from "bun";
import { until, within } from "./wait.ts";

const STOP_MILLIS = 5_000;
const LOG_BYTES_MAX = 8 << 20;

/** What is left running, so that a file of tests can prove that it leaves nothing. */
const alive = new Set<ServerProcess>();

// A run that is broken off by hand has no last act, so the signal itself ends what was started.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => {
    for (const left of alive) left.killNow();
    process.exit(code);
  });
}

export interface Launch {
  /** How errors and logs call this process. */
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** The log line after which the process can be used. */
  readonly ready: RegExp;
  readonly readyWithinMillis?: number;
}

export class ServerProcess {
  readonly pid: number;
  readonly name: string;
  readonly #child: Subprocess<"ignore", "pipe", "pipe">;
  #log = "";

  private constructor(launch: Launch) {
    this.name = launch.name;
    this.#child = Bun.spawn([...launch.command], {
      cwd: launch.cwd,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.pid = this.#child.pid;
    alive.add(this);
    void this.#child.exited.then(() => alive.delete(this));
    void this.#follow(this.#child.stdout);
    void this.#follow(this.#child.stderr);
  }

  /**
   * Starts the process and waits for its ready line; a process that ends or stays silent is an error with
   * its log.
   */
  static async start(launch: Launch): Promise<ServerProcess> {
    const started = new ServerProcess(launch);
    try {
      await until(
        `${launch.name} is ready`,
        () => launch.ready.test(started.log) || !started.running,
        launch.readyWithinMillis ?? 15_000,
      );
      if (!started.running) throw new Error(`${launch.name} ended at start`);
    } catch (error) {
      await started.kill();
      throw new Error(`${(error as Error).message}\n--- log of ${launch.name}:\n${started.log}`);
    }
    return started;
  }

  /** Everything the process printed so far, standard output and error as they came; the oldest goes first. */
  get log(): string {
    return this.#log;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Waits for a log line after position `from` in the log. */
  async logged(pattern: RegExp, withinMillis = 10_000, from = 0): Promise<void> {
    const what = `${this.name} logs ${pattern}`;
    try {
      await until(what, () => pattern.test(this.#log.slice(from)), withinMillis);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n--- log of ${this.name}:\n${this.#log.slice(-4_000)}`);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** TERM, and KILL if that is not obeyed in time. Gives the exit code, or null after a signal. */
  async stop(): Promise<number | null> {
    if (this.running) this.#child.kill("SIGTERM");
    try {
      await within(`${this.name} stops`, this.#child.exited, STOP_MILLIS);
    } catch {
      await this.kill();
    }
    return this.#child.exitCode;
  }

  /** The end without a goodbye. */
  async kill(): Promise<void> {
    if (this.running) this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  /** KILL without waiting for the end. */
  killNow(): void {
    this.#child.kill("SIGKILL");
  }

  /** Freezes the process: its sockets stay open and nobody reads them. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  async #follow(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.#log = (this.#log + decoder.decode(chunk, { stream: true })).slice(-LOG_BYTES_MAX);
    }
  }
}

/**
 * To be called once at the top of a test file: its last act proves that no process is left, and ends those
 * that are.
 */
export function guardProcesses(): void {
  afterAll(async () => {
    const left = [...alive];
    for (const server of left) await server.kill();
    if (left.length > 0)
      throw new Error(`left running: ${left.map((p) => `${p.name} (${p.pid})`).join(", ")}`);
  });
}
