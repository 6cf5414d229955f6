// The accepting end of a leaf link, from the first byte on: leafnode.md §2, §7, §19.

import { describe, expect, test } from "bun:test";
import { Box, type BoxOptions, connectOf, SERVER_ID, SERVER_NAME } from "../support/core-world.ts";
import { documentOf, interest } from "../support/leaf-talk.ts";

const CONNECT = connectOf("one");
const isNoise = (line: string): boolean => line.startsWith("INFO ") || line.startsWith("LS+ ");

/** What every INFO of the box says. */
const LASTING = {
  server_id: SERVER_ID,
  server_name: SERVER_NAME,
  version: "2.15.2",
  proto: 3,
  go: "",
  host: "127.0.0.1",
  port: 7422,
  headers: true,
  auth_required: true,
  max_payload: 1_048_576,
  cluster: "A",
  info_on_connect: true,
  leafnode_urls: ["127.0.0.1:7422"],
};

describe("INFO", () => {
  test("comes at once, alone, with a client id above 0 and a nonce of 15 characters", () => {
    const leaf = new Box().rawLeaf();
    const heard = leaf.hearsRaw();
    expect(heard.endsWith("}\r\n")).toBe(true);
    const info = documentOf(heard);
    expect(info["client_id"]).toBe(leaf.session.id);
    expect(info["client_id"]).toBeGreaterThan(0);
    expect(info["nonce"]).toMatch(/^[0-9A-Za-z]{15}$/);
    expect(info).toEqual({
      ...LASTING,
      client_id: info["client_id"],
      nonce: info["nonce"],
      compression: "off",
    });
  });

  test("has another nonce for each leaf", () => {
    const box = new Box();
    const nonces = [1, 2, 3].map(() => documentOf(box.rawLeaf().hearsRaw())["nonce"]);
    expect(new Set(nonces).size).toBe(3);
  });

  test("says TLS, and waits for it, where it is required and not there", () => {
    const box = new Box({ leaf: { listen: { tlsRequired: true, tlsVerify: true } } });
    const leaf = box.rawLeaf();
    expect(documentOf(leaf.hearsRaw())).toMatchObject({ tls_required: true, tls_verify: true });
    expect(leaf.session.wantsTls).toBe(true);
    expect(box.rawLeaf({ secure: true }).session.wantsTls).toBe(false);
    expect(box.rawLeaf({ webSocket: true }).session.wantsTls).toBe(false);
    expect(new Box().rawLeaf().session.wantsTls).toBe(false);
  });

  test("says where WebSocket leafs are taken, and that these do not compress", () => {
    const listen = {
      webSocketUrls: ["127.0.0.1:8443"],
      compression: { mode: "s2_auto", rttThresholdsMillis: [10, 50, 100] },
    } as const;
    const box = new Box({ leaf: { listen } });
    expect(documentOf(box.rawLeaf().hearsRaw())).toMatchObject({
      ws_connect_urls: ["127.0.0.1:8443"],
      compression: "s2_auto",
    });
    expect(documentOf(box.rawLeaf({ webSocket: true }).hearsRaw())["compression"]).toBe("off");
  });

  test("has no compression where none is supported, and no cluster without one", () => {
    const identity = {
      serverId: "N",
      serverName: "n",
      version: "2.15.2",
      cluster: "",
      maxPayload: 99,
    };
    const compression = { mode: "not supported", rttThresholdsMillis: [10, 50, 100] } as const;
    const info = documentOf(new Box({ leaf: { identity, listen: { compression } } }).rawLeaf().hearsRaw());
    expect([info["compression"], info["cluster"], info["max_payload"]]).toEqual([undefined, undefined, 99]);
  });
});

