// TLS of clients and of monitoring, and which TLS is spoken anywhere: what is written, and what is wrong.

import { describe, expect, test } from "bun:test";
import { configuration, findings } from "./support.ts";

const FILES = "cert_file: c, key_file: k";

test("without tls clients speak in clear", () => {
  const { client, monitor } = configuration("http: 'h:1'");
  expect(client.tls).toBeNull();
  expect(client.authTimeoutMillis).toBe(2_000);
  expect(monitor).toEqual({ listen: { host: "h", port: 1 }, secureListen: null, basePath: "" });
});

test("a tls block of nats-server works unchanged", () => {
  const pin = "AB".repeat(32);
  const json = JSON.stringify({
    host: "h",
    tls: {
      cert_file: "c",
      key_file: "k",
      ca_file: "a",
      verify_and_map: true,
      timeout: 3,
      pinned_certs: [pin],
      handshake_first: "auto",
      connection_rate_limit: 100,
      min_version: "1.3",
      cipher_suites: ["TLS_AES_128_GCM_SHA256"],
      curve_preferences: ["CurveP384", "X25519"],
    },
    allow_non_tls: true,
    authorization: { users: [{ user: "CN=a" }] },
    https: "h:8443",
  });
  const built = configuration(json);
  expect(built.client.tls).toEqual({
    certFile: "c",
    keyFile: "k",
    caFile: "a",
    insecure: false,
    timeoutMillis: 3_000,
    pinnedCerts: [pin.toLowerCase()],
    minVersion: "1.3",
    ciphers: null,
    curves: ["P-384", "X25519"],
    verify: true,
    verifyAndMap: true,
    handshakeFirst: 50,
    handshakesPerSecondMax: 100,
    allowClear: true,
  });
  expect(built.client.authTimeoutMillis).toBe(4_000);
  expect(built.monitor).toEqual({ listen: null, secureListen: { host: "h", port: 8_443 }, basePath: "" });
  expect(built.identity.accounts[0]?.users).toMatchObject([{ user: "CN=a", password: null }]);
});

test("a time for credentials that is written counts, with TLS too", () => {
  const text = `tls: {${FILES}, timeout: 5}\nauthorization: {timeout: 1}`;
  expect(configuration(text).client.authTimeoutMillis).toBe(1_000);
});

test("where TLS is first, nobody is served in clear", () => {
  const { client } = configuration(`tls: {${FILES}, first: true}\nallow_non_tls: true`);
  expect(client.tls).toMatchObject({ handshakeFirst: true, allowClear: false });
});

test("https_port is at the clients' host, beside http", () => {
  const { monitor } = configuration(`listen: '10.1.1.1:1'\ntls: {${FILES}}\nhttp_port: 1111\nhttps_port: -1`);
  expect(monitor?.listen).toEqual({ host: "10.1.1.1", port: 1_111 });
  expect(monitor?.secureListen).toEqual({ host: "10.1.1.1", port: 0 });
});

describe("which TLS is spoken", () => {
  const gatewayTls = (more: string) =>
    configuration(`gateway: {name: a, host: h, tls: {${FILES}, ${more}}}`).gateway?.tls;

  test("suites go by OpenSSL's names, and those of TLS 1.3 need no saying", () => {
    const suites = "[TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]";
    expect(gatewayTls(`cipher_suites: ${suites}`)).toMatchObject({
      minVersion: "1.2",
      ciphers: ["ECDHE-RSA-CHACHA20-POLY1305"],
    });
  });

  test("with suites of TLS 1.3 alone there is no TLS 1.2", () => {
    expect(gatewayTls("cipher_suites: [TLS_AES_128_GCM_SHA256]")).toMatchObject({
      minVersion: "1.3",
      ciphers: null,
    });
  });

  test("a version without quotes is taken as well", () => {
    for (const [written, version] of [
      ["1.2", "1.2"],
      ["1.3", "1.3"],
      ['"1.3"', "1.3"],
    ] as const) {
      expect(gatewayTls(`min_version: ${written}`)?.minVersion).toBe(version);
    }
  });

  test("insecure suites are taken when that is said", () => {
    const more = "cipher_suites: [TLS_RSA_WITH_AES_128_GCM_SHA256], allow_insecure_cipher_suites: true";
    expect(gatewayTls(more)?.ciphers).toEqual(["AES128-GCM-SHA256"]);
  });

  const BLOCKS: [string, (tls: string) => string][] = [
    ["tls", (tls) => `tls: {${FILES}, ${tls}}`],
    ["gateway.tls", (tls) => `gateway: {name: a, host: h, tls: {${FILES}, ${tls}}}`],
    [
      "gateway.gateways[0].tls",
      (tls) => `gateway: {name: a, host: h, gateways: [{name: b, url: 'nats://b', tls: {${tls}}}]}`,
    ],
    ["leafnodes.tls", (tls) => `leafnodes: {listen: 'h:1', tls: {${FILES}, ${tls}}}`],
    ["leafnodes.remotes[0].tls", (tls) => `leafnodes: {remotes: [{url: 'tls://h', tls: {${tls}}}]}`],
    [
      "leafnodes.remotes[0].proxy.tls",
      (tls) => `leafnodes: {remotes: [{url: 'nats://h', proxy: {url: 'https://p', tls: {${tls}}}}]}`,
    ],
    [
      "websocket.tls",
      (tls) => `leafnodes: {listen: 'h:1'}\nwebsocket: {listen: 'h:2', tls: {${FILES}, ${tls}}}`,
    ],
  ];

  /** The findings of a tls block in each place where one can stand, without the place. */
  function everywhere(tls: string): string[] {
    const all = BLOCKS.map(([path, text]) =>
      findings(text(tls)).map((line) => line.replace(/^\S+ /, "").replace(`${path}.`, "")),
    );
    for (const each of all) expect(each).toEqual(all[0]!);
    return all[0]!;
  }

  test.each<[string, string[]]>([
    [
      "min_version: '1.3', cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]",
      ["cipher_suites[0]: warning: without effect: it is of TLS 1.2, and min_version is 1.3"],
    ],
    [
      "cipher_suites: [TLS_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]",
      ["cipher_suites[0]: warning: without effect: all suites of TLS 1.3 are always taken"],
    ],
    [
      "cipher_suites: [TLS_RSA_WITH_AES_256_CBC_SHA]",
      [
        "cipher_suites[0]: TLS_RSA_WITH_AES_256_CBC_SHA is insecure; write allow_insecure_cipher_suites: true to take it",
      ],
    ],
    [
      "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]",
      ["cipher_suites[0]: not supported: Bun does not have the cipher suite TLS_RSA_WITH_RC4_128_SHA"],
    ],
    [
      "cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265]",
      ["cipher_suites[0]: an unknown cipher suite; did you mean TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256?"],
    ],
    ["cipher_suites: []", ["cipher_suites: cannot be empty; leave it out for the usual ones"]],
    ["curve_preferences: []", ["curve_preferences: cannot be empty; leave it out for the usual ones"]],
    [
      "curve_preferences: [SecP256r1MLKEM768]",
      ["curve_preferences[0]: not supported: Bun does not have the curve SecP256r1MLKEM768"],
    ],
    ["curve_preferences: [CurveP265]", ["curve_preferences[0]: an unknown curve; did you mean CurveP256?"]],
    ["min_version: 1.1", ['min_version: too low: the least version is "1.2"']],
    ["min_version: TLS", ['min_version: expected a version of TLS, got the text "TLS"; write "1.3"']],
  ])("%s", (tls, wanted) => {
    expect(everywhere(tls)).toEqual(wanted);
  });
});

