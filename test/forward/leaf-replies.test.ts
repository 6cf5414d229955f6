// The way home of answers where leafs take part: what crosses a gateway and a leaf link, in whichever order.
// Sources: gateway.md §4, leafnode.md §18, docs/decisions/0004-a-spoke-speaks-for-its-hub.md.

import { describe, expect, test } from "bun:test";
import { hash4, hash6 } from "../../src/base/hash6.ts";
import type { LeafRemoteOptions } from "../../src/leaf/options.ts";
import { Box, complete, MAPPED, OLD_MAPPED, SERVER_ID, start } from "../support/core-world.ts";

const OWN = `${MAPPED}${hash6(SERVER_ID)}.`;
const OF_B = `_GR_.${hash6("B")}.dddddd.`;
const OF_NOBODY = "_GR_.cccccc.dddddd.";

/** A box between a hub, a spoke and the cluster B, whose rows are these. */
function world(rows: readonly string[] = [], remote: Partial<LeafRemoteOptions> = {}, second: object = {}) {
  const box = new Box({ leaf: { remotes: [remote, {}] } });
  const hub = box.hub("h1", {}, second);
  const hub2 = box.hub("h2");
  const spoke = box.spoke("s1");
  const client = box.client();
  const outbound = box.outbound("B");
  outbound.says(start("B", "$G"), ...rows.map((row) => `RS+ $G ${row}`), complete("B", "$G"));
  const inbound = box.inbound("B");
  for (const peer of [hub, hub2, spoke, client, outbound, inbound]) peer.hears();
  return { box, hub, hub2, spoke, client, outbound, inbound };
}

const lost = (box: Box): number => box.core.forwarder.counts.mappedLost;
const messages = (lines: readonly string[]): string[] => lines.filter((line) => /^([LRH]?MSG) /.test(line));

