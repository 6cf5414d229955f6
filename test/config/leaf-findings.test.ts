// Each class of wrong input about leaf nodes and WebSocket is told with its place, its key and what to write.

import { describe, expect, test } from "bun:test";
import { createAccount, createUser } from "@nats-io/nkeys";
import { findings } from "./support.ts";

type Case = [text: string, findings: string[]];

/** Findings of what stands behind `before`, with columns counted from there; 0 is somewhere before it. */
function told(before: string, keys: string, after: string): string[] {
  const prefix = "box.yaml:2:";
  return findings(`accounts: [A]\n${before}${keys}${after}`).map((line) => {
    expect(line).toStartWith(prefix);
    const [column, ...rest] = line.slice(prefix.length).split(" ");
    return [Math.max(0, Number(column) - before.length), ...rest].join(" ");
  });
}

/** Of keys beside a listener about which nothing is to be said. */
function toldOfLeafs(keys: string): string[] {
  return told("leafnodes: {listen: '127.0.0.1:7422', ", keys, "}");
}

const NKEY = createUser().getPublicKey();
const SEED = new TextDecoder().decode(createUser().getSeed());

describe("what leaf nodes are for", () => {
  test.each<Case>([
    [
      "leafnodes: {}",
      [
        "box.yaml:1:1 leafnodes: warning: without effect: it has neither a port to accept leafs on nor " +
          "remotes to dial",
      ],
    ],
    [
      "leaf: {remotes: []}",
      [
        "box.yaml:1:1 leafnodes: warning: without effect: it has neither a port to accept leafs on nor " +
          "remotes to dial",
      ],
    ],
    [
      "leafnodes: {port: 7422}",
      [
        "box.yaml:1:1 leafnodes: warning: without a host leafs are accepted on 127.0.0.1 only; write host: " +
          "0.0.0.0 for all",
      ],
    ],
    [
      "leafnodes: {listen: 'h:1', port: 2}",
      ["box.yaml:1:28 leafnodes.port: not together with listen, which has host and port"],
    ],
    [
      "leafnodes: {host: h, compression: off, remotes: [{url: nats://h}]}",
      [
        "box.yaml:1:13 leafnodes.host: warning: without effect: no leafs are accepted without a port; write " +
          "port: 7422",
        "box.yaml:1:22 leafnodes.compression: warning: without effect: no leafs are accepted without a port; " +
          "write port: 7422",
      ],
    ],
    ["leafnodes: {reconnect: 5s, dial_timeout: 2s, remotes: [{url: nats://h}]}", []],
    [
      "leafnodes: {port: high, remotes: 5}",
      [
        'box.yaml:1:19 leafnodes.port: expected a port, got the text "high"; write 4222',
        'box.yaml:1:34 leafnodes.remotes: expected a list of hubs, got a number; write [{urls: ["nats://host:7422"]}]',
      ],
    ],
    [
      "listen: 10.0.0.1:7422\nleafnodes: {listen: '0.0.0.0:7422'}",
      ["box.yaml:2:21 leafnodes.listen: leafs cannot listen on 0.0.0.0:7422, where clients do"],
    ],
    [
      "leafnodes: {host: h, port: 7422}\nwebsocket: {listen: 'h:7422', no_tls: true}",
      ["box.yaml:2:21 websocket.listen: WebSocket peers cannot listen on h:7422, where leafs do"],
    ],
    [
      "leafnodes: {listen: 'h:1', max_pending: 64KB}",
      ["box.yaml:1:41 leafnodes.max_pending: cannot be smaller than max_payload (1048576)"],
    ],
  ])("%p", (text, expected) => expect(findings(text)).toEqual(expected));
});

