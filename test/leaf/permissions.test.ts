// What a leaf may send and want, at both ends of a link, and what JetStream keeps to itself: leafnode.md §8,
// §14.

import { describe, expect, test } from "bun:test";
import type { Permission } from "../../src/auth/permission.ts";
import type { LeafRemoteOptions } from "../../src/leaf/options.ts";
import { Count } from "../../src/peer/counters.ts";
import { Box, complete, connectOf, leafInfoOf, start } from "../support/core-world.ts";
import { documentOf, interest } from "../support/leaf-talk.ts";

const EVERYTHING: Permission = { allow: null, deny: [] };

/** A box whose user p may publish and subscribe so. */
function restricted(publish: Permission, subscribe: Permission): Box {
  const users = [
    { user: "g", password: "g", account: "$G" },
    { user: "p", password: "p", account: "$G", permissions: { publish, subscribe } },
  ];
  return new Box({ accounts: { users } });
}

const LOGIN = { user: "p", pass: "p" };

describe("a spoke of ours", () => {
  const publish = { allow: ["up.>", "both"], deny: ["up.no.>"] };
  const subscribe = { allow: ["down.*", "both"], deny: ["down.no"] };

  test("is told what it may send as export and what it may get as import", () => {
    const leaf = restricted(publish, subscribe).rawLeaf();
    leaf.hears();
    leaf.says(connectOf("one", LOGIN));
    const info = documentOf(leaf.hears()[0]);
    expect([info["export"], info["import"]]).toEqual([publish, subscribe]);
  });

  test("is told of no permission that it does not have", () => {
    const leaf = restricted(EVERYTHING, EVERYTHING).rawLeaf();
    leaf.hears();
    leaf.says(connectOf("one"));
    expect(Object.keys(documentOf(leaf.hears()[0]))).not.toContain("export");
  });

  test("may send what its user may publish", () => {
    const box = restricted(publish, subscribe);
    const client = box.client();
    client.says("SUB > 1");
    const leaf = box.spoke("one", LOGIN);
    leaf.says("LMSG up.a 1\r\nx", "LMSG both 1\r\ny", "LMSG _R_.abc 1\r\nz", "LMSG $JS.ACK.a 1\r\na");
    expect(client.hears().filter((line) => line.startsWith("MSG"))).toEqual([
      "MSG up.a 1 1",
      "MSG both 1 1",
      "MSG _R_.abc 1 1",
      "MSG $JS.ACK.a 1 1",
    ]);
    expect([leaf.ended, leaf.session.counters[Count.Refused]]).toEqual([null, 0]);
  });

  test.each(["down.a", "up.no.x", "up", "_INBOX.1", "$JS.ACKS.x"])(
    "is cut for a message to %s, which its user may not publish",
    (subject) => {
      const box = restricted(publish, subscribe);
      const client = box.client();
      client.says("SUB > 1");
      const leaf = box.spoke("one", LOGIN);
      leaf.says(`LMSG ${subject} 1\r\nx`, "LMSG both 1\r\ny");
      expect(leaf.hears()).toEqual([`-ERR 'Permissions Violation for Publish to "${subject}"'`]);
      expect([leaf.ended, leaf.session.counters[Count.Refused], client.hears()]).toEqual([
        "Protocol Violation",
        1,
        [],
      ]);
      expect(box.logged("Permissions Violation", subject)).toHaveLength(1);
    },
  );

  test("does not get around it by a mapped reply, whoever's it is", () => {
    for (const prefix of ["_GR_.NUmM6c.abcdef.", "_GR_.zzzzzz.abcdef.", "$GR.559a.", "$GR.zzzz."]) {
      const box = restricted(publish, subscribe);
      const client = box.client();
      client.says("SUB > 1");
      const leaf = box.spoke("one", LOGIN);
      leaf.says(`LMSG ${prefix}both 1\r\nx`);
      expect(leaf.ended).toBeNull();
      leaf.says(`LMSG ${prefix}secret 1\r\nx`);
      expect([prefix, leaf.ended]).toEqual([prefix, "Protocol Violation"]);
      expect(client.hears().join()).not.toContain("secret");
    }
  });

  test("is cut for wanting a literal that it may not get, and a wildcard is taken as far as it may", () => {
    const box = restricted(publish, subscribe);
    const leaf = box.spoke("one", LOGIN);
    leaf.says("LS+ >", "LS+ down.a", "LS+ down.b q 1", "LS+ other.>");
    expect([leaf.hears(), leaf.ended]).toEqual([[], null]);
    const client = box.client();
    for (const subject of ["down.a", "down.no", "down.a.b", "both", "up.a"])
      client.says(`PUB ${subject} 1\r\nx`);
    expect(leaf.hears().filter((line) => line.startsWith("LMSG"))).toEqual(["LMSG down.a 1", "LMSG both 1"]);
    leaf.says("LS+ down.no q 1");
    expect(leaf.hears()).toEqual(["-ERR 'Permissions Violation for Subscription to \"down.no\"'"]);
    expect(leaf.ended).toBe("Protocol Violation");
  });

  test("is told the interest that it may satisfy, a wildcard as soon as some of it may be sent", () => {
    const box = restricted(publish, subscribe);
    const client = box.client();
    const wants = ["up.a", "up.no.a", "up.no.>", "up.>", ">", "down.a", "down.>", "both", "*.x"];
    wants.forEach((subject, sid) => {
      client.says(`SUB ${subject} ${sid}`);
    });
    const leaf = box.rawLeaf();
    leaf.says(connectOf("one", LOGIN));
    const allowed = ["LS+ *.x", "LS+ >", "LS+ both", "LS+ up.>", "LS+ up.a"];
    expect(interest(leaf.hears())).toEqual(allowed);
    wants.forEach((_subject, sid) => {
      client.says(`UNSUB ${sid}`);
    });
    expect(interest(leaf.hears())).toEqual(allowed.map((line) => line.replace("+", "-")));
  });

  test("with is_hub has what it may not send dropped without a word", () => {
    const box = restricted(publish, subscribe);
    const client = box.client();
    client.says("SUB > 1");
    const leaf = box.spoke("boss", { ...LOGIN, is_hub: true });
    leaf.says("LMSG secret 1\r\nx", "LMSG up.a 1\r\ny", "LS+ down.no", "PING");
    expect([leaf.hears(), leaf.ended, leaf.session.counters[Count.Refused]]).toEqual([["PONG"], null, 1]);
    expect(client.hears()).toEqual(["MSG up.a 1 1", "y"]);
  });

  test("hears marks of loops and wants mapped replies, whatever its user may do", () => {
    const box = restricted({ allow: [], deny: [] }, { allow: [], deny: [] });
    const other = box.spoke("two");
    other.says("LS+ $LDS.abcdefghijabcdefghijab");
    const leaf = box.rawLeaf();
    leaf.hears();
    leaf.says(connectOf("one", LOGIN));
    const told = leaf.hears().slice(1).sort();
    expect(told.map((line) => line.replace(/(LDS\.).*/, "$1"))).toEqual([
      "LS+ $GR.*.>",
      "LS+ $LDS.",
      "LS+ $LDS.",
      "LS+ _GR_.>",
    ]);
    leaf.says("LS+ _GR_.>", "LS+ $GR.*.>", "LS+ $LDS.zzzzzzzzzzzzzzzzzzzzzz");
    expect([leaf.ended, leaf.session.rows.count]).toEqual([null, 3]);
    expect(other.hears()).toEqual(["LS+ $LDS.zzzzzzzzzzzzzzzzzzzzzz"]);
  });
});

