// Users and accounts while they live: what a user may do, until when, and what new claims of his account
// mean.

import { describe, expect, test } from "bun:test";
import { encodeOperator } from "@nats-io/jwt";
import { createAccount, createOperator } from "@nats-io/nkeys";
import type { AccountClaims } from "../../src/auth/claims.ts";
import { isRefusal } from "../../src/auth/refusal.ts";
import { operatorOf, Trust } from "../../src/auth/trust.ts";
import { connectionLimits, defaultPermissions, type UserLogin } from "../../src/auth/user-login.ts";
import { codeOf, granted } from "./corpus.ts";
import { account, accountJwt, login, NO_LIMITS, NOW, operator, publicKey, trust, user } from "./identity.ts";

const in60 = NOW + 60;

describe("a user who is let in", () => {
  test("is who his JWT says, under the public keys of himself and his account", async () => {
    const home = await account();
    const bob = await user(home.keys, { ...NO_LIMITS, tags: ["team:red"] }, { exp: in60 });
    expect(granted(login(bob, home.claims))).toMatchObject({
      ...{ userKey: publicKey(bob.keys), accountKey: publicKey(home.keys), name: "bob", tags: ["team:red"] },
      ...{ publish: null, subscribe: null, allowResponses: null, expiresAt: in60, usesDefaults: true },
      ...{ limits: { subs: -1, payload: -1, data: -1 }, issuer: publicKey(home.keys), bearer: false },
    });
    expect(trust.issuerAccountOf(bob.jwt)).toBe(publicKey(home.keys));
  });

  test("answers once within two minutes unless it says more, and publishes nothing else", async () => {
    const home = await account();
    const responses = async (resp: object, more: object = {}) =>
      granted(login(await user(home.keys, { ...NO_LIMITS, resp, ...more }), home.claims));
    const plain = await responses({});
    expect(plain.allowResponses).toEqual({ max: 1, expiresMillis: 120_000 });
    expect(plain.publish).toEqual({ allow: [], deny: [] });
    expect((await responses({ max: -1, ttl: -1 })).allowResponses).toEqual({ max: -1, expiresMillis: -1 });
    const more = await responses({ max: 3, ttl: 5_000_000 }, { pub: { allow: ["a"] } });
    expect(more.allowResponses).toEqual({ max: 3, expiresMillis: 5 });
    expect(more.publish).toEqual({ allow: ["a"], deny: [] });
  });

  test("ends when the first of his JWT and his hours ends", async () => {
    const home = await account();
    const midnight = NOW - (NOW % 86_400);
    const times = [
      { start: "08:00:00", end: "09:00:00" },
      { start: "08:30:00", end: "10:00:00" },
    ];
    const until = async (exp: number | undefined, nowSeconds: number) => {
      const options = exp === undefined ? {} : { exp };
      const member = await user(home.keys, { ...NO_LIMITS, times, times_location: "UTC" }, options);
      return granted(login(member, home.claims, { nowSeconds })).expiresAt - midnight;
    };
    const at = midnight + 8.75 * 3_600;
    expect(await until(undefined, at)).toBe(10 * 3_600);
    expect(await until(at + 60, at)).toBe(8.75 * 3_600 + 60);
    expect(await until(at + 86_400, at)).toBe(10 * 3_600);
  });

  test("is bounded by the smaller of his limits and those of his account", async () => {
    const home = await account({ limits: { subs: 10, payload: -1 } });
    const limits = async (nats: object) =>
      connectionLimits(granted(login(await user(home.keys, nats), home.claims)), home.claims);
    expect(await limits(NO_LIMITS)).toEqual({ subs: 10, payload: -1 });
    expect(await limits({ ...NO_LIMITS, subs: 5, payload: 7 })).toEqual({ subs: 5, payload: 7 });
    expect(await limits({})).toEqual({ subs: 0, payload: 0 });
  });

  test("comes over any of the connections that he may use", async () => {
    const home = await account();
    const member = await user(home.keys, {
      ...NO_LIMITS,
      allowed_connection_types: ["WEBSOCKET", "leafnode_ws"],
    });
    const codes = (["STANDARD", "WEBSOCKET", "LEAFNODE", "LEAFNODE_WS", "MQTT"] as const).map(
      (connectionType) => codeOf(login(member, home.claims, { connectionType })),
    );
    const no = "connection-type";
    expect(codes).toEqual([no, "granted", no, "granted", no]);
  });

  test("comes from an address that is known, or not at all when his is not", async () => {
    const home = await account();
    const member = await user(home.keys, { ...NO_LIMITS, src: ["10.0.0.0/8", "2001:db8::/32"] });
    const from = (sourceIp: string) => codeOf(login(member, home.claims, { sourceIp }));
    expect(["10.1.2.3", "::ffff:10.1.2.3", "2001:db8:1::"].map(from)).toEqual(Array(3).fill("granted"));
    const others = ["11.1.2.3", "::1", "", "localhost", "10.1.2.3:80"].map(from);
    expect(others).toEqual(Array(5).fill("source-address"));
  });
});

