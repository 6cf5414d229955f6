// Each class of wrong input is told with its place, its key, what was expected and what to write.

import { describe, expect, test } from "bun:test";
import { findings } from "./support.ts";

type Case = [text: string, findings: string[]];

describe("keys", () => {
  const CASES: Case[] = [
    ["gatway: {}", ["box.yaml:1:1 gatway: unknown key; did you mean gateway?"]],
    ["zzzzzzzz: 1", ["box.yaml:1:1 zzzzzzzz: unknown key"]],
    ["leafnode: {}", ["box.yaml:1:1 leafnode: unknown key; did you mean leafnodes?"]],
    ["websockets: {}", ["box.yaml:1:1 websockets: unknown key; did you mean websocket?"]],
    ["mqtt: {port: 1883}", ["box.yaml:1:1 mqtt: not supported yet: MQTT"]],
    ["jetstream: true", ["box.yaml:1:1 jetstream: not supported yet: JetStream"]],
    [
      "cluster:\n  name: a\n  routes: []",
      ["box.yaml:3:3 cluster.routes: not supported yet: routes (a cluster here is its name only)"],
    ],
    [
      "accounts: {A: {exports: [{service: s, latency: l}]}}",
      ["box.yaml:1:39 accounts.A.exports[0].latency: not supported yet: samples of a service's latency"],
    ],
    [
      "gateway:\n  name: a\n  host: h\n  tsl: {}",
      ["box.yaml:4:3 gateway.tsl: unknown key; did you mean tls?"],
    ],
    ["port: 1\nhost: h\nport: 2", ["box.yaml:3:1 port: given twice: line 1 has it already, as port"]],
    ["host: h\nNet: g", ["box.yaml:2:1 host: given twice: line 1 has it already, as host"]],
    ["? [a]\n: 1", ["box.yaml:1:3: a key must be a plain name"]],
    ["__proto__: {}", ["box.yaml:1:1: a key must be a plain name"]],
    ["constructor: {}", ["box.yaml:1:1 constructor: unknown key"]],
  ];
  test.each(CASES)("%p", (text, expected) => expect(findings(text)).toEqual(expected));

  test.each(["jetstream: false", "jetstream: disabled", "syslog: false", "no_system_account: false"])(
    "%p says what is so anyway",
    (text) => expect(findings(text)).toEqual([]),
  );
});

