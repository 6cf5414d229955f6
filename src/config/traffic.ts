// Exports, imports and mappings of a configuration in one shape, and which export an import is one of.

import { bytesOf } from "../base/bytes.ts";
import type {
  DestinationOptions,
  ServiceImportOptions,
  StreamImportOptions,
  TrafficOptions,
} from "../forward/traffic-options.ts";
import { collides, covers } from "../subject/match.ts";
import type { Path } from "./places.ts";
import type { Settings } from "./schema.ts";
import type { ExportSettings, ImportSettings, MappingsSettings } from "./schema-traffic.ts";
import { GLOBAL_ACCOUNT } from "./users.ts";

/** How long answers are waited for where nothing is written. Source: nats-server 2.15, const.go. */
const THRESHOLD_MILLIS = 120_000;
const PERCENT = 100;

export type Kind = "stream" | "service";

/** The blocks of one account as they are written. */
export interface WrittenTraffic {
  readonly account: string;
  readonly path: Path;
  readonly exports: readonly ExportSettings[];
  readonly imports: readonly ImportSettings[];
  readonly mappings: MappingsSettings;
}

export function writtenTraffic({ accounts, mappings = {} }: Settings): WrittenTraffic[] {
  const all: WrittenTraffic[] = [{ account: GLOBAL_ACCOUNT, path: [], exports: [], imports: [], mappings }];
  if (accounts === undefined || Array.isArray(accounts)) return all;
  for (const [account, block] of Object.entries(accounts)) {
    const { exports = [], imports = [], mappings: own = {} } = block;
    all.push({ account, path: ["accounts", account], exports, imports, mappings: own });
  }
  return all;
}

/** The export that lets `importer` have the subject: one that is exactly it comes first. Source: nats-server
 *  2.15, checkStreamExportApproved. */
export function exportFor(
  exports: readonly ExportSettings[],
  kind: Kind,
  subject: string,
  importer: string,
): ExportSettings | "private" | "none" {
  const named = exports.filter((each) => each[kind] !== undefined);
  const exact = named.findLast((each) => each[kind] === subject);
  const all = exact !== undefined ? [exact] : named.filter((each) => subjectCovers(each[kind]!, subject));
  if (all.length === 0) return "none";
  const open = ({ accounts = [] }: ExportSettings) => accounts.length === 0 || accounts.includes(importer);
  return all.find(open) ?? "private";
}

export function subjectCovers(a: string, b: string): boolean {
  const [x, y] = [bytesOf(a), bytesOf(b)];
  return covers(x, 0, x.length, y, 0, y.length);
}

export function subjectsCollide(a: string, b: string): boolean {
  const [x, y] = [bytesOf(a), bytesOf(b)];
  return collides(x, 0, x.length, y, 0, y.length);
}

/** The local form of an import as it is written. */
export function localForm({ stream, service, prefix, to }: ImportSettings): string {
  const subject = stream?.subject ?? service?.subject ?? "";
  if (to !== undefined) return to;
  return stream === undefined || prefix === undefined ? subject : `${prefix.replace(/\.$/, "")}.${subject}`;
}

/** The destinations of one mapping; a single one without weights takes everything. */
export function destinationsOf(written: MappingsSettings[string]): DestinationOptions[] {
  if (typeof written === "string") return [{ destination: written, weight: PERCENT, cluster: null }];
  const all = Array.isArray(written) ? written : [written];
  return all.map(({ destination = "", weight = 0, cluster = null }) => ({ destination, weight, cluster }));
}

/** Needs settings without error findings. Accounts that import and map nothing are not among these. */
export function buildTraffic(settings: Settings): TrafficOptions[] {
  const written = writtenTraffic(settings);
  const exportsOf = new Map(written.map(({ account, exports }) => [account, exports]));
  return written
    .map(({ account, imports, mappings }) => ({
      account,
      streams: imports.flatMap((each) => streamOf(each)),
      services: imports.flatMap((each) => serviceOf(each, account, exportsOf)),
      mappings: Object.entries(mappings).map(([source, to]) => ({
        source,
        destinations: destinationsOf(to),
      })),
    }))
    .filter(({ streams, services, mappings }) => streams.length + services.length + mappings.length > 0);
}

function streamOf(written: ImportSettings): StreamImportOptions[] {
  const { account = "", subject = "" } = written.stream ?? {};
  return written.stream === undefined ? [] : [{ account, subject, to: localForm(written) }];
}

function serviceOf(
  written: ImportSettings,
  importer: string,
  exportsOf: ReadonlyMap<string, readonly ExportSettings[]>,
): ServiceImportOptions[] {
  if (written.service === undefined) return [];
  const { account = "", subject = "" } = written.service;
  const found = exportFor(exportsOf.get(account) ?? [], "service", subject, importer);
  const { response_type = "single", threshold = THRESHOLD_MILLIS } = typeof found === "string" ? {} : found;
  const { share = false } = written;
  return [
    { account, subject, to: localForm(written), response: response_type, thresholdMillis: threshold, share },
  ];
}
