// A figure means nothing without the machine it came from, so every report carries these notes; and
// which core does what is decided here, once for all suites.

import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";

/** Which cores the processes are bound to; null where the system offers no way to bind them. */
export interface Pinning {
  /** Core of the system under test, as `taskset -c` takes it. */
  readonly system: string;
  /** Cores of the generator and the sink, as `taskset -c` takes them. */
  readonly load: string;
}

/** What the report says of the machine. */
export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly bun: string;
  readonly pinning: Pinning | null;
}

/** The last allowed core for the system under test, all others for the load; null where that cannot be. */
export function pinning(): Pinning | null {
  if (Bun.which("taskset") === null) return null;
  const cores = allowedCores();
  const system = cores.pop();
  if (system === undefined || cores.length === 0) return null;
  return { system: String(system), load: cores.join(",") };
}

export function machineNotes(pinned: Pinning | null): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()} ${process.arch}`,
    bun: Bun.version,
    pinning: pinned,
  };
}

/** The notes as lines for the terminal. */
export function machineText(machine: Machine): string {
  const bound = machine.pinning;
  const pinned =
    bound === null
      ? "not pinned (no taskset, or a single core): expect more noise"
      : `system under test on core ${bound.system}, generator and sink on core ${bound.load}`;
  return [
    `machine  ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.kernel}`,
    `date     ${machine.date}, Bun ${machine.bun}`,
    `pinning  ${pinned}`,
  ].join("\n");
}

/** Each of `count` processes of a system on a core of its own, and the load wherever there is room; null
 *  where that cannot be. */
export function spreadPinning(count: number): Pinning | null {
  if (Bun.which("taskset") === null) return null;
  const cores = allowedCores();
  if (cores.length < count) return null;
  return { system: cores.slice(-count).join(","), load: cores.join(",") };
}

/** The cores this process may run on; a container may have been given only some. */
function allowedCores(): number[] {
  let list: string | undefined;
  try {
    list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  } catch {
    return [];
  }
  return (list ?? "").split(",").flatMap((part) => {
    const [from, to] = part.split("-").map(Number);
    if (from === undefined || Number.isNaN(from)) return [];
    return Array.from({ length: (to ?? from) - from + 1 }, (_, step) => from + step);
  });
}
