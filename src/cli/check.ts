// What `-t` and `isthmus check` say of a configuration file, and how a wrong one is told at start.

import { ConfigurationError, type Finding, formatFinding } from "../config/finding.ts";
import { loadConfiguration } from "../config/load.ts";
import type { Environment } from "../config/variables.ts";
import type { CheckCommand, RunCommand } from "./flags.ts";

/** What a command leaves behind: text for standard error, and the code the process ends with. */
export interface Outcome {
  readonly exitCode: number;
  readonly stderr: string;
}

type Judged = { readonly digest: string | null; readonly findings: readonly Finding[] };

/** Exit 0 and a line with the digest for a usable file, 1 and every finding for another. */
export function checkConfiguration(command: RunCommand, environment: Environment): Outcome {
  const { configFile, overrides } = command;
  return told(
    configFile ?? "(none)",
    judge(() => loadConfiguration(configFile, { environment, overrides })),
  );
}

/**
 * `isthmus check`: the same for a file alone. With `asJson`, standard output has an array with an object for
 * each finding, and standard error has nothing.
 */
export function runCheck(
  { file, asJson }: CheckCommand,
  environment: Environment,
): Outcome & { readonly stdout: string } {
  const judged = judge(() => loadConfiguration(file, { environment }));
  if (!asJson) return { ...told(file, judged), stdout: "" };
  const stdout = `${JSON.stringify(judged.findings.map(plainFinding), null, 2)}\n`;
  return { exitCode: judged.digest === null ? 1 : 0, stdout, stderr: "" };
}

/** Every finding on a line of its own, and how many of them are errors. */
export function explain(error: ConfigurationError): string {
  const count = error.findings.filter(isError).length;
  return `${findingLines(error.findings)}isthmus: ${counted(count, "error")} in the configuration\n`;
}

/** The digest is null when the file cannot be used. */
function judge(load: () => { readonly digest: string; readonly warnings: readonly Finding[] }): Judged {
  try {
    const { digest, warnings } = load();
    return { digest, findings: warnings };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { digest: null, findings: error.findings };
  }
}

function told(file: string, { digest, findings }: Judged): Outcome {
  if (digest === null) return { exitCode: 1, stderr: explain(new ConfigurationError(findings)) };
  const warnings = findings.length === 0 ? "" : `, with ${counted(findings.length, "warning")}`;
  const valid = `isthmus: configuration file ${file} is valid (${digest})${warnings}\n`;
  return { exitCode: 0, stderr: findingLines(findings) + valid };
}

/** In the words of the command: a finding's path is a key to whoever reads the file. */
function plainFinding({ path, message, severity, file, line, column, ...details }: Finding): object {
  return { file, line, column, key: path, severity, message, ...details };
}

/** One line a finding, each ended; nothing for none. */
function findingLines(findings: readonly Finding[]): string {
  return findings.map((finding) => `${formatFinding(finding)}\n`).join("");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function isError({ severity }: Finding): boolean {
  return severity === "error";
}
