// Who is told of whose interest, where leafs take part: gateway.md §7.10, leafnode.md §3, §6, §12.

import { describe, expect, test } from "bun:test";
import { Box, complete, connectOf, start } from "../support/core-world.ts";
import { interest } from "../support/leaf-talk.ts";

const LDS = "$LDS.abcdefghijabcdefghijab";

/** One of each, all of them strangers to each other, and quiet. */
function world() {
  const box = new Box({ leaf: { remotes: [{}, {}] } });
  const peers = {
    client: box.client(),
    spoke: box.spoke("s1"),
    spoke2: box.spoke("s2"),
    hub: box.hub("h1"),
    hub2: box.hub("h2"),
    outbound: box.outbound("B"),
    gateway: box.inbound("B"),
  };
  peers.outbound.says(start("B", "$G"), complete("B", "$G"));
  for (const peer of Object.values(peers)) peer.hears();
  return { box, ...peers };
}

type World = ReturnType<typeof world>;

/** How each kind says that it wants a subject, and that it does no longer. */
const SAY: Record<string, [(w: World, subject: string) => void, (w: World, subject: string) => void]> = {
  client: [(w, subject) => w.client.says(`SUB ${subject} 1`), (w) => w.client.says("UNSUB 1")],
  spoke: [(w, subject) => w.spoke.says(`LS+ ${subject}`), (w, subject) => w.spoke.says(`LS- ${subject}`)],
  hub: [(w, subject) => w.hub.says(`LS+ ${subject}`), (w, subject) => w.hub.says(`LS- ${subject}`)],
  gateway: [
    (w, subject) => w.outbound.says(`RS+ $G ${subject}`),
    (w, subject) => w.outbound.says(`RS- $G ${subject}`),
  ],
};

/** Who of the others hears of it. */
function told(w: World, subject: string): string {
  const heard = (["client", "spoke", "spoke2", "hub", "hub2", "gateway", "outbound"] as const).filter(
    (name) => w[name].hears().some((line) => line.includes(subject)),
  );
  return heard.join(" ");
}

describe("interest of", () => {
  test.each([
    ["client", "spoke spoke2 hub hub2 gateway"],
    ["spoke", "spoke2 hub hub2 gateway"],
    ["hub", "spoke spoke2 gateway"],
    ["gateway", "spoke spoke2 hub hub2"],
  ])("a %s is told to: %s", (who, expected) => {
    const w = world();
    const [add, remove] = SAY[who]!;
    add(w, "foo.bar");
    expect(told(w, "foo.bar")).toBe(expected);
    remove(w, "foo.bar");
    expect(told(w, "foo.bar")).toBe(expected);
    expect(w.box.core.store.rows()).toBe(0);
  });

  test.each([
    ["spoke", "spoke2 hub hub2 gateway"],
    ["hub", "spoke spoke2 hub2 gateway"],
    ["gateway", "spoke spoke2 hub hub2"],
  ])("a %s in a mark of loops is told to: %s", (who, expected) => {
    const w = world();
    const [add, remove] = SAY[who]!;
    add(w, LDS);
    expect(told(w, LDS)).toBe(expected);
    remove(w, LDS);
    expect(told(w, LDS)).toBe(expected);
  });

  test.each(["client", "spoke", "hub", "gateway"])(
    "a %s that stands already is told alike to newcomers",
    (who) => {
      const w = world();
      for (const peer of [w.spoke2, w.hub2, w.gateway]) peer.goes();
      SAY[who]![0](w, "foo.bar");
      SAY[who]![0](w, LDS);
      const isSub = who === "client";
      const spoke = w.box.rawLeaf();
      spoke.says(connectOf("late"));
      const expected = isSub ? ["foo.bar"] : ["foo.bar", LDS];
      const of = (lines: string[]): string[] =>
        expected.filter((subject) => lines.some((line) => line.endsWith(` ${subject}`)));
      expect(of(spoke.hears())).toEqual(expected);
      w.box.wait(1_200);
      const hub = w.box.rawHub();
      hub.says('INFO {"server_id":"H3","client_id":7,"cluster":"h3","leafnode_urls":["h3:1"]}');
      expect(of(hub.hears())).toEqual(who === "hub" ? [LDS] : expected);
      const inbound = w.box.inbound("C");
      expect(of(inbound.hears())).toEqual(who === "gateway" ? [] : expected);
    },
  );
});

