// Whatever the text is, reading it ends soon, with a configuration or with findings and nothing else.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { ConfigurationError } from "../../src/config/finding.ts";
import { SETTINGS } from "../../src/config/schema.ts";
import { allFindings, findings, read } from "./support.ts";

/** True if the text was read or refused as it should be; anything else that is thrown goes through. */
function isJudged(text: string): boolean {
  try {
    return read(text, { environment: { A: "1" } }).configuration !== null;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.findings.some((finding) => finding.severity === "error") && error.findings.every(hasPlace);
  }
}

function hasPlace(finding: { line: number; column: number; message: string; path: string }): boolean {
  return (
    finding.line >= 0 &&
    finding.column >= 0 &&
    finding.message.length > 0 &&
    !finding.message.includes("undefined")
  );
}

const KEY = fc.oneof(
  fc.constantFrom(
    ...Object.keys(SETTINGS.shape),
    "name",
    "gateways",
    "urls",
    "users",
    "user",
    "password",
    "tls",
    ...["remotes", "url", "compression", "mode", "rtt_thresholds", "permissions", "publish", "allow"],
    ...["nkey", "account", "credentials", "proxy", "deny_imports", "handshake_first", "min_version"],
  ),
  fc.string({ maxLength: 8 }),
);
const { value: VALUE } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string({ maxLength: 8 })),
    fc.constantFrom(
      "1MB",
      "10s",
      "$A",
      "$NONE",
      "nats://h:1",
      "h:1",
      "yes",
      "region-a",
      "orders.>",
      "s2_auto",
    ),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(KEY, tie("value"), { maxKeys: 5 }),
  ),
}));

describe("garbage", () => {
  test("any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), isJudged), { numRuns: 500 });
  });

  test("text made of what YAML has a meaning for", () => {
    const piece = fc.constantFrom(
      ...[
        "a",
        "port",
        "gateway",
        ":",
        ": ",
        "\n",
        "\n  ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "#",
        " ",
        "\t",
        "|",
        ">",
      ],
      ...[
        "&a ",
        "*a",
        "!!str ",
        "!x ",
        "'",
        '"',
        "\\",
        "? ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "<<",
        "~",
        "$A",
        "1",
      ],
    );
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
    fc.assert(fc.property(text, isJudged), { numRuns: 2_000 });
  });

  test("well-formed YAML and JSON with the wrong things in the right places", () => {
    fc.assert(
      fc.property(fc.dictionary(KEY, VALUE, { maxKeys: 8 }), (value) => {
        return isJudged(JSON.stringify(value)) && isJudged(stringify(value));
      }),
      { numRuns: 500 },
    );
  });
});

test("whatever a listener, remote or user is, what is told of it has a place, a key and no secret", () => {
  const word = fc.constantFrom("h", "0.0.0.0", "::1", "localhost:1", "*", "a", "A", "hunter2");
  const url = fc.constantFrom(
    "nats://h",
    "nats://u:hunter2@h",
    "nats://127.0.0.1:7222",
    "wss://h",
    "hunter2",
  );
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const user = fc.record({ user: maybe(word), password: maybe(fc.constant("hunter2")) });
  const tls = fc.record({ insecure: maybe(fc.boolean()), verify: maybe(fc.boolean()) });
  const listener = {
    ...{
      host: maybe(word),
      port: maybe(fc.constantFrom(1, 7222, -1, 0)),
      listen: maybe(word),
      tls: maybe(tls),
    },
    advertise: maybe(word),
    authorization: maybe(fc.oneof(user, fc.record({ users: fc.array(user, { maxLength: 3 }) }))),
  };
  const remote = fc.record({
    name: maybe(word),
    url: maybe(url),
    urls: maybe(fc.array(url)),
    tls: maybe(tls),
  });
  const remotes = maybe(fc.array(fc.oneof(remote, word), { maxLength: 4 }));
  const box = fc.record({
    ...listener,
    gateway: maybe(fc.record({ ...listener, name: maybe(word), gateways: remotes })),
    leafnodes: maybe(fc.record({ ...listener, remotes })),
    websocket: maybe(fc.record({ ...listener, no_auth_user: maybe(word), no_tls: maybe(fc.boolean()) })),
    accounts: maybe(fc.dictionary(word, maybe(fc.record({ users: fc.array(user, { maxLength: 3 }) })))),
    ...{ system_account: maybe(word), no_auth_user: maybe(word), http: maybe(word), operator: maybe(word) },
  });
  let dangerous = 0;
  fc.assert(
    fc.property(box, (value) => {
      const told = allFindings(JSON.stringify(value));
      dangerous += told.filter(({ danger }) => danger !== undefined).length;
      const secrets = told.filter(
        ({ path, message }) => path.endsWith("password") && message.includes("hunter2"),
      );
      return told.every((finding) => hasPlace(finding) && finding.line > 0) && secrets.length === 0;
    }),
    { numRuns: 500 },
  );
  expect(dangerous).toBeGreaterThan(100);
});

