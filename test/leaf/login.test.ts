// Who a leaf is, and which account it is bound to: leafnode.md §7.

import { describe, expect, test } from "bun:test";
import { createUser, type KeyPair } from "@nats-io/nkeys";
import type { LeafAuthorization } from "../../src/leaf/options.ts";
import { Box, type BoxOptions, connectOf } from "../support/core-world.ts";
import { documentOf } from "../support/leaf-talk.ts";

const REFUSED = "refused";

/** The account that a leaf ends up in, with its user. */
function outcome(options: BoxOptions, connect: object | ((nonce: string) => object), how = {}): string {
  const box = new Box(options);
  const leaf = box.rawLeaf(how);
  const nonce = String(documentOf(leaf.hears()[0])["nonce"]);
  leaf.says(connectOf("one", typeof connect === "function" ? connect(nonce) : connect));
  const [heard] = leaf.hears();
  if (heard === "-ERR 'Authorization Violation'") {
    expect(leaf.ended).toBe("Authentication Failure");
    expect(box.logged("authentication error")).toHaveLength(1);
    return REFUSED;
  }
  const account = String(documentOf(heard)["remote_account"]);
  expect(box.core.accounts.text(leaf.session.account)).toBe(account);
  expect(box.core.leafsOf(box.account(account))).toHaveLength(1);
  return `${account} ${(leaf.session as unknown as { user: string }).user}`.trim();
}

const blockOf = (authorization: Partial<LeafAuthorization>, more: BoxOptions = {}): BoxOptions => ({
  ...more,
  leaf: { listen: { authorization: { users: [], nkey: null, account: null, ...authorization } } },
});

const signed =
  (pair: KeyPair, text?: string) =>
  (nonce: string): object => ({
    nkey: pair.getPublicKey(),
    sig: Buffer.from(pair.sign(Buffer.from(text ?? nonce))).toString("base64url"),
  });

describe("without an authorization block of their own, leafs log in as clients do", () => {
  test("with user and password, into the user's account", () => {
    expect(outcome({}, { user: "a", pass: "a" })).toBe("ACC a");
    expect(outcome({}, { user: "b", pass: "b" })).toBe("ACC2 b");
    expect(outcome({}, { user: "b", pass: "a" })).toBe(REFUSED);
    expect(outcome({}, { user: "nobody", pass: "" })).toBe(REFUSED);
  });

  test("with nothing, as no_auth_user, and not at all without one", () => {
    expect(outcome({}, {})).toBe("$G g");
    expect(outcome({ accounts: { noAuthUser: null } }, {})).toBe(REFUSED);
  });

  test("with a token, into the global account", () => {
    const accounts = { token: "sesame", users: [] };
    expect(outcome({ accounts }, { auth_token: "sesame", user: "sesame" })).toBe("$G");
    expect(outcome({ accounts }, { auth_token: "other" })).toBe(REFUSED);
  });

  test("with an nkey and a signature of this link's nonce", () => {
    const [pair, other] = [createUser(), createUser()];
    const users = [{ user: null, password: null, nkey: pair.getPublicKey(), account: "ACC" }];
    const accounts = { users, noAuthUser: null };
    expect(outcome({ accounts }, signed(pair))).toBe(`ACC ${pair.getPublicKey()}`);
    expect(outcome({ accounts }, signed(pair, "another nonce"))).toBe(REFUSED);
    expect(outcome({ accounts }, signed(other))).toBe(REFUSED);
    expect(outcome({ accounts }, { nkey: pair.getPublicKey() })).toBe(REFUSED);
  });

  test("by nobody's leave where nobody must log in", () => {
    expect(outcome({ accounts: { users: [], noAuthUser: null } }, { user: "x", pass: "y" })).toBe("$G");
  });

  test("over WebSocket with nothing, as the user of WebSocket without credentials", () => {
    const accounts = { webSocketNoAuthUser: "b" };
    expect(outcome({ accounts }, {}, { webSocket: true })).toBe("ACC2 b");
    expect(outcome({ accounts }, {})).toBe("$G g");
  });

  test("into the system account too, which is said", () => {
    const box = new Box();
    const leaf = box.rawLeaf();
    leaf.hears();
    leaf.says(connectOf("one", { user: "s", pass: "s" }));
    expect(documentOf(leaf.hears()[0])).toMatchObject({ remote_account: "$SYS", acc_is_sys: true });
  });
});

