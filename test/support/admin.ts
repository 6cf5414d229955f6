// A box as a process with an admin socket, for tests of what is asked over it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ServerProcess } from "./process.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

export interface Ports {
  readonly nats: readonly string[];
  readonly monitoring: readonly string[];
  readonly gateway: readonly string[];
  readonly leafnodes: readonly string[];
}

export class AdminBox {
  private constructor(
    readonly process: ServerProcess,
    readonly ports: Ports,
    readonly file: string,
    readonly socket: string,
  ) {}

  /** A box with these settings beside a client listener, monitoring and an admin socket, all in `dir`. */
  static async start(dir: string, settings: object = {}): Promise<AdminBox> {
    const file = join(dir, "box.yaml");
    const socket = join(dir, "admin.sock");
    const common = { listen: "127.0.0.1:-1", http: "127.0.0.1:-1", ports_file_dir: dir, admin: socket };
    await Bun.write(file, JSON.stringify({ ...common, ...settings }));
    const started = await ServerProcess.start({
      name: "box",
      command: [process.execPath, MAIN, "-c", file],
      cwd: dir,
      ready: /Server is ready/,
    });
    const ports = readFileSync(join(dir, `isthmus_${started.pid}.ports`), "utf8");
    return new AdminBox(started, JSON.parse(ports) as Ports, file, socket);
  }

  ask(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://box${path}`, { ...init, unix: this.socket });
  }

  /** The status and what is answered as JSON. */
  async json(path: string, init: RequestInit = {}): Promise<[number, unknown]> {
    const answer = await this.ask(path, init);
    return [answer.status, await answer.json()];
  }

  /** Another file in place of the one that was read. */
  async rewrite(change: (settings: Record<string, unknown>) => object): Promise<void> {
    await Bun.write(
      this.file,
      JSON.stringify(change((await Bun.file(this.file).json()) as Record<string, unknown>)),
    );
  }
}

/** What a command of the box's own program says and ends with. */
export async function isthmus(
  ...words: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([process.execPath, MAIN, ...words], {
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, out, err };
}