describe("CONNECT", () => {
  test("is answered by a second INFO before any interest; then the link takes part", () => {
    const box = new Box();
    box.client().says("SUB a 1");
    const leaf = box.rawLeaf();
    leaf.hears();
    leaf.says(connectOf("one", { cluster: "c-one", version: "2.10.29", server_id: "N1" }));
    const [second, ...lines] = leaf.hears();
    expect(documentOf(second)).toEqual({
      ...LASTING,
      client_id: leaf.session.id,
      connect_info: true,
      remote_account: "$G",
    });
    expect(interest(lines)).toEqual(["LS+ a"]);
    expect(lines.filter((line) => line.startsWith("LS+ $LDS."))).toHaveLength(1);
    expect(lines.find((line) => line.includes("$LDS."))).toMatch(/^LS\+ \$LDS\.[0-9A-Za-z]{22}$/);
    const { remoteName, cluster, remoteVersion, remoteServerId, remoteAccount, isHub, ready } = leaf.session;
    expect([remoteName, cluster, remoteVersion, remoteServerId, remoteAccount, isHub, ready]).toEqual([
      "one",
      "c-one",
      "2.10.29",
      "N1",
      "$G",
      true,
      true,
    ]);
    expect(box.logged("Leafnode connection accepted", '"$G"', '"one"', "as hub")).toHaveLength(1);
  });

  test("may be empty, for whoever may log in as nobody", () => {
    const leaf = new Box().rawLeaf();
    leaf.says("CONNECT {}");
    expect([leaf.session.ready, leaf.ended]).toEqual([true, null]);
    expect([leaf.session.headers, leaf.session.compression]).toEqual([false, "off"]);
  });

  test("names the leaf by its server id when it has no name", () => {
    const leaf = new Box().rawLeaf();
    leaf.says('CONNECT {"server_id":"NX"}');
    expect(leaf.session.remoteName).toBe("NX");
  });

  test("has its fields read whatever their case and order, among others", () => {
    const leaf = new Box().rawLeaf();
    leaf.says('connect \t {"x":[{}],"Cluster":"c","NAME":"n","Headers":true} ');
    expect([leaf.session.cluster, leaf.session.remoteName, leaf.session.headers]).toEqual(["c", "n", true]);
  });

  test("said a second time changes nothing", () => {
    const box = new Box();
    const leaf = box.spoke("one");
    leaf.says(connectOf("two", { cluster: "other", is_hub: true }), "PING");
    expect(leaf.hears()).toEqual(["PONG"]);
    const { remoteName, cluster, isHub } = leaf.session;
    expect([remoteName, cluster, isHub, box.core.leafsOf(box.account("$G")).length]).toEqual([
      "one",
      "one",
      true,
      1,
    ]);
  });

  test("with is_hub makes our end the spoke, whose own interest alone is told", () => {
    const box = new Box();
    box.client().says("SUB mine 1");
    box.spoke("edge").says("LS+ edges");
    box.spoke("boss", { is_hub: true }).says("LS+ bosses");
    const leaf = box.rawLeaf();
    leaf.hears();
    leaf.says(connectOf("hub", { is_hub: true }));
    expect(leaf.session.isHub).toBe(false);
    expect(interest(leaf.hears())).toEqual(["LS+ edges", "LS+ mine"]);
    expect(box.logged('with "hub"', "as spoke")).toHaveLength(1);
  });

  test("with deny_pub keeps those subjects from the leaf, which is not cut for wanting them in a wildcard", () => {
    const box = new Box();
    const leaf = box.spoke("one", { deny_pub: ["no.>", "not valid"] });
    leaf.says("LS+ >", "LS+ no.*");
    const client = box.client();
    client.says("PUB no.a 1\r\nx", "PUB yes.a 1\r\ny", "PUB no 1\r\nz");
    expect(leaf.hears()).toEqual(["LMSG yes.a 1", "y", "LMSG no 1", "z"]);
    leaf.says("LS+ no.b");
    expect(leaf.hears()).toEqual(["-ERR 'Permissions Violation for Subscription to \"no.b\"'"]);
    expect(leaf.ended).toBe("Protocol Violation");
  });

  test("with isolate, or with isolation of all, keeps other leafs' interest from it", () => {
    for (const [isolate, listen] of [
      [true, {}],
      [false, { isolate: true }],
    ] as const) {
      const box = new Box({ leaf: { listen } });
      box.spoke("other").says("LS+ theirs");
      box.client().says("SUB ours 1");
      const leaf = box.rawLeaf();
      leaf.says(connectOf("one", { isolate }));
      expect(interest(leaf.hears())).toEqual(["LS+ ours"]);
    }
  });

  test("says how the leaf would compress, which is shown where nothing was agreed", () => {
    const box = new Box();
    expect(box.spoke("one", { compress_mode: "s2_fast" }).session.compression).toBe("s2_fast");
    expect(box.spoke("two", { compress_mode: "not supported" }).session.compression).toBe("not supported");
  });

  test("cut into single bytes means the same", () => {
    const leaf = new Box().rawLeaf();
    for (const byte of Buffer.from(`${CONNECT}\r\nLS+ a\r\nPING\r\n`)) leaf.saysRaw(Uint8Array.of(byte));
    expect([leaf.session.ready, leaf.session.rows.count, leaf.hears().at(-1)]).toEqual([true, 1, "PONG"]);
  });
});

