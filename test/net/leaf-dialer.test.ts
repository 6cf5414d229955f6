// We dial a nats-server as hub: in clear, with TLS after INFO and before it, through proxies; and what is
// said of a dial that fails.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LeafRemoteOptions } from "../../src/leaf/options.ts";
import { TlsContext, type TlsOptions } from "../../src/net/tls.ts";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import type { JsonObject } from "../support/member.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { Rig } from "./fake-core.ts";
import { HttpProxy, type ProxyRules } from "./http-proxy.ts";
import { expectDownward, expectUpward } from "./leaf-traffic.ts";
import { NatsServer, whyNoNats } from "./nats.ts";
import { actAsSpoke, dialOf, proxyAt, tlsOf } from "./scripts.ts";

setDefaultTimeout(30_000);
guardProcesses();

let rig: Rig;
let nats: NatsServer | undefined;
const ends: (() => void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await nats?.stop();
  nats = undefined;
  await rig.stop();
});

function newRig(hub: TlsOptions | null = null, proxy: TlsOptions | null = null): void {
  rig = new Rig({
    remotes: new Map(hub === null ? [] : [[0, new TlsContext(hub)]]),
    proxies: new Map(proxy === null ? [] : [[0, new TlsContext(proxy)]]),
  });
  rig.core.onDialed = (session) => actAsSpoke(session, "up");
}

async function startHub(leafnodes: JsonObject = {}): Promise<number> {
  const port = freePort();
  nats = await NatsServer.start({
    leafnodes: { listen: `127.0.0.1:${port}`, compression: "off", ...leafnodes },
  });
  return port;
}

async function expectTraffic(): Promise<void> {
  const session = await rig.core.session();
  await session.hears("PONG\r\n");
  const client = await nats!.client();
  await expectUpward(client, session);
  await expectDownward(client, session, rig);
  expect(rig.core.failures).toEqual([]);
}

/** A listener that does nothing but count and close. */
function silence(): { port: number; closed: () => number } {
  let closed = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data() {}, close: () => void closed++ },
  });
  ends.push(() => listener.stop(true));
  return { port: listener.port, closed: () => closed };
}

const noNats = whyNoNats();
if (noNats !== undefined) console.error(`SKIPPED hubs that we dial: ${noNats}`);

describe.skipIf(noNats !== undefined)(`hubs that we dial in clear ${noNats ?? ""}`.trim(), () => {
  test("directly", async () => {
    newRig();
    const port = await startHub();
    rig.driver.dialLeaf(dialOf("nats", port));
    await expectTraffic();
    const session = rig.core.sessions[0]!;
    expect(session.transport).toEqual({ secure: false, webSocket: false, certificate: null });
    expect(session.remote).toEqual({ ip: "127.0.0.1", port });
  });

  function proxied(rules: ProxyRules): HttpProxy {
    const proxy = new HttpProxy(rules);
    ends.push(() => proxy.close());
    return proxy;
  }

  const MANNERS = ["whole", "bytes", "joined"] as const;
  test.each(MANNERS)("through a proxy, whose answer comes %s", async (manner) => {
    newRig();
    const hub = await startHub();
    const proxy = proxied({ authorization: "Basic cHU6cHA=", manner });
    const options = { proxy: proxyAt(proxy.port, { user: "pu", password: "pp" }) };
    rig.driver.dialLeaf(dialOf("nats", hub, options));
    await expectTraffic();
    expect(proxy.requests).toEqual([
      `CONNECT 127.0.0.1:${hub} HTTP/1.1\r\nHost: 127.0.0.1:${hub}\r\nProxy-Authorization: Basic cHU6cHA=\r\n\r\n`,
    ]);
  });

  test("a proxy that refuses, one that is silent, one that speaks something else, and one that goes", async () => {
    newRig();
    const refusing = proxied({ authorization: "Basic cHU6cHA=" });
    rig.driver.dialLeaf(dialOf("nats", 1, { proxy: proxyAt(refusing.port) }));
    expect(await rig.core.failure(1)).toBe("proxy CONNECT failed: 407 Proxy Authentication Required");
    const { port, closed } = silence();
    rig.driver.dialLeaf(dialOf("nats", 1, { proxy: proxyAt(port, { timeoutMillis: 50 }) }));
    expect(await rig.core.failure(2)).toBe("i/o timeout");
    await until("the silent one is let go", () => closed() === 1);
    const odd = proxied({ answer: "INFO {}\r\n\r\n" });
    rig.driver.dialLeaf(dialOf("nats", 1, { proxy: proxyAt(odd.port) }));
    expect(await rig.core.failure(3)).toBe("proxy CONNECT failed: its answer is not HTTP");
    const going = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (it) => void it.end() } });
    ends.push(() => going.stop(true));
    rig.driver.dialLeaf(dialOf("nats", 1, { proxy: proxyAt(going.port) }));
    expect(await rig.core.failure(4)).toBe("connection closed during the handshake");
    rig.driver.dialLeaf(dialOf("nats", 1, { proxy: proxyAt(1, { url: "socks5://127.0.0.1:1" }) }));
    expect(await rig.core.failure(5)).toMatch(/^proxy url scheme must be http or https/);
    expect(rig.core.sessions).toEqual([]);
  });
});

