// The ten things that are easy to get wrong, gateway.md §0: one test each, and what belongs to it.

import { expect, test } from "bun:test";
import { hash6 } from "../../src/base/hash6.ts";
import { Box, complete, infoOf, MAPPED, readable, SERVER_ID, start } from "../support/core-world.ts";

/** First words of what was heard. */
const verbs = (lines: readonly string[]): string[] => lines.map((line) => line.split(" ")[0]!);

const TO_ACCEPTOR = new Set(["CONNECT", "INFO", "RMSG", "HMSG", "PING", "PONG", "-ERR"]);
const TO_DIALER = new Set(["INFO", "RS+", "RS-", "A-", "PING", "PONG", "+OK", "-ERR"]);

/** Much of what can happen to a box with one connection each way. */
function busyLink(iom: boolean) {
  const box = new Box();
  const dialer = box.rawInbound();
  const heardByDialer = [...dialer.hears()];
  dialer.answersPings = false;
  dialer.says('CONNECT {"gateway":"B"}', infoOf("B", { gateway_iom: iom }));
  const acceptor = box.rawOutbound("B");
  acceptor.answersPings = false;
  acceptor.says(infoOf("B", { gateway_iom: iom }), "PING", "RS+ $G far 1 1");
  const client = box.client({ headers: true });
  client.says("SUB foo 1", "SUB foo q 2", "SUB _INBOX.1.* 3", "UNSUB 1", "SUB bar 4", "UNSUB 4 1");
  acceptor.says("A- ACC", "RS+ $G far q 1", start("B", "$G"), "RS+ $G svc", complete("B", "$G"), "A+ ACC");
  client.says("PUB svc _INBOX.1.a 2\r\nhi", "PUB far 2\r\nhi", "HPUB svc 12 14\r\nNATS/1.0\r\n\r\nhi");
  dialer.says("RMSG $G bar 1\r\nx", "RMSG $G none 1\r\nx", "RMSG NOPE none 1\r\nx", "PING");
  box.wait(20_000);
  client.goes();
  box.wait(100);
  heardByDialer.push(...dialer.hears());
  return { heardByDialer, heardByAcceptor: acceptor.hears() };
}

test("trap 1: messages go only from dialer to acceptor, interest only from acceptor to dialer", () => {
  for (const iom of [true, false]) {
    const { heardByDialer, heardByAcceptor } = busyLink(iom);
    const isLine = (line: string): boolean => /^(CONNECT|INFO|R|H|A|P|\+|-)/.test(line);
    for (const verb of verbs(heardByDialer)) expect(TO_DIALER).toContain(verb);
    const said = verbs(heardByAcceptor.filter((line) => isLine(line) && line !== "hi"));
    for (const verb of said) expect([...TO_ACCEPTOR, "NATS/1.0", "hi", ""]).toContain(verb);
    expect(said).not.toContain("RS+");
    expect(said).not.toContain("A-");
  }
});

test("trap 2: with TLS no INFO leaves before the handshake, because a session begins only behind it", () => {
  // net/driver.ts makes the session when TLS is up; here: a dial that is not up has no session and says
  // nothing.
  const box = new Box({
    gateway: { remotes: [{ name: "B", urls: [{ host: "b", port: 1, user: null, password: null }] }] },
  });
  box.core.start(box.now);
  expect(box.dials).toHaveLength(1);
  expect(box.core.sessions.size).toBe(0);
  box.failDial("B", "TLS handshake error");
  expect(box.core.sessions.size).toBe(0);
});

test("trap 3: the acceptor says INFO first; the dialer's first line must be CONNECT, then INFO", () => {
  const box = new Box();
  expect(verbs(box.rawInbound().hears())).toEqual(["INFO"]);
  for (const first of [infoOf("B"), "PING", "PONG", "+OK", "RS+ $G a", "A- $G", "HELLO", "RMSG $G a 0\r\n"]) {
    const dialer = box.rawInbound();
    dialer.hears();
    dialer.says(first);
    expect(dialer.hears()).toEqual(["-ERR 'Authorization Violation'"]);
    expect(dialer.ended).not.toBeNull();
  }
  const remote = box.rawOutbound("B");
  expect(remote.hears()).toEqual([]);
  remote.says(infoOf("B"));
  expect(verbs(remote.hears())).toEqual(["CONNECT", "INFO"]);
});

test("trap 4: gateway_cmd_payload is base64 of the account, and what is not base64 closes the connection", () => {
  const box = new Box();
  const heard = box.inbound("B").hears();
  expect(heard.some((line) => line.includes('"gateway_cmd":2,"gateway_cmd_payload":"JEc="'))).toBe(true);
  for (const payload of ["$G", "JEc", "J Ec=", "", "====", "JEc=JEc="]) {
    const remote = box.outbound("B");
    remote.says(`INFO {"gateway":"B","gateway_cmd":2,"gateway_cmd_payload":"${payload}"}`);
    expect([payload, remote.ended === null]).toEqual([payload, false]);
    expect(box.core.accounts.idOf(payload)).toBe(payload === "$G" ? box.account("$G") : 0);
    box.wait(1_200);
  }
});

test("trap 5: a plain RS+ before start means nothing, so every account is listed between start and complete", () => {
  const box = new Box();
  const remote = box.outbound("B", { gateway_iom: true });
  const client = box.client();
  remote.says("RS+ $G foo");
  client.says("PUB foo 1\r\nx");
  expect(remote.hears()).toEqual([]);
  client.says("SUB mine 1");
  const heard = readable(box.inbound("B").hears());
  const listed = heard.indexOf("RS+ $G mine");
  expect(heard.indexOf("start $G")).toBeLessThan(listed);
  expect(heard.indexOf("complete $G")).toBeGreaterThan(listed);
  expect(heard.filter((line) => line.startsWith("start"))).toHaveLength(4);
});