describe("values", () => {
  const CASES: Case[] = [
    [
      "gateway:\n  name: a\n  host: h\n  gateways:\n    - name: b\n      urls: 5",
      [
        "box.yaml:6:13 gateway.gateways[0].urls: expected a list of URLs, got a number; write " +
          '["nats://host:7222"]',
      ],
    ],
    [
      "max_payload: 1XB",
      [
        "box.yaml:1:14 max_payload: expected a size in bytes such as 64KB or 1MB, got the " +
          'text "1XB"; write 1MB',
      ],
    ],
    ["max_payload: 0", ["box.yaml:1:14 max_payload: too small: the least is 1 bytes"]],
    ["max_payload: 4GB", ["box.yaml:1:14 max_payload: too large: the most is 2147483647 bytes"]],
    ["write_deadline: 10", []],
    [
      "write_deadline: ten",
      [
        "box.yaml:1:17 write_deadline: expected a duration such as 500ms, 2s or 1m30s, got " +
          'the text "ten"; write 2s',
      ],
    ],
    ["lame_duck_duration: 5s", ["box.yaml:1:21 lame_duck_duration: too small: the least is 30s"]],
    [
      "debug: yes",
      [
        'box.yaml:1:8 debug: expected true or false, got the text "yes"; write true (YAML has ' +
          "no yes, no, on and off)",
      ],
    ],
    [
      "debug: OFF",
      [
        'box.yaml:1:8 debug: expected true or false, got the text "OFF"; write false (YAML ' +
          "has no yes, no, on and off)",
      ],
    ],
    ["debug: 1", ["box.yaml:1:8 debug: expected true or false, got a number; write true"]],
    [
      "server_name: 0123",
      ['box.yaml:1:14 server_name: expected a name for this box, got a number; write "0123"'],
    ],
    [
      "server_name: true",
      ['box.yaml:1:14 server_name: expected a name for this box, got a boolean; write "true"'],
    ],
    ["server_name: a b", ["box.yaml:1:14 server_name: a name cannot contain spaces or control characters"]],
    [
      'server_name: "a\\r\\nb"',
      ["box.yaml:1:14 server_name: a name cannot contain spaces or control characters"],
    ],
    [
      "server_name:",
      ["box.yaml:1:1 server_name: expected a name for this box, got nothing; write isthmus-1"],
    ],
    ["gateway:", ["box.yaml:1:1 gateway: expected a block of keys, got nothing; write key: value"]],
    ["gateway: [a]", ["box.yaml:1:10 gateway: expected a block of keys, got a list; write key: value"]],
    ['port: "5222"\nhost: h', ['box.yaml:1:7 port: expected a port, got the text "5222"; write 5222']],
    [
      "port: 99999\nhost: h",
      ["box.yaml:1:7 port: a port is between 1 and 65535, or -1 for any free one, not 99999"],
    ],
    ["port: 0\nhost: h", ["box.yaml:1:7 port: a port is between 1 and 65535, or -1 for any free one, not 0"]],
    ["http: localhost", ["box.yaml:1:7 http: expected a port or host:port; write 127.0.0.1:4222"]],
    ["max_sub_tokens: 256", ["box.yaml:1:17 max_sub_tokens: too large: the most is 255"]],
    [
      "max_connections: 1.5",
      ["box.yaml:1:18 max_connections: expected a whole number of connections, got a number; write 1000"],
    ],
    ["hello", ['box.yaml:1:1: expected a block of keys, got the text "hello"; write key: value']],
    ["- a", ["box.yaml:1:1: expected a block of keys, got a list; write key: value"]],
  ];
  test.each(CASES)("%p", (text, expected) => expect(findings(text)).toEqual(expected));

  test("a password or URL of the wrong kind is not told back", () => {
    const text = [
      "accounts: {A: {users: [{user: u, password: 987654}]}}",
      "gateway: {name: a, host: h, gateways: [{name: b, url: hunter2}]}",
    ].join("\n");
    const told = findings(text).join("\n");
    expect(told).toContain(
      'accounts.A.users[0].password: expected a password in quotes, got a number; write "..."',
    );
    expect(told).toContain("gateway.gateways[0].url: a URL needs a scheme; write nats://host:7222");
    expect(told).not.toContain("987654");
    expect(told).not.toContain("hunter2");
  });
});

describe("the whole", () => {
  const CASES: Case[] = [
    ["listen: h:1\nport: 2", ["box.yaml:2:1 port: not together with listen, which has host and port"]],
    ["http: h:1\nhttp_port: 2", ["box.yaml:2:1 http_port: not together with http, which has host and port"]],
    [
      "listen: localhost:4222\nhttp: 127.0.0.1:4222",
      ["box.yaml:2:7 http: monitoring cannot listen on 127.0.0.1:4222, where clients do"],
    ],
    [
      "listen: 10.0.0.1:7222\ngateway: {name: a, listen: '0.0.0.0:7222'}",
      ["box.yaml:2:28 gateway.listen: gateways cannot listen on 0.0.0.0:7222, where clients do"],
    ],
    ["listen: 10.0.0.1:7222\ngateway: {name: a, listen: '10.0.0.2:7222'}", []],
    ["listen: h:-1\nhttp: h:-1", []],
    [
      "max_payload: 128MB",
      ["box.yaml:1:14 max_payload: max_payload (134217728) cannot be larger than max_pending (67108864)"],
    ],
    [
      "lame_duck_duration: 30s\nlame_duck_grace_period: 30s",
      ["box.yaml:2:25 lame_duck_grace_period: the grace period must be shorter than lame_duck_duration"],
    ],
    [
      "port: 4222",
      [
        "box.yaml:1:1 port: warning: without a host clients are accepted on 127.0.0.1 " +
          "only; write host: 0.0.0.0 for all",
      ],
    ],
    ["cluster: {name: _}", ["box.yaml:1:17 cluster.name: the name _ is reserved"]],
    [
      "no_auth_user: x",
      ["box.yaml:1:15 no_auth_user: there is no user x; write it in accounts or authorization.users"],
    ],
    ["system_account: SYS", ["box.yaml:1:17 system_account: there is no account SYS; write it in accounts"]],
    ["system_account: SYS\naccounts: [SYS]", []],
    ["accounts: [A, A]", ["box.yaml:1:15 accounts[1]: the account A is listed twice"]],
    [
      "accounts: {$G: {}}",
      ["box.yaml:1:12 accounts.$G: $G is reserved; its users stand in authorization.users"],
    ],
    [
      "accounts: {a b: {}}",
      ['box.yaml:1:12 accounts["a b"]: a name cannot contain spaces or control characters'],
    ],
    [
      "accounts:\n  A: {users: [{user: u, password: p}]}\n  B: {users: [{user: u, password: q}]}",
      ["box.yaml:3:22 accounts.B.users[0].user: the user u is in account A already"],
    ],
    [
      "accounts: {A: {users: [{user: u}, {password: p}]}}",
      [
        'box.yaml:1:24 accounts.A.users[0].password: a user without a password; write password: "..."',
        "box.yaml:1:35 accounts.A.users[1].user: a password without a user; write user: NAME",
      ],
    ],
    [
      "authorization: {user: u, password: p, users: [], token: t}",
      [
        "box.yaml:1:39 authorization.users: not together with user and password",
        "box.yaml:1:50 authorization.token: not together with user and password",
      ],
    ],
    [
      "authorization: {token: t}\naccounts: {A: {users: [{user: u, password: p}]}}",
      ["box.yaml:1:17 authorization.token: not together with users in accounts; move it to a list of users"],
    ],
  ];
  test.each(CASES)("%p", (text, expected) => expect(findings(text)).toEqual(expected));
});