describe("findings", () => {
  const told = (text: string): string[] =>
    findings(`host: h\n${text}`).map((line) => line.replace(/^box\.yaml:/, ""));
  const PIN = "ab".repeat(32);

  test.each<[string, string[]]>([
    ["tls: {}", ["2:6 tls: accepting with TLS needs a certificate; write cert_file and key_file"]],
    ["tls: {cert_file: c}", ["2:7 tls.cert_file: cert_file needs key_file beside it"]],
    [
      `tls: {${FILES}, pinned_certs: [${PIN}]}`,
      ["2:34 tls.pinned_certs: needs verify: true, since nobody shows a certificate unasked"],
    ],
    [
      `tls: {${FILES}, insecure: true}`,
      ["2:34 tls.insecure: not supported yet: insecure of a listener (it is for those whom we dial)"],
    ],
    [
      "allow_non_tls: true",
      ["2:1 allow_non_tls: warning: without effect: there is no tls, so all clients speak in clear"],
    ],
    [
      `allow_non_tls: true\ntls: {${FILES}, handshake_first: true}`,
      [
        "2:1 allow_non_tls: warning: without effect: with tls.handshake_first nobody is served who does not begin with TLS",
      ],
    ],
    [
      `tls: {${FILES}, verify_and_map: true}`,
      ["2:34 tls.verify_and_map: warning: without effect: there are no users that a certificate could name"],
    ],
    [
      "https: 8443",
      ["2:1 https: needs tls, whose certificate is shown; write tls with cert_file and key_file"],
    ],
    [
      "https_port: 8443",
      ["2:1 https_port: needs tls, whose certificate is shown; write tls with cert_file and key_file"],
    ],
    [
      `tls: {${FILES}}\nhttps: 1\nhttps_port: 2`,
      ["4:1 https_port: not together with https, which has host and port"],
    ],
    [
      `tls: {${FILES}}\nhttps: 4222`,
      ["3:8 https: monitoring with TLS cannot listen on h:4222, where clients do"],
    ],
    [
      `tls: {${FILES}}\nhttp: 1\nhttps: 1`,
      ["4:8 https: monitoring with TLS cannot listen on h:1, where monitoring is"],
    ],
    [
      "authorization: {users: [{user: a}]}",
      ['2:25 authorization.users[0].password: a user without a password; write password: "..."'],
    ],
    [
      `tls: {${FILES}, verify: true}\nauthorization: {users: [{user: a}]}`,
      ['3:25 authorization.users[0].password: a user without a password; write password: "..."'],
    ],
    [`tls: {${FILES}, verify_and_map: true}\nauthorization: {users: [{user: a}]}`, []],
    [
      `leafnodes: {listen: 'h:1'}\nwebsocket: {listen: 'h:2', tls: {${FILES}, verify_and_map: true}}`,
      [
        "3:61 websocket.tls.verify_and_map: warning: as verify: over WebSocket a certificate is asked for, and names nobody",
      ],
    ],
  ])("%s", (text, wanted) => {
    expect(told(text)).toEqual(wanted);
  });

  test("files that cannot be read are told", () => {
    const unreadable = (file: string): string | null => (file === "k" ? "k: no such file" : null);
    expect(findings(`host: h\ntls: {${FILES}}`, { unreadable })).toEqual([
      "box.yaml:2:31 tls.key_file: k: no such file",
    ]);
  });
});
