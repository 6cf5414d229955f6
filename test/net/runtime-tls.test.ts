// What this product relies on of Bun's TLS and Bun's types and documentation do not promise. When a new Bun
// fails here, net has to change before that Bun can be used.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket, TLSOptions } from "bun";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { until } from "../support/wait.ts";
import { tlsOf } from "./scripts.ts";

const noCertificates = whyNoCertificates();
if (noCertificates !== undefined) console.error(`SKIPPED TLS of the runtime: ${noCertificates}`);

type Material = { cert: string; key: string; ca: string };

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const IGNORE = { data() {}, drain() {}, error() {}, close() {}, handshake() {} };

/** How a server of each sort is opened with these options; each answers its port. */
const SERVERS: Record<string, (tls: TLSOptions) => number> = {
  "Bun.listen": (tls) => {
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, tls, socket: IGNORE });
    ends.push(() => listener.stop(true));
    return listener.port;
  },
  upgradeTLS: (tls) => {
    const upgrade = (socket: Socket<undefined>): void => {
      const options = { isServer: true, tls, data: undefined, socket: IGNORE };
      socket.upgradeTLS(options);
    };
    const socket = { ...IGNORE, open: upgrade };
    const listener = Bun.listen<undefined>({ hostname: "127.0.0.1", port: 0, socket });
    ends.push(() => listener.stop(true));
    return listener.port;
  },
  "Bun.serve": (tls) => {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, tls, fetch: () => new Response("") });
    ends.push(() => server.stop(true));
    return server.port!;
  },
};

/** What a client with these options agrees on: version, cipher, curve; "" when there is no handshake. */
async function agreed(port: number, tls: TLSOptions): Promise<string> {
  let outcome: string | undefined;
  const handshake = (socket: Socket<undefined>, success: boolean): void => {
    const { name: curve = "" } = socket.getEphemeralKeyInfo() as { name?: string };
    outcome = success ? `${socket.getTLSVersion()} ${socket.getCipher().name} ${curve}` : "";
    socket.terminate();
  };
  const gone = (): void => {
    outcome ??= "";
  };
  const client = await Bun.connect<undefined>({
    hostname: "127.0.0.1",
    port,
    tls: { serverName: "localhost", ...tls },
    socket: { ...IGNORE, handshake, close: gone },
  });
  ends.push(() => client.terminate());
  return until("the handshake is over", () => outcome);
}

