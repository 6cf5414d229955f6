// Leafs and clients over WebSocket, both ways, with a nats-server at the other end.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TlsContext, type TlsOptions } from "../../src/net/tls.ts";
import type { WebSocketOptions } from "../../src/net/websocket-listener.ts";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import type { JsonObject } from "../support/member.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { Rig } from "./fake-core.ts";
import { HttpProxy } from "./http-proxy.ts";
import { expectDownward, expectUpward } from "./leaf-traffic.ts";
import { NatsServer, whyNoNats } from "./nats.ts";
import { actAsHub, actAsSpoke, dialOf, proxyAt, tlsOf } from "./scripts.ts";

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

const OPEN: WebSocketOptions = {
  host: "127.0.0.1",
  port: 0,
  tls: null,
  compression: false,
  handshakeTimeoutMillis: 2_000,
  sameOrigin: false,
  allowedOrigins: [],
};

function listen(options: Partial<WebSocketOptions> = {}): number {
  rig = new Rig();
  rig.core.onAccept = (session) => actAsHub(session, { interest: "up" });
  rig.core.onClient = (session) => {
    session.says('INFO {"server_id":"X","version":"2.15.2","proto":1,"headers":true,"max_payload":1048576}');
    session.onLine = (line) => line === "PING" && session.says("PONG");
  };
  const staged = rig.driver.stageWebSocket({ ...OPEN, ...options });
  staged.use();
  return staged.port;
}

async function expectTraffic(): Promise<void> {
  const session = await rig.core.session();
  await session.hears("PONG\r\n");
  const client = await nats!.client();
  await expectUpward(client, session);
  await expectDownward(client, session, rig);
  expect(rig.core.sessions.length).toBe(1);
  expect(rig.driver.tlsOf(session)).toBeNull();
}

const noNats = whyNoNats();
const why = noNats ?? whyNoCertificates();
if (why !== undefined) console.error(`SKIPPED leafs over WebSocket: ${why}`);

