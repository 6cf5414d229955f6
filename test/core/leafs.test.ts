// The leaf links of an appliance as a whole: who takes the place of whom, and what is left when one goes.

import { describe, expect, test } from "bun:test";
import type { LeafSession } from "../../src/leaf/session.ts";
import { Count } from "../../src/peer/counters.ts";
import { Box, complete, connectOf, leafInfoOf, start } from "../support/core-world.ts";
import { interest } from "../support/leaf-talk.ts";
import type { Peer } from "../support/peer.ts";

const DUPLICATE = "-ERR 'Duplicate Remote LeafNode Connection'";

describe("a leaf that comes again", () => {
  test("takes the place of its old link, which is told so and cut", () => {
    const box = new Box();
    const old = box.spoke("one");
    old.says("LS+ a");
    const again = box.spoke("one");
    expect([old.hears(), old.ended]).toEqual([[DUPLICATE], "Duplicate Remote LeafNode Connection"]);
    expect([again.ended, again.session.ready]).toEqual([null, true]);
    expect(box.core.leafsOf(box.account("$G"))).toEqual([again.session]);
    expect([box.core.store.rows(), box.core.leafs!.all.size]).toEqual([0, 1]);
    expect(box.logged("Duplicate Remote LeafNode Connection", '"one"')).not.toEqual([]);
  });

  test("does so as often as it comes", () => {
    const box = new Box();
    const links = Array.from({ length: 5 }, () => box.spoke("one"));
    expect(links.map(({ ended }) => ended === null)).toEqual([false, false, false, false, true]);
  });

  test.each([
    ["another name", { name: "two" }],
    ["another cluster", { cluster: "c2" }],
    ["another account of its own", { remote_account: "OTHER" }],
    ["another account of ours", { user: "a", pass: "a" }],
  ])("is another leaf with %s", (_what, more) => {
    const box = new Box();
    const old = box.spoke("one");
    const other = box.spoke("one", more);
    expect([old.ended, other.ended]).toEqual([null, null]);
  });

  test("is any number of leafs when it does not name its account", () => {
    const box = new Box();
    const links = [1, 2, 3].map(() => box.spoke("one", { remote_account: "" }));
    expect(links.map(({ ended }) => ended)).toEqual([null, null, null]);
  });

  test("is not taken for a hub that we dialled, whatever that one is called", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    const hub = box.hub("one", { cluster: "other" }, { remote_account: "$G" });
    const spoke = box.spoke("one", { cluster: "other", is_hub: true });
    expect([hub.ended, spoke.ended]).toEqual([null, null]);
  });

  test("is not looked for among those who have not logged in, or are refused", () => {
    const box = new Box();
    const old = box.spoke("one");
    box.rawLeaf().says(connectOf("one", { pass: "wrong", user: "a" }));
    box.rawLeaf().says(connectOf("one", { cluster: "_" }));
    expect(old.ended).toBeNull();
  });

  test("gets what it wants at once, though its old rows are not all gone yet", () => {
    const box = new Box();
    const client = box.client();
    const old = box.spoke("one");
    old.says(...Array.from({ length: 30_000 }, (_, i) => `LS+ s.${i}`));
    const again = box.spoke("one");
    expect(box.core.reaper.isIdle).toBe(false);
    again.says("LS+ s.7", "LS+ s.29999 q 1");
    client.says("PUB s.7 1\r\nx", "PUB s.29999 1\r\ny", "PUB s.8 1\r\nz");
    expect(again.hears()).toEqual(["LMSG s.7 1", "x", "LMSG s.29999 | q 1", "y"]);
    box.wait(10);
    expect([box.core.reaper.isIdle, box.core.store.rows()]).toEqual([true, 2]);
    client.says("PUB s.7 1\r\nx");
    expect(again.hears()).toEqual(["LMSG s.7 1", "x"]);
  });
});

