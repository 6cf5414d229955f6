// Imports, exports and mappings of accounts that are JWTs: what an account gets is what its own JWT asks for
// and the exporting one's lets it have. Source: client-and-auth.md §4.

import type { AccountClaims, ExportClaim, ImportClaim } from "../auth/account-claims.ts";
import { activation } from "../auth/activation.ts";
import { isRefusal } from "../auth/refusal.ts";
import { bytesOf } from "../base/bytes.ts";
import type {
  ResponseType,
  ServiceImportOptions,
  StreamImportOptions,
  TrafficOptions,
} from "../forward/traffic-options.ts";
import { covers } from "../subject/match.ts";

/** How long answers are waited for where nothing is written. Source: nats-server 2.15, const.go. */
const THRESHOLD_MILLIS = 120_000;
const NANOS_PER_MILLI = 1_000_000;

const RESPONSES: Readonly<Record<string, ResponseType>> = { Stream: "stream", Chunked: "chunked" };

export interface AccountTraffic {
  readonly options: TrafficOptions;
  /** When an import ends first, in seconds since 1970; 0: none does. */
  readonly until: number;
  /** Why an import is left out; for the log. */
  readonly refused: readonly string[];
}

/** `claimsOf` answers null for an account that is not known. */
export function trafficOf(
  claims: AccountClaims,
  claimsOf: (key: string) => AccountClaims | null,
  nowSeconds: number,
): AccountTraffic {
  const streams: StreamImportOptions[] = [];
  const services: ServiceImportOptions[] = [];
  const refused: string[] = [];
  let until = 0;
  for (const each of claims.imports) {
    const exporter = claimsOf(each.account);
    const found = exporter === null ? "its account is unknown" : grantOf(each, claims, exporter, nowSeconds);
    if (typeof found === "string") {
      refused.push(`import of ${JSON.stringify(each.subject)} from ${each.account}: ${found}`);
      continue;
    }
    if (found.until > 0) until = until === 0 ? found.until : Math.min(until, found.until);
    if (each.kind === "stream") streams.push(streamOf(each));
    else services.push(serviceOf(each, found.exported));
  }
  const mappings = [...claims.mappings].map(([source, destinations]) => ({
    source,
    destinations: destinations.map(({ subject, weight, cluster }) => ({
      destination: subject,
      weight,
      cluster: cluster === "" ? null : cluster,
    })),
  }));
  return { options: { account: claims.subject, streams, services, mappings }, until, refused };
}

interface Grant {
  readonly exported: ExportClaim;
  /** As in AccountTraffic. */
  readonly until: number;
}

/** The export that lets the account have it, or why there is none. */
function grantOf(
  claim: ImportClaim,
  { subject: importer }: AccountClaims,
  exporter: AccountClaims,
  nowSeconds: number,
): Grant | string {
  const wanted = exportedSubject(claim);
  const named = exporter.exports.filter(
    ({ kind, subject }) => kind === claim.kind && isWithin(wanted, subject),
  );
  const exact = named.findLast(({ subject }) => subject === wanted);
  let why = "nothing like it is exported";
  for (const exported of exact === undefined ? named : [exact]) {
    const { accountTokenPosition: position, tokenRequired } = exported;
    if (position > 0) {
      if (wanted.split(".")[position - 1] === importer) return { exported, until: 0 };
      why = "it names another account";
    } else if (!tokenRequired) return { exported, until: 0 };
    else {
      const held = activation(claim, importer, exporter, exported, nowSeconds);
      if (!isRefusal(held)) return { exported, until: held.expires };
      why = held.text;
    }
  }
  return why;
}

/** As the exporting account calls it. */
function exportedSubject({ kind, subject, localSubject, to }: ImportClaim): string {
  return kind === "service" && localSubject === "" && to !== "" ? to : subject;
}

function streamOf({ account, subject, localSubject, to: prefix }: ImportClaim): StreamImportOptions {
  const prefixed = prefix === "" ? subject : `${prefix.replace(/\.$/, "")}.${subject}`;
  return { account, subject, to: localSubject === "" ? prefixed : localSubject };
}

function serviceOf(claim: ImportClaim, exported: ExportClaim): ServiceImportOptions {
  const { account, subject, localSubject, share } = claim;
  const { responseType, responseThresholdNanos: threshold } = exported;
  return {
    account,
    subject: exportedSubject(claim),
    to: localSubject === "" ? subject : localSubject,
    response: RESPONSES[responseType] ?? "single",
    thresholdMillis: threshold > 0 ? Math.ceil(threshold / NANOS_PER_MILLI) : THRESHOLD_MILLIS,
    share,
  };
}

function isWithin(subject: string, pattern: string): boolean {
  const [wide, narrow] = [bytesOf(pattern), bytesOf(subject)];
  return covers(wide, 0, wide.length, narrow, 0, narrow.length);
}