describe("a request that came by a gateway", () => {
  test("shows a spoke the way home, and its answer goes to that cluster and nowhere else", () => {
    const { spoke, inbound, outbound, client, hub } = world();
    client.says("SUB > 1");
    hub.says("LS+ >", "LS+ _GR_.>");
    spoke.says("LS+ svc", "LS+ work q 1");
    spoke.hears();
    hub.hears();
    inbound.says(`RMSG $G svc ${OF_B}_INBOX.1 1\r\n?`, `RMSG $G work + ${OF_B}_INBOX.2 q 1\r\n?`);
    expect(messages(spoke.hears())).toEqual([
      `LMSG svc ${OF_B}_INBOX.1 1`,
      `LMSG work + ${OF_B}_INBOX.2 q 1`,
    ]);
    client.hears();
    hub.hears();
    spoke.says(`LMSG ${OF_B}_INBOX.1 1\r\n!`, `HMSG ${OF_B}_INBOX.2 r 12 13\r\nNATS/1.0\r\n\r\n!`);
    expect(messages(outbound.hears())).toEqual([
      `RMSG $G ${OF_B}_INBOX.1 1`,
      `HMSG $G ${OF_B}_INBOX.2 ${OWN}r 12 13`,
    ]);
    expect([client.hears(), hub.hears()]).toEqual([[], []]);
  });

  test("shows a hub the reply alone, asks it for the answers, and sends them home", () => {
    const { box, hub, hub2, spoke, inbound, outbound, client } = world();
    client.says("SUB _INBOX.> 1");
    for (const peer of [hub, hub2, spoke, inbound]) peer.hears();
    hub.says("LS+ svc");
    spoke.hears();
    const head = "NATS/1.0\r\n\r\n";
    inbound.says(`RMSG $G svc ${OF_B}_INBOX.1 1\r\n?`, `HMSG $G svc ${OF_B}_INBOX.2 12 13\r\n${head}?`);
    expect(hub.hearsRaw()).toBe(
      `LS+ _INBOX.1\r\nLMSG svc _INBOX.1 1\r\n?\r\nLS+ _INBOX.2\r\nHMSG svc _INBOX.2 12 13\r\n${head}?\r\n`,
    );
    expect([hub2.hears(), spoke.hears()]).toEqual([[], []]);
    hub.says("LMSG _INBOX.1 1\r\n!", "LMSG _INBOX.2 r 1\r\n!");
    expect(messages(outbound.hears())).toEqual([`RMSG $G ${OF_B}_INBOX.1 1`, `RMSG $G ${OF_B}_INBOX.2 r 1`]);
    expect(messages(client.hears())).toEqual([]);
    hub2.says("LMSG _INBOX.1 1\r\nx");
    expect([messages(outbound.hears()), messages(client.hears())]).toEqual([[], ["MSG _INBOX.1 1 1"]]);
    expect(lost(box)).toBe(0);
  });

  test("shows a hub the reply alone for a group too, and in the form of before 2.1.2", () => {
    const { hub, inbound, outbound } = world();
    hub.says("LS+ svc q 1");
    const old = `$GR.${hash4("B")}.`;
    inbound.says(`RMSG $G svc + ${old}_INBOX.1 q 1\r\n?`);
    expect(hub.hears()).toEqual(["LS+ _INBOX.1", "LMSG svc + _INBOX.1 q 1", "?"]);
    hub.says("LMSG _INBOX.1 1\r\n!");
    expect(messages(outbound.hears())).toEqual([`RMSG $G ${old}_INBOX.1 1`]);
  });

  test("asks a hub once for each reply, and no longer than four seconds", () => {
    const { box, hub, inbound, outbound } = world();
    hub.says("LS+ svc");
    const ask = () => inbound.says(`RMSG $G svc ${OF_B}_INBOX.1 1\r\n?`);
    ask();
    hub.hears();
    box.wait(3_000);
    ask();
    expect(hub.hears()).toEqual(["LMSG svc _INBOX.1 1", "?"]);
    box.wait(3_900);
    expect(hub.hears()).toEqual([]);
    hub.says("LMSG _INBOX.1 1\r\n!");
    expect(messages(outbound.hears())).toHaveLength(1);
    box.wait(200);
    expect(hub.hears()).toEqual(["LS- _INBOX.1"]);
    hub.says("LMSG _INBOX.1 1\r\n!");
    expect(messages(outbound.hears())).toEqual([]);
  });

  test("leaves a hub asked for what somebody here wants by then", () => {
    const { box, hub, inbound, client } = world();
    hub.says("LS+ svc");
    inbound.says(`RMSG $G svc ${OF_B}_INBOX.1 1\r\n?`);
    client.says("SUB _INBOX.1 1");
    hub.hears();
    box.wait(4_100);
    expect(hub.hears()).toEqual([]);
    client.says("UNSUB 1");
    expect(hub.hears()).toEqual(["LS- _INBOX.1"]);
  });

  test("asks a hub for nothing that it may not send us, as it would cut us for that", () => {
    const { hub, inbound } = world([], {}, { import: { allow: ["reply.>"] } });
    hub.says("LS+ svc");
    inbound.says(`RMSG $G svc ${OF_B}_INBOX.1 1\r\n?`, `RMSG $G svc ${OF_B}reply.1 1\r\n?`);
    expect(hub.hears().filter((line) => line.startsWith("LS"))).toEqual(["LS+ reply.1"]);
  });

  test("asks nothing that deny_imports of the remote says no to", () => {
    const { hub, inbound } = world([], { denyImports: ["_INBOX.>"] });
    hub.says("LS+ svc");
    inbound.says(`RMSG $G svc ${OF_B}_INBOX.1 1\r\n?`);
    expect(hub.hears().filter((line) => line.startsWith("LS"))).toEqual([]);
  });

  test("shows a client the reply alone, and its answer goes to the cluster that asked", () => {
    const { client, inbound, outbound, spoke, hub } = world();
    client.says("SUB svc 1", "SUB work q 2");
    spoke.says("LS+ _INBOX.>");
    hub.says("LS+ _INBOX.>");
    for (const peer of [spoke, hub, client]) peer.hears();
    inbound.says(`RMSG $G svc ${OF_B}_INBOX.1 1\r\n?`, `RMSG $G work + ${OF_B}_INBOX.2 q 1\r\n?`);
    expect(messages(client.hears())).toEqual(["MSG svc 1 _INBOX.1 1", "MSG work 2 _INBOX.2 1"]);
    client.says("PUB _INBOX.1 1\r\n!", "PUB _INBOX.2 1\r\n!", "PUB _INBOX.3 1\r\n-");
    expect(messages(outbound.hears())).toEqual([`RMSG $G ${OF_B}_INBOX.1 1`, `RMSG $G ${OF_B}_INBOX.2 1`]);
    expect([messages(spoke.hears()), messages(hub.hears())]).toEqual([
      ["LMSG _INBOX.3 1"],
      ["LMSG _INBOX.3 1"],
    ]);
  });
});

