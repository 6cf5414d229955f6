// The dialing end of a gateway connection, from the first byte on: gateway.md §1.2–§1.4, §5.10, §6.

import { expect, test } from "bun:test";
import { Box, infoOf, SERVER_ID, SERVER_NAME, start } from "../support/core-world.ts";

test("the dialer is silent until INFO comes, then says CONNECT and INFO in one go", () => {
  const box = new Box();
  const remote = box.rawOutbound("B");
  expect(remote.hears()).toEqual([]);
  remote.says(infoOf("B"));
  const [connect, info, ...more] = remote.hears();
  expect(connect).toBe(
    'CONNECT {"echo":false,"verbose":false,"pedantic":false,"tls_required":false,"headers":false,' +
      `"name":"${SERVER_ID}","cluster":"","gateway":"A"}`,
  );
  expect(JSON.parse(info!.slice(5))).toMatchObject({
    server_id: SERVER_ID,
    gateway: "A",
    gateway_urls: ["127.0.0.1:7222"],
    gateway_nrp: true,
    headers: true,
  });
  expect(more).toEqual([]);
  expect(remote.session.ready).toBe(true);
  expect(box.core.outbounds).toEqual([remote.session]);
});

test("our own credentials go with CONNECT where the URL has none, and those of the URL where it has", () => {
  const own = { user: "own", password: "p1" };
  const urls = [{ host: "b", port: 7222, user: "theirs", password: "p2" }];
  for (const [remotes, user, pass] of [
    [[], "own", "p1"],
    [[{ name: "B", urls }], "theirs", "p2"],
  ] as const) {
    const box = new Box({ gateway: { ...own, remotes } });
    const remote = box.rawOutbound("B");
    remote.says(infoOf("B"));
    expect(JSON.parse(remote.hears()[0]!.slice(8))).toMatchObject({ user, pass });
    expect([...box.logged("p1"), ...box.logged("p2")]).toEqual([]);
  }
});

/** What an acceptor says first, and the -ERR it gets before it is cut; null for none. Texts: gateway.md
 *  §6. */
const REFUSALS: [string, string[], string | null][] = [
  [
    "the name of another cluster",
    [infoOf("Z")],
    'Connection from "A" rejected, wanted to connect to "B", this is "Z"',
  ],
  ["no gateway name", ['INFO {"server_id":"X"}'], 'Attempt to connect to gateway "B" using wrong port'],
  ["an empty gateway name", ['INFO {"gateway":""}'], 'Attempt to connect to gateway "B" using wrong port'],
  ["our own server name", [infoOf("B", { server_name: SERVER_NAME })], null],
  ["an INFO that cannot be read", ["INFO {gateway}"], null],
  ["JSON that is no object", ['INFO ["gateway"]'], null],
  ["JSON that is nested without end", [`INFO ${"[".repeat(60_000)}`], null],
  ["an unknown word", ["HELLO"], "Unknown Protocol Operation"],
  ["interest before INFO", ["RS+ $G foo"], "Unknown Protocol Operation"],
  [
    "start without an account",
    [infoOf("B"), 'INFO {"gateway":"B","gateway_cmd":2}'],
    "Account absent from receive-all-subscriptions-start command",
  ],
  [
    "complete without an account",
    [infoOf("B"), 'INFO {"gateway":"B","gateway_cmd":3}'],
    "Account absent from receive-all-subscriptions-complete command",
  ],
  [
    "a command of another cluster",
    [infoOf("B"), start("Z", "$G")],
    'Connection from "A" rejected, wanted to connect to "B", this is "Z"',
  ],
  [
    "a command without a gateway name",
    [infoOf("B"), 'INFO {"gateway_cmd":2,"gateway_cmd_payload":"JEc="}'],
    'Attempt to connect to gateway "B" using wrong port',
  ],
  ["our own server name in a later INFO", [infoOf("B"), infoOf("B", { server_name: SERVER_NAME })], null],
  ["three arguments of RS+", [infoOf("B"), "RS+ $G foo q"], null],
  ["one argument of RS-", [infoOf("B"), "RS- $G"], null],
  ["an invalid subject", [infoOf("B"), "RS+ $G foo..bar"], null],
  ["CONNECT", [infoOf("B"), 'CONNECT {"gateway":"B"}'], "Unknown Protocol Operation"],
  ["an endless line", [infoOf("B"), `RS+ $G ${"x".repeat(70_000)}`], "maximum control line exceeded"],
];

