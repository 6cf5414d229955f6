// /routez: there are no routes here, and tools that ask are told so in the shape that they read.

import { type Document, head } from "./document.ts";
import type { MonitorSource } from "./source.ts";

export function routez(source: MonitorSource): Document {
  const { server_id, now } = head(source);
  const { serverName } = source.core.options.client;
  return { server_id, server_name: serverName, now, num_routes: 0, routes: [] };
}
