// Clients with TLS: the libraries and tools that people have, against the box and, so that the tests
// themselves are right, against nats-server.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";
import { keyDigestOf } from "../../src/net/certificate.ts";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { type JsonObject, type Kind, Member, whyAbsent } from "../support/member.ts";
import { findNatsCli, nats } from "../support/nats-cli.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses } from "../support/process.ts";
import { RawLink } from "../support/raw-link.ts";
import { until, within } from "../support/wait.ts";

setDefaultTimeout(30_000);
guardProcesses();

const cli = findNatsCli();
const noCertificates = whyNoCertificates();
if (noCertificates !== undefined) console.error(`SKIPPED clients with TLS: ${noCertificates}`);
if (cli === undefined)
  console.error("SKIPPED nats command line with TLS: no nats in $NATS_CLI, PATH or .cache");

const KINDS: Kind[] = ["box", "2.15"];

interface Connection {
  readonly tls_version?: string;
  readonly tls_cipher_suite?: string;
  readonly tls_first?: boolean;
  readonly tls_peer_certs?: readonly { readonly subject: string; readonly cert_sha256: string }[];
  readonly authorized_user?: string;
  readonly reason?: string;
}

describe.skipIf(noCertificates !== undefined)(`clients with TLS ${noCertificates ?? ""}`.trim(), () => {
  let dir: string;
  let ours: Authority;
  let theirs: Authority;
  let server: JsonObject;
  let alice: JsonObject;
  let stranger: JsonObject;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-client-tls-"));
    ours = new Authority(dir, "ours");
    theirs = new Authority(dir, "theirs");
    server = ours.tls("server");
    alice = ours.tls("alice", { names: "email:alice@example.org,DNS:alice.example.org" });
    stranger = theirs.tls("stranger");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  for (const kind of KINDS) {
    const absent = whyAbsent(kind);
    if (absent !== undefined) console.error(`SKIPPED ${kind}: ${absent}`);
    describe.skipIf(absent !== undefined)(kind, () => {
      let member: Member;
      const clients: NatsConnection[] = [];
      afterEach(async () => {
        for (const client of clients.splice(0))
          await within("it closes", client.close(), 2_000).catch(() => {});
        await member?.stop();
      });

      /** A server with this tls block, and more of the top level. */
      async function start(tls: JsonObject | null, more: JsonObject = {}, monitored = true): Promise<void> {
        const ports = { client: freePort(), monitor: freePort(), gateway: 0 };
        const config = {
          server_name: "BOX",
          listen: `127.0.0.1:${ports.client}`,
          ...(monitored ? { http: `127.0.0.1:${ports.monitor}` } : {}),
          ...(tls === null ? {} : { tls }),
          ...more,
        };
        member = new Member("BOX", kind, ports, config, dir);
        await member.start();
      }

      async function client(options: NodeConnectionOptions): Promise<NatsConnection> {
        const made = await connect({
          servers: `localhost:${member.ports.client}`,
          reconnect: false,
          timeout: 5_000,
          ...options,
        });
        clients.push(made);
        return made;
      }

      const trusting = (block?: JsonObject, handshakeFirst = false): NodeConnectionOptions => ({
        tls: {
          caFile: ours.certificate,
          ...(block === undefined
            ? {}
            : { certFile: `${block["cert_file"]}`, keyFile: `${block["key_file"]}` }),
          ...(handshakeFirst ? { handshakeFirst } : {}),
        },
      });

      /** A message goes out and comes back, whole. */
      async function expectHeard(made: NatsConnection): Promise<void> {
        const body = new Uint8Array(700_000).map((_, at) => at * 7);
        const subscription = made.subscribe("echo", { max: 1 });
        made.publish("echo", body);
        const heard = (async () => {
          for await (const message of subscription) return message.data;
          return undefined;
        })();
        expect(await within("it is heard", heard, 10_000)).toEqual(body);
      }

      async function refused(options: NodeConnectionOptions): Promise<void> {
        const outcome = await client(options).then(
          () => "connected",
          () => "refused",
        );
        expect(outcome).toBe("refused");
      }

      async function connz(query = ""): Promise<Connection[]> {
        const response = await fetch(`${member.monitorUrl}/connz?auth=1${query}`);
        return ((await response.json()) as { connections: Connection[] }).connections;
      }

      test("TLS after INFO, told in INFO and in /connz", async () => {
        await start(server);
        const made = await client(trusting());
        expect(made.info).toMatchObject({ tls_required: true });
        expect(made.info?.tls_verify).toBeUndefined();
        expect(made.info?.tls_available).toBeUndefined();
        await expectHeard(made);
        const [entry] = await connz();
        expect(entry).toMatchObject({ tls_version: "1.3" });
        expect(entry?.tls_cipher_suite).toMatch(/^TLS_(AES|CHACHA)/);
        expect(entry?.tls_first).toBeUndefined();
        expect(entry?.tls_peer_certs).toBeUndefined();
      });

      test("TLS first", async () => {
        await start({ ...server, handshake_first: true });
        await expectHeard(await client(trusting(undefined, true)));
        expect(await connz()).toMatchObject([{ tls_version: "1.3", tls_first: true }]);
      });

      test("auto serves those who begin with TLS and those who wait for INFO", async () => {
        await start({ ...server, handshake_first: "300ms" });
        await expectHeard(await client(trusting(undefined, true)));
        await expectHeard(await client(trusting()));
        const [first, second] = await connz("&sort=cid");
        expect([first?.tls_first, second?.tls_first]).toEqual([true, undefined]);
      });

      test("allow_non_tls serves those who speak TLS and those who do not", async () => {
        await start(server, { allow_non_tls: true });
        const clear = await client({ tls: null });
        expect(clear.info).toMatchObject({ tls_available: true });
        expect(clear.info?.tls_required).toBeUndefined();
        await expectHeard(clear);
        await expectHeard(await client(trusting()));
        const [first, second] = await connz("&sort=cid");
        expect([first?.tls_version, second?.tls_version]).toEqual([undefined, "1.3"]);
      });

      test("allow_non_tls asks for the certificates of those who speak TLS", async () => {
        await start({ ...server, verify: true }, { allow_non_tls: true });
        await refused(trusting());
        await refused(trusting(stranger));
        await expectHeard(await client(trusting(alice)));
        await expectHeard(await client({ tls: null }));
      });

      test("verify takes certificates of its authority and no others", async () => {
        await start({ ...server, verify: true });
        const made = await client(trusting(alice));
        expect(made.info).toMatchObject({ tls_required: true, tls_verify: true });
        await expectHeard(made);
        const [entry] = await connz();
        expect(entry?.tls_peer_certs?.[0]).toMatchObject({ subject: "CN=alice" });
        await refused(trusting());
        await refused(trusting(stranger));
        await refused(trusting(ours.tls("late", { days: -1 })));
      });

      test("a client refuses a server of an unknown authority, one that has ended, and one of another name", async () => {
        await start(stranger);
        await refused(trusting());
        await member.stop();
        await start(ours.tls("ended", { days: -1 }));
        await refused(trusting());
        await member.stop();
        await start(ours.tls("elsewhere", { names: "DNS:elsewhere.example.org" }));
        await refused(trusting());
        await until("the server has noticed", async () => (await connz()).length === 0);
        expect(member.running).toBe(true);
      });

      test("only pinned certificates are taken", async () => {
        const pins = { pinned_certs: [keyDigestOf(x509Of(alice))] };
        await start({ ...server, verify: true, ...pins });
        await expectHeard(await client(trusting(alice)));
        await refused(trusting(ours.tls("bob")));
      });

      const NAMED: [string, string, string, string][] = [
        ["an e-mail address", "/CN=x", "email:alice@example.org,DNS:other", "alice@example.org"],
        ["a DNS name", "/CN=x", "DNS:alice.example.org", "alice.example.org"],
        ["a URI", "/CN=x", "URI:spiffe://example.org/alice", "spiffe://example.org/alice"],
        [
          "its subject, last part first",
          "/C=US/O=Acme/OU=Ops/CN=alice",
          "DNS:x",
          "CN=alice,OU=Ops,O=Acme,C=US",
        ],
        [
          "its subject, first part first",
          "/C=US/O=Acme/OU=Dev/CN=alice",
          "DNS:x",
          "C=US,O=Acme,OU=Dev,CN=alice",
        ],
        ["its subject, with blanks", "/O=Acme/CN=alice", "DNS:x", "CN=alice, O=Acme"],
        [
          "its subject, with domain components",
          "/DC=org/DC=acme/CN=alice",
          "DNS:x",
          "CN=alice,DC=acme,DC=org",
        ],
        ["its subject without those", "/DC=org/DC=acme/O=Other/CN=alice", "DNS:x", "CN=alice,O=Other"],
      ];

      test("verify_and_map makes the certificate the user, by each of its names", async () => {
        const users = NAMED.map(([, , , user]) => ({ user })).slice(0, 7);
        await start(
          { ...server, verify_and_map: true },
          { accounts: { A: { users }, B: { users: [{ user: NAMED[7]![3] }] } } },
        );
        for (const [at, [what, subject, names, user]] of NAMED.entries()) {
          const made = await client(trusting(ours.tls(`named${at}`, { subject, names })));
          await expectHeard(made);
          const entries = await connz("&sort=cid");
          expect([what, entries.at(-1)?.authorized_user]).toEqual([what, user]);
          await made.close();
        }
      });

      test("verify_and_map lets nobody in whom no certificate names, whatever the client says", async () => {
        const users = [{ user: "alice@example.org" }, { user: "bob", password: "secret" }];
        await start({ ...server, verify_and_map: true }, { authorization: { users } });
        await refused(trusting());
        await refused({ ...trusting(ours.tls("nobody")), user: "bob", pass: "secret" });
        await refused({ ...trusting(ours.tls("nobody")), user: "alice@example.org", pass: "" });
        const bob = ours.tls("bob", { names: "DNS:bob" });
        await refused(trusting(bob));
        await expectHeard(await client({ ...trusting(bob), pass: "secret", user: "ignored" }));
        await expectHeard(await client(trusting(alice)));
      });

      test("a user without a password is none where certificates do not name users", async () => {
        const users = [{ user: "alice", password: "secret" }];
        await start(server, { authorization: { users } });
        await refused({ ...trusting(), user: "alice", pass: "" });
        await refused({ ...trusting(), user: "alice", pass: "-" });
        await expectHeard(await client({ ...trusting(), user: "alice", pass: "secret" }));
      });

      test("min_version 1.3 and a suite of 1.2 are what is agreed on, or nothing is", async () => {
        await start({ ...server, min_version: "1.3", handshake_first: true });
        expect(await sClient(member.ports.client, ["-tls1_2"])).toBe("");
        expect(await sClient(member.ports.client, ["-tls1_3"])).toStartWith("TLSv1.3 ");
        await member.stop();
        const suites = ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"];
        const chosen = { cipher_suites: suites, curve_preferences: ["CurveP384"], handshake_first: true };
        await start({ ...server, ...chosen });
        expect(await sClient(member.ports.client, ["-tls1_2"])).toBe("TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384");
        const other = ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"];
        expect(await sClient(member.ports.client, other)).toBe("");
        expect(await sClient(member.ports.client, ["-curves", "X25519"])).toBe("");
        expect(await sClient(member.ports.client, ["-curves", "P-384"])).toStartWith("TLSv1.3 ");
      });

      test("text in clear where TLS is needed ends the connection without a word", async () => {
        await start(server, { debug: true });
        const link = await RawLink.dial(member.ports.client);
        await link.next("INFO");
        link.send("CONNECT {}\r\nPING\r\n");
        await link.gone();
        expect(link.frames.map(({ verb }) => verb)).toEqual(["INFO"]);
        await member.process.logged(/cid:\d+ - TLS handshake error: .*does not look like a TLS handshake/);
        const entries = await connz("&state=closed");
        expect(entries.map(({ reason }) => reason)).toContain("TLS Handshake Failure");
        expect(entries.every((entry) => entry.tls_version === undefined)).toBe(true);
        await refused({});
      });

      test("who says nothing where TLS is needed is cut when its time is over", async () => {
        await start({ ...server, timeout: 0.3 }, { debug: true });
        const link = await RawLink.dial(member.ports.client);
        await link.gone();
        expect(link.at.lost - link.at.opened).toBeGreaterThan(250);
        expect(link.frames.map(({ verb }) => verb)).toEqual(["INFO"]);
        await member.process.logged(/TLS handshake error: .*i\/o timeout/);
      });

      test("text in clear where TLS is first ends the connection, and INFO is not said", async () => {
        await start({ ...server, timeout: 0.5, handshake_first: true }, { debug: true });
        const link = await RawLink.dial(member.ports.client);
        link.send("CONNECT {}\r\nPING\r\n");
        await link.gone();
        const silent = await RawLink.dial(member.ports.client);
        await silent.gone();
        expect([...link.frames, ...silent.frames].map(({ verb }) => verb)).not.toContain("INFO");
        await refused(trusting());
      });

      test("TLS where nobody listens for it ends the connection, and the log says so", async () => {
        await start(null);
        await refused(trusting(undefined, true));
        await member.process.logged(
          kind === "box" ? /TLS handshake where clients speak without TLS/ : /Client parser ERROR/,
        );
        await expectHeard(await client({}));
      });

      test("with TLS credentials get a second more than the handshake", async () => {
        await start(
          { ...server, timeout: 0.2 },
          { authorization: { users: [{ user: "a", password: "b" }] } },
        );
        const varz = (await (await fetch(`${member.monitorUrl}/varz`)).json()) as Record<string, unknown>;
        expect(varz).toMatchObject({ auth_timeout: 1.2, tls_timeout: 0.2, tls_required: true });
        const ends = Date.parse(String(varz["tls_cert_not_after"]));
        expect(ends).toBe(Date.parse(x509Of(server).validTo));
      });

      test.skipIf(cli === undefined)("the nats command line, with TLS after INFO and before it", async () => {
        const tools = ["--tlsca", ours.certificate, "--tlscert", `${alice["cert_file"]}`];
        const args = [...tools, "--tlskey", `${alice["key_file"]}`, "rtt", "1"];
        await start({ ...server, verify: true, handshake_first: "auto" });
        const url = `nats://localhost:${member.ports.client}`;
        for (const flags of [[], ["--tlsfirst"]]) {
          const { code, err } = await nats(cli!, url, [...flags, ...args]);
          expect(`${code} ${code === 0 ? "" : err}`).toBe("0 ");
        }
        const { code } = await nats(cli!, url, ["--tlsca", ours.certificate, "pub", "a", "b"]);
        expect(code).not.toBe(0);
      });

      test("https serves monitoring with the same certificate, and asks for none", async () => {
        const port = freePort();
        await start({ ...server, verify: true }, { https: `127.0.0.1:${port}` }, false);
        const tls = { ca: readFileSync(ours.certificate, "utf8") };
        const response = await fetch(`https://localhost:${port}/varz`, { tls });
        expect(await response.json()).toMatchObject({ https_port: port, http_port: 0, tls_verify: true });
        const outcome = await fetch(`https://localhost:${port}/varz`).then(
          () => "taken",
          () => "refused",
        );
        expect(outcome).toBe("refused");
        const inClear = await fetch(`http://localhost:${port}/varz`).then(
          ({ status }) => (status === 400 ? "refused" : "taken"),
          () => "refused",
        );
        expect(inClear).toBe("refused");
      });
    });
  }
});

function x509Of(block: JsonObject): X509Certificate {
  return new X509Certificate(readFileSync(String(block["cert_file"])));
}

/** `TLSv1.3 TLS_AES_256_GCM_SHA384` as OpenSSL's client agrees on it; "" when it does not. */
async function sClient(port: number, args: readonly string[]): Promise<string> {
  const child = Bun.spawn(["openssl", "s_client", "-connect", `127.0.0.1:${port}`, ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: 5_000,
  });
  const out = await new Response(child.stdout).text();
  await child.exited;
  const [, version, cipher] = /^New, (\S+), Cipher is (\S+)$/m.exec(out) ?? [];
  return version === undefined || cipher === "(NONE)" ? "" : `${version} ${cipher}`;
}
