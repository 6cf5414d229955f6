// The nats command-line tool is the client that operators have at hand; where it is, a few tests run it.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { CACHE_DIR } from "./nats-server.ts";

export const NATS_CLI_VERSION = "0.5.1";
export const CACHED_NATS_CLI = join(CACHE_DIR, "natscli", NATS_CLI_VERSION, "nats");

/** `$NATS_CLI`, then PATH, then the cache of this repository. */
export function findNatsCli(): string | undefined {
  const candidates = [process.env["NATS_CLI"], Bun.which("nats") ?? undefined, CACHED_NATS_CLI];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

/**
 * Runs the tool to its end. The tool is kept from the caller's own contexts and from waiting on a
 * terminal.
 */
export async function nats(
  cli: string,
  url: string,
  args: readonly string[],
  timeoutMillis = 10_000,
): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([cli, "--server", url, "--no-context", ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: timeoutMillis,
    killSignal: "SIGKILL",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}
