// What is written of leaf nodes and WebSocket becomes what the box runs with, with nats-server's defaults.

import { describe, expect, test } from "bun:test";
import { createUser } from "@nats-io/nkeys";
import { configuration, findings } from "./support.ts";

const AUTO = { mode: "s2_auto", rttThresholdsMillis: [10, 50, 100] } as const;
/** Which TLS is spoken where nothing is written of it. */
const USUAL = { minVersion: "1.2", ciphers: null, curves: null } as const;
const NOBODY = { user: null, password: null };

const REMOTE = {
  urls: [{ scheme: "nats", host: "h", port: 7422, path: "", ...NOBODY }],
  account: "$G",
  credentialsFile: null,
  nkeySeed: null,
  denyImports: [],
  denyExports: [],
  hub: false,
  isolate: false,
  requestIsolation: false,
  disabled: false,
  noRandomize: false,
  ignoreDiscovered: false,
  firstInfoTimeoutMillis: 1_000,
  dialTimeoutMillis: 1_000,
  reconnectMillis: 1_000,
  compression: AUTO,
  tls: null,
  webSocketCompression: false,
  proxy: null,
  proxyTls: null,
} as const;

test("remotes alone open no listener, and have nats-server's defaults", () => {
  const { leaf, webSocket } = configuration("leafnodes: {remotes: [{url: nats-leaf://h}]}");
  expect(leaf).toEqual({
    listener: null,
    remotes: [REMOTE],
    writeDeadlineMillis: 10_000,
    maxPendingBytes: 67_108_864,
  });
  expect(webSocket).toBeNull();
});

test("a port alone opens a listener on the loopback, where leafs log in as clients do", () => {
  const { leaf } = configuration("max_pending: 8MB\nwrite_deadline: 4s\nleaf: {port: 7422}");
  expect(leaf).toEqual({
    listener: {
      listen: { host: "127.0.0.1", port: 7422 },
      advertise: null,
      noAdvertise: false,
      authorization: null,
      authTimeoutMillis: 2_000,
      tls: null,
      compression: AUTO,
      minVersion: null,
      isolate: false,
    },
    remotes: [],
    writeDeadlineMillis: 4_000,
    maxPendingBytes: 8_388_608,
  });
});

const NATS_SERVER_JSON = `{
  "accounts": {"A": {}, "B": {}},
  "leafnodes": {
    "listen": "0.0.0.0:-1", "leafnode_advertise": "hub.example.org:443", "no_advertise": true,
    "minimum_version": "2.9.25", "isolate": true, "write_deadline": "3s",
    "compression": {"mode": "auto", "rtt": ["1ms", "0s", "9ms"]},
    "reconnect_interval": 5, "dial_timeout": "2s",
    "authorization": {"timeout": 0.5, "users": [
      {"username": "e1", "pass": "p1", "account": "A"}, {"user": "e2", "password": "p2"}]},
    "tls": {
      "cert_file": "c", "key_file": "k", "ca_file": "a",
      "verify_and_map": true, "timeout": 3, "immediate": "auto"
    },
    "remotes": [
      {
        "urls": ["nats-leaf://u:p@h1", "tls://h2:4443"], "local": "A", "creds": "x.creds",
        "hub": true, "disabled": true, "deny_import": "i.>", "deny_exports": ["e.*", "f"],
        "dont_randomize": true, "ignore_discovered_servers": true,
        "first_info_timeout": "4s", "dial_timeout": "6s", "compression": "Best",
        "isolate": true, "request_isolation": true,
        "tls": {"ca_file": "a", "verify": true, "first": "auto"}
      },
      {
        "url": "wss://h3/base", "account": "B", "ws_compress": true, "websocket_no_masking": true,
        "proxy": {"url": "http://proxy", "username": "u", "password": "p"},
        "jetstream_cluster_migrate": false
      }
    ]
  },
  "websocket": {
    "listen": "0.0.0.0:8080", "no_tls": true, "compress": true, "same_origin": true,
    "origins": "https://App.example.org", "handshake_timeout": "3s"
  }
}`;