describe("bombs", () => {
  test("aliases that multiply are cut off", () => {
    const levels = ["a0: &a0 {users: []}", "accounts:"];
    for (let account = 0; account < 20_000; account++) levels.push(`  A${account}: *a0`);
    // The anchor stands in an unknown key, which is told as well.
    const told = findings(levels.join("\n"));
    expect(told[0]).toStartWith("box.yaml:1:1 a0: unknown key");
    expect(told[1]).toContain("aliases add more than 10000 values to this file");
    expect(told).toHaveLength(2);
  });

  test("ten levels of ten are not walked", () => {
    const levels = ["x0: &x0 [a,a,a,a,a,a,a,a,a,a]"];
    for (let level = 1; level < 10; level++) {
      levels.push(
        `x${level}: &x${level} [${Array(10)
          .fill(`*x${level - 1}`)
          .join(",")}]`,
      );
    }
    levels.push("gateway: {name: a, host: h, gateways: *x9}");
    const told = findings(levels.join("\n"));
    expect(told).toHaveLength(20);
    expect(told.at(-1)).toContain("gateway.gateways[9]: expected a block of keys, got a list");
  });

  test.each(["gateway: &g {name: *g}", "gateway: {name: a, host: h, gateways: &l [*l]}"])(
    "%p, which contains itself, is refused",
    (text) => {
      expect(findings(text).join("\n")).toMatch(/nested too deeply|expected/);
    },
  );

  test("an alias without an anchor is told", () => {
    expect(findings("server_name: *x")).toEqual([
      "box.yaml:1:14 server_name: no anchor &x stands before this alias",
    ]);
  });

  test("aliases are welcome where they are used with measure", () => {
    const { gateway } = read(
      "gateway:\n  name: a\n  host: h\n  gateways:\n" +
        "    - {name: b, url: nats://b, tls: &t {insecure: true}}\n    - {name: c, url: nats://c, tls: *t}",
    ).configuration;
    expect(gateway?.remotes[1]?.tls).toEqual(gateway?.remotes[0]?.tls ?? null);
  });

  test.each([
    ["brackets", "[".repeat(50_000)],
    ["braces", "{a: ".repeat(50_000)],
    ["closed brackets", `a: ${"[".repeat(2_000)}${"]".repeat(2_000)}`],
    ["dashes", "- ".repeat(20_000)],
    ["known keys of leafs", "leafnodes: {remotes: [{proxy: {url: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}}]}"],
    ["known keys", "gateway: {gateways: [{tls: {pinned_certs: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}}]}"],
  ])("deep nesting of %s is refused", (_, text) => {
    expect(findings(text).length).toBeGreaterThan(0);
    expect(findings(text).length).toBeLessThan(20);
  });

  test("a hundred thousand unknown keys make a list that a person can read", () => {
    const text = Array.from({ length: 100_000 }, (_, at) => `k${at}: 1`).join("\n");
    const told = findings(text);
    expect(told).toHaveLength(201);
    expect(told.at(-1)).toBe("box.yaml: 99800 more findings are left out");
  });

  test("ten thousand accounts with users are read in one go", () => {
    const accounts = Array.from(
      { length: 10_000 },
      (_, at) => `  A${at}: {users: [{user: u${at}, password: p}]}`,
    );
    const { identity } = read(`accounts:\n${accounts.join("\n")}`).configuration;
    expect(identity.accounts).toHaveLength(10_002);
  });
});

test("two thousand hubs with the same URL are told apart by their accounts, and soon", () => {
  const count = 2_000;
  const accounts = Array.from({ length: count }, (_, at) => `A${at}`);
  const remotes = accounts.map((account) => `{url: nats://h, account: ${account}}`);
  const text = `accounts: [${accounts.join(", ")}]\nleafnodes: {remotes: [${remotes.join(", ")}]}`;
  expect(read(text).configuration.leaf?.remotes).toHaveLength(count);
  expect(findings(text.replace("account: A1}", "account: A0}"))).toHaveLength(1);
});

test("no secret of a remote is told back, however wrong it is", () => {
  const secret = fc.string({ minLength: 6, maxLength: 24 }).map((text) => `hunter2${text}`);
  fc.assert(
    fc.property(secret, fc.constantFrom("url", "urls", "nkey", "proxy"), (text, key) => {
      const value = {
        url: text,
        urls: [`nats://u:${text}`],
        nkey: text,
        proxy: { url: text, password: text },
      };
      const remote = { url: "nats://h", [key]: value[key as keyof typeof value] };
      const told = findings(JSON.stringify({ leafnodes: { remotes: [remote] } })).join("\n");
      return !told.includes("hunter2");
    }),
    { numRuns: 200 },
  );
});

describe("text that is not one YAML document", () => {
  test.each([
    [
      "a: [",
      "box.yaml:1:5: not YAML: Flow sequence in block collection must be sufficiently " +
        "indented and end with a ]",
    ],
    ["\tport: 1", "box.yaml:1:1: a tab cannot indent YAML; write spaces"],
    ["port: 1\n---\nport: 2", "box.yaml:2:1: a second document begins here; a configuration is one document"],
    ["port: !x 1", "box.yaml:1:7: not YAML: Unresolved tag: !x"],
  ])("%p", (text, told) => {
    expect(findings(text)[0]).toBe(told);
  });
});
