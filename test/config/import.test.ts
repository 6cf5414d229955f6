// A nats-server configuration becomes the YAML that does the same; what cannot be carried over is told.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bareYaml, direct, imported } from "./import-support.ts";

const EVERYWHERE = "host: 0.0.0.0";

/** The YAML's keys, without the address that every box is given. */
function keysOf(text: string, environment: Record<string, string> = {}): string[] {
  return bareYaml(imported(text, { environment }).yaml).filter((line) => line !== EVERYWHERE);
}

describe("keys", () => {
  test("stand under their own names, in the schema's order", () => {
    const text =
      "PIDFILE: a.pid\nhttp_port: 8222\nnet: 127.0.0.1\nGateway { net: 127.0.0.1, name: A }\nmax_subs: 5";
    expect(bareYaml(imported(text).yaml)).toEqual([
      ...["host: 127.0.0.1", "max_subscriptions: 5", "gateway:", "  host: 127.0.0.1", "  name: A"],
      ...["http_port: 8222", "pid_file: a.pid"],
    ]);
  });

  test("names of accounts stay as they are", () => {
    expect(keysOf('accounts { $SYS {}, "A b" {}, Off {}, ON {}, 12 {} }')).toEqual([
      ...["accounts:", "  $SYS: {}", "  A b: {}", '  "Off": {}', '  "ON": {}', '  "12": {}'],
    ]);
  });

  test("of several values of one key the last counts, as in nats-server, and the others are told", () => {
    const { yaml, notes } = imported("max_payload: 1MB\nmax_pending: 2MB\nMax_Payload: 2MB");
    expect(bareYaml(yaml)).toEqual([EVERYWHERE, "max_payload: 2MB", "max_pending: 2MB"]);
    expect(notes).toEqual([
      "nats.conf:1:1 max_payload: warning: given again at nats.conf:3:1, and there it counts",
    ]);
  });

  test("a key that was a variable only is not written", () => {
    const { yaml, notes } = imported('SECRET: "s3cret"\nauthorization { user: a, password: $SECRET }');
    expect(notes).toEqual([]);
    expect(bareYaml(yaml).slice(1)).toEqual(["authorization:", "  user: a", '  password: "s3cret"']);
  });
});