describe("a link with 50,000 rows that goes", () => {
  const ROWS = 50_000;

  function crowded(peerOf: (box: Box) => Peer<LeafSession>) {
    const box = new Box({ leaf: { remotes: [{}] } });
    const watcher = box.spoke("watcher");
    const inbound = box.inbound("B");
    inbound.hears();
    const peer = peerOf(box);
    watcher.hears();
    const lines: string[] = [];
    for (let i = 0; i < ROWS; i++) lines.push(`LS+ s.${i}\r\n`);
    peer.saysRaw(lines.join(""));
    const queued = ["LS+ jobs q 5", "LS+ jobs q 2"];
    peer.says(...queued);
    return { box, watcher, inbound, peer };
  }

  /** Steps of the reaper until it has nothing left, each with a look at what was told. */
  function steps(box: Box, each: () => void): number {
    let count = 0;
    for (; !box.core.reaper.isIdle && count < 1_000; count++) {
      box.core.tick(box.now);
      box.settle();
      each();
    }
    return count;
  }

  test.each([
    ["spoke", (box: Box) => box.spoke("one")],
    ["hub", (box: Box) => box.hub("east")],
  ])("is cleared in steps: a %s", (_what, peerOf) => {
    const { box, watcher, inbound, peer } = crowded(peerOf);
    expect(watcher.hears()).toHaveLength(ROWS + 2);
    inbound.hears();
    peer.goes();
    const first = watcher.hears().length;
    expect([first > 1_000, first < ROWS / 2]).toEqual([true, true]);
    const told: string[] = [];
    const toldGateways = inbound.hears();
    const count = steps(box, () => {
      const lines = watcher.hears();
      expect(lines.length).toBeLessThan(ROWS / 2);
      told.push(...lines);
      toldGateways.push(...inbound.hears());
    });
    expect(count).toBeGreaterThan(2);
    expect(told.length + first).toBe(ROWS + 1);
    expect(new Set(toldGateways).size).toBe(ROWS + 1);
    expect(told).toContain("LS- s.0");
    expect([box.core.store.rows(), box.core.store.nodes, box.core.leaf(peer.session.id)]).toEqual([
      0,
      0,
      undefined,
    ]);
  });

  test("is no target from the moment on when it goes", () => {
    const { box, peer } = crowded((each) => each.spoke("one"));
    const client = box.client();
    client.says("SUB _INBOX.1 1", "PUB s.0 0\r\n");
    peer.goes();
    client.says("PUB s.0 _INBOX.1 0\r\n", "PUB jobs _INBOX.1 0\r\n");
    expect(client.hears().filter((line) => line.startsWith("HMSG _INBOX.1"))).toHaveLength(2);
  });

  test("leaves a member elsewhere the messages of its group at once", () => {
    const { box, peer } = crowded((each) => each.spoke("one"));
    const remote = box.outbound("B");
    remote.says(start("B", "$G"), "RS+ $G jobs q 1", complete("B", "$G"));
    const client = box.client();
    client.says("PUB jobs 1\r\nx");
    expect(remote.hears()).toEqual([]);
    peer.goes();
    client.says("PUB jobs 1\r\ny");
    expect(remote.hears()).toEqual(["RMSG $G jobs | q 1", "y"]);
  });

  test("leaves others believing what is true, though it and others come and go meanwhile", () => {
    const { box, watcher, peer } = crowded((each) => each.spoke("one"));
    const client = box.client();
    const believes = new Set<string>();
    const read = (who: Peer<LeafSession>, into: Set<string>): void => {
      for (const line of who.hears()) {
        if (line.startsWith("LS+ s.")) into.add(line.slice(4));
        if (line.startsWith("LS- s.")) into.delete(line.slice(4));
      }
    };
    read(watcher, believes);
    peer.goes();
    box.core.tick(box.now);
    // Some that are cleared already, some that are not.
    const wanted = [0, 5, 9_999, 10_000, 29_999, 30_000, 49_998, 49_999].map((i) => `s.${i}`);
    const again = box.spoke("one");
    again.says(...wanted.slice(0, 4).map((subject) => `LS+ ${subject}`));
    wanted.slice(2, 6).forEach((subject, sid) => {
      client.says(`SUB ${subject} ${sid}`);
    });
    const late = box.rawLeaf();
    const lateBelieves = new Set<string>();
    late.says(connectOf("late"));
    box.core.tick(box.now);
    box.settle();
    wanted.slice(6).forEach((subject, sid) => {
      client.says(`SUB ${subject} ${10 + sid}`);
    });
    steps(box, () => {
      read(watcher, believes);
      read(late, lateBelieves);
    });
    read(watcher, believes);
    read(late, lateBelieves);
    expect([...believes].sort()).toEqual([...wanted].sort());
    expect([...lateBelieves].sort()).toEqual([...wanted].sort());
    expect(box.core.store.rows()).toBe(10);
  });
});