describe("with a block of their own, only what it says counts", () => {
  const users = [
    { user: "east", password: "e", account: "ACC" },
    { user: "west", password: "w", account: null },
  ];

  test("its users are bound to their accounts, or to that of the block, or to the global one", () => {
    expect(outcome(blockOf({ users }), { user: "east", pass: "e" })).toBe("ACC east");
    expect(outcome(blockOf({ users }), { user: "west", pass: "w" })).toBe("$G west");
    expect(outcome(blockOf({ users, account: "ACC2" }), { user: "west", pass: "w" })).toBe("ACC2 west");
    expect(outcome(blockOf({ users, account: "ACC2" }), { user: "east", pass: "e" })).toBe("ACC east");
  });

  test("a wrong password, a client's user and nobody are refused, also with a no_auth_user", () => {
    for (const connect of [{ user: "east", pass: "w" }, { user: "a", pass: "a" }, {}, { user: "east" }]) {
      expect(outcome(blockOf({ users }), connect)).toBe(REFUSED);
    }
  });

  test("its nkey lets in whoever signs with it", () => {
    const [pair, other] = [createUser(), createUser()];
    const options = blockOf({ nkey: pair.getPublicKey(), account: "ACC" });
    expect(outcome(options, signed(pair))).toBe(`ACC ${pair.getPublicKey()}`);
    expect(outcome(options, signed(pair, "replayed"))).toBe(REFUSED);
    expect(outcome(options, signed(other))).toBe(REFUSED);
    expect(outcome(options, { user: "a", pass: "a" })).toBe(REFUSED);
  });

  test("that names but an account binds everybody to it where nobody must log in", () => {
    const nobody = { accounts: { users: [], noAuthUser: null } };
    expect(outcome(blockOf({ account: "ACC" }, nobody), {})).toBe("ACC");
    expect(outcome(blockOf({ account: "ACC" }), { user: "b", pass: "b" })).toBe("ACC2 b");
    expect(outcome(blockOf({ account: "ACC" }), { user: "b", pass: "x" })).toBe(REFUSED);
  });
});

describe("certificates", () => {
  const certificate = { dns: ["leaf.example"], all: ["leaf@example", "leaf.example", "CN=leaf"] };
  const mapped = (authorization: Partial<LeafAuthorization> | null): BoxOptions => {
    const { listen } = authorization === null ? { listen: {} } : blockOf(authorization).leaf!;
    const users = [{ user: "CN=leaf", password: null, account: "ACC" }];
    return { accounts: { users }, leaf: { listen: { ...listen, verifyAndMap: true } } };
  };
  const how = { secure: true, certificate };

  test("are mapped to a user of the block or of the clients", () => {
    const users = [{ user: "leaf.example", password: "y", account: "ACC2" }];
    expect(outcome(mapped({ users }), {}, how)).toBe("ACC2 leaf.example");
    expect(outcome(mapped(null), {}, how)).toBe("ACC CN=leaf");
  });

  test("do not stand in for the password of a client's user who has one", () => {
    const options = mapped(null);
    const users = [{ user: "CN=leaf", password: "x", account: "ACC" }];
    expect(outcome({ ...options, accounts: { users } }, {}, how)).toBe(REFUSED);
    expect(outcome({ ...options, accounts: { users } }, { pass: "x" }, how)).toBe("ACC CN=leaf");
  });

  test("that name nobody, and links without one, are refused whatever the password", () => {
    const users = [{ user: "other", password: "y", account: "ACC2" }];
    expect(outcome(mapped({ users }), { user: "other", pass: "y" }, how)).toBe(REFUSED);
    expect(outcome(mapped(null), { user: "CN=leaf", pass: "x" }, {})).toBe(REFUSED);
  });

  test("count as they come up in mid-stream", () => {
    const options = mapped(null);
    const listen = { ...options.leaf!.listen!, tlsRequired: true };
    const box = new Box({ ...options, leaf: { listen } });
    const leaf = box.rawLeaf();
    leaf.hears();
    leaf.session.secured(certificate, box.now);
    leaf.says(connectOf("one"));
    expect(documentOf(leaf.hears()[0])["remote_account"]).toBe("ACC");
  });
});

test("accounts are worlds of their own for leafs too", () => {
  const box = new Box();
  const leafs = ["g", "a", "b"].map((user) => box.spoke(user, { user, pass: user }));
  const clients = ["g", "a", "b"].map((user) => box.client({ user, pass: user }));
  for (const each of [...leafs, ...clients]) each.hears();
  for (const leaf of leafs) leaf.says("LS+ x", "LS+ x q 1");
  clients[1]!.says("PUB x 1\r\n1");
  expect(leafs.map((leaf) => leaf.hears())).toEqual([[], ["LMSG x | q 1", "1"], []]);
  for (const client of clients) client.says("SUB y 1");
  expect(leafs.map((leaf) => leaf.hears())).toEqual([["LS+ y"], ["LS+ y"], ["LS+ y"]]);
  leafs[2]!.says("LMSG y 1\r\n2");
  expect(clients.map((client) => client.hears())).toEqual([[], [], ["MSG y 1 1", "2"]]);
});

test("a remote is bound to the account that it names", () => {
  const box = new Box({ leaf: { remotes: [{ account: "ACC" }, { account: "ACC2" }] } });
  const [first, second] = [box.hub("e1"), box.hub("e2")];
  expect([first, second].map(({ session }) => box.core.accounts.text(session.account))).toEqual([
    "ACC",
    "ACC2",
  ]);
  box.client({ user: "a", pass: "a" }).says("SUB x 1");
  expect([first.hears(), second.hears()]).toEqual([["LS+ x"], []]);
});
