// A configuration's text to a Configuration, or to every finding there is; touches no disk.

import { createHash } from "node:crypto";
import { build } from "./build.ts";
import { check } from "./check.ts";
import type { Configuration } from "./config.ts";
import { effectiveOf } from "./effective.ts";
import { ConfigurationError, type Finding } from "./finding.ts";
import { locate } from "./locate.ts";
import type { FileText } from "./nats-conf-session.ts";
import { type Overrides, override } from "./overrides.ts";
import { type Path, Places } from "./places.ts";
import { checkRules } from "./rules.ts";
import { checkDangers } from "./rules-dangers.ts";
import { checkOperator } from "./rules-operator.ts";
import { SETTINGS, type Settings } from "./schema.ts";
import type { Environment } from "./variables.ts";

/** A configuration that can be used. */
export interface Loaded {
  readonly configuration: Configuration;
  /** What is legal and probably not meant. */
  readonly warnings: readonly Finding[];
  /** What the file says with defaults and flags, as it was understood, without secrets; to be shown. */
  effective(): object;
  /** `sha256:...` over the values of the file, not over its layout or comments. */
  readonly digest: string;
}

/** A file that a configuration names, and the key that names it. */
export interface NamedFile {
  readonly path: Path;
  readonly file: string;
}

export interface Source {
  /** The name findings give to the text. */
  readonly file: string;
  readonly environment: Environment;
  readonly overrides?: Overrides;
  /** Says why a file cannot be read, or null. Absent: files are not looked at. */
  readonly unreadable?: (file: string) => string | null;
  /** The text of a file that belongs to the configuration. Absent: there are none. */
  readonly readFile?: (file: string) => FileText;
}

/** Reads a configuration. Throws ConfigurationError with every finding when one of them is an error. */
export function readConfiguration(text: string, source: Source): Loaded {
  const places = new Places(source.file);
  const plain = locate(text, SETTINGS, places, source.environment);
  if (plain === null) throw new ConfigurationError(places.findings());
  const settings = override(check(plain, places), source.overrides ?? {}, places);
  checkRules(settings, places);
  const operator = checkOperator(settings, places, source.readFile ?? noFile);
  for (const { path, file } of namedFiles(settings)) {
    const problem = source.unreadable?.(file) ?? null;
    if (problem !== null) places.onValue(path, problem);
  }
  checkDangers(settings, places);
  const findings = places.findings();
  if (places.hasErrors) throw new ConfigurationError(findings);
  return {
    configuration: build(settings, operator),
    warnings: findings,
    digest: digestOf(plain),
    effective: () => effectiveOf(settings),
  };
}

const noFile = (): FileText => ({ problem: "no such file" });

/** Files that must be readable at start. */
function namedFiles({ tls, gateway, leafnodes, websocket }: Settings): NamedFile[] {
  const files = [
    ...filesOf(["tls"], tls),
    ...filesOf(["gateway", "tls"], gateway?.tls),
    ...filesOf(["leafnodes", "tls"], leafnodes?.tls),
    ...filesOf(["websocket", "tls"], websocket?.tls),
  ];
  for (const [at, remote] of (gateway?.gateways ?? []).entries()) {
    files.push(...filesOf(["gateway", "gateways", at, "tls"], remote.tls));
  }
  for (const [at, { tls, proxy, credentials: file }] of (leafnodes?.remotes ?? []).entries()) {
    const path = ["leafnodes", "remotes", at];
    files.push(...filesOf([...path, "tls"], tls), ...filesOf([...path, "proxy", "tls"], proxy?.tls));
    if (file !== undefined) files.push({ path: [...path, "credentials"], file });
  }
  return files;
}

const FILE_KEYS = ["cert_file", "key_file", "ca_file"] as const;

type TlsFiles = Readonly<Partial<Record<(typeof FILE_KEYS)[number], string | undefined>>>;

function filesOf(path: Path, tls: TlsFiles | undefined): NamedFile[] {
  const files: NamedFile[] = [];
  for (const key of FILE_KEYS) {
    const file = tls?.[key];
    if (file !== undefined) files.push({ path: [...path, key], file });
  }
  return files;
}

function digestOf(plain: unknown): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(plain, sorted)).digest("hex")}`;
}

/** Objects with their keys in order, so that two spellings of one configuration have one digest. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
