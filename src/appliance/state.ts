// What the box is doing, for whoever has to find out why it does not do what it should: QUIT prints it, and
// it is part of a bug report.

import type { Core } from "../core/core.ts";
import type { Session } from "../peer/session.ts";
import type { Appliance } from "./appliance.ts";

/** The connections with most bytes that wait; there may be many thousands. */
const SESSIONS_MAX = 50;
const ACCOUNTS_MAX = 100;

/** Plain values, ready for JSON. Names no secret. */
export function stateOf(appliance: Appliance): object {
  const { core } = appliance;
  return {
    stack: new Error("where it is").stack
      ?.split("\n")
      .slice(1)
      .map((line) => line.trim()),
    uptime_seconds: process.uptime(),
    memory: process.memoryUsage(),
    resources: process.resourceUsage(),
    lame_duck: appliance.isLame,
    ...(core === null ? { core: null } : coreState(core)),
  };
}

function coreState(core: Core): object {
  const sessions = [...core.sessions.values()];
  const waiting = sessions.toSorted((a, b) => b.egress.pendingBytes - a.egress.pendingBytes);
  return {
    connections: sessions.length,
    clients: core.clients.size,
    inbound_gateways: core.inbounds.size,
    outbound_gateways: core.outbounds.length,
    leafs: core.leafs?.all.size ?? 0,
    dirty_egress: core.dirties.list.length,
    reaper_idle: core.reaper.isIdle,
    lost_bytes: core.lostBytes,
    interest: {
      rows: core.store.rows(),
      accounts: core.directory.own.size,
      topology_generation: core.generations.topology,
      account_generations: generationsOf(core),
      cache_slots: core.options.cacheSlots,
      cached_answers: core.forwarder.cache.count,
      mapped_replies_lost: core.forwarder.counts.mappedLost,
    },
    sessions: waiting.slice(0, SESSIONS_MAX).map((session) => sessionState(session, core.now())),
  };
}

/** Those accounts whose answers went stale most often: a cache that does not help is seen here. */
function generationsOf({ accounts, directory, generations }: Core): object {
  const all = [...directory.own].map((account) => [accounts.text(account), generations.of(account)] as const);
  return Object.fromEntries(all.sort(([, a], [, b]) => b - a).slice(0, ACCOUNTS_MAX));
}

function sessionState(session: Session, now: number): object {
  const { name, closing, egress, blockedSince, lastActivity, lastError } = session;
  return {
    name,
    closing,
    pending_bytes: egress.pendingBytes,
    blocked_millis: Number.isFinite(blockedSince) ? now - blockedSince : 0,
    idle_millis: now - lastActivity,
    last_error: lastError,
  };
}
