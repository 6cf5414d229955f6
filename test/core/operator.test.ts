// Operator mode in virtual time: who is let in by a JWT, how long, and what changes while he is connected.

import { describe, expect, test } from "bun:test";
import { createAccount, createOperator } from "@nats-io/nkeys";
import { signNonce } from "../../src/auth/nkey.ts";
import { operatorOf } from "../../src/auth/trust.ts";
import { NEVER } from "../../src/base/clock.ts";
import { FETCHES_MAX } from "../../src/base/limits.ts";
import type { Session } from "../../src/peer/session.ts";
import { granted } from "../auth/corpus.ts";
import {
  account,
  accountJwt,
  type Member,
  NO_LIMITS,
  NOW,
  operator,
  operatorJwt,
  publicKey,
  signed,
  user,
} from "../auth/identity.ts";
import { Box, type BoxOptions, connectOf, readable } from "../support/core-world.ts";
import type { Peer } from "../support/peer.ts";

type Account = Awaited<ReturnType<typeof account>>;

const OPERATOR = granted(operatorOf(operatorJwt));
const SYSTEM = publicKey(createAccount());

/** A box that trusts the operator and knows these accounts; it is now. */
function boxOf(
  accounts: readonly { jwt: string }[],
  options: BoxOptions & { pinned?: string[]; systemAccount?: string } = {},
): Box {
  const { systemAccount = SYSTEM } = options;
  const trust = { operators: [OPERATOR], systemAccount, pinnedAccounts: options.pinned ?? null };
  const operator = { trust, preload: accounts.map(({ jwt }) => jwt) };
  const names = ["$G", ...(options.accounts?.names ?? [])];
  const box = new Box({
    ...options,
    accounts: { names, systemAccount, users: [], noAuthUser: null, operator },
  });
  box.now = NOW * 1_000;
  return box;
}

function nonceOf(peer: Peer<Session>): string {
  const info = peer.hears().find((line) => line.startsWith("INFO "))!;
  return JSON.parse(info.slice(5))["nonce"];
}

const seedOf = ({ keys }: Member): string => Buffer.from(keys.getSeed()).toString();

/** A client that has said CONNECT with the user's JWT and the right signature. */
function comes(box: Box, who: Member, more: object = {}) {
  const peer = box.rawClient();
  const sig = signNonce(seedOf(who), nonceOf(peer));
  peer.says(
    `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, jwt: who.jwt, sig, ...more })}`,
    "PING",
  );
  return peer;
}

/** The same for a leaf. */
function leafComes(box: Box, who: Member, more: object = {}) {
  const peer = box.rawLeaf();
  const sig = signNonce(seedOf(who), nonceOf(peer));
  peer.says(connectOf("SPOKE", { jwt: who.jwt, sig, ...more }));
  return peer;
}

const VIOLATION = "-ERR 'Authorization Violation'";

async function accountAndUser(nats: object = {}, rights: object = {}): Promise<[Account, Member]> {
  const acc = await account(nats);
  return [acc, await user(acc.keys, { ...NO_LIMITS, ...rights })];
}

/** The JWT of an account with other claims, issued `later` seconds from now. */
async function renewed({ keys }: Member, nats: object, later = 60, signer = operator): Promise<string> {
  const jwt = await accountJwt(keys, nats, { signer });
  const claims = JSON.parse(Buffer.from(jwt.split(".")[1]!, "base64url").toString());
  return signed(signer, { ...claims, iat: NOW + later });
}