const LOCKED: BoxOptions = { accounts: { noAuthUser: null } };
const AUTH = "Authorization Violation";

/** What a leaf says first, the -ERR that it hears, and the reason; null: none. Texts: leafnode.md §19. */
const REFUSALS: [string, BoxOptions, string[], string | null, string][] = [
  ["PING before CONNECT", {}, ["PING"], AUTH, "Authentication Failure"],
  ["PONG before CONNECT", {}, ["PONG"], AUTH, "Authentication Failure"],
  ["LS+ before CONNECT", {}, ["LS+ foo"], AUTH, "Authentication Failure"],
  ["LS- before CONNECT", {}, ["LS- foo"], AUTH, "Authentication Failure"],
  ["LMSG before CONNECT", {}, ["LMSG foo 1\r\nx"], AUTH, "Authentication Failure"],
  ["HMSG before CONNECT", {}, ["HMSG foo 12 12\r\nNATS/1.0\r\n\r\n"], AUTH, "Authentication Failure"],
  ["-ERR before CONNECT", {}, ["-ERR 'x'"], AUTH, "Authentication Failure"],
  ["+OK before CONNECT", {}, ["+OK"], AUTH, "Authentication Failure"],
  ["INFO where nothing compresses", {}, ["INFO {}"], AUTH, "Authentication Failure"],
  ["an unknown word before CONNECT", {}, ["HELLO"], AUTH, "Authentication Failure"],
  ["a client's word before CONNECT", {}, ["SUB a 1"], AUTH, "Authentication Failure"],
  ["HTTP", {}, ["GET / HTTP/1.1"], AUTH, "Authentication Failure"],
  ["a CONNECT without JSON", {}, ["CONNECT"], AUTH, "Protocol Violation"],
  ["a CONNECT that is a list", {}, ["CONNECT []"], AUTH, "Protocol Violation"],
  ["a CONNECT cut short", {}, [CONNECT.slice(0, -2)], AUTH, "Protocol Violation"],
  ["a JSON bomb", {}, [`CONNECT {"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`], AUTH, "Protocol Violation"],
  ["no credentials", LOCKED, [CONNECT], AUTH, "Authentication Failure"],
  ["a wrong user", LOCKED, [connectOf("one", { user: "z", pass: "a" })], AUTH, "Authentication Failure"],
  ["a wrong password", {}, [connectOf("one", { user: "a", pass: "b" })], AUTH, "Authentication Failure"],
  ["an account", {}, [connectOf("one", { account: "ACC" })], AUTH, "Authentication Failure"],
  ["a new account", {}, [connectOf("one", { new_account: "X" })], AUTH, "Authentication Failure"],
  [
    "a client's CONNECT",
    {},
    [connectOf("one", { lang: "go" })],
    "attempted to connect to leaf node port",
    "Incorrect Port",
  ],
  [
    "a client without a right to log in",
    LOCKED,
    [connectOf("one", { lang: "go" })],
    AUTH,
    "Authentication Failure",
  ],
  [
    "a cluster with a blank",
    {},
    [connectOf("one", { cluster: "a b" })],
    "cluster name cannot contain spaces",
    "Protocol Violation",
  ],
  [
    "the cluster _",
    {},
    [connectOf("one", { cluster: "_" })],
    "cluster name is reserved",
    "Protocol Violation",
  ],
  [
    "our own cluster",
    {},
    [connectOf("one", { cluster: "A" })],
    "remote leafnode has same cluster name",
    "Cluster Names Identical",
  ],
  [
    "a gateway",
    {},
    [connectOf("one", { gateway: "G" })],
    'Rejecting connection from gateway "G" on the leafnode port',
    "Wrong Gateway",
  ],
  [
    "a version that is too old",
    { leaf: { listen: { minVersion: "2.99.0" } } },
    [CONNECT],
    'connection rejected since minimum version required is "2.99.0"',
    "Minimum Version Required",
  ],
  [
    "no version where one is asked for",
    { leaf: { listen: { minVersion: "2.8.0" } } },
    ["CONNECT {}"],
    'connection rejected since minimum version required is "2.8.0"',
    "Minimum Version Required",
  ],
  [
    "an endless line before CONNECT",
    {},
    [`CONNECT {"name":"${"x".repeat(20_000)}`],
    "maximum control line exceeded",
    "Protocol Violation",
  ],
  [
    "an endless line after CONNECT",
    {},
    [CONNECT, `LS+ ${"x".repeat(70_000)}`],
    "maximum control line exceeded",
    "Protocol Violation",
  ],
];