describe.skipIf(why !== undefined)(`leafs over WebSocket ${why ?? ""}`.trim(), () => {
  let dir: string;
  let ours: Authority;
  let hub: JsonObject;
  let own: TlsOptions;
  let stranger: TlsOptions;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-tls-"));
    ours = new Authority(dir, "ours");
    hub = ours.tls("hub");
    own = await tlsOf(ours.tls("own"));
    stranger = await tlsOf(new Authority(dir, "theirs").tls("own"));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  describe("a nats-server dials us", () => {
    async function dialledBy(url: string, more: JsonObject = {}): Promise<void> {
      const remote = { url, compression: "off", ...more };
      nats = await NatsServer.start({ leafnodes: { reconnect: 1, remotes: [remote] } });
    }

    test("in clear", async () => {
      const port = listen();
      await dialledBy(`ws://127.0.0.1:${port}`);
      await expectTraffic();
      const { transport, remote } = rig.core.sessions[0]!;
      expect(transport).toEqual({ secure: false, webSocket: true, certificate: null });
      expect(remote.ip).toBe("127.0.0.1");
      expect(remote.port).toBeGreaterThan(1_024);
    });

    test("at a path", async () => {
      const port = listen();
      await dialledBy(`ws://127.0.0.1:${port}/some/path`);
      await expectTraffic();
    });

    test.each([
      ["with deflate", true, { ws_compression: true }],
      ["with deflate that only the nats-server wants", false, { ws_compression: true }],
      ["and wants no masking", false, { ws_no_masking: true }],
    ])("%s", async (_, compression, more) => {
      const port = listen({ compression });
      await dialledBy(`ws://127.0.0.1:${port}`, more);
      await expectTraffic();
    });

    test("with TLS", async () => {
      const port = listen({ tls: new TlsContext(own) });
      await dialledBy(`wss://localhost:${port}`, { tls: { ca_file: ours.certificate } });
      await expectTraffic();
      expect(rig.core.sessions[0]!.transport).toEqual({ secure: true, webSocket: true, certificate: null });
    });

    test("and hears of the end of the session", async () => {
      const port = listen();
      await dialledBy(`ws://127.0.0.1:${port}`);
      const session = await rig.core.session();
      await session.hears("PONG\r\n");
      session.close("Stale Connection", "Stale Connection");
      rig.flush();
      await nats!.process.logged(/Leafnode Error 'Stale Connection'/);
      expect(session.endedBy).toBe("Stale Connection");
    });

    test("and its end is the end of the session", async () => {
      const port = listen();
      await dialledBy(`ws://127.0.0.1:${port}`);
      const session = await rig.core.session();
      await session.hears("PONG\r\n");
      await nats!.process.kill();
      expect(await session.ends()).toBe("Client Closed");
    });
  });

  describe("we dial a nats-server", () => {
    function dialler(context: TlsOptions | null = null): void {
      rig = new Rig({ remotes: new Map(context === null ? [] : [[0, new TlsContext(context)]]) });
      rig.core.onDialed = (session) => actAsSpoke(session, "up");
    }

    async function startHub(webSocket: JsonObject = { no_tls: true }): Promise<number> {
      const port = freePort();
      nats = await NatsServer.start({
        leafnodes: { listen: `127.0.0.1:${freePort()}`, compression: "off" },
        websocket: { listen: `127.0.0.1:${port}`, ...webSocket },
      });
      return port;
    }

    test("in clear", async () => {
      dialler();
      const port = await startHub();
      rig.driver.dialLeaf(dialOf("ws", port));
      await expectTraffic();
      const { transport, remote } = rig.core.sessions[0]!;
      expect(transport).toEqual({ secure: false, webSocket: true, certificate: null });
      expect(remote).toEqual({ ip: "127.0.0.1", port });
    });

    test("at a path, with deflate", async () => {
      dialler();
      const port = await startHub({ no_tls: true, compression: true });
      rig.driver.dialLeaf(dialOf("ws", port, { webSocketCompression: true }, "/some/path"));
      await expectTraffic();
    });

    test("through a proxy", async () => {
      dialler();
      const port = await startHub();
      const proxy = new HttpProxy({ authorization: "Basic cHU6cHA=" });
      ends.push(() => proxy.close());
      rig.driver.dialLeaf(dialOf("ws", port, { proxy: proxyAt(proxy.port, { user: "pu", password: "pp" }) }));
      await expectTraffic();
      expect(proxy.requests.length).toBe(1);
    });

    test("with TLS, with a certificate of our own", async () => {
      dialler(own);
      const { cert_file, key_file, ca_file } = hub as { [key: string]: string };
      const port = await startHub({
        tls: { cert_file: cert_file!, key_file: key_file!, ca_file: ca_file!, verify: true },
      });
      rig.driver.dialLeaf(dialOf("wss", port));
      await expectTraffic();
      expect(rig.core.sessions[0]!.transport?.secure).toBe(true);
    });

    test("with TLS: who is not of our authority, has another name, or is not pinned, is not talked to", async () => {
      const port = await startHubWithTls();
      const digest = await digestOf(String(hub["cert_file"]));
      const refused: [TlsOptions, string][] = [
        [stranger, "localhost"],
        [own, "elsewhere"],
        [{ ...own, pinned: ["00".repeat(32)] }, "localhost"],
        [{ ...own, pinned: ["00".repeat(32)], insecure: true }, "localhost"],
        [{ ...stranger, pinned: [digest], insecure: true }, "localhost"],
      ];
      for (const [context, tlsName] of refused) {
        dialler(context);
        rig.driver.dialLeaf({ ...dialOf("wss", port), tlsName });
        expect(await rig.core.failure()).toMatch(/TLS handshake/);
        expect(rig.core.sessions).toEqual([]);
        await rig.stop();
      }
      const taken: [TlsOptions, string][] = [
        [{ ...own, pinned: [digest] }, "localhost"],
        [{ ...stranger, insecure: true }, "elsewhere"],
      ];
      for (const [context, tlsName] of taken) {
        dialler(context);
        rig.driver.dialLeaf({ ...dialOf("wss", port), tlsName });
        await (await rig.core.session()).hears("PONG\r\n");
        await rig.stop();
      }
    });

    async function startHubWithTls(): Promise<number> {
      const { cert_file, key_file } = hub as { [key: string]: string };
      return startHub({ tls: { cert_file: cert_file!, key_file: key_file! } });
    }

    async function digestOf(file: string): Promise<string> {
      const { publicKey } = new X509Certificate(await Bun.file(file).bytes());
      return createHash("sha256")
        .update(publicKey.export({ type: "spki", format: "der" }))
        .digest("hex");
    }

    test("its end is the end of the session", async () => {
      dialler();
      const port = await startHub();
      rig.driver.dialLeaf(dialOf("ws", port));
      const session = await rig.core.session();
      await session.hears("PONG\r\n");
      await nats!.process.kill();
      expect(await session.ends()).toBe("Client Closed");
    });
  });

  test("a box dials another box, with TLS and deflate", async () => {
    const port = listen({ tls: new TlsContext(own), compression: true });
    const hubRig = rig;
    const spokeRig = new Rig({ remotes: new Map([[0, new TlsContext(own)]]) });
    spokeRig.core.onDialed = (session) => actAsSpoke(session, "up");
    spokeRig.driver.dialLeaf(dialOf("wss", port, { webSocketCompression: true }));
    const session = await spokeRig.core.session();
    await session.hears("PONG\r\n");
    await (await hubRig.core.session()).hears("LS+ up\r\n");
    await spokeRig.stop();
    expect(await hubRig.core.sessions[0]!.ends()).toBe("Client Closed");
  });
});