/** A hub whose INFO gives these permissions, of a remote with these options. */
function hubOf(second: object, remote: Partial<LeafRemoteOptions> = {}) {
  const box = new Box({ leaf: { remotes: [remote] } });
  return { box, hub: box.hub("east", {}, second), client: box.client() };
}

describe("a hub of ours", () => {
  const second = {
    export: { allow: ["up.>", "both"], deny: ["up.no"] },
    import: { allow: ["down.>"], deny: ["down.no"] },
  };

  test("is sent what its export allows; the rest is dropped without a word", () => {
    const { hub, client } = hubOf(second);
    hub.says("LS+ >");
    for (const subject of ["up.a", "up.no", "down.a", "both", "_R_.x"]) client.says(`PUB ${subject} 1\r\nx`);
    expect(hub.hears().filter((line) => line.startsWith("LMSG"))).toEqual([
      "LMSG up.a 1",
      "LMSG both 1",
      "LMSG _R_.x 1",
    ]);
  });

  test("whose export forbids it is no responder", () => {
    const { hub, client } = hubOf(second);
    hub.says("LS+ >");
    client.says("SUB _INBOX.> 1", "PUB secret _INBOX.1 0\r\n");
    expect(client.hears()[0]).toStartWith("HMSG _INBOX.1 1 ");
  });

  test("is told the interest that its import allows", () => {
    const { hub, client } = hubOf(second);
    client.says("SUB down.a 1", "SUB down.no 2", "SUB up.a 3", "SUB > 4", "SUB down.no q 5", "SUB d.> 6");
    expect(interest(hub.hears())).toEqual(["LS+ >", "LS+ down.a"]);
  });

  test("that sends what it may not is not cut, but not listened to", () => {
    const { box, hub, client } = hubOf(second);
    client.says("SUB > 1");
    hub.hears();
    hub.says("LMSG down.a 1\r\nx", "LMSG down.no 1\r\nx", "LMSG up.a 1\r\nx", "LMSG _R_.a 1\r\ny");
    hub.says("LMSG $JS.ACK.x 1\r\nz");
    expect(client.hears().filter((line) => line.startsWith("MSG"))).toEqual([
      "MSG down.a 1 1",
      "MSG _R_.a 1 1",
      "MSG $JS.ACK.x 1 1",
    ]);
    expect([hub.hears(), hub.ended, hub.session.counters[Count.Refused]]).toEqual([[], null, 2]);
    expect(box.logged("Violation")).toEqual([]);
  });

  test("whose interest we may not satisfy is silently not listened to", () => {
    const { box, hub } = hubOf(second);
    const inbound = box.inbound("B");
    inbound.hears();
    hub.says("LS+ down.a", "LS+ secret.>", "LS+ up.no q 1", "LS+ up.a", "LS+ up.>");
    expect(inbound.hears()).toEqual(["RS+ $G up.a", "RS+ $G up.>"]);
    expect([hub.hears(), hub.ended, hub.session.rows.count]).toEqual([[], null, 2]);
  });

  test("gets mapped replies only to what it may be sent, as it would cut us for them", () => {
    const { hub, client } = hubOf({ export: { allow: ["svc.reply"], deny: [] } });
    client.says("SUB svc 1");
    hub.hears();
    hub.says("LMSG svc _GR_.cccccc.dddddd.svc.reply 1\r\n?", "LMSG svc _GR_.cccccc.dddddd.secret 1\r\n?");
    client.says("PUB svc.reply 1\r\n1", "PUB secret 1\r\n2");
    expect(hub.hears()).toEqual(["LMSG _GR_.cccccc.dddddd.svc.reply 1", "1"]);
  });

  test("may send mapped replies whatever its import says", () => {
    const { hub, client } = hubOf(second);
    client.says("SUB _INBOX.> 1");
    hub.hears();
    hub.says("LMSG _GR_.NUmM6c.dddddd._INBOX.1 1\r\n!");
    expect(client.hears()).toEqual(["MSG _INBOX.1 1 1", "!"]);
  });
});

