// What an account's claims must be like to count at all, in nats-server's words: they are shown to whoever
// pushed the account. Source: client-and-auth.md §4.

import type { AccountClaims, ExportClaim, ImportClaim } from "./account-claims.ts";
import { activationFaults } from "./activation.ts";
import { FAULTS_TOLD_MAX } from "./bounds.ts";
import { isPublicKey } from "./nkey.ts";
import { cut, quoted } from "./refusal.ts";
import {
  isContained,
  isPattern,
  localPattern,
  localSubjectFaults,
  overlap,
  subjectFaults,
} from "./subject-rules.ts";
import { permissionFaults } from "./user-rules.ts";

/** What is wrong, the first of many; none of it has to do with when it is asked. */
export function accountFaults(claims: AccountClaims): string[] {
  // Subjects are looked into one by one before they are compared: those may be too long for that.
  const subjects = [...claims.imports, ...claims.exports].flatMap(({ subject }) => subjectFaults(subject));
  if (subjects.length > 0) return subjects.slice(0, FAULTS_TOLD_MAX);
  const faults = [
    ...claims.imports.flatMap((each) => importFaults(each, claims.subject)),
    ...importOverlaps(claims.imports),
    ...claims.exports.flatMap(exportFaults),
    ...exportOverlaps(claims.exports),
    ...limitFaults(claims),
    ...permissionFaults(claims.defaultPermissions),
    ...mappingFaults(claims),
    ...keyFaults(claims),
    ...traceFaults(claims),
    ...infoFaults(claims),
  ];
  if (!["", "system", "owner"].includes(claims.clusterTraffic)) {
    faults.push(`unknown cluster traffic option: ${quoted(claims.clusterTraffic)}`);
  }
  return faults.slice(0, FAULTS_TOLD_MAX);
}

function importFaults(claim: ImportClaim, importer: string): string[] {
  const { kind, account, subject, localSubject, to, token } = claim;
  const faults: string[] = [];
  if (kind === null) faults.push('invalid import type: "unknown"');
  if (kind === "service" && claim.allowTrace) faults.push("AllowTrace only valid for stream import");
  if (account === "") faults.push("account to import from is not specified");
  if (localSubject !== "") {
    faults.push(...localSubjectFaults(localSubject, subject));
    if (to !== "") faults.push("Local Subject replaces To");
  }
  if (claim.share && kind !== "service") {
    const what = "sharing information (for latency tracking) is only valid for services";
    faults.push(`${what}: ${quoted(subject)}`);
  }
  if (token !== "") faults.push(...activationFaults(claim, importer));
  return faults;
}

/** Services of one account that are imported under names that hold each other. */
function importOverlaps(imports: readonly ImportClaim[]): string[] {
  const byAccount = new Map<string, string[]>();
  for (const { kind, account, subject, to, localSubject } of imports) {
    if (kind !== "service") continue;
    const names = byAccount.get(account) ?? [];
    names.push(to !== "" ? to : localSubject !== "" ? localPattern(localSubject) : subject);
    byAccount.set(account, names);
  }
  return [...byAccount].flatMap(([account, names]) => {
    if (names.some((name) => subjectFaults(name).length > 0)) return [];
    const found = overlap(names);
    if (found === null) return [];
    const pair = `${quoted(found.inner)} and ${quoted(found.outer)}`;
    return [`overlapping subject namespace for ${pair} in same account ${quoted(account)}`];
  });
}

const RESPONSE_TYPES = ["", "Singleton", "Stream", "Chunked"];

function exportFaults(claim: ExportClaim): string[] {
  const { kind, subject, responseType, latency } = claim;
  const isService = kind === "service";
  const faults: string[] = [];
  if (kind === null) faults.push('invalid export type: "unknown"');
  if (isService && !RESPONSE_TYPES.includes(responseType)) {
    faults.push(`invalid response type for service: ${quoted(responseType)}`);
  }
  if (kind === "stream" && responseType !== "") {
    faults.push(`invalid response type for stream: ${quoted(responseType)}`);
  }
  if (kind === "stream" && claim.allowTrace) faults.push("AllowTrace only valid for service export");
  if (latency !== null) {
    if (!isService) faults.push("latency tracking only permitted for services");
    if (latency.sampling < 0 || latency.sampling > 100) {
      faults.push("sampling percentage needs to be between 1-100");
    }
    faults.push(...subjectFaults(latency.results));
    if (isPattern(latency.results)) faults.push("results subject can not contain wildcards");
  }
  if (claim.responseThresholdNanos < 0) faults.push("negative response threshold is invalid");
  if (claim.responseThresholdNanos > 0 && !isService) {
    faults.push("response threshold only valid for services");
  }
  return [...faults, ...positionFaults(claim.accountTokenPosition, subject), ...infoFaults(claim)];
}

function positionFaults(position: number, subject: string): string[] {
  if (position === 0) return [];
  if (!isPattern(subject)) {
    return [`Account Token Position can only be used with wildcard subjects: ${cut(subject)}`];
  }
  const tokens = subject.split(".");
  const token = tokens[position - 1];
  if (token === undefined) {
    return [`Account Token Position ${position} exceeds length of subject '${cut(subject)}'`];
  }
  if (token === "*") return [];
  return [
    `Account Token Position ${position} matches '${cut(token)}' but must match a * in: ${cut(subject)}`,
  ];
}

