// Runs a tool: asks the box, prints, and answers the code to end with.

import { Box, EXIT_NO, ToolError } from "./box.ts";
import { diagnose } from "./diag.ts";
import { explainMessage } from "./explain.ts";
import { healthcheck } from "./healthcheck.ts";
import { tap } from "./tap.ts";
import type { ToolCommand, ToolName } from "./tool-flags.ts";
import { top } from "./top.ts";

/** Where a tool prints. */
export interface Out {
  text(text: string): void;
  line(line: string): void;
}

export type Tool = (box: Box, command: ToolCommand, out: Out) => Promise<number>;

const TOOLS: Readonly<Record<ToolName, Tool>> = {
  explain: explainMessage,
  healthcheck,
  top,
  tap,
  diag: diagnose,
};

/** 0: done. 1: the box said no, or is not well. 2: it could not be asked. */
export async function runTool(command: ToolCommand): Promise<number> {
  const { admin, url } = command.flags;
  const box = new Box({ ...(admin === undefined ? {} : { admin }), ...(url === undefined ? {} : { url }) });
  const out: Out = {
    text: (text) => void process.stdout.write(text),
    line: (line) => void process.stdout.write(`${line}\n`),
  };
  try {
    return await TOOLS[command.tool](box, command, out);
  } catch (error) {
    process.stderr.write(`isthmus ${command.tool}: ${(error as Error).message}\n`);
    return error instanceof ToolError ? error.exitCode : EXIT_NO;
  }
}
