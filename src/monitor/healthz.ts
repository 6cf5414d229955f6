// /healthz: can this box be connected to? A remote cluster or a hub that is down is told, but no reason to
// restart us.

import { type Document, omitEmpty } from "./document.ts";
import { endedLately } from "./ended-lately.ts";
import type { Query } from "./query.ts";
import { remoteReason, remoteState } from "./remote.ts";
import type { MonitorSource } from "./source.ts";

export interface HealthzOptions {
  readonly details: boolean;
}

export interface Health {
  readonly status: number;
  readonly document: Document;
}

/** Read, so that a bad value is refused as everywhere; without JetStream they mean nothing else here. */
const JETSTREAM_FLAGS = ["js-enabled", "js-enabled-only", "js-server-only", "js-meta-only"];

export function healthzOptions(query: Query): HealthzOptions {
  for (const name of JETSTREAM_FLAGS) query.flag(name);
  return { details: query.flag("details") };
}

export function healthz(source: MonitorSource, { details }: HealthzOptions): Health {
  const error = source.notReady();
  if (error === null) {
    return { status: 200, document: { status: "ok", ...(details ? detailsOf(source) : {}) } };
  }
  // As nats-server 2.15 answers while it is a lame duck.
  const why = details ? { errors: [{ type: "CONNECTION", error }] } : { error };
  return { status: 500, document: { status: "error", ...why } };
}

/** Which links are down, and what ended lately for a cause. */
function detailsOf(source: MonitorSource): Document {
  const down = [...gatewaysDown(source), ...hubsDown(source)];
  return omitEmpty({ details: down, ended_lately: endedLately(source) });
}

function gatewaysDown({ core }: MonitorSource): Document[] {
  const down: Document[] = [];
  for (const remote of core.remotes?.all.values() ?? []) {
    const state = remoteState(remote);
    if (!remote.explicit || state === "connected") continue;
    const why = { ...remoteReason(remote), error: remote.lastError };
    down.push(omitEmpty({ type: "GATEWAY", gateway: remote.name, state, ...why }));
  }
  return down;
}

/** Without those that nobody wants to be up. */
function hubsDown({ core }: MonitorSource): Document[] {
  const down: Document[] = [];
  for (const remote of core.leafs?.remotes.all ?? []) {
    const state = remoteState(remote);
    if (state === "connected" || state === "disabled") continue;
    const { account } = remote.options;
    const why = { ...remoteReason(remote), error: remote.lastError };
    down.push(omitEmpty({ type: "LEAFNODE", leafnode: remote.name, account, state, ...why }));
  }
  return down;
}
