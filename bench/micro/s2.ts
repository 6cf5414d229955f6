// S2 in memory: a kilobyte of traffic encoded and decoded in flushes of 64 KiB, and its checksum.

import { S2_BLOCK_BYTES_MAX } from "../../src/base/limits.ts";
import type { S2Level } from "../../src/wire/s2-codec.ts";
import { S2Decoder } from "../../src/wire/s2-decoder.ts";
import { CODEC, encoderOf } from "../lib/s2-encode.ts";
import { write } from "../wire/s2.ts";
import { trafficOf } from "../wire/s2-traffic.ts";
import type { Work } from "./measure.ts";

const PLAIN_BYTES = 1 << 20;
const FLUSH_BYTES = 64 << 10;
const LEVELS: readonly S2Level[] = ["s2_uncompressed", "s2_fast", "s2_better"];

/** An operation is a kilobyte of plain bytes. */
export function s2(): Work[] {
  const plain = trafficOf("orders", PLAIN_BYTES);
  const per = PLAIN_BYTES / 1_000;
  return [
    { name: "CRC-32C of 1 kB", per, run: () => CODEC.checksum(plain, 0, plain.length) },
    ...LEVELS.map((level) => ({
      name: `encode 1 kB, ${level}`,
      per,
      run: () => write({ level, codec: CODEC }, plain, FLUSH_BYTES),
    })),
    ...LEVELS.slice(1).map((level) => decoding(level, plain, per)),
  ];
}

function decoding(level: S2Level, plain: Uint8Array, per: number): Work {
  const stream = encoderOf(level)(plain);
  const name = `decode 1 kB, ${level}`;
  return {
    name,
    per,
    run() {
      let bytes = 0;
      const decoder = new S2Decoder(S2_BLOCK_BYTES_MAX, CODEC);
      const reason = decoder.feed(stream, (piece) => {
        bytes += piece.length;
      });
      if (reason !== null || bytes !== plain.length) throw new Error(`${name}: ${reason}, ${bytes} bytes`);
      return bytes;
    },
  };
}
