// What `-t` says of a configuration file, and how a wrong one is told at start.

import { ConfigurationError, type Finding, formatFinding } from "../config/finding.ts";
import { loadConfiguration } from "../config/load.ts";
import type { Environment } from "../config/variables.ts";
import type { RunCommand } from "./flags.ts";

/** What a command leaves behind: text for standard error, and the code the process ends with. */
export interface Outcome {
  readonly exitCode: number;
  readonly stderr: string;
}

/** Exit 0 and a line with the digest for a usable file, 1 and every finding for another. */
export function checkConfiguration(command: RunCommand, environment: Environment): Outcome {
  const { configFile, overrides } = command;
  try {
    const { digest, warnings } = loadConfiguration(configFile, { environment, overrides });
    const valid = `isthmus: configuration file ${configFile ?? "(none)"} is valid (${digest})\n`;
    return { exitCode: 0, stderr: findingLines(warnings) + valid };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { exitCode: 1, stderr: explain(error) };
  }
}

/** Every finding on a line of its own, and how many of them are errors. */
export function explain(error: ConfigurationError): string {
  const count = error.findings.filter((finding) => finding.severity === "error").length;
  const errors = count === 1 ? "error" : "errors";
  return `${findingLines(error.findings)}isthmus: ${count} ${errors} in the configuration\n`;
}

/** One line a finding, each ended; nothing for none. */
function findingLines(findings: readonly Finding[]): string {
  return findings.map((finding) => `${formatFinding(finding)}\n`).join("");
}
