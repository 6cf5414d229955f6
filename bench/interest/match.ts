// How long it takes to find who wants a subject among very many patterns, in process, without sockets: a
// process of its own, so that nothing else has warmed it up or filled its memory.

import { MatchList } from "../../src/interest/match-list.ts";
import { InterestStore } from "../../src/interest/store.ts";
import { wantedSubject } from "../lib/far-region.ts";
import { answer } from "../lib/worker.ts";

export interface MatchSpec {
  readonly entries: number;
}

export interface MatchSample {
  /** CPU a match, in nanoseconds. */
  readonly hitNanos: number;
  readonly missNanos: number;
  readonly wildNanos: number;
  /** As the store counts it. */
  readonly entryBytes: number;
}

const ACCOUNTS = 1_000;
const LOOKS = 400_000;
/** Three shapes of wildcards in each account. */
const WILDS = ["*.eu.*.>", "ord.>", "ord.*.0000.00000000"];
/** Of the gateway that wants it all, and of what is asked for and not there. */
const HOLDER = 2;
const OWNER = 7;
const NOBODY = 9_000_000;

const encoder = new TextEncoder();

answer(async ({ entries }: MatchSpec): Promise<MatchSample> => {
  const store = new InterestStore(12_345);
  const add = (account: number, text: string, owner: number): void => {
    const bytes = encoder.encode(text);
    store.add(1 + account, bytes, 0, bytes.length, 0, HOLDER, owner, 0, 1);
  };
  for (let n = 0; n < entries; n++) add(n % ACCOUNTS, wantedSubject(n % ACCOUNTS, n), OWNER);
  const entryBytes = store.bytes / entries;
  const hitNanos = look(store, entries, 0, LOOKS);
  const missNanos = look(store, entries, NOBODY, 0);
  for (let account = 0; account < ACCOUNTS; account++)
    for (const wild of WILDS) add(account, wild, OWNER + 1);
  const wildNanos = look(store, entries, 0, null);
  return { hitNanos, missNanos, wildNanos, entryBytes };
});

/** Looks for subjects in an order that no cache can guess; null does not count what is found. */
function look(store: InterestStore, entries: number, shift: number, found: number | null): number {
  const list = new MatchList();
  const length = wantedSubject(0, 0).length;
  const subjects = new Uint8Array(LOOKS * length);
  const accounts = new Int32Array(LOOKS);
  let seed = 0x2545f491;
  for (let i = 0; i < LOOKS; i++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const n = seed % entries;
    subjects.set(encoder.encode(wantedSubject(n % ACCOUNTS, n + shift)), i * length);
    accounts[i] = 1 + (n % ACCOUNTS);
  }
  let sum = 0;
  const run = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      store.match(accounts[i]!, subjects, i * length, (i + 1) * length, list);
      sum += list.length;
    }
  };
  run(0, LOOKS / 4);
  sum = 0;
  const before = process.cpuUsage();
  run(0, LOOKS);
  const { user, system } = process.cpuUsage(before);
  if (found !== null && sum !== found) throw new Error(`${found} matches expected, ${sum} found`);
  return ((user + system) * 1e3) / LOOKS;
}
