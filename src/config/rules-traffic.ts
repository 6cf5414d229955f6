// What must be true of exports, imports and mappings together. Source: nats-server 2.15, opts.go and
// accounts.go.

import { bytesOf } from "../base/bytes.ts";
import { SubjectTransform, withPlaceholders, withWildcards } from "../subject/mapping.ts";
import { hasWildcard, isValidSubject } from "../subject/subject.ts";
import type { Path, Places } from "./places.ts";
import { checkCycles } from "./rules-cycles.ts";
import type { Settings } from "./schema.ts";
import type { ExportSettings, ImportSettings, MappingsSettings } from "./schema-traffic.ts";
import { destinationsOf, exportFor, localForm, type WrittenTraffic, writtenTraffic } from "./traffic.ts";
import { allAccounts } from "./users.ts";

const PERCENT = 100;

export function checkTraffic(settings: Settings, places: Places): void {
  const written = writtenTraffic(settings);
  const names = new Set(allAccounts(settings));
  const byName = new Map(written.map((each) => [each.account, each]));
  for (const each of written) {
    const { exports, imports, mappings, path } = each;
    for (const [at, one] of exports.entries()) checkExport(one, [...path, "exports", at], names, places);
    checkImports(each, imports, names, byName, places);
    for (const [source, to] of Object.entries(mappings)) {
      checkMapping(source, to, [...path, "mappings", source], places);
    }
  }
  checkCycles(written, places);
}

function checkExport(written: ExportSettings, path: Path, names: ReadonlySet<string>, places: Places): void {
  const { stream, service, accounts } = written;
  checkEither(stream, service, path, places);
  for (const key of ["response_type", "threshold"] as const) {
    if (stream === undefined || written[key] === undefined) continue;
    places.onKey([...path, key], "only a service has answers; not together with stream");
  }
  for (const [at, name] of (accounts ?? []).entries()) {
    if (!names.has(name)) places.onValue([...path, "accounts", at], noAccount(name));
  }
  if (accounts?.length !== 0 || !places.isMissing([...path, "accounts", 0])) return;
  places.onValue(
    [...path, "accounts"],
    "an empty list lets every account import it, as in nats-server",
    "warning",
  );
}

function noAccount(name: string): string {
  return `there is no account ${name}; write it in accounts`;
}

/** Exactly one of the two keys. */
function checkEither(stream: unknown, service: unknown, path: Path, places: Places): void {
  if (stream !== undefined && service !== undefined) {
    places.onKey([...path, "service"], "not together with stream; write an entry for each");
    return;
  }
  const isLacking = (key: string): boolean => places.isMissing([...path, key]);
  if (stream === undefined && service === undefined && isLacking("stream") && isLacking("service")) {
    places.onValue(path, "an entry without stream or service");
  }
}

function checkImports(
  { account, path: block }: WrittenTraffic,
  imports: readonly ImportSettings[],
  names: ReadonlySet<string>,
  byName: ReadonlyMap<string, WrittenTraffic>,
  places: Places,
): void {
  const seen = new Set<string>();
  for (const [at, written] of imports.entries()) {
    const path = [...block, "imports", at];
    const { stream, service, prefix, to, share } = written;
    checkEither(stream, service, path, places);
    const kind = stream !== undefined ? "stream" : "service";
    const source = stream ?? service;
    if (source === undefined || (stream !== undefined && service !== undefined)) continue;
    if (service !== undefined && prefix !== undefined) {
      places.onKey([...path, "prefix"], "without effect on a service; write to", "warning");
    }
    if (stream !== undefined && share !== undefined) {
      places.onKey([...path, "share"], "without effect on a stream", "warning");
    }
    if (stream !== undefined && prefix !== undefined && to !== undefined) {
      places.onKey([...path, "prefix"], "not together with to");
    }
    const { account: exporter, subject } = source;
    if (exporter === undefined || subject === undefined) {
      for (const key of ["account", "subject"] as const) {
        const missing = source[key] === undefined && places.isMissing([...path, kind, key]);
        if (missing) places.onValue([...path, kind], `an import without ${key}`);
      }
      continue;
    }
    if (!names.has(exporter)) {
      places.onValue([...path, kind, "account"], noAccount(exporter));
      continue;
    }
    const found = exportFor(byName.get(exporter)?.exports ?? [], kind, subject, account);
    const what = `the account ${exporter}`;
    if (found === "none") {
      places.onValue([...path, kind, "subject"], `${what} exports no such ${kind}; write it in its exports`);
    } else if (found === "private") {
      places.onValue([...path, kind, "subject"], `${what} exports it to others only; name ${account} there`);
    }
    checkForm(written, kind, subject, path, places);
    const local = kind === "stream" ? subject : localForm(written);
    const key = `${kind} ${exporter} ${local}`;
    if (seen.has(key)) places.onValue(path, `the ${kind} ${local} of ${exporter} is imported twice`);
    seen.add(key);
  }
}

/** Does the local form say where each wildcard goes? */
function checkForm(
  written: ImportSettings,
  kind: "stream" | "service",
  subject: string,
  path: Path,
  places: Places,
): void {
  const { prefix, to } = written;
  const key = to !== undefined ? "to" : "prefix";
  if (kind === "stream" && to === undefined && prefix !== undefined && isWild(prefix)) {
    places.onValue([...path, "prefix"], "a prefix cannot have wildcards");
    return;
  }
  const local = localForm(written);
  if (!isSubject(local)) {
    places.onValue([...path, key], "not a subject: tokens stand between dots, without blanks");
    return;
  }
  if (local === subject || !isWild(subject)) return;
  const made = SubjectTransform.compile(withWildcards(subject).pattern, withPlaceholders(local), true);
  if (!(made instanceof SubjectTransform)) places.onValue([...path, key], made.problem);
}

function checkMapping(source: string, written: MappingsSettings[string], path: Path, places: Places): void {
  if (!isSubject(source)) {
    places.onKey(path, "not a subject: tokens stand between dots, without blanks");
    return;
  }
  const seen = new Set<string>();
  const sums = new Map<string | null, number>();
  for (const [at, { destination, weight, cluster }] of destinationsOf(written).entries()) {
    const here = Array.isArray(written) ? [...path, at] : path;
    const value = typeof written === "string" ? path : [...here, "destination"];
    if (destination === "") {
      if (places.isMissing([...here, "destination"])) places.onValue(here, "an entry without destination");
      continue;
    }
    if (typeof written !== "string" && places.isMissing([...here, "weight"])) {
      places.onValue(here, `an entry without weight; write weight: ${PERCENT}%`);
    }
    if (seen.has(destination)) places.onValue(value, `the destination ${destination} is listed twice`);
    seen.add(destination);
    const sum = (sums.get(cluster) ?? 0) + weight;
    sums.set(cluster, sum);
    if (sum > PERCENT) places.onValue([...here, "weight"], `the weights are ${sum}% together`);
    const made = SubjectTransform.compile(source, destination);
    if (!(made instanceof SubjectTransform)) places.onValue(value, made.problem);
    else if (/[\t\n\f\r ]/.test(destination.replaceAll(/\{\{.*?\}\}/g, ""))) {
      places.onValue(value, "not a subject: it has blanks");
    }
  }
}

function isSubject(text: string): boolean {
  const bytes = bytesOf(text.replaceAll(/\{\{.*?\}\}/g, "x"));
  return isValidSubject(bytes, 0, bytes.length);
}

function isWild(text: string): boolean {
  const bytes = bytesOf(text);
  return hasWildcard(bytes, 0, bytes.length);
}
