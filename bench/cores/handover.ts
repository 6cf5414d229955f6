// What does it cost to hand a message to another process? Bytes alone: reading and writing its line comes on
// top, and is what `bun run bench micro` and `forward` tell of.

import { join } from "node:path";
import type { Pinning } from "../lib/machine.ts";
import { cpuMicros, scratchDir } from "../lib/process.ts";
import { type Spread, spread } from "../lib/stats.ts";
import { sizeText, table } from "../lib/table.ts";
import { Worker } from "../lib/worker.ts";

/** By what the bytes go: a socket between two processes, or memory that two threads of one process share. */
export type Way = "unix" | "tcp" | "ring";

export type Question =
  | { readonly ask: "listen"; readonly way: "unix" | "tcp"; readonly path: string }
  | { readonly ask: "dial"; readonly way: "unix" | "tcp"; readonly path: string; readonly port: number }
  | { readonly ask: "thread" }
  /** Writes pieces of `pieceBytes` for `millis`; answers how many bytes. */
  | { readonly ask: "send"; readonly pieceBytes: number; readonly millis: number }
  /** Answers when so many bytes have come since the last time. */
  | { readonly ask: "await"; readonly bytes: number };

export interface HandoverRow {
  readonly way: Way;
  /** Of a message, with its line. */
  readonly frameBytes: number;
  readonly messagesAPiece: number;
  /** CPU-µs a message, at both ends together. */
  readonly cpuMicros: Spread;
}

const PLAYER = join(import.meta.dir, "handover-player.ts");
/** What a turn of the box gathers for one link when it is busy. */
const PIECE_BYTES = 64 << 10;
/** The line of a message to a subject as the load has it. */
const LINE_BYTES = 33;
const WAYS: Readonly<Record<Way, string>> = {
  unix: "Unix socket",
  tcp: "TCP on the loopback",
  ring: "ring in shared memory, two threads",
};

export async function handover(
  sizes: readonly number[],
  rounds: number,
  millis: number,
  pinned: Pinning | null,
): Promise<HandoverRow[]> {
  const rows: HandoverRow[] = [];
  for (const way of ["unix", "tcp", "ring"] as const) {
    const ends = await begin(way, pinned);
    try {
      for (const size of sizes) {
        const frameBytes = LINE_BYTES + size;
        for (const messagesAPiece of [Math.floor(PIECE_BYTES / frameBytes), 1]) {
          const samples: number[] = [];
          await micros(ends, frameBytes * messagesAPiece, millis);
          for (let round = 0; round < rounds; round++) {
            samples.push((await micros(ends, frameBytes * messagesAPiece, millis)) * frameBytes);
          }
          rows.push({ way, frameBytes, messagesAPiece, cpuMicros: spread(samples) });
        }
      }
    } finally {
      await Promise.all(ends.all.map((end) => end.stop()));
    }
  }
  return rows;
}

type Player = Worker<Question, number>;

interface Ends {
  readonly sender: Player;
  readonly receiver: Player;
  /** Each process once. */
  readonly all: readonly Player[];
}

async function begin(way: Way, pinned: Pinning | null): Promise<Ends> {
  const cores = pinned?.system.split(",") ?? [];
  if (way === "ring") {
    const both: Player = new Worker(PLAYER, pinned?.system ?? null);
    await both.ask({ ask: "thread" });
    return { sender: both, receiver: both, all: [both] };
  }
  const receiver: Player = new Worker(PLAYER, cores[1] ?? null);
  const sender: Player = new Worker(PLAYER, cores[0] ?? null);
  const path = join(scratchDir(), "handover.sock");
  const port = await receiver.ask({ ask: "listen", way, path });
  await sender.ask({ ask: "dial", way, path, port });
  return { sender, receiver, all: [sender, receiver] };
}

/** CPU-µs a byte. */
async function micros({ sender, receiver, all }: Ends, pieceBytes: number, millis: number): Promise<number> {
  const used = (): number => all.reduce((sum, { pid }) => sum + cpuMicros(pid), 0);
  const before = used();
  const bytes = await sender.ask({ ask: "send", pieceBytes, millis });
  await receiver.ask({ ask: "await", bytes });
  return (used() - before) / bytes;
}

export function handoverTable(rows: readonly HandoverRow[]): string {
  const head = ["hand-over to another process", "payload", "messages a write", "CPU-µs/msg [min–max]"];
  const cells = rows.map(({ way, frameBytes, messagesAPiece, cpuMicros: cpu }) => [
    WAYS[way],
    sizeText(frameBytes - LINE_BYTES),
    String(messagesAPiece),
    `${cpu.median.toFixed(3)} [${cpu.min.toFixed(3)}–${cpu.max.toFixed(3)}]`,
  ]);
  return table(head, cells, ["left", "right", "right", "right"]);
}