for (const [what, lines, answer] of REFUSALS) {
  test(`an acceptor is refused for ${what}: ${answer ?? "closed without a word"}`, () => {
    const box = new Box();
    const witness = box.client();
    const remote = box.rawOutbound("B");
    remote.says(...lines);
    const heard = remote.hears().filter((line) => !/^(CONNECT|INFO) /.test(line));
    expect(heard).toEqual(answer === null ? [] : [`-ERR '${answer}'`]);
    expect(remote.ended).not.toBeNull();
    expect(box.core.outbounds).toEqual([]);
    witness.says("PING");
    expect(witness.hears()).toEqual(["PONG"]);
  });
}

test("an unknown gateway command is ignored", () => {
  const box = new Box();
  const remote = box.outbound("B");
  remote.says('INFO {"gateway":"B","gateway_cmd":99}', "PING");
  expect(remote.hears()).toEqual(["PONG"]);
  expect(box.logged("unknown gateway command 99")).toHaveLength(1);
});

test("what the first INFO said of the peer is not overwritten by commands", () => {
  const box = new Box();
  const remote = box.outbound("B", { server_id: "NB", headers: true, gateway_iom: true });
  remote.says(start("B", "$G"));
  const { serverId, headers, peerInterestOnly, newReplyPrefix } = remote.session;
  expect([serverId, headers, peerInterestOnly, newReplyPrefix]).toEqual(["NB", true, true, true]);
});

test("an acceptor that never says INFO is cut as stale after three PING intervals, and not pinged before", () => {
  const box = new Box();
  const remote = box.rawOutbound("B");
  remote.answersPings = false;
  box.wait(44_999);
  expect(remote.hears()).toEqual([]);
  box.wait(1);
  expect(remote.hears()).toEqual(["-ERR 'Stale Connection'"]);
  expect(remote.ended).toBe("Stale Connection");
});

test("a second connection to one cluster is closed by us, and not dialled again", () => {
  const box = new Box();
  const remote = box.outbound("B");
  const request = { remote: "B", url: remote.session.url, tlsName: "b" };
  const second = box.core.dialed(request, { ip: "10.0.0.2", port: 1 }, box.now);
  expect(second.closing).toBe("Duplicate Remote Gateway");
  second.lost("Client Closed", box.now);
  const before = box.dialCount;
  box.wait(10_000);
  expect(box.dialCount).toBe(before);
  expect(box.core.outbounds).toEqual([remote.session]);
  expect(remote.ended).toBeNull();
});

test("-ERR of an acceptor ends the connection, is logged and kept, and the remote is dialled again", () => {
  const box = new Box({
    gateway: { remotes: [{ name: "B", urls: [{ host: "b", port: 1, user: null, password: null }] }] },
  });
  const remote = box.rawOutbound("B");
  remote.says(infoOf("B"));
  remote.says("-ERR 'Authorization Violation'");
  expect(remote.ended).not.toBeNull();
  expect(box.logged("Gateway Error 'Authorization Violation'")).toHaveLength(1);
  const known = box.core.remotes!.all.get("B")!;
  expect(known.lastError).toContain("Authorization Violation");
  expect([known.reason, known.everConnected, known.reconnects]).toEqual(["Authentication Failure", false, 0]);
  expect(box.logged("registered")).toEqual([]);
  box.wait(1_200);
  expect(box.dials.map(({ remote: name }) => name)).toEqual(["B"]);
});

test("PING before INFO is answered: liveness does not wait for the handshake", () => {
  const remote = new Box().rawOutbound("B");
  remote.says("PING");
  expect(remote.hears()).toEqual(["PONG"]);
  expect(remote.ended).toBeNull();
});