describe("logging in", () => {
  test("a user of a known account is in his account, and not in another one", async () => {
    const [[red, bob], [blue, eve]] = await Promise.all([accountAndUser(), accountAndUser()]);
    const box = boxOf([red, blue]);
    const [one, two, other] = [comes(box, bob), comes(box, bob), comes(box, eve)];
    for (const peer of [one, other]) peer.says("SUB a 1", "PING");
    for (const peer of [one, two, other]) peer.hears();
    two.says("PUB a 2", "hi", "PING");
    expect(one.hears()).toEqual(["MSG a 1 2", "hi"]);
    expect(other.hears()).toEqual([]);
    expect(box.core.accountName(one.session.account)).toBe(publicKey(red.keys));
    expect(one.session.user).toBe(publicKey(bob.keys));
  });

  test("INFO asks for a login and gives something to sign", async () => {
    const info = boxOf([]).rawClient().hears()[0]!;
    expect(JSON.parse(info.slice(5))).toMatchObject({
      auth_required: true,
      nonce: expect.stringMatching(/^\w{15}$/),
    });
  });

  test("whoever brings no JWT, a wrong signature or an unknown account is not told which it was", async () => {
    const [[red, bob], [, stranger]] = await Promise.all([accountAndUser(), accountAndUser()]);
    const box = boxOf([red]);
    const wrong = [
      comes(box, bob, { jwt: undefined }),
      comes(box, bob, { jwt: "", user: "bob", pass: "x" }),
      comes(box, bob, { sig: undefined }),
      comes(box, bob, { sig: signNonce(seedOf(bob), "another nonce") }),
      comes(box, bob, { jwt: bob.jwt.slice(0, -4) }),
      comes(box, stranger),
    ];
    for (const peer of wrong) {
      expect(peer.hears()).toEqual([VIOLATION]);
      expect(peer.ended).toBe("Authentication Failure");
    }
    expect(box.logged("did not sign the nonce")).toHaveLength(2);
    expect(box.log.some((line) => line.includes(bob.jwt))).toBe(false);
  });

  test("a bearer needs no signature", async () => {
    const [red, bob] = await accountAndUser({}, { bearer_token: true });
    expect(comes(boxOf([red]), bob, { sig: undefined }).hears()).toContain("PONG");
  });

  test("the kind of connection and the address must be allowed", async () => {
    const [red, bob] = await accountAndUser();
    const only = (rights: object) => user(red.keys, { ...NO_LIMITS, ...rights });
    const box = boxOf([red]);
    expect(comes(box, bob).hears()).toContain("PONG");
    for (const rights of [{ allowed_connection_types: ["WEBSOCKET"] }, { src: ["192.0.2.0/24"] }]) {
      expect(comes(box, await only(rights)).hears()).toEqual([VIOLATION]);
    }
    for (const rights of [{ allowed_connection_types: ["STANDARD"] }, { src: ["10.0.0.0/8"] }]) {
      expect(comes(box, await only(rights)).hears()).toContain("PONG");
    }
    const leafOnly = await only({ allowed_connection_types: ["LEAFNODE"] });
    expect(comes(box, leafOnly).hears()).toEqual([VIOLATION]);
    expect(leafComes(box, leafOnly).ended).toBeNull();
    expect(leafComes(box, await only({ allowed_connection_types: ["LEAFNODE_WS"] })).ended).not.toBeNull();
  });

  test("permissions bound what is sent and subscribed to", async () => {
    const [red, bob] = await accountAndUser({}, { pub: { allow: ["in.>"] }, sub: { allow: ["out.>"] } });
    const peer = comes(boxOf([red]), bob);
    peer.hears();
    peer.says("SUB in.a 1", "SUB out.a 2", "PUB out.a 0", "", "PUB in.a 0", "");
    expect(peer.hears()).toEqual([
      `-ERR 'Permissions Violation for Subscription to "in.a"'`,
      `-ERR 'Permissions Violation for Publish to "out.a"'`,
    ]);
  });

  test("who may only answer is let to answer what he was asked, once", async () => {
    const [red, bob] = await accountAndUser(
      {},
      { sub: { allow: ["ask"] }, resp: { max: 1, ttl: 5_000_000_000 } },
    );
    const box = boxOf([red]);
    const [service, asker] = [comes(box, bob), comes(box, await user(red.keys))];
    service.says("SUB ask 1");
    asker.says("SUB _INBOX.> 1");
    for (const peer of [service, asker]) peer.hears();
    const violation = (subject: string) => `-ERR 'Permissions Violation for Publish to "${subject}"'`;
    service.says("PUB _INBOX.1 1", "x");
    expect(service.hears()).toEqual([violation("_INBOX.1")]);
    asker.says("PUB ask _INBOX.1 1", "?");
    expect(service.hears()).toEqual(["MSG ask 1 _INBOX.1 1", "?"]);
    service.says("PUB _INBOX.1 1", "a", "PUB _INBOX.1 1", "b", "PUB _INBOX.2 1", "c");
    expect(asker.hears()).toEqual(["MSG _INBOX.1 1 1", "a"]);
    expect(service.hears()).toEqual([violation("_INBOX.1"), violation("_INBOX.2")]);
    asker.says("PUB ask _INBOX.3 1", "?");
    box.wait(5_000);
    service.hears();
    service.says("PUB _INBOX.3 4", "late");
    expect(service.hears()).toEqual([violation("_INBOX.3")]);
  });

  test("an account that is not pinned is unknown", async () => {
    const [[red, bob], [blue, eve]] = await Promise.all([accountAndUser(), accountAndUser()]);
    const box = boxOf([red, blue], { pinned: [publicKey(red.keys)] });
    expect(comes(box, bob).hears()).toContain("PONG");
    expect(comes(box, eve).hears()).toEqual([VIOLATION]);
  });
});