describe("origin", () => {
  test("a cluster is told nothing of its own, by whichever of its members", () => {
    const box = new Box({ leaf: { remotes: [{}, {}] } });
    const spokes = [box.spoke("a1", { cluster: "a" }), box.spoke("a2", { cluster: "a" })];
    const hubs = [box.hub("b1", { cluster: "b" }), box.hub("b2", { cluster: "b" })];
    const all = [...spokes, ...hubs];
    for (const peer of all) peer.hears();
    spokes[0]!.says("LS+ x", `LS+ ${LDS}`);
    expect(all.map((peer) => peer.hears().length)).toEqual([0, 0, 2, 2]);
    hubs[0]!.says("LS+ y", "LS+ $LDS.b");
    expect(all.map((peer) => peer.hears().length)).toEqual([2, 2, 0, 0]);
    const late = box.rawLeaf();
    late.says(connectOf("a3", { cluster: "a" }));
    expect(interest(late.hears())).toEqual(["LS+ y"]);
    spokes[0]!.says("LS- x");
    hubs[0]!.goes();
    expect(all.map((peer) => interest(peer.hears()))).toEqual([["LS- y"], ["LS- y"], ["LS- x"], ["LS- x"]]);
  });

  test("leafs without a cluster are each of their own", () => {
    const box = new Box();
    const [one, two] = [box.spoke("1", { cluster: "" }), box.spoke("2", { cluster: "" })];
    one.says("LS+ x");
    expect([one.hears(), two.hears()]).toEqual([[], ["LS+ x"]]);
  });

  test("interest of two origins is told to each as that of the other", () => {
    const box = new Box();
    const [one, two, three] = [box.spoke("1"), box.spoke("2"), box.spoke("3")];
    one.says("LS+ x");
    two.says("LS+ x");
    expect([one.hears(), two.hears(), three.hears()]).toEqual([["LS+ x"], ["LS+ x"], ["LS+ x"]]);
    one.says("LS- x");
    expect([one.hears(), two.hears(), three.hears()]).toEqual([[], ["LS- x"], []]);
    two.says("LS- x");
    expect([one.hears(), two.hears(), three.hears()]).toEqual([["LS- x"], [], ["LS- x"]]);
  });
});

describe("isolation", () => {
  test("keeps interest of other leafs, and their marks, from a spoke, and nothing else", () => {
    const w = world();
    const alone = w.box.rawLeaf();
    alone.says(connectOf("alone", { isolate: true }));
    alone.hears();
    w.spoke.says("LS+ foo.bar", `LS+ ${LDS}`, "LS+ foo.bar q 2");
    expect(alone.hears()).toEqual([]);
    w.hub.says("LS+ home");
    expect(alone.hears()).toEqual(["LS+ home"]);
    w.client.says("SUB foo.bar 1");
    expect(alone.hears()).toEqual(["LS+ foo.bar"]);
    w.outbound.says("RS+ $G far");
    expect(alone.hears()).toEqual(["LS+ far"]);
    w.client.says("UNSUB 1");
    expect(alone.hears()).toEqual(["LS- foo.bar"]);
    w.client.says("SUB foo.bar q 2");
    expect(alone.hears()).toEqual(["LS+ foo.bar q 1"]);
  });

  test("does not keep a spoke's own interest from the others", () => {
    const w = world();
    const alone = w.box.spoke("alone", { isolate: true });
    alone.says("LS+ foo.bar");
    expect(told(w, "foo.bar")).toBe("spoke spoke2 hub hub2 gateway");
  });

  test("of a remote keeps the spokes' interest, and marks, from that hub alone", () => {
    const box = new Box({ leaf: { remotes: [{ isolate: true }, {}] } });
    const [alone, other, spoke] = [box.hub("h1"), box.hub("h2"), box.spoke("s1")];
    const client = box.client();
    spoke.says("LS+ x", `LS+ ${LDS}`);
    client.says("SUB y 1");
    other.says("LS+ $LDS.of-another-hub");
    expect([interest(alone.hears()), interest(other.hears())]).toEqual([["LS+ y"], ["LS+ x", "LS+ y"]]);
  });
});