for (const [what, options, lines, answer, reason] of REFUSALS) {
  test(`a leaf is refused for ${what}: ${answer ?? "closed without a word"}`, () => {
    const box = new Box(options);
    const leaf = box.rawLeaf();
    leaf.hears();
    leaf.says(...lines);
    expect(leaf.hears().filter((line) => !isNoise(line))).toEqual([`-ERR '${answer}'`]);
    expect(leaf.ended).toBe(reason as never);
    expect([box.core.leafs!.all.size, box.core.leafsOf(box.account("$G")).length]).toEqual([0, 0]);
    expect(box.logged(leaf.session.name).length).toBeGreaterThan(0);
  });
}

test("a leaf that is too old is told its account first, as by nats-server, and then why it may not stay", () => {
  const box = new Box({ leaf: { listen: { minVersion: "2.10.0" } } });
  const leaf = box.rawLeaf();
  leaf.hears();
  leaf.says(connectOf("one", { version: "2.9.25" }));
  const [info, refusal, ...more] = leaf.hears();
  expect(JSON.parse(info!.slice("INFO ".length))).toMatchObject({ connect_info: true, remote_account: "$G" });
  expect(refusal).toBe(`-ERR 'connection rejected since minimum version required is "2.10.0"'`);
  expect([more, leaf.session.ready, leaf.ended]).toEqual([[], false, "Minimum Version Required"]);
});

test("versions are compared as numbers, and a tail does not count", () => {
  const takes = (minVersion: string, version: string): boolean => {
    const leaf = new Box({ leaf: { listen: { minVersion } } }).rawLeaf();
    leaf.says(connectOf("one", { version }));
    return leaf.session.ready;
  };
  const right = ["2.10.0", "2.10.1-beta.1", "v2.10.29", "3.0.0", "2.100.0"];
  const wrong = ["2.9.25", "2.10", "x", "", "2.9.99", "1.99.99"];
  expect(right.filter((version) => !takes("2.10.0", version))).toEqual([]);
  expect(wrong.filter((version) => takes("2.10.0", version))).toEqual([]);
});