describe("limits", () => {
  test("an account has as many connections as its JWT says", async () => {
    const [red, bob] = await accountAndUser({ limits: { conn: 2 } });
    const box = boxOf([red]);
    const first = comes(box, bob);
    expect(comes(box, bob).ended).toBeNull();
    const third = comes(box, bob);
    expect(third.hears()).toEqual(["-ERR 'maximum account active connections exceeded'"]);
    expect(third.ended).toBe("Maximum Account Connections Exceeded");
    first.goes();
    expect(comes(box, bob).ended).toBeNull();
  });

  test("leafs have a limit of their own", async () => {
    const [red, bob] = await accountAndUser({ limits: { leaf: 1 } });
    const box = boxOf([red]);
    expect(leafComes(box, bob).ended).toBeNull();
    expect(leafComes(box, bob, { name: "OTHER", server_id: "NOTHER" }).ended).toBe(
      "Maximum Account Connections Exceeded",
    );
    expect(comes(box, bob).ended).toBeNull();
  });

  test("the smaller limit of user and account bounds subscriptions and messages", async () => {
    const [red, bob] = await accountAndUser({ limits: { subs: 3, payload: 10 } }, { subs: 1, payload: 5 });
    const peer = comes(boxOf([red]), bob);
    peer.hears();
    peer.says("SUB a 1", "SUB b 2");
    expect(peer.hears()).toEqual(["-ERR 'maximum subscriptions exceeded'"]);
    peer.says("PUB a 6", "123456");
    expect(peer.hears()).toContain("-ERR 'Maximum Payload Violation'");
  });
});

describe("time", () => {
  test("a user who expires is told so and cut, and cannot come again", async () => {
    const red = await account();
    const bob = await user(red.keys, NO_LIMITS, { exp: NOW + 60 });
    const box = boxOf([red]);
    const [peer, leaf] = [comes(box, bob), leafComes(box, bob)];
    peer.hears();
    leaf.hears();
    box.wait(59_900);
    expect(peer.ended).toBeNull();
    box.wait(200);
    expect(peer.hears()).toContain("-ERR 'User Authentication Expired'");
    expect(leaf.hears()).toContain("-ERR 'User Authentication Expired'");
    expect([peer.ended, leaf.ended]).toEqual(["Authentication Expired", "Authentication Expired"]);
    box.wait(1_000);
    expect(comes(box, bob).hears()).toEqual([VIOLATION]);
  });

  test("a closing connection that has expired does not keep the clock busy", async () => {
    const red = await account();
    const bob = await user(red.keys, NO_LIMITS, { exp: NOW + 60 });
    const box = boxOf([red]);
    const peer = comes(box, bob);
    box.wait(55_000);
    peer.appetite = 0;
    peer.says("PING");
    box.wait(6_000);
    expect(peer.session.closing).toBe("Authentication Expired");
    box.wait(3_000);
    expect(peer.session.deadline).toBe(NEVER);
  });

  test("an account that expires takes its connections along", async () => {
    const red = await account({}, { exp: NOW + 60 });
    const bob = await user(red.keys);
    const box = boxOf([red]);
    const peer = comes(box, bob);
    peer.hears();
    box.wait(60_100);
    expect(peer.hears()).toContain("-ERR 'Account Authentication Expired'");
    expect(peer.ended).toBe("Authentication Expired");
    expect(comes(box, bob).hears()).toEqual([VIOLATION]);
  });
});

