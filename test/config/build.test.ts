// What is written becomes the Configuration the box runs with, with nats-server's defaults.

import { describe, expect, test } from "bun:test";
import { configuration, findings } from "./support.ts";

/** What a user with a name and without permissions has beside these. */
const NAMED = { nkey: null, permissions: null };

/** Which TLS is spoken where nothing is written of it. */
const USUAL = { minVersion: "1.2", ciphers: null, curves: null } as const;

test("an empty file is a box with a client listener on the loopback and nothing else", () => {
  expect(configuration("")).toEqual({
    serverName: null,
    clusterName: null,
    client: {
      listen: { host: "127.0.0.1", port: 4222 },
      advertise: null,
      tls: null,
      authTimeoutMillis: 2_000,
      maxConnections: 65_536,
      maxSubscriptions: null,
      maxSubTokens: null,
      maxPayloadBytes: 1_048_576,
      maxControlLineBytes: 4_096,
      maxPendingBytes: 67_108_864,
      writeDeadlineMillis: 10_000,
      pingIntervalMillis: 120_000,
      pingMax: 2,
    },
    gateway: null,
    leaf: null,
    webSocket: null,
    monitor: null,
    connectionRates: { client: null, gateway: null, leaf: null, websocket: null },
    identity: {
      accounts: [
        { name: "$G", users: [] },
        { name: "$SYS", users: [] },
      ],
      traffic: [],
      systemAccount: "$SYS",
      noAuthUser: null,
      token: null,
      operator: null,
    },
    log: {
      debug: false,
      trace: false,
      traceVerbose: false,
      logtime: true,
      file: null,
      format: "text",
      sizeLimit: null,
      filesMax: null,
    },
    pidFile: null,
    admin: null,
    portsFileDir: null,
    lameDuck: { durationMillis: 120_000, gracePeriodMillis: 10_000 },
  });
});

const NATS_SERVER_JSON = `{
\t"server_name": "n1",
\t"host": "0.0.0.0", "port": 4333, "http_port": 8333, "http_base_path": "nats/",
\t"max_payload": 2097152, "max_conn": -1, "max_subs": 100, "write_deadline": "2s", "ping_interval": 30,
\t"system": "SYS", "no_auth_user": "bob", "no_header_support": false, "jetstream": false,
\t"accounts": {
\t\t"SYS": {"users": [{"username": "admin", "pass": "s3cr\\u0065t"}]},
\t\t"$ORDERS/x": {"users": [{"user": "bob", "password": "$2a$11$W2zko751KUvVy59mUTWmpO"}]}
\t},
\t"cluster": {"name": "A"},
\t"gateway": {
\t\t"name": "A", "listen": "0.0.0.0:7333", "advertise": "a.example.org", "REJECT_UNKNOWN_CLUSTER": true,
\t\t"authorization": {"username": "gw", "password": "pw", "timeout": 0.5},
\t\t"connect_retries": 3, "connect_backoff": true, "write_deadline": "3s",
\t\t"gateways": [
\t\t\t{"name": "A", "url": "nats://a.example.org:7333"},
\t\t\t{"name": "B", "urls": ["nats:\\/\\/b1:7222", "nats://u:p@b2:7222"]}
\t\t]
\t}
}
`;

test("a nats-server configuration written as JSON works unchanged", () => {
  const { client, gateway, monitor, identity, serverName, clusterName } = configuration(NATS_SERVER_JSON);
  expect(findings(NATS_SERVER_JSON)).toEqual([]);
  expect([serverName, clusterName]).toEqual(["n1", "A"]);
  expect(client).toMatchObject({
    listen: { host: "0.0.0.0", port: 4333 },
    maxPayloadBytes: 2_097_152,
    maxConnections: 0,
    maxSubscriptions: 100,
    writeDeadlineMillis: 2_000,
    pingIntervalMillis: 30_000,
  });
  expect(monitor).toEqual({
    listen: { host: "0.0.0.0", port: 8333 },
    secureListen: null,
    basePath: "/nats",
  });
  expect(identity.accounts).toEqual([
    { name: "$G", users: [] },
    { name: "SYS", users: [{ user: "admin", password: "s3cret", ...NAMED }] },
    {
      name: "$ORDERS/x",
      users: [{ user: "bob", password: "$2a$11$W2zko751KUvVy59mUTWmpO", ...NAMED }],
    },
  ]);
  expect([identity.systemAccount, identity.noAuthUser]).toEqual(["SYS", "bob"]);
  const nobody = { user: null, password: null };
  expect(gateway).toEqual({
    name: "A",
    listen: { host: "0.0.0.0", port: 7333 },
    advertise: { host: "a.example.org", port: null },
    authorization: { user: "gw", password: "pw" },
    authTimeoutMillis: 500,
    tls: null,
    rejectUnknown: true,
    rules: { others: null, remotes: new Map() },
    connectRetries: 3,
    connectBackoff: true,
    writeDeadlineMillis: 3_000,
    maxPendingBytes: 67_108_864,
    interestOnlyThreshold: 0,
    remotes: [
      {
        name: "B",
        urls: [
          { scheme: "nats", host: "b1", port: 7222, ...nobody },
          { scheme: "nats", host: "b2", port: 7222, user: "u", password: "p" },
        ],
        tls: null,
      },
    ],
    ownUrls: [{ scheme: "nats", host: "a.example.org", port: 7333, ...nobody }],
  });
});

