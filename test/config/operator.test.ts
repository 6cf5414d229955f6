// Operator mode in a configuration: what is read, and every class of what is wrong with it.

import { expect, test } from "bun:test";
import { encodeAccount, encodeOperator, encodeUser } from "@nats-io/jwt";
import { createAccount, createOperator, createUser } from "@nats-io/nkeys";
import { ConfigurationError, formatFinding } from "../../src/config/finding.ts";
import { type Loaded, readConfiguration } from "../../src/config/read.ts";

const keys = createOperator();
const [system, red, other] = [createAccount(), createAccount(), createAccount()];
const [SYS, RED] = [system.getPublicKey(), red.getPublicKey()];
const operator = await encodeOperator("tests", keys, { system_account: SYS });
const plainOperator = await encodeOperator("plain", keys);
const served = await encodeOperator("served", keys, { account_server_url: "http://h:9090/jwt/v1" });
const sysJwt = await encodeAccount("SYS", system, {}, { signer: keys });
const redJwt = await encodeAccount("RED", red, {}, { signer: keys });
const strangeJwt = await encodeAccount("RED", red, {}, { signer: createOperator() });

const FILES: Record<string, string> = {
  "op.jwt": `-----BEGIN NATS OPERATOR JWT-----\n${operator}\n------END NATS OPERATOR JWT------\n`,
  "red.jwt": redJwt,
};

/** The configuration without what is always there, or its findings. */
function read(settings: object): Loaded | string[] {
  const text = JSON.stringify({ host: "127.0.0.1", ...settings });
  const readFile = (file: string) =>
    FILES[file] === undefined ? { problem: "no such file" } : { text: FILES[file]! };
  try {
    return readConfiguration(text, { file: "f", environment: {}, readFile });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const errors = error.findings.filter(({ severity }) => severity === "error");
    return errors.map((finding) => formatFinding(finding).replace(/^f:\d+:\d+ /, ""));
  }
}

const preload = { [SYS]: sysJwt, [RED]: redJwt };
const right = { operator, resolver: "MEMORY", resolver_preload: preload };

function identity(settings: object) {
  const loaded = read(settings);
  if (Array.isArray(loaded)) throw new Error(loaded.join("\n"));
  return loaded.configuration.identity;
}

test("an operator with a resolver in memory is read inline and from a file", () => {
  for (const of of [operator, "op.jwt", [operator], ["op.jwt"]]) {
    const { systemAccount, accounts, operator: trusted } = identity({ ...right, operator: of });
    expect(systemAccount).toBe(SYS);
    expect(accounts.map(({ name }) => name)).toEqual(["$G", SYS]);
    expect(trusted?.trust.operators.map(({ name }) => name)).toEqual(["tests"]);
    expect(trusted?.preload).toEqual([sysJwt, redJwt]);
    expect(trusted?.resolverUrl).toBeNull();
  }
});

test("nats-server's names for the keys do, and MEM for MEMORY", () => {
  const { operator: _, ...rest } = right;
  for (const name of ["operators", "roots", "root_operator"]) {
    expect(identity({ ...rest, [name]: operator, resolver: "mem" }).operator).not.toBeNull();
  }
});

test("accounts are asked for at the resolver's URL, or at the one that the operator names", () => {
  const url = (settings: object) => identity(settings).operator?.resolverUrl;
  expect(url({ operator, resolver: "URL(http://h:9090/jwt/v1/accounts/)" })).toBe(
    "http://h:9090/jwt/v1/accounts/",
  );
  expect(url({ operator, resolver: "url('https://h/accounts')" })).toBe("https://h/accounts/");
  expect(url({ operator: served })).toBe("http://h:9090/jwt/v1/accounts/");
});

test("leaf remotes name their account by its key", () => {
  const remote = { url: "nats://h:7422", account: RED };
  const { accounts } = identity({ ...right, leafnodes: { remotes: [remote] } });
  expect(accounts.map(({ name }) => name)).toEqual(["$G", RED, SYS]);
});

const OTHER = other.getPublicKey();
const NOT_BESIDE = "not together with operator, whose accounts say who may log in";

