// What ended lately for a cause: /healthz tells it beside the links that are down, since who was cut or sent
// away leaves no link behind that could be down.

import type { Millis } from "../base/clock.ts";
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

/** A document for each kind of connection and reason, the newest last. */
export function endedLately({ core }: MonitorSource): Document[] {
  const from = core.world.clock.now() - TOLD_MILLIS;
  const groups = new Map<string, { count: number; last: Millis }>();
  for (const { session, reason, at } of core.closed.toArray()) {
    if (at < from || ORDINARY.has(reason)) continue;
    const key = `${session.fields.kind}\n${reason}`;
    groups.set(key, { count: (groups.get(key)?.count ?? 0) + 1, last: at });
  }
  const ordered = [...groups].sort(([, a], [, b]) => a.last - b.last);
  return ordered.map(([key, { count, last }]) => {
    const [kind, reason] = key.split("\n");
    return { kind, reason, count, last: timeText(last) };
  });
}
