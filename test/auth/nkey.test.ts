// Keys and signatures, against the NATS project's own library.

import { describe, expect, test } from "bun:test";
import {
  createAccount,
  createCluster,
  createCurve,
  createOperator,
  createServer,
  createUser,
  type KeyPair,
} from "@nats-io/nkeys";
import fc from "fast-check";
import {
  isPublicUserKey,
  isSeed,
  NkeyError,
  publicKeyOf,
  signNonce,
  verifyNonce,
} from "../../src/auth/nkey.ts";
import { bytesOf, textOf } from "../../src/base/bytes.ts";

const seedOf = (pair: KeyPair): string => textOf(pair.getSeed());
const SIGNING = [createUser, createAccount, createOperator, createServer, createCluster];
const NONCE = "HWUVjjAiWB3nLhg";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The error of a call that must fail. */
function failure(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("keys", () => {
  test("a seed gives the public key that the NATS library finds, for every kind that signs", () => {
    for (const create of SIGNING) {
      for (let i = 0; i < 5; i++) {
        const pair = create();
        expect(publicKeyOf(seedOf(pair))).toBe(pair.getPublicKey());
      }
    }
  });

  test("a fixed seed gives a fixed key", () => {
    const seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
    expect(publicKeyOf(seed)).toBe("UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4");
  });

  test("only user keys are public user keys", () => {
    for (const create of SIGNING)
      expect(isPublicUserKey(create().getPublicKey())).toBe(create === createUser);
    expect(isPublicUserKey(createCurve().getPublicKey())).toBe(false);
    expect(isPublicUserKey(seedOf(createUser()))).toBe(false);
  });

  test("a seed of every kind that signs is one, a curve seed and a public key are not", () => {
    for (const create of SIGNING) expect(isSeed(seedOf(create()))).toBe(true);
    expect(isSeed(seedOf(createCurve()))).toBe(false);
    expect(isSeed(createUser().getPublicKey())).toBe(false);
  });

  test("one wrong character anywhere is noticed", () => {
    const pair = createUser();
    const [seed, key] = [seedOf(pair), pair.getPublicKey()];
    // The last character of a seed holds two bits that say nothing.
    for (let at = 0; at < key.length; at++) expect(isPublicUserKey(otherAt(key, at))).toBe(false);
    for (let at = 0; at < seed.length - 1; at++) expect(isSeed(otherAt(seed, at))).toBe(false);
  });

  test("text that is no key is none, whatever it is", () => {
    const key = createUser().getPublicKey();
    const nonsense = [
      "",
      "U",
      "S",
      key.toLowerCase(),
      ` ${key}`,
      `${key}\n`,
      "U".repeat(56),
      "S".repeat(58),
      "😀".repeat(28),
    ];
    for (const text of nonsense) expect([isPublicUserKey(text), isSeed(text)]).toEqual([false, false]);
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        expect([isPublicUserKey(text), isSeed(text), verifyNonce(text, NONCE, text)]).toEqual([
          false,
          false,
          false,
        ]);
      }),
    );
  });

  test("what is wrong with a seed is said, and the seed is not", () => {
    const seed = seedOf(createUser());
    const wrong = [
      [otherAt(seed, 20), "checksum"],
      [seed.slice(0, -1), "57 characters"],
      [seed.toLowerCase(), "base32"],
      [`${seed.slice(0, 30)}1${seed.slice(31)}`, "base32"],
      [createUser().getPublicKey(), "56 characters"],
      [seedOf(createCurve()), "cannot sign"],
    ] as const;
    for (const [text, says] of wrong) {
      for (const call of [() => publicKeyOf(text), () => signNonce(text, NONCE)]) {
        const error = failure(call);
        expect(error).toBeInstanceOf(NkeyError);
        expect(error.message).toContain(says);
        for (let at = 0; at + 8 <= text.length; at++)
          expect(error.message).not.toContain(text.slice(at, at + 8));
      }
    }
  });
});

