// What the load sends is compressed by the box's own encoder, for both systems, in the shape that nats-server
// gives it: a stream of its own for each flush. Source: leafnode.md §9.3.

import { S2Encoder, type S2Level } from "../../src/wire/s2-encoder.ts";
import { S2Tables } from "../../src/wire/s2-tables.ts";
import type { Encode } from "./batch.ts";

export function encoderOf(level: S2Level): Encode {
  const tables = new S2Tables();
  return (plain) => {
    const encoder = new S2Encoder(level, tables);
    const target = new Uint8Array(encoder.maxBytes(plain.length));
    return target.subarray(0, encoder.encode(plain, 0, plain.length, target, 0));
  };
}
