// Who gets a message where leafs take part: leafnode.md §4, §18. Groups and mapped replies have files of
// their own.

import { describe, expect, test } from "bun:test";
import { Count } from "../../src/peer/counters.ts";
import { Box, complete, start } from "../support/core-world.ts";

/** Somebody of each kind who wants foo, and a source of each kind. */
function world() {
  const box = new Box({ leaf: { remotes: [{}, {}, {}] } });
  const peers = {
    client: box.client(),
    spoke: box.spoke("s1"),
    twin: box.spoke("s1b", { cluster: "s1" }),
    spoke2: box.spoke("s2"),
    hub: box.hub("h1"),
    hubTwin: box.hub("h1b", { cluster: "h1" }),
    hub2: box.hub("h2"),
    boss: box.spoke("boss", { is_hub: true }),
    gateway: box.outbound("B"),
    gateway2: box.outbound("C"),
  };
  peers.client.says("SUB foo 1");
  const { spoke, twin, spoke2, hub, hubTwin, hub2, boss } = peers;
  for (const leaf of [spoke, twin, spoke2, hub, hubTwin, hub2, boss]) leaf.says("LS+ foo");
  for (const [name, gateway] of [
    ["B", peers.gateway],
    ["C", peers.gateway2],
  ] as const) {
    gateway.says(start(name, "$G"), "RS+ $G foo", complete(name, "$G"));
  }
  const inbound = box.inbound("B");
  const publisher = box.client();
  for (const peer of [...Object.values(peers), inbound, publisher]) peer.hears();
  return { box, ...peers, inbound, publisher, peers };
}

type World = ReturnType<typeof world>;

/** Who got it, each once and in the right words. */
function reached({ peers }: World): string {
  const got: string[] = [];
  for (const [name, peer] of Object.entries(peers)) {
    const heard = peer.hears();
    if (heard.length === 0) continue;
    const line =
      name === "client" ? "MSG foo 1 2" : name.startsWith("gateway") ? "RMSG $G foo 2" : "LMSG foo 2";
    expect([name, heard]).toEqual([name, [line, "hi"]]);
    got.push(name);
  }
  return got.join(" ");
}

