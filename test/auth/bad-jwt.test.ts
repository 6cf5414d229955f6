// Each way in which a JWT may be wrong: refused with the reason, without an exception, and without much work.

import { describe, expect, test } from "bun:test";
import { encodeUser } from "@nats-io/jwt";
import { createAccount, createOperator, createUser } from "@nats-io/nkeys";
import fc from "fast-check";
import { readClaims } from "../../src/auth/claims.ts";
import { isRefusal } from "../../src/auth/refusal.ts";
import { operatorOf } from "../../src/auth/trust.ts";
import { codeOf } from "./corpus.ts";
import {
  account,
  accountJwt,
  login,
  type Member,
  NO_LIMITS,
  NOW,
  operator,
  operatorJwt,
  publicKey,
  signed,
  signedText,
  trust,
  user,
} from "./identity.ts";

const home = await account();
const bob = await user(home.keys);
const asUser = (jwt: string, { keys }: Member = bob): string => codeOf(login({ keys, jwt }, home.claims));
const asAccount = (jwt: string): string => codeOf(trust.account(jwt, NOW));
const dated = (options: object) => user(home.keys, NO_LIMITS, options);
const claimsOf = (more: object = {}): object => ({
  sub: publicKey(bob.keys),
  nats: { type: "user", version: 2, ...NO_LIMITS, ...more },
});

test("a good user is let in, and so is one of the old form", async () => {
  expect(asUser(bob.jwt)).toBe("granted");
  const keys = createUser();
  const old = await encodeUser("old", keys, home.keys, {}, { algorithm: "ed25519" as never });
  expect(codeOf(login({ keys, jwt: old }, home.claims))).toBe("granted");
});

describe("in time", () => {
  test("a JWT counts until the end of the second in which it expires", async () => {
    const until = await dated({ exp: NOW });
    expect(codeOf(login(until, home.claims))).toBe("granted");
    expect(codeOf(login(until, home.claims, { nowSeconds: NOW + 1 }))).toBe("expired");
    expect(asAccount(await accountJwt(createAccount(), {}, { exp: NOW - 1 }))).toBe("expired");
  });

  test("a JWT counts from the second on that it names", async () => {
    const from = await dated({ nbf: NOW + 1 });
    expect(codeOf(login(from, home.claims))).toBe("not-yet-valid");
    expect(codeOf(login(from, home.claims, { nowSeconds: NOW + 1 }))).toBe("granted");
    expect(asAccount(await accountJwt(createAccount(), {}, { nbf: NOW + 1 }))).toBe("not-yet-valid");
  });

  test("a user does not outlive his account", async () => {
    const short = await account({}, { exp: NOW + 10 });
    const member = await user(short.keys);
    expect(codeOf(login(member, short.claims, { nowSeconds: NOW + 9 }))).toBe("granted");
    expect(codeOf(login(member, short.claims, { nowSeconds: NOW + 10 }))).toBe("account-expired");
    const later = await account({}, { nbf: NOW + 10 });
    expect(codeOf(login(await user(later.keys), later.claims))).toBe("account-not-yet-valid");
  });
});

