// What does an entry of interest cost to add, match and remove, and what does it weigh, at one and at five
// million? Run by hand: bun bench/interest/store.ts [entries ...]. Absolute figures: compare runs of a quiet
// machine only.

import { MatchList } from "../../src/interest/match-list.ts";
import { InterestStore } from "../../src/interest/store.ts";

const ACCOUNTS = 1_000;
export const SUBJECT_BYTES = 20;
const BATCH = 1_000;
const MATCHES = 1_000_000;

const DIGITS = "0123456789";

/** Writes a literal of twenty bytes and four tokens, different for each n below 10^8. */
export function writeSubject(buf: Uint8Array, n: number): void {
  const text = "ord.eu.";
  for (let i = 0; i < text.length; i++) buf[i] = text.charCodeAt(i);
  let rest = n;
  for (let i = SUBJECT_BYTES - 1; i >= text.length; i--) {
    if (i === 15) {
      buf[i] = 0x2e;
      continue;
    }
    buf[i] = DIGITS.charCodeAt(rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** Runs `step` for 0 … count-1; answers seconds of CPU and of wall clock and the longest single step in
 *  ms. */
function timed(count: number, step: (n: number) => void): { cpu: number; wall: number; longest: number[] } {
  const slowest = [0, 0, 0];
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  let before = begun;
  for (let n = 0; n < count; n += BATCH) {
    const end = Math.min(count, n + BATCH);
    for (let i = n; i < end; i++) step(i);
    const now = performance.now();
    const took = now - before;
    before = now;
    if (took > slowest[2]!) {
      slowest[2] = took;
      slowest.sort((a, b) => b - a);
    }
  }
  const cpu = process.cpuUsage(cpuBefore);
  return { cpu: (cpu.user + cpu.system) / 1e6, wall: (performance.now() - begun) / 1000, longest: slowest };
}

/**
 * The longest of `count` single steps: ms of wall clock, which others on the machine lengthen, and ms of CPU
 * of all threads of the process in that one step, which they do not.
 */
function longestSingle(count: number, step: (n: number) => void): string {
  let wall = 0;
  let cpu = 0;
  for (let n = 0; n < count; n++) {
    const before = process.cpuUsage();
    const begun = performance.now();
    step(n);
    const took = performance.now() - begun;
    const used = process.cpuUsage(before);
    if (took > wall) wall = took;
    if (used.user + used.system > cpu) cpu = used.user + used.system;
  }
  return `${wall.toFixed(2)} ms (CPU ${(cpu / 1000).toFixed(2)})`;
}

function report(name: string, count: number, run: ReturnType<typeof timed>): void {
  const rate = (count / run.cpu / 1e6).toFixed(2);
  const batches = run.longest.map((ms) => ms.toFixed(2)).join(" ");
  console.log(
    `  ${name}: ${rate} M/s, ${((run.cpu / count) * 1e9).toFixed(0)} ns CPU, ` +
      `slowest ${BATCH} took ${batches} ms`,
  );
}

function settle(): number {
  Bun.gc(true);
  return process.memoryUsage().rss;
}

function matchRound(
  store: InterestStore,
  name: string,
  entries: number,
  from: number,
  ordered = false,
): void {
  const buf = new Uint8Array(SUBJECT_BYTES);
  const list = new MatchList();
  let sink = 0;
  const subjects = new Uint8Array(MATCHES * SUBJECT_BYTES);
  const accounts = new Int32Array(MATCHES);
  for (let i = 0; i < MATCHES; i++) {
    const n = ordered ? i % entries : Math.floor(Math.random() * entries);
    writeSubject(buf, from + n);
    subjects.set(buf, i * SUBJECT_BYTES);
    accounts[i] = 1 + (n % ACCOUNTS);
  }
  const run = timed(MATCHES, (i) => {
    store.match(accounts[i]!, subjects, i * SUBJECT_BYTES, (i + 1) * SUBJECT_BYTES, list);
    sink += list.length;
  });
  console.log(`  match ${name}: ${((run.cpu / MATCHES) * 1e9).toFixed(0)} ns CPU, found ${sink}`);
}

function bench(entries: number): void {
  console.log(`${entries} entries, ${ACCOUNTS} accounts, ${SUBJECT_BYTES} bytes:`);
  const store = new InterestStore(12_345);
  const buf = new Uint8Array(SUBJECT_BYTES);
  const rows = new Int32Array(entries);
  const add = (n: number) => {
    writeSubject(buf, n);
    rows[n] = store.add(1 + (n % ACCOUNTS), buf, 0, SUBJECT_BYTES, 0, 2, 7, n, 1);
  };
  const writing = timed(entries, (n) => writeSubject(buf, n));
  const rssBefore = settle();
  const adding = timed(entries, add);
  adding.cpu -= writing.cpu;
  report("add", entries, adding);
  const rss = settle();
  const each = (bytes: number) => (bytes / entries).toFixed(1);
  const [used, reserved] = [each(store.bytes), each(store.reservedBytes)];
  console.log(`  weight: ${used} B used, ${reserved} B reserved, ${each(rss - rssBefore)} B rss`);
  matchRound(store, "hit, in order", entries, 0, true);
  matchRound(store, "hit, at random", entries, 0);
  matchRound(store, "miss, at random", entries, 50_000_000);
  const wild = ["*.eu.*.>", "ord.>", "ord.*.00000000.0000"].map((text) => new TextEncoder().encode(text));
  for (let account = 1; account <= ACCOUNTS; account++) {
    for (const pattern of wild) store.add(account, pattern, 0, pattern.length, 0, 2, 8, 0, 1);
  }
  matchRound(store, "hit, three shapes, in order", entries, 0, true);
  matchRound(store, "hit, three shapes, at random", entries, 0);
  report(
    "remove",
    entries,
    timed(entries, (n) => store.remove(rows[n]!)),
  );
  console.log(`  left: ${store.nodes} nodes, ${store.bytes} B used, ${store.reservedBytes} B reserved`);

  let sink = 0;
  const nothing = longestSingle(entries, (n) => {
    sink ^= n;
  });
  const added = longestSingle(entries, add);
  const removed = longestSingle(entries, (n) => store.remove(rows[entries - 1 - n]!));
  console.log(`  longest single add ${added}, remove ${removed}, nothing ${nothing} ${sink < 0 ? "!" : ""}`);
}

if (import.meta.main) {
  const sizes = process.argv.slice(2).map(Number);
  for (const entries of sizes.length > 0 ? sizes : [1_000_000, 5_000_000]) bench(entries);
}
