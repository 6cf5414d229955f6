// The memory that receive window, egress blocks and the express lane share, and the lane's code over it. A
// machine without WebAssembly SIMD has none of it and takes the road that it takes for every unusual message.

import { KERNEL_CODE } from "./code.ts";

/** Sizes and places in the memory, as express.as has them. */
export type Layout = Readonly<
  Record<
    | "LEAD"
    | "LEAD_BYTES"
    | "LANES"
    | "LANE_COUNT"
    | "LANE_BYTES"
    | "LANE_LIMIT"
    | "LANE_MESSAGES"
    | "LANE_PAYLOAD"
    | "TABLE"
    | "TABLE_SLOTS"
    | "SLOT_BYTES"
    | "WAYS"
    | "GENERATIONS"
    | "GENERATION_COUNT"
    | "HEAP"
    | "HEAP_BYTES"
    | "ARENA"
    | "DONE_MESSAGES"
    | "DONE_BYTES"
    | "SEAT_PLACE"
    | "SEAT_TAG"
    | "ENTRY_LENS"
    | "ENTRY_LENGTH"
    | "ENTRY_CELL"
    | "ENTRY_GENERATION"
    | "ENTRY_TOPOLOGY"
    | "ENTRY_TARGETS"
    | "ENTRY_COUNT"
    | "ENTRY_HITS"
    | "ENTRY_REFUSES"
    | "ENTRY_SUBJECT"
    | "TARGET_LANE"
    | "TARGET_PREFIX"
    | "TARGET_PREFIX_BYTES"
    | "TARGET_FIRST"
    | "TARGET_MESSAGES"
    | "TARGET_BYTES"
    | "TARGET_OWNER"
    | "TARGET_SIZE_MAX"
    | "TARGET_LINES"
    | "TARGET_PREFIXES_BYTES"
    | "TARGET_WIRE"
    | "TARGET_SIZE"
    | "REFUSES_REPLY"
    | "REFUSES_FRESH_REPLY"
    | "REFUSES_HEADERS"
    | "SUBJECT_BYTES_MAX"
    | "SLACK_BYTES",
    number
  >
>;

interface Code {
  /** See express.as. */
  run(
    at: number,
    end: number,
    lead: number,
    lens: number,
    self: number,
    quiet: number,
    headers: number,
    sizeMax: number,
    lineMax: number,
  ): number;
  seat(lens: number, from: number, length: number): void;
}

const PAGE_BYTES = 65_536;

export class Kernel {
  readonly layout: Layout;
  readonly code: Code;
  /** All of the memory, three times. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
  readonly floats: Float64Array;
  /** Gives a lane room for so many bytes; false when its peer may get no more. */
  lend: (lane: number, size: number) => boolean = () => false;

  private constructor(module: WebAssembly.Module, arenaBytes: number) {
    // The layout is known once there is an instance, which wants its memory: the first one is thrown away.
    const host = { lend: (lane: number, size: number) => (this.lend(lane, size) ? 1 : 0) };
    const layout = layoutOf(new WebAssembly.Instance(module, { env: { memory: memoryOf(1) }, host }));
    const memory = memoryOf(Math.ceil((layout.ARENA + arenaBytes) / PAGE_BYTES));
    const { exports } = new WebAssembly.Instance(module, { env: { memory }, host });
    this.layout = layout;
    this.code = exports as unknown as Code;
    this.bytes = new Uint8Array(memory.buffer as ArrayBuffer);
    this.words = new Int32Array(memory.buffer as ArrayBuffer);
    this.floats = new Float64Array(memory.buffer);
  }

  /** With room for an arena of so many bytes; null where the machine cannot run it. */
  static load(arenaBytes: number): Kernel | null {
    const code = Uint8Array.fromBase64(KERNEL_CODE);
    if (!WebAssembly.validate(code)) return null;
    try {
      return new Kernel(new WebAssembly.Module(code), arenaBytes);
    } catch {
      return null;
    }
  }

  /** Where the counters of generations lie. */
  get generations(): Int32Array<ArrayBuffer> {
    const { GENERATIONS, GENERATION_COUNT } = this.layout;
    return this.words.subarray(GENERATIONS >> 2, (GENERATIONS >> 2) + GENERATION_COUNT);
  }

  /** Where the arena lies: a view of the memory. */
  arena(bytes: number): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(this.layout.ARENA, this.layout.ARENA + bytes);
  }
}

function memoryOf(pages: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

/** Exported numbers are globals. */
function layoutOf({ exports }: WebAssembly.Instance): Layout {
  const numbers = Object.entries(exports).flatMap(([name, value]) =>
    value instanceof WebAssembly.Global ? [[name, Number(value.value)]] : [],
  );
  return Object.fromEntries(numbers) as Layout;
}
