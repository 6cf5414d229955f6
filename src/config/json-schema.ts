// The schema of a configuration as JSON Schema, for editors and for documentation.

import { z } from "zod";
import { keyNote, kindNote } from "./keys.ts";
import { SETTINGS } from "./schema.ts";

/**
 * JSON Schema (2020-12) of what may be written in the file. Every key carries its help as description,
 * whether it
 * reloads as `x-reload`, and its other names as `x-aliases`; a value with a unit has it as `x-unit`.
 */
export function toJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(SETTINGS, {
    io: "input",
    reused: "inline",
    override: ({ zodSchema, jsonSchema }) => {
      const schema = zodSchema as unknown as z.ZodType;
      const note = keyNote(schema);
      if (note === null) return;
      jsonSchema.description = note.help;
      jsonSchema["x-reload"] = note.reload;
      if (note.aliases !== undefined) jsonSchema["x-aliases"] = note.aliases;
      const { unit } = kindNote(schema);
      if (unit !== undefined) jsonSchema["x-unit"] = unit;
    },
  });
}
