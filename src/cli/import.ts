// `isthmus import nats.conf`: the YAML to a file or standard output, and what could not be carried over to
// standard error.

import { ConfigurationError, type Finding, formatFinding } from "../config/finding.ts";
import type { Imported } from "../config/import.ts";
import { importConfiguration, writeNewFile } from "../config/load.ts";
import type { Environment } from "../config/variables.ts";
import { explain, type Outcome } from "./check.ts";
import type { ImportCommand } from "./flags.ts";

export interface ImportOutcome extends Outcome {
  readonly stdout: string;
}

/**
 * Exit 0 for a result that the box starts with, be it with notes; 1 for one that must be mended first, which
 * is written all the same, and for a file that cannot be read. An existing file is never written over.
 */
export function runImport({ file, output }: ImportCommand, environment: Environment): ImportOutcome {
  let imported: Imported;
  try {
    imported = importConfiguration(file, environment);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { exitCode: 1, stdout: "", stderr: explain(error) };
  }
  const problem = output === null ? null : writeNewFile(output, imported.yaml);
  if (problem !== null) return { exitCode: 1, stdout: "", stderr: `isthmus: ${output}: ${problem}\n` };
  const lines = [...imported.notes, ...imported.findings].map((finding) => `${formatFinding(finding)}\n`);
  return {
    exitCode: imported.isUsable ? 0 : 1,
    stdout: output === null ? imported.yaml : "",
    stderr: `${lines.join("")}isthmus: ${summary(imported, file)}\n`,
  };
}

function summary({ notes, findings, isUsable }: Imported, file: string): string {
  if (!isUsable) {
    const count = findings.filter(isError).length;
    const what = count === 0 ? "what is said above" : count === 1 ? "1 error" : `${count} errors`;
    return `the box does not start with the result: ${what} must be mended first`;
  }
  const count = notes.filter(isError).length;
  if (count === 0) return `${file} is carried over whole`;
  return `${file} is carried over but for ${count === 1 ? "1 line" : `${count} lines`}`;
}

function isError({ severity }: Finding): boolean {
  return severity === "error";
}
