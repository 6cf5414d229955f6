// How long a remote stays away after its hub said why, and what counts as a loop: leafnode.md §5.2, §6, §10.

import { describe, expect, test } from "bun:test";
import type { LeafRemoteOptions } from "../../src/leaf/options.ts";
import { Box, connectOf, leafInfoOf } from "../support/core-world.ts";
import { interest } from "../support/leaf-talk.ts";

const boxOf = (remote: Partial<LeafRemoteOptions> = {}): Box => new Box({ leaf: { remotes: [remote] } });

/** Milliseconds from now to the next dial; the pause has up to a tenth of a second by chance. */
function untilDial(box: Box): number {
  const from = box.now;
  box.leafDials.length = 0;
  for (let i = 0; i < 4_000 && box.leafDials.length === 0; i++) box.wait(10);
  expect(box.leafDials).toHaveLength(1);
  return box.now - from;
}

function near(millis: number, wanted: number): void {
  expect([wanted, millis >= wanted && millis <= wanted + 110]).toEqual([wanted, true]);
}

const TEXTS: [string, string, number][] = [
  ["remote leafnode has same cluster name", "Cluster Names Identical", 31_000],
  ['Loop detected for leafnode account="X". Delaying attempt to reconnect for 30s', "Loop Detected", 31_000],
  ['connection rejected since minimum version required is "2.99.0"', "Minimum Version Required", 6_000],
  ["Authorization Violation", "Authentication Failure", 1_000],
];

describe.each(["before the second INFO", "while it is up"])("a hub that says %s", (when) => {
  test.each(TEXTS)("-ERR %p: the link ends, and the next dial waits", (text, reason, millis) => {
    const box = boxOf();
    const hub = when === "while it is up" ? box.hub("east") : box.rawHub();
    if (!hub.session.ready) hub.says(leafInfoOf("east"));
    hub.says(`-ERR '${text}'`);
    expect(hub.ended).toBe(reason as never);
    expect(box.logged("Leafnode Error", text)).toHaveLength(1);
    near(untilDial(box), millis);
    box.hub("east").goes();
    near(untilDial(box), 1_000);
  });

  test("any other -ERR: it is logged and the link lives", () => {
    const box = boxOf();
    const hub = when === "while it is up" ? box.hub("east") : box.rawHub();
    if (!hub.session.ready) hub.says(leafInfoOf("east"));
    hub.hears();
    hub.says("-ERR 'Invalid Subscription'", "+OK", "PING");
    expect([hub.ended, hub.hears()]).toEqual([null, ["PONG"]]);
    expect(box.logged("Leafnode Error", "Invalid Subscription")).toHaveLength(1);
    expect(hub.session.lastError).toBe("'Invalid Subscription'");
  });
});

test("after anything else the next dial waits one interval, whatever it is", () => {
  const box = boxOf({ reconnectMillis: 3_000 });
  box.hub("east").says("GARBAGE");
  const millis = untilDial(box);
  expect([millis >= 3_000, millis <= 3_310]).toEqual([true, true]);
});

test("a hub of our own cluster that lets us in is left for 31 s", () => {
  const box = boxOf();
  const hub = box.rawHub();
  hub.says(leafInfoOf("east", { cluster: "A" }));
  expect(hub.hears()[0]).toStartWith("CONNECT ");
  hub.says(leafInfoOf("east", { cluster: "A", connect_info: true, remote_account: "HUB" }));
  expect(hub.hears()).toEqual(["-ERR 'remote leafnode has same cluster name'"]);
  near(untilDial(box), 31_000);
});

