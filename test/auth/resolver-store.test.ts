// The accounts that are known, and how two resolvers come to know the same.

import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { createAccount, createOperator } from "@nats-io/nkeys";
import type { AccountClaims } from "../../src/auth/claims.ts";
import {
  answer,
  merge,
  RESOLVER_PACK,
  RESOLVER_SUBJECTS,
  resolverRequest,
} from "../../src/auth/resolver-messages.ts";
import { ResolverStore } from "../../src/auth/resolver-store.ts";
import { bytesOf } from "../../src/base/bytes.ts";
import { account, accountJwt, NOW, publicKey, trust } from "./identity.ts";

const home = await account();
const key = publicKey(home.keys);
const at = (issuedAt: number): AccountClaims => ({ ...home.claims, issuedAt });

describe("a store", () => {
  test("takes what is newer or as old, and keeps what is older out", () => {
    const store = new ResolverStore();
    expect(store.put("one", at(10))).toBe("added");
    expect(store.put("one", at(10))).toBe("same");
    expect(store.put("two", at(9))).toBe("older");
    expect(store.put("three", at(10))).toBe("changed");
    expect(store.put("four", at(11))).toBe("changed");
    expect([store.jwt(key), store.claims(key)?.issuedAt, store.size]).toEqual(["four", 11, 1]);
  });

  test("takes no more accounts and no more bytes than it may, and room that was freed", () => {
    const store = new ResolverStore({ accountsMax: 2, bytesMax: 10 });
    const named = (subject: string): AccountClaims => ({ ...home.claims, subject });
    expect(store.put("12345", named("A"))).toBe("added");
    expect(store.put("123456", named("B"))).toBe("full");
    expect(store.put("12345", named("B"))).toBe("added");
    expect(store.put("", named("C"))).toBe("full");
    expect(store.put("123456", named("B"))).toBe("full");
    expect(store.put("1", named("B"))).toBe("changed");
    expect(store.put("123456789", named("A"))).toBe("changed");
    expect([store.delete("A"), store.delete("A")]).toEqual([true, false]);
    expect(store.put("123456789", named("C"))).toBe("added");
  });

  test("lists accounts in order, without those that have expired", () => {
    const store = new ResolverStore();
    const put = (subject: string, expires: number) =>
      store.put(subject, { ...home.claims, subject, expires });
    for (const [subject, expires] of [
      ["C", 0],
      ["A", NOW],
      ["B", NOW - 1],
    ] as const)
      put(subject, expires);
    expect(store.accounts(NOW)).toEqual(["A", "C"]);
  });

  test("has the digest of what is in it, and of nothing else", () => {
    const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
    const store = new ResolverStore();
    const other = { ...home.claims, subject: "A" };
    store.put("gone", at(1));
    store.put("one", at(2));
    store.put("two", other);
    const both = digest("one").map((byte, i) => byte ^ digest("two")[i]!);
    expect(Buffer.from(store.digest).equals(both)).toBe(true);
    store.delete("A");
    expect(Buffer.from(store.digest).equals(digest("one"))).toBe(true);
    store.delete(key);
    expect(store.digest).toEqual(new Uint8Array(32));
  });
});

describe("requests", () => {
  test("are found by their subject, and nothing else is one", () => {
    const asked = RESOLVER_SUBJECTS.map((subject) => resolverRequest(subject.replace("*", key)));
    expect(asked).toEqual([
      { ask: "update", account: null },
      { ask: "list" },
      { ask: "delete" },
      { ask: "lookup", account: key },
      { ask: "update", account: key },
      { ask: "update", account: key },
    ]);
    expect(resolverRequest(RESOLVER_PACK.subject)).toEqual({ ask: "pack" });
    const others = [
      "",
      "$SYS.REQ.CLAIMS",
      `$SYS.ACCOUNT.${key}.CLAIMS.LOOKUP`,
      "$SYS.REQ.ACCOUNT.a.b.CLAIMS.LOOKUP",
    ];
    expect(others.filter((subject) => resolverRequest(subject) !== null)).toEqual([]);
  });

  test("that are large beyond measure are refused before they are read", () => {
    const payload = new Uint8Array(20_000_000).fill(0x41);
    const host = { trust, store: new ResolverStore(), allowDelete: true, server: () => ({}) };
    const before = performance.now();
    for (const ask of ["update", "delete"] as const) {
      const { refusal, replies } = answer({ ask, account: null }, payload, host, NOW);
      expect(refusal?.code).toBe("too-large");
      expect(replies[0]!.length).toBeLessThan(200);
    }
    expect(performance.now() - before).toBeLessThan(500);
  });

  test("may be refused by whoever knows more of mappings", async () => {
    const store = new ResolverStore();
    const faultOf = (claims: AccountClaims) => (claims.mappings.size > 0 ? "no such function" : null);
    const host = { trust, store, allowDelete: true, faultOf, server: () => ({}) };
    const push = async (nats: object) =>
      answer({ ask: "update", account: null }, bytesOf(await accountJwt(home.keys, nats)), host, NOW);
    const refused = await push({ mappings: { a: [{ subject: "{{x()}}" }] } });
    expect(refused.replies[0]).toContain("jwt validation failed - no such function");
    expect([refused.changed, store.size]).toEqual([[], 0]);
    expect((await push({})).changed).toEqual([key]);
  });
});

describe("two resolvers", () => {
  test("have the same after each took over the other's pack, and are silent then", async () => {
    const [one, two] = [new ResolverStore(), new ResolverStore()];
    const [first, second] = [await account(), await account()];
    one.put(first.jwt, first.claims);
    two.put(second.jwt, second.claims);
    const packs = (from: ResolverStore, digest: Uint8Array): readonly string[] => {
      const host = { trust, store: from, allowDelete: false, server: () => ({}) };
      return answer({ ask: "pack" }, digest, host, NOW).replies;
    };
    const take = (to: ResolverStore, from: ResolverStore) =>
      packs(from, to.digest).flatMap((pack) => merge(pack, { trust, store: to }));
    expect(take(one, two)).toEqual([publicKey(second.keys)]);
    expect(take(two, one)).toEqual([publicKey(first.keys)]);
    expect(one.digest).toEqual(two.digest);
    expect(packs(one, two.digest)).toEqual([""]);
  });

  test("take over nothing that is older, is untrusted, or stands under another key", async () => {
    const store = new ResolverStore();
    store.put(home.jwt, { ...home.claims, issuedAt: NOW + 60 });
    const newer = await accountJwt(home.keys, { description: "other" });
    const foreign = await accountJwt(createAccount(), {}, { signer: createOperator() });
    const good = await account();
    const lines = [
      `${key}|${newer}`,
      ...["", "x", "a|b|c", `${key}|`, `${publicKey(createAccount())}|${good.jwt}`, `${key}|${foreign}`],
      `${publicKey(good.keys)}|${good.jwt}`,
    ];
    expect(merge(lines.join("\n"), { trust, store })).toEqual([publicKey(good.keys)]);
    expect(store.jwt(key)).toBe(home.jwt);
  });
});
