// How long the oldest byte has waited, told by positions that are written down now and then.

import { expect, test } from "bun:test";
import { below, SeededRandom } from "../../src/base/random.ts";
import { PendingAge } from "../../src/peer/pending-age.ts";

test("nothing waits: no age, whatever was before", () => {
  const age = new PendingAge();
  age.look({ sentBytes: 0, position: 10 }, 100);
  expect(age.millis({ sentBytes: 0 }, 350)).toBe(250);
  expect(age.millis({ sentBytes: 10 }, 350)).toBe(0);
  age.look({ sentBytes: 10, position: 10 }, 400);
  expect(age.millis({ sentBytes: 10 }, 900)).toBe(0);
});

test("what came later is younger once what was before it has left", () => {
  const age = new PendingAge();
  age.look({ sentBytes: 0, position: 10 }, 100);
  age.look({ sentBytes: 0, position: 30 }, 200);
  expect(age.millis({ sentBytes: 9 }, 300)).toBe(200);
  expect(age.millis({ sentBytes: 10 }, 300)).toBe(100);
});

test("a slow link is told of to within a share of the age, in bounded memory", () => {
  const random = new SeededRandom(7);
  const age = new PendingAge();
  /** When each byte was written. */
  const written: number[] = [];
  let sentBytes = 0;
  for (let now = 0; now < 400_000; now += 100) {
    for (let more = below(random, 9); more > 0; more--) written.push(now);
    sentBytes = Math.min(written.length, sentBytes + below(random, 8));
    age.look({ sentBytes, position: written.length }, now);
    if (sentBytes === written.length) continue;
    const truth = now - written[sentBytes]!;
    const told = age.millis({ sentBytes }, now);
    expect(told).toBeLessThanOrEqual(truth);
    expect(truth - told).toBeLessThanOrEqual(200 + truth / 8);
  }
  expect(written.length - sentBytes).toBeGreaterThan(100);
});