describe("whoever comes to the WebSocket listener", () => {
  const upgrade = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "qNrNZDoJNiJ9xdIS0AXrJA==",
  };

  test("at any path but a leaf's is a client", async () => {
    const port = listen();
    for (const path of ["/", "/nats", "/leafnodes"]) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
      ends.push(() => socket.terminate());
      await until(`${path} is open`, () => socket.readyState === WebSocket.OPEN);
    }
    expect(rig.core.sessions.map(({ of }) => of)).toEqual(["client", "client", "client"]);
  });

  test("may write text messages and cut them anywhere", async () => {
    const port = listen();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    ends.push(() => socket.terminate());
    socket.binaryType = "arraybuffer";
    let heard = "";
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      heard += Buffer.from(data).toString();
    };
    await until("it is open", () => socket.readyState === WebSocket.OPEN);
    for (const piece of ["PI", "N", "G\r", "\n"]) socket.send(piece);
    await until("it is answered", () => heard.endsWith("PONG\r\n"));
  });

  test("without a handshake is told the status that nats-server tells", async () => {
    const port = listen();
    const ask = async (path: string, init: RequestInit): Promise<[number, string]> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
      expect(response.headers.get("sec-websocket-version")).toBe("13");
      return [response.status, (await response.text()).trim()];
    };
    expect(await ask("/leafnode", {})).toEqual([400, "Bad Request"]);
    await rig.core.logged("websocket handshake error: invalid value for header 'Upgrade'");
    expect(rig.core.lines[0]).toMatch(/^error 127\.0\.0\.1:\d+ - websocket handshake error: /);
    expect(await ask("/leafnode", { method: "POST", body: "x" })).toEqual([405, "Method Not Allowed"]);
    expect(await ask("/mqtt", { headers: upgrade })).toEqual([404, "Not Found"]);
    expect(rig.core.sessions).toEqual([]);
  });

  test("from another origin is refused, from an allowed one or none is taken", async () => {
    const port = listen({ allowedOrigins: ["https://good.example"] });
    const tries = async (headers: Record<string, string>): Promise<string> => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers });
      ends.push(() => socket.terminate());
      return until("it is open or not", () => ["", "open", "", "closed"][socket.readyState] || undefined);
    };
    expect(await tries({ Origin: "https://good.example" })).toBe("open");
    expect(await tries({})).toBe("open");
    expect(await tries({ Origin: "https://evil.example" })).toBe("closed");
    await rig.core.logged("websocket handshake error: origin not allowed: not in the allowed list");
    expect(rig.core.sessions.length).toBe(2);
  });

  test("and does not finish the handshake is cut, as soon as Bun does it", async () => {
    const port = listen({ handshakeTimeoutMillis: 1_000 });
    let closed = false;
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (it) => void it.write("GET /leafnode HTTP/1.1\r\nHost: a\r\n"),
        data() {},
        close: () => {
          closed = true;
        },
      },
    });
    ends.push(() => socket.terminate());
    await until("it is cut", () => closed, 20_000);
  });

  test("a peer that does not read holds bytes in the egress, not in Bun, and gets them all when it reads", async () => {
    const port = listen();
    let bytes = 0;
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (it) => {
          const headers = Object.entries(upgrade).map(([name, value]) => `${name}: ${value}\r\n`);
          it.write(`GET / HTTP/1.1\r\nHost: a\r\n${headers.join("")}\r\n`);
          it.pause();
        },
        data: (_, chunk) => {
          bytes += chunk.length;
        },
      },
    });
    ends.push(() => socket.terminate());
    const session = await rig.core.session();
    const total = 32 * 1024 * 1024;
    session.egress.bytes(new Uint8Array(total));
    rig.flush();
    await until("it is blocked", () => session.blockedSince < Number.POSITIVE_INFINITY);
    const held = session.egress.pendingBytes;
    expect(held).toBeGreaterThan(total / 2);
    expect(bytes).toBe(0);
    socket.resume();
    await until("all is gone", () => session.egress.pendingBytes === 0);
    await until("all is here", () => bytes > total);
    expect(session.blockedSince).toBe(Number.POSITIVE_INFINITY);
    expect(bytes - total).toBeLessThan(total / 1_000);
  });
});
