// The claims of operators, accounts, users and activations, every field read without trust. Which of them is
// believed is decided elsewhere. Source: client-and-auth.md §4.

import { type AccountClaims, readAccount } from "./account-claims.ts";
import { ClaimReader } from "./claim-reader.ts";
import { decodeJwt, type Jwt } from "./jwt.ts";
import { isRefusal, quoted, type Refusal, refuse } from "./refusal.ts";
import { readRights, type UserRights } from "./rights.ts";

/** What all JWTs say. Times are seconds since 1970; 0: none. */
export interface ClaimHead {
  readonly version: 1 | 2;
  /** Public keys of who signed it and of whom it is about. */
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly id: string;
  readonly issuedAt: number;
  readonly notBefore: number;
  readonly expires: number;
  readonly tags: readonly string[];
}

export interface OperatorClaims extends ClaimHead {
  readonly kind: "operator";
  readonly signingKeys: readonly string[];
  readonly accountServerUrl: string;
  readonly operatorServiceUrls: readonly string[];
  /** Public key, or "". */
  readonly systemAccount: string;
  readonly assertServerVersion: string;
  /** Neither the operator's nor an account's own key signs anything. */
  readonly strictSigningKeyUsage: boolean;
}

export interface UserClaims extends ClaimHead {
  readonly kind: "user";
  readonly rights: UserRights;
  /** The account, when one of its signing keys signed; "" otherwise. */
  readonly issuerAccount: string;
}

/** A key to a private export. */
export interface ActivationClaims extends ClaimHead {
  readonly kind: "activation";
  readonly importSubject: string;
  readonly importType: "stream" | "service" | null;
  readonly issuerAccount: string;
}

export type { AccountClaims } from "./account-claims.ts";
export type Claims = OperatorClaims | AccountClaims | UserClaims | ActivationClaims;

const READERS = {
  operator: readOperator,
  account: readAccount,
  user: readUser,
  activation: readActivation,
} as const;

type Kind = keyof typeof READERS;
type ClaimsOf<K extends Kind> = Extract<Claims, { kind: K }>;

/** A JWT and what it claims, of the kind that is wanted. Its signature is not checked yet. */
export function readClaims<K extends Kind>(
  text: string,
  kind: K,
): { readonly jwt: Jwt; readonly claims: ClaimsOf<K> } | Refusal {
  const jwt = decodeJwt(text);
  if (isRefusal(jwt)) return jwt;
  if (jwt.kind !== kind) return refuse("wrong-kind", `not ${kind} claim`);
  const reader = new ClaimReader(jwt.fields);
  const claims = READERS[kind](readHead(reader, jwt), reader) as ClaimsOf<K>;
  return reader.fault === null ? { jwt, claims } : refuse("malformed", `${kind} claims: ${reader.fault}`);
}

/** Nothing but the head of a JWT of any kind. */
export function readGeneric(text: string): { readonly jwt: Jwt; readonly head: ClaimHead } | Refusal {
  const jwt = decodeJwt(text);
  if (isRefusal(jwt)) return jwt;
  const reader = new ClaimReader(jwt.fields);
  const head = readHead(reader, jwt);
  return reader.fault === null ? { jwt, head } : refuse("malformed", reader.fault);
}

function readHead(reader: ClaimReader, { version }: Jwt): ClaimHead {
  return {
    version,
    issuer: reader.text("iss"),
    subject: reader.text("sub"),
    name: reader.text("name"),
    id: reader.text("jti"),
    issuedAt: reader.integer("iat"),
    notBefore: reader.integer("nbf"),
    expires: reader.integer("exp"),
    tags: (version === 1 ? reader : reader.object("nats")).texts("tags"),
  };
}

function readOperator(head: ClaimHead, reader: ClaimReader): OperatorClaims {
  const nats = reader.object("nats");
  const isOld = head.version === 1;
  return {
    kind: "operator",
    ...head,
    signingKeys: nats.texts("signing_keys"),
    accountServerUrl: nats.text("account_server_url"),
    operatorServiceUrls: nats.texts("operator_service_urls"),
    systemAccount: nats.text("system_account"),
    assertServerVersion: isOld ? "" : nats.text("assert_server_version"),
    strictSigningKeyUsage: !isOld && nats.flag("strict_signing_key_usage"),
  };
}

function readUser(head: ClaimHead, reader: ClaimReader): UserClaims {
  const nats = reader.object("nats");
  const isOld = head.version === 1;
  const rights = readRights(nats, isOld ? -1 : 0);
  return {
    kind: "user",
    ...head,
    rights: isOld ? { ...rights, proxyRequired: false, connectionTypes: [] } : rights,
    issuerAccount: (isOld ? reader : nats).text("issuer_account"),
  };
}

/** In version 1 the word that says what is activated has the name that the type of a JWT has now. */
function readActivation(head: ClaimHead, reader: ClaimReader): ActivationClaims {
  const nats = reader.object("nats");
  const isOld = head.version === 1;
  return {
    kind: "activation",
    ...head,
    importSubject: nats.text("subject"),
    importType: nats.word(isOld ? "type" : "kind", ["stream", "service"]),
    issuerAccount: (isOld ? reader : nats).text("issuer_account"),
  };
}

/** A JWT that is not valid yet or not any more, or null. */
export function timeRefusal(head: ClaimHead, nowSeconds: number): Refusal | null {
  const { expires, notBefore, name } = head;
  if (expires > 0 && nowSeconds > expires) return refuse("expired", `claim is expired: ${quoted(name)}`);
  if (notBefore > 0 && notBefore > nowSeconds) {
    return refuse("not-yet-valid", `claim is not yet valid: ${quoted(name)}`);
  }
  return null;
}
