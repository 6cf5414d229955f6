// TLS on a socket that is open already, as server and as client. Bun hands out a second socket for what is
// inside, and goes on calling the handlers of the first one with ciphertext, which no session may hear.

import type { Socket, TLSOptions, TLSUpgradeOptions } from "bun";
import type { Millis } from "../base/clock.ts";
import { Link } from "./link.ts";
import { type LinkHost, socketHandlers } from "./link-host.ts";

/** How one handshake is done, and who hears of its end: done or failed, once. */
export interface TlsUpgrade {
  readonly isServer: boolean;
  readonly tls: TLSOptions;
  readonly timeoutMillis: Millis;
  /** Why the peer is not taken; null when it is. */
  refusal(socket: Socket<Link>, success: boolean, error: Error | null): string | null;
  done(secure: Socket<Link>): void;
  failed(why: string): void;
  /** The peer sent something. */
  heard?(): void;
}

/** What the handlers of the outer socket are left with: they see ciphertext, and drop it. */
class MutedLink extends Link {
  heard: (() => void) | undefined;

  override data(): void {
    this.heard?.();
  }
}

/** The outer socket, on which text can still be written in clear, and the inner one. Undefined when there can
 *  be no TLS on this socket, after failed was called. */
export function startTls(
  host: LinkHost,
  socket: Socket<Link>,
  upgrade: TlsUpgrade,
): { raw: Socket<Link>; secure: Socket<Link> } | undefined {
  let answered = false;
  const answer = (why: string | null, secure?: Socket<Link>): void => {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    if (secure !== undefined && why === null) upgrade.done(secure);
    else upgrade.failed(why ?? "handshake failed");
    host.planTurn();
  };
  const timer = setTimeout(() => answer("i/o timeout"), upgrade.timeoutMillis);
  const handlers = socketHandlers(host);
  const options: TLSUpgradeOptions<Link> & { isServer: boolean } = {
    isServer: upgrade.isServer,
    data: socket.data,
    tls: upgrade.tls,
    socket: {
      ...handlers,
      handshake: (secure, success, error) => answer(upgrade.refusal(secure, success, error), secure),
      close: (secure) => {
        answer("connection closed during the handshake");
        handlers.close(secure);
      },
      error: (secure, error) => {
        answer(error.message);
        handlers.error(secure);
      },
    },
  };
  const link = socket.data;
  // Not in the types: what is inside TLS already cannot be upgraded again.
  const sockets: readonly [Socket<Link>, Socket<Link>] | undefined = socket.upgradeTLS<Link>(options);
  if (sockets === undefined) {
    answer("TLS inside TLS is not possible");
    return undefined;
  }
  const [raw, secure] = sockets;
  const muted = new MutedLink(host.clock, raw);
  muted.heard = upgrade.heard;
  raw.data = muted;
  link.transport = secure;
  return { raw, secure };
}
