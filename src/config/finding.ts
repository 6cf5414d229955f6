// What is wrong with a configuration, where it is wrong, and what to write instead.

import { ApplianceError } from "../base/errors.ts";

export type Severity = "error" | "warning";

/** One remark on a configuration. `line` and `column` count from 1; line 0 means "nowhere in a file". */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The key as `gateway.gateways[0].urls`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly severity: Severity;
  /** What may stand there: the keys of the block, or the kind of value in words. */
  readonly allowed?: readonly string[];
  /** The known key that an unknown one is most like. */
  readonly nearest?: string;
  /** The kind of danger, for warnings of what is legal and dangerous. */
  readonly danger?: Danger;
}

/** Names that stay, so that a tool can tell the dangers apart. */
export type Danger =
  | "anybody"
  | "clear-text"
  | "large-payload"
  | "oneself"
  | "own-cluster-unlisted"
  | "plain-password"
  | "shared-token"
  | "single-url"
  | "system-account"
  | "unknown-gateways"
  | "unreachable"
  | "unverified";

/** What a finding may say beyond its text, for tools. */
export type Details = Pick<Finding, "allowed" | "nearest" | "danger">;

/** A place in the text, or in no text at all. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `appliance.yaml:12:5 gateway.gateways[0].urls: expected a list of URLs, got a number`. */
export function formatFinding(finding: Finding): string {
  const place = finding.line > 0 ? `${finding.file}:${finding.line}:${finding.column}` : finding.file;
  const path = finding.path === "" ? "" : ` ${finding.path}`;
  const warning = finding.severity === "warning" ? " warning:" : "";
  return `${place}${path}:${warning} ${finding.message}`;
}

/** A configuration that cannot be used: carries every finding, warnings too, never only the first. */
export class ConfigurationError extends ApplianceError {
  override readonly name = "ConfigurationError";
  readonly code = "configuration";

  constructor(readonly findings: readonly Finding[]) {
    super(findings.map(formatFinding).join("\n"));
  }
}