test("a nats-server configuration with leaf nodes, written as JSON, works unchanged", () => {
  const { leaf, webSocket } = configuration(NATS_SERVER_JSON);
  expect(findings(NATS_SERVER_JSON)).toEqual([]);
  expect(leaf?.listener).toEqual({
    listen: { host: "0.0.0.0", port: 0 },
    advertise: { host: "hub.example.org", port: 443 },
    noAdvertise: true,
    authorization: {
      users: [
        { user: "e1", password: "p1", account: "A" },
        { user: "e2", password: "p2", account: "$G" },
      ],
      nkey: null,
      account: null,
    },
    authTimeoutMillis: 500,
    tls: {
      certFile: "c",
      keyFile: "k",
      caFile: "a",
      insecure: false,
      timeoutMillis: 3_000,
      pinnedCerts: [],
      ...USUAL,
      verify: true,
      verifyAndMap: true,
      handshakeFirst: 50,
      handshakesPerSecondMax: null,
    },
    compression: { mode: "s2_auto", rttThresholdsMillis: [1, 0, 9] },
    minVersion: "2.9.25",
    isolate: true,
  });
  expect(leaf?.writeDeadlineMillis).toBe(3_000);
  expect(leaf?.remotes).toEqual([
    {
      ...REMOTE,
      urls: [
        { scheme: "nats", host: "h1", port: 7422, path: "", user: "u", password: "p" },
        { scheme: "tls", host: "h2", port: 4443, path: "", ...NOBODY },
      ],
      account: "A",
      credentialsFile: "x.creds",
      denyImports: ["i.>"],
      denyExports: ["e.*", "f"],
      hub: true,
      isolate: true,
      requestIsolation: true,
      disabled: true,
      noRandomize: true,
      ignoreDiscovered: true,
      firstInfoTimeoutMillis: 4_000,
      dialTimeoutMillis: 6_000,
      reconnectMillis: 5_000,
      compression: { mode: "s2_best", rttThresholdsMillis: [10, 50, 100] },
      tls: {
        certFile: null,
        keyFile: null,
        caFile: "a",
        insecure: false,
        timeoutMillis: 2_000,
        pinnedCerts: [],
        ...USUAL,
        handshakeFirst: true,
      },
    },
    {
      ...REMOTE,
      urls: [{ scheme: "wss", host: "h3", port: 7422, path: "/base", ...NOBODY }],
      account: "B",
      dialTimeoutMillis: 2_000,
      reconnectMillis: 5_000,
      webSocketCompression: true,
      proxy: { url: "http://proxy:80", user: "u", password: "p", timeoutMillis: 2_000 },
    },
  ]);
  expect(webSocket).toEqual({
    listen: { host: "0.0.0.0", port: 8080 },
    advertise: null,
    tls: null,
    compression: true,
    sameOrigin: true,
    allowedOrigins: ["https://app.example.org"],
    handshakeTimeoutMillis: 3_000,
    noAuthUser: null,
  });
});

describe("who may be a leaf", () => {
  const authorizationOf = (text: string) =>
    configuration(`accounts: [A]\nleafnodes: {listen: 'h:1', authorization: {${text}}}`).leaf?.listener;

  test("a single user is in the account of the block", () => {
    expect(authorizationOf("user: u, password: p, account: A")?.authorization).toEqual({
      users: [{ user: "u", password: "p", account: "A" }],
      nkey: null,
      account: "A",
    });
  });

  test("one leaf may be known by its key", () => {
    const nkey = createUser().getPublicKey();
    const listener = authorizationOf(`nkey: ${nkey}`);
    expect(listener?.authorization).toEqual({ users: [], nkey, account: null });
  });

  test("an account alone is that of all leafs", () => {
    expect(authorizationOf("account: A")?.authorization).toEqual({ users: [], nkey: null, account: "A" });
  });

  test("a time alone says nothing of who may come", () => {
    expect(authorizationOf("timeout: 7s")).toMatchObject({ authorization: null, authTimeoutMillis: 7_000 });
  });

  test("with TLS credentials get a second more than the handshake", () => {
    const tls = "{cert_file: c, key_file: k, timeout: 4s}";
    const { leaf } = configuration(`leafnodes: {listen: 'h:1', tls: ${tls}}`);
    expect(leaf?.listener?.authTimeoutMillis).toBe(5_000);
  });
});

