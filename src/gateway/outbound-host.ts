// What a dialled gateway asks of the appliance.

import type { Arena } from "../base/arena.ts";
import type { Millis } from "../base/clock.ts";
import type { NameTable } from "../base/intern.ts";
import type { Generations } from "../interest/generation.ts";
import type { InterestStore } from "../interest/store.ts";
import type { CloseReason } from "../peer/close.ts";
import type { InterestPort } from "../peer/ports.ts";
import type { GatewayInfo } from "../wire/documents.ts";
import type { Frame } from "../wire/frame.ts";
import type { GatewayOutbound } from "./outbound.ts";

export interface OutboundHost {
  readonly accounts: NameTable;
  readonly queues: NameTable;
  readonly store: InterestStore;
  readonly interest: InterestPort;
  readonly generations: Generations;
  readonly frame: Frame;
  readonly arena: Arena;
  readonly seed: number;
  isOwnServerName(name: string): boolean;
  accountsWithLeafs(): Iterable<number>;
  /** Its name, which is the same in all regions. */
  readonly systemAccount: string;
  /** The handshake is done; false when we have a connection to this cluster already. */
  outboundReady(session: GatewayOutbound, info: GatewayInfo, now: Millis): boolean;
  /** The remote took us, which the session is to be marked with. */
  outboundConfirmed(session: GatewayOutbound, now: Millis): void;
  /** The remote told of a third cluster, or (with its own name) of its own URLs. */
  urlsHeard(session: GatewayOutbound, gateway: string, urls: readonly string[], now: Millis): void;
  /** A round trip was measured. */
  distanceMeasured(session: GatewayOutbound): void;
  outboundEnded(session: GatewayOutbound, reason: CloseReason, now: Millis): void;
}
