// Who of a queue group gets a message where leafs stand for members: leafnode.md §4, §18, gateway.md §7.2.

import { describe, expect, test } from "bun:test";
import type { LeafSession } from "../../src/leaf/session.ts";
import { Count } from "../../src/peer/counters.ts";
import { Box, complete, start } from "../support/core-world.ts";
import type { Peer } from "../support/peer.ts";

const lines = (heard: readonly string[]): string[] => heard.filter((line) => /^(L|R|H)?MSG /.test(line));

/** A gateway of this name that wants these rows. */
function remoteOf(box: Box, name: string, ...rows: string[]) {
  const remote = box.outbound(name);
  remote.says(start(name, "$G"), ...rows.map((row) => `RS+ $G ${row}`), complete(name, "$G"));
  return remote;
}

function spokeOf(box: Box, name: string, ...rows: string[]): Peer<LeafSession> {
  const leaf = box.spoke(name);
  leaf.says(...rows.map((row) => `LS+ ${row}`));
  return leaf;
}

describe("a client's message to a group", () => {
  test("with members here goes to one of them, whoever else has any", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    const spoke = spokeOf(box, "one", "foo q 9");
    const hub = box.hub("east");
    hub.says("LS+ foo q 9");
    const remote = remoteOf(box, "B", "foo q 9");
    const [member, publisher] = [box.client(), box.client()];
    member.says("SUB foo q 1");
    for (const peer of [spoke, hub]) peer.hears();
    for (let i = 0; i < 20; i++) publisher.says("PUB foo 1\r\nx");
    expect(lines(member.hears())).toHaveLength(20);
    expect([spoke.hears(), hub.hears(), remote.hears()]).toEqual([[], [], []]);
  });

  test("with members behind leafs alone goes to one leaf, and to no gateway", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    const spoke = spokeOf(box, "one", "foo q 1");
    const hub = box.hub("east");
    hub.says("LS+ foo q 1");
    spoke.hears();
    const remote = remoteOf(box, "B", "foo q 1");
    spoke.hears();
    hub.hears();
    const publisher = box.client();
    for (let i = 0; i < 100; i++) publisher.says("PUB foo r 1\r\nx");
    const [a, b] = [lines(spoke.hears()), lines(hub.hears())];
    expect(new Set([...a, ...b])).toEqual(new Set(["LMSG foo + r q 1"]));
    expect([a.length + b.length, a.length > 20, b.length > 20]).toEqual([100, true, true]);
    expect(remote.hears()).toEqual([]);
  });

  test("with members behind gateways alone goes to one gateway", () => {
    const box = new Box();
    const spoke = spokeOf(box, "one", "foo", "foo other 1");
    const [b, c] = [remoteOf(box, "B", "foo q 1"), remoteOf(box, "C", "foo q 1")];
    spoke.hears();
    box.client().says("PUB foo 1\r\nx");
    expect(lines(spoke.hears())).toEqual(["LMSG foo | other 1"]);
    expect([...lines(b.hears()), ...lines(c.hears())]).toEqual(["RMSG $G foo | q 1"]);
  });

  test("names all groups that chose a leaf in one line, beside its plain interest", () => {
    const box = new Box();
    const spoke = spokeOf(box, "one", "foo", "foo q 1", "foo p 1", "*.> x 1", "> y 1");
    box.client().says("PUB foo r 1\r\nx", "PUB foo 1\r\nx");
    const [first, second] = lines(spoke.hears());
    expect(first!.split(" ").slice(4, -1).sort()).toEqual(["p", "q", "y"]);
    expect([first!.slice(0, 13), second!.slice(0, 11)]).toEqual(["LMSG foo + r ", "LMSG foo | "]);
    expect(second!.split(" ").slice(3, -1).sort()).toEqual(["p", "q", "y"]);
  });

  test("names any number of them, however long", () => {
    const box = new Box();
    const names = Array.from({ length: 40 }, (_, i) => `group-${i}-${"x".repeat(i * 5)}`);
    const spoke = spokeOf(box, "one", ...names.map((name) => `foo ${name} 1`));
    box.client().says("PUB foo 1\r\nx", "PUB foo 1\r\nx");
    for (const line of lines(spoke.hears())) {
      expect(line.slice("LMSG foo | ".length, -" 1".length).split(" ").sort()).toEqual(names.toSorted());
    }
  });

  test("counts a group once for a leaf that has it under two patterns", () => {
    const box = new Box();
    const spoke = spokeOf(box, "one", "foo q 1", "* q 1");
    const publisher = box.client();
    for (let i = 0; i < 30; i++) publisher.says("PUB foo 1\r\nx");
    expect(new Set(lines(spoke.hears()))).toEqual(new Set(["LMSG foo | q 1"]));
  });

  test("leaves no group behind in the next message's line", () => {
    const box = new Box();
    const spoke = spokeOf(box, "one", "foo", "foo q 1");
    const member = box.client();
    const publisher = box.client();
    publisher.says("PUB foo 1\r\nx");
    expect(lines(spoke.hears())).toEqual(["LMSG foo | q 1"]);
    member.says("SUB foo q 1");
    spoke.hears();
    publisher.says("PUB foo 1\r\nx");
    expect(lines(spoke.hears())).toEqual(["LMSG foo 1"]);
    spoke.says("LMSG foo 1\r\nx");
    member.says("UNSUB 1");
    spoke.hears();
    publisher.says("PUB foo 1\r\nx", "PUB foo 1\r\nx");
    expect(lines(spoke.hears())).toEqual(["LMSG foo | q 1", "LMSG foo | q 1"]);
  });

  test("is shared by weight, which may change", () => {
    const box = new Box();
    const [one, two] = [spokeOf(box, "one", "foo q 1"), spokeOf(box, "two", "foo q 3")];
    const publisher = box.client();
    const shares = (): number[] => {
      for (let i = 0; i < 600; i++) publisher.says("PUB foo 1\r\nx");
      return [one, two].map((leaf) => lines(leaf.hears()).length);
    };
    const [a, b] = shares();
    expect([a! + b!, a! > 100, a! < 200]).toEqual([600, true, true]);
    one.says("LS+ foo q 9");
    const [c, d] = shares();
    expect([c! + d!, d! > 100, d! < 200]).toEqual([600, true, true]);
    two.says("LS- foo q");
    expect(shares()).toEqual([600, 0]);
  });

  test("passes over a leaf that does not read, and one that may not be sent it", () => {
    const limits = { pingMillis: 120_000, pingMax: 2, pendingMax: 300_000, maxControlLine: 65_536 };
    const box = new Box({ leaf: { limits } });
    const [slow, quick] = [spokeOf(box, "slow", "foo q 1000"), spokeOf(box, "quick", "foo q 1")];
    const denied = box.spoke("denied", { deny_pub: ["foo"] });
    denied.says("LS+ * q 1000");
    slow.appetite = 0;
    const publisher = box.client();
    const body = "x".repeat(50_000);
    let served = 0;
    for (let i = 0; i < 40; i++) {
      publisher.says(`PUB foo 50000\r\n${body}`);
      served += lines(quick.hears()).length;
    }
    expect(slow.session.egress.full).toBe(true);
    expect(served).toBeGreaterThan(20);
    expect([denied.hears(), slow.session.counters[Count.Dropped]]).toEqual([[], 0]);
  });

  test("that only a leaf may not be sent is served by a gateway", () => {
    const box = new Box();
    const denied = box.spoke("denied", { deny_pub: ["foo"] });
    denied.says("LS+ * q 1000");
    const remote = remoteOf(box, "B", "foo q 1");
    box.client().says("PUB foo 1\r\nx");
    expect(lines(remote.hears())).toEqual(["RMSG $G foo | q 1"]);
  });

  test("of a publisher without echo, who alone is its member here, goes to a leaf", () => {
    const box = new Box();
    const publisher = box.client({ echo: false });
    publisher.says("SUB foo q 1");
    const spoke = spokeOf(box, "one", "foo q 1");
    publisher.says("PUB foo 1\r\nx");
    expect([lines(spoke.hears()), lines(publisher.hears())]).toEqual([["LMSG foo | q 1"], []]);
  });
});

