// Our codec against the reference one, alive: streams of either are read by the other, with data and settings
// made from a seed. Needs Go; not part of the tests. Run: bun test/corpus/s2/generate/fuzz.ts [rounds] [seed]

import { tmpdir } from "node:os";
import { join } from "node:path";
import { seeded, TRAFFIC, trafficOf } from "../../../../bench/wire/s2-traffic.ts";
import { S2_BLOCK_BYTES_MAX } from "../../../../src/base/limits.ts";
import { S2Kernel } from "../../../../src/kernel/s2.ts";
import type { S2Level } from "../../../../src/wire/s2-codec.ts";
import { S2Decoder } from "../../../../src/wire/s2-decoder.ts";
import { S2Encoder } from "../../../../src/wire/s2-encoder.ts";

const rounds = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? 1);
const next = seeded(seed);
const path = join(tmpdir(), `isthmus-s2-reference-${process.pid}`);

const codec = S2Kernel.load()!;
const THEIR_LEVELS = ["uncompressed", "fast", "better", "best", "snappy"];
const OUR_LEVELS: readonly S2Level[] = ["s2_uncompressed", "s2_fast", "s2_better", "s2_best"];

function pick<T>(of: readonly T[]): T {
  return of[next() % of.length]!;
}

/** Traffic, with pieces of it copied elsewhere so that matches are of any length and distance. */
function data(): Uint8Array {
  const size = next() % (1 << pick([8, 12, 16, 18, 20, 23]));
  const out = trafficOf(pick(TRAFFIC), size, next());
  for (let n = next() % 20; n > 0 && size > 0; n--) {
    const from = next() % size;
    const length = next() % (1 << pick([4, 8, 12, 18]));
    out.copyWithin(next() % size, from, from + length);
    if (next() % 4 === 0) out.fill(next(), next() % size, (next() % size) + 1);
  }
  return out;
}

function run(args: readonly string[], stdin: Uint8Array): Uint8Array {
  const { exitCode, stdout, stderr } = Bun.spawnSync([path, ...args], { stdin });
  if (exitCode !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
  return stdout;
}

function theirsToUs(plain: Uint8Array): string {
  const block = 4_096 * 2 ** (next() % 11);
  const args = ["encode", pick(THEIR_LEVELS), String(block)];
  const stream = run(args, plain);
  const pieces: Uint8Array[] = [];
  const decoder = new S2Decoder(S2_BLOCK_BYTES_MAX, codec);
  for (let at = 0; at < stream.length; ) {
    const size = 1 + (next() % (1 << pick([3, 10, 14, 19])));
    const reason = decoder.feed(stream.subarray(at, at + size), (piece) => pieces.push(piece.slice()));
    if (reason !== null) throw new Error(`${args.join(" ")}: ${reason}`);
    at += size;
  }
  if (Buffer.compare(Buffer.concat(pieces), plain) !== 0) throw new Error(`${args.join(" ")}: other bytes`);
  return args.join(" ");
}

function oursToThem(plain: Uint8Array): string {
  const encoder = new S2Encoder(pick(OUR_LEVELS), codec);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < plain.length; ) {
    encoder.level = pick(OUR_LEVELS);
    const size = 1 + (next() % (1 << pick([8, 12, 16, 21])));
    const end = Math.min(at + size, plain.length);
    const target = new Uint8Array(encoder.maxBytes(end - at));
    pieces.push(target.subarray(0, encoder.encode(plain, at, end, target, 0)));
    at = end;
  }
  if (pieces.length === 0) return "nothing";
  if (Buffer.compare(run(["decode"], Buffer.concat(pieces)), plain) !== 0)
    throw new Error("ours: other bytes");
  return `${pieces.length} flushes`;
}

const built = Bun.spawnSync(["go", "build", "-o", path, "."], { cwd: import.meta.dir });
if (built.exitCode !== 0) throw new Error(built.stderr.toString());
try {
  for (let round = 0; round < rounds; round++) {
    const plain = data();
    const did = [theirsToUs(plain), oursToThem(plain)];
    if (round % 20 === 0) console.log(`${round}: ${plain.length} bytes, ${did.join(", ")}`);
  }
  console.log(`${rounds} rounds with seed ${seed}: both read what the other wrote`);
} finally {
  await Bun.file(path).delete();
}
