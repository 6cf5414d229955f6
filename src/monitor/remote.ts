// A remote cluster in words and times: what nats-server does not tell of it. Shown by /gatewayz and /healthz.

import { NEVER } from "../base/clock.ts";
import type { Core } from "../core/core.ts";
import { urlKey } from "../gateway/options.ts";
import type { Remote, RemoteState } from "../gateway/remotes.ts";
import { type Document, omitEmpty } from "./document.ts";
import { timeText } from "./format.ts";

/** A connection counts only when its handshake is done: until then nothing can be sent. */
export function remoteState(remote: Remote): RemoteState {
  if (remote.state !== "connected") return remote.state;
  return remote.session?.ready ? "connected" : "dialing";
}

export function remoteFields(core: Core, remote: Remote): Document {
  const { state, nextAt, lastClose } = remote;
  const waits = state === "waiting" && nextAt > 0 && nextAt < NEVER;
  return {
    state: remoteState(remote),
    reconnects: remote.reconnects,
    urls: core.remotes!.urlsOf(remote).map(urlKey),
    ...omitEmpty({ last_error: remote.lastError }),
    ...(lastClose === "" ? {} : { last_close: { reason: lastClose, at: timeText(remote.lastCloseAt) } }),
    ...(waits ? { next_attempt: timeText(nextAt) } : {}),
  };
}

/** Oldest first. */
export function remoteHistory(remote: Remote): Document[] {
  return remote.history
    .toArray()
    .map(({ at, what, why }) => ({ at: timeText(at), event: what, ...omitEmpty({ reason: why }) }));
}
