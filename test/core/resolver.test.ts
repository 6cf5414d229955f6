// Accounts that are kept in a directory, and kept in step with other resolvers: two boxes in virtual time,
// with directories in memory.

import { describe, expect, test } from "bun:test";
import { createAccount } from "@nats-io/nkeys";
import { resolverRequest } from "../../src/auth/resolver-messages.ts";
import { operatorOf, Trust } from "../../src/auth/trust.ts";
import { bytesOf } from "../../src/base/bytes.ts";
import { Log } from "../../src/base/log.ts";
import type { ResolverPeers } from "../../src/core/resolver.ts";
import {
  type AccountDisk,
  type AccountFile,
  Resolver,
  type ResolverOptions,
} from "../../src/core/resolver.ts";
import { granted } from "../auth/corpus.ts";
import { account, accountJwt, NOW, operator, operatorJwt, publicKey, signed } from "../auth/identity.ts";

const FULL: ResolverOptions = {
  type: "full",
  allowDelete: true,
  limit: null,
  intervalMillis: 60_000,
  ttlMillis: null,
  timeoutMillis: 1_900,
};
const CACHE: ResolverOptions = { ...FULL, type: "cache", allowDelete: false, limit: 2, ttlMillis: 10_000 };

class MemoryDisk implements AccountDisk {
  readonly files = new Map<string, string>();
  isBroken = false;

  keep(key: string, jwt: string): void {
    if (this.isBroken) throw new Error("no space left");
    this.files.set(key, jwt);
  }
  drop(key: string): void {
    this.files.delete(key);
  }
  load(): AccountFile[] {
    return [...this.files].map(([key, jwt]) => ({ file: `${key}.jwt`, key, jwt }));
  }
}

class Side {
  readonly disk: MemoryDisk;
  readonly resolver: Resolver;
  readonly changed: string[] = [];
  readonly deleted: string[] = [];
  readonly told: string[] = [];
  now = NOW * 1_000;

  constructor(options: ResolverOptions | null = FULL, disk = new MemoryDisk()) {
    this.disk = disk;
    const trust = new Trust({ operators: [granted(operatorOf(operatorJwt))], systemAccount: SYSTEM });
    const log = new Log(
      { write: (_, __, line) => void this.told.push(line) },
      { now: () => this.now },
      "info",
    );
    this.resolver = new Resolver(
      trust,
      options,
      options && disk,
      () => ({ name: "S" }),
      log,
      () => this.now,
    );
    this.resolver.onChange = (changed, deleted) => {
      this.changed.push(...changed);
      this.deleted.push(...deleted);
    };
  }

  /** The one answer, as JSON has it. */
  asks(subject: string, payload = ""): Record<string, Record<string, unknown>> {
    return JSON.parse(this.resolver.asked(subject, bytesOf(payload))!.replies[0]!);
  }

  push(jwt: string): unknown {
    const { data, error } = this.asks("$SYS.REQ.CLAIMS.UPDATE", jwt);
    return data?.["message"] ?? error?.["description"];
  }

  /** Requests of this side reach the others, and what they answer comes back. */
  joins(...others: Side[]): this {
    const peers: ResolverPeers = {
      reaches: () => true,
      request: (subject, payload, onReply) => {
        for (const other of others) {
          for (const reply of other.resolver.asked(subject, payload)?.replies ?? []) onReply(bytesOf(reply));
        }
      },
    };
    this.resolver.peers = peers;
    return this;
  }

  wait(millis: number): void {
    this.now += millis;
    this.resolver.tick(this.now);
  }
}

const SYSTEM = publicKey(createAccount());

const deletion = (...accounts: string[]): string =>
  signed(operator, {
    sub: publicKey(operator),
    iss: publicKey(operator),
    iat: NOW,
    nats: { accounts, type: "generic", version: 2 },
  });

describe("a full resolver", () => {
  test("writes what is pushed, and has it again when it starts anew", async () => {
    const side = new Side();
    const red = await account();
    expect(side.push(red.jwt)).toBe("jwt updated");
    expect([...side.disk.files]).toEqual([[publicKey(red.keys), red.jwt]]);
    const again = new Side(FULL, side.disk);
    expect(again.resolver.load()).toEqual([publicKey(red.keys)]);
    expect(again.resolver.store.jwt(publicKey(red.keys))).toBe(red.jwt);
    expect(again.resolver.load()).toEqual([]);
  });

  test("takes up what was written beside it when it is told to look again", async () => {
    const side = new Side();
    const red = await account();
    side.push(red.jwt);
    const later = signed(operator, { ...claimsOf(red.jwt), iat: NOW + 5, jti: "x" });
    side.disk.files.set(publicKey(red.keys), later);
    expect(side.resolver.load()).toEqual([publicKey(red.keys)]);
    expect(side.resolver.store.jwt(publicKey(red.keys))).toBe(later);
  });

  test("tells of each file that it does not use, and uses the others", async () => {
    const side = new Side();
    const [red, blue] = [await account(), await account()];
    side.disk.files.set(publicKey(red.keys), red.jwt);
    side.disk.files.set(publicKey(createAccount()), blue.jwt);
    side.disk.files.set(publicKey(blue.keys), blue.jwt.slice(0, -9));
    side.disk.files.set(publicKey(createAccount()), "");
    expect(side.resolver.load()).toEqual([publicKey(red.keys)]);
    expect(side.told.length).toBe(3);
    for (const line of side.told) expect(line).toContain("is not used: ");
    expect(side.disk.files.size).toBe(4);
  });

  test("refuses what it cannot write, and goes on without it", async () => {
    const side = new Side();
    side.disk.isBroken = true;
    const red = await account();
    expect(side.push(red.jwt)).toBe("jwt update resulted in error - the jwt cannot be written");
    expect([side.resolver.store.size, side.changed]).toEqual([0, []]);
    side.disk.isBroken = false;
    expect(side.push(red.jwt)).toBe("jwt updated");
  });

  test("keeps no more accounts than its limit, and still takes newer claims of those that it has", async () => {
    const side = new Side({ ...FULL, limit: 1 });
    const [red, blue] = [await account(), await account()];
    expect(side.push(red.jwt)).toBe("jwt updated");
    expect(side.push(blue.jwt)).toBe("jwt update resulted in error - jwt store is full");
    expect(side.push(await accountJwt(red.keys, { description: "newer" }))).toBe("jwt updated");
    expect(side.disk.files.size).toBe(1);
  });

  test("deletes what an operator says, when it may", async () => {
    const red = await account();
    const key = publicKey(red.keys);
    const never = new Side({ ...FULL, allowDelete: false });
    never.push(red.jwt);
    const { error } = never.asks("$SYS.REQ.CLAIMS.DELETE", deletion(key));
    expect(error!["description"]).toContain("delete must be enabled in server config");
    expect(never.disk.files.size).toBe(1);
    const side = new Side();
    side.push(red.jwt);
    expect(side.asks("$SYS.REQ.CLAIMS.DELETE", deletion(key))["data"]!["message"]).toBe("deleted 1 accounts");
    expect([side.disk.files.size, side.deleted]).toEqual([0, [key]]);
  });
});

