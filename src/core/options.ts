// What a core is made of: plain options from the configuration, and the world that drives it.

import type { Clock, Millis } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import type { ClientOptions } from "../client/options.ts";
import type { TrafficOptions } from "../forward/traffic-options.ts";
import type { GatewayOptions } from "../gateway/options.ts";
import type { DialRequest } from "../gateway/remotes.ts";
import type { LeafOptions } from "../leaf/options.ts";
import type { LeafDialRequest } from "../leaf/remotes.ts";
import type { LeafSolicited } from "../leaf/solicited.ts";
import type { CloseReason } from "../peer/close.ts";
import type { Session } from "../peer/session.ts";
import type { AccountsOptions } from "./directory.ts";
import type { AccountDisk } from "./resolver.ts";

export interface CoreOptions {
  readonly accounts: AccountsOptions;
  /** What accounts import, and how they map subjects; absent: none does either. */
  readonly traffic?: readonly TrafficOptions[];
  readonly client: Omit<ClientOptions, "authRequired" | "asksSignatures" | "webSocket">;
  /** null: no gateway is configured. */
  readonly gateway: GatewayOptions | null;
  /** null: no leaf nodes. */
  readonly leaf: LeafOptions | null;
  readonly maxConnections: number;
  /** How long the transport may take nothing before a connection is cut. */
  readonly clientWriteDeadlineMillis: Millis;
  readonly gatewayWriteDeadlineMillis: Millis;
  readonly leafWriteDeadlineMillis: Millis;
  /** Cached answers; a power of two. */
  readonly cacheSlots: number;
  /** Simple messages go by the express lane, where the machine can run it. */
  readonly express?: boolean;
  /** Bytes kept for egress; see base/limits.ts. */
  readonly arenaBytes?: number;
}

/** What the process is told to do by messages. */
export interface Control {
  /** Reads the configuration file again and takes it up, whole or not at all; answers why not, or null. */
  reload(): Promise<string | null>;
  /** Begins lame duck mode. */
  lameDuck(): void;
}

/** What the core asks of the world. */
export interface CoreWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  dial(request: DialRequest): void;
  dialLeaf(request: LeafDialRequest<LeafSolicited>): void;
  passwordMatches(given: string, wanted: string): boolean;
  /** Brings the JWT of an account, to accountFetched. Absent: accounts are known from the start. */
  fetchAccount?(key: string): void;
  /** Absent: nothing that concerns the whole process can be asked for by messages. */
  readonly control?: Control;
  /** The directory of a resolver that has one. */
  readonly accountDisk?: AccountDisk;
}

/** A connection that is over, as monitoring shows it. */
export interface Closed {
  readonly session: Session;
  readonly reason: CloseReason;
  readonly at: Millis;
}
