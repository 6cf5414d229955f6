// Real clients with .creds at a box in operator mode. What a nats-server does with the same operator is asked
// first, so that the expectations are its own.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { credsAuthenticator, jwtAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { LeafWorld } from "../support/leaf-world.ts";
import type { JsonObject, Kind } from "../support/member.ts";
import { allHeard, collect } from "../support/messages.ts";
import { type AccountKeys, Operator, type UserOptions } from "../support/operator.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

let dir: string;
let operator: Operator;
let [red, blue]: AccountKeys[] = [];
let world: LeafWorld | undefined;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "isthmus-operator-"));
  operator = await Operator.create(dir);
  red = await operator.account("RED");
  blue = await operator.account("BLUE");
});
afterEach(async () => {
  await world?.close();
  world = undefined;
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const once = { reconnect: false } as const;

const authenticator = (credentials: string) => credsAuthenticator(new TextEncoder().encode(credentials));

async function comes(
  account: AccountKeys,
  options: UserOptions = {},
  cluster = "HUB",
): Promise<NatsConnection> {
  const credentials = await operator.credentials(account, "client", options);
  return await world!.client(cluster, { more: { ...once, authenticator: authenticator(credentials) } });
}

/** Why he is not let in; "" when he is. */
async function refusal(of: Promise<NatsConnection>): Promise<string> {
  return await of.then(
    () => "",
    (error: Error) => error.message,
  );
}

const VIOLATION = /Authorization Violation/;

describe.each<Kind>(["box", "2.15"])("%s in operator mode", (kind) => {
  const start = async (top: JsonObject = operator.config()): Promise<void> => {
    world = await LeafWorld.start({ clusters: [{ name: "HUB", kind, top }], links: [] });
  };

  test("credentials open the account of their user, and no message is seen in another account", async () => {
    await start();
    const [one, two, other] = [await comes(red!), await comes(red!), await comes(blue!)];
    const heard = await collect(one, ">");
    const alien = await collect(other, ">");
    two.publish("orders", "1");
    await heard.has(1);
    await allHeard(one, two);
    await other.flush();
    expect(alien.count).toBe(0);
    expect(heard.texts[0]).toBe("1");
  });

  test("nobody else comes in, and nobody is told why", async () => {
    await start();
    const stranger = await Operator.create(dir);
    const unknown = await stranger.account("UNKNOWN");
    const credentials = await stranger.credentials(unknown, "stranger");
    const now = Math.floor(Date.now() / 1_000);
    const jwt = jwtIn(await operator.credentials(red!, "thief"));
    const tries = [
      world!.client("HUB", { more: once }),
      world!.client("HUB", { more: { ...once, user: "red", pass: "red" } }),
      world!.client("HUB", { more: { ...once, authenticator: authenticator(credentials) } }),
      world!.client("HUB", {
        more: { ...once, authenticator: jwtAuthenticator(jwt, createUser().getSeed()) },
      }),
      comes(red!, { expires: now - 60 }),
      comes(red!, { nats: { allowed_connection_types: ["LEAFNODE"] } }),
      comes(red!, { nats: { src: ["192.0.2.0/24"] } }),
    ];
    for (const one of tries) expect(await refusal(one)).toMatch(VIOLATION);
    expect(await refusal(comes(red!, { nats: { src: ["127.0.0.0/8"] } }))).toBe("");
  });

  test("a bearer needs no seed", async () => {
    await start();
    const jwt = jwtIn(await operator.credentials(red!, "bearer", { nats: { bearer_token: true } }));
    expect(
      await refusal(world!.client("HUB", { more: { ...once, authenticator: jwtAuthenticator(jwt) } })),
    ).toBe("");
  });

  test("who brings no JWT is the default sentinel, where there is one", async () => {
    const jwt = jwtIn(await operator.credentials(red!, "sentinel", { nats: { bearer_token: true } }));
    await start({ ...operator.config(), default_sentinel: jwt });
    const anybody = await world!.client("HUB", { more: once });
    await allHeard(anybody, await comes(red!));
    const alien = await collect(await comes(blue!), ">");
    anybody.publish("x");
    await anybody.flush();
    expect(alien.count).toBe(0);
  });

  test("an operator may be known by his key alone", async () => {
    const { operator: jwt, ...rest } = operator.config();
    await start({ ...rest, trusted_keys: [String(claimsOf(String(jwt))["sub"])] });
    await allHeard(await comes(red!), await comes(red!));
    const stranger = await Operator.create(dir);
    const credentials = await stranger.credentials(await stranger.account("X"), "x");
    const more = { ...once, authenticator: authenticator(credentials) };
    expect(await refusal(world!.client("HUB", { more }))).toMatch(VIOLATION);
  });

  test("accounts are asked for over https with a certificate and an authority of one's own", async () => {
    if (whyNoCertificates() !== undefined) return console.error(`SKIPPED: ${whyNoCertificates()}`);
    const authority = new Authority(dir, `resolver-${kind}`);
    const [server, caller] = [authority.tls("server"), authority.tls("caller")];
    const file = (block: JsonObject, key: string) => Bun.file(String(block[key]));
    using resolver = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      tls: {
        cert: file(server, "cert_file"),
        key: file(server, "key_file"),
        ca: file(server, "ca_file"),
        requestCert: true,
        rejectUnauthorized: true,
      },
      fetch: (request) => new Response(operator.jwtOf(new URL(request.url).pathname.split("/").pop()!) ?? ""),
    });
    const { resolver_preload: _, ...config } = operator.config();
    const url = `URL(https://127.0.0.1:${resolver.port}/jwt/v1/accounts/)`;
    const { cert_file, key_file, ca_file } = caller as Record<string, string>;
    const tls = { cert_file: cert_file!, key_file: key_file!, ca_file: ca_file! };
    await start({ ...config, resolver: url, resolver_tls: tls });
    await allHeard(await comes(red!), await comes(red!));
  });

  test("permissions of a user count", async () => {
    await start();
    const [bound, free] = [
      await comes(red!, { permissions: { pub: { allow: ["in.>"] }, sub: { deny: ["secret"] } } }),
      await comes(red!),
    ];
    const heard = await collect(free, ">");
    bound.publish("out", "1");
    bound.publish("in.a", "2");
    await heard.has(1);
    expect(heard.texts).toEqual(["2"]);
    const errors: string[] = [];
    bound.subscribe("secret", { callback: (error) => void errors.push(String(error?.message)) });
    await bound.flush().catch(() => {});
    await until("he is told", () => errors.length > 0);
    expect(errors[0]).toMatch(/Permissions Violation for Subscription to "secret"/);
  });

  test("a user who expires is cut", async () => {
    await start();
    const client = await comes(red!, { expires: Math.floor(Date.now() / 1_000) + 2 });
    const ended = await client.closed();
    expect(String((ended as Error | undefined)?.message)).toMatch(/expired/i);
  });

  test("an account has as many connections as it may have", async () => {
    const own = await Operator.create(dir);
    const few = await own.renew(await own.account("FEW"), { limits: { conn: 1 } });
    await start(own.config());
    const come = async () => {
      const more = { ...once, authenticator: authenticator(await own.credentials(few, "x")) };
      return await world!.client("HUB", { more });
    };
    const first = await come();
    expect(await refusal(come())).not.toBe("");
    const closed = await fetch(`${world!.member("HUB").monitorUrl}/connz?state=closed`);
    const { connections } = (await closed.json()) as { connections: { reason: string }[] };
    expect(connections.map(({ reason }) => reason)).toEqual(["Maximum Account Connections Exceeded"]);
    await first.close();
    await until("there is room again", async () => (await refusal(come())) === "");
  });

  test("a preload with a revoked user, taken up while he is connected, cuts him and nobody else", async () => {
    const own = await Operator.create(dir);
    const account = await own.account("SHIFTING");
    await start(own.config());
    const [one, other] = [await own.credentials(account, "one"), await own.credentials(account, "other")];
    const come = (credentials: string) =>
      world!.client("HUB", { more: { ...once, authenticator: authenticator(credentials) } });
    const [revoked, stays] = [await come(one), await come(other)];
    const key = subjectOf(one);
    await own.renew(account, { revocations: { [key]: Math.floor(Date.now() / 1_000) + 60 } });
    await world!.member("HUB").reload((config) => ({ ...config, ...own.config() }));
    const ended = await revoked.closed();
    expect(String((ended as Error | undefined)?.message)).toMatch(/revoked|authorization/i);
    expect(stays.isClosed()).toBe(false);
    await stays.flush();
    expect(await refusal(come(one))).toMatch(VIOLATION);
  });

  test("accounts are asked for at a URL", async () => {
    const asked: string[] = [];
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => {
        const id = new URL(request.url).pathname.split("/").pop()!;
        asked.push(id);
        if (id === "") return new Response("");
        return new Response(operator.jwtOf(id), { status: operator.jwtOf(id) === null ? 404 : 200 });
      },
    });
    const { resolver_preload: _, ...config } = operator.config();
    const resolver = `URL(http://127.0.0.1:${server.port}/jwt/v1/accounts/)`;
    await start({ ...config, resolver });
    const [one, two] = await Promise.all([comes(red!), comes(red!)]);
    await allHeard(one!, two!);
    expect(asked.filter((id) => id === red!.id).length).toBeGreaterThan(0);
    const gone = await Operator.create(dir);
    const credentials = await gone.credentials(await gone.account("GONE"), "x");
    const come = world!.client("HUB", { more: { ...once, authenticator: authenticator(credentials) } });
    expect(await refusal(come)).toMatch(VIOLATION);
  });

  // A nats-server takes them from this subject only with a resolver of type full.
  if (kind === "box")
    test("a user of the system account pushes an account, and its users come in", async () => {
      const own = await Operator.create(dir);
      await start(own.config());
      const pushed = await own.account("PUSHED");
      const come = async () => {
        const more = { ...once, authenticator: authenticator(await own.credentials(pushed, "x")) };
        return await world!.client("HUB", { more });
      };
      expect(await refusal(come())).toMatch(VIOLATION);
      const more = { ...once, authenticator: authenticator(await own.credentials(own.system, "admin")) };
      const admin = await world!.client("HUB", { more });
      const answer = await admin.request("$SYS.REQ.CLAIMS.UPDATE", pushed.jwt);
      expect(answer.json()).toMatchObject({ data: { account: pushed.id, code: 200 } });
      expect(await refusal(come())).toBe("");
    });

  test("monitoring shows what the JWTs of account and user say", async () => {
    const own = await Operator.create(dir);
    const account = await own.renew(await own.account("SHOWN"), { revocations: { "*": 100 } });
    await start(own.config());
    const credentials = await own.credentials(account, "bob", { nats: { tags: ["a:b"] } });
    await world!.client("HUB", { more: { ...once, authenticator: authenticator(credentials) } });
    const shown = async (path: string) => {
      const answer = await fetch(`${world!.member("HUB").monitorUrl}${path}`);
      return (await answer.json()) as { account_detail: JsonObject; connections: JsonObject[] };
    };
    const issuer = claimsOf(own.jwtOf(account.id)!)["iss"];
    expect((await shown(`/accountz?acc=${account.id}`)).account_detail).toMatchObject({
      account_name: account.id,
      update_time: expect.stringMatching(/^20\d\d-/),
      expired: false,
      complete: true,
      client_connections: 1,
      jwt: own.jwtOf(account.id)!,
      issuer_key: issuer,
      name_tag: "SHOWN",
      decoded_jwt: { iss: issuer, sub: account.id, nats: { type: "account", revocations: { "*": 100 } } },
      revoked_user: { "*": "1970-01-01T00:01:40Z" },
    });
    expect((await shown("/connz?auth=1")).connections[0]).toMatchObject({
      authorized_user: subjectOf(credentials),
      account: account.id,
      jwt: jwtIn(credentials),
      issuer_key: account.id,
      name_tag: "SHOWN",
      tags: ["a:b"],
    });
  });

  test("a hub is dialled for an account that is named by its key", async () => {
    const top = operator.config();
    const credentials = await operator.credentialsFile(red!, "spoke");
    world = await LeafWorld.up({
      clusters: [
        { name: "HUB", kind: "2.15", top },
        { name: "SPOKE", kind, top },
      ],
      links: [{ from: "SPOKE", to: "HUB", account: red!.id, login: "", remote: { credentials } }],
    });
    await allHeard(await comes(red!, {}, "SPOKE"), await comes(red!));
  });

  test("accounts are known by their keys across gateways", async () => {
    const top = operator.config();
    const cluster = (name: string, of: Kind, other: string) => ({ name, kind: of, top, gateways: [other] });
    world = await LeafWorld.up({
      clusters: [cluster("HUB", kind, "FAR"), cluster("FAR", "2.15", "HUB")],
      links: [],
    });
    const [near, far, alien] = [
      await comes(red!),
      await comes(red!, {}, "FAR"),
      await comes(blue!, {}, "FAR"),
    ];
    const none = await collect(alien, ">");
    await allHeard(near, far);
    await alien.flush();
    expect(none.count).toBe(0);
  });
});

const jwtIn = (credentials: string): string => /BEGIN NATS USER JWT-+\s+(\S+)/.exec(credentials)![1]!;

const claimsOf = (jwt: string): JsonObject =>
  JSON.parse(Buffer.from(jwt.split(".")[1]!, "base64url").toString());

const subjectOf = (credentials: string): string => String(claimsOf(jwtIn(credentials))["sub"]);
