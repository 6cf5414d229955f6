// Writes the JSON Schema that editors read; a test compares the file with what would be written.

import { toJsonSchema } from "../../src/config/json-schema.ts";

export const SCHEMA_FILE = new URL("../../docs/appliance.schema.json", import.meta.url).pathname;

/** The text of the file: the schema with the names that editors show. */
export function schemaText(): string {
  const { $schema, ...rest } = toJsonSchema();
  const title = "appliance.yaml, the configuration of an Isthmus box";
  return `${JSON.stringify({ $schema, title, ...rest }, null, 1)}\n`;
}

if (import.meta.main) await Bun.write(SCHEMA_FILE, schemaText());