describe("keys of leaf nodes", () => {
  test.each<Case>([
    ["ping_interval: 5s", ["1 leafnodes.ping_interval: unknown key"]],
    ["isolated: true", ["1 leafnodes.isolated: unknown key; did you mean isolate?"]],
    ["jetstream: true", ["1 leafnodes.jetstream: not supported yet: JetStream"]],
    ["write_timeout: retry", ["1 leafnodes.write_timeout: not supported yet: a choice for slow writes"]],
    ["remotes: [{url: nats://h, reconnect: 5s}]", ["27 leafnodes.remotes[0].reconnect: unknown key"]],
    [
      "remotes: [{url: nats://h, credentails: x}]",
      ["27 leafnodes.remotes[0].credentails: unknown key; did you mean credentials?"],
    ],
    [
      "remotes: [{url: nats://h, js_cluster_migrate: true}]",
      [
        "27 leafnodes.remotes[0].js_cluster_migrate: not supported yet: JetStream " +
          "(jetstream_cluster_migrate)",
      ],
    ],
    [
      "tls: {cert_file: c, key_file: k, insecure: true}",
      ["34 leafnodes.tls.insecure: not supported yet: insecure of a listener (it is for those whom we dial)"],
    ],
    [
      "remotes: [{url: nats://h, tls: {verify: false, verify_and_map: true}}]",
      [
        "48 leafnodes.remotes[0].tls.verify_and_map: not supported yet: verify_and_map of a remote (set it in " +
          "leafnodes.tls)",
      ],
    ],
  ])("%p", (keys, expected) => expect(toldOfLeafs(keys)).toEqual(expected));
});

describe("values of leaf nodes", () => {
  test.each<Case>([
    ["min_version: 2.10.0", []],
    ['min_version: "2.8.0-rc1"', []],
    ['min_version: "2.7.99"', ["14 leafnodes.min_version: too low: the least version is 2.8.0"]],
    [
      "min_version: 2.10",
      ['14 leafnodes.min_version: expected a version in quotes, got a number; write "2.10.0"'],
    ],
    ['min_version: "2.10"', ['14 leafnodes.min_version: not a version; write "2.10.0"']],
    [
      "compression: s2_fats",
      ["14 leafnodes.compression: an unknown mode of compression; did you mean s2_fast?"],
    ],
    [
      "compression: {mode: zstd}",
      [
        "21 leafnodes.compression.mode: an unknown mode of compression; write off, accept, s2_auto, s2_fast, " +
          "s2_better or s2_best",
      ],
    ],
    [
      "compression: 5",
      ["14 leafnodes.compression: expected a mode of compression, got a number; write s2_auto"],
    ],
    [
      "compression: {rtt: [9ms, 1ms]}",
      ["20 leafnodes.compression.rtt_thresholds: the durations must rise; write [10ms, 50ms, 100ms]"],
    ],
    ["compression: {rtt: [10ms, 0, 0, 100ms, 0]}", []],
    [
      "compression: {rtt: [1ms, 2ms, 3ms, 4ms, 5ms]}",
      ["20 leafnodes.compression.rtt_thresholds: at most 4 durations"],
    ],
    [
      "compression: {rtt: [0, 0]}",
      ["20 leafnodes.compression.rtt_thresholds: at least one duration must be above 0"],
    ],
    [
      "compression: {rtt: []}",
      ["20 leafnodes.compression.rtt_thresholds: at least one duration is needed; write [10ms, 50ms, 100ms]"],
    ],
    [
      "compression: {rtt: [x]}",
      [
        "21 leafnodes.compression.rtt_thresholds[0]: expected a duration such as 500ms, 2s or 1m30s, got the " +
          'text "x"; write 2s',
      ],
    ],
    [
      "compression: {mode: fast, rtt: [1ms]}",
      ["27 leafnodes.compression.rtt_thresholds: warning: without effect: only s2_auto looks at round trips"],
    ],
    [
      "tls: {cert_file: c, key_file: k, first: maybe}",
      [
        "41 leafnodes.tls.handshake_first: expected true, false, auto or a duration such as 300ms, got the " +
          'text "maybe"; write auto',
      ],
    ],
  ])("%p", (keys, expected) => expect(toldOfLeafs(keys)).toEqual(expected));
});

