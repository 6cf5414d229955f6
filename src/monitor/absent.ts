// What nats-server shows of things that are not here: routes, JetStream, Raft, Go's queues and stacks. Tools
// that ask are told so in the shape that they read, as a nats-server without them answers.

import { type Document, head } from "./document.ts";
import type { Query } from "./query.ts";
import type { MonitorSource } from "./source.ts";

export function routez(source: MonitorSource): Document {
  const { server_id, now } = head(source);
  const { serverName } = source.core.options.client;
  return { server_id, server_name: serverName, now, num_routes: 0, routes: [] };
}

/** Parameters are read in nats-server's order, so that the same one of several is complained of. */
const JSZ_FLAGS = ["accounts", "streams", "consumers", "direct-consumers", "config"] as const;

/** As nats-server answers without JetStream, whatever is asked of it. */
export function jsz(source: MonitorSource, query: Query): Document {
  for (const name of JSZ_FLAGS) query.flag(name);
  for (const name of ["offset", "limit"]) query.int(name);
  for (const name of ["leader-only", "raft", "stream-leader-only"]) query.flag(name);
  return {
    memory: 0,
    storage: 0,
    reserved_memory: 0,
    reserved_storage: 0,
    accounts: 0,
    ha_assets: 0,
    api: { level: 0, total: 0, errors: 0 },
    ...head(source),
    disabled: true,
    config: { max_memory: 0, max_storage: 0 },
    streams: 0,
    consumers: 0,
    messages: 0,
    bytes: 0,
    total: 0,
  };
}

/** nats-server's words, with 404. */
export const NO_RAFT = "No Raft nodes registered";

/** Queues between Go routines: those that are empty are left out, and we have none. */
export function ipqueuesz(query: Query): Document {
  query.flag("all");
  return {};
}

/** One thread does everything, and at this moment it answers: there is no other stack to show. */
export const STACKS = "thread 1 [running]: answers this request\n";

/** Go's own variables as far as we have such: without arguments, since they may be secrets. */
export function debugVars(source: MonitorSource): Document {
  return { cmdline: [source.facts().productName], memstats: { Sys: source.process().memBytes } };
}