describe("values", () => {
  test("keep their spelling where YAML reads it alike", () => {
    const text =
      "max_payload: 512k\nmax_pending = 64MiB; max_connections: 10K\nping_interval: '1m30s'\nwrite_deadline: 5\nport: 5222";
    expect(keysOf(text)).toEqual([
      ...["port: 5222", "max_connections: 10K", "max_payload: 512k", "max_pending: 64MiB"],
      ...["write_deadline: 5", "ping_interval: 1m30s"],
    ]);
  });

  test("are booleans under all their names", () => {
    expect(keysOf("debug: yes\ntrace: ON\nlogtime: off")).toEqual([
      "debug: true",
      "trace: true",
      "logtime: false",
    ]);
  });

  test("equal to the default are kept", () => {
    expect(keysOf("port: 4222\nmax_payload: 1MB\ndebug: false")).toEqual([
      ...["port: 4222", "max_payload: 1MB", "debug: false"],
    ]);
  });

  test("of nothing that mean the default are left out", () => {
    const { yaml, notes } = imported("port: 0\nmax_payload: 0");
    expect(bareYaml(yaml)).toEqual([EVERYWHERE]);
    expect(notes).toEqual([]);
    expect(yaml).toContain(
      "# port (nats.conf:1:1): left out, since nothing means the default to nats-server",
    );
  });

  test("that look like something else in YAML stand in quotes", () => {
    const user = (text: string): string =>
      keysOf(`authorization { users: [ {user: ${text}, password: "p"} ] }`)[2]!;
    for (const text of [
      '"true"',
      '"12"',
      '"null"',
      '"$SYS"',
      '"no"',
      '"0x10"',
      '"*"',
      '"a: b"',
      '"~"',
      '""',
    ]) {
      expect(user(text)).toBe(`    - user: ${text}`);
    }
    expect(user("plain")).toBe("    - user: plain");
  });

  test("reach the box letter by letter, whatever they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }), (password) => {
        const quoted = [...Buffer.from(password)]
          .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`)
          .join("");
        const { configuration } = imported(`authorization { user: "${quoted}", password: "${quoted}" }`);
        const users = configuration().identity.accounts.flatMap((account) => account.users);
        expect(users).toMatchObject([{ user: password, password }]);
      }),
      { numRuns: 300, seed: 3 },
    );
  });
});

describe("variables of the environment", () => {
  const environment = {
    PORT: "5222",
    PW: "hunter2",
    YES: "yes",
    LIST: "[a, b]",
    SIZE: "8MB",
    CHAIN: "$PW",
    QUOTED: '"p w"',
  };

  test("stay variables, also those that a key of the file stands for", () => {
    const text = "port: $PORT\nmax_payload: $SIZE\nX: $PW\nauthorization { user: a, password: $X }";
    const { yaml, notes, configuration } = imported(text, { environment });
    expect(bareYaml(yaml)).toEqual([
      ...[EVERYWHERE, "port: $PORT", "max_payload: $SIZE", "authorization:", "  user: a", "  password: $PW"],
    ]);
    expect(notes).toEqual([]);
    expect(yaml).not.toContain("hunter2");
    expect(configuration().client).toMatchObject({
      listen: { port: 5222 },
      maxPayloadBytes: 8 * 1024 * 1024,
    });
  });

  test("give their value where YAML would read another one, and that is told", () => {
    const text = "debug: $YES\nauthorization { user: $QUOTED, password: $CHAIN }\naccounts: $LIST";
    const { yaml, notes } = imported(text, { environment });
    expect(bareYaml(yaml).slice(1)).toEqual([
      ...["authorization:", "  user: $QUOTED", '  password: "hunter2"', "accounts: [a, b]", "debug: true"],
    ]);
    const says = (name: string): string =>
      `warning: YAML would read $${name} otherwise, so the value that it has now is written`;
    expect(notes).toEqual([
      `nats.conf:1:8 debug: ${says("YES")}`,
      `nats.conf:2:42 authorization.password: ${says("CHAIN")}`,
      `nats.conf:3:11 accounts: ${says("LIST")}`,
    ]);
  });
});

describe("addresses", () => {
  const listens = (text: string): string[] => bareYaml(imported(text).yaml);

  test("that nats-server would accept on are written out", () => {
    expect(listens("")).toEqual([EVERYWHERE]);
    expect(listens("port: 5222")).toEqual([EVERYWHERE, "port: 5222"]);
    expect(listens("listen: 5222")).toEqual(["listen: 0.0.0.0:5222"]);
    expect(listens('listen: ":5222"')).toEqual(["listen: 0.0.0.0:5222"]);
    expect(listens("gateway { name: A }")).toEqual([EVERYWHERE, "gateway:", `  ${EVERYWHERE}`, "  name: A"]);
    expect(listens("leaf { port: 7422 }")).toEqual([
      EVERYWHERE,
      "leafnodes:",
      `  ${EVERYWHERE}`,
      "  port: 7422",
    ]);
  });

  test("that are written stay", () => {
    expect(listens("host: 10.0.0.1\nport: 5222")).toEqual(["host: 10.0.0.1", "port: 5222"]);
    expect(listens("listen: 127.0.0.1:5222")).toEqual(["listen: 127.0.0.1:5222"]);
    expect(listens("net: localhost")).toEqual(["host: localhost"]);
  });

  test("of listeners that there are not are not written", () => {
    const text = "host: h\nleafnodes { remotes: [ {url: nats://hub:7422} ] }";
    expect(listens(text)).toEqual(["host: h", "leafnodes:", "  remotes:", '    - url: "nats://hub:7422"']);
  });
});

describe("comments", () => {
  test("stay above their keys, behind their values, and at the head", () => {
    const text = [
      ...[
        "# Our file.",
        "",
        "# Clients.",
        "// Many.",
        "port: 4222 # all of them",
        "",
        "# Not of any key.",
        "",
      ],
      ...[
        "gateway { # The world.",
        "  name: A",
        "  # Others.",
        "  gateways: [",
        "    # B is far.",
        "    {name: B, url: nats://b:7222} # slow",
      ],
      ...["  ]", "} # end"],
    ].join("\n");
    expect(imported(text).yaml.split("\n")).toEqual([
      ...["# Written by isthmus import from nats.conf.", "#", "# Our file.", ""],
      ...[
        "# nats-server accepts on all addresses where none is written; here it must be written.",
        EVERYWHERE,
        "",
      ],
      ...["# Clients.", "# Many.", "port: 4222 # all of them", "", "# end", "gateway:"],
      ...["  # nats-server accepts on all addresses where none is written; here it must be written."],
      ...["  host: 0.0.0.0", "  # The world.", "  name: A", "  # Others.", "  gateways:"],
      ...["    # B is far.", "    # slow", "    - name: B", '      url: "nats://b:7222"', ""],
    ]);
  });

  test("tell of an included file where its keys begin", () => {
    const files = { "auth.conf": "# who\naccounts { A {} }\nno_auth_user: a", "rest.conf": "name: A" };
    const text = "port: 4222\n# users\ninclude 'auth.conf'\ngateway { include rest.conf }\ndebug: true";
    expect(
      imported(text, { files })
        .yaml.split("\n")
        .filter((line) => /^ *#/.test(line))
        .slice(2),
    ).toEqual([
      ...["# From auth.conf:", "# users", "# who"],
      ...[
        "  # nats-server accepts on all addresses where none is written; here it must be written.",
        "  # From rest.conf:",
      ],
    ]);
  });
});

describe("what cannot be carried over", () => {
  test("is told with its place, what it is and what to do, and marked in the YAML where it stood", () => {
    const text =
      "# streams\njetstream: enabled\nport: 4222\ncluster {\n  name: A\n  routes: [nats://b:6222]\n}\nprot: 1\n";
    const { yaml, notes, isUsable } = imported(text);
    const routes =
      "no support yet for routes (a cluster here is its name only); servers with routes stay nats-servers; join them to this box with a gateway or leafs";
    const said = {
      jetstream:
        "not carried over: no support yet for JetStream; keep JetStream on the nats-servers behind this box",
      routes: `not carried over: ${routes}`,
      prot: "not carried over: unknown key; did you mean port?",
    };
    expect(notes).toEqual([
      `nats.conf:2:1 jetstream: ${said.jetstream}`,
      `nats.conf:6:3 cluster.routes: ${said.routes}`,
      `nats.conf:8:1 prot: ${said.prot}`,
    ]);
    expect(isUsable).toBe(true);
    const rows = yaml.split("\n");
    expect(rows).toContain(`# jetstream (nats.conf:2:1): ${said.jetstream}`);
    expect(rows[rows.indexOf("port: 4222") - 1]).toStartWith("host");
    expect(rows[rows.indexOf("  name: A") + 1]).toBe(`  # routes (nats.conf:6:3): ${said.routes}`);
    expect(rows.at(-2)).toBe(`# prot (nats.conf:8:1): ${said.prot}`);
  });

  test("leaves no empty block behind, and no note where it is off here anyway", () => {
    const { yaml, notes } = imported("jetstream: disabled\ncluster { port: 6222 }");
    expect(bareYaml(yaml)).toEqual([EVERYWHERE]);
    expect(notes).toHaveLength(1);
    expect(yaml).toContain("# port (nats.conf:2:11): not carried over");
    expect(yaml).toContain("# jetstream (nats.conf:1:1): left out, since it is so here anyway");
  });

  test("keeps the box from starting where it kept somebody out", () => {
    const text =
      "host: h\nleafnodes { host: h, port: 7422\n tls { cert_file: c, key_file: k, ocsp_peer: true } }";
    const { yaml, notes, findings, isUsable } = imported(text);
    expect(bareYaml(yaml)).toContain("    ocsp_peer: true");
    expect(notes).toEqual([
      "nats.conf:3:35 leafnodes.tls.ocsp_peer: not carried over: no support yet for OCSP; it may keep somebody out, so the line stays and the box does not start with it: take it away if nothing needs it",
    ]);
    expect(findings).toEqual([]);
    expect(isUsable).toBe(false);
  });

  test("counts as such where nobody knows the key", () => {
    const text = 'host: h\naccounts { A { users: [ {user: a, password: p, permissions: {pubish: "x"}} ] } }';
    const { notes, isUsable, yaml } = imported(text);
    expect(notes).toEqual([
      expect.stringContaining(
        "permissions.pubish: not carried over: unknown key; did you mean publish? it may keep",
      ),
    ]);
    expect(yaml).toContain("pubish: x");
    expect(isUsable).toBe(false);
  });

  test("leaves entries of tables and lists where they are, even when nothing of them is left", () => {
    const text = "host: h\naccounts { A { jetstream: true }, B {} }\nleafnodes { remotes [ {domain: x} ] }";
    expect(bareYaml(imported(text).yaml)).toEqual([
      ...["host: h", "accounts:", "  A: {}", "  B: {}", "leafnodes:", "  remotes:", "    - {}"],
    ]);
  });

  test("is told two hundred times at most", () => {
    const { notes } = imported(Array.from({ length: 300 }, (_, at) => `key${at}: 1`).join("\n"));
    expect(notes).toHaveLength(201);
    expect(notes).toContain("nats.conf: 100 more notes are left out; the YAML has them all");
  });
});

