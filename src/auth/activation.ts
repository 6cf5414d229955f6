// A key to a private export: who may import what, signed by the account that exports it.
// Source: client-and-auth.md §4.

import type { AccountClaims, ExportClaim, ImportClaim } from "./account-claims.ts";
import { type ActivationClaims, readClaims, timeRefusal } from "./claims.ts";
import { isSigned, unsigned } from "./jwt.ts";
import { isPublicKey } from "./nkey.ts";
import { isRefusal, quoted, type Refusal, refuse } from "./refusal.ts";
import { isContained, subjectFaults } from "./subject-rules.ts";

/** The activation with a right signature of whoever says to be the issuer. */
function activationOf(token: string): ActivationClaims | Refusal {
  const read = readClaims(token, "activation");
  if (isRefusal(read)) return read;
  const { issuer } = read.claims;
  if (!isPublicKey(issuer, "account") && !isPublicKey(issuer, "operator")) {
    return refuse("untrusted", "the activation is signed by neither an account nor an operator");
  }
  return isSigned(read.jwt) ? read.claims : unsigned(read.jwt);
}

/** What is wrong with the token of an import, as far as the importing account alone can say. */
export function activationFaults(claim: ImportClaim, importer: string): string[] {
  const name = quoted(claim.subject);
  const activation = activationOf(claim.token);
  if (isRefusal(activation)) return [`import ${name} contains an invalid activation token`];
  const { issuer, issuerAccount, importSubject, importType } = activation;
  const faults: string[] = [];
  if (issuer !== claim.account && issuerAccount !== claim.account) {
    faults.push(`activation token doesn't match account for import ${name}`);
  }
  if (activation.subject !== importer) {
    faults.push(`activation token doesn't match account it is being included in, ${name}`);
  }
  if (importType !== claim.kind) {
    const types = `${importType ?? "unknown"} and type of import ${claim.kind ?? "unknown"}`;
    faults.push(`mismatch between token import type ${types}`);
  }
  faults.push(...subjectFaults(importSubject));
  if (issuerAccount !== "" && !isPublicKey(issuerAccount, "account")) {
    faults.push("account_id is not an account public key");
  }
  const wanted = claim.kind === "service" && claim.to !== "" ? claim.to : claim.subject;
  if (!isContained(wanted, importSubject)) {
    faults.push(`activation token import subject ${quoted(importSubject)} doesn't match import ${name}`);
  }
  return faults;
}

/**
 * May the importer use this export, which asks for a token? The claims that hold it when it may: at `expires`
 * (seconds, 0 never) the import ends.
 */
export function activation(
  claim: ImportClaim,
  importer: string,
  exporter: AccountClaims,
  exported: ExportClaim,
  nowSeconds: number,
): ActivationClaims | Refusal {
  if (claim.token === "") return refuse("activation", `no token for ${quoted(claim.subject)}`);
  const fault = activationFaults(claim, importer)[0];
  if (fault !== undefined) return refuse("activation", fault);
  const claims = activationOf(claim.token);
  if (isRefusal(claims)) return claims;
  const { issuer, issuerAccount, expires, issuedAt } = claims;
  const isTrusted =
    issuerAccount === ""
      ? issuer === exporter.subject
      : issuerAccount === exporter.subject && exporter.signingKeys.has(issuer);
  if (!isTrusted) {
    return refuse("untrusted", `an activation is signed by a key that is none of ${exporter.subject}`);
  }
  const untimely = timeRefusal(claims, nowSeconds);
  if (untimely !== null) return untimely;
  if (expires > 0 && expires <= nowSeconds) return refuse("expired", "claim is expired: activation");
  if (isRevoked(exported.revocations, claims.subject, issuedAt)) {
    return refuse("revoked", `the activation of ${quoted(claim.subject)} is revoked`);
  }
  return claims;
}

const EVERYBODY = "*";
const NEVER = Number.NEGATIVE_INFINITY;

/** Was the JWT of this key issued when, or before, its key or all keys were revoked? */
export function isRevoked(revocations: ReadonlyMap<string, number>, key: string, issuedAt: number): boolean {
  const since = Math.max(revocations.get(key) ?? NEVER, revocations.get(EVERYBODY) ?? NEVER);
  return since >= issuedAt;
}
