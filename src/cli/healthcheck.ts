// `isthmus healthcheck`: is the box well? For containers, which know two answers.

import { type Box, EXIT_NO, ToolError } from "./box.ts";
import type { ToolCommand } from "./tool-flags.ts";
import type { Out } from "./tools.ts";

/** As long as a container waits for it by default, and a little less. */
const TIMEOUT_SECONDS = 5;

/** Exit 0 or 1 by /healthz, or by /readyz or /livez. */
export async function healthcheck(box: Box, { flags }: ToolCommand, out: Out): Promise<number> {
  const path = flags["live"] !== undefined ? "/livez" : flags["ready"] !== undefined ? "/readyz" : "/healthz";
  const seconds = Number(flags["timeout"] ?? TIMEOUT_SECONDS);
  try {
    const { status, body } = await box.ask(path, seconds * 1_000);
    const { status: word = "unavailable", error } = body as { status?: string; error?: string };
    if (flags["json"] !== undefined)
      out.line(JSON.stringify({ path, http_status: status, ...(body as object) }));
    else out.line(error === undefined ? word : `${word}: ${error}`);
    return status === 200 ? 0 : EXIT_NO;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new ToolError(error.message, EXIT_NO);
  }
}
