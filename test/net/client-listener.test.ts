// Clients at our listener with TLS: who begins with it, who follows INFO, who does without, and what happens
// to them when the certificate is renewed.

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket, TLSOptions } from "bun";
import type { ListenTls } from "../../src/net/listener.ts";
import { TlsContext, type TlsOptions } from "../../src/net/tls.ts";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { until } from "../support/wait.ts";
import { type FakeSession, Rig } from "./fake-core.ts";
import { tlsOf } from "./scripts.ts";

setDefaultTimeout(30_000);

const why = whyNoCertificates();
if (why !== undefined) console.error(`SKIPPED clients of our listener: ${why}`);

/** A client that upgrades when it is told to. */
class Dialler {
  heard = "";
  bytes = 0;
  gone = false;
  isQuiet = false;
  subject = "";
  #socket: Socket<undefined> | undefined;
  #unsent: Uint8Array | null = null;

  static async to(port: number, tls?: TLSOptions): Promise<Dialler> {
    const dialler = new Dialler();
    const socket = dialler.#handlers();
    dialler.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      ...(tls === undefined ? {} : { tls }),
      socket,
    });
    return dialler;
  }

  upgrade(tls: TLSOptions): void {
    const [raw, secure] = this.#socket!.upgradeTLS<undefined>({
      data: undefined,
      tls,
      socket: { ...this.#handlers(), handshake: (socket) => this.#shaken(socket) },
    });
    raw.reload({ socket: { drain() {} } });
    this.#socket = secure;
  }

  says(text: string | Uint8Array): void {
    this.#unsent = Buffer.concat([this.#unsent ?? new Uint8Array(0), Buffer.from(text)]);
    this.#push();
  }

  close(): void {
    this.#socket?.terminate();
  }

  #handlers() {
    return {
      data: (_: Socket<undefined>, chunk: Buffer) => {
        this.bytes += chunk.length;
        if (!this.isQuiet) this.heard += chunk.toString();
      },
      drain: () => this.#push(),
      handshake: (socket: Socket<undefined>) => this.#shaken(socket),
      close: () => {
        this.gone = true;
      },
      error() {},
    };
  }

  #shaken(socket: Socket<undefined>): void {
    this.subject = socket.getPeerX509Certificate()?.subject ?? "";
  }

  #push(): void {
    if (this.#unsent === null || this.#socket === undefined) return;
    const taken = this.#socket.write(this.#unsent);
    this.#unsent = taken < this.#unsent.length ? this.#unsent.subarray(Math.max(0, taken)) : null;
  }
}

