// Long lists of interest: leafnode.md §3. They leave in slices, and what changes meanwhile is right at the
// end.

import { expect, test } from "bun:test";
import { bytesOf } from "../../src/base/bytes.ts";
import { LISTING_SLICE_BYTES } from "../../src/base/limits.ts";
import { below, SeededRandom } from "../../src/base/random.ts";
import type { LeafSession } from "../../src/leaf/session.ts";
import { Box, connectOf } from "../support/core-world.ts";
import { ByteEnd } from "../support/leaf-talk.ts";
import type { Peer } from "../support/peer.ts";

const SUBJECTS = 50_000;
/** Room for the lines that are said besides the list. */
const SLACK_BYTES = 16 * 1024;

/** A box whose one client has subscribed to s.0, s.1, … by sid 0, 1, … */
function crowded(count: number, queue = "") {
  const box = new Box();
  const client = box.client();
  const lines: string[] = [];
  for (let i = 0; i < count; i++) lines.push(`SUB s.${i} ${queue}${i}\r\n`);
  client.saysRaw(lines.join(""));
  return { box, client };
}

/** A leaf that logged in and reads nothing yet. */
function stuckLeaf(box: Box, connect: object = {}): Peer<LeafSession> {
  const leaf = box.rawLeaf();
  leaf.hears();
  leaf.appetite = 0;
  leaf.says(connectOf("one", connect));
  return leaf;
}

/** Lets the leaf read in bites until all is said, looking at the egress each time; answers what it heard. */
function readAll(leaf: Peer<LeafSession>, between = () => {}): string[] {
  const heard: string[] = [];
  let left = 10_000;
  do {
    expect(leaf.session.egress.pendingBytes).toBeLessThan(LISTING_SLICE_BYTES + SLACK_BYTES);
    between();
    leaf.resumes(20_000);
    heard.push(leaf.hearsRaw());
  } while (leaf.session.egress.pendingBytes > 0 && left-- > 0);
  return heard.join("").replace(/\r\n$/, "").split("\r\n");
}

/** What the lines leave known, without loop marks and mapped replies: `subject` or `subject queue`, and the
 *  weight. */
function known(lines: readonly string[]): Map<string, string> {
  const into = new Map<string, string>();
  for (const line of lines) {
    const [, sign, subject, queue, weight] = /^LS([+-]) ([^ ]+)(?: ([^ ]+))?(?: (\d+))?$/.exec(line) ?? [];
    if (subject === undefined || /^(\$LDS|_GR_|\$GR)\./.test(subject)) continue;
    const key = queue === undefined ? subject : `${subject} ${queue}`;
    if (sign === "+") into.set(key, weight ?? "");
    else into.delete(key);
  }
  return into;
}

test("a list of 50,000 subjects never has more than a slice waiting, and says each subject once", () => {
  const { box } = crowded(SUBJECTS);
  const leaf = stuckLeaf(box);
  expect(leaf.session.egress.pendingBytes).toBeGreaterThan(LISTING_SLICE_BYTES / 2);
  const lines = readAll(leaf).filter((line) => line.startsWith("LS+ s."));
  expect([lines.length, known(lines).size]).toEqual([SUBJECTS, SUBJECTS]);
  expect(box.core.store.isWalked).toBe(false);
});

test("queue groups that do not fit into one slice come whole, each once", () => {
  const { box } = crowded(20_000, "q ");
  const lines = readAll(stuckLeaf(box)).filter((line) => line.endsWith(" q 1"));
  expect([lines.length, new Set(lines).size]).toEqual([20_000, 20_000]);
});