describe("deny_imports and deny_exports of a remote", () => {
  const denied = { denyImports: ["in.>"], denyExports: ["out.>"] };
  const allowing = { export: { allow: ["out.a", "b"], deny: ["x"] }, import: { allow: ["in.a", "b"] } };

  test.each([
    ["alone", {}],
    ["beside what the hub says", allowing],
  ])("count both ways, %s", (_what, second) => {
    const { hub, client } = hubOf(second, denied);
    client.says("SUB in.a 1", "SUB in.> 2", "SUB b 3");
    expect(interest(hub.hears())).toEqual(["LS+ b"]);
    hub.says("LMSG in.a 1\r\nx", "LMSG b 1\r\ny", "LS+ out.a", "LS+ out.>", "LS+ b", "LS+ *.a");
    expect(client.hears()).toEqual(["MSG b 3 1", "y"]);
    expect([hub.session.counters[Count.Refused], hub.session.rows.count]).toEqual([1, 2]);
    client.says("PUB out.a 1\r\nx", "PUB b 1\r\ny");
    expect(hub.hears()).toEqual(["LMSG b 1", "y"]);
  });

  test("keep a wildcard's denied part back message by message", () => {
    const { hub, client } = hubOf({}, denied);
    client.says("SUB > 1");
    expect(interest(hub.hears())).toEqual(["LS+ >"]);
    hub.says("LMSG in.a 1\r\nx", "LMSG out.a 1\r\ny", "LS+ >");
    expect(client.hears()).toEqual(["MSG out.a 1 1", "y"]);
    client.says("UNSUB 1", "PUB out.a 1\r\nx", "PUB in.a 1\r\ny");
    expect(hub.hears().filter((line) => line.startsWith("LMSG"))).toEqual(["LMSG in.a 1"]);
  });
});

