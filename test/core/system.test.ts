// The box as a participant of the system account, in virtual time: who is told what it wants, who reaches it,
// whom it reaches, and that nothing of it is seen from other accounts.

import { describe, expect, test } from "bun:test";
import type { OwnMessage } from "../../src/forward/own.ts";
import type { Session } from "../../src/peer/session.ts";
import { Box, complete, MAPPED, readable, SERVER_ID, start } from "../support/core-world.ts";

const SYS = { user: "s", pass: "s" };

/** Keeps what it is asked, and answers "!". */
function answering(box: Box, pattern: string, how: "subscribe" | "subscribeHere" = "subscribe") {
  const asked: string[] = [];
  const keep = ({ subject, reply, headers, payload }: OwnMessage): void => {
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
    asked.push(`${subject}|${text(reply)}|${text(headers)}|${text(payload)}`);
    if (reply.length > 0) box.core.system.publish(reply, "!");
  };
  box.core.system[how](pattern, keep);
  return asked;
}

/** Somebody speaks for the box: keeps what it is told of connections. */
function speaking(box: Box): string[] {
  const told: string[] = [];
  box.core.system.events = {
    joined: (session: Session) => void told.push(`joined ${session.id}`),
    ended: (session, reason, asked) => void told.push(`ended ${session.id} ${reason} ${asked}`.trim()),
    tick: () => {},
    traced: () => "",
    stopping: () => void told.push("stopping"),
  };
  return told;
}

describe("what the box wants of the system account", () => {
  test("is told to gateways and leafs, as of a client", () => {
    const box = new Box();
    const leaf = box.rawLeaf();
    leaf.says(
      `CONNECT ${JSON.stringify({ name: "one", version: "2.15.2", server_id: "N1", headers: true, ...SYS })}`,
    );
    const early = box.inbound("B");
    for (const peer of [leaf, early]) peer.hears();
    answering(box, "$SYS.REQ.all");
    expect(early.hears()).toEqual(["RS+ $SYS $SYS.REQ.all"]);
    expect(leaf.hears()).toEqual(["LS+ $SYS.REQ.all"]);
    expect(readable(box.inbound("C").hears())).toContain("RS+ $SYS $SYS.REQ.all");
  });

  test("comes from clients, gateways and leafs, with its way home, and is answered there", () => {
    const box = new Box();
    const asked = answering(box, "q.*");
    const [client, inbound, outbound, leaf] = [
      box.client(SYS),
      box.inbound("B"),
      box.outbound("B"),
      box.spoke("one", SYS),
    ];
    client.says("SUB in 1", "HPUB q.c in 12 13\r\nNATS/1.0\r\n\r\nx");
    leaf.says("LS+ back", "LMSG q.l back 1\r\ny");
    const home = `${MAPPED.replace("NUmM6c", "b2oh2L")}dddddd.in`;
    for (const peer of [outbound, inbound]) peer.hears();
    inbound.says(`RMSG $SYS q.g ${home} 1\r\nz`);
    expect(asked).toEqual(["q.c|in|NATS/1.0\r\n\r\n|x", "q.l|back||y", `q.g|${home}||z`]);
    expect(client.hears()).toEqual(["MSG in 1 1", "!"]);
    expect(leaf.hears().slice(-2)).toEqual(["LMSG back 1", "!"]);
    expect(inbound.hears().filter((line) => line.startsWith("RMSG"))).toEqual([]);
    expect(outbound.hears().slice(-2)).toEqual([`RMSG $SYS ${home} 1`, "!"]);
  });

  test("counts as wanted: who asks is not told that nobody answers, and a remote is not told to stop", () => {
    const box = new Box();
    box.core.system.subscribe("q", () => {});
    const client = box.client(SYS);
    client.says("SUB in 1", "PUB q in 0\r\n", "PUB other in 0\r\n");
    const heard = client.hears();
    expect(heard.filter((line) => line.startsWith("HMSG"))).toHaveLength(1);
    const old = box.inbound("OLD", { gateway_iom: false });
    old.hears();
    old.says("RMSG $SYS q 0\r\n");
    expect(old.hears()).toEqual([]);
  });

  test("is nothing that it publishes itself", () => {
    const box = new Box();
    const asked = answering(box, ">");
    box.core.system.publish("q", "x");
    expect(asked).toEqual([]);
  });
});

describe("what the box wants of its own clients alone", () => {
  test("is told to nobody, and comes from nobody else", () => {
    const box = new Box();
    const asked = answering(box, "$SYS.REQ.here", "subscribeHere");
    const remote = box.inbound("B");
    expect(readable(remote.hears()).filter((line) => line.includes("here"))).toEqual([]);
    remote.says("RMSG $SYS $SYS.REQ.here in 1\r\nx");
    expect(asked).toEqual([]);
    box.client(SYS).says("PUB $SYS.REQ.here 1\r\nx");
    box.client().says("PUB $SYS.REQ.here 1\r\nx");
    expect(asked).toEqual(["$SYS.REQ.here|||x"]);
  });
});

