// Raw relays as contestants: built where there is something to build them with, and left out with a word
// where there is not.

import { join } from "node:path";
import { freePort } from "../../test/support/ports.ts";
import type { Contestant } from "../lib/contest.ts";
import type { LoadSpec } from "../lib/frames.ts";
import { scratchDir, start, until } from "../lib/process.ts";

export type RelayName = "Bun relay" | "Go relay" | "Go splice" | "C relay";

/** How a relay is started: its two ports come behind `command`, and `mode` behind them. */
export interface Relay {
  readonly name: RelayName;
  readonly command: readonly string[];
  readonly mode: readonly string[];
}

export interface Relays {
  readonly found: readonly Relay[];
  /** What is missing here, for the reader. */
  readonly notes: readonly string[];
}

const ROOT = join(import.meta.dir, "../..");
const NOTHING: LoadSpec = { direction: "raw-to-raw", size: 16, subjects: 1, connections: 1 };

/** Builds what can be built here: seconds the first time, with Go. */
export function relays(): Relays {
  const found: Relay[] = [
    { name: "Bun relay", command: [process.execPath, join(import.meta.dir, "relay.ts")], mode: [] },
  ];
  const notes: string[] = [];
  const go = built("go", (path) => ["go", "build", "-o", path, join(import.meta.dir, "relay.go")]);
  if (go === null) notes.push("no Go toolchain here: the Go relays are left out");
  else {
    found.push({ name: "Go relay", command: [go], mode: ["copy"] });
    found.push({ name: "Go splice", command: [go], mode: ["splice"] });
  }
  const compiler = ["cc", "gcc", "clang"].find((name) => Bun.which(name) !== null);
  const c =
    compiler === undefined ? null : built(compiler, (path) => [compiler, "-O2", "-o", path, C_SOURCE]);
  if (c === null) notes.push("no C compiler here: the C relay is left out");
  else found.push({ name: "C relay", command: [c], mode: [] });
  return { found, notes };
}

const C_SOURCE = join(import.meta.dir, "relay.c");

/** A relay carries the frames of a gateway, which it does not know. */
export function relayContestant({ name, command, mode }: Relay, size: number): Contestant {
  return {
    name,
    spec: { ...NOTHING, size },
    async start(loadPort, seat, cores) {
      const port = freePort();
      const all = [...command, String(port), String(loadPort), ...mode];
      const child = start(`relay-${seat}`, all, { cwd: ROOT, env: { GOMAXPROCS: "1" }, cores });
      await until(`${name} to be ready`, () => {
        if (child.ended()) throw new Error(`${name} ended at once: ${child.log()}`);
        return child.log().includes("ready");
      });
      return { children: [child], ports: { client: port, gateway: port, leaf: port } };
    },
  };
}

/** No hop at all: the load sends to itself. What is left is the load's own part of a latency. */
export function direct(size: number): Contestant {
  return {
    name: "no hop",
    spec: { ...NOTHING, size },
    start: async (loadPort) => ({
      children: [],
      ports: { client: loadPort, gateway: loadPort, leaf: loadPort },
    }),
  };
}

function built(tool: string, commandFor: (path: string) => string[]): string | null {
  if (Bun.which(tool) === null) return null;
  const path = join(scratchDir(), `relay-of-${tool}`);
  const run = Bun.spawnSync(commandFor(path), { cwd: scratchDir(), stdout: "ignore", stderr: "pipe" });
  if (run.exitCode === 0) return path;
  process.stderr.write(`${tool} does not build its relay: ${run.stderr}`);
  return null;
}