describe("a message of", () => {
  const ALL = "client spoke twin spoke2 hub hubTwin hub2 boss gateway gateway2";

  test.each([
    ["a client", (w: World) => w.publisher.says("PUB foo 2\r\nhi"), ALL],
    [
      "a spoke",
      (w: World) => w.spoke.says("LMSG foo 2\r\nhi"),
      "client spoke2 hub hubTwin hub2 boss gateway gateway2",
    ],
    [
      "a hub",
      (w: World) => w.hub.says("LMSG foo 2\r\nhi"),
      "client spoke twin spoke2 hub2 boss gateway gateway2",
    ],
    [
      "a leaf that says that it is the hub",
      (w: World) => w.boss.says("LMSG foo 2\r\nhi"),
      "client spoke twin spoke2 hub hubTwin hub2 gateway gateway2",
    ],
    [
      "a gateway",
      (w: World) => w.inbound.says("RMSG $G foo 2\r\nhi"),
      "client spoke twin spoke2 hub hubTwin hub2 boss",
    ],
  ])("%s reaches all that it may, once each", (_who, say, expected) => {
    const w = world();
    say(w);
    expect(reached(w)).toBe(expected);
    say(w);
    expect(reached(w)).toBe(expected);
  });

  test("a leaf without a cluster reaches other leafs without one", () => {
    const box = new Box();
    const [one, two] = [box.spoke("1", { cluster: "" }), box.spoke("2", { cluster: "" })];
    for (const leaf of [one, two]) leaf.says("LS+ foo");
    one.hears();
    two.hears();
    one.says("LMSG foo 2\r\nhi");
    expect([one.hears(), two.hears()]).toEqual([[], ["LMSG foo 2", "hi"]]);
  });

  test("a leaf that is isolated reaches others, and is reached: only interest is kept back", () => {
    const box = new Box();
    const [alone, other] = [box.spoke("1", { isolate: true }), box.spoke("2")];
    for (const leaf of [alone, other]) leaf.says("LS+ foo");
    other.hears();
    alone.says("LMSG foo 1\r\na");
    other.says("LMSG foo 1\r\nb");
    expect([alone.hears(), other.hears()]).toEqual([
      ["LMSG foo 1", "b"],
      ["LMSG foo 1", "a"],
    ]);
  });

  test("a remote with hub: true is passed on as that of a spoke", () => {
    const box = new Box({ leaf: { remotes: [{ hub: true }, {}] } });
    const [own, hub] = [box.hub("own"), box.hub("h1")];
    expect(own.session.isHub).toBe(true);
    hub.says("LS+ foo");
    own.says("LS+ foo");
    expect(hub.hears()).toEqual(["LS+ foo"]);
    own.says("LMSG foo 2\r\nhi");
    hub.says("LMSG foo 1\r\nx");
    expect([own.hears(), hub.hears()]).toEqual([
      ["LS+ foo", "LMSG foo 1", "x"],
      ["LMSG foo 2", "hi"],
    ]);
  });

  test("one account stays in it", () => {
    const box = new Box();
    const login = { user: "a", pass: "a" };
    const [g, a] = [box.spoke("g"), box.spoke("a", login)];
    for (const leaf of [g, a]) leaf.says("LS+ foo");
    const remote = box.outbound("B");
    remote.says(
      start("B", "ACC"),
      "RS+ ACC foo",
      complete("B", "ACC"),
      start("B", "$G"),
      complete("B", "$G"),
    );
    const [client, other] = [box.client(login), box.client()];
    other.says("SUB foo 1");
    for (const peer of [g, a, remote, other]) peer.hears();
    client.says("PUB foo 1\r\nx");
    expect([g, a, remote, other].map((peer) => peer.hears())).toEqual([
      [],
      ["LMSG foo 1", "x"],
      ["RMSG ACC foo 1", "x"],
      [],
    ]);
    a.says("LMSG foo 1\r\ny");
    expect([g, a, remote, other].map((peer) => peer.hears())).toEqual([[], [], ["RMSG ACC foo 1", "y"], []]);
  });
});

