// What the load sends is compressed by the box's own encoder, for both systems, in the shape that nats-server
// gives it: a stream of its own for each flush. Source: leafnode.md §9.3.

import { S2Kernel } from "../../src/kernel/s2.ts";
import type { S2Level } from "../../src/wire/s2-codec.ts";
import { S2Encoder } from "../../src/wire/s2-encoder.ts";
import { S2Fallback } from "../../src/wire/s2-fallback.ts";
import type { Encode } from "./batch.ts";

/** As the box has it. */
export const CODEC = S2Kernel.load() ?? new S2Fallback();

export function encoderOf(level: S2Level): Encode {
  return (plain) => {
    const encoder = new S2Encoder(level, CODEC);
    const target = new Uint8Array(encoder.maxBytes(plain.length));
    return target.subarray(0, encoder.encode(plain, 0, plain.length, target, 0));
  };
}