describe("by the wrong signer", () => {
  test("an account of another operator, of itself, and of one in whose name somebody else signed", async () => {
    const keys = createAccount();
    expect(asAccount(await accountJwt(keys, {}, { signer: createOperator() }))).toBe("untrusted");
    expect(asAccount(await accountJwt(keys, {}, { signer: keys }))).toBe("untrusted");
    const claims = { iss: publicKey(operator), sub: publicKey(keys) };
    const forged = signed(createOperator(), { ...claims, nats: { type: "account", version: 2 } });
    expect(asAccount(forged)).toBe("bad-signature");
  });

  test("a user of another account, and of one in whose name somebody else signed", async () => {
    expect(asUser((await user(createAccount())).jwt)).toBe("account-unknown");
    expect(asUser((await user(home.keys, NO_LIMITS, { signer: createAccount() })).jwt)).toBe("untrusted");
    const iss = publicKey(home.keys);
    expect(asUser(signed(createAccount(), { iss, ...claimsOf() }))).toBe("bad-signature");
  });

  test("an operator who is signed by somebody else", () => {
    const nats = { type: "operator", version: 2 };
    const sub = publicKey(operator);
    expect(codeOf(operatorOf(signed(createOperator(), { sub, nats })))).toBe("untrusted");
    expect(codeOf(operatorOf(signed(createOperator(), { iss: sub, sub, nats })))).toBe("bad-signature");
    expect(codeOf(operatorOf(signed(createAccount(), { sub, nats })))).toBe("malformed");
    expect(codeOf(operatorOf(operatorJwt))).toBe("granted");
  });

  test("a JWT that was changed anywhere", () => {
    const [head = "", body = "", tail = ""] = bob.jwt.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as object;
    const other = Buffer.from(JSON.stringify({ ...claims, name: "eve" })).toString("base64url");
    expect(asUser(`${head}.${other}.${tail}`)).toBe("bad-signature");
    const spaced = Buffer.from(JSON.stringify({ alg: "ed25519-nkey", typ: "JWT" })).toString("base64url");
    expect(asUser(`${spaced}.${body}.${tail}`)).toBe("bad-signature");
  });
});

describe("of the wrong kind", () => {
  test("an account is no user, a user is no account, an operator is neither", () => {
    expect(asUser(home.jwt)).toBe("wrong-kind");
    expect(asAccount(bob.jwt)).toBe("wrong-kind");
    expect([asUser(operatorJwt), asAccount(operatorJwt)]).toEqual(["wrong-kind", "wrong-kind"]);
    expect(codeOf(operatorOf(home.jwt))).toBe("wrong-kind");
  });

  test("a made-up kind, no kind, and one that every object has", () => {
    for (const type of ["pet", "", "constructor", "__proto__"]) {
      expect(asUser(signed(home.keys, { ...claimsOf({ type }) }))).toBe("wrong-kind");
    }
  });

  test("an account whose key is a user's, a user whose key is an account's", () => {
    const nats = { type: "account", version: 2 };
    expect(asAccount(signed(operator, { sub: publicKey(bob.keys), nats }))).toBe("malformed");
    expect(asUser(signed(home.keys, { ...claimsOf(), sub: publicKey(home.keys) }))).toBe("malformed");
  });
});

describe("damaged", () => {
  test("cut at any place", () => {
    for (let length = 0; length < bob.jwt.length; length++) {
      expect(isRefusal(login({ ...bob, jwt: bob.jwt.slice(0, length) }, home.claims))).toBe(true);
    }
  });

  test("with one character of it replaced by another", () => {
    // The last character of a signature holds four bits that say nothing.
    const place = fc.integer({ min: 0, max: bob.jwt.length - 2 });
    fc.assert(
      fc.property(place, fc.constantFrom(..."AZaz09-_.+/= \n\0é"), (at, char) => {
        fc.pre(bob.jwt[at] !== char);
        expect(asUser(bob.jwt.slice(0, at) + char + bob.jwt.slice(at + 1))).not.toBe("granted");
      }),
      { numRuns: 500 },
    );
  });

  test("keys with a wrong checksum or of no base32, wherever they stand", async () => {
    const key = publicKey(home.keys);
    for (const bad of [
      `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`,
      key.toLowerCase(),
      `${key}=`,
      "A",
    ]) {
      expect(asUser(signed(home.keys, { ...claimsOf(), iss: bad }))).toBe("account-unknown");
      expect(asUser(signed(home.keys, claimsOf({ issuer_account: bad })))).toBe("account-unknown");
      expect(asUser(signed(home.keys, { ...claimsOf(), sub: bad }))).toBe("malformed");
      expect(trust.issuerAccountOf(signed(home.keys, claimsOf({ issuer_account: bad })))).toBeNull();
      expect(asAccount(await accountJwt(home.keys, { signing_keys: [bad] }))).toBe("malformed");
    }
  });

  test("any text at all", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(isRefusal(readClaims(text, "user"))).toBe(true);
        expect(trust.issuerAccountOf(text)).toBeNull();
      }),
    );
  });
});

