// The accepting end of a gateway connection, from the first byte on: gateway.md §1.2–§1.4, §5.9, §5.10, §6.

import { describe, expect, test } from "bun:test";
import {
  Box,
  type BoxOptions,
  infoOf,
  readable,
  SERVER_ID,
  SERVER_NAME,
  url,
} from "../support/core-world.ts";

const CONNECT = 'CONNECT {"gateway":"B"}';

test("the acceptor speaks first, with one INFO that says who it is and where it is reached", () => {
  const box = new Box();
  const heard = box.rawInbound().hearsRaw();
  expect(heard.startsWith("INFO {")).toBe(true);
  expect(heard.endsWith("}\r\n")).toBe(true);
  expect(JSON.parse(heard.slice(5))).toEqual({
    server_id: SERVER_ID,
    server_name: SERVER_NAME,
    version: "2.15.2",
    proto: 3,
    go: "",
    host: "127.0.0.1",
    port: 7222,
    headers: true,
    max_payload: 1_048_576,
    gateway: "A",
    gateway_urls: ["127.0.0.1:7222"],
    gateway_url: "127.0.0.1:7222",
    gateway_nrp: true,
    gateway_iom: true,
  });
});

test("CONNECT and INFO register a dialer: it is known by the name in its INFO, and told our interest", () => {
  const box = new Box();
  const dialer = box.rawInbound();
  dialer.hears();
  dialer.says(CONNECT);
  expect(dialer.hears()).toEqual([]);
  dialer.says(infoOf("C", { server_id: "NC1", server_name: "c1", version: "2.9.25" }));
  expect(readable(dialer.hears()).slice(0, 2)).toEqual(["start $G", "complete $G"]);
  const { gateway, serverId, serverName, version, ready } = dialer.session;
  expect([gateway, serverId, serverName, version, ready]).toEqual(["C", "NC1", "c1", "2.9.25", true]);
  expect(box.logged("Inbound gateway connection", '"C"', "registered")).toHaveLength(1);
});

test("the smallest CONNECT and INFO are enough", () => {
  const dialer = new Box().rawInbound();
  dialer.says(CONNECT, 'INFO {"gateway":"B"}');
  expect(dialer.session.ready).toBe(true);
  expect(dialer.ended).toBeNull();
});

test("field names match whatever their case, in any order, among fields that nobody knows", () => {
  const dialer = new Box().rawInbound();
  dialer.says('CONNECT {"x":{"y":[1,2]},"Gateway":"B"}', 'INFO {"nonce":"x","GATEWAY":"B","Server_ID":"NB"}');
  expect([dialer.session.gateway, dialer.session.serverId]).toEqual(["B", "NB"]);
});

test("verbose dialers get +OK for every message, and only for messages", () => {
  const dialer = new Box().rawInbound();
  dialer.says('CONNECT {"gateway":"B","verbose":true}', infoOf("B"));
  dialer.hears();
  dialer.says("RMSG $G foo 1\r\nx", "PING", "HMSG $G foo 12 12\r\nNATS/1.0\r\n\r\n");
  expect(dialer.hears()).toEqual(["+OK", "PONG", "+OK"]);
});

test("a dialer that did not ask for it gets no +OK", () => {
  const box = new Box();
  const dialer = box.inbound("B");
  dialer.hears();
  dialer.says("RMSG $G foo 1\r\nx");
  expect(dialer.hears()).toEqual([]);
});

test("PING between CONNECT and INFO is answered", () => {
  const dialer = new Box().rawInbound();
  dialer.hears();
  dialer.says(CONNECT, "PING");
  expect(dialer.hears()).toEqual(["PONG"]);
  dialer.says(infoOf("B"));
  expect(dialer.session.ready).toBe(true);
});

test("a second CONNECT changes nothing but verbose, and a second INFO nothing at all", () => {
  const box = new Box();
  const dialer = box.inbound("B");
  dialer.hears();
  dialer.says(
    'CONNECT {"gateway":"B","verbose":true}',
    infoOf("Z", { server_id: "other" }),
    "RMSG $G a 0\r\n",
  );
  expect(dialer.hears()).toEqual(["+OK"]);
  expect([dialer.session.gateway, dialer.session.serverId]).toEqual(["B", "NB"]);
});

const REJECTING: BoxOptions = {
  gateway: { rejectUnknown: true, remotes: [{ name: "C", urls: [url("c")] }] },
};
const LOCKED: BoxOptions = { gateway: { user: "u", password: "secret" } };

