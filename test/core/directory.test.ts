// Who may log in to which account: client-and-auth.md §1.3, §2.

import { describe, expect, test } from "bun:test";
import type { ConnectionType } from "../../src/auth/user-login.ts";
import { bytesOf } from "../../src/base/bytes.ts";
import { NameTable } from "../../src/base/intern.ts";
import { type AccountsOptions, Directory } from "../../src/core/directory.ts";
import { Kind } from "../../src/peer/kind.ts";
import type { CertificateNames } from "../../src/peer/transport.ts";
import { connect, readObject } from "../../src/wire/documents.ts";

const OPTIONS: AccountsOptions = {
  names: ["$G", "ACC"],
  systemAccount: "$SYS",
  users: [{ user: "a", password: "pa", account: "ACC" }],
  token: null,
  noAuthUser: null,
};

/** `account user` of these credentials, "" when they are refused, and what passwords were compared with. */
function login(
  options: Partial<AccountsOptions>,
  credentials: object,
  certificate: CertificateNames | null = null,
  webSocket = false,
): [string, [string, string][]] {
  const names = new NameTable(1, 100);
  const compared: [string, string][] = [];
  const directory = new Directory({ ...OPTIONS, ...options }, names, (given, wanted) => {
    compared.push([given, wanted]);
    return given === wanted;
  });
  const bytes = bytesOf(JSON.stringify(credentials));
  const login = directory.login(connect(readObject(bytes, 0, bytes.length)!, false), {
    nonce: "",
    kind: Kind.Client,
    webSocket,
    certificate,
  });
  return [login === null ? "" : `${names.text(login.account)} ${login.user}`, compared];
}

test("a user with its password gets its account", () => {
  expect(login({}, { user: "a", pass: "pa" })[0]).toBe("ACC a");
  expect(login({}, { user: "a", pass: "no" })[0]).toBe("");
});

test("a user may come only in the ways that are his", () => {
  const only = (...connectionTypes: ConnectionType[]) => ({
    users: [{ user: "a", password: "pa", account: "ACC", connectionTypes }],
  });
  const asked = { user: "a", pass: "pa" };
  expect(login(only(), asked)[0]).toBe("ACC a");
  expect(login(only("STANDARD"), asked)[0]).toBe("ACC a");
  expect(login(only("STANDARD", "LEAFNODE"), asked, null, true)[0]).toBe("");
  expect(login(only("LEAFNODE", "WEBSOCKET"), asked)[0]).toBe("");
  expect(login(only("LEAFNODE", "WEBSOCKET"), asked, null, true)[0]).toBe("ACC a");
});

test("an unknown user costs a comparison too, and cannot be let in by it", () => {
  const [account, compared] = login({}, { user: "x", pass: "-" });
  expect(account).toBe("");
  expect(compared).toHaveLength(1);
});

test("nobody must log in where there are neither users nor a token", () => {
  expect(login({ users: [] }, {})[0]).toBe("$G ");
  expect(login({ users: [] }, { user: "x", pass: "y" })[0]).toBe("$G ");
});

test("no_auth_user stands for who says nothing, and for nobody else", () => {
  expect(login({ noAuthUser: "a" }, {})[0]).toBe("ACC a");
  expect(login({ noAuthUser: "a" }, { user: "x" })[0]).toBe("");
  expect(login({ noAuthUser: "a" }, { pass: "x" })[0]).toBe("");
  expect(login({ noAuthUser: "gone" }, {})[0]).toBe("");
});

test("a token opens the global account, and only the right one does", () => {
  expect(login({ users: [], token: "t" }, { auth_token: "t" })[0]).toBe("$G ");
  expect(login({ users: [], token: "t" }, { auth_token: "x" })[0]).toBe("");
  expect(login({ users: [], token: "t" }, {})[0]).toBe("");
  expect(login({ token: "t" }, { user: "a", pass: "pa" })[0]).toBe("ACC a");
});

test("names that objects have by themselves are no users", () => {
  for (const user of ["__proto__", "constructor", "toString"]) {
    expect(login({}, { user, pass: "" })[0]).toBe("");
  }
});

/** As namesOf reads it from a certificate. */
function certificateOf(subject: string, ...names: string[]): CertificateNames {
  return { dns: [], all: [...names, subject], subject };
}

describe("where certificates say who clients are", () => {
  const user = (name: string, password: string | null = null) => ({ user: name, password, account: "ACC" });
  const MAPPED: Partial<AccountsOptions> = {
    mapsCertificates: true,
    users: [user("a@x"), user("b.x"), user("O=Acme,CN=c"), user("d", "pd")],
  };

  test("the first of its names that is a user's counts, then its subject in any spelling", () => {
    expect(login(MAPPED, {}, certificateOf("CN=c,O=Acme", "nobody", "b.x", "a@x"))[0]).toBe("ACC b.x");
    expect(login(MAPPED, {}, certificateOf("CN=c,O=Acme", "nobody"))[0]).toBe("ACC O=Acme,CN=c");
    expect(login(MAPPED, {}, certificateOf("CN=c,O=Acme,DC=org"))[0]).toBe("ACC O=Acme,CN=c");
  });

  test("nobody else is let in, whatever CONNECT says", () => {
    expect(login(MAPPED, {}, certificateOf("CN=c", "x"))[0]).toBe("");
    expect(login(MAPPED, { user: "d", pass: "pd" }, certificateOf("CN=c"))[0]).toBe("");
    expect(login(MAPPED, { user: "a@x" }, null)[0]).toBe("");
    expect(login({ ...MAPPED, noAuthUser: "a@x" }, {}, null)[0]).toBe("");
  });

  test("a user with a password must give it as well", () => {
    expect(login(MAPPED, {}, certificateOf("", "d"))[0]).toBe("");
    expect(login(MAPPED, { pass: "no" }, certificateOf("", "d"))[0]).toBe("");
    expect(login(MAPPED, { pass: "pd" }, certificateOf("", "d"))[0]).toBe("ACC d");
  });

  test("over WebSocket, where there are no certificates, users log in by their passwords", () => {
    expect(login(MAPPED, { user: "d", pass: "pd" }, null, true)[0]).toBe("ACC d");
    for (const pass of ["", "-"]) expect(login(MAPPED, { user: "a@x", pass }, null, true)[0]).toBe("");
  });
});

test("a user without a password cannot be logged in to by one", () => {
  const users = [{ user: "a", password: null, account: "ACC" }];
  for (const pass of ["", "-", "null"]) expect(login({ users }, { user: "a", pass })[0]).toBe("");
});