describe("a loop", () => {
  const LOOP = "-ERR 'Loop detected for leafnode account=\"$G\". Delaying attempt to reconnect for 30s'";
  const mark = (lines: string[]): string => lines.find((line) => line.startsWith("LS+ $LDS."))!;

  test("is our own mark coming back from a hub: it is told, left, and left alone for 31 s", () => {
    const box = boxOf();
    const hub = box.rawHub();
    hub.says(leafInfoOf("east", { info_on_connect: false }));
    hub.says(mark(hub.hears()));
    expect([hub.hears(), hub.ended]).toEqual([[LOOP], "Loop Detected"]);
    expect(box.logged("Loop detected")).not.toEqual([]);
    expect(box.core.leafs!.remotes.all[0]!.loops).toBe(1);
    near(untilDial(box), 31_000);
  });

  test("is our own mark coming back from a spoke, which is told and cut", () => {
    const box = new Box();
    const leaf = box.rawLeaf();
    leaf.says(connectOf("one"));
    leaf.says(mark(leaf.hears()), "LS+ after");
    expect([leaf.hears(), leaf.ended]).toEqual([[LOOP], "Loop Detected"]);
    expect(box.core.store.rows()).toBe(0);
  });

  test("is the mark of its own account: that of another account, or one of others, is interest", () => {
    const box = new Box();
    const one = box.rawLeaf();
    one.says(connectOf("one"));
    const other = box.rawLeaf();
    other.says(connectOf("two", { user: "a", pass: "a" }));
    const [ours, theirs] = [mark(one.hears()), mark(other.hears())];
    expect(ours).not.toBe(theirs);
    one.says(theirs, `${ours}x`, ours.slice(0, -1), ours.toLowerCase().replace("ls+", "LS+"), "LS+ $LDS.*");
    expect([one.ended, other.ended, one.session.rows.count]).toEqual([null, null, 5]);
  });

  test("has the same mark as long as the box lives, for each leaf of an account", () => {
    const box = boxOf();
    const first = box.rawLeaf();
    first.says(connectOf("one"));
    const ours = mark(first.hears());
    first.goes();
    const second = box.rawLeaf();
    second.says(connectOf("two"));
    const hub = box.rawHub();
    hub.says(leafInfoOf("east", { info_on_connect: false }));
    expect([mark(second.hears()), mark(hub.hears())]).toEqual([ours, ours]);
  });

  test("is a hub whose cluster is a spoke of ours already, in the same account", () => {
    const box = boxOf();
    const spoke = box.spoke("e1", { cluster: "east" });
    const hub = box.rawHub();
    hub.says(leafInfoOf("east"), leafInfoOf("east", { connect_info: true }));
    expect(hub.hears().slice(-1)).toEqual([LOOP]);
    expect([hub.ended, spoke.ended]).toEqual(["Loop Detected", null]);
    expect(box.core.leafs!.remotes.all[0]!.loops).toBe(1);
    near(untilDial(box), 31_000);
    spoke.goes();
    expect(box.hub("east").ended).toBeNull();
  });

  test("is not a hub of another cluster, of none, or whose spokes are in another account", () => {
    const box = boxOf();
    box.spoke("e1", { cluster: "west" });
    box.spoke("e2", { cluster: "" });
    box.spoke("e3", { cluster: "east", user: "a", pass: "a" });
    box.spoke("e4", { cluster: "east", is_hub: true });
    expect(box.hub("east").ended).toBeNull();
    const other = boxOf();
    other.spoke("e2", { cluster: "" });
    expect(other.hub("x", { cluster: "" }).ended).toBeNull();
  });
});

test("interest is told again in full after each reconnect", () => {
  const box = boxOf();
  const client = box.client();
  client.says("SUB a 1", "SUB b q 2");
  for (let i = 0; i < 3; i++) {
    const hub = box.rawHub();
    hub.says(leafInfoOf("east", { info_on_connect: false }));
    expect(interest(hub.hears())).toEqual(["LS+ a", "LS+ b q 1"]);
    hub.says("LS+ c");
    client.says("PUB c 1\r\nx");
    expect(hub.hears()).toEqual(["LMSG c 1", "x"]);
    hub.goes();
    box.wait(1_200);
  }
  expect(box.core.leafs!.remotes.all[0]!.reconnects).toBe(2);
});

test("what a hub wants before it said all of its INFOs has its origin from the start", () => {
  const box = new Box({ leaf: { remotes: [{}, { account: "$G" }] } });
  const first = box.hub("e1", { cluster: "east" });
  const second = box.rawHub();
  second.says(leafInfoOf("e2", { cluster: "east" }));
  second.says("LS+ $LDS.0123456789012345678901");
  expect(first.hears()).toEqual([]);
  second.says(leafInfoOf("e2", { cluster: "east", connect_info: true }));
  second.says("LS- $LDS.0123456789012345678901");
  expect([first.hears(), first.ended, second.ended]).toEqual([[], null, null]);
});