describe("new claims of an account", () => {
  const [signing, role] = [createAccount(), createAccount()];
  const scope = (template: object) => ({ kind: "user_scope", key: publicKey(role), role: "r", template });
  const BEFORE = { signing_keys: [publicKey(signing), scope(NO_LIMITS)] };

  /** An account, and what a login of it says to the claims that follow. */
  async function followed(nats: object, signer?: ReturnType<typeof createAccount>, before: object = BEFORE) {
    const home = await account(before);
    const member = await user(home.keys, nats, signer === undefined ? {} : { signer });
    const known = granted(login(member, home.claims));
    return async (after: object, options: object = {}, now = NOW) => {
      const claims = granted(trust.signedAccount(await accountJwt(home.keys, after, options)));
      return [known, claims, trust.review(known, claims, now)] as const;
    };
  }
  const codes = async (
    follow: Awaited<ReturnType<typeof followed>>,
    after: object,
    options = {},
    now = NOW,
  ) => (await follow(after, options, now))[2]?.code ?? "stays";

  test("let everybody stay whom they would let in", async () => {
    for (const signer of [undefined, signing]) {
      const follow = await followed(NO_LIMITS, signer);
      expect(await codes(follow, { ...BEFORE, description: "new" })).toBe("stays");
      expect(await codes(follow, { ...BEFORE, revocations: { "*": NOW - 60 } })).toBe("stays");
    }
    expect(await codes(await followed({}, role), BEFORE)).toBe("stays");
  });

  test("revoke a user, or all", async () => {
    const home = await account();
    const [bob, eve] = [await user(home.keys), await user(home.keys)];
    const known = granted(login(bob, home.claims));
    const after = async (revocations: object): Promise<AccountClaims> =>
      granted(trust.signedAccount(await accountJwt(home.keys, { revocations })));
    const review = async (revocations: object) => trust.review(known, await after(revocations), NOW)?.code;
    expect(await review({ [publicKey(bob.keys)]: NOW + 60 })).toBe("revoked");
    expect(await review({ [publicKey(bob.keys)]: known.issuedAt })).toBe("revoked");
    expect(await review({ [publicKey(bob.keys)]: known.issuedAt - 1 })).toBeUndefined();
    expect(await review({ [publicKey(eve.keys)]: NOW + 60 })).toBeUndefined();
    expect(await review({ "*": NOW + 60 })).toBe("revoked");
  });

  test("end users whose signing key is gone or has another scope, and no others", async () => {
    const bySigner = await followed(NO_LIMITS, signing);
    expect(await codes(bySigner, {})).toBe("untrusted");
    expect(await codes(bySigner, { signing_keys: [{ ...scope(NO_LIMITS), key: publicKey(signing) }] })).toBe(
      "untrusted",
    );
    const byRole = await followed({}, role);
    expect(await codes(byRole, { signing_keys: [scope({ ...NO_LIMITS, subs: 5 })] })).toBe("untrusted");
    expect(await codes(byRole, { signing_keys: [publicKey(role)] })).toBe("untrusted");
    expect(await codes(await followed(NO_LIMITS), {})).toBe("stays");
  });

  test("end bearers when none may be, and everybody when the account expires", async () => {
    const bearer = await followed({ ...NO_LIMITS, bearer_token: true });
    expect(await codes(bearer, { ...BEFORE, limits: { disallow_bearer: true } })).toBe("bearer-forbidden");
    const other = await followed(NO_LIMITS);
    expect(await codes(other, { ...BEFORE, limits: { disallow_bearer: true } })).toBe("stays");
    expect(await codes(other, BEFORE, { exp: in60 }, in60 - 1)).toBe("stays");
    expect(await codes(other, BEFORE, { exp: in60 }, in60)).toBe("account-expired");
  });

  test("change what those may do who bring nothing of their own", async () => {
    const [known, claims] = await (await followed(NO_LIMITS))({
      default_permissions: { pub: { deny: ["x"] } },
    });
    expect(known.usesDefaults).toBe(true);
    expect(defaultPermissions(claims).publish).toEqual({ allow: null, deny: ["x"] });
    const own = await followed({ ...NO_LIMITS, sub: { allow: ["a"] } });
    expect((await own({}))[0].usesDefaults).toBe(false);
  });
});