describe("queue groups", () => {
  test("are told with all members, each change anew, up and down", () => {
    const w = world();
    w.spoke.says("LS+ jobs q 2");
    expect([w.hub.hears(), w.spoke2.hears()]).toEqual([["LS+ jobs q 2"], ["LS+ jobs q 2"]]);
    w.client.says("SUB jobs q 1", "SUB jobs q 2");
    expect(w.hub.hears()).toEqual(["LS+ jobs q 3", "LS+ jobs q 4"]);
    expect(w.spoke.hears()).toEqual(["LS+ jobs q 1", "LS+ jobs q 2"]);
    w.hub.says("LS+ jobs q 5");
    expect(w.spoke2.hears().slice(-1)).toEqual(["LS+ jobs q 9"]);
    expect([w.spoke.hears(), w.hub.hears(), w.hub2.hears().slice(-1)]).toEqual([
      ["LS+ jobs q 7"],
      [],
      ["LS+ jobs q 4"],
    ]);
    w.outbound.says("RS+ $G jobs q 9");
    expect(w.hub.hears()).toEqual(["LS+ jobs q 5"]);
    w.spoke.says("LS+ jobs q 1");
    expect(w.hub.hears()).toEqual(["LS+ jobs q 4"]);
    w.client.says("UNSUB 1");
    w.spoke.says("LS- jobs q");
    w.outbound.says("RS- $G jobs q");
    expect(w.hub.hears()).toEqual(["LS+ jobs q 3", "LS+ jobs q 2", "LS+ jobs q 1"]);
    w.client.says("UNSUB 2");
    expect([w.hub.hears(), w.spoke.hears().at(-1)]).toEqual([["LS- jobs q"], "LS+ jobs q 5"]);
    w.hub.says("LS- jobs q");
    expect([w.spoke.hears(), w.spoke2.hears().at(-1), w.hub.hears()]).toEqual([
      ["LS- jobs q"],
      "LS- jobs q",
      [],
    ]);
  });

  test("whose weight did not change, or is of the peer's own origin, are not told again", () => {
    const w = world();
    const twin = w.box.spoke("twin", { cluster: "s1" });
    w.spoke.says("LS+ jobs q 2");
    expect([twin.hears(), w.hub.hears()]).toEqual([[], ["LS+ jobs q 2"]]);
    w.spoke.says("LS+ jobs q 2");
    expect([twin.hears(), w.hub.hears()]).toEqual([[], []]);
    w.spoke.says("LS+ jobs q 0", "LS+ jobs q x");
    expect(w.hub.hears()).toEqual(["LS+ jobs q 1"]);
  });

  test("are told to gateways once, whatever their weight", () => {
    const w = world();
    w.spoke.says("LS+ jobs q 2", "LS+ jobs q 3");
    w.hub.says("LS+ jobs q 2");
    w.client.says("SUB jobs q 1");
    expect(w.gateway.hears()).toEqual(["RS+ $G jobs q 1"]);
    w.spoke.says("LS- jobs q");
    w.client.says("UNSUB 1");
    expect(w.gateway.hears()).toEqual([]);
    w.hub.goes();
    expect(w.gateway.hears()).toEqual(["RS- $G jobs q"]);
  });

  test("of one subject are told apart from each other and from plain interest", () => {
    const w = world();
    w.spoke.says("LS+ jobs", "LS+ jobs p 1", "LS+ jobs q 2");
    expect(w.hub.hears()).toEqual(["LS+ jobs", "LS+ jobs p 1", "LS+ jobs q 2"]);
    w.spoke.says("LS- jobs p");
    expect(w.hub.hears()).toEqual(["LS- jobs p"]);
    const late = w.box.rawLeaf();
    late.says(connectOf("late"));
    expect(interest(late.hears())).toEqual(["LS+ jobs", "LS+ jobs q 2"]);
  });

  test("weigh the same to newcomers, who are told each group once", () => {
    const w = world();
    w.spoke.says("LS+ jobs q 2");
    w.hub.says("LS+ jobs q 3");
    w.outbound.says("RS+ $G jobs q 1");
    w.client.says("SUB jobs q 1");
    const late = w.box.rawLeaf();
    late.says(connectOf("late"));
    const alone = w.box.rawLeaf();
    alone.says(connectOf("alone", { isolate: true }));
    const twin = w.box.rawLeaf();
    twin.says(connectOf("twin", { cluster: "s1" }));
    expect([late, alone, twin].map((peer) => [...new Set(interest(peer.hears()))])).toEqual([
      ["LS+ jobs q 7"],
      ["LS+ jobs q 5"],
      ["LS+ jobs q 5"],
    ]);
  });
});