/** Lines of the wrong side, and whether they come from a dialer or an acceptor. */
const WRONG_SIDE: ["inbound" | "outbound", string][] = [
  ["inbound", "RS+ $G foo"],
  ["inbound", "RS- $G foo"],
  ["inbound", "RS+ $G foo q 1"],
  ["inbound", "A+ $G"],
  ["inbound", "A- $G"],
  ["inbound", "A- NOPE"],
  ["outbound", "RMSG $G foo 1\r\nx"],
  ["outbound", "RMSG $G none 1\r\nx"],
  ["outbound", "HMSG $G foo 12 13\r\nNATS/1.0\r\n\r\nx"],
  ["outbound", "RMSG $G foo + reply q 1\r\nx"],
];

for (const [kind, line] of WRONG_SIDE) {
  test(`trap 6: ${line.split("\r\n")[0]} from the wrong side (${kind}) closes that connection and nothing else`, () => {
    const box = new Box();
    const client = box.client();
    client.says("SUB foo 1");
    const good = [box.inbound("C"), box.outbound("C")] as const;
    const bad = kind === "inbound" ? box.inbound("B") : box.outbound("B");
    bad.hears();
    bad.says(line);
    expect(bad.ended).toBe("Protocol Violation");
    expect(bad.hears()).toEqual([]);
    expect(client.hears()).toEqual([]);
    good[0].hears();
    good[0].says("RMSG $G foo 2\r\nok");
    expect(client.hears()).toEqual(["MSG foo 1 2", "ok"]);
    expect([good[0].ended, good[1].ended, client.ended]).toEqual([null, null, null]);
    expect(box.log.some((entry) => entry.includes(`gid:${bad.session.id}`))).toBe(true);
  });
}

test("trap 6: our dialer never says RS or A lines, our acceptor never RMSG or A+, whatever happens", () => {
  for (const iom of [true, false]) {
    const { heardByDialer, heardByAcceptor } = busyLink(iom);
    expect(heardByDialer.filter((line) => /^(RMSG|HMSG|A\+)/.test(line))).toEqual([]);
    expect(heardByAcceptor.filter((line) => /^(RS\+|RS-|A\+|A-)/.test(line))).toEqual([]);
  }
});

test("trap 7: nothing is dialled before our listener accepts, and nothing in a hot loop afterwards", () => {
  const box = new Box();
  box.inbound("B");
  box.wait(5_000);
  expect(box.dialCount).toBe(0);
  box.core.start(box.now);
  for (let i = 0; i < 100; i++) {
    while (box.dials.length > 0) box.failDial("B");
    box.wait(100);
  }
  expect(box.dialCount).toBeGreaterThan(5);
  expect(box.dialCount).toBeLessThanOrEqual(11);
});

test("trap 8: only the groups named in the line are served, and none if none is named", () => {
  const box = new Box();
  const client = box.client();
  client.says("SUB foo q1 1", "SUB foo q2 2", "SUB foo q10 3");
  const remote = box.inbound("B");
  remote.says("RMSG $G foo 1\r\na");
  expect(client.hears()).toEqual([]);
  remote.says("RMSG $G foo | q1 1\r\nb");
  expect(client.hears()).toEqual(["MSG foo 1 1", "b"]);
  remote.says("RMSG $G foo | q2 q10 1\r\nc");
  expect(
    client
      .hears()
      .filter((line) => line.startsWith("MSG"))
      .sort(),
  ).toEqual(["MSG foo 2 1", "MSG foo 3 1"]);
  remote.says("RMSG $G foo | q 1\r\nd", "RMSG $G foo | q1x 1\r\ne");
  expect(client.hears()).toEqual([]);
});

test("trap 9: an answer to a _GR_ reply goes to the cluster of the hash, whatever interest says, and to nobody else", () => {
  const box = new Box();
  const [b, c] = [box.outbound("B"), box.outbound("C")];
  c.says(start("C", "$G"), "RS+ $G >", complete("C", "$G"));
  const [service, watcher] = [box.client(), box.client()];
  service.says("SUB svc 1");
  watcher.says("SUB _INBOX.> 1");
  const fromB = box.inbound("B");
  fromB.hears();
  const reply = `_GR_.${hash6("B")}.tmG6pR._INBOX.abc.1`;
  fromB.says(`RMSG $G svc ${reply} 3\r\nreq`);
  expect(service.hears()).toEqual(["MSG svc 1 _INBOX.abc.1 3", "req"]);
  service.says("PUB _INBOX.abc.1 4\r\nresp");
  expect(b.hears()).toEqual([`RMSG $G ${reply} 4`, "resp"]);
  expect([c.hears(), watcher.hears()]).toEqual([[], []]);
  // The other way round: an answer that comes home is handed out without the prefix.
  fromB.says(`RMSG $G ${MAPPED}${hash6(SERVER_ID)}._INBOX.mine 2\r\nhi`);
  expect(watcher.hears()).toEqual(["MSG _INBOX.mine 1 2", "hi"]);
});

test("trap 10: what came in on a gateway leaves by no gateway", () => {
  const box = new Box();
  const remotes = ["B", "C"].map((name) => {
    const remote = box.outbound(name, { gateway_iom: name === "B" });
    remote.says(start(name, "$G"), "RS+ $G foo", "RS+ $G foo q 1", complete(name, "$G"));
    return remote;
  });
  const dialer = box.inbound("B");
  dialer.says(
    "RMSG $G foo 1\r\nx",
    "RMSG $G foo | q 1\r\nx",
    "RMSG $G foo reply 1\r\nx",
    "RMSG ACC foo 1\r\nx",
  );
  for (const remote of remotes) expect(remote.hears()).toEqual([]);
});