describe("who is trusted", () => {
  test("keys of several operators, and of a strict one only its signing keys", async () => {
    const [other, strict, signer] = [createOperator(), createOperator(), createOperator()];
    const jwt = await encodeOperator("strict", strict, {
      signing_keys: [publicKey(signer)],
      ...{ strict_signing_key_usage: true },
    });
    const operators = [await encodeOperator("other", other), jwt].map((text) => granted(operatorOf(text)));
    const both = new Trust({ operators, systemAccount: null });
    const keys = createAccount();
    const by = async (key: ReturnType<typeof createOperator>) =>
      codeOf(both.account(await accountJwt(keys, {}, { signer: key }), NOW));
    expect(await Promise.all([other, signer, strict, operator].map(by))).toEqual([
      ...["granted", "granted", "untrusted", "untrusted"],
    ]);
    expect([other, strict, signer].map((key) => both.signsAccounts(publicKey(key)))).toEqual([
      true,
      false,
      true,
    ]);
  });

  test("an account that is brought for another one is refused", async () => {
    const home = await account();
    expect(codeOf(trust.account(home.jwt, NOW, publicKey(home.keys)))).toBe("granted");
    expect(codeOf(trust.account(home.jwt, NOW, publicKey(createAccount())))).toBe("wrong-subject");
  });

  test("with pinned accounts no others are asked for or let in, save the system account", async () => {
    const [pinned, system, other] = [await account(), await account(), await account()];
    const only = new Trust({
      operators: trust.operators,
      systemAccount: publicKey(system.keys),
      pinnedAccounts: [publicKey(pinned.keys)],
    });
    const asked = [];
    for (const home of [pinned, system, other]) asked.push(only.issuerAccountOf((await user(home.keys)).jwt));
    expect(asked).toEqual([publicKey(pinned.keys), publicKey(system.keys), null]);
    const attempt = {
      nonce: "",
      signature: "",
      connectionType: "STANDARD",
      sourceIp: "",
      nowSeconds: NOW,
    } as const;
    expect(codeOf(only.user((await user(other.keys)).jwt, other.claims, attempt))).toBe("not-pinned");
  });

  test("an operator is read from a decorated file as from a bare one", async () => {
    const jwt = await encodeOperator("O", operator);
    const file = `-----BEGIN NATS OPERATOR JWT-----\r\n${jwt}\r\n------END NATS OPERATOR JWT------\r\n`;
    for (const text of [jwt, ` ${jwt}\n`, file, `# mine\n${file}`]) {
      const read = operatorOf(text);
      expect(isRefusal(read) ? read : read.subject).toBe(publicKey(operator));
    }
    expect(codeOf(operatorOf(`-----\n-----\n${jwt}`))).toBe("malformed");
  });
});

test("a login is plain data: it says nothing of JWTs and signatures", async () => {
  const home = await account();
  const text = JSON.stringify(granted<UserLogin>(login(await user(home.keys), home.claims)));
  expect(text).not.toContain("eyJ");
});
