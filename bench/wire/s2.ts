// What does each way to compress a flush of NATS traffic save, and what does it cost? Run by hand:
// bun bench/wire/s2.ts [--quick]. Time is CPU of the whole process, the least of several rounds; sizes are
// exact. Where a Go toolchain is found, the reference encoder makes the same streams; else only its vectors
// are compared.

import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S2_BLOCK_BYTES, S2_BLOCK_BYTES_MAX } from "../../src/base/limits.ts";
import type { S2Codec, S2Level } from "../../src/wire/s2-codec.ts";
import { S2Decoder } from "../../src/wire/s2-decoder.ts";
import { S2Encoder } from "../../src/wire/s2-encoder.ts";
import { S2Fallback } from "../../src/wire/s2-fallback.ts";
import { CODEC } from "../lib/s2-encode.ts";
import { grouped, sizeText, table } from "../lib/table.ts";
import { TRAFFIC, trafficOf } from "./s2-traffic.ts";

const isQuick = process.argv.includes("--quick");
const PLAIN_BYTES = isQuick ? 1 << 20 : 1 << 22;
const ROUNDS = isQuick ? 2 : 5;
const FLUSHES = [200, 4_096, 65_536, 262_144, 1_048_576];
const LEVELS: readonly S2Level[] = ["s2_uncompressed", "s2_fast", "s2_better", "s2_best"];
const CORPUS = join(import.meta.dir, "../../test/corpus/s2");

/** Who writes a stream, and reads it again. */
interface Way {
  readonly level: S2Level;
  readonly codec: S2Codec;
}

interface Cost {
  readonly bytes: number;
  /** Milliseconds a megabyte of plain bytes, to write and to read it. */
  readonly millis: number;
  readonly readMillis: number;
}

const FALLBACK = new S2Fallback();
const WAYS: ReadonlyMap<string, Way> = new Map([
  ...LEVELS.map((level): [string, Way] => [level, { level, codec: CODEC }]),
  ["fallback uncompressed", { level: "s2_uncompressed", codec: FALLBACK }],
  ["fallback compressed", { level: "s2_fast", codec: FALLBACK }],
]);

const room = new Uint8Array(2 * S2_BLOCK_BYTES);

/** Writes all flushes of `plain` as one stream; answers its bytes. `keep` is given those of each flush. */
export function write(
  { level, codec }: Way,
  plain: Uint8Array,
  flushBytes: number,
  keep?: Uint8Array[],
): number {
  const encoder = new S2Encoder(level, codec);
  for (let at = 0; at < plain.length; at += flushBytes) {
    const end = encoder.encode(plain, at, Math.min(at + flushBytes, plain.length), room, 0);
    keep?.push(room.slice(0, end));
  }
  return encoder.outBytes;
}

function read({ codec }: Way, flushes: readonly Uint8Array[]): void {
  const decoder = new S2Decoder(S2_BLOCK_BYTES_MAX, codec);
  for (const flush of flushes) if (decoder.feed(flush, () => {}) !== null) throw new Error("a broken stream");
}

function cpuMillis(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function measured(way: Way, plain: Uint8Array, flushBytes: number): Cost {
  const flushes: Uint8Array[] = [];
  const bytes = write(way, plain, flushBytes, flushes);
  let millis = Number.POSITIVE_INFINITY;
  let readMillis = millis;
  for (let round = 0; round < ROUNDS; round++) {
    millis = Math.min(
      millis,
      cpuMillis(() => write(way, plain, flushBytes)),
    );
    readMillis = Math.min(
      readMillis,
      cpuMillis(() => read(way, flushes)),
    );
  }
  const megabytes = plain.length / 1e6;
  return { bytes, millis: millis / megabytes, readMillis: readMillis / megabytes };
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
      const [level, ...figures] = line.split(" ");
      const [bytes, millis, readMillis] = figures.map(Number);
      return [`reference ${level}`, { bytes: bytes!, millis: millis!, readMillis: readMillis! }];
    }),
  );
}

function compare(go: string | null): void {
  for (const kind of TRAFFIC) {
    const plain = trafficOf(kind, PLAIN_BYTES);
    const costs = FLUSHES.map((flushBytes) => {
      const column = new Map([...WAYS].map(([name, way]) => [name, measured(way, plain, flushBytes)]));
      const others = go === null ? [] : referenceCosts(go, plain, flushBytes);
      return new Map([...column, ...others]);
    });
    const rows = [...costs[0]!.keys()].map((name) => [
      name,
      ...costs.flatMap((column) => {
        const { bytes, millis, readMillis } = column.get(name)!;
        return [`${((100 * bytes) / plain.length).toFixed(1)} %`, millis.toFixed(2), readMillis.toFixed(2)];
      }),
    ]);
    const head = FLUSHES.flatMap((bytes) => [sizeText(bytes), "write", "read"]);
    console.log(
      `\n${kind}: size in percent of the plain bytes, and ms of CPU to write and read a megabyte, by bytes a flush`,
    );
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
      const own = LEVELS.map((level) => grouped(write({ level, codec: CODEC }, plain, S2_BLOCK_BYTES)));
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
  if (go !== null) await Bun.file(go).delete();
}
