// What the log says of connections that come and go. Of clients at debug level, as in nats-server, since
// there may be thousands a second.

import type { Log } from "../base/log.ts";
import type { ClientSession } from "../client/session.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Session } from "../peer/session.ts";

export function clientCreated(log: Log, { name, fields }: ClientSession): void {
  if (log.debugs) log.debug(`${name} - Client connection created`, fields);
}

/** `account` is "" for who never logged in. */
export function clientClosed(log: Log, session: ClientSession, account: string, reason: CloseReason): void {
  if (!log.debugs) return;
  const { name, fields } = session;
  const said = account === "" ? "" : ` - Account: "${account}"`;
  log.debug(`${name} - Client connection closed: ${reason}${said}`, { ...fields, account, reason });
}

/** What waited for it when it ended. */
export function bytesLost(log: Log, { name, lostBytes, fields }: Session, reason: CloseReason): void {
  log.warn(`${name} - ${lostBytes} bytes that waited for it are lost`, { ...fields, reason });
}