describe("compression", () => {
  const modeOf = (text: string) =>
    configuration(`leafnodes: {remotes: [{url: nats://h, compression: ${text}}]}`).leaf?.remotes[0]
      ?.compression;

  test.each([
    ["off", "off"],
    ["Disabled", "off"],
    ["false", "off"],
    ["true", "s2_auto"],
    ["on", "s2_auto"],
    ["auto", "s2_auto"],
    ["accept", "accept"],
    ["fast", "s2_fast"],
    ["S2_BETTER", "s2_better"],
    ["best", "s2_best"],
    ["s2_uncompressed", "s2_uncompressed"],
    ["not_supported", "not supported"],
    ["{mode: fast}", "s2_fast"],
    ["{}", "s2_auto"],
  ] as const)("%s is %s", (text, mode) => {
    expect(modeOf(text)).toEqual({ mode, rttThresholdsMillis: [10, 50, 100] });
  });

  const NEVER_ENDS = Number.POSITIVE_INFINITY;
  test.each([
    ["[20ms, 60ms, 120ms]", [20, 60, 120]],
    ["[20ms, 60ms]", [20, NEVER_ENDS, NEVER_ENDS]],
    ["[20ms, 60ms, 0]", [20, NEVER_ENDS, NEVER_ENDS]],
    ["[20ms]", [NEVER_ENDS, NEVER_ENDS, NEVER_ENDS]],
    ["[0, 50ms]", [0, NEVER_ENDS, NEVER_ENDS]],
    ["[0, 0, 100ms]", [0, 0, 100]],
    ["[10ms, 0, 0, 100ms]", [10, 0, 0]],
  ])("of the thresholds %s the levels end at %p", (text, ends) => {
    expect(modeOf(`{rtt_thresholds: ${text}}`)?.rttThresholdsMillis).toEqual(ends as never);
  });
});

test.each([
  ["true", true],
  ["on", true],
  ["off", false],
  ["auto", 50],
  ["300ms", 300],
  ["0s", true],
])("handshake_first: %s is %p for those who come, and yes or no for whom we dial", (text, first) => {
  const tls = `{cert_file: c, key_file: k, handshake_first: ${text}}`;
  const { leaf } = configuration(
    `leafnodes: {listen: 'h:1', tls: ${tls}, remotes: [{url: nats://h, tls: ${tls}}]}`,
  );
  expect(leaf?.listener?.tls?.handshakeFirst).toBe(first);
  expect(leaf?.remotes[0]?.tls?.handshakeFirst).toBe(first !== false);
});

test("an https proxy has a tls block of its own", () => {
  const proxy = "{url: 'https://proxy:3128', tls: {ca_file: a, insecure: true, timeout: 3s}}";
  const { leaf } = configuration(`leafnodes: {remotes: [{url: nats://h, proxy: ${proxy}}]}`);
  expect(leaf?.remotes[0]?.proxy?.url).toBe("https://proxy:3128");
  expect(leaf?.remotes[0]?.proxyTls).toEqual({
    certFile: null,
    keyFile: null,
    caFile: "a",
    insecure: true,
    timeoutMillis: 3_000,
    pinnedCerts: [],
    ...USUAL,
  });
});

test("WebSocket takes a certificate, and a user for those who say nothing", () => {
  const text = `
authorization: {users: [{user: edge, password: p}]}
leafnodes: {listen: 'h:1'}
ws: {host: h, port: 8443, no_auth_user: edge, tls: {cert_file: c, key_file: k, verify: true}}`;
  expect(configuration(text).webSocket).toMatchObject({
    listen: { host: "h", port: 8443 },
    tls: { certFile: "c", keyFile: "k", verify: true, verifyAndMap: false, insecure: false },
    noAuthUser: "edge",
    allowedOrigins: [],
    handshakeTimeoutMillis: 2_000,
  });
});
