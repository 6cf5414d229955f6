// Each wrong JWT at each listener that takes one: the box answers as a nats-server does, and nobody gets in.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeUser } from "@nats-io/jwt";
import { createAccount, createUser, type KeyPair } from "@nats-io/nkeys";
import { documentOf } from "../support/gateway-frames.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import type { Kind } from "../support/member.ts";
import { type AccountKeys, Operator } from "../support/operator.ts";
import { guardProcesses } from "../support/process.ts";
import { leafConnect } from "../support/raw-leaf.ts";
import { RawLink } from "../support/raw-link.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const NO_LIMITS = { subs: -1, data: -1, payload: -1 };
const HOUR = 3_600;
const now = Math.floor(Date.now() / 1_000);

let dir: string;
let operator: Operator;
let account: AccountKeys;
let stranger: AccountKeys;
const user = createUser();
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-wrong-jwt-"));
  operator = await Operator.create(dir);
  const revoked = { [revokedUser.getPublicKey()]: now + HOUR };
  account = await operator.renew(await operator.account("A"), { revocations: revoked });
  stranger = await (await Operator.create(dir)).account("STRANGER");
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const revokedUser = createUser();

const jwtOf = (keys = user, signer: KeyPair = account.keys, when: object = {}): Promise<string> =>
  encodeUser("bob", keys, signer, { ...NO_LIMITS }, when);

/** Another member of the claims, with the signature of what it was before. */
function changed(jwt: string, change: (claims: Record<string, unknown>) => object): string {
  const [head, claims, signature] = jwt.split(".") as [string, string, string];
  const read = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
  const other = Buffer.from(JSON.stringify(change(read))).toString("base64url");
  return [head, other, signature].join(".");
}

const CASES: readonly (readonly [string, () => Promise<string> | string, KeyPair?])[] = [
  ["expired", () => jwtOf(user, account.keys, { exp: now - HOUR })],
  ["not yet valid", () => jwtOf(user, account.keys, { nbf: now + HOUR })],
  ["signed by an account of another operator", () => jwtOf(user, stranger.keys)],
  ["signed by an account that nobody knows", () => jwtOf(user, createAccount())],
  ["of a revoked user", () => jwtOf(revokedUser), revokedUser],
  ["of somebody else", () => jwtOf(), createUser()],
  ["cut short", async () => (await jwtOf()).slice(0, -20)],
  ["without a signature", async () => (await jwtOf()).split(".").slice(0, 2).join(".")],
  ["with other claims", async () => changed(await jwtOf(), (claims) => ({ ...claims, name: "admin" }))],
  ["with another issuer", async () => changed(await jwtOf(), (claims) => ({ ...claims, iss: stranger.id }))],
  [
    "with a key that is no base32",
    async () => changed(await jwtOf(), (claims) => ({ ...claims, sub: `U${"1".repeat(55)}` })),
  ],
  [
    "with a key whose checksum is wrong",
    async () =>
      changed(await jwtOf(), (claims) => ({ ...claims, sub: `${claims["sub"]}`.replace(/.$/, "A") })),
  ],
  ["of an account", () => account.jwt],
  ["of an operator", () => String(operator.config()["operator"])],
  ["that is no JWT", () => "hello"],
  ["that is empty", () => ""],
  ["that is three dots", () => "..."],
];

describe.each<Kind>(["box", "2.15"])("%s in operator mode", (kind) => {
  let world: LeafWorld;
  beforeAll(async () => {
    world = await LeafWorld.start({
      clusters: [{ name: "HUB", kind, top: operator.config() }],
      links: [],
    });
  });
  afterAll(() => world?.close());

  /** What a caller of a listener is told: "in", or the error before he is cut. */
  async function answerAt(door: "client" | "leaf", jwt: string, keys: KeyPair): Promise<string> {
    const { client, leaf } = world.member("HUB").ports;
    const link = await RawLink.dial(door === "client" ? client : leaf!);
    const { nonce } = documentOf(await link.next("INFO"));
    const sig = Buffer.from(keys.sign(new TextEncoder().encode(String(nonce)))).toString("base64url");
    const say = { jwt, sig, nkey: "", verbose: false, pedantic: false, protocol: 1 };
    link.send(door === "client" ? `CONNECT ${JSON.stringify(say)}\r\nPING\r\n` : leafConnect(say));
    const isIn = (): boolean => link.text.includes(door === "client" ? "PONG" : "connect_info");
    await until("it is known", () => link.closed || isIn());
    const answer = isIn() ? "in" : (/-ERR '[^']*'/.exec(link.text)?.[0] ?? "cut");
    link.close();
    return answer;
  }

  describe.each(["client", "leaf"] as const)("at the listener of a %s", (door) => {
    test("a good JWT is let in", async () => {
      expect(await answerAt(door, await jwtOf(), user)).toBe("in");
    });

    test.each(CASES)("one %s is not", async (_, jwt, keys = user) => {
      expect(await answerAt(door, await jwt(), keys)).toBe("-ERR 'Authorization Violation'");
    });
  });
});