describe.skipIf(noCertificates !== undefined)(`TLS of the runtime ${noCertificates ?? ""}`.trim(), () => {
  let dir: string;
  let old: Material;
  let renewed: Material;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-runtime-tls-"));
    const ours = new Authority(dir, "ours");
    old = await materialOf(ours, "old");
    renewed = await materialOf(ours, "renewed");
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function materialOf(authority: Authority, holder: string): Promise<Material> {
    const { cert, key, ca } = await tlsOf(authority.tls(holder));
    return { cert: cert!, key: key!, ca: ca! };
  }

  /** Options that are not in the types. */
  const chosen = (more: object): TLSOptions => ({ ...old, ...more });

  const V12 = { maxVersion: 0x0303 };
  const V13 = { minVersion: 0x0304 };

  describe.each(Object.keys(SERVERS))("%s", (sort) => {
    const serve = SERVERS[sort]!;

    test("minVersion is a number, and holds", async () => {
      const port = serve(chosen(V13));
      expect(await agreed(port, chosen(V12))).toBe("");
      expect(await agreed(port, chosen({}))).toStartWith("TLSv1.3 ");
    });

    test("ciphers choose among suites of TLS 1.2, and those of 1.3 stay", async () => {
      const port = serve(chosen({ ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" }));
      expect(await agreed(port, chosen(V12))).toStartWith("TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384 ");
      expect(await agreed(port, chosen({ ...V12, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" }))).toBe("");
      expect(await agreed(port, chosen({}))).toStartWith("TLSv1.3 TLS_");
    });

    test("ecdhCurve chooses curves", async () => {
      const port = serve(chosen({ ecdhCurve: "P-384:P-521" }));
      expect(await agreed(port, chosen({ ecdhCurve: "X25519" }))).toBe("");
      expect(await agreed(port, chosen({ ecdhCurve: "P-521" }))).toEndWith(" secp521r1");
      expect(await agreed(port, chosen({ ecdhCurve: "X25519:P-384" }))).toEndWith(" secp384r1");
    });

    test("a client's minVersion, ciphers and ecdhCurve hold as well", async () => {
      const port = serve(chosen(V12));
      expect(await agreed(port, chosen(V13))).toBe("");
      const one = { ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305" };
      expect(await agreed(port, chosen(one))).toStartWith("TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305 ");
      expect(await agreed(serve(old), chosen({ ecdhCurve: "P-384" }))).toEndWith(" secp384r1");
    });
  });

  test("the post-quantum curve is agreed on between two ends that name it", async () => {
    const curve = { ecdhCurve: "X25519MLKEM768" };
    expect(await agreed(SERVERS["Bun.listen"]!(chosen(curve)), chosen(curve))).toStartWith("TLSv1.3 ");
  });

  test("ciphers that there are not are refused when a listener is opened", () => {
    for (const name of ["BOGUS", "TLS_AES_256_GCM_SHA384", "RC4-SHA", "AES128-SHA256"]) {
      expect(() => SERVERS["Bun.listen"]!(chosen({ ciphers: name }))).toThrow();
    }
    expect(() => SERVERS["Bun.listen"]!(chosen({ ecdhCurve: "SecP256r1MLKEM768" }))).toThrow();
  });

  /** Whose certificate a new handshake sees. */
  async function shown(port: number): Promise<string> {
    let subject: string | undefined;
    const client = await Bun.connect<undefined>({
      hostname: "127.0.0.1",
      port,
      tls: { ca: old.ca, serverName: "localhost" },
      socket: {
        ...IGNORE,
        handshake: (socket) => {
          subject = (socket.getPeerX509Certificate() as X509Certificate).subject;
        },
      },
    });
    ends.push(() => client.terminate());
    return until("a certificate is shown", () => subject);
  }

  test("a listener's reload takes no certificate", async () => {
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, tls: { ...old }, socket: IGNORE });
    ends.push(() => listener.stop(true));
    listener.reload({ socket: IGNORE, tls: { ...renewed } } as never);
    expect(await shown(listener.port)).toBe("CN=old");
  });

  test("each upgrade takes the certificate that it is given", async () => {
    let tls = old;
    const listener = Bun.listen<undefined>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        ...IGNORE,
        open: (socket) => {
          const options = { isServer: true, tls, data: undefined, socket: IGNORE };
          socket.upgradeTLS(options);
        },
      },
    });
    ends.push(() => listener.stop(true));
    expect(await shown(listener.port)).toBe("CN=old");
    tls = renewed;
    expect(await shown(listener.port)).toBe("CN=renewed");
  });

  test("an upgraded socket works without a data handler outside, which spares the copies of ciphertext", async () => {
    const heard: string[] = [];
    const { data: _, ...deaf } = IGNORE;
    const listener = Bun.listen<undefined>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        ...deaf,
        open: (socket) => {
          const inner = {
            ...IGNORE,
            data: (_it: Socket<undefined>, chunk: Buffer) => void heard.push(`${chunk}`),
          };
          const options = { isServer: true, tls: old, data: undefined, socket: inner };
          socket.upgradeTLS(options);
        },
      },
    });
    ends.push(() => listener.stop(true));
    const client = await Bun.connect<undefined>({
      hostname: "127.0.0.1",
      port: listener.port,
      tls: { ca: old.ca, serverName: "localhost" },
      socket: { ...IGNORE, handshake: (socket) => void socket.write("inside") },
    });
    ends.push(() => client.terminate());
    await until("it is heard", () => heard.join("") === "inside");
  });

  test("the reload of a server takes no certificate, but its port can be opened anew, and WebSockets stay", async () => {
    const websocket = {
      message: (socket: Bun.ServerWebSocket<undefined>, message: string | Buffer) =>
        void socket.send(`${message}!`),
    };
    const options = (tls: Material, port: number) => ({
      hostname: "127.0.0.1",
      port,
      tls,
      fetch: (request: Request, it: Bun.Server<undefined>) =>
        it.upgrade(request) ? undefined : new Response("", { status: 400 }),
      websocket,
    });
    const first = Bun.serve(options(old, 0));
    ends.push(() => first.stop(true));
    const port = first.port!;
    const heard: string[] = [];
    const socket = new WebSocket(`wss://127.0.0.1:${port}/`, {
      tls: { ca: old.ca, serverName: "localhost" },
    });
    ends.push(() => socket.terminate());
    socket.onmessage = ({ data }) => void heard.push(String(data));
    await new Promise((opened) => {
      socket.onopen = opened;
    });
    first.reload(options(renewed, port));
    expect(await shown(port)).toBe("CN=old");
    void first.stop();
    const second = Bun.serve(options(renewed, port));
    ends.push(() => second.stop(true));
    expect(await shown(port)).toBe("CN=renewed");
    socket.send("still there");
    await until("the old server answers", () => heard.includes("still there!"));
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});
