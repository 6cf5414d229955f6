// What somebody who logged in is: the account, what he may do, and in operator mode what his JWT says.

import type { Permission } from "./permission.ts";
import type { AllowedResponses } from "./rights.ts";
import type { UserLogin } from "./user-login.ts";

const MILLIS = 1_000;

/** What he may send and ask for; null: everything. */
export interface Login {
  readonly account: number;
  readonly user: string;
  readonly publish: Permission | null;
  readonly subscribe: Permission | null;
  /** What he may answer besides; absent: nothing. */
  readonly responses?: AllowedResponses;
  /** What holds for this connection; absent: nothing beyond what holds for all. */
  readonly limits?: ConnectionLimits;
  /** His account has as many connections of this kind as it may have. */
  readonly isFull?: boolean;
  /** Absent: he is a user of the configuration. */
  readonly identity?: Identity;
}

/** A login by a JWT. */
export interface Identity {
  readonly user: UserLogin;
  /** His JWT as he sent it. */
  readonly jwt: string;
}

/** Of one connection, in subscriptions and in bytes of a message; -1: no limit. */
export interface ConnectionLimits {
  readonly subs: number;
  readonly payload: number;
}

/** Of an account: how many connections it may have, how many leafs, and what each of them may; -1: no
 *  limit. */
export interface AccountBounds extends ConnectionLimits {
  readonly connections: number;
  readonly leafs: number;
}

export const NO_BOUNDS: AccountBounds = { connections: -1, leafs: -1, subs: -1, payload: -1 };

/** null: refused. "waits": his account is being fetched, and he is told when to ask again. */
export type LoginAnswer = Login | null | "waits";

/** When a connection ends, in milliseconds since 1970. */
export function expiryOf(identity: Identity | null): number {
  const seconds = identity?.user.expiresAt ?? 0;
  return seconds === 0 ? Number.POSITIVE_INFINITY : seconds * MILLIS;
}

/** What somebody is told whose account is full. */
export const ACCOUNT_FULL = "maximum account active connections exceeded";
