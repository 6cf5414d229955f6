// nats-server's own configuration syntax to values with their places, or to what is wrong with the text.

import { ConfigurationError } from "./finding.ts";
import { Cursor } from "./nats-conf-cursor.ts";
import { ConfReader } from "./nats-conf-reader.ts";
import { ConfSession, type ConfSource } from "./nats-conf-session.ts";
import { ConfFault, type ConfFile } from "./nats-conf-tree.ts";

/**
 * Reads a configuration with what it includes and the variables it uses. Throws ConfigurationError, and
 * nothing else: reading ends at the first slip in the syntax, but tells of every variable that there is not.
 * Source: nats-server 2.15, package conf.
 */
export function parseNatsConf(text: string, source: ConfSource): ConfFile {
  const session = new ConfSession(source);
  const cursor = new Cursor(text, source.file);
  const reader = new ConfReader(cursor, session);
  try {
    const { entries } = reader.read();
    if (session.findings.length > 0) throw new ConfigurationError(session.findings);
    const place = { file: source.file, line: 1, column: 1 };
    return { root: { is: "map", entries, place, variable: null }, head: reader.head };
  } catch (error) {
    if (!(error instanceof ConfFault)) throw error;
    const fault = { ...error.place, path: "", message: error.message, severity: "error" } as const;
    throw new ConfigurationError([...session.findings, fault]);
  }
}