describe("dials that fail", () => {
  test("where nobody listens", async () => {
    newRig();
    rig.driver.dialLeaf(dialOf("nats", freePort()));
    expect(await rig.core.failure()).toMatch(/connect/i);
  });

  test("where nobody answers TLS that is first", async () => {
    newRig();
    const { port, closed } = silence();
    const options: Partial<LeafRemoteOptions> = { handshakeFirst: true, dialTimeoutMillis: 50 };
    rig = new Rig({ remotes: new Map([[0, new TlsContext(quick)]]) });
    rig.driver.dialLeaf(dialOf("tls", port, options));
    expect(await rig.core.failure()).toBe("i/o timeout");
    await until("it is let go", () => closed() === 1);
  });

  const quick: TlsOptions = {
    cert: null,
    key: null,
    ca: null,
    verify: false,
    insecure: false,
    pinned: [],
    timeoutMillis: 50,
  };

  test("where nobody answers TLS that follows: the session ends, and the log says why", async () => {
    rig = new Rig({ remotes: new Map([[0, new TlsContext(quick)]]) });
    rig.core.onDialed = (session) => actAsSpoke(session);
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { open: (it) => void it.write('INFO {"tls_required":true}\r\n'), data() {} },
    });
    ends.push(() => listener.stop(true));
    rig.driver.dialLeaf(dialOf("nats", listener.port));
    const session = await rig.core.session();
    expect(await session.ends()).toBe("TLS Handshake Failure");
    expect(session.lastError).toBe("TLS handshake error: i/o timeout");
    await rig.core.logged(`${session.name} - TLS leafnode handshake error: i/o timeout`);
  });
});

const why = noNats ?? whyNoCertificates();
if (why !== undefined) console.error(`SKIPPED hubs that we dial with TLS: ${why}`);

