// What the system says of a process that is measured: CPU time finer than a clock tick, memory now and at
// its highest. Where there is no /proc the coarser means of other systems have to do.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpuMicros } from "./process.ts";

/** CPU time of all living threads so far, in nanoseconds. */
export function cpuNanos(pid: number): number {
  try {
    let nanos = 0;
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      nanos += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
    }
    return nanos;
  } catch {
    return cpuMicros(pid) * 1_000;
  }
}

/** Bytes of memory: resident now, and the most since `resetPeak`. */
export function memoryOf(pid: number): { readonly resident: number; readonly peak: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kib = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    return { resident: kib("VmRSS") * 1_024, peak: kib("VmHWM") * 1_024 };
  } catch {
    const shown = Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)]).stdout.toString();
    const resident = Number(shown.trim()) * 1_024;
    return { resident, peak: resident };
  }
}

/** From here on the peak is counted anew; answers false where that cannot be. */
export function resetPeak(pid: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
    return true;
  } catch {
    return false;
  }
}

const SETTLE_STEP_MILLIS = 100;

/** Resident bytes once they have stopped falling, or after `millis`. */
export async function settledBytes(pid: number, millis: number): Promise<number> {
  let least = memoryOf(pid).resident;
  for (let waited = 0; waited < millis; waited += SETTLE_STEP_MILLIS) {
    await Bun.sleep(SETTLE_STEP_MILLIS);
    least = Math.min(least, memoryOf(pid).resident);
  }
  return least;
}