describe("accounts that change", () => {
  test("a revoked user is told so and cut; the others stay", async () => {
    const [red, bob] = await accountAndUser();
    const ann = await user(red.keys);
    const box = boxOf([red]);
    const [cut, stays] = [comes(box, bob), comes(box, ann)];
    for (const peer of [cut, stays]) peer.hears();
    const jwt = await renewed(red, { revocations: { [publicKey(bob.keys)]: NOW + 60 } });
    expect(box.core.operator!.updated(jwt)).toBeNull();
    expect(cut.hears()).toEqual(["-ERR 'User Authentication Revoked'"]);
    expect(cut.ended).toBe("Credentials Revoked");
    expect(stays.ended).toBeNull();
    expect(comes(box, bob).hears()).toEqual([VIOLATION]);
  });

  test("an older JWT changes nothing, and neither does that of a stranger", async () => {
    const [red, bob] = await accountAndUser();
    const box = boxOf([red]);
    const peer = comes(box, bob);
    const revoked = await renewed(red, { revocations: { "*": NOW + 60 } });
    expect(box.core.operator!.updated(await renewed(red, {}, 65))).toBeNull();
    expect(box.core.operator!.updated(revoked)).toMatch(/newer/);
    expect(box.core.operator!.updated(await renewed(red, {}, 70, createOperator()))).toMatch(/not signed/);
    expect(peer.ended).toBeNull();
  });

  test("fewer connections than there are leaves the oldest ones", async () => {
    const [red, bob] = await accountAndUser();
    const box = boxOf([red]);
    const peers = [comes(box, bob), comes(box, bob), comes(box, bob)];
    box.core.operator!.updated(await renewed(red, { limits: { conn: 2 } }));
    box.settle();
    expect(peers.map(({ ended }) => ended)).toEqual([null, null, "Maximum Account Connections Exceeded"]);
  });

  test("default permissions change for those who live by them", async () => {
    const [red, bob] = await accountAndUser();
    const own = await user(red.keys, { ...NO_LIMITS, sub: { allow: ["a", "b"] } });
    const box = boxOf([red]);
    const [peer, other] = [comes(box, bob), comes(box, own)];
    for (const each of [peer, other]) each.says("SUB a 1", "SUB b 2");
    for (const each of [peer, other]) each.hears();
    box.core.operator!.updated(await renewed(red, { default_permissions: { sub: { deny: ["b"] } } }));
    expect(peer.hears()).toEqual([`-ERR 'Permissions Violation for Subscription to "b" (sid "2")'`]);
    expect(other.hears()).toEqual([]);
    peer.says("PUB b 2", "hi");
    expect(peer.hears()).toEqual([]);
    expect(other.hears()).toEqual(["MSG b 2 2", "hi"]);
  });

  test("a leaf with other default permissions comes again", async () => {
    const [red, bob] = await accountAndUser();
    const box = boxOf([red]);
    const leaf = leafComes(box, bob);
    box.core.operator!.updated(await renewed(red, { limits: { conn: 5 } }));
    expect(leaf.ended).toBeNull();
    box.core.operator!.updated(await renewed(red, { default_permissions: { sub: { deny: ["b"] } } }, 61));
    box.settle();
    expect(leaf.ended).toBe("Authentication Failure");
  });

  test("other accounts are configured: those who are connected stay, and old accounts are ours as before", async () => {
    const [[red, bob], [blue, eve]] = await Promise.all([accountAndUser(), accountAndUser()]);
    const box = boxOf([red]);
    const peer = comes(box, bob);
    const revoked = comes(box, await user(red.keys));
    const jwt = await renewed(red, { revocations: { [revoked.session.user]: NOW + 60 } });
    const { options } = box.core;
    const operator = { ...options.accounts.operator!, preload: [jwt, blue.jwt] };
    box.core.reconfigure({ ...options, accounts: { ...options.accounts, operator } });
    box.settle();
    expect([peer.ended, revoked.ended]).toEqual([null, "Credentials Revoked"]);
    expect(comes(box, eve).ended).toBeNull();
    expect(box.core.hasAccount(peer.session.account)).toBe(true);
    expect(comes(box, bob).ended).toBeNull();
  });

  test("a new account is ours at once, and gateways that were refused are told its interest", async () => {
    const [red, bob] = await accountAndUser();
    const box = boxOf([]);
    const remote = box.inbound("B");
    remote.hears();
    const key = publicKey(red.keys);
    remote.says(`RMSG ${key} a 2`, "hi");
    expect(remote.hears()).toEqual([`A- ${key}`]);
    expect(box.core.operator!.updated(red.jwt)).toBeNull();
    expect(readable(remote.hears())).toEqual([`start ${key}`, `complete ${key}`]);
    const peer = comes(box, bob);
    peer.says("SUB a 1");
    expect(remote.hears()).toEqual([`RS+ ${key} a`]);
    peer.hears();
    remote.says(`RMSG ${key} a 2`, "hi");
    expect(peer.hears()).toEqual(["MSG a 1 2", "hi"]);
  });
});