test("a spoke that we dialled, as its hub, is cut for nothing: it was not told what it may send", () => {
  const box = new Box({ leaf: { remotes: [{ hub: true, denyImports: ["in.>"], denyExports: ["out.>"] }] } });
  const client = box.client();
  client.says("SUB > 1");
  const spoke = box.hub("edge");
  expect(spoke.session.isHub).toBe(true);
  spoke.says("LMSG in.a 1\r\nx", "LMSG b 1\r\ny", "LS+ out.a", "LS+ b", "PING");
  expect([spoke.hears(), spoke.ended, spoke.session.rows.count]).toEqual([["PONG"], null, 1]);
  expect([client.hears(), spoke.session.counters[Count.Refused]]).toEqual([["MSG b 1 1", "y"], 1]);
});

describe("permissions that a hub changes later", () => {
  const changed = (more: object): string => leafInfoOf("east", { client_id: undefined, ...more });

  test("count for messages at once, in both directions, with what is denied here", () => {
    const { hub, client } = hubOf({ export: { allow: ["a"] } }, { denyExports: ["never"] });
    hub.says("LS+ >");
    client.says("SUB > 1", "PUB a 0\r\n", "PUB b 0\r\n");
    expect(hub.hears().filter((line) => line.startsWith("LMSG"))).toEqual(["LMSG a 0"]);
    hub.says(changed({ export: { allow: ["b", "never"] }, import: { deny: ["c"] } }));
    client.hears();
    client.says("PUB a 0\r\n", "PUB b 0\r\n", "PUB never 0\r\n");
    expect(hub.hears().filter((line) => line.startsWith("LMSG"))).toEqual(["LMSG b 0"]);
    client.hears();
    hub.says("LMSG c 1\r\nx", "LMSG d 1\r\ny");
    expect(client.hears()).toEqual(["MSG d 1 1", "y"]);
  });

  test("that allow more make us tell what we could not before", () => {
    const { hub, client } = hubOf({ import: { allow: ["a"] } });
    client.says("SUB a 1", "SUB b 2", "SUB c q 3");
    expect(interest(hub.hears())).toEqual(["LS+ a"]);
    hub.says(changed({ import: { allow: ["b", "c"] } }));
    expect(interest(hub.hears())).toEqual(["LS+ b", "LS+ c q 1", "LS- a"]);
    client.says("SUB b 4", "UNSUB 2", "UNSUB 4");
    expect(interest(hub.hears())).toEqual(["LS- b"]);
  });

  test("stay as they are when an INFO says nothing of them", () => {
    const { hub, client } = hubOf({ import: { allow: ["a"] }, export: { allow: ["a"] } });
    hub.says("LS+ *", leafInfoOf("east", { leafnode_urls: ["e2:1"] }));
    client.says("SUB b 1", "PUB b 0\r\n", "PUB a 0\r\n");
    expect(hub.hears()).toEqual(["LMSG a 0", ""]);
  });
});