test("any other cluster is welcome, also none, and that of another leaf", () => {
  const box = new Box();
  const leafs = [box.spoke("1", { cluster: "" }), box.spoke("2", { cluster: "B" }), box.spoke("3")];
  leafs.push(box.spoke("4", { cluster: "B" }));
  expect(leafs.map(({ ended }) => ended)).toEqual([null, null, null, null]);
});

describe("time", () => {
  test("a leaf that says nothing is cut after the auth timeout", () => {
    const box = new Box();
    const leaf = box.rawLeaf();
    leaf.hears();
    box.wait(1_999);
    expect(leaf.ended).toBeNull();
    box.wait(1);
    expect(leaf.hears()).toEqual(["-ERR 'Authentication Timeout'"]);
    expect(leaf.ended).toBe("Authentication Timeout");
  });

  test("a leaf that keeps talking without CONNECT wins no time by it", () => {
    const compression = { mode: "s2_auto", rttThresholdsMillis: [10, 50, 100] } as const;
    const box = new Box({ leaf: { listen: { compression } } });
    const leaf = box.rawLeaf();
    for (let i = 0; i < 8; i++) {
      leaf.says('INFO {"compression":"off"}');
      box.wait(250);
    }
    expect(leaf.ended).toBe("Authentication Timeout");
  });

  test("a leaf that is in is pinged within 1.2 s, and cut when it answers none of two PINGs", () => {
    const limits = { pingMillis: 10_000, pingMax: 2, pendingMax: 1e6, maxControlLine: 65_536 };
    const box = new Box({ leaf: { limits } });
    const leaf = box.spoke("one");
    leaf.answersPings = false;
    box.wait(999);
    expect(leaf.hears()).toEqual([]);
    box.wait(201);
    expect(leaf.hears()).toEqual(["PING"]);
    box.wait(10_000);
    expect(leaf.hears()).toEqual(["PING"]);
    box.wait(10_000);
    expect(leaf.hears()).toEqual(["-ERR 'Stale Connection'"]);
    expect(leaf.ended).toBe("Stale Connection");
    expect(box.core.staleConnections.leafs).toBe(1);
  });
});

test("other places that take leafs are told to those that are in, and only to them", () => {
  const box = new Box();
  const leaf = box.spoke("one");
  const stranger = box.rawLeaf();
  stranger.hears();
  const { leaf: before } = box.core.options;
  const listen = { ...before!.listen!, urls: ["elsewhere:7422"] };
  box.core.reconfigure({ ...box.core.options, leaf: { ...before!, listen } });
  box.settle();
  const [line] = leaf.hears();
  expect(documentOf(line)).toEqual({ ...LASTING, leafnode_urls: ["elsewhere:7422"] });
  expect(stranger.hears()).toEqual([]);
});

test("-ERR of a leaf is logged and changes nothing; only a loop is an end", () => {
  const box = new Box();
  const leaf = box.spoke("one");
  leaf.says("-ERR 'Stale Connection'", "-ERR 'remote leafnode has same cluster name'", "+OK", "PING");
  expect([leaf.hears(), leaf.ended]).toEqual([["PONG"], null]);
  expect(box.logged("Leafnode Error", "Stale Connection")).toHaveLength(1);
  leaf.says("-ERR 'Loop detected for leafnode account=\"$G\". Delaying attempt to reconnect for 30s'");
  expect([leaf.hears(), leaf.ended]).toEqual([[], "Loop Detected"]);
});

test("passwords of leafs are never logged", () => {
  const box = new Box();
  const secret = { user: "a", pass: "hush-hush", auth_token: "hush-hush", sig: "hush-hush" };
  box.rawLeaf().says(connectOf("one", secret));
  box.rawLeaf().says(`CONNECT {"pass":"hush-hush`);
  box.rawLeaf().says(`CONNECT {"pass":"hush-hush${"x".repeat(20_000)}`);
  expect(box.log.length).toBeGreaterThan(2);
  expect(box.logged("hush-hush")).toEqual([]);
});