describe("a leaf's message", () => {
  test("without a list reaches no member of any group, anywhere", () => {
    const box = new Box();
    const source = box.spoke("source");
    const spoke = spokeOf(box, "one", "foo q 1", "foo");
    const remote = remoteOf(box, "B", "foo q 1");
    const client = box.client();
    client.says("SUB foo q 1", "SUB foo 2");
    source.says("LMSG foo 1\r\nx");
    expect([lines(spoke.hears()), lines(remote.hears()), lines(client.hears())]).toEqual([
      ["LMSG foo 1"],
      [],
      ["MSG foo 2 1"],
    ]);
  });

  test("reaches one member of each group of its list, and of no other", () => {
    const box = new Box();
    const source = box.spoke("source");
    const client = box.client();
    client.says("SUB foo q 1", "SUB foo q 2", "SUB foo qq 3", "SUB foo p 4", "SUB * r 5");
    source.says("LMSG foo | q p 1\r\nx", "LMSG foo + reply r q 1\r\nx", "LMSG foo | none 1\r\nx");
    const heard = lines(client.hears()).map((line) => line.replace(/^MSG foo [12] /, "MSG foo q "));
    expect(heard.sort()).toEqual(["MSG foo 4 1", "MSG foo 5 reply 1", "MSG foo q 1", "MSG foo q reply 1"]);
  });

  test("is served by a client before a leaf, and by a leaf before a gateway", () => {
    const box = new Box();
    const source = box.spoke("source");
    const spoke = spokeOf(box, "one", "foo q 9");
    const remote = remoteOf(box, "B", "foo q 9");
    const client = box.client();
    client.says("SUB foo q 1");
    const say = () => {
      for (let i = 0; i < 10; i++) source.says("LMSG foo | q 1\r\nx");
      return [client, spoke, remote].map((peer) => lines(peer.hears()).length);
    };
    say();
    expect(say()).toEqual([10, 0, 0]);
    client.says("UNSUB 1");
    expect(say()).toEqual([0, 10, 0]);
    spoke.says("LS- foo q");
    expect(say()).toEqual([0, 0, 10]);
  });

  test("goes to no member of its own origin: it is served elsewhere, or by nobody", () => {
    const box = new Box();
    const source = box.spoke("source", { cluster: "c" });
    const twin = box.spoke("twin", { cluster: "c" });
    for (const leaf of [source, twin]) leaf.says("LS+ foo q 1");
    source.says("LMSG foo | q 1\r\nx");
    expect([source.hears(), twin.hears()]).toEqual([[], []]);
    const remote = remoteOf(box, "B", "foo q 1", "foo p 1");
    source.says("LMSG foo | q 1\r\nx");
    expect([lines(source.hears()), lines(twin.hears()), lines(remote.hears())]).toEqual([
      [],
      [],
      ["RMSG $G foo | q 1"],
    ]);
    const other = spokeOf(box, "other", "foo q 1");
    for (let i = 0; i < 10; i++) source.says("LMSG foo | q 1\r\nx");
    expect(lines(other.hears())).toHaveLength(10);
    expect([lines(source.hears()), lines(twin.hears()), lines(remote.hears())]).toEqual([[], [], []]);
  });

  test("names on a gateway's line only groups of its own list that have their members there", () => {
    const box = new Box();
    const source = box.spoke("source");
    const b = remoteOf(box, "B", "foo q 1", "foo p 1", "foo r 1");
    const c = remoteOf(box, "C", "foo", "foo q 1", "foo s 1");
    const client = box.client();
    client.says("SUB foo r 1");
    source.says("LMSG foo | q s r none 1\r\nx");
    const onC = lines(c.hears());
    const onB = lines(b.hears());
    const named = [...onB, ...onC].flatMap((line) => line.split(" ").slice(4, -1));
    expect(named.sort()).toEqual(["q", "s"]);
    source.says("LMSG foo + re p 1\r\nx", "LMSG foo | z 1\r\nx", "LMSG foo 1\r\nx");
    expect(lines(b.hears())).toEqual(["RMSG $G foo + re p 1"]);
    expect(lines(c.hears())).toEqual(["RMSG $G foo re 1", "RMSG $G foo 1", "RMSG $G foo 1"]);
  });

  test("names a group whose name begins like another one's, or ends like it, apart from it", () => {
    const box = new Box();
    const source = box.spoke("source");
    const remote = remoteOf(box, "B", "foo q 1", "foo qq 1", "foo aq 1");
    source.says("LMSG foo | qq 1\r\nx", "LMSG foo | aq q 1\r\nx");
    const [first, second] = lines(remote.hears());
    expect(first).toBe("RMSG $G foo | qq 1");
    expect(second!.split(" ").slice(4, -1).sort()).toEqual(["aq", "q"]);
  });

  test("names any number of groups on a gateway's line", () => {
    const box = new Box();
    const source = box.spoke("source");
    const names = Array.from({ length: 40 }, (_, i) => `group-${i}`);
    const remote = remoteOf(box, "B", ...names.map((name) => `foo ${name} 1`));
    source.says(`LMSG foo | ${names.slice(1).join(" ")} 1\r\nx`);
    const [line] = lines(remote.hears());
    expect(line!.slice("RMSG $G foo | ".length, -" 1".length).split(" ").sort()).toEqual(
      names.slice(1).toSorted(),
    );
  });

  test("with a list passes hubs on alike", () => {
    const box = new Box({ leaf: { remotes: [{}, {}] } });
    const [hub, other] = [box.hub("h1"), box.hub("h2")];
    other.says("LS+ foo q 2");
    hub.says("LMSG foo + r q 1\r\nx");
    expect(lines(other.hears())).toEqual(["LMSG foo + r q 1"]);
  });
});

