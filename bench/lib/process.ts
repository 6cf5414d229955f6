// Child processes of the bench and the demo: started with a log, watched by their CPU time, and always
// stopped by their own process id, also when we are interrupted.

import { dlopen, ptr } from "bun:ffi";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A child that writes both its streams to a log. */
export interface Child {
  readonly pid: number;
  /** Everything it has written so far. */
  log(): string;
  /** Whether it has ended by itself. */
  ended(): boolean;
  /** Asks it to stop, and ends it if it has not done so within two seconds. */
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Cores to bind it to, as `taskset -c` takes them; null leaves it to the scheduler. */
  readonly cores?: string | null;
}

const STOP_MILLIS = 2_000;

const living = new Set<number>();
let cleaning = false;
let scratch: string | undefined;

/** A directory for configurations and logs, removed when this process ends. */
export function scratchDir(): string {
  cleanAtExit();
  scratch ??= mkdtempSync(join(tmpdir(), "isthmus-bench-"));
  return scratch;
}

/** The command with its cores in front of it; taskset replaces itself, so the process id is the command's. */
export function bound(command: readonly string[], cores: string | null | undefined): string[] {
  return cores === null || cores === undefined ? [...command] : ["taskset", "-c", cores, ...command];
}

/** Starts `command`; `name` names its log. */
export function start(name: string, command: readonly string[], options: ChildOptions = {}): Child {
  const path = join(scratchDir(), `${name}.log`);
  const log = openSync(path, "w");
  const child = Bun.spawn(bound(command, options.cores), {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdin: "ignore",
    stdout: log,
    stderr: log,
  });
  closeSync(log);
  track(child);
  return {
    pid: child.pid,
    log: () => readFileSync(path, "utf8"),
    ended: () => child.exitCode !== null || child.signalCode !== null,
    stop: () => stopChild(child),
  };
}

/** Has the child ended when we end, whatever ends us. */
export function track(child: Bun.Subprocess): void {
  cleanAtExit();
  living.add(child.pid);
  void child.exited.then(() => living.delete(child.pid));
}

export async function stopChild(child: Bun.Subprocess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MILLIS);
  await child.exited;
  clearTimeout(timer);
}

/**
 * CPU time that a process has used so far, user and system, all its threads, in microseconds.
 * Resolution: nanoseconds by the clock that Linux keeps for each process; a clock tick, 10 ms, where only
 * /proc tells; what `ps` prints elsewhere.
 */
export function cpuMicros(pid: number): number {
  const exact = clockMicros(pid);
  if (exact !== null) return exact;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in brackets and may hold spaces, so count from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    const shown = Bun.spawnSync(["ps", "-o", "time=", "-p", String(pid)])
      .stdout.toString()
      .trim();
    if (shown === "") throw new Error(`process ${pid} is gone`);
    const [clock = "", days = "0"] = shown.split("-").reverse();
    const seconds = clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
    return (Number(days) * 86_400 + seconds) * 1_000_000;
  }
}

/** As `man 3 clock_getcpuclockid` makes the id of a clock from that of a process. */
const SCHEDULED_CLOCK = 2;
const clockTime = new BigInt64Array(2);

/** Null where libc is not glibc, or knows no such clock. */
function clockMicros(pid: number): number | null {
  clockGettime ??= openClock();
  if (clockGettime((~pid << 3) | SCHEDULED_CLOCK) !== 0) return null;
  return Number(clockTime[0]) * 1e6 + Number(clockTime[1]) / 1e3;
}
let clockGettime: ((clock: number) => number) | undefined;

function openClock(): (clock: number) => number {
  try {
    const { symbols } = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
    const place = ptr(clockTime);
    return (clock) => symbols.clock_gettime(clock, place);
  } catch {
    return () => -1;
  }
}

/** Waits until `holds` answers true; fails with `what` after `millis`, and passes on what `holds` throws. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  millis = 10_000,
): Promise<void> {
  const end = performance.now() + millis;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${millis} ms in vain for ${what}`);
    await Bun.sleep(5);
  }
}

function cleanAtExit(): void {
  if (cleaning) return;
  cleaning = true;
  process.on("exit", () => {
    for (const pid of living) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself in the meantime.
      }
    }
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  });
  process.on("SIGINT", () => process.exit(130));
  process.on("SIGTERM", () => process.exit(143));
}
