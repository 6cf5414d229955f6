// Reads a configuration from a string in tests, and its findings as a person would see them.

import type { Configuration } from "../../src/config/config.ts";
import { ConfigurationError, formatFinding } from "../../src/config/finding.ts";
import { type Loaded, readConfiguration, type Source } from "../../src/config/read.ts";

export function read(text: string, source: Partial<Source> = {}): Loaded {
  return readConfiguration(text, { file: "box.yaml", environment: {}, ...source });
}

export function configuration(text: string, source: Partial<Source> = {}): Configuration {
  return read(text, source).configuration;
}

/** Every finding as a line, those of a usable configuration too. */
export function findings(text: string, source: Partial<Source> = {}): string[] {
  try {
    return read(text, source).warnings.map(formatFinding);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.findings.map(formatFinding);
  }
}