describe("a gateway's message", () => {
  test("is served by a client before a leaf, and only for the groups of its list", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    const dialer = box.inbound("B");
    const spoke = spokeOf(box, "one", "foo q 1", "foo p 1");
    const hub = box.hub("east");
    hub.says("LS+ foo");
    const client = box.client();
    client.says("SUB foo p 1");
    for (const peer of [spoke, hub]) peer.hears();
    dialer.says("RMSG $G foo | q p 1\r\nx", "RMSG $G foo 1\r\ny", "RMSG $G foo + r q 1\r\nz");
    expect(lines(spoke.hears())).toEqual(["LMSG foo | q 1", "LMSG foo + r q 1"]);
    expect(lines(hub.hears())).toEqual(["LMSG foo 1", "LMSG foo 1", "LMSG foo r 1"]);
    expect(lines(client.hears())).toEqual(["MSG foo 1 1"]);
  });

  test("is shared among leafs of any origin by weight", () => {
    const box = new Box();
    const dialer = box.inbound("B");
    const [one, two] = [spokeOf(box, "one", "foo q 3"), spokeOf(box, "two", "foo q 1")];
    for (let i = 0; i < 400; i++) dialer.says("RMSG $G foo | q 1\r\nx");
    const [a, b] = [one, two].map((leaf) => lines(leaf.hears()).length);
    expect([a! + b!, b! > 60, b! < 140]).toEqual([400, true, true]);
  });
});
