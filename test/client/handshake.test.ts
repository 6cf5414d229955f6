// A client from the first byte until it is logged in: client-and-auth.md §1.2–§1.4.

import { describe, expect, test } from "bun:test";
import { Box, type BoxOptions, SERVER_ID, SERVER_NAME } from "../support/core-world.ts";

/** Users of two accounts and nobody without credentials. */
const LOCKED: BoxOptions = { accounts: { noAuthUser: null } };
const OPEN: BoxOptions = { accounts: { users: [], noAuthUser: null } };
const TOKEN: BoxOptions = { accounts: { users: [], token: "s3cr3t", noAuthUser: null } };

test("the server speaks first: INFO with all that a client library asks for", () => {
  const client = new Box(OPEN).rawClient();
  const raw = client.hearsRaw();
  expect(raw.startsWith("INFO {")).toBe(true);
  expect(raw.endsWith("\r\n")).toBe(true);
  expect(JSON.parse(raw.slice(5))).toEqual({
    server_id: SERVER_ID,
    server_name: SERVER_NAME,
    version: "2.15.2",
    proto: 1,
    go: "",
    host: "127.0.0.1",
    port: 4222,
    headers: true,
    max_payload: 1_048_576,
    client_id: client.session.id,
    client_ip: "10.0.0.1",
    cluster: "A",
  });
  const locked = new Box(LOCKED).rawClient().hears()[0]!;
  expect(JSON.parse(locked.slice(5))).toMatchObject({ auth_required: true });
});

describe("CONNECT", () => {
  test("is answered by +OK when verbose, which is what silence means", () => {
    const box = new Box();
    for (const [document, answer] of [
      ["{}", ["+OK"]],
      ['{"verbose":true}', ["+OK"]],
      ['{"verbose":false}', []],
      ['{"VERBOSE":false,"unknown":{"a":[1]}}', []],
    ] as const) {
      const client = box.rawClient();
      client.hears();
      client.says(`CONNECT ${document}`);
      expect([document, client.hears()]).toEqual([document, [...answer]]);
      expect(client.ended).toBeNull();
    }
  });

  test("verbose clients get +OK for CONNECT, SUB, UNSUB and PUB, and none for PING", () => {
    const client = new Box().rawClient();
    client.hears();
    client.says('CONNECT {"pedantic":false}', "SUB foo 1", "UNSUB 1", "PUB foo 1\r\nx", "PING", "UNSUB nope");
    expect(client.hears()).toEqual(["+OK", "+OK", "+OK", "+OK", "PONG", "+OK"]);
  });

  test("is remembered: name, language, version, and what the client can do", () => {
    const client = new Box().client({ name: "n", lang: "l", version: "v", echo: false });
    const { clientName, lang, version, echo, headers, noResponders } = client.session;
    expect([clientName, lang, version, echo, headers, noResponders]).toEqual([
      "n",
      "l",
      "v",
      false,
      true,
      true,
    ]);
  });

  test("with protocol 1 the first PING is answered by PONG and then an INFO with the account", () => {
    const client = new Box().client({ protocol: 1, user: "a", pass: "a" });
    client.says("PING");
    const [pong, info] = client.hears();
    expect(pong).toBe("PONG");
    expect(JSON.parse(info!.slice(5))).toMatchObject({ connect_info: true, remote_account: "ACC" });
    client.says("PING");
    expect(client.hears()).toEqual(["PONG"]);
  });

  test("a second one changes what the client can do, and not who it is", () => {
    const client = new Box().client({ user: "a", pass: "a" });
    const account = client.session.account;
    client.says('CONNECT {"verbose":true,"user":"b","pass":"b","echo":false}');
    expect(client.hears()).toEqual(["+OK"]);
    expect([client.session.account, client.session.echo]).toEqual([account, false]);
  });
});