describe("accounts that must be fetched", () => {
  test("a login waits for its account and is then as any other; what came since is read", async () => {
    const [red, bob] = await accountAndUser();
    const box = boxOf([], { fetchesAccounts: true });
    const [one, two] = [comes(box, bob), comes(box, bob)];
    one.says("SUB a 1");
    one.saysRaw("PI");
    one.saysRaw("NG\r\n");
    expect([one.hears(), two.hears()]).toEqual([[], []]);
    expect(box.fetches).toEqual([publicKey(red.keys)]);
    box.core.operator!.fetched(publicKey(red.keys), red.jwt, "");
    expect(one.hears().filter((line) => line === "PONG")).toHaveLength(2);
    two.says("PUB a 2", "hi");
    expect(one.hears()).toEqual(["MSG a 1 2", "hi"]);
    expect(comes(box, bob).hears()).toContain("PONG");
    expect(box.fetches).toHaveLength(1);
  });

  test("a leaf waits as well", async () => {
    const [red, bob] = await accountAndUser();
    const box = boxOf([], { fetchesAccounts: true });
    const leaf = leafComes(box, bob);
    leaf.says("PING");
    expect(leaf.hears()).toEqual([]);
    box.core.operator!.fetched(publicKey(red.keys), red.jwt, "");
    expect(leaf.hears()).toContain("PONG");
    expect(box.core.leafsOf(box.account(publicKey(red.keys)))).toHaveLength(1);
  });

  test("others are let in meanwhile", async () => {
    const [[red, bob], [, stranger]] = await Promise.all([accountAndUser(), accountAndUser()]);
    const box = boxOf([red], { fetchesAccounts: true });
    comes(box, stranger);
    expect(comes(box, bob).hears()).toContain("PONG");
  });

  test("an account that is not found, is another one or is not signed lets nobody in, and is asked for again", async () => {
    const [[red, bob], [blue]] = await Promise.all([accountAndUser(), accountAndUser()]);
    const box = boxOf([], { fetchesAccounts: true });
    const key = publicKey(red.keys);
    const answers = [
      null,
      blue.jwt,
      "x.y.z",
      red.jwt.slice(0, -4),
      await renewed(red, {}, 0, createOperator()),
    ];
    for (const [at, answer] of answers.entries()) {
      const peer = comes(box, bob);
      box.core.operator!.fetched(key, answer, "404 Not Found");
      expect(peer.hears()).toEqual([VIOLATION]);
      expect(box.fetches).toHaveLength(at + 1);
    }
    expect(box.logged(key, "404 Not Found")).toHaveLength(1);
  });

  test("one that never comes ends with the time for logging in, and is forgotten", async () => {
    const [red, bob] = await accountAndUser();
    const box = boxOf([], { fetchesAccounts: true });
    const peer = comes(box, bob);
    box.wait(2_100);
    expect(peer.hears()).toEqual(["-ERR 'Authentication Timeout'"]);
    box.wait(5_000);
    box.core.operator!.fetched(publicKey(red.keys), red.jwt, "");
    expect(comes(box, bob).hears()).toEqual([]);
    expect(box.fetches).toHaveLength(2);
  });

  test("who sends much before it is known who he is, is cut", async () => {
    const [, bob] = await accountAndUser();
    const box = boxOf([], { fetchesAccounts: true });
    const peer = comes(box, bob);
    for (let i = 0; i < 40; i++) peer.saysRaw(new Uint8Array(2_000));
    expect(peer.hears()).toEqual([VIOLATION]);
  });

  test("an account that has expired is asked for again", async () => {
    const red = await account({}, { exp: NOW + 60 });
    const bob = await user(red.keys);
    const box = boxOf([red], { fetchesAccounts: true });
    box.wait(61_000);
    const peer = comes(box, bob);
    expect(box.fetches).toEqual([publicKey(red.keys)]);
    box.core.operator!.fetched(publicKey(red.keys), await renewed(red, {}), "");
    expect(peer.hears()).toContain("PONG");
  });

  test("so many accounts are asked for at a time and no more", async () => {
    const bob = await user((await account()).keys);
    const box = boxOf([], { fetchesAccounts: true, maxConnections: 1_000 });
    const stranger = (): Member => {
      const issuer_account = publicKey(createAccount());
      return {
        ...bob,
        jwt: signed(bob.keys, { sub: "U", nats: { type: "user", version: 2, issuer_account } }),
      };
    };
    for (let i = 0; i < FETCHES_MAX; i++) expect(comes(box, stranger()).hears()).toEqual([]);
    expect(box.fetches).toHaveLength(FETCHES_MAX);
    expect(comes(box, stranger()).hears()).toEqual([VIOLATION]);
  });
});