test("what changes while the list is on its way is right at the end, of clients, spokes and groups", () => {
  const { box, client } = crowded(20_000);
  const spoke = box.spoke("other");
  const random = new SeededRandom(11);
  const subs = new Map<string, string[]>();
  for (let i = 0; i < 20_000; i++) subs.set(`s.${i}`, [`${i}`]);
  const ofSpoke = new Map<string, number>();
  let sid = 20_000;
  const leaf = stuckLeaf(box);
  const heard = readAll(leaf, () => {
    const lines: string[] = [];
    const told: string[] = [];
    for (let i = 0; i < 40; i++) {
      const key = `s.${below(random, 25_000)}${below(random, 4) === 0 ? " q" : ""}`;
      const held = subs.get(key) ?? [];
      if (held.length > 0 && below(random, 2) === 0) lines.push(`UNSUB ${held.pop()}\r\n`);
      else {
        held.push(`${sid}`);
        lines.push(`SUB ${key} ${sid++}\r\n`);
      }
      subs.set(key, held);
      const theirs = `s.${below(random, 25_000)}${below(random, 2) === 0 ? " q" : ""}`;
      if (ofSpoke.delete(theirs)) told.push(`LS- ${theirs}\r\n`);
      else {
        const weight = 1 + below(random, 3);
        ofSpoke.set(theirs, weight);
        told.push(theirs.endsWith("q") ? `LS+ ${theirs} ${weight}\r\n` : `LS+ ${theirs}\r\n`);
      }
    }
    client.session.receive(bytesOf(lines.join("")), box.now);
    spoke.session.receive(bytesOf(told.join("")), box.now);
  });
  heard.push(...leaf.hears());
  const expected = new Map<string, string>();
  for (const key of new Set([...subs.keys(), ...ofSpoke.keys()])) {
    const weight = (subs.get(key)?.length ?? 0) + (ofSpoke.get(key) ?? 0);
    if (weight > 0) expected.set(key, key.endsWith(" q") ? `${weight}` : "");
  }
  expect([...known(heard)].sort()).toEqual([...expected].sort());
});

test("a list is sliced alike inside S2, where what is compressed waits too", () => {
  const box = new Box({
    leaf: { listen: { compression: { mode: "s2_fast", rttThresholdsMillis: [10, 50, 100] } } },
  });
  const client = box.client();
  for (let at = 0; at < 20_000; at += 1_000) {
    client.says(...Array.from({ length: 1_000 }, (_, i) => `SUB ${"long.".repeat(10)}${at + i} ${at + i}`));
  }
  const leaf = box.rawLeaf();
  leaf.hears();
  const end = new ByteEnd(leaf);
  leaf.says('INFO {"compression":"s2_fast"}');
  end.hears();
  end.says(connectOf("one"));
  expect(leaf.session.egress.pendingBytes).toBeLessThan(LISTING_SLICE_BYTES + SLACK_BYTES);
  const heard: string[] = [];
  for (let lines = end.hears(); lines.length > 0; lines = end.hears()) heard.push(...lines);
  expect(known(heard).size).toBe(20_000);
});

test("a message to the leaf does not wait for the whole list, nor does one from it", () => {
  const { box, client } = crowded(SUBJECTS);
  const leaf = stuckLeaf(box);
  leaf.says("LS+ up", "LMSG s.49999 2\r\nhi");
  expect(client.hears()).toEqual(["MSG s.49999 49999 2", "hi"]);
  client.says("PUB up 2\r\nyo");
  const lines = readAll(leaf);
  expect(lines.indexOf("LMSG up 2")).toBeGreaterThan(0);
  expect(lines.indexOf("LMSG up 2")).toBeLessThan(SUBJECTS / 2);
});

test("a leaf that is lost in the middle of a list leaves no cursor behind", () => {
  const { box } = crowded(SUBJECTS);
  const leaf = stuckLeaf(box);
  expect(box.core.store.isWalked).toBe(true);
  leaf.goes();
  expect(box.core.store.isWalked).toBe(false);
});

test("a leaf that takes no changes of interest in is cut, as they cannot be dropped", () => {
  const limits = {
    pingMillis: 120_000,
    pingMax: 2,
    pendingMax: 2 * LISTING_SLICE_BYTES,
    maxControlLine: 65_536,
  };
  const box = new Box({ leaf: { limits } });
  const leaf = box.spoke("one");
  leaf.appetite = 0;
  const client = box.client();
  for (let i = 0; i < 60_000 && leaf.ended === null; i++) client.says(`SUB c.${i} ${i}`, `UNSUB ${i}`);
  expect(leaf.ended).toBe("Slow Consumer (Pending Bytes)");
  expect(box.core.slowConsumers.leafs).toBe(1);
});

test("a leaf that is cut while it is told takes its own rows along", () => {
  const { box } = crowded(1_000);
  const leaf = stuckLeaf(box);
  leaf.says("LS+ a", "LS+ b q 1");
  leaf.goes();
  expect(box.core.store.rows()).toBe(1_000);
});
