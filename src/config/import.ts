// From a nats-server configuration to the appliance.yaml that does the same, and to the box itself: what the
// reader of YAML says of the result is told at the place in the original.

import { Document } from "yaml";
import { ConfigurationError, type Finding, type Place } from "./finding.ts";
import { Carrier, commentText } from "./import-carry.ts";
import { withAddresses } from "./import-defaults.ts";
import { parseNatsConf } from "./nats-conf.ts";
import type { FileText } from "./nats-conf-session.ts";
import { type Loaded, readConfiguration, type Source } from "./read.ts";
import { SETTINGS } from "./schema.ts";

/** `file` is the name of the original; what it includes is read with `readFile`. */
export interface ConfOrigin extends Source {
  readonly readFile: (file: string) => FileText;
}

export interface Imported {
  readonly yaml: string;
  /** Errors: what could not be carried over. Warnings: what was, and looks otherwise. */
  readonly notes: readonly Finding[];
  /** What the reader of the YAML says of it, at the places of the original. */
  readonly findings: readonly Finding[];
  /** Whether the box starts with it. */
  readonly isUsable: boolean;
}

/** Throws ConfigurationError if the original cannot be read. */
export function importNatsConf(text: string, origin: ConfOrigin): Imported {
  const { yaml, notes, translate } = carried(text, origin);
  const { loaded, findings } = readOrFindings(yaml, origin);
  return { yaml, notes, findings: translate(findings), isUsable: loaded !== null };
}

/**
 * Reads a nats-server configuration as if it had been imported. Throws ConfigurationError also for what
 * cannot be carried over.
 */
export function readNatsConf(text: string, origin: ConfOrigin): Loaded {
  const { yaml, notes, translate } = carried(text, origin);
  const { loaded, findings } = readOrFindings(yaml, origin);
  const all = [...notes, ...translate(findings)];
  if (loaded === null || notes.some(({ severity }) => severity === "error"))
    throw new ConfigurationError(all);
  return { ...loaded, warnings: all };
}

function readOrFindings(
  yaml: string,
  origin: ConfOrigin,
): { readonly loaded: Loaded | null; readonly findings: readonly Finding[] } {
  try {
    const loaded = readConfiguration(yaml, origin);
    return { loaded, findings: loaded.warnings };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { loaded: null, findings: error.findings };
  }
}

function carried(text: string, origin: ConfOrigin) {
  const { root, head } = parseNatsConf(text, origin);
  const carrier = new Carrier(origin.environment);
  const { map, after } = carrier.carry(withAddresses(root), SETTINGS);
  const document = new Document(map);
  const first = ` Written by isthmus import from ${origin.file}.`;
  document.commentBefore = commentText(head.length > 0 ? [first, "", ...head] : [first]);
  document.comment = commentText(after);
  return {
    yaml: document.toString({ lineWidth: 0, flowCollectionPadding: false }),
    notes: inOrder(carrier.notes, origin.file),
    translate,
  };

  /** Findings of the YAML at the places of the original, without those that have a note already. */
  function translate(findings: readonly Finding[]): Finding[] {
    const own = findings.filter(({ path }) => !carrier.guards.has(path));
    const placed = own.map((finding) => {
      return finding.file === origin.file ? { ...finding, ...placeOf(finding.path) } : finding;
    });
    return inOrder(placed, origin.file);
  }

  /** The place of the key, or of the nearest one around it. */
  function placeOf(path: string): Place {
    for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("."), at.lastIndexOf("[")))) {
      const place = carrier.origins.get(at);
      if (place !== undefined) return place;
    }
    return { file: origin.file, line: 0, column: 0 };
  }
}

/** As one goes through the original: file by file, the one that includes the others first. */
function inOrder(findings: readonly Finding[], main: string): Finding[] {
  const rank = ({ file }: Finding): string => (file === main ? "" : file);
  return [...findings].sort((a, b) => {
    if (a.file !== b.file) return rank(a) < rank(b) ? -1 : 1;
    return a.line - b.line || a.column - b.column;
  });
}