describe("what passes between accounts", () => {
  const importOf = (from: Member, more: object) => ({ name: "i", account: publicKey(from.keys), ...more });

  test("a stream and a service that are exported are imported under their local names", async () => {
    const [shop, seller] = await accountAndUser({
      exports: [
        { name: "s", subject: "orders.>", type: "stream" },
        { name: "r", subject: "price.*", type: "service" },
      ],
    });
    const [buyer, eve] = await accountAndUser({
      imports: [
        importOf(shop, { subject: "orders.eu.>", type: "stream", local_subject: "shop.eu.>" }),
        importOf(shop, { subject: "price.*", type: "service", local_subject: "ask.*" }),
      ],
    });
    const box = boxOf([buyer, shop]);
    const [one, two] = [comes(box, seller), comes(box, eve)];
    two.says("SUB shop.> 1", "SUB _INBOX.x 2");
    one.says("SUB price.apple 1");
    for (const peer of [one, two]) peer.hears();
    one.says("PUB orders.eu.1 2", "hi", "PUB orders.us.1 2", "no");
    expect(two.hears()).toEqual(["MSG shop.eu.1 1 2", "hi"]);
    two.says("PUB ask.apple _INBOX.x 1", "?");
    const [asked] = one.hears();
    expect(asked).toMatch(/^MSG price\.apple 1 _R_\.\S+ 1$/);
    one.says(`PUB ${asked!.split(" ")[3]} 1`, "7");
    expect(two.hears()).toEqual(["MSG _INBOX.x 2 1", "7"]);
  });

  test("a private export is had with an activation, as long as that lasts", async () => {
    const [shop, seller] = await accountAndUser({
      exports: [{ name: "s", subject: "orders.>", type: "stream", token_req: true }],
    });
    const buyer = createAccount();
    const key = publicKey(buyer);
    const nats = { subject: "orders.>", kind: "stream", type: "activation", version: 2 };
    const token = signed(shop.keys, { sub: key, iat: NOW, exp: NOW + 60, nats });
    const jwtWith = async (token: string) =>
      await accountJwt(buyer, { imports: [importOf(shop, { subject: "orders.>", type: "stream", token })] });
    const eve = await user(buyer);
    const box = boxOf([shop, { jwt: await jwtWith(token) }]);
    const [one, two] = [comes(box, seller), comes(box, eve)];
    two.says("SUB orders.> 1");
    two.hears();
    one.says("PUB orders.1 1", "a");
    expect(two.hears()).toEqual(["MSG orders.1 1 1", "a"]);
    box.wait(61_000);
    one.says("PUB orders.1 1", "b");
    expect(two.hears()).toEqual([]);
  });

  test("nothing is had that is not exported, and what is exported no more is had no more", async () => {
    const exports = [{ name: "s", subject: "orders.>", type: "stream" }];
    const [shop, seller] = await accountAndUser({ exports });
    const [buyer, eve] = await accountAndUser({
      imports: [
        importOf(shop, { subject: "orders.>", type: "stream" }),
        importOf(shop, { subject: "secret", type: "stream" }),
      ],
    });
    const box = boxOf([buyer, shop]);
    const [one, two] = [comes(box, seller), comes(box, eve)];
    two.says("SUB > 1");
    two.hears();
    one.says("PUB orders.1 1", "a", "PUB secret 1", "b");
    expect(two.hears()).toEqual(["MSG orders.1 1 1", "a"]);
    expect(box.logged("secret", "nothing like it is exported").length).toBeGreaterThan(0);
    box.core.operator!.updated(await renewed(shop, {}));
    one.says("PUB orders.1 1", "c");
    expect(two.hears()).toEqual([]);
    box.core.operator!.updated(await renewed(shop, { exports }, 61));
    one.says("PUB orders.1 1", "d");
    expect(two.hears()).toEqual(["MSG orders.1 1 1", "d"]);
  });

  test("mappings of an account change the subjects of its messages", async () => {
    const [red, bob] = await accountAndUser({ mappings: { "a.*": [{ subject: "b.$1" }] } });
    const peer = comes(boxOf([red]), bob);
    peer.says("SUB > 1");
    peer.hears();
    peer.says("PUB a.x 1", "1");
    expect(peer.hears()).toEqual(["MSG b.x 1 1", "1"]);
  });

  test("an account that is imported from is fetched", async () => {
    const [shop, seller] = await accountAndUser({ exports: [{ name: "s", subject: "o", type: "stream" }] });
    const [buyer, eve] = await accountAndUser({
      imports: [importOf(shop, { subject: "o", type: "stream" })],
    });
    const box = boxOf([buyer], { fetchesAccounts: true });
    const two = comes(box, eve);
    two.says("SUB o 1");
    two.hears();
    expect(box.fetches).toEqual([publicKey(shop.keys)]);
    box.core.operator!.fetched(publicKey(shop.keys), shop.jwt, "");
    comes(box, seller).says("PUB o 1", "1");
    expect(two.hears()).toEqual(["MSG o 1 1", "1"]);
  });
});

