// A checker that cannot complain proves nothing: here each invariant is broken on purpose.

import { expect, test } from "bun:test";
import { bytesOf } from "../../src/base/bytes.ts";
import type { Session } from "../../src/peer/session.ts";
import { VirtualClock } from "../../src/sim/clock.ts";
import { Ledger, type Life, type Party } from "../../src/sim/ledger.ts";
import { World } from "../../src/sim/world.ts";
import { QUIET, region } from "./support.ts";

const party = (name: string, more: Partial<Party> = {}): Party => ({
  name,
  region: "a",
  account: "ONE",
  echo: true,
  headers: true,
  drops: [],
  deaf: [],
  ...more,
});

function ledger(): { clock: VirtualClock; book: Ledger } {
  const clock = new VirtualClock();
  return { clock, book: new Ledger(clock, () => {}) };
}

/** One letter of `from`, delivered to each of the lives in turn; answers what was complained of. */
function complaints(book: Ledger, from: Party, lives: readonly Life[], body?: string): string[] {
  const letter = book.published(from, "x", "plain", 10, "");
  for (const life of lives) book.delivered(life, "x", "", body ?? letter.body, "");
  return book.violations.map((what) => what.replace(/^[0-9.]+ ms: /, ""));
}

test("the ledger complains of duplicates, echoes, other accounts, other subjects and damage", () => {
  const said = (make: (book: Ledger) => Life[], from = party("p"), body?: string): string => {
    const { book } = ledger();
    return complaints(book, from, make(book), body).join("; ");
  };
  const other = party("q");
  const silent = party("p", { echo: false });
  expect(said((book) => [book.opened(other, "1", "x", null, 0)])).toBe("");
  const twice = (book: Ledger): Life[] => Array(2).fill(book.opened(other, "1", "x", null, 0));
  expect(said(twice)).toStartWith("a duplicate");
  const members = (book: Ledger): Life[] => ["1", "2"].map((sid) => book.opened(other, sid, "x", "g", 0));
  expect(said(members)).toStartWith("a duplicate");
  expect(said((book) => [book.opened(silent, "1", "x", null, 0)], silent)).toStartWith("an echo");
  const elsewhere = party("q", { account: "TWO" });
  expect(said((book) => [book.opened(elsewhere, "1", "x", null, 0)])).toStartWith(
    "another account's message",
  );
  expect(said((book) => [book.opened(other, "1", "y", null, 0)])).toStartWith("a subject that was not");
  expect(said((book) => [book.opened(other, "1", "x", null, 0)], party("p"), "7 ?")).toStartWith("a damaged");
  expect(
    said((book) => {
      const once = book.opened(other, "1", "x", "g", 1);
      once.got = 1;
      return [once];
    }),
  ).toStartWith("more than the 1");
});

test("the ledger complains of a letter behind a later one", () => {
  const { book } = ledger();
  const life = book.opened(party("q"), "1", "x", null, 0);
  const letters = [1, 2].map(() => book.published(party("p"), "x", "plain", 10, ""));
  for (const { body } of letters.reverse()) book.delivered(life, "x", "", body, "");
  expect(book.violations.join()).toContain("out of order");
});

const REGIONS = [region("box", "a", ["ONE"]), region("box", "b", ["ONE"])];

/** Runs a healthy world in which `meddle` does something to box a half-way. */
function meddled(meddle: (world: World) => void): string {
  const world = new World({ ...QUIET, watchers: false, seed: 2, regions: REGIONS });
  world.start();
  world.clock.after(6_000, () => meddle(world));
  world.act();
  return world.judge().violations.join("\n");
}

const outboundOf = (world: World): Session => world.boxes.get("a")!.core.outbounds[0]!;

test("a world in which nobody meddles is clean", () => {
  expect(meddled(() => {})).toBe("");
});

test("the checker sees what is lost without a fault", () => {
  const lossy = meddled((world) => {
    outboundOf(world).egress.full = true;
    world.boxes.get("a")!.driver.beforeTurn = () => {
      outboundOf(world).egress.full = true;
    };
  });
  expect(lossy).toContain("lost: ");
});

test("the checker sees interest that is not true", () => {
  const said = meddled((world) => {
    const { core } = world.boxes.get("b")!;
    for (const inbound of core.inbounds) inbound.egress.text("RS+ ONE nobody.wants.this\r\n");
  });
  expect(said).toContain("has nobody.wants.this too many");
});

test("the wiretap sees what nobody asked for, what comes twice and what goes back", () => {
  const line = (world: World, from: string, times: number): void => {
    const letter = world.ledger.published(world.actor(from).party, "nobody", "plain", 5, "");
    const words = `RMSG ONE nobody 5\r\n${letter.body}\r\n`;
    outboundOf(world).egress.bytes(bytesOf(words.repeat(times)));
  };
  const twice = meddled((world) => line(world, "aONE0", 2));
  expect(twice).toContain("nobody asked for it");
  expect(twice).toContain("twice on the wire");
  expect(meddled((world) => line(world, "bONE0", 1))).toContain("a message went back");
});

test("a world comes out the same for the same seed", () => {
  const run = (seed: number): string => {
    const regions = [region("box", "a"), region("old", "m")];
    const world = new World({ ...QUIET, faults: true, requests: true, queues: true, seed, regions });
    world.run();
    return world.trace.tail(Number.MAX_SAFE_INTEGER);
  };
  const [first, again, other] = [run(5), run(5), run(6)];
  expect(first === again).toBe(true);
  expect(first === other).toBe(false);
});