describe("a request that came by a leaf with a way home in it", () => {
  test("is answered by a client on the link that asked, whichever it was, and nowhere else", () => {
    const { client, hub, hub2, spoke } = world();
    client.says("SUB svc 1", "SUB work q 2", "SUB _INBOX.> 3");
    spoke.says("LS+ _INBOX.>", "LS+ _GR_.>");
    for (const peer of [hub, hub2, spoke]) peer.hears();
    const links = { hub, hub2, spoke };
    for (const [name, link] of Object.entries(links)) {
      link.says(`LMSG svc ${OF_NOBODY}_INBOX.${name} 1\r\n?`);
      link.says(`LMSG work + ${OF_NOBODY}_INBOX.q.${name} q 1\r\n?`);
    }
    expect(messages(client.hears())).toEqual(
      Object.keys(links).flatMap((name) => [`MSG svc 1 _INBOX.${name} 1`, `MSG work 2 _INBOX.q.${name} 1`]),
    );
    for (const name of Object.keys(links)) {
      client.says(`PUB _INBOX.${name} 1\r\n!`, `PUB _INBOX.q.${name} re 1\r\n!`);
    }
    for (const [name, link] of Object.entries(links)) {
      expect(messages(link.hears())).toEqual([
        `LMSG ${OF_NOBODY}_INBOX.${name} 1`,
        `LMSG ${OF_NOBODY}_INBOX.q.${name} re 1`,
      ]);
    }
    expect(client.hears()).toEqual([]);
  });

  test("whose link is gone cannot be answered any more, which is counted", () => {
    const { box, client, hub } = world();
    client.says("SUB svc 1");
    hub.says(`LMSG svc ${OF_NOBODY}_INBOX.1 1\r\n?`);
    hub.goes();
    client.says("PUB _INBOX.1 1\r\n!");
    expect(lost(box)).toBe(1);
  });

  test("is an ordinary reply again after four seconds", () => {
    const { box, client, hub } = world();
    client.says("SUB svc 1", "SUB _INBOX.> 2");
    hub.says(`LMSG svc ${OF_NOBODY}_INBOX.1 1\r\n?`);
    client.hears();
    hub.hears();
    box.wait(4_001);
    client.says("PUB _INBOX.1 1\r\n!");
    expect([messages(client.hears()), messages(hub.hears())]).toEqual([["MSG _INBOX.1 2 1"], []]);
  });

  test("passes a chain of leafs: the next spoke sees it as it is, and its answer goes up again", () => {
    const { box, hub, hub2, spoke } = world();
    spoke.says("LS+ svc");
    hub.says("LS+ _GR_.>");
    for (const peer of [hub, hub2, spoke]) peer.hears();
    hub.says(`LMSG svc ${OF_NOBODY}_INBOX.1 1\r\n?`);
    expect(spoke.hears()).toEqual([`LMSG svc ${OF_NOBODY}_INBOX.1 1`, "?"]);
    spoke.says(`LMSG ${OF_NOBODY}_INBOX.1 1\r\n!`);
    expect([hub.hears(), hub2.hears(), spoke.hears()]).toEqual([
      [`LMSG ${OF_NOBODY}_INBOX.1 1`, "!"],
      [],
      [],
    ]);
    expect(lost(box)).toBe(0);
    hub.says("LS- _GR_.>");
    spoke.says(`LMSG ${OF_NOBODY}_INBOX.1 1\r\n!`);
    expect([hub.hears(), lost(box)]).toEqual([[], 1]);
  });

  test("is sent on over a gateway as it is, and over no gateway a second time mapped", () => {
    const { hub, outbound } = world(["svc"]);
    hub.says("LS+ _INBOX.>", `LMSG svc ${OF_NOBODY}_INBOX.1 1\r\n?`);
    expect(messages(outbound.hears())).toEqual([`RMSG $G svc ${OF_NOBODY}_INBOX.1 1`]);
  });
});

