// A ring of bytes in memory that two threads share: one writes, one reads, and who has nothing to do sleeps.
// Counts go round at 4 GiB, which the differences that are taken of them do not notice.

const RING_BYTES = 1 << 20;
const SLEEP_MILLIS = 10;
const HEAD_BYTES = 16;
const WRITTEN = 0;
const READ = 1;
/** All that was read, which does not go round; in MiB and the rest. */
const READ_MIB = 2;
const STARTED = 3;

export function ringMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + RING_BYTES);
}

export class RingWriter {
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#head = new Int32Array(memory, 0, HEAD_BYTES / 4);
    this.#bytes = new Uint8Array(memory, HEAD_BYTES);
  }

  /** Bytes that the reader has read since the ring was made. */
  get taken(): number {
    return (
      Atomics.load(this.#head, READ_MIB) * RING_BYTES + (Atomics.load(this.#head, READ) & (RING_BYTES - 1))
    );
  }

  get isRead(): boolean {
    return Atomics.load(this.#head, STARTED) === 1;
  }

  /** Answers how many bytes there was room for. */
  write(piece: Uint8Array): number {
    const written = Atomics.load(this.#head, WRITTEN);
    const room = RING_BYTES - ((written - Atomics.load(this.#head, READ)) | 0);
    const count = Math.min(room, piece.length);
    if (count === 0) return 0;
    const at = written & (RING_BYTES - 1);
    const first = Math.min(count, RING_BYTES - at);
    this.#bytes.set(piece.subarray(0, first), at);
    if (first < count) this.#bytes.set(piece.subarray(first, count), 0);
    Atomics.store(this.#head, WRITTEN, (written + count) | 0);
    // Only who has read all that was there before sleeps; looked at after the store, or both would wait.
    if (Atomics.load(this.#head, READ) === written) Atomics.notify(this.#head, WRITTEN);
    return count;
  }

  /** Sleeps until there may be room, which a box could not: it has other links to look after. */
  async drained(): Promise<void> {
    const read = Atomics.load(this.#head, READ);
    if (((Atomics.load(this.#head, WRITTEN) - read) | 0) < RING_BYTES) return;
    Atomics.wait(this.#head, READ, read, SLEEP_MILLIS);
  }
}

/** Reads for ever: what came is copied out, as a socket's bytes are. */
export function readRing(memory: SharedArrayBuffer): never {
  const head = new Int32Array(memory, 0, HEAD_BYTES / 4);
  const bytes = new Uint8Array(memory, HEAD_BYTES);
  const into = new Uint8Array(RING_BYTES);
  Atomics.store(head, STARTED, 1);
  for (let read = 0; ; ) {
    const written = Atomics.load(head, WRITTEN);
    if (written === read) {
      Atomics.wait(head, WRITTEN, written);
      continue;
    }
    const at = read & (RING_BYTES - 1);
    const count = Math.min((written - read) | 0, RING_BYTES - at);
    into.set(bytes.subarray(at, at + count), 0);
    read = (read + count) | 0;
    Atomics.store(head, READ, read);
    // Behind the count, so that who sees one without the other takes it for too few.
    if (at + count === RING_BYTES) Atomics.add(head, READ_MIB, 1);
    Atomics.notify(head, READ);
  }
}
