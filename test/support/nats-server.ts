// Interop tests need nats-servers of several versions; this file knows where one may be and trusts only what
// the binary says of itself.

import { existsSync } from "node:fs";
import { join } from "node:path";

export const REPO_ROOT = join(import.meta.dir, "..", "..");
export const CACHE_DIR = join(REPO_ROOT, ".cache");

/**
 * A release line of nats-server that must be supported, and the releases that may stand for it, best
 * first.
 */
export const NATS_LINES = {
  "2.15": ["2.15.2", "2.15.1"],
  "2.10": ["2.10.29"],
  "2.9": ["2.9.25"],
  "2.8": ["2.8.4"],
} as const;

export type NatsLine = keyof typeof NATS_LINES;

export interface Found {
  readonly path: string;
  readonly version: string;
}

const found = new Map<NatsLine, Found | undefined>();

/**
 * The binary to use for a line: `$NATS_SERVER`, then PATH, then the cache of this repository.
 * Undefined if there is none whose own `--version` is an accepted one.
 */
export function findNatsServer(line: NatsLine): Found | undefined {
  if (!found.has(line)) found.set(line, search(line));
  return found.get(line);
}

/**
 * Why tests of this line cannot run, as a sentence for the reader of a skipped test; undefined if they
 * can.
 */
export function whyMissing(line: NatsLine): string | undefined {
  if (findNatsServer(line) !== undefined) return undefined;
  const wanted = NATS_LINES[line].join(" or ");
  return `no nats-server ${wanted} in $NATS_SERVER, PATH or .cache; run: bun test/support/fetch.ts`;
}

export function cachedNatsServer(version: string): string {
  return join(CACHE_DIR, "nats-server", version, "nats-server");
}

/** What the binary at `path` says it is, such as "2.15.2"; undefined if it cannot be run. */
export function versionOf(path: string): string | undefined {
  try {
    const run = Bun.spawnSync([path, "--version"], { stdout: "pipe", stderr: "pipe" });
    return /v?(\d+\.\d+\.\d+)/.exec(`${run.stdout}`)?.[1];
  } catch {
    return undefined;
  }
}

function search(line: NatsLine): Found | undefined {
  const accepted: readonly string[] = NATS_LINES[line];
  const candidates = [
    process.env["NATS_SERVER"],
    Bun.which("nats-server") ?? undefined,
    ...accepted.map(cachedNatsServer),
  ];
  for (const path of candidates) {
    if (path === undefined || !existsSync(path)) continue;
    const version = versionOf(path);
    if (version !== undefined && accepted.includes(version)) return { path, version };
  }
  return undefined;
}
