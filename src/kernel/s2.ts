// S2 in compiled code, over a memory of its own. Bytes are copied into it once and, for what is sent, out of
// it once; what was decoded is read where it lies. A machine without WebAssembly SIMD has none of it.

import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import { S2_CODE } from "./s2-code.ts";

/** Places in the memory, and how much each of them holds: see s2-layout.as. */
type Layout = Readonly<
  Record<
    | "BLOCK"
    | "BLOCK_BYTES"
    | "DECODED"
    | "DECODED_BYTES"
    | "PLAIN"
    | "PLAIN_BYTES"
    | "CHUNK"
    | "CHUNK_HEAD_BYTES"
    | "MEMORY_BYTES",
    number
  >
>;

/** See s2.as. */
interface Code {
  checksum(at: number, size: number): number;
  decode(size: number, length: number): number;
  encode(size: number, level: number): number;
}

const PAGE_BYTES = 65_536;
/** As many as MEMORY_BYTES needs. */
const PAGES = 208;
const LEVELS = ["s2_uncompressed", "s2_fast", "s2_better", "s2_best"] as const;
type Level = (typeof LEVELS)[number];

export class S2Kernel {
  readonly #code: Code;
  readonly #layout: Layout;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  private constructor(module: WebAssembly.Module) {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.#code = exports as unknown as Code;
    this.#layout = layoutOf(exports);
    assert(this.#layout.MEMORY_BYTES <= PAGES * PAGE_BYTES, "the memory of S2 is too small");
    this.#bytes = new Uint8Array(memory.buffer as ArrayBuffer);
  }

  /** Null where the machine cannot run it. */
  static load(): S2Kernel | null {
    const code = Uint8Array.fromBase64(S2_CODE);
    if (!WebAssembly.validate(code)) return null;
    try {
      return new S2Kernel(new WebAssembly.Module(code));
    } catch {
      return null;
    }
  }

  /** @hot The masked checksum of buf[from, to). */
  checksum(buf: Uint8Array, from: number, to: number): number {
    const { BLOCK, BLOCK_BYTES } = this.#layout;
    assert(to - from <= BLOCK_BYTES, "a block too large for the memory of S2");
    if (buf.buffer === this.#bytes.buffer) return this.#code.checksum(buf.byteOffset + from, to - from) >>> 0;
    copyBytes(buf, from, to, this.#bytes, BLOCK);
    return this.#code.checksum(BLOCK, to - from) >>> 0;
  }

  /** @hot Decodes block[from, to), which begins by saying that it becomes `length` bytes. They are valid
   *  until the next block is decoded; null when the block is broken. */
  decode(block: Uint8Array, from: number, to: number, length: number): Uint8Array | null {
    const { BLOCK, BLOCK_BYTES, DECODED, DECODED_BYTES } = this.#layout;
    assert(to - from <= BLOCK_BYTES && length <= DECODED_BYTES, "a block too large for the memory of S2");
    copyBytes(block, from, to, this.#bytes, BLOCK);
    return this.#code.decode(to - from, length) === 1
      ? this.#bytes.subarray(DECODED, DECODED + length)
      : null;
  }

  /** @hot Writes buf[from, to), 1 MiB at most, at `at` of target as a chunk; answers its end. */
  encode(level: Level, buf: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
    const { PLAIN, PLAIN_BYTES, CHUNK, CHUNK_HEAD_BYTES } = this.#layout;
    assert(to - from <= PLAIN_BYTES, "a block too large for the memory of S2");
    copyBytes(buf, from, to, this.#bytes, PLAIN);
    const size = this.#code.encode(to - from, LEVELS.indexOf(level));
    const end = copyBytes(this.#bytes, CHUNK, CHUNK + size, target, at);
    return size === CHUNK_HEAD_BYTES ? copyBytes(buf, from, to, target, end) : end;
  }
}

/** Exported numbers are globals. */
function layoutOf(exports: WebAssembly.Instance["exports"]): Layout {
  const numbers = Object.entries(exports).flatMap(([name, value]) =>
    value instanceof WebAssembly.Global ? [[name, Number(value.value)]] : [],
  );
  return Object.fromEntries(numbers) as Layout;
}