describe("a request of a leaf that leaves by a gateway", () => {
  test("carries the way home while the inbox is news, as the leaf's interest is", () => {
    for (const who of ["spoke", "hub"] as const) {
      const w = world(["svc", "work q 1"]);
      const leaf = w[who];
      leaf.says("LS+ _INBOX.x.*", "LMSG svc _INBOX.x.1 1\r\n?", "LMSG work + _INBOX.x.2 q 1\r\n?");
      leaf.says("LMSG svc other.1 1\r\n?");
      expect(messages(w.outbound.hears())).toEqual([
        `RMSG $G svc ${OWN}_INBOX.x.1 1`,
        `RMSG $G work + ${OWN}_INBOX.x.2 q 1`,
        "RMSG $G svc other.1 1",
      ]);
      w.box.wait(2_001);
      leaf.says("LMSG svc _INBOX.x.1 1\r\n?");
      expect(messages(w.outbound.hears())).toEqual(["RMSG $G svc _INBOX.x.1 1"]);
    }
  });

  test("carries it in the old form to a cluster that knows no other, and not to those at home", () => {
    const box = new Box();
    const [spoke, other, client] = [box.spoke("s1"), box.spoke("s2"), box.client()];
    const outbound = box.outbound("B", { gateway_nrp: false });
    outbound.says(start("B", "$G"), "RS+ $G svc", complete("B", "$G"));
    other.says("LS+ svc");
    client.says("SUB svc 1");
    spoke.says("LS+ _INBOX.>");
    for (const peer of [spoke, other, client, outbound]) peer.hears();
    spoke.says("LMSG svc _INBOX.1 1\r\n?");
    expect(outbound.hears()[0]).toBe(`RMSG $G svc ${OLD_MAPPED}_INBOX.1 1`);
    expect([other.hears()[0], client.hears()[0]]).toEqual(["LMSG svc _INBOX.1 1", "MSG svc 1 _INBOX.1 1"]);
  });

  test("is answered home: to whoever wants the inbox, leaf, client and other clusters, without the prefix", () => {
    const { box, inbound, outbound, spoke, hub, client } = world(["_INBOX.1"]);
    spoke.says("LS+ _INBOX.*");
    hub.says("LS+ _INBOX.1 q 1");
    client.says("SUB _INBOX.1 1");
    for (const peer of [spoke, hub, client]) peer.hears();
    inbound.says(`RMSG $G ${OWN}_INBOX.1 1\r\n!`);
    expect([spoke.hears(), hub.hears(), client.hears()]).toEqual([
      ["LMSG _INBOX.1 1", "!"],
      ["LMSG _INBOX.1 | q 1", "!"],
      ["MSG _INBOX.1 1 1", "!"],
    ]);
    expect(messages(outbound.hears())).toEqual(["RMSG $G _INBOX.1 1"]);
    expect(lost(box)).toBe(0);
  });

  test("may be answered through another leaf, which knows the way home too", () => {
    const { inbound, hub, spoke, client } = world();
    client.says("SUB _INBOX.1 1");
    for (const peer of [hub, spoke, inbound]) peer.hears();
    spoke.says(`LMSG ${OWN}_INBOX.1 1\r\n!`);
    hub.says(`LMSG ${OLD_MAPPED}_INBOX.1 1\r\n?`);
    expect(messages(client.hears())).toEqual(["MSG _INBOX.1 1 1", "MSG _INBOX.1 1 1"]);
    expect([hub.hears(), spoke.hears(), inbound.hears()]).toEqual([[], [], []]);
  });
});

