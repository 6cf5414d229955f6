// Imports nats-server configurations from strings in tests, and reads the results back.

import { ConfigurationError, type Finding, formatFinding } from "../../src/config/finding.ts";
import { importNatsConf, readNatsConf } from "../../src/config/import.ts";
import type { Loaded } from "../../src/config/read.ts";
import { isNoDanger, read } from "./support.ts";

export interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

function originOf({ files = {}, environment = {} }: World) {
  const readFile = (name: string) => {
    return Object.hasOwn(files, name) ? { text: files[name]! } : { problem: "no such file" };
  };
  return { file: "nats.conf", environment, readFile };
}

function lines(findings: readonly Finding[]): string[] {
  return findings.filter(isNoDanger).map(formatFinding);
}

/** The YAML, notes and findings as a person sees them, and what a box makes of the YAML. */
export function imported(text: string, world: World = {}) {
  const { yaml, notes, findings, isUsable } = importNatsConf(text, originOf(world));
  return {
    yaml,
    notes: lines(notes),
    findings: lines(findings),
    isUsable,
    /** Read by the reader of YAML, as the box does. */
    configuration: () => read(yaml, { environment: world.environment ?? {} }).configuration,
  };
}

/** The box's own reading of the original; findings if it refuses. */
export function direct(text: string, world: World = {}): Loaded | string[] {
  try {
    return readNatsConf(text, originOf(world));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return lines(error.findings);
  }
}

/** The keys of the YAML without comments and blank lines. */
export function bareYaml(yaml: string): string[] {
  return yaml.split("\n").filter((line) => line !== "" && !line.trimStart().startsWith("#"));
}