const WRONG: [string, object, string[]][] = [
  ["no file", { ...right, operator: "none.jwt" }, ["operator: none.jwt: no such file"]],
  [
    "another JWT",
    { ...right, operator: "red.jwt" },
    ["operator: not the JWT of an operator: not operator claim"],
  ],
  [
    "no operator",
    { ...right, operator: [] },
    ["operator: an empty list; write the file with the JWT of an operator"],
  ],
  [
    "no resolver",
    { operator },
    ["operator: an operator needs a resolver; write resolver: MEMORY, and resolver_preload"],
  ],
  [
    "a resolver that is none",
    { operator, resolver: "DISK" },
    [
      "resolver: not a resolver; write MEMORY, URL(https://host/jwt/v1/accounts/) or {type: full, dir: ./jwt}",
    ],
  ],
  [
    "a directory that is not named",
    { operator, resolver: { type: "full" } },
    ["resolver: lacks its directory; write dir: ./jwt"],
  ],
  [
    "a directory of no type",
    { operator, resolver: { dir: "./jwt" } },
    ["resolver: lacks its type; write type: full"],
  ],
  [
    "another type",
    { operator, resolver: { type: "half", dir: "./jwt" } },
    ['resolver.type: expected full, cache or memory, got the text "half"; write full'],
  ],
  [
    "a cache that deletes, and a directory that forgets",
    { operator, resolver: { type: "cache", dir: "./jwt", allow_delete: true, interval: "1m" } },
    [
      "resolver.allow_delete: a resolver of type cache has none",
      "resolver.interval: a resolver of type cache has none",
    ],
  ],
  [
    "deleting for good what is not deleted",
    { operator, resolver: { type: "full", dir: "./jwt", hard_delete: true, ttl: "1h" } },
    [
      "resolver.hard_delete: without effect: nothing is deleted without allow_delete: true",
      "resolver.ttl: a resolver of type full has none",
    ],
  ],
  [
    "accounts and users beside it",
    {
      ...right,
      accounts: { A: { users: [{ user: "a", password: "a" }] } },
      authorization: { users: [{ user: "b", password: "b" }] },
      no_auth_user: "a",
    },
    [`accounts: ${NOT_BESIDE}`, `authorization.users: ${NOT_BESIDE}`, `no_auth_user: ${NOT_BESIDE}`],
  ],
  [
    "users of leafs beside it",
    { ...right, leafnodes: { port: 7422, host: "127.0.0.1", authorization: { user: "a", password: "b" } } },
    [`leafnodes.authorization.user: ${NOT_BESIDE}`, `leafnodes.authorization.password: ${NOT_BESIDE}`],
  ],
  [
    "another system account",
    { ...right, system_account: RED },
    [`system_account: not the one that the JWT of the operator names, which is ${SYS}`],
  ],
  [
    "a system account by name",
    { ...right, operator: plainOperator, system_account: "SYS" },
    ["system_account: with operator this is the public key of an account (A...)"],
  ],
  [
    "no JWT of the system account",
    { ...right, resolver_preload: { [RED]: redJwt } },
    [`resolver_preload: lacks the system account ${SYS}`],
  ],
  [
    "a JWT of a stranger",
    { ...right, resolver_preload: { ...preload, [RED]: strangeJwt } },
    [
      `resolver_preload.${RED}: not the JWT of an account: account ${RED} is not signed by a trusted operator`,
    ],
  ],
  [
    "a JWT under another key",
    { ...right, resolver_preload: { ...preload, [OTHER]: redJwt } },
    [`resolver_preload.${OTHER}: the JWT is that of ${RED}`],
  ],
  [
    "a preload beside a URL",
    { ...right, resolver: "URL(http://h/)" },
    ["resolver_preload: not together with a URL, where accounts are asked for"],
  ],
  [
    "a pinned account by name",
    { ...right, resolver_pinned_accounts: ["RED"] },
    [
      "resolver_pinned_accounts[0]: not the public key of an account: 56 letters and digits that begin with A",
    ],
  ],
  [
    "a remote without an account",
    { ...right, leafnodes: { remotes: [{ url: "nats://h:7422" }] } },
    [
      "leafnodes.remotes[0].account: with operator a remote needs the public key of its account; write account: A...",
    ],
  ],
  [
    "a remote with an unknown account",
    { ...right, leafnodes: { remotes: [{ url: "nats://h:7422", account: OTHER }] } },
    ["leafnodes.remotes[0].account: there is no such account; write it in resolver_preload"],
  ],
];