describe("mapped replies", () => {
  test("are announced by ourselves: what peers say of them is passed to nobody, nor is its end", () => {
    const w = world();
    const late = w.box.rawLeaf();
    late.says(connectOf("late"));
    expect(late.hears().filter((line) => /_GR_|\$GR/.test(line))).toEqual(["LS+ _GR_.>", "LS+ $GR.*.>"]);
    w.spoke.says("LS+ _GR_.>", "LS+ $GR.*.>", "LS+ _GR_.> q 1");
    w.hub.says("LS+ _GR_.>");
    w.client.says("SUB _GR_.> 1");
    w.spoke.says("LS- _GR_.>", "LS- _GR_.> q");
    w.client.says("UNSUB 1");
    w.spoke.goes();
    w.hub.goes();
    expect([late, w.spoke2, w.hub2, w.gateway].map((peer) => peer.hears())).toEqual([[], [], [], []]);
  });

  test("are passed on like any interest by a box without gateways", () => {
    const box = new Box({ gateway: null, leaf: { remotes: [{}] } });
    const hub = box.hub("h1");
    const spoke = box.rawLeaf();
    spoke.says(connectOf("s1"));
    expect(spoke.hears().some((line) => line.includes("_GR_"))).toBe(false);
    hub.says("LS+ _GR_.>");
    expect(spoke.hears()).toEqual(["LS+ _GR_.>"]);
    hub.goes();
    expect(spoke.hears()).toEqual(["LS- _GR_.>"]);
  });
});

test("several clients of one subject are told once, and of two leafs too", () => {
  const w = world();
  w.client.says("SUB a 1", "SUB a 2");
  w.box.client().says("SUB a 1");
  w.spoke.says("LS+ a");
  w.spoke2.says("LS+ a");
  w.outbound.says("RS+ $G a");
  expect([w.hub.hears(), w.gateway.hears()]).toEqual([["LS+ a"], ["RS+ $G a"]]);
  w.client.goes();
  w.spoke.goes();
  w.outbound.says("RS- $G a");
  expect([w.hub.hears(), w.gateway.hears()]).toEqual([[], []]);
});

test("interest of another account is not told", () => {
  const w = world();
  const login = { user: "a", pass: "a" };
  const other = w.box.spoke("other", login);
  w.client.says("SUB x 1");
  w.box.client(login).says("SUB y 1");
  expect([other.hears(), w.spoke.hears()]).toEqual([["LS+ y"], ["LS+ x"]]);
});

test("an account with leafs is asked for, or announced, to gateways of before 2.9", () => {
  const box = new Box({ gateway: { interestOnlyThreshold: 1_000 } });
  const old = box.inbound("B", { gateway_iom: false });
  old.hears();
  const leaf = box.spoke("one");
  const heard = old.hears();
  expect(heard.filter((line) => line.startsWith("INFO "))).toHaveLength(2);
  leaf.says("LS+ x");
  expect(old.hears()).toEqual(["RS+ $G x"]);
});
