// Who wants this subject? Answered from the cache, and from the store that the cache asks.

import { hashBytes, hashStart } from "../../src/base/hash.ts";
import { InterestCache } from "../../src/interest/cache.ts";
import { Generations } from "../../src/interest/generation.ts";
import { MatchList } from "../../src/interest/match-list.ts";
import { InterestStore } from "../../src/interest/store.ts";
import { SUBJECT_BYTES, writeSubject } from "../interest/store.ts";
import type { Work } from "./measure.ts";

const SEED = 12_345;
const ACCOUNT = 1;
const LOOKUPS = 1_000;
const ENTRIES = 100_000;
const SLOTS = 32_768;
/** Far enough from the entries that none is met. */
const ELSEWHERE = 50_000_000;
const WILDCARDS = ["*.eu.*.>", "ord.>", "ord.*.00000000.0000"] as const;

export function cache(): Work[] {
  return [1, 10_000].map((subjects) => {
    const found = new InterestCache<number>(SLOTS, new Generations(), () => {});
    const start = hashStart(SEED, ACCOUNT);
    const { bytes } = subjectsFrom(0, subjects);
    const hashes = Int32Array.from({ length: subjects }, (_, at) =>
      hashBytes(start, bytes, at * SUBJECT_BYTES, (at + 1) * SUBJECT_BYTES),
    );
    for (let at = 0; at < subjects; at++) {
      found.put(ACCOUNT, 0, hashes[at]!, bytes, at * SUBJECT_BYTES, (at + 1) * SUBJECT_BYTES, at);
    }
    let next = 0;
    return {
      name: `find in the cache, ${subjects === 1 ? "one subject" : `${subjects.toLocaleString("en-US")} subjects`}`,
      per: LOOKUPS,
      run() {
        let sum = 0;
        for (let n = 0; n < LOOKUPS; n++) {
          next = next + 1 < subjects ? next + 1 : 0;
          const from = next * SUBJECT_BYTES;
          sum += found.find(ACCOUNT, 0, hashes[next]!, bytes, from, from + SUBJECT_BYTES) ?? 0;
        }
        return sum;
      },
    };
  });
}

export function store(): Work[] {
  const literals = filled([]);
  const wild = filled(WILDCARDS);
  const one = new Uint8Array(SUBJECT_BYTES);
  return [
    matching("match a literal", literals, 0),
    matching("match nothing", literals, ELSEWHERE),
    matching("match a literal beside wildcards of three shapes", wild, 0),
    {
      name: "add and remove an entry",
      per: LOOKUPS,
      run() {
        const rows: number[] = [];
        for (let n = 0; n < LOOKUPS; n++) {
          writeSubject(one, ENTRIES + n);
          rows.push(literals.add(ACCOUNT, one, 0, SUBJECT_BYTES, 0, 2, 7, n, 1));
        }
        for (const row of rows) literals.remove(row);
        return rows.length;
      },
    },
  ];
}

function filled(wildcards: readonly string[]): InterestStore {
  const all = new InterestStore(SEED);
  const { bytes } = subjectsFrom(0, ENTRIES);
  for (let at = 0; at < ENTRIES; at++) {
    all.add(ACCOUNT, bytes, at * SUBJECT_BYTES, (at + 1) * SUBJECT_BYTES, 0, 2, 7, at, 1);
  }
  for (const text of wildcards) {
    const pattern = new TextEncoder().encode(text);
    all.add(ACCOUNT, pattern, 0, pattern.length, 0, 2, 8, 0, 1);
  }
  return all;
}

function matching(name: string, all: InterestStore, from: number): Work {
  const { bytes } = subjectsFrom(from, ENTRIES);
  const list = new MatchList();
  // A stride that has no divisor in common with the count visits all of them, and no neighbours.
  const stride = 7_919;
  let at = 0;
  return {
    name: `${name}, ${ENTRIES.toLocaleString("en-US")} entries`,
    per: LOOKUPS,
    run() {
      let sum = 0;
      for (let n = 0; n < LOOKUPS; n++) {
        at = (at + stride) % ENTRIES;
        all.match(ACCOUNT, bytes, at * SUBJECT_BYTES, (at + 1) * SUBJECT_BYTES, list);
        sum += list.length;
      }
      return sum;
    },
  };
}

function subjectsFrom(first: number, count: number): { bytes: Uint8Array } {
  const bytes = new Uint8Array(count * SUBJECT_BYTES);
  for (let at = 0; at < count; at++) {
    writeSubject(bytes.subarray(at * SUBJECT_BYTES, (at + 1) * SUBJECT_BYTES), first + at);
  }
  return { bytes };
}