describe("users of the system account", () => {
  const request = (peer: Peer<Session>, subject: string, payload: string): unknown => {
    peer.says(`PUB ${subject} _INBOX.x ${payload.length}`, payload);
    const [head, text] = peer.hears();
    expect(head).toMatch(/^MSG _INBOX\.x 1 \d+$/);
    return text === "" ? "" : JSON.parse(text!);
  };

  test("they push, look up and list accounts, and what they push takes effect at once", async () => {
    const [[system, admin], [red, bob]] = await Promise.all([accountAndUser(), accountAndUser()]);
    const box = boxOf([system, red], { systemAccount: publicKey(system.keys) });
    const [peer, cut] = [comes(box, admin), comes(box, bob)];
    peer.says("SUB _INBOX.> 1");
    for (const each of [peer, cut]) each.hears();
    const key = publicKey(red.keys);
    const jwt = await renewed(red, { revocations: { "*": NOW + 60 } });
    expect(request(peer, "$SYS.REQ.CLAIMS.UPDATE", jwt)).toMatchObject({
      data: { account: key, code: 200, message: "jwt updated" },
    });
    expect(cut.hears()).toEqual(["-ERR 'User Authentication Revoked'"]);
    expect(request(peer, "$SYS.REQ.CLAIMS.LIST", "")).toMatchObject({
      data: [key, publicKey(system.keys)].sort(),
      server: { name: "box-1" },
    });
    expect(request(peer, "$SYS.REQ.CLAIMS.UPDATE", "x.y.z")).toMatchObject({ error: { code: 500 } });
    const blue = await account();
    expect(request(peer, `$SYS.REQ.ACCOUNT.${publicKey(blue.keys)}.CLAIMS.UPDATE`, blue.jwt)).toMatchObject({
      data: { code: 200 },
    });
    expect(comes(box, await user(blue.keys)).ended).toBeNull();
    peer.says(`PUB $SYS.REQ.ACCOUNT.${key}.CLAIMS.LOOKUP _INBOX.x 0`, "");
    expect(peer.hears()[1]).toBe(jwt);
  });

  test("nobody else can", async () => {
    const [red, bob] = await accountAndUser();
    const box = boxOf([red]);
    const peer = comes(box, bob);
    peer.hears();
    const jwt = await renewed(red, { revocations: { "*": NOW + 60 } });
    peer.says(`PUB $SYS.REQ.CLAIMS.UPDATE ${jwt.length}`, jwt);
    expect(peer.ended).toBeNull();
    expect(comes(box, bob).ended).toBeNull();
  });
});
