// Files that tell others of a box that runs: its process id, and where it listens. They are gone when it is.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BoundAddress, Configuration } from "../config/config.ts";
import type { Ports } from "./build.ts";

/** The ports that monitoring really has; 0 where it does not listen. */
export interface MonitorPorts {
  readonly clear: number;
  readonly secure: number;
}

export class RunFiles {
  readonly #written: string[] = [];

  /** Throws what the system says. `configuration` has the ports that listeners really have. */
  write(configuration: Configuration, ports: Ports, monitor: MonitorPorts): void {
    const { pidFile, portsFileDir } = configuration;
    if (pidFile !== null) this.#put(pidFile, `${process.pid}\n`);
    if (portsFileDir === null) return;
    const document = JSON.stringify(portsDocument(configuration, ports, monitor));
    this.#put(join(portsFileDir, `isthmus_${process.pid}.ports`), document);
  }

  remove(): void {
    for (const file of this.#written.splice(0)) rmSync(file, { force: true });
  }

  #put(file: string, text: string): void {
    writeFileSync(file, text);
    this.#written.push(file);
  }
}

/** nats-server's keys, and two of ours. Source: nats-server 2.15, Ports in server.go. */
function portsDocument(
  { client, gateway, leaf, webSocket, monitor: monitoring }: Configuration,
  ports: Ports,
  monitor: MonitorPorts,
): object {
  const url = (scheme: string, at: BoundAddress | null | undefined, port: number): string[] => {
    if (at == null || port === 0) return [];
    return [`${scheme}://${at.host.includes(":") ? `[${at.host}]` : at.host}:${port}`];
  };
  const lists = {
    nats: url(client.tls === null ? "nats" : "tls", client.listen, ports.client),
    monitoring: [
      ...url("http", monitoring?.listen, monitor.clear),
      ...url("https", monitoring?.secureListen, monitor.secure),
    ],
    websocket: url(webSocket?.tls == null ? "ws" : "wss", webSocket?.listen, ports.webSocket),
    gateway: url(gateway?.tls == null ? "nats" : "tls", gateway?.listen, ports.gateway),
    leafnodes: url(leaf?.listener?.tls == null ? "nats" : "tls", leaf?.listener?.listen, ports.leaf),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, urls]) => urls.length > 0));
}
