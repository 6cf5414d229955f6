// Bun reads half a MiB at a time into a buffer of its own, and hands out a copy in fresh memory. Under load
// that is most of what a message costs. So when Bun brought that much, there is more, and that is read
// straight to where it is parsed. Where there is no libc to ask, Bun goes on reading all of it.

import { dlopen, FFIType, ptr } from "bun:ffi";
import type { Arena } from "../base/arena.ts";
import type { Link } from "./link.ts";

/** What Bun reads at a time, in bytes: after a chunk of this size there is most likely more. */
const BUN_CHUNK_BYTES = 512 * 1024;
/** What we read at a time: it stays near the processor until it has left again. */
const PIECE_BYTES = 256 * 1024;
/** How many times in a row, before other connections have their turn. */
const READS_MAX = 16;
/** recv's MSG_DONTWAIT. */
const DONT_WAIT = process.platform === "darwin" ? 0x80 : 0x40;
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libSystem.B.dylib"];

type Recv = (fd: number, to: number, length: number, flags: number) => number;

export class DirectRead {
  readonly #base: number;
  /** Bytes that were read this way. */
  bytes = 0;

  private constructor(
    private readonly arena: Arena,
    private readonly recv: Recv,
  ) {
    this.#base = ptr(arena.bytes);
  }

  /** null where it cannot be done. */
  static open(arena: Arena): DirectRead | null {
    const recv = libraryRecv();
    return recv === null ? null : new DirectRead(arena, recv);
  }

  /** Bun brought so many bytes of the link; `between` is called after each piece that follows them. */
  after(chunkBytes: number, link: Link, between: () => void): void {
    if (chunkBytes !== BUN_CHUNK_BYTES || link.fd < 0) return;
    for (let i = 0; i < READS_MAX; i++) {
      const at = link.room;
      if (at < 0) return;
      const wanted = Math.min(PIECE_BYTES, this.arena.inputBytes - at);
      // No more, the end and errors alike: Bun looks again, and tells.
      const count = this.recv(link.fd, this.#base + at, wanted, DONT_WAIT);
      if (count <= 0) return;
      this.bytes += count;
      link.arrived(count);
      between();
      if (count < wanted) return;
    }
  }
}

/** A socket of Bun has the number, its types do not; -1: it is not to be read by anybody else. */
export function fdOf(socket: object): number {
  const { fd } = socket as { fd?: unknown };
  return typeof fd === "number" ? fd : -1;
}

function libraryRecv(): Recv | null {
  // ssize_t recv(int, void *, size_t, int): what fits an arena fits an int.
  const recv = {
    args: [FFIType.i32, FFIType.u64_fast, FFIType.u64_fast, FFIType.i32],
    returns: FFIType.i64_fast,
  };
  for (const name of LIBRARIES) {
    try {
      const { symbols } = dlopen(name, { recv });
      return symbols.recv as unknown as Recv;
    } catch {
      // Another system: the next one.
    }
  }
  return null;
}
