// Sums over all connections that ever were. Those that are over are kept up to a bound; beyond it a sum would
// be wrong, and a wrong figure is worse than none.

import type { Core } from "../core/core.ts";
import type { Session } from "../peer/session.ts";

/** Every connection that ever was, with its counters; null once some are forgotten. */
export function allSessions(core: Core): Session[] | null {
  if (core.totalConnections > core.sessions.size + core.closed.length) return null;
  return [...core.sessions.values(), ...core.closed.toArray().map(({ session }) => session)];
}