test("the gateway takes its deadline and egress bound from those of clients", () => {
  const { gateway } = configuration("write_deadline: 4s\nmax_pending: 8MB\ngateway: {name: a, host: h}");
  expect(gateway).toMatchObject({ writeDeadlineMillis: 4_000, maxPendingBytes: 8_388_608 });
  expect(gateway?.listen).toEqual({ host: "h", port: 7222 });
});

test("with TLS credentials get a second more than the handshake, and remotes use the same files", () => {
  const pin = "AB".repeat(32);
  const tls = `{cert_file: c, key_file: k, ca_file: a, timeout: 3, pinned_certs: [${pin}]}`;
  const remotes = "[{name: b, url: tls://b}, {name: c, url: tls://c, tls: {insecure: true}}]";
  const { gateway } = configuration(`gateway: {name: a, host: h, tls: ${tls}, gateways: ${remotes}}`);
  const shared = {
    certFile: "c",
    keyFile: "k",
    caFile: "a",
    insecure: false,
    timeoutMillis: 3_000,
    pinnedCerts: [pin.toLowerCase()],
    ...USUAL,
  };
  expect(gateway?.authTimeoutMillis).toBe(4_000);
  expect(gateway?.tls).toEqual({ ...shared, verifyAndMap: false, verifyCertAndCheckKnownUrls: false });
  expect(gateway?.remotes[0]?.tls).toEqual(shared);
  expect(gateway?.remotes[1]?.tls).toMatchObject({ certFile: null, insecure: true, timeoutMillis: 2_000 });
});

describe("users", () => {
  test("users of authorization are in $G", () => {
    const { identity } = configuration("authorization: {users: [{user: a, password: p}], timeout: 5s}");
    expect(identity.accounts[0]).toEqual({ name: "$G", users: [{ user: "a", password: "p", ...NAMED }] });
  });

  test("a token stands alone", () => {
    const { identity, client } = configuration("authorization: {token: t, timeout: 5s}");
    expect(identity).toMatchObject({ token: "t" });
    expect(client.authTimeoutMillis).toBe(5_000);
  });

  test("accounts without users may be a list or left empty", () => {
    const names = (text: string): string[] => configuration(text).identity.accounts.map(({ name }) => name);
    expect(names("accounts: [A, B]")).toEqual(["$G", "A", "B", "$SYS"]);
    expect(names("accounts:\n  A:\n  $SYS:\n  B: {}")).toEqual(["$G", "A", "$SYS", "B"]);
  });
});

test.each([
  ["/", ""],
  ["nats", "/nats"],
  ["/a//b/", "/a/b"],
])("the base path %p comes before endpoints as %p", (written, base) => {
  expect(configuration(`http: 127.0.0.1:1\nhttp_base_path: ${written}`).monitor?.basePath).toBe(base);
});

test("one port for monitoring is opened where clients are", () => {
  expect(configuration("host: 10.1.1.1\nhttp_port: 8222").monitor?.listen).toEqual({
    host: "10.1.1.1",
    port: 8222,
  });
  expect(configuration("listen: 10.1.1.1:1\nhttp: 8222").monitor?.listen).toEqual({
    host: "10.1.1.1",
    port: 8222,
  });
});

describe("flags over the file", () => {
  const FILE = "listen: 10.0.0.1:4333\nhttp: 10.0.0.2:8333\ndebug: true\nserver_name: file";

  test("each flag replaces its own half of an address and no other key", () => {
    const overrides = {
      port: 5222,
      httpPort: 8444,
      debug: false,
      serverName: "flag",
      logFile: "l",
      pidFile: "p",
    };
    const built = configuration(FILE, { overrides });
    expect(built.client.listen).toEqual({ host: "10.0.0.1", port: 5222 });
    expect(built.monitor?.listen).toEqual({ host: "10.0.0.2", port: 8444 });
    expect(built.log).toMatchObject({ debug: false, file: "l" });
    expect(built).toMatchObject({ serverName: "flag", pidFile: "p" });
    expect(configuration(FILE, { overrides: { host: "::1" } }).client.listen).toEqual({
      host: "::1",
      port: 4333,
    });
  });

  test("a port from a flag raises no question about the host", () => {
    expect(findings("", { overrides: { port: 5222 } })).toEqual([]);
  });

  test("a finding that a flag caused names the command line", () => {
    expect(findings(FILE, { overrides: { host: "0.0.0.0", port: 8333 } })).toEqual([
      "box.yaml:2:7 http: monitoring cannot listen on 10.0.0.2:8333, where clients do",
    ]);
    expect(findings("host: h", { overrides: { httpPort: 4222 } })).toEqual([
      "command line http: monitoring cannot listen on h:4222, where clients do",
    ]);
  });
});
