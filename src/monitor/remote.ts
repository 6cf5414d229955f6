// A remote that we dial, cluster or hub, in words and times: what nats-server does not tell of it. Shown by
// /gatewayz, /leafz and /healthz.

import { NEVER } from "../base/clock.ts";
import { GatewayOutbound } from "../gateway/outbound.ts";
import type { Remote } from "../gateway/remotes.ts";
import type { LeafRemote, LeafRemoteState } from "../leaf/remotes.ts";
import type { DownReason } from "../peer/reason-of.ts";
import { type Document, omitEmpty } from "./document.ts";
import { timeText } from "./format.ts";

/** A connection counts only when the other end took us: until then nothing may come of it. */
export function remoteState(remote: Remote | LeafRemote): LeafRemoteState {
  if (remote.state !== "connected") return remote.state;
  const { session } = remote;
  const isTaken = session instanceof GatewayOutbound ? session.confirmed : session?.ready;
  return isTaken ? "connected" : "dialing";
}

/** Why it is not there, one of the words of docs/reasons.md. Nothing while it is. */
export function remoteReason(remote: Remote | LeafRemote): { reason?: DownReason } {
  return remoteState(remote) === "connected" ? {} : { reason: remote.reason };
}

/** `urls` are shown as they are: without credentials, please. */
export function remoteFields(remote: Remote | LeafRemote, urls: readonly string[]): Document {
  const { state, nextAt, lastClose } = remote;
  const waits = state === "waiting" && nextAt > 0 && nextAt < NEVER;
  return {
    state: remoteState(remote),
    reconnects: remote.reconnects,
    urls,
    ...remoteReason(remote),
    ...omitEmpty({ last_error: remote.lastError }),
    ...(lastClose === "" ? {} : { last_close: { reason: lastClose, at: timeText(remote.lastCloseAt) } }),
    ...(waits ? { next_attempt: timeText(nextAt) } : {}),
  };
}

/** Oldest first. */
export function remoteHistory(remote: Remote | LeafRemote): Document[] {
  return remote.history
    .toArray()
    .map(({ at, what, why }) => ({ at: timeText(at), event: what, ...omitEmpty({ reason: why }) }));
}