/** What a client says first, the -ERR that it gets, and the end that monitoring shows. */
const REFUSALS: [string, BoxOptions, string, string, string][] = [
  ["no credentials", LOCKED, "CONNECT {}", "Authorization Violation", "Authentication Failure"],
  [
    "a wrong password",
    LOCKED,
    'CONNECT {"user":"a","pass":"b"}',
    "Authorization Violation",
    "Authentication Failure",
  ],
  [
    "an unknown user",
    LOCKED,
    'CONNECT {"user":"x","pass":"-"}',
    "Authorization Violation",
    "Authentication Failure",
  ],
  [
    "a wrong password where nobody needs one",
    {},
    'CONNECT {"user":"a","pass":"b"}',
    "Authorization Violation",
    "Authentication Failure",
  ],
  ["a wrong token", TOKEN, 'CONNECT {"auth_token":"x"}', "Authorization Violation", "Authentication Failure"],
  ["no token", TOKEN, "CONNECT {}", "Authorization Violation", "Authentication Failure"],
  [
    "a token where users are asked for",
    LOCKED,
    'CONNECT {"auth_token":"a"}',
    "Authorization Violation",
    "Authentication Failure",
  ],
  ["an account", OPEN, 'CONNECT {"account":"ACC"}', "Authorization Violation", "Authentication Failure"],
  ["a new account", OPEN, 'CONNECT {"new_account":"X"}', "Authorization Violation", "Authentication Failure"],
  ["SUB before CONNECT", LOCKED, "SUB foo 1", "Authorization Violation", "Authentication Failure"],
  ["PUB before CONNECT", LOCKED, "PUB foo 1\r\nx", "Authorization Violation", "Authentication Failure"],
  ["a protocol of 2", OPEN, 'CONNECT {"protocol":2}', "invalid client protocol", "Protocol Violation"],
  [
    "no_responders without headers",
    OPEN,
    'CONNECT {"no_responders":true}',
    "no responders requires headers support",
    "Protocol Violation",
  ],
  ["JSON that cannot be read", OPEN, "CONNECT {user}", "Authorization Violation", "Protocol Violation"],
  ["JSON that is no object", OPEN, "CONNECT [1]", "Authorization Violation", "Protocol Violation"],
  ["CONNECT without a document", OPEN, "CONNECT", "Authorization Violation", "Protocol Violation"],
  [
    "a JSON bomb",
    OPEN,
    `CONNECT ${'{"a":'.repeat(2_000)}1${"}".repeat(2_000)}`,
    "Authorization Violation",
    "Protocol Violation",
  ],
];

for (const [what, options, line, answer, reason] of REFUSALS) {
  test(`a client is refused for ${what}: ${answer}`, () => {
    const box = new Box(options);
    const client = box.rawClient();
    client.hears();
    client.says(line);
    const heard = client.hears().filter((text) => text !== "+OK");
    expect([heard, client.ended]).toEqual([[`-ERR '${answer}'`], reason as typeof client.ended]);
    expect(box.core.clients.size).toBe(0);
    expect(box.core.closed.toArray().at(-1)!.reason).toBe(reason as never);
  });
}

describe("who a client is", () => {
  test.each([
    ["a user of one account", LOCKED, { user: "a", pass: "a" }, "ACC", "a"],
    ["a user of another", LOCKED, { user: "b", pass: "b" }, "ACC2", "b"],
    ["a user of the system account", LOCKED, { user: "s", pass: "s" }, "$SYS", "s"],
    ["anybody, where nobody must log in", OPEN, {}, "$G", ""],
    ["anybody with credentials, where nobody must log in", OPEN, { user: "x", pass: "y" }, "$G", ""],
    ["no_auth_user without credentials", {}, {}, "$G", "g"],
    ["a user beside no_auth_user", {}, { user: "a", pass: "a" }, "ACC", "a"],
    ["the holder of the token", TOKEN, { auth_token: "s3cr3t" }, "$G", ""],
  ])("%s", (_what, options, credentials, account, user) => {
    const box = new Box(options);
    const client = box.client(credentials);
    expect(client.ended).toBeNull();
    expect([box.core.accounts.text(client.session.account), client.session.user]).toEqual([account, user]);
  });
});