test.each(WRONG)("%s is told", (_what, settings, findings) => {
  const told = read(settings);
  expect(Array.isArray(told) ? told : []).toEqual(findings);
});

test("accounts are kept in a directory, with nats-server's defaults", () => {
  const directory = (resolver: object) => identity({ operator, resolver }).operator?.directory;
  expect(identity(right).operator?.directory).toBeNull();
  expect(directory({ type: "FULL", dir: "./jwt" })).toEqual({
    type: "full",
    dir: "./jwt",
    allowDelete: false,
    hardDelete: false,
    limit: null,
    intervalMillis: 60_000,
    ttlMillis: null,
    timeoutMillis: 1_900,
  });
  const written = { allow_delete: true, hard_delete: true, interval: "2m", limit: 5, timeout: "1s" };
  expect(directory({ type: "full", dir: "/j", ...written })).toEqual({
    type: "full",
    dir: "/j",
    allowDelete: true,
    hardDelete: true,
    limit: 5,
    intervalMillis: 120_000,
    ttlMillis: null,
    timeoutMillis: 1_000,
  });
  expect(directory({ type: "cache", dir: "j", ttl: "1h" })).toMatchObject({
    limit: 1_000,
    ttlMillis: 3_600_000,
  });
});

test("a key stands for its operator, and nothing else may be said of him", () => {
  const key = keys.getPublicKey();
  const rest = { resolver: "MEMORY", resolver_preload: preload, system_account: SYS };
  for (const name of ["trusted_keys", "trusted"]) {
    expect(identity({ ...rest, [name]: [key] }).operator?.trust).toMatchObject({
      operators: [{ subject: key }],
      systemAccount: SYS,
    });
  }
  expect(read({ ...right, trusted: key })).toEqual(["trusted_keys: not together with operator"]);
  expect(read({ trusted: SYS, resolver: "MEMORY" })).toEqual([
    "trusted_keys: not the public key of an operator: 56 letters and digits that begin with O",
  ]);
  expect(read({ trusted: key })).toEqual([
    "trusted_keys: an operator needs a resolver; write resolver: MEMORY, and resolver_preload",
  ]);
});

test("who comes without a JWT may be a bearer, and nobody else", async () => {
  const bob = createUser();
  const jwt = (nats: object) => encodeUser("bob", bob, red, { subs: -1, data: -1, payload: -1, ...nats });
  const bearer = await jwt({ bearer_token: true });
  expect(identity({ ...right, default_sentinel: bearer }).operator?.sentinel).toBe(bearer);
  expect(identity(right).operator?.sentinel).toBeNull();
  expect(read({ ...right, default_sentinel: await jwt({}) })).toEqual([
    "default_sentinel: the user must be a bearer, since whoever comes has no seed",
  ]);
  expect(read({ ...right, default_sentinel: redJwt })).toEqual([
    expect.stringContaining("default_sentinel: not the JWT of a user: ") as unknown as string,
  ]);
});

test("a resolver at a URL may be called with a certificate and authorities of one's own", () => {
  const at = { operator, resolver: "URL(https://h/jwt/v1/accounts/)" };
  const files = { cert_file: "c", key_file: "k", ca_file: "ca" };
  expect(identity({ ...at, resolver_tls: files }).operator?.resolverTls).toEqual({
    certFile: "c",
    keyFile: "k",
    caFile: "ca",
    insecure: false,
  });
  expect(read({ ...at, resolver_tls: { cert_file: "c" } })).toEqual([
    "resolver_tls: cert_file and key_file go together",
  ]);
});

test("without an operator the keys of a resolver are of no use, which is told", () => {
  const loaded = read({ resolver: "MEMORY", resolver_preload: preload });
  const told = Array.isArray(loaded) ? loaded : loaded.warnings.map(formatFinding);
  expect(told).toHaveLength(2);
  expect(told.join("\n")).toContain("without effect: there is no operator");
});