describe("resolvers in step", () => {
  test("each takes over what the other has, once in an interval", async () => {
    const [one, two] = [new Side(), new Side()];
    const [red, blue] = [await account(), await account()];
    one.push(red.jwt);
    two.push(blue.jwt);
    expect([one.resolver.looksUp("A"), one.resolver.deadline]).toEqual([false, Number.POSITIVE_INFINITY]);
    one.joins(two);
    two.joins(one);
    expect(one.resolver.deadline).toBe(one.now + 60_000);
    one.wait(59_999);
    expect(one.resolver.store.size).toBe(1);
    one.wait(1);
    expect([one.resolver.store.size, two.resolver.store.size]).toEqual([2, 1]);
    two.wait(60_000);
    expect(one.resolver.store.digest).toEqual(two.resolver.store.digest);
    expect([one.disk.files.size, two.disk.files.size]).toEqual([2, 2]);
    expect([one.changed.at(-1), two.changed.at(-1)]).toEqual([publicKey(blue.keys), publicKey(red.keys)]);
    const before = one.changed.length;
    one.wait(60_000);
    expect(one.changed.length).toBe(before);
  });

  test("what a stranger packs is not taken", async () => {
    const [one, two] = [new Side(), new Side()];
    const red = await account();
    one.resolver.peers = {
      reaches: () => true,
      request: (_, __, onReply) => {
        onReply(bytesOf("x|y\n\n||"));
        onReply(bytesOf(`${publicKey(createAccount())}|${red.jwt}`));
        onReply(new Uint8Array(5_000_000).fill(0x41));
        onReply(bytesOf(`${publicKey(red.keys)}|${red.jwt}`));
      },
    };
    one.wait(60_000);
    expect([one.changed, two.changed]).toEqual([[publicKey(red.keys)], []]);
  });
});

describe("a cache", () => {
  test("asks the others for an account, and takes only what is newer of those that it has", async () => {
    const full = new Side();
    const red = await account();
    const key = publicKey(red.keys);
    full.push(red.jwt);
    const cache = new Side(CACHE).joins(new Side(), full);
    const found: string[] = [];
    cache.resolver.lookUp(key, (jwt) => found.push(jwt));
    cache.resolver.lookUp(publicKey(createAccount()), (jwt) => found.push(jwt));
    expect(found).toEqual([red.jwt]);
    expect(cache.push(red.jwt)).toBe("jwt update cache skipped");
    cache.resolver.store.put(red.jwt, red.claims);
    expect(cache.push(await accountJwt(red.keys, { description: "newer" }))).toBe("jwt updated cache");
    for (const subject of [`$SYS.REQ.ACCOUNT.${key}.CLAIMS.LOOKUP`, "$SYS.REQ.CLAIMS.PACK"]) {
      expect(resolverRequest(subject)).not.toBeNull();
      expect(cache.resolver.asked(subject, bytesOf(""))).toBeNull();
    }
  });

  test("forgets what was used longest ago when it is full, and everything after its time", async () => {
    const cache = new Side(CACHE);
    const accounts = [await account(), await account(), await account()];
    const keys = accounts.map(({ keys: of }) => publicKey(of));
    const put = (i: number): void => {
      cache.resolver.store.put(accounts[i]!.jwt, accounts[i]!.claims);
      cache.resolver.cached(keys[i]!);
    };
    put(0);
    cache.now += 1_000;
    put(1);
    cache.resolver.store.claims(keys[0]!);
    put(2);
    expect(cache.resolver.store.keys()).toEqual([keys[0]!, keys[2]!]);
    expect([...cache.disk.files.keys()]).toEqual([keys[0]!, keys[2]!]);
    cache.wait(9_000);
    expect(cache.resolver.store.keys()).toEqual([keys[2]!]);
    expect(cache.resolver.deadline).toBe(cache.now + 1_000);
    cache.wait(1_000);
    expect([cache.resolver.store.size, cache.disk.files.size]).toEqual([0, 0]);
  });
});

const claimsOf = (jwt: string): object => JSON.parse(Buffer.from(jwt.split(".")[1]!, "base64url").toString());