describe("a leaf", () => {
  test("gets a message once, however many of its patterns match", () => {
    const box = new Box();
    const leaf = box.spoke("one");
    leaf.says("LS+ foo", "LS+ *", "LS+ >");
    box.client().says("PUB foo 1\r\nx");
    expect(leaf.hears()).toEqual(["LMSG foo 1", "x"]);
    leaf.says("LS- foo", "LS- *");
    box.client().says("PUB foo 1\r\nx");
    expect(leaf.hears()).toEqual(["LMSG foo 1", "x"]);
    leaf.says("LS- >");
    box.client().says("PUB foo 1\r\nx");
    expect(leaf.hears()).toEqual([]);
  });

  test("gets reply and headers as they were, byte for byte", () => {
    const box = new Box();
    const leaf = box.spoke("one");
    leaf.says("LS+ >");
    const client = box.client();
    const head = "NATS/1.0\r\nA: b\r\n\r\n";
    client.says(
      "PUB a reply.to 2\r\nhi",
      "PUB b 0\r\n",
      `HPUB c r 18 20\r\n${head}hi`,
      `HPUB d 18 18\r\n${head}`,
    );
    expect(leaf.hearsRaw()).toBe(
      `LMSG a reply.to 2\r\nhi\r\nLMSG b 0\r\n\r\nHMSG c r 18 20\r\n${head}hi\r\nHMSG d 18 18\r\n${head}\r\n`,
    );
  });

  test("that knows no headers gets the body alone", () => {
    const box = new Box();
    const [leaf, other] = [box.spoke("one", { headers: false }), box.spoke("two")];
    for (const each of [leaf, other]) each.says("LS+ >", "LS+ q q 1");
    other.hears();
    leaf.hears();
    const head = "NATS/1.0\r\nA: b\r\n\r\n";
    box.client().says(`HPUB c r 18 20\r\n${head}hi`, `HPUB d 18 18\r\n${head}`);
    other.says(`HMSG e + r q 18 20\r\n${head}hi`);
    expect(leaf.hearsRaw()).toBe("LMSG c r 2\r\nhi\r\nLMSG d 0\r\n\r\nLMSG e r 2\r\nhi\r\n");
    expect(other.hearsRaw()).toBe(`HMSG c r 18 20\r\n${head}hi\r\nHMSG d 18 18\r\n${head}\r\n`);
  });

  test("is heard in every form that a line may have", () => {
    const box = new Box();
    const leaf = box.spoke("one");
    const client = box.client();
    client.says("SUB foo 1");
    leaf.says(
      "LMSG foo 2\r\nhi",
      "lmsg\tfoo  r \t2 \r\nhi",
      "LMSG foo + r q p 2\r\nhi",
      "LMSG foo | q 0\r\n",
    );
    leaf.says("HMSG foo + r q 12 14\r\nNATS/1.0\r\n\r\nhi", "LMSG foo + 2\r\nhi", "HMSG foo 0 2\r\nhi");
    expect(client.hearsRaw()).toBe(
      "MSG foo 1 2\r\nhi\r\nMSG foo 1 r 2\r\nhi\r\nMSG foo 1 r 2\r\nhi\r\nMSG foo 1 0\r\n\r\n" +
        "HMSG foo 1 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\nMSG foo 1 + 2\r\nhi\r\nMSG foo 1 2\r\nhi\r\n",
    );
  });

  test("means the same however its bytes are cut", () => {
    const box = new Box();
    const leaf = box.spoke("one");
    const client = box.client();
    client.says("SUB foo 1", "SUB foo q 2");
    leaf.hears();
    const said = Buffer.from("LMSG foo 2\r\nhi\r\nLMSG foo + r q 3\r\n\r\n!\r\nPING\r\n");
    for (let cut = 1; cut < said.length; cut++) {
      leaf.saysRaw(said.subarray(0, cut));
      leaf.saysRaw(said.subarray(cut));
      expect(client.hearsRaw()).toBe(
        "MSG foo 1 2\r\nhi\r\nMSG foo 1 r 3\r\n\r\n!\r\nMSG foo 2 r 3\r\n\r\n!\r\n",
      );
      expect(leaf.hears()).toEqual(["PONG"]);
    }
  });
});

