// Users by name and by key, and what each may send and ask for.

import { describe, expect, test } from "bun:test";
import { createAccount, createUser } from "@nats-io/nkeys";
import type { UserConfiguration } from "../../src/config/config.ts";
import { configuration, findings } from "./support.ts";

const ALL = { allow: null, deny: [] };

function usersOf(text: string): readonly UserConfiguration[] {
  return configuration(text).identity.accounts.flatMap(({ users }) => users);
}

function permissionsOf(text: string): UserConfiguration["permissions"] | undefined {
  return usersOf(`accounts: {A: {users: [{user: u, password: p, permissions: ${text}}]}}`)[0]?.permissions;
}

describe("permissions", () => {
  test.each([
    ["{}", { publish: ALL, subscribe: ALL }],
    ["{publish: orders.eu}", { publish: { allow: ["orders.eu"], deny: [] }, subscribe: ALL }],
    ["{pub: [a, 'b.*']}", { publish: { allow: ["a", "b.*"], deny: [] }, subscribe: ALL }],
    [
      "{import: a, export: b}",
      { publish: { allow: ["a"], deny: [] }, subscribe: { allow: ["b"], deny: [] } },
    ],
    ["{sub: {deny: '>'}}", { publish: ALL, subscribe: { allow: null, deny: [">"] } }],
    ["{publish: {}}", { publish: ALL, subscribe: ALL }],
    [
      "{subscribe: {Allow: [a, b], deny: [c]}, allow_responses: false}",
      { publish: ALL, subscribe: { allow: ["a", "b"], deny: ["c"] } },
    ],
    [
      "{allow_responses: true}",
      {
        publish: { allow: [], deny: [] },
        subscribe: ALL,
        responses: { max: 1, expiresMillis: 120_000 },
      },
    ],
    [
      "{publish: a, allow_responses: {max: 5, expires: 10s}}",
      {
        publish: { allow: ["a"], deny: [] },
        subscribe: ALL,
        responses: { max: 5, expiresMillis: 10_000 },
      },
    ],
  ])("%s", (text, permissions) => {
    expect(permissionsOf(text)).toEqual(permissions);
  });

  test("without any, everything is allowed", () => {
    expect(usersOf("accounts: {A: {users: [{user: u, password: p}]}}")[0]?.permissions).toBeNull();
  });

  test("default ones are those of users of the same block without their own", () => {
    const own = "{user: b, password: p, permissions: {}}";
    const accounts = `{A: {default_permissions: {publish: x}, users: [{user: a, password: p}, ${own}]}}`;
    const authorization = "{permissions: {publish: y}, users: [{user: c, password: p}]}";
    const users = usersOf(`accounts: ${accounts}\nauthorization: ${authorization}`);
    expect(users.map(({ user, permissions }) => [user, permissions?.publish.allow])).toEqual([
      ["c", ["y"]],
      ["a", ["x"]],
      ["b", null],
    ]);
  });

  test("the only user has none, as in nats-server, and that is told", () => {
    const text = "authorization: {user: u, password: p, default_permissions: {publish: x}}";
    expect(usersOf(text)[0]?.permissions).toBeNull();
    expect(findings(text)).toEqual([
      "box.yaml:1:39 authorization.default_permissions: warning: without effect on the only user, as in " +
        "nats-server; move the user to a list of users",
    ]);
  });
});

test("what is subscribed to may name a queue group, with any blanks between", () => {
  const text =
    "accounts: {A: {users: [{user: u, password: p, permissions: {subscribe: {allow: ['a  b.*', c]}}}]}}";
  expect(usersOf(text)[0]?.permissions?.subscribe).toEqual({ allow: ["a b.*", "c"], deny: [] });
});

describe("wrong permissions", () => {
  const at = "accounts.A.users[0].permissions";
  test.each([
    [
      "{publish: a..b}",
      [`79 ${at}.publish: not a subject: tokens stand between dots, without blanks; write "orders.>"`],
    ],
    [
      "{publish: ['>.a']}",
      [`80 ${at}.publish[0]: not a subject: tokens stand between dots, without blanks; write "orders.>"`],
    ],
    [
      "{subscribe: {allow: 'orders workers two'}}",
      [
        `89 ${at}.subscribe.allow: not a subject: tokens stand between dots, without blanks; write "orders.>"`,
      ],
    ],
    [
      "{publish: {deny: 'orders workers'}}",
      [`86 ${at}.publish.deny: queue groups are for what is subscribed to; write the subject alone`],
    ],
    ["{publish: 5}", [`79 ${at}.publish: expected a subject, got a number; write "5"`]],
    ["{publish: {allwo: a}}", [`80 ${at}.publish.allwo: unknown key; did you mean allow?`]],
    ["{publsh: a}", [`70 ${at}.publsh: unknown key; did you mean publish?`]],
    [
      "{publish: []}",
      [
        `79 ${at}.publish: warning: an empty list allows everything, as in nats-server; write deny: ">" ` +
          "for nothing",
      ],
    ],
    [
      "{subscribe: {allow: []}}",
      [
        `89 ${at}.subscribe.allow: warning: an empty list allows everything, as in nats-server; write ` +
          'deny: ">" for nothing',
      ],
    ],
  ])("%s", (text, told) => {
    const lines = findings(`accounts: {A: {users: [{user: u, password: p123456789, permissions: ${text}}]}}`);
    expect(lines).toEqual(told.map((line) => `box.yaml:1:${line}`));
  });
});

describe("nkeys", () => {
  const nkey = createUser().getPublicKey();

  test("a user may be known by its key alone", () => {
    const text = `accounts: {A: {users: [{nkey: ${nkey}, permissions: {publish: x}}]}}`;
    expect(usersOf(text)).toEqual([
      {
        user: null,
        password: null,
        nkey,
        permissions: { publish: { allow: ["x"], deny: [] }, subscribe: ALL },
      },
    ]);
    expect(usersOf(`authorization: {users: [{nkey: ${nkey}}]}`)[0]?.nkey).toBe(nkey);
  });

  const seed = new TextDecoder().decode(createUser().getSeed());
  const NOT_A_KEY = "not the public key of a user: 56 letters and digits that begin with U";
  test.each([
    ["another letter", nkey.slice(0, -1) + (nkey.endsWith("A") ? "B" : "A"), NOT_A_KEY],
    ["an account", createAccount().getPublicKey(), NOT_A_KEY],
    ["a short text", "UABC", NOT_A_KEY],
    ["a seed", seed, "a seed is secret; write the public key, which begins with U"],
  ])("%s is none", (_, text, problem) => {
    const told = findings(`authorization: {users: [{nkey: ${text}}]}`);
    expect(told).toEqual([`box.yaml:1:32 authorization.users[0].nkey: ${problem}`]);
    expect(told.join()).not.toContain(seed);
  });

  test("a key stands for a name and a password, and once", () => {
    const text = `
accounts:
  A: {users: [{nkey: ${nkey}, user: u}]}
  B: {users: [{nkey: ${nkey}, password: p}, {}]}`;
    const column = `  A: {users: [{nkey: ${nkey}, `.length + 1;
    expect(findings(text)).toEqual([
      `box.yaml:3:${column} accounts.A.users[0].user: not together with nkey, which is all that such a user has`,
      `box.yaml:4:22 accounts.B.users[0].nkey: the nkey ${nkey} is in account A already`,
      `box.yaml:4:${column} accounts.B.users[0].password: not together with nkey, which is all that such a user has`,
      `box.yaml:4:${column + 14} accounts.B.users[1]: an entry without a user; write user: NAME and ` +
        'password: "...", or nkey: U...',
    ]);
  });
});