describe.skipIf(why !== undefined)(`hubs that we dial with TLS ${why ?? ""}`.trim(), () => {
  let dir: string;
  let hub: JsonObject;
  let own: TlsOptions;
  let stranger: TlsOptions;
  let digest: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-tls-"));
    const ours = new Authority(dir, "ours");
    hub = ours.tls("hub");
    own = await tlsOf(ours.tls("spoke"));
    stranger = await tlsOf(new Authority(dir, "theirs").tls("spoke"));
    const certificate = new X509Certificate(await Bun.file(String(hub["cert_file"])).bytes());
    const spki = certificate.publicKey.export({ type: "spki", format: "der" });
    digest = createHash("sha256").update(spki).digest("hex");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test.each([true, false])("after INFO, our certificate is verified: %p", async (verify) => {
    newRig(verify ? own : { ...own, cert: null, key: null });
    const port = await startHub({ tls: { ...hub, verify } });
    rig.driver.dialLeaf(dialOf("nats", port));
    await expectTraffic();
    const session = rig.core.sessions[0]!;
    expect(session.transport?.secure).toBe(false);
    expect(session.certificate?.all).toEqual(["localhost", "CN=hub"]);
    expect(rig.driver.tlsOf(session)).toMatchObject({
      version: "1.3",
      cipherSuite: "TLS_AES_128_GCM_SHA256",
    });
  });

  test("before INFO", async () => {
    newRig(own);
    const port = await startHub({ tls: { ...hub, verify: true, handshake_first: true } });
    rig.driver.dialLeaf(dialOf("tls", port, { handshakeFirst: true }));
    await expectTraffic();
    const { transport } = rig.core.sessions[0]!;
    expect(transport).toMatchObject({ secure: true, certificate: { all: ["localhost", "CN=hub"] } });
    expect(rig.driver.tlsOf(rig.core.sessions[0]!)?.version).toBe("1.3");
  });

  test("before INFO, where the hub takes both", async () => {
    newRig(own);
    const port = await startHub({ tls: { ...hub, handshake_first: "auto" } });
    rig.driver.dialLeaf(dialOf("tls", port, { handshakeFirst: true }));
    await expectTraffic();
  });

  test.each([false, true])("through a proxy, TLS first %p", async (handshakeFirst) => {
    newRig(own);
    const port = await startHub({ tls: { ...hub, verify: true, handshake_first: handshakeFirst } });
    const proxy = new HttpProxy();
    ends.push(() => proxy.close());
    rig.driver.dialLeaf(dialOf("tls", port, { handshakeFirst, proxy: proxyAt(proxy.port) }));
    await expectTraffic();
    expect(rig.core.sessions[0]!.transport?.secure).toBe(handshakeFirst);
    expect(proxy.requests.length).toBe(1);
  });

  describe("through a proxy that is spoken to with TLS itself", () => {
    function secureProxy(): HttpProxy {
      const proxy = new HttpProxy({ tls: { cert: own.cert!, key: own.key! } });
      ends.push(() => proxy.close());
      return proxy;
    }

    test("to a hub in clear", async () => {
      newRig(null, own);
      const port = await startHub();
      const proxy = secureProxy();
      rig.driver.dialLeaf(
        dialOf("nats", port, { proxy: proxyAt(0, { url: `https://localhost:${proxy.port}` }) }),
      );
      await expectTraffic();
      expect(rig.core.sessions[0]!.transport?.secure).toBe(false);
    });

    test("a hub that wants TLS inside it is refused in clear words", async () => {
      newRig(own, own);
      const port = await startHub({ tls: hub });
      const proxy = secureProxy();
      rig.driver.dialLeaf(
        dialOf("tls", port, { proxy: proxyAt(0, { url: `https://localhost:${proxy.port}` }) }),
      );
      const session = await rig.core.session();
      expect(await session.ends()).toBe("TLS Handshake Failure");
      expect(session.lastError).toBe("TLS handshake error: TLS inside TLS is not possible");
    });

    test("its certificate is verified", async () => {
      newRig();
      const proxy = secureProxy();
      rig.driver.dialLeaf(
        dialOf("nats", 1, { proxy: proxyAt(0, { url: `https://localhost:${proxy.port}` }) }),
      );
      expect(await rig.core.failure()).toMatch(/^TLS handshake error: .*certificate/);
    });
  });

  test.each([false, true])(
    "a hub of another authority is not talked to, TLS first %p",
    async (handshakeFirst) => {
      newRig(stranger);
      const port = await startHub({ tls: { ...hub, handshake_first: handshakeFirst } });
      rig.driver.dialLeaf(dialOf("tls", port, { handshakeFirst }));
      if (handshakeFirst) expect(await rig.core.failure()).toMatch(/^TLS handshake error: .*certificate/);
      else {
        const session = await rig.core.session();
        expect(await session.ends()).toBe("TLS Handshake Failure");
        expect(session.lastError).toMatch(/^TLS handshake error: .*certificate/);
      }
    },
  );

  test("a hub of another name is not talked to", async () => {
    newRig(own);
    const port = await startHub({ tls: hub });
    rig.driver.dialLeaf({ ...dialOf("tls", port), tlsName: "elsewhere" });
    expect(await (await rig.core.session()).ends()).toBe("TLS Handshake Failure");
    expect(rig.core.sessions[0]!.lastError).toMatch(/altnames|name/i);
  });

  test("with insecure, any hub is talked to, and a pinned one only if it is the one", async () => {
    newRig({ ...stranger, insecure: true });
    const port = await startHub({ tls: hub });
    rig.driver.dialLeaf({ ...dialOf("tls", port), tlsName: "elsewhere" });
    await (await rig.core.session()).hears("PONG\r\n");
    await rig.stop();
    newRig({ ...stranger, insecure: true, pinned: ["00".repeat(32)] });
    rig.driver.dialLeaf(dialOf("tls", port));
    expect(await (await rig.core.session()).ends()).toBe("TLS Handshake Failure");
    expect(rig.core.sessions[0]!.lastError).toBe("TLS handshake error: certificate is not in pinned_certs");
    await rig.stop();
    newRig({ ...own, pinned: [digest] });
    rig.driver.dialLeaf(dialOf("tls", port));
    await (await rig.core.session()).hears("PONG\r\n");
  });

  test("a hub that does not take our certificate ends the session", async () => {
    newRig({ ...own, cert: stranger.cert, key: stranger.key });
    const port = await startHub({ tls: { ...hub, verify: true } });
    rig.driver.dialLeaf(dialOf("tls", port));
    const session = await rig.core.session();
    await session.ends();
    expect(session.heard).not.toContain('connect_info":true');
    await nats!.process.logged(/TLS leafnode handshake error/);
  });
});