describe("a mapped reply", () => {
  test("that came to the wrong house by a gateway goes to no leaf, and is counted", () => {
    const { box, inbound, spoke, hub, client } = world();
    spoke.says("LS+ >", "LS+ _GR_.>");
    hub.says("LS+ >", "LS+ _GR_.>");
    client.says("SUB > 1");
    for (const peer of [spoke, hub, client]) peer.hears();
    inbound.says(`RMSG $G ${OF_NOBODY}_INBOX.1 1\r\n!`);
    expect([spoke.hears(), hub.hears(), client.hears(), lost(box)]).toEqual([[], [], [], 1]);
  });

  test("of a cluster that nobody knows does not go back over the link that it came by", () => {
    const { box, hub, hub2 } = world();
    hub.says("LS+ _GR_.>");
    hub2.says("LS+ $GR.*.>");
    hub.says(`LMSG ${OF_NOBODY}_INBOX.1 1\r\n!`);
    expect([hub.hears(), hub2.hears(), lost(box)]).toEqual([[], [], 1]);
  });

  test("of the system account goes its way as any other, and stays in its account", () => {
    const { box, outbound, client } = world();
    const leaf = box.spoke("sys", { user: "s", pass: "s" });
    client.says("SUB > 1");
    leaf.says(`LMSG ${OF_B}_INBOX.1 1\r\n!`, `LMSG ${OWN}_INBOX.1 1\r\n!`);
    const crossed = messages(outbound.hears());
    expect([crossed, client.hears(), leaf.ended]).toEqual([[`RMSG $SYS ${OF_B}_INBOX.1 1`], [], null]);
  });

  test("never comes to a client as subject or reply, however broad its interest", () => {
    const { client, hub, spoke } = world();
    client.says("SUB > 1", "SUB _GR_.> 2");
    spoke.says("LS+ _GR_.>");
    hub.says(`LMSG ${OF_NOBODY}_INBOX.1 1\r\n!`, `LMSG foo ${OF_NOBODY}_INBOX.1 1\r\n?`);
    expect(messages(client.hears())).toEqual(["MSG foo 1 _INBOX.1 1"]);
  });

  test("is nothing special to a box without gateways: it passes between its leafs", () => {
    const box = new Box({ gateway: null, leaf: { remotes: [{}] } });
    const [hub, spoke] = [box.hub("h1"), box.spoke("s1")];
    spoke.says("LS+ svc");
    hub.says("LS+ _GR_.>");
    hub.hears();
    spoke.hears();
    hub.says(`LMSG svc ${OF_NOBODY}_INBOX.1 1\r\n?`);
    spoke.says(`LMSG ${OF_NOBODY}_INBOX.1 1\r\n!`);
    expect([spoke.hears(), hub.hears()]).toEqual([
      [`LMSG svc ${OF_NOBODY}_INBOX.1 1`, "?"],
      [`LMSG ${OF_NOBODY}_INBOX.1 1`, "!"],
    ]);
  });
});

describe("JetStream's replies", () => {
  const ACK = "$JS.ACK.S.C.1.1.1.1.0";

  test("keep their packed subject on every link, and on none twice", () => {
    const { spoke, hub, inbound, client, outbound } = world(["_INBOX.d"]);
    client.says("SUB _INBOX.d 1");
    spoke.says("LS+ _INBOX.d");
    for (const peer of [spoke, hub, client, inbound]) peer.hears();
    hub.says(`LMSG _INBOX.d ${ACK}@orders.1 2\r\nok`);
    inbound.says(`RMSG $G _INBOX.d ${ACK}@orders.2 2\r\nok`);
    expect(messages(client.hears())).toEqual([`MSG orders.1 1 ${ACK} 2`, `MSG orders.2 1 ${ACK} 2`]);
    expect(messages(spoke.hears())).toEqual([
      `LMSG _INBOX.d ${ACK}@orders.1 2`,
      `LMSG _INBOX.d ${ACK}@orders.2 2`,
    ]);
    expect(messages(outbound.hears())).toEqual([`RMSG $G _INBOX.d ${ACK}@orders.1 2`]);
  });

  test("are matched by the subject that the line names, not by the one that is packed", () => {
    const { spoke, client } = world();
    client.says("SUB orders.1 1");
    spoke.says(`LMSG _INBOX.d ${ACK}@orders.1 2\r\nok`);
    expect(client.hears()).toEqual([]);
  });

  test("come to a client without the way home too, and its acknowledgement goes back by it", () => {
    const { hub, client } = world();
    client.says("SUB _INBOX.d 1");
    hub.says(`LMSG _INBOX.d ${OF_NOBODY}${ACK}@orders.1 2\r\nok`);
    hub.hears();
    expect(messages(client.hears())).toEqual([`MSG orders.1 1 ${ACK} 2`]);
    client.says(`PUB ${ACK} 4\r\n+ACK`);
    expect(messages(hub.hears())[0]).toStartWith(`LMSG ${OF_NOBODY}${ACK}`);
  });

  test("that have too few tokens are replies like any other", () => {
    const { spoke, client } = world();
    client.says("SUB foo 1");
    spoke.says("LMSG foo $JS.ACK.a.b@c 2\r\nok", "LMSG foo a@b 2\r\nok");
    expect(messages(client.hears())).toEqual(["MSG foo 1 $JS.ACK.a.b@c 2", "MSG foo 1 a@b 2"]);
  });
});
