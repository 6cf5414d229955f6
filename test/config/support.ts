// Reads a configuration from a string in tests, and its findings as a person would see them.

import type { Configuration } from "../../src/config/config.ts";
import { ConfigurationError, type Finding, formatFinding } from "../../src/config/finding.ts";
import { type Loaded, readConfiguration, type Source } from "../../src/config/read.ts";

export function read(text: string, source: Partial<Source> = {}): Loaded {
  return readConfiguration(text, { file: "box.yaml", environment: {}, ...source });
}

export function configuration(text: string, source: Partial<Source> = {}): Configuration {
  return read(text, source).configuration;
}

/** Every finding as a line, those of a usable configuration too; dangers have their own function. */
export function findings(text: string, source: Partial<Source> = {}): string[] {
  return allFindings(text, source).filter(isNoDanger).map(formatFinding);
}

/** Every warning of what is legal and dangerous, as a line that begins with the name of the danger. */
export function dangers(text: string, source: Partial<Source> = {}): string[] {
  const told = allFindings(text, source).filter((finding) => !isNoDanger(finding));
  return told.map((finding) => `${finding.danger} ${formatFinding(finding)}`);
}

export function isNoDanger({ danger }: Finding): boolean {
  return danger === undefined;
}

export function allFindings(text: string, source: Partial<Source> = {}): readonly Finding[] {
  try {
    return read(text, source).warnings;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.findings;
  }
}
