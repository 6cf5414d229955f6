// A nats-server as spoke of our listener: TLS after INFO, before it, and as it likes; and those that are
// refused.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TlsContext, type TlsOptions } from "../../src/net/tls.ts";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import type { JsonObject } from "../support/member.ts";
import { guardProcesses } from "../support/process.ts";
import { RawLink } from "../support/raw-link.ts";
import { until } from "../support/wait.ts";
import { type FakeCore, Rig } from "./fake-core.ts";
import { expectDownward, expectUpward } from "./leaf-traffic.ts";
import { asRemote, NatsServer, whyNoNats } from "./nats.ts";
import { actAsHub, tlsOf } from "./scripts.ts";

setDefaultTimeout(30_000);
guardProcesses();

let rig: Rig;
let nats: NatsServer | undefined;
afterEach(async () => {
  await nats?.stop();
  nats = undefined;
  await rig.stop();
});

const why = whyNoNats() ?? whyNoCertificates();
if (why !== undefined) console.error(`SKIPPED leafs of our listener: ${why}`);

describe.skipIf(why !== undefined)(`leafs of our listener ${why ?? ""}`.trim(), () => {
  let dir: string;
  let ours: Authority;
  let theirs: Authority;
  let listen: TlsOptions;
  let spoke: JsonObject;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-tls-"));
    ours = new Authority(dir, "ours");
    theirs = new Authority(dir, "theirs");
    listen = await tlsOf(ours.tls("hub"));
    spoke = ours.tls("spoke");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** Opens a listener, before which a fake hub waits. */
  function open(tls: Partial<TlsOptions> | null, handshakeFirst: boolean | number): number {
    const context = tls === null ? null : new TlsContext({ ...listen, ...tls });
    rig = new Rig({ listen: context, handshakeFirst });
    rig.core.onAccept = (session) => actAsHub(session, { tls: tls !== null, interest: "up" });
    return rig.driver.listen("leaf", "127.0.0.1", 0);
  }

  async function dialledBy(remote: JsonObject): Promise<void> {
    nats = await NatsServer.start({
      leafnodes: { reconnect: 1, remotes: [{ compression: "off", ...remote }] },
    });
  }

  async function expectTraffic(): Promise<void> {
    const session = await rig.core.session();
    await session.hears("PONG\r\n");
    const client = await nats!.client();
    await expectUpward(client, session);
    await expectDownward(client, session, rig);
    expect(rig.core.sessions.length).toBe(1);
  }

  test("in clear", async () => {
    const port = open(null, false);
    await dialledBy({ url: `nats-leaf://127.0.0.1:${port}` });
    await expectTraffic();
    expect(rig.driver.tlsOf(rig.core.sessions[0]!)).toBeNull();
    expect(rig.core.sessions[0]!.remote.ip).toBe("127.0.0.1");
  });

  test("TLS after INFO, with the certificate of the spoke", async () => {
    const port = open({ verify: true }, false);
    await dialledBy({ url: `tls://localhost:${port}`, tls: asRemote(spoke) });
    await expectTraffic();
    const session = rig.core.sessions[0]!;
    expect(session.transport).toEqual({ secure: false, webSocket: false, certificate: null });
    expect(session.certificate?.dns).toEqual(["localhost"]);
    expect(session.certificate?.all).toEqual(["localhost", "CN=spoke"]);
    expect(session.wantsTls).toBe(false);
    expect(rig.driver.tlsOf(session)).toMatchObject({
      version: "1.3",
      cipherSuite: "TLS_AES_128_GCM_SHA256",
    });
  });

  test("TLS after INFO, with nobody's certificate asked for", async () => {
    const port = open({}, false);
    await dialledBy({ url: `nats-leaf://localhost:${port}`, tls: { ca_file: spoke["ca_file"]! } });
    await expectTraffic();
    expect(rig.core.sessions[0]!.certificate).toBeNull();
  });

  test("TLS from the first byte", async () => {
    const port = open({ verify: true }, true);
    await dialledBy({ url: `tls://localhost:${port}`, tls: asRemote(spoke, { handshake_first: true }) });
    await expectTraffic();
    const { transport } = rig.core.sessions[0]!;
    expect(transport).toMatchObject({ secure: true, certificate: { all: ["localhost", "CN=spoke"] } });
    expect(rig.driver.tlsOf(rig.core.sessions[0]!)?.version).toBe("1.3");
  });

  describe("where a first byte within a time means TLS first", () => {
    test("it comes", async () => {
      const port = open({ verify: true }, 2_000);
      await dialledBy({ url: `tls://localhost:${port}`, tls: asRemote(spoke, { handshake_first: true }) });
      await expectTraffic();
      expect(rig.core.sessions[0]!.transport).toMatchObject({
        secure: true,
        certificate: { all: ["localhost", "CN=spoke"] },
      });
    });

    test("it does not come, so INFO goes first, and TLS follows", async () => {
      const port = open({ verify: true }, 50);
      await dialledBy({ url: `tls://localhost:${port}`, tls: asRemote(spoke) });
      await expectTraffic();
      expect(rig.core.sessions[0]!.transport).toMatchObject({ secure: false, certificate: null });
      expect(rig.core.sessions[0]!.certificate?.all).toEqual(["localhost", "CN=spoke"]);
      expect(rig.driver.tlsOf(rig.core.sessions[0]!)?.version).toBe("1.3");
    });

    test("INFO is not said before that time is over", async () => {
      const port = open({}, 150);
      const from = performance.now();
      const link = await RawLink.dial(port);
      await link.next("INFO");
      expect(performance.now() - from).toBeGreaterThanOrEqual(145);
      expect(rig.core.sessions.length).toBe(1);
      link.close();
    });
  });

  describe("is refused", () => {
    /** The session that waited for TLS ends, and the log says why. */
    async function expectRefused(core: FakeCore, reason: RegExp): Promise<void> {
      const session = await core.session();
      expect(await session.ends()).toBe("TLS Handshake Failure");
      const { ip, port } = session.remote;
      const said = core.lines.find((line) =>
        line.includes(`${ip}:${port} - lid:1 - TLS leafnode handshake error: `),
      );
      expect(said).toMatch(reason);
      expect(session.heard).toBe("");
      expect(rig.driver.tlsOf(session)).toBeNull();
    }

    test.each([false, 20])("who speaks in clear where TLS must follow, handshake_first %p", async (first) => {
      const port = open({}, first);
      const link = await RawLink.dial(port);
      await link.next("INFO");
      link.send('CONNECT {"name":"S"}\r\nPING\r\n');
      await expectRefused(rig.core, /error: .*first record does not look like a TLS handshake/);
      await link.gone();
    });

    test.each([false, 20])("who says nothing where TLS must follow, handshake_first %p", async (first) => {
      const port = open({ timeoutMillis: 100 }, first);
      const link = await RawLink.dial(port);
      await expectRefused(rig.core, /error: i\/o timeout$/);
      await link.gone();
    });

    test("who goes instead of shaking hands", async () => {
      const port = open({}, false);
      const link = await RawLink.dial(port);
      await link.next("INFO");
      link.close();
      await expectRefused(rig.core, /error: (connection closed|Client network socket disconnected)/);
    });

    test("who has a certificate of another authority", async () => {
      const port = open({ verify: true }, false);
      await dialledBy({
        url: `tls://localhost:${port}`,
        tls: { ...asRemote(theirs.tls("spoke")), ca_file: ours.certificate },
      });
      await expectRefused(rig.core, /error: .*(CERTIFICATE|certificate)/);
    });

    test("who has a certificate that is not pinned", async () => {
      const port = open({ verify: true, pinned: ["00".repeat(32)] }, false);
      await dialledBy({ url: `tls://localhost:${port}`, tls: asRemote(spoke) });
      await expectRefused(rig.core, /error: certificate is not in pinned_certs$/);
    });

    test.each([true, 2_000])("who speaks in clear where TLS is first, handshake_first %p", async (first) => {
      const port = open({}, first);
      const link = await RawLink.dial(port);
      link.send("CONNECT {}\r\n");
      await link.gone();
      await rig.core.logged("TLS leafnode handshake error: ");
      expect(rig.core.lines[0]).toMatch(/^error 127\.0\.0\.1:\d+ - TLS leafnode handshake error: /);
      expect(rig.core.sessions).toEqual([]);
    });

    test("who says nothing where TLS is first", async () => {
      const port = open({ timeoutMillis: 100 }, true);
      const link = await RawLink.dial(port);
      await link.gone();
      expect(rig.core.lines[0]).toMatch(
        /^error 127\.0\.0\.1:\d+ - TLS leafnode handshake error: i\/o timeout$/,
      );
    });
  });

  test("a session that ends while TLS is awaited ends without a word in clear", async () => {
    const port = open({}, false);
    const link = await RawLink.dial(port);
    await link.next("INFO");
    const session = await rig.core.session();
    session.close("Authentication Timeout", "Authentication Timeout");
    rig.flush();
    await link.gone();
    expect(session.endedBy).toBe("Authentication Timeout");
    expect(link.text.split("\r\n").length).toBe(2);
  });

  test("a flood of strangers leaves no link behind", async () => {
    const port = open({ timeoutMillis: 500 }, false);
    const links = await Promise.all(Array.from({ length: 50 }, () => RawLink.dial(port)));
    for (const link of links) await link.next("INFO");
    for (const link of links) link.close();
    await until("all sessions are over", () => rig.core.sessions.every(({ endedBy }) => endedBy !== null));
    expect(rig.core.sessions.length).toBe(50);
  });
});