describe.skipIf(why !== undefined)(`clients of our listener ${why ?? ""}`.trim(), () => {
  let dir: string;
  let old: TlsOptions;
  let renewed: TlsOptions;
  let trust: TLSOptions;
  let rig: Rig;
  let context: TlsContext;
  const diallers: Dialler[] = [];
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-clients-"));
    const ours = new Authority(dir, "ours");
    old = await tlsOf(ours.tls("old"));
    renewed = await tlsOf(ours.tls("renewed"));
    trust = { ca: old.ca!, serverName: "localhost" };
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  afterEach(async () => {
    for (const dialler of diallers.splice(0)) dialler.close();
    await rig.stop();
  });

  function open(tls: Partial<ListenTls>, more: Partial<TlsOptions> = {}): number {
    context = new TlsContext({ ...old, ...more });
    rig = new Rig({}, null, { listen: context, handshakeFirst: false, ...tls });
    rig.core.onClient = (session) => {
      session.says("INFO {}");
      session.wantsTls = !tls.allowClear && session.transport?.secure === false;
    };
    return rig.driver.listen("client", "127.0.0.1", 0);
  }

  async function dial(port: number, tls?: TLSOptions): Promise<Dialler> {
    const dialler = await Dialler.to(port, tls);
    diallers.push(dialler);
    return dialler;
  }

  async function follow(port: number): Promise<Dialler> {
    const dialler = await dial(port);
    await until("INFO comes", () => dialler.heard.includes("INFO"));
    dialler.upgrade(trust);
    await until("TLS is up", () => dialler.subject !== "");
    return dialler;
  }

  /** Megabytes both ways, so that every buffer on the way fills up. */
  async function expectFlood(dialler: Dialler, session: FakeSession): Promise<void> {
    const body = Buffer.alloc(6_000_000, "0123456789abcdef\r\n");
    const digest = (of: Uint8Array): string => Bun.hash(of).toString();
    const parts: Uint8Array[] = [];
    session.isQuiet = true;
    session.onBytes = (chunk) => void parts.push(chunk.slice());
    dialler.says(body);
    await until(
      "all of it is heard",
      () => parts.reduce((sum, { length }) => sum + length, 0) === body.length,
    );
    expect(digest(Buffer.concat(parts))).toBe(digest(body));
    dialler.heard = "";
    dialler.bytes = 0;
    session.egress.bytes(body);
    rig.flush();
    await until("all of it comes back", () => dialler.bytes === body.length);
    expect(digest(Buffer.from(dialler.heard))).toBe(digest(body));
    expect(session.egress.pendingBytes).toBe(0);
  }

  test("who follows INFO with TLS", async () => {
    const dialler = await follow(open({}));
    const session = await rig.core.session();
    await until("it is secured", () => session.certificate !== undefined);
    await expectFlood(dialler, session);
    expect(rig.driver.tlsOf(session)).toEqual({ version: "1.3", cipherSuite: "TLS_AES_128_GCM_SHA256" });
  });

  test("who begins with TLS", async () => {
    const dialler = await dial(open({ handshakeFirst: true }), trust);
    const session = await rig.core.session();
    expect(session.transport).toEqual({ secure: true, webSocket: false, certificate: null });
    await expectFlood(dialler, session);
    expect(rig.driver.tlsOf(session)?.first).toBe(true);
  });

  describe("more handshakes than may begin in a second", () => {
    const COUNT = 5;

    test.each<[string, Partial<ListenTls>]>([
      ["after INFO", {}],
      ["before INFO", { handshakeFirst: true }],
      ["before or after INFO", { handshakeFirst: 10 }],
    ])("are sent away %s, told why, and have no session", async (_, tls) => {
      const port = open({ ...tls, handshakesPerSecondMax: 1 });
      const all = await Promise.all(Array.from({ length: COUNT }, () => dial(port)));
      await until("all but one are gone", () => all.filter(({ gone }) => gone).length >= COUNT - 1);
      const told = all.filter(({ heard }) => heard.includes("-ERR 'Connection throttling is active."));
      expect(told.length).toBe(COUNT - 1);
      for (const { heard } of told) expect(heard).not.toContain("INFO");
      expect(rig.core.sessions.length).toBeLessThanOrEqual(1);
      // A second later one more is taken, and the log has what became of the others.
      await until("the second is over", async () => {
        const late = await dial(port);
        await Bun.sleep(50);
        return !late.gone;
      });
      await rig.core.logged("connections due to TLS rate limiting");
    });

    test("are not counted where clients speak in clear", async () => {
      const port = open({ allowClear: true, handshakesPerSecondMax: 1 });
      const clear = await Promise.all(Array.from({ length: COUNT }, () => dial(port)));
      for (const dialler of clear) {
        await until("INFO comes", () => dialler.heard.includes("INFO"));
        dialler.says("PING\r\n");
      }
      await follow(port);
      const beyond = await dial(port);
      await until("INFO comes", () => beyond.heard.includes("INFO"));
      beyond.says(Uint8Array.of(0x16, 3, 1, 2, 0));
      await until("it is sent away", () => beyond.gone && beyond.heard.includes("throttling"));
      for (const session of rig.core.sessions.slice(0, COUNT)) expect(session.heard).toBe("PING\r\n");
    });
  });

  describe("where TLS is allowed and not needed", () => {
    test("who speaks it", async () => {
      const dialler = await follow(open({ allowClear: true }));
      const session = await rig.core.session();
      await until("it is secured", () => session.certificate !== undefined);
      await expectFlood(dialler, session);
      expect(rig.driver.tlsOf(session)?.version).toBe("1.3");
      session.close("Server Shutdown", "bye");
      rig.flush();
      await until(
        "the good-bye comes, and the end",
        () => dialler.heard.endsWith("'bye'\r\n") && dialler.gone,
      );
      expect(rig.driver.tlsOf(session)).toBeNull();
    });

    test("who does not", async () => {
      const dialler = await dial(open({ allowClear: true }));
      const session = await rig.core.session();
      dialler.says("PING\r\n");
      await session.hears("PING\r\n");
      await expectFlood(dialler, session);
      expect(rig.driver.tlsOf(session)).toBeNull();
    });

    test("who is gone in the middle of a handshake, or sends rubbish for one", async () => {
      const port = open({ allowClear: true });
      const rubbish = await dial(port);
      await rig.core.session();
      rubbish.says(Uint8Array.of(0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5));
      expect(await (await rig.core.session()).ends()).toBe("TLS Handshake Failure");
      await until("it is cut", () => rubbish.gone);
      const leaver = await dial(port);
      const left = await rig.core.session(2);
      await until("INFO comes", () => leaver.heard.includes("INFO"));
      leaver.says(Uint8Array.of(0x16, 3, 1, 2, 0));
      leaver.close();
      expect(await left.ends()).toMatch(/^(TLS Handshake Failure|Client Closed|Write Error)$/);
      expect(left.heard).toBe("");
    });

    test("who begins a handshake and does not go on is cut in time", async () => {
      const dialler = await dial(open({ allowClear: true }, { timeoutMillis: 100 }));
      const session = await rig.core.session();
      dialler.says(Uint8Array.of(0x16, 3, 1, 2, 0));
      expect(await session.ends()).toBe("TLS Handshake Failure");
      await until("it is cut", () => dialler.gone);
      await rig.core.logged("debug 127.0.0.1:");
    });

    test("with a time to begin with TLS: who does, who waits for INFO, and who stays in clear", async () => {
      const port = open({ allowClear: true, handshakeFirst: 200 });
      const first = await dial(port, trust);
      const session = await rig.core.session();
      expect(session.transport?.secure).toBe(true);
      expect(rig.driver.tlsOf(session)?.first).toBe(true);
      await expectFlood(first, session);
      await follow(port);
      expect((await rig.core.session(2)).transport?.secure).toBe(false);
      const clear = await dial(port);
      const third = await rig.core.session(3);
      clear.says("PING\r\n");
      await third.hears("PING\r\n");
    });

    test("and a certificate is asked for, whoever speaks TLS without one is cut", async () => {
      const dialler = await dial(open({ allowClear: true }, { verify: true }));
      const session = await rig.core.session();
      await until("INFO comes", () => dialler.heard.includes("INFO"));
      dialler.upgrade(trust);
      expect(await session.ends()).toBe("TLS Handshake Failure");
      expect(session.heard).toBe("");
      const known = await dial(rig.driver.listen("client", "127.0.0.1", 0));
      const second = await rig.core.session(2);
      await until("INFO comes", () => known.heard.includes("INFO"));
      known.upgrade({ ...trust, cert: old.cert!, key: old.key! });
      await until("it is known", () => second.certificate?.all.includes("CN=old"));
    });
  });

  describe("when the certificate is renewed", () => {
    test.each<[string, Partial<ListenTls>]>([
      ["after INFO", {}],
      ["first", { handshakeFirst: true }],
      ["first or after INFO", { handshakeFirst: 50 }],
      ["allowed", { allowClear: true }],
    ])("TLS %s: new handshakes see it, and who is there stays", async (_, tls) => {
      const port = open(tls);
      const connect = (): Promise<Dialler> =>
        tls.handshakeFirst === true ? dial(port, trust) : follow(port);
      const before = await connect();
      const session = await rig.core.session();
      await until("it is up", () => before.subject === "CN=old");
      context.renew(renewed);
      const after = await connect();
      await until("the new one is seen", () => after.subject === "CN=renewed");
      await expectFlood(before, session);
      expect(before.gone).toBe(false);
    });

    test("wrong contents are refused, and what was there stays", async () => {
      const port = open({ handshakeFirst: true });
      const wrong = { ...renewed, key: old.key };
      expect(() => context.renew(wrong)).toThrow("the key is not that of the certificate");
      expect(() => context.renew({ ...renewed, ca: "x" })).toThrow("the authorities cannot be used: ");
      expect(() => context.renew({ ...renewed, ciphers: ["X"] })).toThrow("TLS cannot be used: ");
      const dialler = await dial(port, trust);
      await until("the old one is seen", () => dialler.subject === "CN=old");
    });
  });
});