describe("TLS of leaf nodes", () => {
  const FILES = "cert_file: c, key_file: k";
  test.each<Case>([
    ["tls: {}", ["6 leafnodes.tls: accepting with TLS needs a certificate; write cert_file and key_file"]],
    ["tls: {key_file: k}", ["7 leafnodes.tls.key_file: key_file needs cert_file beside it"]],
    // As in nats-server, the system's authorities are then the ones that count.
    [`tls: {${FILES}, verify: true}`, []],
    [
      `tls: {${FILES}, pinned_certs: [${"ab".repeat(32)}]}`,
      ["34 leafnodes.tls.pinned_certs: needs verify: true, since nobody shows a certificate unasked"],
    ],
    [`tls: {${FILES}, verify: true, pinned_certs: [${"ab".repeat(32)}]}`, []],
    [
      "remotes: [{url: tls://h, tls: {cert_file: c, insecure: true}}]",
      [
        "32 leafnodes.remotes[0].tls.cert_file: cert_file needs key_file beside it",
        "56 leafnodes.remotes[0].tls.insecure: warning: the hub's certificate is not verified",
      ],
    ],
    ["remotes: [{url: tls://h}, {url: nats://h, tls: {}}]", []],
  ])("%p", (keys, expected) => expect(toldOfLeafs(keys)).toEqual(expected));
});

describe("who may be a leaf", () => {
  test.each<Case>([
    ["user: u, password: p, account: A", []],
    [
      "user: u, password: p, account: B",
      ["32 leafnodes.authorization.account: there is no account B; write it in accounts"],
    ],
    ['account: "$SYS"', []],
    ["user: u", ['0 leafnodes.authorization.password: a user without a password; write password: "..."']],
    ["password: p", ["0 leafnodes.authorization.user: a user without a name; write user: NAME"]],
    [
      `user: u, password: p, nkey: ${NKEY}`,
      ["23 leafnodes.authorization.nkey: not together with user and password"],
    ],
    [
      `nkey: ${createAccount().getPublicKey()}`,
      [
        "7 leafnodes.authorization.nkey: not the public key of a user: 56 letters and digits that begin " +
          "with U",
      ],
    ],
    [
      "user: u, password: p, users: [{user: a, password: b}]",
      ["23 leafnodes.authorization.users: not together with user and password"],
    ],
    [
      `nkey: ${NKEY}, users: [{user: a, password: b}]`,
      ["65 leafnodes.authorization.users: not together with nkey"],
    ],
    [
      "users: [{user: a, password: b, account: A}, {user: a, password: c, account: X}]",
      [
        "52 leafnodes.authorization.users[1].user: the user a is listed already, as users[0]",
        "77 leafnodes.authorization.users[1].account: there is no account X; write it in accounts",
      ],
    ],
    [
      "users: [{user: a}, {password: b}]",
      [
        '9 leafnodes.authorization.users[0].password: a user without a password; write password: "..."',
        "20 leafnodes.authorization.users[1].user: a user without a name; write user: NAME",
      ],
    ],
    [
      "account: A, users: [{user: a, password: b}]",
      [
        "1 leafnodes.authorization.account: warning: not the account of the users below, as in nats-server; " +
          "write it in each of them",
      ],
    ],
    ["users: [{user: a, password: b, nkey: c}]", ["32 leafnodes.authorization.users[0].nkey: unknown key"]],
    [
      "proxy_required: true",
      ["1 leafnodes.authorization.proxy_required: not supported yet: trusted proxies"],
    ],
  ])("%p", (keys, expected) => {
    const before = "leafnodes: {listen: '127.0.0.1:7422', authorization: {";
    expect(told(before, keys, "}}")).toEqual(expected);
  });

  test("a certificate stands for the password", () => {
    const tls = "tls: {cert_file: c, key_file: k, verify_and_map: true}";
    expect(toldOfLeafs(`${tls}, authorization: {users: [{user: CN=a}]}`)).toEqual([]);
  });
});