/** What a dialer says first, and the -ERR it gets before it is cut; null for none. Texts: gateway.md §6. */
const DUPLICATE = `remote server has a duplicate name: "${SERVER_NAME}"`;

const REFUSALS: [string, BoxOptions, string[], string | null][] = [
  ["INFO before CONNECT", {}, [infoOf("B")], "Authorization Violation"],
  ["PING before CONNECT", {}, ["PING"], "Authorization Violation"],
  ["PONG before CONNECT", {}, ["PONG"], "Authorization Violation"],
  ["RS+ before CONNECT", {}, ["RS+ $G foo"], "Authorization Violation"],
  ["RMSG before CONNECT", {}, ["RMSG $G foo 1\r\nx"], "Authorization Violation"],
  ["an unknown word before CONNECT", {}, ["HELLO"], "Authorization Violation"],
  ["a message between CONNECT and INFO", {}, [CONNECT, "RMSG $G foo 1\r\nx"], "Authorization Violation"],
  ["CONNECT without a gateway", {}, ["CONNECT {}"], "attempted to connect to gateway port"],
  ["CONNECT with an empty gateway", {}, ['CONNECT {"gateway":""}'], "attempted to connect to gateway port"],
  ["CONNECT with an account", {}, ['CONNECT {"gateway":"B","account":"X"}'], "Authorization Violation"],
  [
    "CONNECT with a new account",
    {},
    ['CONNECT {"gateway":"B","new_account":"X"}'],
    "Authorization Violation",
  ],
  ["INFO without a gateway", {}, [CONNECT, "INFO {}"], 'Attempt to connect to gateway "A" using wrong port'],
  ["no credentials", LOCKED, [CONNECT], "Authorization Violation"],
  [
    "a wrong password",
    LOCKED,
    ['CONNECT {"gateway":"B","user":"u","pass":"wrong"}'],
    "Authorization Violation",
  ],
  ["a wrong user", LOCKED, ['CONNECT {"gateway":"B","user":"x","pass":"secret"}'], "Authorization Violation"],
  ["a name that is not configured", REJECTING, [CONNECT], 'Connection to gateway "A" rejected'],
  [
    "an INFO with a name that is not configured",
    REJECTING,
    ['CONNECT {"gateway":"C"}', infoOf("B")],
    'Connection to gateway "A" rejected',
  ],
  ["our own server name", {}, [CONNECT, infoOf("B", { server_name: SERVER_NAME })], DUPLICATE],
  ["an unknown word", {}, [CONNECT, infoOf("B"), "HELLO"], "Unknown Protocol Operation"],
  ["PUB", {}, [CONNECT, infoOf("B"), "PUB foo 1\r\nx"], "Unknown Protocol Operation"],
  [
    "a payload without its CRLF",
    {},
    [CONNECT, infoOf("B"), "RMSG $G foo 1\r\nxyz"],
    "Unknown Protocol Operation",
  ],
  [
    "an endless line before CONNECT",
    {},
    [`CONNECT {"gateway":"${"x".repeat(70_000)}`],
    "maximum control line exceeded",
  ],
  [
    "an endless line",
    {},
    [CONNECT, infoOf("B"), `RMSG $G ${"x".repeat(70_000)}`],
    "maximum control line exceeded",
  ],
];

for (const [what, options, lines, answer] of REFUSALS) {
  test(`a dialer is refused for ${what}: ${answer ?? "closed without a word"}`, () => {
    const box = new Box(options);
    const witness = box.client();
    const dialer = box.rawInbound();
    dialer.hears();
    dialer.says(...lines);
    const heard = dialer.hears().filter((line) => !line.startsWith("INFO "));
    expect(heard).toEqual(answer === null ? [] : [`-ERR '${answer}'`]);
    expect(dialer.ended).not.toBeNull();
    expect(box.core.inbounds.size).toBe(0);
    witness.says("PING");
    expect(witness.hears()).toEqual(["PONG"]);
  });
}

describe("time", () => {
  test("a dialer that says nothing is cut after the auth timeout", () => {
    const box = new Box();
    const dialer = box.rawInbound();
    dialer.hears();
    box.wait(1_999);
    expect(dialer.ended).toBeNull();
    box.wait(1);
    expect(dialer.hears()).toEqual(["-ERR 'Authentication Timeout'"]);
    expect(dialer.ended).toBe("Authentication Timeout");
  });

  test("a dialer that says CONNECT and never INFO is ended too, though it answers every PING", () => {
    const box = new Box();
    const dialer = box.rawInbound();
    dialer.says(CONNECT);
    box.wait(5_000);
    expect(dialer.ended).not.toBeNull();
  });

  test("a dialer that keeps talking without CONNECT does not win time by it", () => {
    const box = new Box();
    const dialer = box.rawInbound();
    for (let i = 0; i < 10; i++) {
      dialer.saysRaw("C");
      box.wait(250);
    }
    expect(dialer.ended).not.toBeNull();
  });
});

