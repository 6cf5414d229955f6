// Figures that the exporter and the surveyor both show, each under its own names.

import type { Millis } from "../base/clock.ts";
import { Count } from "../peer/counters.ts";
import type { Session } from "../peer/session.ts";
import { accstatz } from "./accstatz.ts";
import { CROSSINGS_SHOWN_MAX } from "./metrics-accounts.ts";
import type { MonitorSource } from "./source.ts";

/** A gateway connection; null for a remote that is down. */
export function gatewayFigures(
  session: Session | null,
  configured: boolean,
  now: Millis,
): Readonly<Record<string, number>> {
  const start = session?.startedAt ?? now;
  const last = session?.lastActivity ?? now;
  return {
    configured: configured ? 1 : 0,
    conn_start_time_seconds: session === null ? 0 : Math.floor(start / 1_000),
    conn_last_activity_seconds: session === null ? 0 : Math.floor(last / 1_000),
    conn_uptime_seconds: Math.floor((now - start) / 1_000),
    conn_idle_seconds: Math.floor((now - last) / 1_000),
    conn_rtt: (session?.heartbeat.rttMillis ?? 0) / 1_000,
    conn_pending_bytes: session?.egress.pendingBytes ?? 0,
    conn_in_msgs: session?.counters[Count.InMessages] ?? 0,
    conn_out_msgs: session?.counters[Count.OutMessages] ?? 0,
    conn_in_bytes: session?.counters[Count.InBytes] ?? 0,
    conn_out_bytes: session?.counters[Count.OutBytes] ?? 0,
    conn_subscriptions: session === null ? 0 : rowsOf(session),
  };
}

/** Interest of a remote cluster, of a connection that hears it. */
function rowsOf(session: Session): number {
  if (!("accounts" in session)) return 0;
  let rows = 0;
  for (const state of (session.accounts as ReadonlyMap<number, object>).values()) {
    if ("plainRows" in state && "queueRows" in state)
      rows += Number(state.plainRows) + Number(state.queueRows);
  }
  return rows;
}

interface Flow {
  readonly msgs: number;
  readonly bytes: number;
}

interface AccountFlow extends Flow {
  readonly gateways: Flow;
  readonly leafs: Flow;
}

/** As /accstatz shows it: traffic is absent once ended connections are forgotten. */
export interface AccountStat {
  readonly acc: string;
  readonly name: string;
  readonly conns: number;
  readonly leafnodes: number;
  readonly total_conns: number;
  readonly num_subscriptions: number;
  readonly sent?: AccountFlow;
  readonly received?: AccountFlow;
  readonly slow_consumers?: number;
}

/** Of our accounts, as many as get series. */
export function accountStats(source: MonitorSource): readonly AccountStat[] {
  const { account_statz } = accstatz(source, { unused: true }) as { account_statz: readonly AccountStat[] };
  return account_statz.slice(0, CROSSINGS_SHOWN_MAX);
}
