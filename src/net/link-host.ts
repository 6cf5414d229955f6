// What listeners and dialers ask of the driver, and what all Bun sockets have in common.

import type { Socket } from "bun";
import type { Clock } from "../base/clock.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Address, Session } from "../peer/session.ts";
import type { ConnectionGates } from "./connection-gates.ts";
import type { DirectRead } from "./direct-read.ts";
import type { DrivenCore } from "./driven-core.ts";
import type { Link } from "./link.ts";

export interface LinkHost {
  readonly clock: Clock;
  readonly core: DrivenCore;
  readonly gates: ConnectionGates;
  /** The link has its session: what that puts out is flushed from now on. */
  bind(link: Link, session: Session): void;
  /** The transport of a link closed, or broke. */
  gone(link: Link, reason: CloseReason): void;
  /** Something came in over the link. */
  cameIn(link: Link): void;
  /** What comes in causes something to go out, when all ready sockets are read. */
  planTurn(): void;
  /** What is a good piece for a socket leaves at once, while it is near the processor. */
  relieve(): void;
  /** null: Bun reads everything. */
  readonly direct: DirectRead | null;
  turn(): void;
}

/** Handlers for Bun.listen, Bun.connect and upgradeTLS; each socket has its Link as data. */
export function socketHandlers(host: LinkHost, beforeSession: () => void = () => {}) {
  const gone = (link: Link, reason: CloseReason): void => {
    host.gone(link, reason);
    if (link.session === null) beforeSession();
  };
  const relieve = (): void => host.relieve();
  return {
    binaryType: "uint8array" as const,
    data: (socket: Socket<Link>, chunk: Uint8Array) => {
      const link = socket.data;
      link.data(chunk);
      host.relieve();
      host.direct?.after(chunk.length, link, relieve);
      host.cameIn(link);
    },
    drain: (socket: Socket<Link>) => {
      socket.data.flush();
      host.planTurn();
    },
    close: (socket: Socket<Link>) => gone(socket.data, "Client Closed"),
    error: (socket: Socket<Link>) => gone(socket.data, "Read Error"),
  };
}

export function addressOf(socket: Socket<Link>): Address {
  return { ip: plainIp(socket.remoteAddress), port: socket.remotePort };
}

/** IPv4 without the clothes that it wears on a socket for both versions. */
export function plainIp(ip: string): string {
  return ip.startsWith("::ffff:") ? ip.slice(7) : ip;
}