describe("JetStream", () => {
  const OWN = ["$JS.API.INFO", "$JS.API.>", "$KV.b.k", "$KV.>", "$OBJ.x"];
  const PASSING = ["$JS.hub.API.INFO", "$JS.ACK.s.c.1", "$JS.FC.x", "$KVX.a", "JS.API.x"];

  test.each(["spoke", "hub"])("of one side is neither told to the other nor taken from it: a %s", (role) => {
    const box = new Box({ leaf: { remotes: [{}] } });
    const peer = role === "spoke" ? box.spoke("one") : box.hub("east");
    const client = box.client();
    [...OWN, ...PASSING].forEach((subject, sid) => {
      client.says(`SUB ${subject} ${sid}`);
    });
    const told = PASSING.map((subject) => `LS+ ${subject}`).sort();
    expect(interest(peer.hears())).toEqual(told);
    peer.says(...[...OWN, ...PASSING].map((subject) => `LS+ ${subject}`), "LS+ >");
    expect(peer.session.rows.count).toBe(PASSING.length + 1);
    for (const subject of [...OWN, ...PASSING])
      if (!subject.endsWith(">")) client.says(`PUB ${subject} 0\r\n`);
    expect(peer.hears().filter((line) => line.startsWith("LMSG"))).toEqual(
      PASSING.map((subject) => `LMSG ${subject} 0`),
    );
    client.hears();
    for (const subject of [...OWN, ...PASSING])
      if (!subject.endsWith(">")) peer.says(`LMSG ${subject} 0\r\n`);
    expect(client.hears().filter((line) => line.startsWith("MSG"))).toHaveLength(PASSING.length);
    expect([peer.session.counters[Count.Refused], peer.ended]).toEqual([3, null]);
  });

  test("of another region neither comes to a leaf nor goes there from one", () => {
    const box = new Box();
    const remote = box.outbound("B");
    remote.says(start("B", "$G"), "RS+ $G $JS.API.INFO", "RS+ $G $KV.>", complete("B", "$G"));
    const leaf = box.rawLeaf();
    leaf.says(connectOf("one"));
    expect(interest(leaf.hears())).toEqual([]);
    leaf.says("LMSG $JS.API.INFO 1\r\nx", "LMSG $KV.a 1\r\nx");
    expect([remote.hears(), leaf.ended]).toEqual([[], null]);
  });
});

describe("$SYS", () => {
  test("is what each server answers for itself: a leaf's interest in it is not kept", () => {
    const box = new Box({ leaf: { remotes: [{}] } });
    const [hub, spoke] = [box.hub("east"), box.spoke("one")];
    const inbound = box.inbound("B");
    inbound.hears();
    for (const peer of [hub, spoke]) peer.says("LS+ $SYS.REQ.USER.INFO", "LS+ $SYS.>", "LS+ $SYSTEM.a");
    expect([hub.session.rows.count, spoke.session.rows.count]).toEqual([1, 1]);
    expect(inbound.hears()).toEqual(["RS+ $G $SYSTEM.a"]);
    const client = box.client();
    client.says("SUB _INBOX.1 1", "PUB $SYS.REQ.USER.INFO _INBOX.1 0\r\n");
    expect(client.hears()[0]).toStartWith("HMSG _INBOX.1 1 ");
  });

  test("is ordinary in the system account, and known to gateways", () => {
    const box = new Box();
    const login = { user: "s", pass: "s" };
    const [one, two] = [box.spoke("one", login), box.spoke("two", login)];
    const inbound = box.inbound("B");
    inbound.hears();
    one.says("LS+ $SYS.a");
    expect(interest(two.hears())).toEqual(["LS+ $SYS.a"]);
    expect(inbound.hears()).toEqual(["RS+ $SYS $SYS.a"]);
    two.says("LMSG $SYS.a 1\r\nx");
    expect(one.hears()).toEqual(["LMSG $SYS.a 1", "x"]);
  });

  test("account: a leaf of it is told what gateways want there, and that mapped replies come this way", () => {
    const box = new Box();
    const remote = box.outbound("B");
    remote.says(start("B", "$SYS"), "RS+ $SYS there", "RS+ $SYS jobs q 1", complete("B", "$SYS"));
    const leaf = box.rawLeaf();
    leaf.says(connectOf("one", { user: "s", pass: "s" }));
    const told = leaf.hears().filter((line) => line.startsWith("LS"));
    expect(told.slice(1).sort()).toEqual(["LS+ $GR.*.>", "LS+ _GR_.>", "LS+ jobs q 1", "LS+ there"]);
    leaf.says("LMSG there 1\r\nx");
    expect(remote.hears()).toEqual(["RMSG $SYS there 1", "x"]);
    remote.says("RS- $SYS there", "RS+ $SYS more");
    expect(leaf.hears()).toEqual(["LS- there", "LS+ more"]);
  });
});