function exportOverlaps(exports: readonly ExportClaim[]): string[] {
  return (["service", "stream"] as const).flatMap((kind) => {
    const found = overlap(exports.filter((each) => each.kind === kind).map(({ subject }) => subject));
    if (found === null) return [];
    return [`${kind} export subject ${quoted(found.outer)} already exports ${quoted(found.inner)}`];
  });
}

function limitFaults({ limits, imports, exports }: AccountClaims): string[] {
  const faults: string[] = [];
  if (limits.tiers.has("")) faults.push('Tiered JetStream Limits can not contain a blank "" tier name');
  if (limits.imports !== -1 && imports.length > limits.imports) {
    faults.push("the account contains more imports than allowed by the operator");
  }
  if (limits.exports === -1) return faults;
  if (exports.length > limits.exports) {
    faults.push("the account contains more exports than allowed by the operator");
  }
  if (!limits.wildcardExports && exports.some(({ subject }) => isPattern(subject))) {
    faults.push("the account contains wildcard exports that are not allowed by the operator");
  }
  return faults;
}

function mappingFaults({ mappings }: AccountClaims): string[] {
  return [...mappings].flatMap(([source, targets]) => {
    const name = `apping ${quoted(source)}`;
    const faults = [source, ...targets.map(({ subject }) => subject)].flatMap(subjectFaults);
    const totals = new Map<string, number>();
    const seen = new Set<string>();
    for (const { subject, weight, cluster } of targets) {
      if (weight > 100) faults.push(`M${name} has a weight ${weight} that exceeds 100`);
      if (seen.has(subject)) faults.push(`m${name}: duplicate entry for ${quoted(subject)}`);
      seen.add(subject);
      totals.set(cluster, (totals.get(cluster) ?? 0) + weight);
    }
    for (const [cluster, total] of totals) {
      const where = cluster === "" ? "" : ` in cluster ${quoted(cluster)}`;
      if (total > 100) faults.push(`M${name}${where} exceeds 100% among all of it's weighted to mappings`);
    }
    return faults;
  });
}

function keyFaults({ signingKeys, authorization }: AccountClaims): string[] {
  const { users, accounts, curveKey } = authorization;
  const faults: string[] = [];
  for (const [key, scope] of signingKeys) {
    if (isPublicKey(key, "account")) continue;
    if (scope === null) faults.push(`${quoted(key)} is not a valid account signing key`);
    else faults.push(`${cut(key)} is not an account public key`);
  }
  if (accounts.length > 0 && users.length === 0) {
    faults.push("External authorization cannot have accounts without users specified");
  }
  for (const user of users) {
    if (!isPublicKey(user, "user")) faults.push(`AuthUser ${quoted(user)} is not a valid user public key`);
  }
  for (const account of accounts) {
    if (account === "*" && accounts.length > 1) {
      faults.push('AllowedAccounts can only be a list of accounts or "*"');
    } else if (account !== "*" && !isPublicKey(account, "account")) {
      faults.push(`Account ${quoted(account)} is not a valid account public key`);
    }
  }
  if (curveKey !== "" && !isPublicKey(curveKey, "curve")) {
    faults.push(`XKey ${quoted(curveKey)} is not a valid public xkey`);
  }
  return faults;
}

function traceFaults({ trace }: AccountClaims): string[] {
  if (trace === null) return [];
  const faults = subjectFaults(trace.destination).map((fault) => `the account Trace.Destination ${fault}`);
  if (isPattern(trace.destination)) {
    const name = quoted(trace.destination);
    faults.push(`the account Trace.Destination subject ${name} is not a valid publish subject`);
  }
  if (trace.sampling < 0 || trace.sampling > 100) {
    const range = "should be in the range [1..100]";
    faults.push(`the account Trace.Sampling value '${trace.sampling}' is not valid, ${range}`);
  }
  return faults;
}

const INFO_CHARACTERS_MAX = 8 * 1024;

function infoFaults({ description, infoUrl }: { description: string; infoUrl: string }): string[] {
  const faults: string[] = [];
  if (description.length > INFO_CHARACTERS_MAX) faults.push("Description is too long");
  if (infoUrl.length > INFO_CHARACTERS_MAX) faults.push("Info URL is too long");
  if (infoUrl !== "" && !/^[a-z][a-z\d+.-]*:\/\/[^/?#\s]/i.test(infoUrl)) {
    faults.push("error parsing info url: no hostname or scheme");
  }
  return faults;
}

/** The export that an import asks for, or undefined: the exporter must export all that is imported. */
export function exportFor(exporter: AccountClaims, claim: ImportClaim): ExportClaim | undefined {
  const subject = claim.kind === "service" && claim.to !== "" ? claim.to : claim.subject;
  const ofKind = exporter.exports.filter(({ kind }) => kind === claim.kind);
  const exact = ofKind.find((each) => each.subject === subject);
  return exact ?? ofKind.find((each) => isContained(subject, each.subject));
}