describe("what every account may ask", () => {
  const ask = (box: Box, login: object, subject: string): string[] => {
    const client = box.client(login);
    client.says("SUB in 1", `PUB ${subject} in 0\r\n`);
    return client.hears();
  };

  test("is asked in the system account, for itself alone, and who asks is said where he may know it", () => {
    const box = new Box();
    speaking(box);
    const asked = [
      answering(box, "$SYS.REQ.ACCOUNT.*.*"),
      answering(box, "$SYS.REQ.USER.*.INFO", "subscribeHere"),
    ];
    for (const what of ["ACCOUNT.PING.CONNZ", "SERVER.PING.CONNZ", "ACCOUNT.PING.STATZ", "USER.INFO"])
      expect(ask(box, { user: "a", pass: "a" }, `$SYS.REQ.${what}`)).toEqual(["MSG in 1 1", "!"]);
    expect(asked[0]!.map((line) => line.split("|")[0])).toEqual([
      "$SYS.REQ.ACCOUNT.ACC.CONNZ",
      "$SYS.REQ.ACCOUNT.ACC.CONNZ",
      "$SYS.REQ.ACCOUNT.ACC.STATZ",
    ]);
    expect(asked[0]!.join()).not.toContain('"user"');
    expect(asked[1]!.join()).toMatch(/^\$SYS\.REQ\.USER\.ACC\.INFO\|_R_\..*"user":"a".*"acc":"ACC"/s);
  });

  test.each([
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.SERVER.PING.VARZ",
    `$SYS.REQ.SERVER.${SERVER_ID}.KICK`,
    "$SYS.REQ.ACCOUNT.ACC2.CONNZ",
    "$SYS.REQ.USER.ACC2.INFO",
  ])("is not %s", (subject) => {
    const box = new Box();
    speaking(box);
    const asked = [answering(box, "$SYS.>"), answering(box, "$SYS.>", "subscribeHere")];
    expect(ask(box, { user: "a", pass: "a" }, subject).join()).toContain("503");
    expect(asked).toEqual([[], []]);
  });

  test("is nothing that comes from another cluster: its own server has asked already", () => {
    const box = new Box();
    speaking(box);
    const asked = answering(box, "$SYS.>");
    box.inbound("B").says("RMSG ACC $SYS.REQ.ACCOUNT.PING.CONNZ in 0\r\n");
    expect(asked).toEqual([]);
  });
});

describe("whether anybody wants to hear", () => {
  test("follows clients, leafs and gateways, and not the box itself", () => {
    const box = new Box();
    const { system } = box.core;
    answering(box, "$SYS.ACCOUNT.>");
    const subject = "$SYS.ACCOUNT.ACC.CONNECT";
    expect(system.isWanted(subject)).toBe(false);
    box.client().says(`SUB ${subject} 1`);
    expect(system.isWanted(subject)).toBe(false);
    for (const hears of [
      () => box.client(SYS).says("SUB $SYS.ACCOUNT.> 1"),
      () => box.client(SYS).says("SUB $SYS.ACCOUNT.> q 1"),
      () => box.spoke("one", SYS).says("LS+ $SYS.>"),
      () => box.outbound("B").says(start("B", "$SYS"), "RS+ $SYS $SYS.ACCOUNT.*.*", complete("B", "$SYS")),
    ]) {
      const before = new Set(box.core.sessions.values());
      hears();
      expect(system.isWanted(subject)).toBe(true);
      for (const session of box.core.sessions.values())
        if (!before.has(session)) session.close("Client Closed");
      box.settle();
      box.wait(10);
      expect(system.isWanted(subject)).toBe(false);
    }
  });
});

describe("of its connections the box is told", () => {
  test("who came, once he is let in, and who went", () => {
    const box = new Box();
    const told = speaking(box);
    const client = box.client({ user: "a", pass: "a" });
    expect(told).toEqual([]);
    box.wait(1);
    const { id } = client.session;
    expect(told).toEqual([`joined ${id}`]);
    client.goes();
    expect(told).toEqual([`joined ${id}`, `ended ${id} Client Closed`]);
  });

  test("that he came before it is told that he went, however quick he is", () => {
    const box = new Box();
    const told = speaking(box);
    const client = box.client({ user: "a", pass: "a" });
    client.goes();
    expect(told.map((line) => line.split(" ")[0])).toEqual(["joined", "ended"]);
  });

  test("as whom somebody came who was not let in", () => {
    const box = new Box();
    const told = speaking(box);
    const client = box.rawClient();
    client.says('CONNECT {"user":"a","pass":"wrong"}');
    expect(told.at(-1)).toBe(`ended ${client.session.id} Authentication Failure a`);
  });

  test("of leafs too, and that all is about to end", () => {
    const box = new Box();
    const told = speaking(box);
    const leaf = box.spoke("one");
    box.wait(1);
    box.core.stop();
    box.settle();
    const { id } = leaf.session;
    expect(told).toEqual([`joined ${id}`, "stopping", `ended ${id} Server Shutdown`]);
  });
});
