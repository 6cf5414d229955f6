// The configurations under docs/patterns as tests read them: the very files that a reader starts, with other
// ports, so that tests can run beside whatever runs on this machine.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "./member.ts";
import { REPO_ROOT } from "./nats-server.ts";

export const PATTERNS_DIR = join(REPO_ROOT, "docs", "patterns");

export type Variables = Readonly<Record<string, string>>;

export interface PatternFile {
  /** The file's name without its ending; its server, and its cluster for gateways, are called so. */
  readonly name: string;
  readonly kind: Kind;
  readonly path: string;
  readonly text: string;
}

export interface Pattern {
  readonly name: string;
  readonly dir: string;
  readonly files: readonly PatternFile[];
  /** What `defaults.env` gives where nothing is set. */
  readonly variables: Variables;
}

/** The folders below docs/patterns. */
export function patternNames(): string[] {
  const entries = readdirSync(PATTERNS_DIR, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

export function readPattern(name: string, dir = join(PATTERNS_DIR, name)): Pattern {
  const files = readdirSync(dir)
    .filter((file) => /\.(?:yaml|conf)$/.test(file))
    .sort()
    .map((file): PatternFile => {
      const path = join(dir, file);
      const kind = file.endsWith(".yaml") ? "box" : "2.15";
      return { name: file.replace(/\.\w+$/, ""), kind, path, text: readFileSync(path, "utf8") };
    });
  return { name, dir, files, variables: variablesOf(join(dir, "defaults.env")) };
}

/** A shell reads the file, as it does for a reader; nothing of our own environment gets in. */
function variablesOf(path: string): Variables {
  const names = [...readFileSync(path, "utf8").matchAll(/^export (\w+)=/gm)].map((found) => found[1]!);
  const shell = Bun.spawnSync(["sh", "-euc", `. "$0"; env`, path], { env: { PATH: process.env["PATH"] } });
  if (!shell.success) throw new Error(`${path}: ${shell.stderr}`);
  const lines = shell.stdout.toString().split("\n");
  return Object.fromEntries(
    names.map((name) => {
      const line = lines.find((one) => one.startsWith(`${name}=`));
      if (line === undefined) throw new Error(`${path} does not export ${name}`);
      return [name, line.slice(name.length + 1)];
    }),
  );
}

/**
 * What a port is for, by its first two digits; the third digit is the pattern and the fourth the server. None
 * is a default of NATS, so all of this runs beside a server that has those.
 */
export const PORT_OF = { client: 43, route: 63, gateway: 73, leaf: 75, monitor: 83 } as const;

const PORT = /\b\d{4,5}\b/g;

/** All ports in a text, without those in comments, each once. */
export function portsIn(text: string): number[] {
  return [...new Set([...withoutComments(text).matchAll(PORT)].map(([digits]) => Number(digits)))];
}

/** The ports that a file's server listens on. */
export function listensOn(text: string): number[] {
  return [...withoutComments(text).matchAll(/\b(?:listen|http): 127\.0\.0\.1:(\d+)/g)].map((found) =>
    Number(found[1]),
  );
}

/** The port of clients or of monitoring, at the top level; an error if the file leaves it to a default. */
export function topPort(text: string, key: "listen" | "http"): number {
  const found = new RegExp(`^${key}: 127\\.0\\.0\\.1:(\\d+)$`, "m").exec(text);
  if (found === null) throw new Error(`no ${key} at the top of: ${text}`);
  return Number(found[1]);
}

/** The text with each port replaced; an error unless everything that names an address now names a new one. */
export function withPorts(text: string, replacement: (port: number) => number): string {
  const given = new Set<string>();
  const out = withoutComments(text).replaceAll(PORT, (digits) => {
    const port = String(replacement(Number(digits)));
    given.add(port);
    return port;
  });
  for (const missed of missedIn(out, given)) throw new Error(`not replaced: ${missed} in ${text}`);
  return out;
}

/** Addresses, URLs and listeners that do not name one of these ports. */
function missedIn(text: string, given: ReadonlySet<string>): string[] {
  const addresses = text.matchAll(/\d+\.\d+\.\d+\.\d+(?::(\d+))?|\blocalhost\b|\[?::1\]?/g);
  const urls = text.matchAll(/\b[\w-]+:\/\/[^\s,"\]}]*?(?::(\d+))?(?=[\s,"\]}]|$)/g);
  const listeners = text.matchAll(/\b(?:listen|https?|port|http_port|advertise):\s*(?:\S*:)?(\S+)/g);
  return [...addresses, ...urls, ...listeners]
    .filter(([, port]) => !given.has(port ?? ""))
    .map(([all]) => all);
}

function withoutComments(text: string): string {
  return text.replaceAll(/(?<=^|\s)#.*$/gm, "");
}
