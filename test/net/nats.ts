// A nats-server with one leaf listener or one remote, for tests of the sockets between it and us.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { JsonObject } from "../support/member.ts";
import { findNatsServer, whyMissing } from "../support/nats-server.ts";
import { freePort } from "../support/ports.ts";
import { ServerProcess } from "../support/process.ts";

/** Why these tests cannot run; undefined if they can. */
export const whyNoNats = (): string | undefined => whyMissing("2.15");

export class NatsServer {
  readonly dir = mkdtempSync(join(tmpdir(), "isthmus-net-"));
  readonly port = freePort();
  #process: ServerProcess | undefined;
  readonly #clients: NatsConnection[] = [];

  static async start(config: JsonObject): Promise<NatsServer> {
    const server = new NatsServer();
    const file = join(server.dir, "nats.conf");
    const listen = `127.0.0.1:${server.port}`;
    await Bun.write(file, JSON.stringify({ server_name: "NATS", listen, ...config }));
    server.#process = await ServerProcess.start({
      name: "nats-server",
      command: [findNatsServer("2.15")!.path, "-c", file],
      cwd: server.dir,
      ready: /Server is ready/,
    });
    return server;
  }

  get process(): ServerProcess {
    return this.#process!;
  }

  async client(): Promise<NatsConnection> {
    const client = await connect({ servers: `127.0.0.1:${this.port}` });
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.#process?.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A tls block without what only listeners take. */
export function asRemote(tls: JsonObject, more: JsonObject = {}): JsonObject {
  return { cert_file: tls["cert_file"]!, key_file: tls["key_file"]!, ca_file: tls["ca_file"]!, ...more };
}