describe("time", () => {
  test("who does not log in within the auth timeout is cut", () => {
    const box = new Box(LOCKED);
    const client = box.rawClient();
    client.hears();
    box.wait(1_999);
    expect(client.ended).toBeNull();
    box.wait(1);
    expect(client.hears()).toEqual(["-ERR 'Authentication Timeout'"]);
    expect(client.ended).toBe("Authentication Timeout");
  });

  test("PING does not win time", () => {
    const box = new Box(LOCKED);
    const client = box.rawClient();
    for (let i = 0; i < 5; i++) {
      client.says("PING");
      box.wait(500);
    }
    expect(client.ended).toBe("Authentication Timeout");
  });

  test("a client is pinged two seconds after it came, then every interval, and is stale after ping_max", () => {
    const box = new Box({ client: { pingMillis: 10_000, pingMax: 2 } });
    const client = box.client();
    client.answersPings = false;
    const pings: number[] = [];
    for (let at = 100; at <= 21_900; at += 100) {
      box.wait(100);
      if (client.hears().includes("PING")) pings.push(at);
    }
    expect(pings).toEqual([2_000, 12_000]);
    expect(client.ended).toBeNull();
    box.wait(100);
    expect(client.hears()).toEqual(["-ERR 'Stale Connection'"]);
    expect(client.ended).toBe("Stale Connection");
    expect(box.core.staleConnections.clients).toBe(1);
  });

  test("a client that answers stays", () => {
    const box = new Box({ client: { pingMillis: 10_000, pingMax: 2 } });
    const client = box.client();
    box.wait(3_600_000);
    expect(client.ended).toBeNull();
  });
});

test("passwords and tokens are in no log line, whatever a client does wrong with them", () => {
  const secrets = ["hunter2", "s3cr3t"];
  for (const options of [LOCKED, OPEN, TOKEN]) {
    const box = new Box(options);
    for (const secret of secrets) {
      for (const line of [
        `CONNECT {"user":"a","pass":"${secret}"}`,
        `CONNECT {"pass":"${secret}","user":a}`,
        `connect {"auth_token":"${secret}",}`,
        `CONNECT {"pass":"${secret}","x":"${"y".repeat(20_000)}"}`,
        `CONNECT {"pass":"${secret}","account":"X"}`,
        `CONNECT {"pass":"${secret}","gateway":"B"}`,
        `CONNECT  \t{"pass":"${secret}"`,
      ]) {
        box.rawClient().says(line);
      }
    }
    expect(box.log.length).toBeGreaterThan(5);
    for (const secret of secrets) expect(box.logged(secret)).toEqual([]);
  }
});

test("a refused login is logged with the user's name and the address", () => {
  const box = new Box(LOCKED);
  const client = box.rawClient();
  client.says('CONNECT {"user":"mallory","pass":"x"}');
  expect(box.logged("authentication error", "mallory", client.session.name)).toHaveLength(1);
});

test("the connection over max_connections is told so and cut; when one goes there is room again", () => {
  const box = new Box({ maxConnections: 2 });
  const [one, two] = [box.client(), box.client()];
  const third = box.rawClient();
  expect(third.hears().at(-1)).toBe("-ERR 'maximum connections exceeded'");
  expect(third.ended).toBe("Maximum Connections Exceeded");
  one.says("PING");
  expect([one.hears(), two.ended]).toEqual([["PONG"], null]);
  two.goes();
  expect(box.client().ended).toBeNull();
});

test("how the handshake is cut into chunks makes no difference", () => {
  const client = new Box(LOCKED).rawClient();
  client.hears();
  const all =
    'CONNECT {"user":"a","pass":"a","verbose":false,"pedantic":false}\r\nSUB foo 1\r\nPUB foo 2\r\nhi\r\nPING\r\n';
  for (const byte of Buffer.from(all)) client.saysRaw(Uint8Array.of(byte));
  expect(client.hears()).toEqual(["MSG foo 1 2", "hi", "PONG"]);
});
