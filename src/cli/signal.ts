// `isthmus --signal`: tells a box that runs what to do, as nats-server does. Source: nats-server 2.15,
// server/signal.go.

import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import type { SignalCommand } from "./flags.ts";

/** What each word sends. `stop` is the end without a good-bye, also in nats-server. */
export const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  ldm: "SIGUSR2",
  stop: "SIGKILL",
  quit: "SIGINT",
  term: "SIGTERM",
  reopen: "SIGUSR1",
  reload: "SIGHUP",
};

/** A process of this machine, and the words it was started with. */
export interface Running {
  readonly pid: number;
  readonly argv: readonly string[];
}

/** Exit 0 when the signal was sent; 1 with the reason, in nats-server's words. */
export function runSignal(
  { signal, target }: SignalCommand,
  processes: () => readonly Running[] = running,
): { exitCode: number; stdout: string; stderr: string } {
  const fail = (why: string) => ({ exitCode: 1, stdout: "", stderr: `isthmus: ${why}\n` });
  const pids = pidsOf(target, processes);
  if (typeof pids === "string") return fail(pids);
  const problems = pids.map((pid) => send(pid, signal)).filter((problem) => problem !== null);
  return problems.length > 0 ? fail(problems.join("\n")) : { exitCode: 0, stdout: "", stderr: "" };
}

/** Whom a target means: a process id, a file that has one, the beginning of ids with `*`, or "" for the one
 *  box that runs. Answers why there is none. */
export function pidsOf(target: string, processes: () => readonly Running[]): number[] | string {
  const written = existsSync(target) ? readFileSync(target, "utf8").trim() : target;
  const isGlob = written.endsWith("*");
  const digits = isGlob ? written.slice(0, -1) : written;
  if (digits !== "" && !/^[1-9]\d{0,9}$/.test(digits)) return `invalid pid: ${digits}`;
  if (digits !== "" && !isGlob) return [Number(digits)];
  const found = boxesAmong(processes()).filter((pid) => String(pid).startsWith(digits));
  if (found.length === 0) return "no isthmus processes running";
  if (found.length > 1 && !isGlob) return `multiple isthmus processes running:\n${found.join("\n")}`;
  return found;
}

/** The boxes: run as a binary of that name, or by Bun from the same file as this process. Commands such as
 *  `isthmus top` are none. */
export function boxesAmong(processes: readonly Running[], own = process.pid, main = Bun.main): number[] {
  return processes.flatMap(({ pid, argv }) => {
    const [program = "", script = ""] = argv;
    const isBinary = baseName(program) === "isthmus";
    const isScript = /^bun(?:\.exe)?$|^node$/.test(baseName(program)) && isSame(script, main);
    if (pid === own || (!isBinary && !isScript)) return [];
    const first = argv[isBinary ? 1 : 2];
    return first === undefined || first.startsWith("-") ? [pid] : [];
  });
}

function send(pid: number, signal: string): string | null {
  try {
    process.kill(pid, SIGNALS[signal]!);
    return null;
  } catch (error) {
    const { code } = error as { code?: string };
    const why = code === "ESRCH" ? "no such process" : code === "EPERM" ? "operation not permitted" : code;
    return `signal "${signal}" ${pid}: ${why}`;
  }
}

function running(): Running[] {
  if (existsSync("/proc/self/cmdline")) {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({ pid: Number(name), argv: argvOf(name) }));
  }
  const { stdout } = Bun.spawnSync(["ps", "-A", "-o", "pid=,args="], { stderr: "ignore" });
  return `${stdout}`.split("\n").flatMap((line) => {
    const [, pid, args = ""] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), argv: args.split(" ") }];
  });
}

/** Empty for a process that is gone meanwhile, or belongs to somebody who hides it. */
function argvOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}

function isSame(script: string, main: string): boolean {
  try {
    return realpathSync(script) === realpathSync(main);
  } catch {
    return script === main || (script !== "" && main.endsWith(`/${script}`));
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