describe("books", () => {
  test("a link that ends is counted once, with its reason and account, and its remote is told", () => {
    const box = new Box({ leaf: { remotes: [{ account: "ACC" }] } });
    const hub = box.hub("east");
    box.wait(2_000);
    hub.says("GARBAGE");
    hub.session.lost("Read Error", box.now);
    expect(box.core.closed.toArray().map(({ reason }) => reason)).toEqual(["Parse Error"]);
    expect(box.logged("Leafnode connection closed: Parse Error", '"ACC"')).toHaveLength(1);
    const remote = box.core.leafs!.remotes.all[0]!;
    expect([remote.lastClose, remote.session, remote.state]).toEqual(["Parse Error", null, "waiting"]);
    expect([box.core.sessions.size, box.core.leafs!.all.size]).toEqual([0, 0]);
  });

  test("messages are counted both ways", () => {
    const box = new Box();
    const spoke = box.spoke("one");
    const client = box.client();
    client.says("SUB down 1");
    spoke.says("LS+ up", "LMSG down 3\r\nabc", "LMSG none 2\r\nab");
    client.says("PUB up 4\r\nabcd", "PUB none 9\r\n123456789");
    const { counters } = spoke.session;
    const counts = [Count.InMessages, Count.InBytes, Count.OutMessages, Count.OutBytes];
    expect(counts.map((count) => counters[count])).toEqual([2, 5, 1, 4]);
  });

  test("a handshake that never came to its end tells the remote why, as an attempt that failed", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    box.rawHub().says("INFO {}");
    const remote = box.core.leafs!.remotes.all[0]!;
    expect([remote.attempts, remote.lastError]).toEqual([1, "attempted to connect to wrong port"]);
    box.wait(1_200);
    box.hub("east");
    expect([remote.attempts, remote.lastError, remote.everConnected]).toEqual([0, "", true]);
  });

  test("a dial that fails is tried again", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    box.core.start(box.now);
    box.core.leafDialFailed(box.leafDials.shift()!, "connection refused", box.now);
    box.wait(2_001);
    expect(box.leafDials).toHaveLength(1);
    expect(box.core.leafs!.remotes.all[0]!.lastError).toBe("connection refused");
  });

  test("stop ends every link as a shutdown, and no hub is dialled again", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    const links = [box.spoke("one"), box.rawLeaf(), box.hub("east")];
    box.core.stop();
    box.settle();
    expect(links.map(({ ended }) => ended)).toEqual([
      "Server Shutdown",
      "Server Shutdown",
      "Server Shutdown",
    ]);
    box.wait(60_000);
    expect(box.leafDials).toEqual([]);
  });

  test("a link that takes nothing is cut at the write deadline, with its reason", () => {
    const box = new Box();
    const spoke = box.spoke("one");
    spoke.says("LS+ a");
    spoke.appetite = 0;
    const client = box.client();
    client.says("PUB a 1\r\nx");
    box.wait(9_900);
    expect(spoke.ended).toBeNull();
    box.wait(200);
    expect(spoke.ended).toBe("Slow Consumer (Write Deadline)");
    expect(box.core.slowConsumers.leafs).toBe(1);
    client.says("PING");
    expect(client.hears()).toEqual(["PONG"]);
  });

  test("without a link there is nothing to find, and nothing to tell", () => {
    const box = new Box();
    expect(box.core.leafsOf(box.account("$G"))).toEqual([]);
    expect(box.core.leaf(1)).toBeUndefined();
    expect(interest(box.spoke("one").hears())).toEqual([]);
  });
});

test("an INFO of the hub that comes after the link ended changes nothing", () => {
  const box = new Box({ leaf: { remotes: [{}] } });
  const hub = box.hub("east");
  hub.goes();
  hub.saysRaw(`${leafInfoOf("east", { leafnode_urls: ["x:1"] })}\r\n`);
  expect(box.core.leafs!.remotes.all[0]!.discovered.map(({ host }) => host)).toEqual(["east"]);
});

test("a box without a cluster takes leafs and hubs without one", () => {
  const identity = { serverId: "N", serverName: "n", version: "2.15.2", cluster: "", maxPayload: 1_000_000 };
  const box = new Box({ leaf: { identity, remotes: [{}] } });
  const links = [box.spoke("one", { cluster: "" }), box.hub("east", { cluster: "" })];
  expect(links.map(({ session }) => session.ready)).toEqual([true, true]);
});