describe("what does not fit", () => {
  test("a message over the hub's max_payload is dropped and counted, and the hub lives", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    const hub = box.hub("east", { max_payload: 100 });
    const spoke = box.spoke("one");
    hub.says("LS+ >");
    spoke.hears();
    const client = box.client();
    client.says(`PUB a 100\r\n${"x".repeat(100)}`, `PUB b 101\r\n${"x".repeat(101)}`);
    spoke.says(`LMSG c 101\r\n${"x".repeat(101)}`);
    client.says(`HPUB d 12 101\r\nNATS/1.0\r\n\r\n${"x".repeat(89)}`);
    expect(hub.hears().filter((line) => /^[LH]MSG/.test(line))).toEqual(["LMSG a 100"]);
    expect([hub.session.counters[Count.Dropped], hub.session.counters[Count.OutMessages]]).toEqual([3, 1]);
    expect([hub.ended, box.dropped]).toEqual([null, 3]);
    expect(hub.session.counters[Count.TooLarge]).toBe(3);
  });

  test("what a leaf that is behind misses is counted, and it is told the later ones", () => {
    const limits = { pingMillis: 120_000, pingMax: 2, pendingMax: 500_000, maxControlLine: 65_536 };
    const box = new Box({ leaf: { limits } });
    const [slow, quick] = [box.spoke("slow"), box.spoke("quick")];
    for (const leaf of [slow, quick]) leaf.says("LS+ foo");
    quick.hears();
    slow.hears();
    const client = box.client();
    slow.appetite = 0;
    const body = "x".repeat(50_000);
    let read = 0;
    for (let i = 0; i < 40; i++) {
      client.says(`PUB foo ${body.length}\r\n${body}`);
      read += quick.hears().filter((line) => line.startsWith("LMSG")).length;
    }
    const dropped = slow.session.counters[Count.Dropped]!;
    expect([read, dropped > 20, dropped < 35]).toEqual([40, true, true]);
    expect(slow.session.counters[Count.TooLarge]).toBe(0);
    expect([slow.ended, quick.session.counters[Count.Dropped], box.dropped]).toEqual([null, 0, dropped]);
    expect(slow.session.egress.pendingBytes).toBeLessThan(1_000_000);
    slow.resumes();
    expect(slow.hearsRaw()).toBe(`LMSG foo ${body.length}\r\n${body}\r\n`.repeat(40 - dropped));
    client.says("PUB foo 2\r\nhi");
    expect(slow.hears()).toEqual(["LMSG foo 2", "hi"]);
  });

  test("a client that is behind costs the leaf nothing", () => {
    const box = new Box({ client: { pendingMax: 500_000 } });
    const leaf = box.spoke("one");
    const [slow, quick] = [box.client(), box.client()];
    for (const client of [slow, quick]) client.says("SUB foo 1");
    slow.appetite = 0;
    const body = "x".repeat(50_000);
    for (let i = 0; i < 30; i++) leaf.says(`LMSG foo ${body.length}\r\n${body}`);
    expect([leaf.ended, slow.session.closing]).toEqual([null, "Slow Consumer (Pending Bytes)"]);
    expect(quick.hears().filter((line) => line.startsWith("MSG"))).toHaveLength(30);
  });
});

describe("no responders", () => {
  const asks = (box: Box): string[] => {
    const client = box.client();
    client.says("SUB _INBOX.> 1", "PUB svc _INBOX.1 0\r\n");
    return client.hears().filter((line) => line.startsWith("HMSG"));
  };

  test("are told where no leaf wants it, and not where one does, also for a group", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    const [spoke, hub] = [box.spoke("one"), box.hub("east")];
    expect(asks(box)).toHaveLength(1);
    spoke.says("LS+ svc");
    expect(asks(box)).toEqual([]);
    spoke.says("LS- svc");
    hub.says("LS+ svc q 1");
    expect(asks(box)).toEqual([]);
    hub.goes();
    expect(asks(box)).toHaveLength(1);
  });

  test("are not told to a leaf: it answers its own clients", () => {
    const box = new Box();
    const spoke = box.spoke("one");
    spoke.says("LS+ _INBOX.1", "LMSG svc _INBOX.1 1\r\nx");
    expect(spoke.hears()).toEqual([]);
  });
});

test("what an optimistic gateway sends for nothing is answered as ever, and leafs count as interest", () => {
  const box = new Box({ gateway: { interestOnlyThreshold: 1_000 } });
  const old = box.inbound("B", { gateway_iom: false });
  const leaf = box.spoke("one", { user: "a", pass: "a" });
  leaf.says("LS+ foo");
  old.hears();
  old.says("RMSG ACC foo 1\r\nx", "RMSG ACC bar 1\r\nx");
  expect(leaf.hears()).toEqual(["LMSG foo 1", "x"]);
  expect(old.hears().filter((line) => line.startsWith("RS- ACC foo"))).toEqual([]);
  expect(old.session.accounts.get(box.account("ACC"))!.unwanted).toBe(1);
});

test("a hundred leafs get one message each, and only those that want it", () => {
  const box = new Box();
  const leafs = Array.from({ length: 100 }, (_, i) => box.spoke(`s${i}`));
  leafs.forEach((leaf, i) => {
    leaf.says(i % 2 === 0 ? "LS+ foo" : "LS+ bar");
  });
  for (const leaf of leafs) leaf.hears();
  box.client().says("PUB foo 1\r\nx");
  leafs.forEach((leaf, i) => {
    expect(leaf.hears()).toEqual(i % 2 === 0 ? ["LMSG foo 1", "x"] : []);
  });
});
