// Long lists of interest: gateway.md §3.5. They leave in slices, and what changes meanwhile is right at the
// end.

import { expect, test } from "bun:test";
import { bytesOf } from "../../src/base/bytes.ts";
import { LISTING_SLICE_BYTES } from "../../src/base/limits.ts";
import { below, SeededRandom } from "../../src/base/random.ts";
import { Box, infoOf, readable } from "../support/core-world.ts";
import type { Peer } from "../support/peer.ts";

const SUBJECTS = 50_000;

/** A box whose one client has subscribed to s.0, s.1, … by sid 0, 1, … */
function crowded(count: number) {
  const box = new Box();
  const client = box.client();
  const lines: string[] = [];
  for (let i = 0; i < count; i++) lines.push(`SUB s.${i} ${i}\r\n`);
  client.saysRaw(lines.join(""));
  return { box, client };
}

/** An accepted connection that reads nothing yet. */
function stuckInbound(box: Box, info: object = {}) {
  const remote = box.rawInbound();
  remote.hears();
  remote.appetite = 0;
  remote.says('CONNECT {"gateway":"B"}', infoOf("B", info));
  return remote;
}

/** Plain subjects of $G that the lines leave known. */
function known(lines: readonly string[], into = new Set<string>()): Set<string> {
  for (const line of lines) {
    const [word, account, subject, queue] = line.split(" ");
    if (account !== "$G" || subject === undefined || queue !== undefined) continue;
    if (word === "RS+") into.add(subject);
    if (word === "RS-") into.delete(subject);
  }
  return into;
}

/** Room for the lines that are said besides the list. */
const SLACK_BYTES = 16 * 1024;

/** Lets the remote read in bites until all is said, looking at the egress each time; answers what it
 *  heard. */
function readAll(
  remote: Peer<import("../../src/gateway/inbound.ts").GatewayInbound>,
  between = () => {},
): string[] {
  const heard: string[] = [];
  let left = 10_000;
  do {
    expect(remote.session.egress.pendingBytes).toBeLessThan(LISTING_SLICE_BYTES + SLACK_BYTES);
    between();
    remote.resumes(20_000);
    heard.push(remote.hearsRaw());
  } while (remote.session.egress.pendingBytes > 0 && left-- > 0);
  return readable(heard.join("").replace(/\r\n$/, "").split("\r\n"));
}

test("a list of 50,000 subjects never has more than a slice waiting, and says each subject once", () => {
  const { box } = crowded(SUBJECTS);
  const remote = stuckInbound(box);
  expect(remote.session.egress.pendingBytes).toBeGreaterThan(LISTING_SLICE_BYTES / 2);
  const heard = readAll(remote);
  const list = heard.slice(heard.indexOf("start $G") + 1, heard.indexOf("complete $G"));
  expect(list.filter((line) => line.startsWith("RS+ $G "))).toHaveLength(SUBJECTS);
  expect(known(list).size).toBe(SUBJECTS);
  expect(heard.filter((line) => line.startsWith("complete"))).toHaveLength(4);
  const state = remote.session.accounts.get(box.account("$G"))!;
  expect([state.mode, state.transitions.count]).toEqual(["InterestOnly", 1]);
});

test("what is subscribed and unsubscribed while the list is on its way is right at the end", () => {
  const { box, client } = crowded(20_000);
  const random = new SeededRandom(11);
  const wanted = new Map<number, number>();
  for (let i = 0; i < 20_000; i++) wanted.set(i, i);
  let sid = 20_000;
  const remote = stuckInbound(box);
  const heard = readAll(remote, () => {
    const lines: string[] = [];
    for (let i = 0; i < 40; i++) {
      const subject = below(random, 25_000);
      const held = wanted.get(subject);
      if (held === undefined) {
        wanted.set(subject, sid);
        lines.push(`SUB s.${subject} ${sid++}\r\n`);
      } else {
        wanted.delete(subject);
        lines.push(`UNSUB ${held}\r\n`);
      }
    }
    client.session.receive(bytesOf(lines.join("")), box.now);
  });
  heard.push(...readable(remote.hears()));
  expect([...known(heard)].sort()).toEqual([...wanted.keys()].map((subject) => `s.${subject}`).sort());
});

test("a message to another peer does not wait for a list", () => {
  const { box, client } = crowded(SUBJECTS);
  const remote = stuckInbound(box);
  client.says("PUB s.7 2\r\nhi");
  expect(client.hears()).toEqual(["MSG s.7 7 2", "hi"]);
  expect(remote.session.egress.pendingBytes).toBeLessThan(LISTING_SLICE_BYTES + SLACK_BYTES);
});

test("messages that come in while the list goes out are delivered", () => {
  const { box, client } = crowded(SUBJECTS);
  const remote = stuckInbound(box);
  remote.says("RMSG $G s.49999 2\r\nhi");
  expect(client.hears()).toEqual(["MSG s.49999 49999 2", "hi"]);
});

test("a peer that goes away in the middle of a list leaves nothing behind", () => {
  const { box, client } = crowded(SUBJECTS);
  const remote = stuckInbound(box);
  remote.goes();
  const lines: string[] = [];
  for (let i = 0; i < SUBJECTS; i++) lines.push(`UNSUB ${i}\r\n`);
  client.saysRaw(lines.join(""));
  expect(box.core.store.rows()).toBe(0);
  expect(box.core.store.nodes).toBe(0);
});

test("queue groups that do not fit into one slice come whole, each once, before their account is complete", () => {
  const box = new Box();
  const client = box.client();
  const lines: string[] = [];
  for (let i = 0; i < 20_000; i++) lines.push(`SUB s.${i} q ${i}\r\n`);
  client.saysRaw(lines.join(""));
  const heard = readAll(stuckInbound(box));
  const queues = heard.filter((line) => line.endsWith(" q 1"));
  expect(new Set(queues).size).toBe(20_000);
  expect(queues).toHaveLength(20_000);
  expect(heard.lastIndexOf(queues.at(-1)!)).toBeLessThan(heard.indexOf("complete $G"));
});

test("a list for a peer without gateway_iom is sliced the same when it is asked for by missed subjects", () => {
  const { box } = crowded(SUBJECTS);
  const remote = stuckInbound(box, { gateway_iom: false });
  for (let i = 0; i <= 1_000; i++) {
    remote.session.receive(bytesOf(`RMSG $G miss.${i} 0\r\n\r\n`), box.now);
  }
  const heard = readAll(remote);
  expect(heard.filter((line) => line.startsWith("RS- $G miss."))).toHaveLength(1_000);
  expect(known(heard).size).toBe(SUBJECTS);
  expect(heard.at(-1)).toBe("complete $G");
});

test("a peer that takes no changes of interest in is cut, as they cannot be dropped", () => {
  const box = new Box({ gateway: { pendingMax: 2 * LISTING_SLICE_BYTES } });
  const remote = box.inbound("B");
  remote.hears();
  remote.appetite = 0;
  const client = box.client();
  for (let i = 0; i < 40_000 && remote.ended === null; i++) client.says(`SUB c.${i} ${i}`, `UNSUB ${i}`);
  expect(remote.ended).toBe("Slow Consumer (Pending Bytes)");
  expect(box.core.slowConsumers.gateways).toBe(1);
});

test("a peer that is lost in the middle of a list leaves no cursor behind", () => {
  const { box } = crowded(SUBJECTS);
  const remote = stuckInbound(box);
  expect(box.core.store.isWalked).toBe(true);
  remote.goes();
  expect(box.core.store.isWalked).toBe(false);
});