describe("what the reader of the YAML finds", () => {
  test("stands at the place in the original, included files too", () => {
    const files = {
      "users.conf":
        'authorization {\n users: [\n  {user: a}\n {user: b, password: p, permissions: {publish: "a b c"}} ]}',
    };
    const { findings, isUsable } = imported("host: h\nport: 70000\ninclude users.conf\ngateway { host: h }", {
      files,
    });
    expect(findings).toEqual([
      "nats.conf:2:1 port: a port is between 1 and 65535, or -1 for any free one, not 70000",
      "nats.conf:4:1 gateway.name: the gateway has no name; write name: region-a",
      'users.conf:3:3 authorization.users[0].password: a user without a password; write password: "..."',
      expect.stringMatching(
        /^users\.conf:4:39 authorization\.users\[1\]\.permissions\.publish: not a subject/,
      ),
    ]);
    expect(isUsable).toBe(false);
  });

  test("warnings are told as such", () => {
    const { findings, isUsable } = imported("host: h\nwebsocket { compression: true }");
    expect(findings).toEqual([
      "nats.conf:2:1 websocket: warning: without effect: it has no port; write port: 8443",
    ]);
    expect(isUsable).toBe(true);
  });
});

describe("a box that is given the original itself", () => {
  test("does what it does with the YAML", () => {
    const text =
      "server_name: a\nlisten: localhost:5222\nmax_payload: 2MB\ngateway { name: A, listen: localhost:7222 }";
    const loaded = direct(text);
    expect(loaded).toMatchObject({ configuration: imported(text).configuration(), warnings: [] });
  });

  test("refuses what could not be carried over, together with what is wrong", () => {
    expect(direct("port: 70000\njetstream {}\nmax_payload: 1\nmax_payload: 2")).toEqual([
      expect.stringContaining("nats.conf:2:1 jetstream: not carried over"),
      expect.stringContaining("nats.conf:3:1 max_payload: warning: given again"),
      expect.stringContaining("nats.conf:1:1 port: a port is between"),
    ]);
  });

  test("starts with what only looks otherwise, and tells of it", () => {
    expect(direct("host: localhost\ndebug: true\ndebug: false")).toMatchObject({
      configuration: { log: { debug: false } },
      warnings: [{ file: "nats.conf", line: 2, column: 1, path: "debug", severity: "warning" }],
    });
  });
});
