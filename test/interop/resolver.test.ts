// The full NATS resolver, which keeps accounts in a directory: pushed, deleted and found again, by clients
// and by the nats command line tool. A nats-server is asked the same first.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAccount } from "@nats-io/nkeys";
import { credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { LeafWorld } from "../support/leaf-world.ts";
import type { JsonObject, Kind } from "../support/member.ts";
import { allHeard } from "../support/messages.ts";
import { findNatsCli } from "../support/nats-cli.ts";
import { type AccountKeys, Operator } from "../support/operator.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

let dir: string;
let jwts: string;
let operator: Operator;
let world: LeafWorld | undefined;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-resolver-"));
  operator = await Operator.create(dir);
});
afterEach(async () => {
  await world?.close();
  world = undefined;
  rmSync(jwts, { recursive: true, force: true });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const authenticator = (credentials: string) => credsAuthenticator(new TextEncoder().encode(credentials));

const VIOLATION = /Authorization Violation/;

describe.each<Kind>(["box", "2.15"])("%s with accounts in a directory", (kind) => {
  const start = async (more: JsonObject = {}, of = operator): Promise<void> => {
    jwts = mkdtempSync(join(dir, "jwt-"));
    world = await LeafWorld.start({
      clusters: [{ name: "HUB", kind, top: of.keptIn(jwts, more) }],
      links: [],
    });
  };
  const comesWith = async (credentials: string): Promise<NatsConnection> => {
    const more = { reconnect: false, authenticator: authenticator(credentials) };
    return await world!.client("HUB", { more });
  };
  const comes = async (account: AccountKeys): Promise<NatsConnection> =>
    await comesWith(await operator.credentials(account, "x"));
  const refusal = (of: Promise<NatsConnection>): Promise<string> =>
    of.then(
      () => "",
      (error: Error) => error.message,
    );
  const asked = async (subject: string, payload = ""): Promise<JsonObject> => {
    const admin = await comes(operator.system);
    const answer = await admin.request(subject, payload, { timeout: 3_000 });
    await admin.close();
    return answer.string() === "" ? {} : answer.json<JsonObject>();
  };
  const push = (jwt: string) => asked("$SYS.REQ.CLAIMS.UPDATE", jwt);

  test("a pushed account is let in at once, is in a file, and is known after a restart", async () => {
    await start();
    const red = await operator.account("RED");
    expect(await refusal(comes(red))).toMatch(VIOLATION);
    expect(await push(red.jwt)).toMatchObject({
      data: { account: red.id, code: 200, message: "jwt updated" },
    });
    await allHeard(await comes(red), await comes(red));
    expect(readFileSync(join(jwts, `${red.id}.jwt`), "utf8")).toBe(red.jwt);
    expect(readdirSync(jwts).sort()).toEqual([`${red.id}.jwt`, `${operator.system.id}.jwt`].sort());
    await world!.closeClients();
    await world!.member("HUB").restart();
    expect(await refusal(comes(red))).toBe("");
    const list = await asked("$SYS.REQ.CLAIMS.LIST");
    expect((list["data"] as string[]).sort()).toEqual([red.id, operator.system.id].sort());
  });

  test("a newer JWT of an account takes effect on those who are connected", async () => {
    await start();
    const red = await operator.account("RED");
    await push(red.jwt);
    const client = await comes(red);
    const later = await operator.renew(red, { revocations: { "*": Math.floor(Date.now() / 1_000) + 60 } });
    await push(later.jwt);
    expect(String(await client.closed())).toMatch(/revoked|authorization/i);
    expect(await refusal(comes(later))).toMatch(VIOLATION);
  });

  test("a deleted account is cut and nobody else, and its file keeps another name", async () => {
    await start({ allow_delete: true });
    const [red, blue] = [await operator.account("RED"), await operator.account("BLUE")];
    for (const { jwt } of [red, blue]) await push(jwt);
    const [one, other] = [await comes(red), await comes(blue)];
    expect(await asked("$SYS.REQ.CLAIMS.DELETE", operator.deletion(red.id))).toMatchObject({
      data: { code: 200, message: "deleted 1 accounts" },
    });
    expect(String(await one.closed())).toMatch(/expired/i);
    await other.flush();
    expect(await refusal(comes(red))).not.toBe("");
    expect(readdirSync(jwts).sort()).toEqual(
      [`${red.id}.jwt.deleted`, `${blue.id}.jwt`, `${operator.system.id}.jwt`].sort(),
    );
    // nats-server takes the same JWT for one that changes nothing, and the account stays away.
    if (kind !== "box") return;
    await push(red.jwt);
    await until("it is back", async () => (await refusal(comes(red))) === "");
  });

  test("without allow_delete nothing is deleted; with hard_delete nothing is left", async () => {
    await start();
    const red = await operator.account("RED");
    await push(red.jwt);
    const error = { code: 500, description: expect.stringContaining("delete must be enabled") };
    expect(await asked("$SYS.REQ.CLAIMS.DELETE", operator.deletion(red.id))).toMatchObject({ error });
    expect(existsSync(join(jwts, `${red.id}.jwt`))).toBe(true);
    await world!.close();
    await start({ allow_delete: true, hard_delete: true });
    await push(red.jwt);
    await asked("$SYS.REQ.CLAIMS.DELETE", operator.deletion(red.id));
    expect(readdirSync(jwts)).toEqual([`${operator.system.id}.jwt`]);
  });

  test("there are no more accounts than the limit says", async () => {
    await start({ limit: 2 });
    const [red, blue] = [await operator.account("RED"), await operator.account("BLUE")];
    expect(await push(red.jwt)).toMatchObject({ data: { code: 200 } });
    expect(await push(blue.jwt)).toMatchObject({
      error: { account: blue.id, code: 500, description: "jwt update resulted in error - jwt store is full" },
    });
    expect(await refusal(comes(blue))).not.toBe("");
  });

  test("what a stranger signed is not taken", async () => {
    await start();
    const stranger = await Operator.create(dir);
    const foreign = await stranger.account("FOREIGN");
    await push(foreign.jwt);
    expect(await refusal(comesWith(await stranger.credentials(foreign, "x")))).toMatch(VIOLATION);
  });

  const cli = findNatsCli();
  test.skipIf(cli === undefined)(
    "the nats tool makes an operator, pushes an account and finds it",
    async () => {
      const home = mkdtempSync(join(dir, "home-"));
      const env = {
        ...process.env,
        HOME: home,
        XDG_CONFIG_HOME: join(home, "c"),
        XDG_DATA_HOME: join(home, "d"),
      };
      const nats = async (...args: string[]): Promise<string> => {
        const child = Bun.spawn([cli!, "--no-context", ...args], {
          env,
          stdin: "ignore",
          stdout: "pipe",
          stderr: "pipe",
        });
        const [out, err, code] = await Promise.all([
          new Response(child.stdout).text(),
          new Response(child.stderr).text(),
          child.exited,
        ]);
        if (code !== 0) throw new Error(`nats ${args.join(" ")}: ${out}${err}`);
        return out;
      };
      const of = ["--operator", "OP"];
      const creds = (name: string): string => join(home, `${name}.creds`);
      await nats("auth", "operator", "add", "OP");
      await nats(
        "auth",
        "user",
        "add",
        "admin",
        "SYSTEM",
        ...of,
        "--credential",
        creds("admin"),
        "--defaults",
      );
      await nats("auth", "account", "add", "APP", ...of, "--defaults");
      await nats("auth", "user", "add", "bob", "APP", ...of, "--credential", creds("bob"), "--defaults");
      const store = join(home, "d", "nats", "nsc", "stores", "OP");
      const system = readFileSync(join(store, "accounts", "SYSTEM", "SYSTEM.jwt"), "utf8").trim();
      const id = String(
        (JSON.parse(Buffer.from(system.split(".")[1]!, "base64url").toString()) as JsonObject)["sub"],
      );
      jwts = mkdtempSync(join(dir, "jwt-"));
      const top = {
        operator: join(store, "OP.jwt"),
        system_account: id,
        resolver: { type: "full", dir: jwts },
        resolver_preload: { [id]: system },
      };
      world = await LeafWorld.start({ clusters: [{ name: "HUB", kind, top }], links: [] });
      const bob = readFileSync(creds("bob"), "utf8");
      expect(await refusal(comesWith(bob))).toMatch(VIOLATION);
      const at = ["--server", world.member("HUB").clientUrl, "--creds", creds("admin"), "--timeout", "2s"];
      expect(await nats(...at, "auth", "account", "push", "APP", ...of)).toMatch(/Success 1 Failed 0/);
      expect(await refusal(comesWith(bob))).toBe("");
      expect(await nats(...at, "auth", "account", "query", "APP", ...of)).toMatch(/APP/);
    },
  );
});

test("a file that is no account is told by a box, and the others are used", async () => {
  jwts = mkdtempSync(join(dir, "jwt-"));
  const red = await operator.account("RED");
  writeFileSync(join(jwts, `${red.id}.jwt`), red.jwt);
  writeFileSync(join(jwts, `${createAccount().getPublicKey()}.jwt`), red.jwt);
  writeFileSync(join(jwts, `${createAccount().getPublicKey()}.jwt`), "\0".repeat(10_000));
  writeFileSync(join(jwts, "evil.jwt"), "x");
  world = await LeafWorld.start({
    clusters: [{ name: "HUB", kind: "box", top: operator.keptIn(jwts) }],
    links: [],
  });
  expect(world.member("HUB").log.match(/Account file \S+ is not used: /g)?.length).toBe(3);
  const credentials = await operator.credentials(red, "x");
  await world.client("HUB", { more: { reconnect: false, authenticator: authenticator(credentials) } });
});
