// /livez and /readyz: for whoever restarts a process that hangs, and for whoever sends it clients.

import type { Health } from "./healthz.ts";
import type { MonitorSource } from "./source.ts";

/** That there is an answer is the answer. */
export function livez(): Health {
  return { status: 200, document: { status: "ok" } };
}

/** 503 with the reason until all listeners accept, and when they do no more. */
export function readyz(source: MonitorSource): Health {
  const error = source.notReady();
  if (error === null) return { status: 200, document: { status: "ok" } };
  return { status: 503, document: { status: "unavailable", error } };
}
