// Credentials files as NATS tools write them, and as people change them.

import { beforeAll, describe, expect, test } from "bun:test";
import { encodeUser, fmtCreds, parseCreds } from "@nats-io/jwt";
import { createAccount, createCurve, createUser } from "@nats-io/nkeys";
import fc from "fast-check";
import { parseCredentials } from "../../src/auth/credentials.ts";
import { bytesOf, textOf } from "../../src/base/bytes.ts";

const user = createUser();
const seed = textOf(user.getSeed());
let jwt = "";
let file = "";

beforeAll(async () => {
  jwt = await encodeUser("leaf", user, createAccount());
  file = textOf(fmtCreds(jwt, user));
});

/** Two blocks with other titles, line ends or seeds. */
function blocks(end: string, changes: { seed?: string; jwt?: string } = {}): string {
  return [
    "-----BEGIN NATS USER JWT-----",
    changes.jwt ?? jwt,
    "------END NATS USER JWT------",
    "",
    "-----BEGIN USER NKEY SEED-----",
    changes.seed ?? seed,
    "------END USER NKEY SEED------",
    "",
  ].join(end);
}

test("a file of the NATS library gives what the library itself reads in it", async () => {
  const wanted = await parseCreds(bytesOf(file));
  expect(parseCredentials(file)).toEqual({ jwt: wanted.jwt, seed: wanted.key });
  expect(wanted.key).toBe(seed);
});

describe("what does not matter", () => {
  const same = (text: string) => expect(parseCredentials(text)).toEqual({ jwt, seed });

  test("line ends, space around lines, a byte order mark, no last line end", () => {
    same(blocks("\n"));
    same(blocks("\r\n"));
    same(blocks("  \n\t"));
    same(`\uFEFF${blocks("\n")}`);
    same(blocks("\n").trimEnd());
  });

  test("text before, between and after, and the titles", () => {
    same(`# of the laptop\n\n${file}\n-- bye\n`);
    same(`---x---\n${jwt}\n---y---\n------------\n${seed}\n------------\n`);
  });

  test("blank lines before the end of a block", () => {
    same(
      file
        .replace("\n------END NATS", "\n\n------END NATS")
        .replace("\n------END USER", "\n \n------END USER"),
    );
  });

  test("blocks that follow the first two", () => {
    same(`${file}\n-----BEGIN OTHER-----\nSUABC\n------END OTHER------\n`);
  });

  test("a seed without a frame of dashes", () => {
    same(`-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n${seed}\n`);
  });
});

describe("what is no credentials file", () => {
  test("one without a JWT, without a seed, or with the two in the wrong order", () => {
    expect(parseCredentials("")).toBeNull();
    expect(parseCredentials(jwt)).toBeNull();
    expect(parseCredentials(`-----BEGIN-----\n${jwt}\n-----END-----\n`)).toBeNull();
    expect(parseCredentials(`-----BEGIN-----\n${seed}\n-----END-----\n`)).toBeNull();
    expect(parseCredentials(blocks("\n", { jwt: seed, seed: jwt }))).toBeNull();
  });

  test("one whose seed is mistyped, public or of a curve key", () => {
    for (const bad of [seed.slice(1), `${seed}A`, user.getPublicKey(), textOf(createCurve().getSeed())]) {
      expect(parseCredentials(blocks("\n", { seed: bad }))).toBeNull();
    }
  });

  test("one whose JWT has not three parts", () => {
    for (const bad of ["a.b", "a.b.c.d", "a..c", "a.b=.c"]) {
      expect(parseCredentials(blocks("\n", { jwt: bad }))).toBeNull();
    }
  });

  test("any other text, without an error and without taking long", () => {
    const line = fc.oneof(fc.constantFrom("---", "-----BEGIN-----", "", "a.b.c", seed), fc.string());
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const found = parseCredentials(lines.join("\n"));
        if (found !== null) expect(found.seed).toBe(seed);
      }),
      { numRuns: 500 },
    );
    for (const hostile of [
      "-".repeat(200_000),
      `${"-".repeat(200_000)}x`,
      "---\n".repeat(50_000),
      "---\na\n".repeat(50_000),
      " ".repeat(200_000),
    ]) {
      const began = performance.now();
      expect(parseCredentials(hostile)).toBeNull();
      expect(performance.now() - began).toBeLessThan(1_000);
    }
  });
});
