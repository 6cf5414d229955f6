// At which addresses a box is monitored, by its configuration.

import { isDeepStrictEqual } from "node:util";
import type { Log } from "../base/log.ts";
import type { BoundAddress, Configuration } from "../config/config.ts";
import type { MonitorOptions, MonitorPorts } from "../monitor/server.ts";
import type { TlsContexts } from "./tls-contexts.ts";

export function monitorOptions({ monitor }: Configuration, { clients }: TlsContexts): MonitorOptions {
  if (monitor === null) return { clear: null, secure: null, basePath: "" };
  const { listen: clear, secureListen, basePath } = monitor;
  const context = clients.listen;
  const secure = secureListen === null || context === null ? null : { ...secureListen, context };
  return { clear, secure, basePath };
}

/** Of each address that was not there before. */
export function tellMonitor(
  log: Log,
  before: Configuration | null,
  { monitor: now }: Configuration,
  ports: MonitorPorts,
): void {
  const tell = (scheme: string, at: BoundAddress | null | undefined, port: number, known: unknown): void => {
    if (at == null || isDeepStrictEqual(at, known)) return;
    log.info(`Starting ${scheme} monitor on ${at.host}:${port}`);
  };
  tell("http", now?.listen, ports.clear, before?.monitor?.listen);
  tell("https", now?.secureListen, ports.secure, before?.monitor?.secureListen);
}
