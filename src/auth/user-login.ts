// A user of operator mode as he asks to come in, and as he is when he was let in.

import type { AccountClaims } from "./account-claims.ts";
import type { Permission } from "./permission.ts";
import { type AllowedResponses, type EffectivePermissions, effective } from "./rights.ts";

/** How somebody may come. Source: nats-server 2.15, convertAllowedConnectionTypes. */
export const CONNECTION_TYPES = [
  "STANDARD",
  "WEBSOCKET",
  "LEAFNODE",
  "LEAFNODE_WS",
  "MQTT",
  "MQTT_WS",
  "IN_PROCESS",
] as const;

export type ConnectionType = (typeof CONNECTION_TYPES)[number];

export interface LoginAttempt {
  /** What he was given to sign, and what he made of it; "" when he sent nothing. */
  readonly nonce: string;
  readonly signature: string;
  readonly connectionType: ConnectionType;
  readonly sourceIp: string;
  readonly nowSeconds: number;
}

export interface UserLogin {
  readonly userKey: string;
  readonly accountKey: string;
  readonly name: string;
  /** null: everything. */
  readonly publish: Permission | null;
  readonly subscribe: Permission | null;
  /** null: no answers beyond what may be published. */
  readonly allowResponses: AllowedResponses | null;
  /** When the connection ends, in seconds since 1970; 0: never. */
  readonly expiresAt: number;
  /** His own; -1: no limit. connectionLimits joins them with those of his account. */
  readonly limits: { readonly subs: number; readonly payload: number; readonly data: number };
  readonly tags: readonly string[];
  /** The key of the account that signed him. */
  readonly issuer: string;
  readonly issuedAt: number;
  readonly bearer: boolean;
  /** His permissions are the default ones of his account: they change with them. */
  readonly usesDefaults: boolean;
  /** What the scope of his signing key was, to see that it changed. */
  readonly scope: string;
}

/** A text that is equal as long as the scope of this key is. */
export function scopeMark(account: AccountClaims, key: string): string {
  return JSON.stringify(account.signingKeys.get(key) ?? null);
}

/** What holds for one connection: the smaller of the user's and the account's limits; -1: no limit. */
export function connectionLimits(
  { limits }: Pick<UserLogin, "limits">,
  account: AccountClaims,
): { readonly subs: number; readonly payload: number } {
  return {
    subs: smaller(limits.subs, account.limits.subs),
    payload: smaller(limits.payload, account.limits.payload),
  };
}

const smaller = (a: number, b: number): number => (a < 0 ? b : b < 0 ? a : Math.min(a, b));

/** What users of an account may do who bring nothing of their own. */
export function defaultPermissions(account: AccountClaims): EffectivePermissions {
  const permissions = effective(account.defaultPermissions);
  return permissions ?? { publish: null, subscribe: null, allowResponses: null };
}
