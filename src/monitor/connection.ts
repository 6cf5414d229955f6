// One connection as /connz, /gatewayz and /leafz show it. Source: monitoring.md, gateway.md §9.1.

import type { Millis } from "../base/clock.ts";
import { ClientSession } from "../client/session.ts";
import { Count } from "../peer/counters.ts";
import { Kind } from "../peer/kind.ts";
import type { Session } from "../peer/session.ts";
import type { Document } from "./document.ts";
import { rttText, timeText, uptimeText } from "./format.ts";
import type { MonitorSource } from "./source.ts";

/** `now` is the moment of its end for a connection that is over. */
export function connectionFields(session: Session, subscriptions: number, now: Millis): Document {
  const { counters, remote } = session;
  return {
    cid: session.id,
    ...kindFields(session),
    ip: remote.ip,
    port: remote.port,
    start: timeText(session.startedAt),
    last_activity: timeText(session.lastActivity),
    rtt: rttText(session.heartbeat.rttMillis),
    uptime: uptimeText(now - session.startedAt),
    idle: uptimeText(now - session.lastActivity),
    pending_bytes: session.egress.pendingBytes,
    in_msgs: counters[Count.InMessages],
    out_msgs: counters[Count.OutMessages],
    in_bytes: counters[Count.InBytes],
    out_bytes: counters[Count.OutBytes],
    subscriptions,
  };
}

function kindFields(session: Session): Document {
  if (session instanceof ClientSession) {
    return { kind: "Client", type: session.webSocket ? "websocket" : "nats" };
  }
  return { kind: session.kind === Kind.Leaf ? "Leafnode" : "Gateway" };
}

/** Nothing in clear, and where the transport does not tell. `auth`: who the peer is said to be, as well. */
export function tlsFields(source: MonitorSource, session: Session, auth = false): Document {
  const tls = source.tls(session);
  if (tls === null) return {};
  const { peer } = tls;
  const shown = auth && peer !== undefined;
  return {
    tls_version: tls.version,
    tls_cipher_suite: tls.cipherSuite,
    ...(shown
      ? {
          tls_peer_certs: [{ subject: peer.subject, spki_sha256: peer.keyDigest, cert_sha256: peer.digest }],
        }
      : {}),
    ...(tls.first ? { tls_first: true } : {}),
  };
}

/** For a remote that is down: tools read the fields of `connection` without asking whether it is there. */
export function noConnection(): Document {
  return {
    cid: 0,
    kind: "Gateway",
    ip: "",
    port: 0,
    start: timeText(0),
    last_activity: timeText(0),
    rtt: "0s",
    uptime: "0s",
    idle: "0s",
    pending_bytes: 0,
    in_msgs: 0,
    out_msgs: 0,
    in_bytes: 0,
    out_bytes: 0,
    subscriptions: 0,
  };
}

/** What waits to leave, and for how long its oldest byte has. */
export function pendingFields({ egress, waiting }: Session, now: Millis): Document {
  const { pendingBytes } = egress;
  return { pending_bytes: pendingBytes, pending_age_ms: Math.round(waiting.millis(egress, now)) };
}