describe("remotes", () => {
  const NO_URL = 'a remote needs a URL; write urls: ["nats://host:7422"]';
  test.each<Case>([
    [
      "{}, {urls: []}, {account: A}",
      [
        `1 leafnodes.remotes[0].urls: ${NO_URL}`,
        `12 leafnodes.remotes[1].urls: ${NO_URL}`,
        `17 leafnodes.remotes[2].urls: ${NO_URL}`,
      ],
    ],
    ["{urls: [5]}", ["9 leafnodes.remotes[0].urls[0]: expected a URL, got a number; write nats://host:7422"]],
    [
      "{url: nats://h, account: 5}, {url: nats://h}",
      ['26 leafnodes.remotes[0].account: expected an account name, got a number; write "5"'],
    ],
    ["7", ["1 leafnodes.remotes[0]: expected a block of keys, got a number; write key: value"]],
    ["{url: h}", ["7 leafnodes.remotes[0].url: a URL needs a scheme; write nats://host:7422"]],
    [
      "{urls: [nats://h, ws://h2]}",
      ["8 leafnodes.remotes[0].urls: WebSocket (ws://, wss://) and other URLs cannot stand in one remote"],
    ],
    [
      "{url: ws://h, urls: [nats://h2]}",
      ["21 leafnodes.remotes[0].urls: WebSocket (ws://, wss://) and other URLs cannot stand in one remote"],
    ],
    ["{urls: [ws://h, wss://h2], ws_compression: true}", []],
    ["{urls: [nats://H, nats://h:7422]}", ["8 leafnodes.remotes[0].urls: warning: h:7422 is listed twice"]],
    ["{url: nats://token@h}", []],
    [
      "{url: nats://h, account: B}",
      ["26 leafnodes.remotes[0].account: there is no account B; write it in accounts"],
    ],
    ["{url: nats://h, account: A}, {url: nats://h, account: '$SYS'}, {url: nats://h}", []],
    [
      "{url: nats://h}, {url: nats://h, account: A}, {url: 'nats://h:7422', hub: true}",
      ["47 leafnodes.remotes[2]: URLs, account and credentials are those of remotes[0] already"],
    ],
    [
      "{urls: [nats://h, nats://g]}, {urls: [nats://g, nats://h]}",
      ["31 leafnodes.remotes[1]: URLs, account and credentials are those of remotes[0] already"],
    ],
    ["{url: nats://h, credentials: a}, {url: nats://h, creds: b}", []],
    [
      `{url: nats://h, creds: a, nkey: ${SEED}}`,
      ["27 leafnodes.remotes[0].nkey: not together with credentials, which hold a seed already"],
    ],
    [
      `{url: nats://h, seed: ${NKEY}}`,
      ["23 leafnodes.remotes[0].nkey: not the seed of a user: 58 letters and digits that begin with SU"],
    ],
    [
      "{url: nats://h, deny_import: 'a b'}",
      [
        "30 leafnodes.remotes[0].deny_imports: queue groups are for what is subscribed to; write the " +
          "subject alone",
      ],
    ],
    [
      "{url: nats://h, deny_exports: [a, b..c]}",
      [
        "35 leafnodes.remotes[0].deny_exports[1]: not a subject: tokens stand between dots, without blanks; " +
          'write "orders.>"',
      ],
    ],
    ["{url: nats://h, hub: true, request_isolation: true, isolate: true}", []],
    [
      "{url: nats://h, ws_compress: true}",
      ["17 leafnodes.remotes[0].ws_compression: warning: without effect: no URL is ws:// or wss://"],
    ],
    [
      "{url: ws://h, compression: fast}",
      [
        "15 leafnodes.remotes[0].compression: warning: without effect over WebSocket; write ws_compression: " +
          "true",
      ],
    ],
    ["{url: ws://h, compression: off}", []],
    [
      "{url: nats://h, proxy: {username: u}}",
      [
        "17 leafnodes.remotes[0].proxy.url: a proxy needs a URL; write url: http://host:3128",
        "25 leafnodes.remotes[0].proxy.username: username needs password beside it",
      ],
    ],
    ["{url: nats://h, proxy: {url: 'https://p', tls: {}}}", []],
    [
      "{url: nats://h, proxy: {url: 'http://p', tls: {cert_file: c, pinned_certs: []}}}",
      [
        "42 leafnodes.remotes[0].proxy.tls: needs a proxy whose URL is https://",
        "48 leafnodes.remotes[0].proxy.tls.cert_file: cert_file needs key_file beside it",
        "62 leafnodes.remotes[0].proxy.tls.pinned_certs: not supported yet: pinned_certs of a proxy " +
          "(nats-server has none either)",
      ],
    ],
  ])("%p", (remotes, expected) => {
    expect(told("leafnodes: {remotes: [", remotes, "]}")).toEqual(expected);
  });
});