test("right credentials are taken, and never logged", () => {
  const box = new Box(LOCKED);
  const dialer = box.rawInbound();
  dialer.says('CONNECT {"gateway":"B","user":"u","pass":"secret"}', infoOf("B"));
  expect(dialer.session.ready).toBe(true);
  box.rawInbound().says('CONNECT {"user":"u","pass":"secret","gateway":B}');
  box.rawInbound().says(`CONNECT {"user":"u","pass":"secret","gateway":"${"x".repeat(70_000)}`);
  expect(box.log.length).toBeGreaterThan(2);
  expect(box.logged("secret")).toEqual([]);
});

test("reject_unknown lets in who is configured, and does not dial who is not", () => {
  const box = new Box(REJECTING);
  const dialer = box.inbound("C");
  expect(dialer.session.ready).toBe(true);
  const remote = box.outbound("C");
  remote.says('INFO {"gateway":"D","gateway_cmd":1,"gateway_urls":["d:7222"]}');
  box.wait(10);
  expect([...box.core.remotes!.all.keys()]).toEqual(["C"]);
});

test("any number of connections of one cluster is taken, with one server id even", () => {
  const box = new Box();
  const dialers = [1, 2, 3].map(() => box.inbound("B", { server_id: "NB", server_name: "b" }));
  expect(dialers.map(({ ended }) => ended)).toEqual([null, null, null]);
  expect(box.core.inbounds.size).toBe(3);
});

test("a dialer that calls itself like us is taken but never dialled back", () => {
  const box = new Box();
  box.core.start(box.now);
  const dialer = box.inbound("A", { server_name: "other" });
  box.wait(100);
  expect(dialer.ended).toBeNull();
  expect(box.dialCount).toBe(0);
});

test("-ERR of a dialer ends the connection and is logged", () => {
  const box = new Box();
  const dialer = box.inbound("B");
  dialer.says("-ERR 'Stale Connection'");
  expect(dialer.ended).not.toBeNull();
  expect(box.logged("Gateway Error", "Stale Connection")).toHaveLength(1);
});

test("how the handshake is cut into chunks makes no difference", () => {
  const box = new Box();
  const dialer = box.rawInbound();
  for (const byte of Buffer.from(`${CONNECT}\r\n${infoOf("B")}\r\nPING\r\n`))
    dialer.saysRaw(Uint8Array.of(byte));
  expect(dialer.session.ready).toBe(true);
  expect(dialer.hears().at(-1)).toBe("PONG");
});

describe("certificates", () => {
  const names = { dns: ["gw.b.example"], all: ["gw.b.example", "CN=gw-b"] };
  const outcome = (gateway: BoxOptions["gateway"], certificate: typeof names | null, connect = CONNECT) => {
    const dialer = new Box({ gateway: gateway! }).rawInbound(certificate);
    dialer.hears();
    dialer.says(connect, infoOf("B"));
    return dialer.session.ready ? "in" : dialer.hears().join();
  };
  const refused = "-ERR 'Authorization Violation'";

  test("verify_and_map asks the certificate for the user, and looks at no password", () => {
    const mapped = { verifyAndMap: true, user: "CN=gw-b", password: "unasked" };
    expect(outcome(mapped, names)).toBe("in");
    expect(outcome({ ...mapped, user: "CN=other" }, names)).toBe(refused);
    expect(outcome(mapped, null)).toBe(refused);
    const connect = 'CONNECT {"gateway":"B","user":"CN=gw-b","pass":"unasked"}';
    expect(outcome(mapped, { dns: [], all: [] }, connect)).toBe(refused);
  });

  test("verify_cert_and_check_known_urls asks it for a host that we know", () => {
    expect(outcome({ knownHosts: ["gw.b.example"] }, names)).toBe("in");
    expect(outcome({ knownHosts: ["gw.c.example"] }, names)).toBe(refused);
    expect(outcome({ knownHosts: [] }, names)).toBe(refused);
    expect(outcome({ knownHosts: ["CN=gw-b"] }, names)).toBe(refused);
    expect(outcome({ knownHosts: ["gw.b.example"] }, null)).toBe(refused);
  });
});