describe("with claims of any shape", () => {
  const HEAD = Buffer.from(JSON.stringify({ typ: "JWT", alg: "ed25519-nkey" })).toString("base64url");
  const bodyOf = (json: string): string => Buffer.from(json).toString("base64url");

  test("members of any type are read or refused, and nothing throws", () => {
    const name = fc.constantFrom(
      "pub",
      "sub",
      "resp",
      "src",
      "times",
      "subs",
      "tags",
      "signing_keys",
      "limits",
    );
    const more = fc.constantFrom("imports", "exports", "mappings", "revocations", "authorization", "trace");
    const members = fc.dictionary(fc.oneof(name, more), fc.jsonValue());
    fc.assert(
      fc.property(members, fc.constantFrom("user", "account", "operator"), (nats, type) => {
        const jwt = signed(operator, { sub: publicKey(home.keys), nats: { ...nats, type, version: 2 } });
        trust.account(jwt, NOW);
        trust.issuerAccountOf(jwt);
        operatorOf(jwt);
        login({ ...bob, jwt: signed(home.keys, claimsOf(nats as object)) }, home.claims);
      }),
      { numRuns: 500 },
    );
  });

  test("nesting without end", () => {
    for (const [open, close] of ["[]", '{"a":}'].map((pair) => [pair.slice(0, -1), pair.slice(-1)])) {
      const deep = `{"nats":${open!.repeat(100_000)}${close!.repeat(100_000)}}`;
      expect(asUser(signedText(home.keys, `${HEAD}.${bodyOf(deep)}`))).toBe("malformed");
    }
  });

  test("ten megabytes, before they are looked at", () => {
    const large = signed(home.keys, claimsOf({ tags: ["x".repeat(10_000_000)] }));
    const before = performance.now();
    expect([asUser(large), asAccount(large), codeOf(operatorOf(large))]).toEqual(Array(3).fill("too-large"));
    expect(performance.now() - before).toBeLessThan(100);
    expect(asUser(`${"A".repeat(2_000)}.${bob.jwt.split(".").slice(1).join(".")}`)).toBe("malformed");
  });

  test("as many exports, imports and tokens of a subject as fit in, within two seconds", async () => {
    const keys = createAccount();
    const names = Array.from({ length: 10_000 }, (_, i) => `${i}.*`);
    const exports = names.map((subject) => ({ subject, type: "stream" }));
    const imports = names.map((subject) => ({ subject, type: "service", account: publicKey(keys) }));
    const long = [{ subject: "a.".repeat(300_000).slice(0, -1), type: "stream" }];
    const shared = [{ exports }, { imports: imports.slice(0, 5_000) }, { exports: long }];
    const jwts = await Promise.all(shared.map((nats) => accountJwt(keys, nats)));
    const before = performance.now();
    expect(jwts.map(asAccount)).toEqual(["granted", "granted", "malformed"]);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

test("no refusal repeats a JWT, or more than a line of what somebody chose", async () => {
  const name = "n".repeat(5_000);
  const jwt = signed(home.keys, { ...claimsOf({ src: [name] }), name });
  const stranger = signed(createAccount(), { ...claimsOf(), sub: name });
  for (const bad of [jwt, stranger, `${bob.jwt.slice(0, -10)}AAAAAAAAAA`, (await dated({ exp: 1 })).jwt]) {
    const answer = login({ ...bob, jwt: bad }, home.claims);
    if (!isRefusal(answer)) throw new Error("it was let in");
    expect(answer.text.length).toBeLessThan(400);
    expect(answer.text).not.toContain("eyJ");
  }
});
