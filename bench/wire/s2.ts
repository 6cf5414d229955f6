// What does each way to compress a flush of NATS traffic save, and what does it cost? Run by hand:
// bun bench/wire/s2.ts [--quick]. Time is CPU of the whole process, the least of several rounds; sizes are
// exact. Where a Go toolchain is found, the reference encoder makes the same streams; else only its vectors
// are compared.

import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compressSync } from "@napi-rs/snappy";
import { S2_BLOCK_BYTES, S2_BLOCK_BYTES_MAX } from "../../src/base/limits.ts";
import { maskedCrc32c } from "../../src/wire/crc32c.ts";
import type { S2Level } from "../../src/wire/s2-codec.ts";
import { S2Decoder } from "../../src/wire/s2-decoder.ts";
import { S2Encoder } from "../../src/wire/s2-encoder.ts";
import { CODEC } from "../lib/s2-encode.ts";
import { grouped, sizeText, table } from "../lib/table.ts";
import { TRAFFIC, trafficOf } from "./s2-traffic.ts";

const isQuick = process.argv.includes("--quick");
const PLAIN_BYTES = isQuick ? 1 << 20 : 1 << 22;
const ROUNDS = isQuick ? 2 : 5;
const FLUSHES = [200, 4_096, 65_536, 262_144, 1_048_576];
const LEVELS: readonly S2Level[] = ["s2_uncompressed", "s2_fast", "s2_better", "s2_best"];
const CORPUS = join(import.meta.dir, "../../test/corpus/s2");
/** An identifier, and the head and checksum of a chunk. */
const IDENTIFIER_BYTES = 10;
const CHUNK_BYTES = 8;

/** Encodes all flushes of `plain`; answers the bytes of all streams. */
type Run = (plain: Uint8Array, flushBytes: number) => number;

interface Cost {
  readonly bytes: number;
  /** Milliseconds a megabyte of plain bytes. */
  readonly millis: number;
}

const room = new Uint8Array(2 * S2_BLOCK_BYTES);
/** So that no checksum is left out because nobody reads it. */
let sink = 0;

/** The package alone: frames and checksums, blocks of at most so many bytes. */
function snappy(blockBytes: number): Run {
  return (plain, flushBytes) => {
    let total = IDENTIFIER_BYTES;
    for (let at = 0; at < plain.length; at += flushBytes) {
      const end = Math.min(at + flushBytes, plain.length);
      for (let from = at; from < end; from += blockBytes) {
        const to = Math.min(from + blockBytes, end);
        const block = compressSync(plain.subarray(from, to));
        room.set(block);
        sink ^= maskedCrc32c(plain, from, to);
        total += CHUNK_BYTES + Math.min(block.length, to - from);
      }
    }
    return total;
  };
}

export function ours(level: S2Level): Run {
  return (plain, flushBytes) => {
    const encoder = new S2Encoder(level, CODEC);
    for (let at = 0; at < plain.length; at += flushBytes) {
      encoder.encode(plain, at, Math.min(at + flushBytes, plain.length), room, 0);
    }
    return encoder.outBytes;
  };
}

function cpuMillis(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function measured(run: Run, plain: Uint8Array, flushBytes: number): Cost {
  let bytes = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const millis = cpuMillis(() => {
      bytes = run(plain, flushBytes);
    });
    least = Math.min(least, millis);
  }
  return { bytes, millis: (least / plain.length) * 1e6 };
}

/** Builds the reference encoder; null without Go, or without a way to its module. */
function reference(): string | null {
  if (Bun.which("go") === null) return null;
  const path = join(tmpdir(), `isthmus-s2-reference-${process.pid}`);
  const built = Bun.spawnSync(["go", "build", "-o", path, "."], { cwd: join(CORPUS, "generate") });
  return built.exitCode === 0 ? path : null;
}

/** By level: what the reference encoder makes of the same flushes, in wall clock of one thread. nats-server
 *  starts a stream for every flush, and so does this. */
function referenceCosts(path: string, plain: Uint8Array, flushBytes: number): Map<string, Cost> {
  const command = [path, "sizes", String(S2_BLOCK_BYTES), String(flushBytes)];
  const lines = Bun.spawnSync(command, { stdin: plain }).stdout.toString().trim().split("\n");
  return new Map(
    lines.map((line) => {
      const [level, bytes, millis] = line.split(" ");
      return [`reference ${level}`, { bytes: Number(bytes), millis: Number(millis) }];
    }),
  );
}

function compare(go: string | null): void {
  const runs = new Map<string, Run>([
    ["snappy 64 KiB", snappy(65_536)],
    ["snappy 1 MiB", snappy(S2_BLOCK_BYTES)],
    ...LEVELS.map((level): [string, Run] => [level, ours(level)]),
  ]);
  for (const kind of TRAFFIC) {
    const plain = trafficOf(kind, PLAIN_BYTES);
    const costs = FLUSHES.map((flushBytes) => {
      const column = new Map([...runs].map(([name, run]) => [name, measured(run, plain, flushBytes)]));
      const others = go === null ? [] : referenceCosts(go, plain, flushBytes);
      return new Map([...column, ...others]);
    });
    const rows = [...costs[0]!.keys()].map((name) => [
      name,
      ...costs.flatMap((column) => {
        const { bytes, millis } = column.get(name)!;
        return [`${((100 * bytes) / plain.length).toFixed(1)} %`, millis.toFixed(1)];
      }),
    ]);
    const head = FLUSHES.flatMap((bytes) => [sizeText(bytes), "ms/MB"]);
    console.log(`\n${kind}: size in percent of the plain bytes and CPU of a megabyte, by bytes a flush`);
    console.log(table([kind, ...head], rows, ["left", ...head.map(() => "right" as const)]));
  }
}

/** The vectors are streams of the reference encoder: how fast they are read, and what we would have made. */
function compareVectors(): void {
  const rows = readFileSync(join(CORPUS, "vectors.txt"), "utf8")
    .trim()
    .split("\n")
    .map((line) => {
      const name = line.split(" ")[0]!;
      const stream = new Uint8Array(readFileSync(join(CORPUS, `${name}.s2`)));
      const pieces: Uint8Array[] = [];
      new S2Decoder(S2_BLOCK_BYTES_MAX, CODEC).feed(stream, (piece) => pieces.push(piece.slice()));
      const plain = new Uint8Array(Buffer.concat(pieces));
      const turns = Math.ceil(PLAIN_BYTES / plain.length);
      let least = Number.POSITIVE_INFINITY;
      for (let round = 0; round < ROUNDS; round++) {
        const millis = cpuMillis(() => {
          for (let turn = 0; turn < turns; turn++)
            new S2Decoder(S2_BLOCK_BYTES_MAX, CODEC).feed(stream, () => {});
        });
        least = Math.min(least, millis);
      }
      const rate = (plain.length * turns) / 1e3 / least;
      const own = LEVELS.map((level) => grouped(ours(level)(plain, S2_BLOCK_BYTES)));
      return [name, grouped(plain.length), grouped(stream.length), ...own, `${Math.round(rate)} MB/s`];
    });
  const head = ["vector", "plain", "reference", ...LEVELS, "decoded at"];
  console.log(`\nvectors: bytes of the reference encoder and of our own, and how fast theirs are decoded`);
  console.log(table(head, rows, ["left", ...head.slice(1).map(() => "right" as const)]));
}

if (import.meta.main) {
  const go = reference();
  if (go === null) console.log("no Go toolchain: the reference encoder is compared by its vectors alone");
  compare(go);
  compareVectors();
  if (sink === 1) console.log("an odd chance");
  if (go !== null) await Bun.file(go).delete();
}