describe("WebSocket", () => {
  const LEAFS = "leafnodes: {listen: '127.0.0.1:7422'}\n";
  const FILES = "cert_file: c, key_file: k";
  test.each<Case>([
    ["", ["box.yaml:2:1 websocket: warning: without effect: it has no port; write port: 8443"]],
    ["host: h", ["box.yaml:2:1 websocket: warning: without effect: it has no port; write port: 8443"]],
    [
      "port: 8443, no_tls: true",
      [
        "box.yaml:2:1 websocket: warning: without a host WebSocket is accepted on 127.0.0.1 only; write host: " +
          "0.0.0.0 for all",
      ],
    ],
    [
      "listen: 'h:1'",
      ["box.yaml:2:1 websocket.tls: WebSocket needs TLS; write tls, or no_tls: true to go without"],
    ],
    [
      "listen: 'h:1', tls: {}",
      ["box.yaml:2:33 websocket.tls: accepting with TLS needs a certificate; write cert_file and key_file"],
    ],
    [
      `listen: 'h:1', no_tls: true, tls: {${FILES}}`,
      ["box.yaml:2:28 websocket.no_tls: warning: without effect beside tls"],
    ],
    [`listen: 'h:1', tls: {${FILES}, first: true}`, []],
    [
      "listen: 'h:1', no_tls: true, no_auth_user: x",
      [
        "box.yaml:2:56 websocket.no_auth_user: there is no user x; write it in accounts or " +
          "authorization.users",
      ],
    ],
    [
      "listen: 'h:1', no_tls: true, origins: [https://ok, ftp://x]",
      [
        "box.yaml:2:64 websocket.allowed_origins[1]: an origin is a URL with http:// or https://; write " +
          "https://app.example.org",
      ],
    ],
    [
      "listen: 'h:1', no_tls: true, jwt_cookie: x, token: y",
      [
        "box.yaml:2:42 websocket.jwt_cookie: not supported yet: credentials in cookies (leafs send theirs in " +
          "CONNECT)",
        "box.yaml:2:57 websocket.token: not supported yet: users of WebSocket alone (leafs log in as they do " +
          "over TCP)",
      ],
    ],
    [
      "listen: 'h:1', no_tls: true, handshake_timeout: 1h",
      ["box.yaml:2:61 websocket.handshake_timeout: too large: the most is 600s"],
    ],
  ])("%p", (keys, expected) => expect(findings(`${LEAFS}websocket: {${keys}}`)).toEqual(expected));

  test("without leafs it is for clients", () => {
    for (const before of ["", "leafnodes: {remotes: [{url: nats://h}]}"]) {
      expect(findings(`${before}\nwebsocket: {listen: 'h:1', no_tls: true}`)).toEqual([]);
    }
  });
});

test("files that leaf nodes and WebSocket name and nobody can read are told at their keys", () => {
  const text = `
leafnodes:
  listen: 127.0.0.1:7422
  tls: {cert_file: good, key_file: bad1}
  remotes:
    - {url: nats://h, creds: bad2, tls: {ca_file: bad3}}
    - {url: nats://h, account: '$SYS', proxy: {url: 'https://p', tls: {ca_file: bad5}}}
websocket: {listen: 'h:1', tls: {cert_file: bad4, key_file: good}}`;
  const unreadable = (file: string): string | null => (file === "good" ? null : `${file}: no such file`);
  expect(findings(text, { unreadable })).toEqual([
    "box.yaml:4:36 leafnodes.tls.key_file: bad1: no such file",
    "box.yaml:6:30 leafnodes.remotes[0].credentials: bad2: no such file",
    "box.yaml:6:51 leafnodes.remotes[0].tls.ca_file: bad3: no such file",
    "box.yaml:7:81 leafnodes.remotes[1].proxy.tls.ca_file: bad5: no such file",
    "box.yaml:8:45 websocket.tls.cert_file: bad4: no such file",
  ]);
});
