// What ended lately for a cause: who was cut or sent away leaves no link behind that could be down. Told by
// /healthz, and of their kind by /gatewayz and /leafz with their history.

import type { Millis } from "../base/clock.ts";
import type { LogFields } from "../base/log.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Document } from "./document.ts";
import { timeText } from "./format.ts";
import type { MonitorSource } from "./source.ts";

/** How long it is told: as long as it takes somebody to look after an alert. */
const TOLD_MILLIS: Millis = 5 * 60_000;

/** Ends that are as they should be. */
const ORDINARY: ReadonlySet<CloseReason> = new Set([
  "Client Closed",
  "Server Shutdown",
  "Configuration Changed",
]);

interface Group {
  readonly kind: LogFields["kind"];
  readonly reason: CloseReason;
  count: number;
  /** Of the newest. */
  readonly last: string;
  readonly peer: string | undefined;
}

/** A document for each kind of connection and reason, the newest first. No `only`: all kinds. */
export function endedLately({ core }: MonitorSource, only?: LogFields["kind"]): Document[] {
  const from = core.world.clock.now() - TOLD_MILLIS;
  const groups = new Map<string, Group>();
  for (const { session, reason, at } of core.closed.toArray().reverse()) {
    if (at < from) break;
    if (ORDINARY.has(reason)) continue;
    const { kind, peer } = session.fields;
    if (only !== undefined && kind !== only) continue;
    const key = `${kind}\n${reason}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { kind, reason, count: 1, last: timeText(at), peer });
    else group.count++;
  }
  return [...groups.values()].map((group) => ({ ...group }));
}
