// Records whom a nats-server lets in: users of every kind, with what they signed, and what they might do
// then. Needs nats-server 2.15; not part of the tests. Run: bun test/corpus/jwt/generate/record-users.ts

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeAccount, encodeOperator, encodeUser } from "@nats-io/jwt";
import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";
import { findNatsServer } from "../../../support/nats-server.ts";
import { freePort } from "../../../support/ports.ts";
import { ServerProcess } from "../../../support/process.ts";
import { until } from "../../../support/wait.ts";

const LIMITS = {
  ...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
};
const now = (): number => Math.floor(Date.now() / 1_000);
const [operator, signer, stranger] = [createOperator(), createOperator(), createOperator()];

interface Case {
  readonly says: string;
  readonly jwt: string;
  readonly connectionType: "STANDARD" | "LEAFNODE";
  /** "right", or what is sent instead. */
  readonly signature: string;
  readonly probes: readonly string[];
  readonly user: KeyPair;
}

/** A line conversation on a socket. */
async function talk(
  port: number,
): Promise<{ text: () => string; send: (text: string) => void; end: () => void }> {
  let heard = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, chunk) => {
        heard += chunk.toString("latin1");
      },
    },
  });
  return { text: () => heard, send: (text) => void socket.write(text), end: () => void socket.end() };
}

async function attempt(ports: { client: number; leaf: number }, each: Case): Promise<object> {
  const { user, connectionType, ...rest } = each;
  const { text, send, end } = await talk(connectionType === "LEAFNODE" ? ports.leaf : ports.client);
  await until("INFO", () => text().includes("\r\n"));
  const { nonce } = JSON.parse(text().slice(5, text().indexOf("\r\n"))) as { nonce: string };
  const right = Buffer.from(user.sign(Buffer.from(nonce))).toString("base64url");
  const signature = each.signature === "right" ? right : each.signature;
  const nowSeconds = now();
  const connect = { jwt: each.jwt, sig: signature, verbose: false, pedantic: false, headers: true };
  const leaf = { ...connect, name: "probe", version: "2.15.2", server_id: "PROBE" };
  send(`CONNECT ${JSON.stringify(connectionType === "LEAFNODE" ? leaf : connect)}\r\nPING\r\n`);
  await until("an answer", () => /PONG|-ERR|"remote_account"/.test(text()));
  const accepted = !text().includes("-ERR");
  const probed: object[] = [];
  if (accepted && connectionType === "STANDARD") {
    for (const [i, probe] of each.probes.entries()) {
      const before = text().length;
      const [verb, subject, ...queue] = probe.split(" ");
      send(
        verb === "sub" ? `SUB ${[subject, ...queue].join(" ")} ${i + 10}\r\n` : `PUB ${subject} 0\r\n\r\n`,
      );
      send("PING\r\n");
      await until("PONG", () => text().slice(before).includes("PONG"));
      probed.push({ probe, allowed: !text().slice(before).includes("Permissions Violation") });
    }
  }
  end();
  return { ...rest, connectionType, nonce, signature, nowSeconds, accepted, probed };
}

const PERMISSIVE = { subs: -1, data: -1, payload: -1 };