describe("the gateway", () => {
  const inGateway = (keys: string): string => `gateway: {name: a, host: h, ${keys}}`;
  const FILES = "cert_file: c, key_file: k";
  const CASES: Case[] = [
    ["gateway: {host: h}", ["box.yaml:1:1 gateway.name: the gateway has no name; write name: region-a"]],
    ["gateway: {host: h, name: _}", ["box.yaml:1:26 gateway.name: the name _ is reserved"]],
    [
      "gateway: {host: h, name: 5}",
      ['box.yaml:1:26 gateway.name: expected the name of this cluster, got a number; write "5"'],
    ],
    [
      "gateway: {name: a}",
      [
        "box.yaml:1:1 gateway: warning: without a host gateways are accepted on " +
          "127.0.0.1 only; write host: 0.0.0.0 for all",
      ],
    ],
    [
      `cluster: {name: b}\n${inGateway("")}`,
      ["box.yaml:1:17 cluster.name: differs from gateway.name, which is a; they must be the same"],
    ],
    [`cluster: {name: a}\n${inGateway("")}`, []],
    [
      inGateway("max_pending: 64KB"),
      ["box.yaml:1:42 gateway.max_pending: cannot be smaller than max_payload (1048576)"],
    ],
    [
      inGateway("gateways: [{url: 'nats://x'}, {name: b}, {name: b, urls: []}]"),
      [
        "box.yaml:1:40 gateway.gateways[0].name: a remote gateway needs a name; write name: region-b",
        "box.yaml:1:59 gateway.gateways[1].urls: a remote gateway needs a URL; write urls: " +
          '["nats://host:7222"]',
        "box.yaml:1:77 gateway.gateways[2].name: the gateway b is listed already, as gateways[1]",
        "box.yaml:1:86 gateway.gateways[2].urls: a remote gateway needs a URL; write urls: " +
          '["nats://host:7222"]',
      ],
    ],
    [
      inGateway("gateways: [7, {name: b, urls: [nats://x, 5]}]"),
      [
        "box.yaml:1:40 gateway.gateways[0]: expected a block of keys, got a number; write key: value",
        "box.yaml:1:70 gateway.gateways[1].urls[1]: expected a URL, got a number; write nats://host:7222",
      ],
    ],
    [
      inGateway("gateways: [{name: b, urls: [nats://x, nats://X:7222]}]"),
      ["box.yaml:1:56 gateway.gateways[0].urls: warning: x:7222 is listed twice"],
    ],
    [
      inGateway("gateways: [{name: b, url: 'tls://x'}]"),
      ["box.yaml:1:55 gateway.gateways[0].url: a tls:// URL needs gateway.tls or a tls block beside it"],
    ],
    [inGateway("gateways: [{name: a, url: 'tls://x'}, {name: b, url: 'tls://x', tls: {}}]"), []],
    [
      inGateway("authorization: {user: u}"),
      ['box.yaml:1:29 gateway.authorization.password: a user without a password; write password: "..."'],
    ],
    [
      inGateway("authorization: {users: []}"),
      [
        "box.yaml:1:45 gateway.authorization.users: not supported yet: several users on " +
          "gateways (nats-server takes one pair a cluster)",
      ],
    ],
    [
      inGateway("authorization: {user: u, password: $2a$11$x}, gateways: [{name: b, url: nats://x}]"),
      [
        "box.yaml:1:64 gateway.authorization.password: warning: a hash cannot be sent to " +
          "remote gateways; give their URLs a user and password",
      ],
    ],
    [
      inGateway("tls: {}"),
      [
        "box.yaml:1:29 gateway.tls.cert_file: gateways show each other certificates; write cert_file: FILE",
        "box.yaml:1:29 gateway.tls.key_file: gateways show each other certificates; write key_file: FILE",
      ],
    ],
    [
      inGateway("tls: {cert_file: c}"),
      ["box.yaml:1:35 gateway.tls.cert_file: cert_file needs key_file beside it"],
    ],
    [
      inGateway(`tls: {${FILES}, verify: false, insecure: true}`),
      [
        "box.yaml:1:70 gateway.tls.verify: warning: without effect: gateways always verify",
        "box.yaml:1:87 gateway.tls.insecure: warning: peers' certificates are not verified",
      ],
    ],
    [
      inGateway(`tls: {${FILES}, verify_and_map: true}`),
      [
        "box.yaml:1:78 gateway.tls.verify_and_map: needs authorization.user, which a peer's " +
          "certificate must name",
      ],
    ],
    [inGateway(`authorization: {user: CN=b}, tls: {${FILES}, verify_and_map: true}`), []],
    [
      inGateway(`tls: {${FILES}, verify_cert_and_check_known_urls: true}`),
      [
        "box.yaml:1:96 gateway.tls.verify_cert_and_check_known_urls: needs gateways, whose " +
          "hosts a peer's certificate must name",
      ],
    ],
    [
      inGateway(`tls: {${FILES}, pinned_certs: [abc]}`),
      [
        "box.yaml:1:77 gateway.tls.pinned_certs[0]: expected a SHA-256 of 64 hexadecimal " +
          'digits, got the text "abc"; write "00000000..."',
      ],
    ],
    [
      inGateway("write_timeout: retry"),
      ["box.yaml:1:29 gateway.write_timeout: not supported yet: a choice for slow writes"],
    ],
  ];
  test.each(CASES)("%p", (text, expected) => expect(findings(text)).toEqual(expected));
});

test("all findings come at once, in the order of the text", () => {
  const text = [
    "max_paylod: 1MB",
    "port: high",
    "mqtt: {}",
    "gateway:",
    "  name: a b",
    "  host: h",
    "  gateways:",
    "    - url: http://x",
    "no_auth_user: nobody",
  ].join("\n");
  expect(findings(text).map((line) => line.split(" ", 2).join(" "))).toEqual([
    "box.yaml:1:1 max_paylod:",
    "box.yaml:2:1 port:",
    "box.yaml:2:7 port:",
    "box.yaml:3:1 mqtt:",
    "box.yaml:5:9 gateway.name:",
    "box.yaml:8:7 gateway.gateways[0].name:",
    "box.yaml:8:12 gateway.gateways[0].url:",
    "box.yaml:9:15 no_auth_user:",
  ]);
});

test("a file that a block names and nobody can read is told at its key", () => {
  const text = "gateway:\n  name: a\n  host: h\n  tls:\n    cert_file: c.pem\n    key_file: k.pem";
  const unreadable = (file: string): string | null => (file === "k.pem" ? "k.pem: no such file" : null);
  expect(findings(text, { unreadable })).toEqual(["box.yaml:6:15 gateway.tls.key_file: k.pem: no such file"]);
});
