// Operators, accounts and users made by the NATS project's own libraries.

import { encodeAccount, encodeOperator, encodeUser } from "@nats-io/jwt";
import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";
import type { AccountClaims } from "../../src/auth/claims.ts";
import { signNonce } from "../../src/auth/nkey.ts";
import type { Refusal } from "../../src/auth/refusal.ts";
import { operatorOf, Trust } from "../../src/auth/trust.ts";
import type { LoginAttempt, UserLogin } from "../../src/auth/user-login.ts";
import { granted } from "./corpus.ts";

export const NOW = Math.floor(Date.now() / 1_000);
export const NO_LIMITS = { subs: -1, data: -1, payload: -1 };
const ACCOUNT_LIMITS = {
  ...NO_LIMITS,
  ...{ imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
};

export const operator = createOperator();
export const operatorJwt = await encodeOperator("O", operator);
export const trust = new Trust({ operators: [granted(operatorOf(operatorJwt))], systemAccount: null });

export interface Member {
  readonly keys: KeyPair;
  readonly jwt: string;
}

/** An account, signed by the operator unless somebody else is named. `nats` goes into its claims. */
export async function accountJwt(keys: KeyPair, nats: object = {}, options: object = {}): Promise<string> {
  const { limits = {}, ...rest } = nats as { limits?: object };
  const claims = { limits: { ...ACCOUNT_LIMITS, ...limits }, ...rest };
  return await encodeAccount("A", keys, claims, { signer: operator, ...options });
}

export async function account(
  nats: object = {},
  options: object = {},
): Promise<Member & { claims: AccountClaims }> {
  const keys = createAccount();
  const jwt = await accountJwt(keys, nats, options);
  return { keys, jwt, claims: granted(trust.signedAccount(jwt)) };
}

/** A user; without `nats` one without limits. */
export async function user(issuer: KeyPair, nats: object = NO_LIMITS, options: object = {}): Promise<Member> {
  const keys = createUser();
  // The library writes into what it is given.
  const jwt = await encodeUser("bob", keys, issuer, { ...nats }, { scopedUser: true, ...options });
  return { keys, jwt };
}

export const NONCE = "HWUVjjAiWB3nLhg";

/** Logs in with the right signature, from here and now, unless `more` says something else. */
export function login(
  { keys, jwt }: Member,
  claims: AccountClaims,
  more: Partial<LoginAttempt> = {},
): UserLogin | Refusal {
  const signature = signNonce(seedOf(keys), NONCE);
  return trust.user(jwt, claims, {
    ...{ nonce: NONCE, signature, connectionType: "STANDARD", sourceIp: "127.0.0.1", nowSeconds: NOW },
    ...more,
  });
}

const publicKeys = new WeakMap<KeyPair, string>();

/** The library computes it anew each time, which takes milliseconds. */
export function publicKey(keys: KeyPair): string {
  const known = publicKeys.get(keys) ?? keys.getPublicKey();
  publicKeys.set(keys, known);
  return known;
}

/** A JWT of any shape, signed as version 2. */
export function signed(
  keys: KeyPair,
  claims: object,
  header: object = { typ: "JWT", alg: "ed25519-nkey" },
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return signedText(keys, `${part(header)}.${part({ iss: publicKey(keys), ...claims })}`);
}

/** By our own signer, which test/auth/nkey.test.ts compares with the library: that one takes milliseconds. */
export function signedText(keys: KeyPair, text: string): string {
  return `${text}.${signNonce(seedOf(keys), text)}`;
}

const seedOf = (keys: KeyPair): string => Buffer.from(keys.getSeed()).toString();
