// A configuration file from the disk; the only file of this folder that touches one.

import { closeSync, fstatSync, openSync, readSync, writeFileSync } from "node:fs";
import { ConfigurationError } from "./finding.ts";
import { type Imported, importNatsConf, readNatsConf } from "./import.ts";
import type { FileText } from "./nats-conf-session.ts";
import type { Overrides } from "./overrides.ts";
import { type Loaded, readConfiguration } from "./read.ts";
import type { Environment } from "./variables.ts";

/**
 * The largest file that is read. Unit: bytes.
 * Room for some ten thousand accounts with users; beyond it the file is not what it was meant to be.
 */
export const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Without a file the box runs on defaults and flags, as nats-server does. */
const NO_FILE = "defaults";

export interface LoadOptions {
  readonly environment: Environment;
  readonly overrides?: Overrides;
}

/**
 * Reads `file`, or defaults if it is null. Throws ConfigurationError, with every finding, and nothing
 * else.
 */
export function loadConfiguration(file: string | null, options: LoadOptions): Loaded {
  const text = file === null ? "" : readText(file);
  const source = { file: file ?? NO_FILE, unreadable, readFile, ...options };
  return isNatsConf(source.file) ? readNatsConf(text, source) : readConfiguration(text, source);
}

/** Reads a configuration that came by another way than a file, which findings call `name`. Throws
 *  ConfigurationError. */
export function loadText(text: string, name: string, options: LoadOptions): Loaded {
  return readConfiguration(text, { file: name, unreadable, readFile, ...options });
}

/**
 * Reads `file` in nats-server's syntax, whatever it is called, and what it includes. Throws
 * ConfigurationError if it cannot be read.
 */
export function importConfiguration(file: string, environment: Environment): Imported {
  return importNatsConf(readText(file), { file, environment, readFile });
}

/** Writes a file that is not there yet, for nobody else to read; the answer says why not, or is null. */
export function writeNewFile(file: string, text: string): string | null {
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o600 });
    return null;
  } catch (error) {
    return reason(error, "written");
  }
}

/** nats-server's syntax is known by the end of the name; everything else is YAML or JSON. */
function isNatsConf(file: string): boolean {
  return file.toLowerCase().endsWith(".conf");
}

function readFile(file: string): FileText {
  try {
    return { text: readText(file) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { problem: error.findings[0]!.message };
  }
}

function readText(file: string): string {
  const outcome = readBounded(file, FILE_BYTES_MAX);
  if (typeof outcome === "string") throw unusable(file, outcome);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(outcome);
  } catch {
    throw unusable(file, "is not UTF-8 text");
  }
}

function unusable(file: string, message: string): ConfigurationError {
  return new ConfigurationError([{ file, line: 0, column: 0, path: "", message, severity: "error" }]);
}

/** The bytes of a file, or why there are none. Never reads more than `bytesMax`, whatever the file claims. */
function readBounded(file: string, bytesMax: number): Uint8Array | string {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    return reason(error);
  }
  try {
    const status = fstatSync(handle);
    if (status.isDirectory()) return "is a directory, not a file";
    if (status.size > bytesMax) return `is larger than ${bytesMax} bytes`;
    return readAll(handle, bytesMax);
  } catch (error) {
    return reason(error);
  } finally {
    closeSync(handle);
  }
}

/** A pipe or device has no size beforehand, so what counts is what came. */
function readAll(handle: number, bytesMax: number): Uint8Array | string {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = new Uint8Array(64 * 1024);
    const count = readSync(handle, chunk, 0, chunk.length, null);
    if (count === 0) break;
    total += count;
    if (total > bytesMax) return `is larger than ${bytesMax} bytes`;
    chunks.push(chunk.subarray(0, count));
  }
  return Buffer.concat(chunks);
}

function unreadable(file: string): string | null {
  try {
    const handle = openSync(file, "r");
    const isDirectory = fstatSync(handle).isDirectory();
    closeSync(handle);
    return isDirectory ? `${file} is a directory, not a file` : null;
  } catch (error) {
    return `${file}: ${reason(error)}`;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EEXIST: "is there already",
  EACCES: "permission denied",
  EISDIR: "is a directory, not a file",
  ENOTDIR: "no such file",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the file name is too long",
};

function reason(error: unknown, what: "read" | "written" = "read"): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? `cannot be ${what} (${code === "" ? "unknown reason" : code})`;
}