async function record(strict: boolean): Promise<object> {
  const signs = { signer: strict ? signer : operator };
  const system = createAccount();
  const operatorJwt = await encodeOperator("corpus", operator, {
    system_account: system.getPublicKey(),
    signing_keys: [signer.getPublicKey()],
    ...{ strict_signing_key_usage: strict },
  });
  const accounts: Record<string, string> = {
    [system.getPublicKey()]: await encodeAccount("SYS", system, { limits: LIMITS }, signs),
  };
  const account = async (more: object = {}, options: object = signs): Promise<KeyPair> => {
    const keys = createAccount();
    accounts[keys.getPublicKey()] = await encodeAccount("ACC", keys, { limits: LIMITS, ...more }, options);
    return keys;
  };
  const cases: Case[] = [];
  const add = async (
    says: string,
    issuer: KeyPair,
    nats: object = {},
    more: Partial<Case> & { sign?: KeyPair; name?: string; claims?: object } = {},
  ): Promise<void> => {
    const user = more.user ?? createUser();
    const { sign, name = "bob", claims = {}, ...rest } = more;
    // The library writes into what it is given.
    const jwt = await encodeUser(
      name,
      user,
      issuer,
      { ...nats },
      {
        scopedUser: true,
        ...(sign ? { signer: sign } : {}),
        ...claims,
      },
    );
    cases.push({ says, jwt, connectionType: "STANDARD", signature: "right", probes: [], user, ...rest });
  };

  const [signing, role] = [createAccount(), createAccount()];
  const plain = await account({ signing_keys: [signing.getPublicKey()] });
  await add("a user of the account's own key", plain, PERMISSIVE);
  await add("a user of a signing key", plain, PERMISSIVE, { sign: signing });
  if (strict) return run(operatorJwt, system.getPublicKey(), accounts, cases, strict);

  await add("a signing key without its account", signing, PERMISSIVE);
  await add("a user of an unknown account", createAccount(), PERMISSIVE);
  await add("a user of a key of another account", plain, PERMISSIVE, { sign: createAccount() });
  await add("no signature", plain, PERMISSIVE, { signature: "" });
  await add("a signature that is none", plain, PERMISSIVE, { signature: "x" });
  await add("a signature of something else", plain, PERMISSIVE, {
    signature: Buffer.alloc(64).toString("base64url"),
  });
  await add("a bearer without a signature", plain, { ...PERMISSIVE, bearer_token: true }, { signature: "" });
  await add("an expired user", plain, PERMISSIVE, { claims: { exp: now() - 5 } });
  await add("a user of tomorrow", plain, PERMISSIVE, { claims: { nbf: now() + 86_400 } });
  await add("a user who expires tomorrow", plain, PERMISSIVE, { claims: { exp: now() + 86_400 } });
  await add("wrong claims", plain, { ...PERMISSIVE, src: ["x"] });

  const cautious = await account({ limits: { ...LIMITS, disallow_bearer: true } });
  await add("a bearer where none may be", cautious, { ...PERMISSIVE, bearer_token: true }, { signature: "" });
  await add("somebody else where no bearer may be", cautious, PERMISSIVE);
  await add("a user of an account that nobody trusts", await account({}, { signer: stranger }), PERMISSIVE);
  await add("a user of an expired account", await account({}, { ...signs, exp: now() - 5 }), PERMISSIVE);
  await add(
    "a user of an account of tomorrow",
    await account({}, { ...signs, nbf: now() + 86_400 }),
    PERMISSIVE,
  );
  await add(
    "a user of an account with a fault",
    await account({ exports: [{ subject: "", type: "stream" }] }),
    PERMISSIVE,
  );
  await add(
    "a user of an account with a callout",
    await account({ authorization: { auth_users: [createUser().getPublicKey()] } }),
    PERMISSIVE,
  );

  const [past, future, both] = [createUser(), createUser(), createUser()];
  const revoking = await account({
    revocations: { [past.getPublicKey()]: now() - 60, [future.getPublicKey()]: now() + 60, "*": now() - 60 },
  });
  await add("a user whose older JWTs are revoked", revoking, PERMISSIVE, { user: past });
  await add("a revoked user", revoking, PERMISSIVE, { user: future });
  await add("a user where another is revoked", revoking, PERMISSIVE);
  await add("a user where all are revoked", await account({ revocations: { "*": now() + 60 } }), PERMISSIVE, {
    user: both,
  });

  await add("only websockets", plain, { ...PERMISSIVE, allowed_connection_types: ["WEBSOCKET"] });
  await add("small letters", plain, { ...PERMISSIVE, allowed_connection_types: ["standard"] });
  await add("an unknown type", plain, { ...PERMISSIVE, allowed_connection_types: ["PIGEON"] });
  await add("an unknown type and this", plain, {
    ...PERMISSIVE,
    allowed_connection_types: ["PIGEON", "STANDARD"],
  });
  await add(
    "a leaf that may be one",
    plain,
    { ...PERMISSIVE, allowed_connection_types: ["LEAFNODE"] },
    { connectionType: "LEAFNODE" },
  );
  await add(
    "a leaf that may only be a client",
    plain,
    { ...PERMISSIVE, allowed_connection_types: ["STANDARD"] },
    { connectionType: "LEAFNODE" },
  );
  await add("from this network", plain, { ...PERMISSIVE, src: ["10.0.0.0/8", "127.0.0.0/29"] });
  await add("from another network", plain, { ...PERMISSIVE, src: ["10.0.0.0/8", "127.0.0.8/29", "::1/128"] });
  const hour = (offset: number): string =>
    new Date((now() + offset * 3_600) * 1_000).toISOString().slice(11, 19);
  const hours = (from: number, to: number): object => ({
    ...PERMISSIVE,
    times: [{ start: hour(from), end: hour(to) }],
    times_location: "UTC",
  });
  await add("in these hours", plain, hours(-2, 2));
  await add("in other hours", plain, hours(2, 4));
  await add("in hours around midnight", plain, hours(-20, 1));
  await add("outside of hours around midnight", plain, hours(2, -2));
  await add("in hours of another zone", plain, { ...hours(-1, 1), times_location: "Asia/Kolkata" });
  await add("a proxy that is not there", plain, { ...PERMISSIVE, proxy_required: true });

  const probes = [
    "pub a.b",
    "pub a.c",
    "sub a.b",
    "sub a.*",
    "sub >",
    "sub q workers",
    "sub q others",
    "pub x",
  ];
  await add(
    "allow and deny",
    plain,
    {
      ...PERMISSIVE,
      pub: { allow: ["a.*"], deny: ["a.c"] },
      sub: { allow: ["a.>", "q workers"], deny: ["a.c"] },
    },
    { probes },
  );
  await add(
    "only denied",
    plain,
    { ...PERMISSIVE, pub: { deny: ["a.b"] }, sub: { deny: ["a.b"] } },
    { probes },
  );
  await add(
    "an empty allow and a deny",
    plain,
    { ...PERMISSIVE, pub: { allow: [], deny: ["a.b"] }, sub: { allow: [], deny: ["a.b"] } },
    { probes },
  );
  await add("only answers", plain, { ...PERMISSIVE, resp: { max: 1, ttl: 0 } }, { probes });
  const defaults = await account({
    default_permissions: { pub: { allow: ["a.b"] }, sub: { deny: ["a.*"] } },
  });
  await add("default permissions", defaults, PERMISSIVE, { probes });
  await add(
    "own permissions beside default ones",
    defaults,
    { ...PERMISSIVE, sub: { allow: ["a.b"] } },
    { probes },
  );

  const scoped = async (
    says: string,
    template: object,
    tags: string[],
    name: string,
    asked: string[],
    nats: object = {},
  ): Promise<void> => {
    const scope = {
      kind: "user_scope",
      key: role.getPublicKey(),
      role: "r",
      template: { ...PERMISSIVE, ...template },
    };
    const keys = await account({ signing_keys: [scope], tags: ["region:eu", "region:us"] });
    await add(says, keys, { tags, ...nats }, { sign: role, probes: asked, name });
  };
  await scoped(
    "a scoped user",
    { pub: { allow: ["{{name()}}.>"] }, sub: { allow: ["{{account-name()}}.*"] } },
    [],
    "bob",
    ["pub bob.x", "pub eve.x", "sub ACC.x", "sub x"],
  );
  await scoped("a scoped user with rights of his own", {}, [], "bob", [], { pub: { allow: ["a"] } });
  await scoped("a scoped user with limits of his own", {}, [], "bob", [], { subs: -1 });
  await scoped(
    "tags",
    { pub: { allow: ["{{tag(team)}}.{{account-tag(region)}}"] } },
    ["team:red", "team:blue", "x:y"],
    "bob",
    ["pub red.eu", "pub blue.us", "pub red.y", "pub red.red"],
  );
  await scoped("a tag that is missing in allow", { pub: { allow: ["{{tag(none)}}", "a"] } }, [], "bob", [
    "pub a",
    "pub b",
  ]);
  await scoped(
    "only tags that are missing in allow",
    { pub: { allow: ["{{tag(none)}}"] }, sub: { allow: ["{{tag(none)}}"] } },
    [],
    "bob",
    ["pub a", "sub a", "sub >"],
  );
  await scoped("a tag that is missing in deny", { pub: { deny: ["{{tag(none)}}"] } }, [], "bob", []);
  await scoped("an unknown function", { pub: { allow: ["{{color()}}"] } }, [], "bob", []);
  await scoped("a name that makes no subject, allowed", { pub: { allow: ["{{name()}}", "a"] } }, [], "b b", [
    "pub a",
    "pub b",
  ]);
  await scoped("a name that makes no subject, denied", { pub: { deny: ["{{name()}}"] } }, [], "b b", []);
  await scoped("a name with a dot", { sub: { allow: ["{{ NAME() }}"] } }, [], "a.b", ["sub a.b", "sub a"]);
  await scoped("a queue in a template", { sub: { allow: ["{{name()}}", "q workers"] } }, [], "bob", [
    "sub q workers",
    "sub bob",
  ]);
  await scoped(
    "too many tags",
    { sub: { allow: ["{{tag(a)}}.{{tag(a)}}.{{tag(a)}}"] } },
    Array.from({ length: 20 }, (_, i) => `a:${i}`),
    "bob",
    [],
  );
  await scoped(
    "many tags",
    { sub: { allow: ["{{tag(a)}}.{{tag(b)}}"] } },
    [...Array(9).keys()].flatMap((i) => [`a:${i}`, `b:${i}`]),
    "bob",
    ["sub 3.8", "sub 3.9"],
  );
  await scoped("a bearer by scope", { bearer_token: true }, [], "bob", []);
  await scoped("a network by scope", { src: ["10.0.0.0/8"] }, [], "bob", []);
  return run(operatorJwt, system.getPublicKey(), accounts, cases, strict);
}

async function run(
  operatorJwt: string,
  systemAccount: string,
  accounts: Record<string, string>,
  cases: readonly Case[],
  strict: boolean,
): Promise<object> {
  const ports = { client: freePort(), leaf: freePort() };
  const dir = mkdtempSync(join(tmpdir(), "users-"));
  await Bun.write(
    join(dir, "server.conf"),
    JSON.stringify({
      ...{ listen: `127.0.0.1:${ports.client}`, server_name: "users", operator: operatorJwt },
      leafnodes: { listen: `127.0.0.1:${ports.leaf}`, compression: "off" },
      ...{ system_account: systemAccount, resolver: "MEMORY", resolver_preload: accounts },
    }),
  );
  const command = [findNatsServer("2.15")!.path, "-c", join(dir, "server.conf")];
  const server = await ServerProcess.start({ name: "users", command, cwd: dir, ready: /Server is ready/ });
  try {
    const answered: object[] = [];
    for (const each of cases) answered.push(await attempt(ports, each));
    return { strict, operator: operatorJwt, systemAccount, accounts, cases: answered };
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true });
  }
}

const text = JSON.stringify([await record(false), await record(true)], null, 2);
await Bun.write(join(import.meta.dir, "../users.json"), `${text}\n`);
