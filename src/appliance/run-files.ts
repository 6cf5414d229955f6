// Files that tell others of a box that runs: its process id, and where it listens. They are gone when it is.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Staged } from "../base/staged.ts";
import type { BoundAddress, Configuration } from "../config/config.ts";
import type { MonitorPorts } from "../monitor/server.ts";
import type { Ports } from "./build.ts";

type Texts = ReadonlyMap<string, string>;

export class RunFiles {
  /** What there is, by path. */
  #written: Texts = new Map();

  /** Writes what this configuration wants; what it does not want goes when it is used. Throws what the
   *  system says, and then the files are as they were. */
  stage(configuration: Configuration, ports: Ports, monitor: MonitorPorts): Staged {
    const before = this.#written;
    const next = textsOf(configuration, ports, monitor);
    const drop = (): void => replace(next, before);
    try {
      for (const [file, text] of next) if (before.get(file) !== text) writeFileSync(file, text);
    } catch (error) {
      drop();
      throw error;
    }
    const use = (): void => {
      for (const file of before.keys()) if (!next.has(file)) rmSync(file, { force: true });
      this.#written = next;
    };
    return { use, drop };
  }

  remove(): void {
    for (const file of this.#written.keys()) rmSync(file, { force: true });
    this.#written = new Map();
  }
}

/** As far as it goes. */
function replace(gone: Texts, back: Texts): void {
  for (const [file, text] of gone) {
    const old = back.get(file);
    try {
      if (old === undefined) rmSync(file, { force: true });
      else if (old !== text) writeFileSync(file, old);
    } catch {
      // The reason why the reload failed is told, and matters more.
    }
  }
}

function textsOf(configuration: Configuration, ports: Ports, monitor: MonitorPorts): Texts {
  const { pidFile, portsFileDir } = configuration;
  const texts = new Map<string, string>();
  if (pidFile !== null) texts.set(pidFile, `${process.pid}\n`);
  if (portsFileDir !== null) {
    const document = JSON.stringify(portsDocument(configuration, ports, monitor));
    texts.set(join(portsFileDir, `isthmus_${process.pid}.ports`), document);
  }
  return texts;
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
