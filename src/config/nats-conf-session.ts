// What all texts of one configuration share while they are read: bounds, and where files and variables are.

import type { Finding } from "./finding.ts";
import type { Environment } from "./variables.ts";

/** The text of a file, or why there is none. */
export type FileText = { readonly text: string } | { readonly problem: string };

export interface ConfSource {
  /** The name of the file that the text came from; includes are looked for beside it. */
  readonly file: string;
  readonly environment: Environment;
  readonly readFile: (file: string) => FileText;
}

/** More than any key needs, and little enough for the stack. */
export const DEPTH_MAX = 32;

/** Values of a configuration, those of variables counted each time they are used. */
export const VALUES_MAX = 200_000;

/** Files that may be read for one configuration, and how deep they may include each other. */
export const INCLUDES_MAX = 1_000;
export const INCLUDE_DEPTH_MAX = 16;

/** Environment variables whose values name each other. */
export const VARIABLE_DEPTH_MAX = 16;

/** Variables that there are not, told at one time. */
export const MISSING_MAX = 100;

/** What all texts of one configuration share. */
export class ConfSession {
  values = 0;
  includes = 0;
  /** Files being read, outermost first. */
  readonly files: string[];
  /** Environment variables being read. */
  readonly variables = new Set<string>();
  /** What does not keep the rest from being read. */
  readonly findings: Finding[] = [];

  constructor(readonly source: ConfSource) {
    this.files = [source.file];
  }
}