function otherAt(text: string, at: number): string {
  const other = BASE32[(BASE32.indexOf(text[at]!) + 1) % 32]!;
  return text.slice(0, at) + other + text.slice(at + 1);
}

describe("signatures", () => {
  test("are those of the NATS library, byte by byte", () => {
    for (const create of SIGNING) {
      const pair = create();
      const wanted = Buffer.from(pair.sign(bytesOf(NONCE))).toString("base64url");
      expect(signNonce(seedOf(pair), NONCE)).toBe(wanted);
      expect(wanted).toHaveLength(86);
    }
  });

  test("are taken in both alphabets, padded or not", () => {
    // Enough of them that + and / are among them.
    for (let i = 0; i < 10; i++) {
      const pair = createUser();
      const bytes = Buffer.from(pair.sign(bytesOf(NONCE)));
      const spellings = [bytes.toString("base64"), bytes.toString("base64url")];
      for (const text of [...spellings, spellings[0]!.replace(/=+$/, ""), `${spellings[1]}==`]) {
        expect(verifyNonce(pair.getPublicKey(), NONCE, text)).toBe(true);
      }
    }
  });

  test("of another nonce, of another key, or changed in any character are refused", () => {
    const pair = createUser();
    const key = pair.getPublicKey();
    const signature = signNonce(seedOf(pair), NONCE);
    expect(verifyNonce(key, `${NONCE}x`, signature)).toBe(false);
    expect(verifyNonce(createUser().getPublicKey(), NONCE, signature)).toBe(false);
    for (let at = 0; at < 85; at++) {
      const other = signature[at] === "A" ? "B" : "A";
      expect(verifyNonce(key, NONCE, signature.slice(0, at) + other + signature.slice(at + 1))).toBe(false);
    }
  });

  test("that are none are refused without an error", () => {
    const pair = createUser();
    const key = pair.getPublicKey();
    const good = signNonce(seedOf(pair), NONCE);
    const curve = createCurve().getPublicKey();
    for (const bad of [
      "",
      "=",
      `${good}A`,
      good.slice(1),
      `${good}=`,
      `${good}\n`,
      ` ${good}`,
      "!".repeat(86),
      "A".repeat(86),
    ]) {
      expect(verifyNonce(key, NONCE, bad)).toBe(false);
    }
    for (const bad of ["", "U", curve, key.slice(1), seedOf(pair), "A".repeat(56)]) {
      expect(verifyNonce(bad, NONCE, good)).toBe(false);
    }
  });

  test("of a key that is no point of the curve are refused without an error", () => {
    const zero = publicKeyOf(seedOf(createUser()));
    // The right checksum around 32 bytes that are not a key.
    for (const fill of [0, 2, 0xff]) {
      const text = spelled(Buffer.alloc(32, fill));
      expect(text).toHaveLength(zero.length);
      expect(isPublicUserKey(text)).toBe(true);
      expect(verifyNonce(text, NONCE, "A".repeat(86))).toBe(false);
    }
  });

  test("over any text are verified by the NATS library", () => {
    const pair = createUser();
    const seed = seedOf(pair);
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (nonce) => {
        const signature = signNonce(seed, nonce);
        expect(verifyNonce(pair.getPublicKey(), nonce, signature)).toBe(true);
        expect(pair.verify(bytesOf(nonce), Buffer.from(signature, "base64url"))).toBe(true);
      }),
      { numRuns: 10 },
    );
  });
});

/** A public user key around any 32 bytes, bit by bit. */
function spelled(key: Buffer): string {
  const body = Buffer.concat([Buffer.of(20 << 3), key]);
  let crc = 0;
  for (const byte of body) {
    for (let bit = 7; bit >= 0; bit--) {
      const carry = ((crc >> 15) & 1) ^ ((byte >> bit) & 1);
      crc = ((crc << 1) & 0xffff) ^ (carry === 1 ? 0x1021 : 0);
    }
  }
  const bits = [...body, crc & 0xff, crc >> 8].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits
    .match(/.{5}/g)!
    .map((five) => BASE32[Number.parseInt(five, 2)])
    .join("");
}
