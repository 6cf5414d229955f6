// What this product relies on and Bun's documentation does not promise. When a new Bun fails here, net has to
// change before that Bun can be used.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerWebSocket, Socket, TLSUpgradeOptions } from "bun";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { until } from "../support/wait.ts";
import { tlsOf } from "./scripts.ts";

const MIB = 1024 * 1024;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Every byte says where it stands, so that a lost or doubled one shows. */
const byteAt = (position: number): number => (position * 31 + (position >> 8)) & 0xff;

function patterned(from: number, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = byteAt(from + i);
  return out;
}

/** Reads what patterned() made. */
class Reader {
  bytes = 0;
  firstWrong = -1;

  feed(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length && this.firstWrong < 0; i++) {
      if (chunk[i] !== byteAt(this.bytes + i)) this.firstWrong = this.bytes + i;
    }
    this.bytes += chunk.length;
  }
}

describe("TCP sockets", () => {
  test("a write to a peer that does not read takes a part, drain follows, and nothing is lost or doubled", async () => {
    const total = 24 * MIB;
    const reader = new Reader();
    const seen = { partial: 0, drains: 0, longest: 0 };
    let sent = 0;
    const push = (socket: Socket): void => {
      while (sent < total) {
        const piece = patterned(sent, Math.min(MIB, total - sent));
        const taken = socket.write(piece, 0, piece.length);
        sent += taken;
        if (taken < piece.length) {
          seen.partial++;
          return;
        }
      }
    };
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: push,
        drain: (socket) => {
          seen.drains++;
          push(socket);
        },
        data() {},
      },
    });
    ends.push(() => listener.stop(true));
    const client = await Bun.connect({
      hostname: "127.0.0.1",
      port: listener.port,
      socket: {
        open: (socket) => void socket.pause(),
        data: (_, chunk) => {
          seen.longest = Math.max(seen.longest, chunk.length);
          reader.feed(chunk);
        },
      },
    });
    ends.push(() => client.terminate());
    await until("the socket is full", () => seen.partial > 0);
    client.resume();
    await until("all bytes are here", () => reader.bytes >= total);
    expect([reader.firstWrong, reader.bytes]).toEqual([-1, total]);
    expect(seen.drains).toBeGreaterThan(0);
    expect(seen.longest).toBeLessThanOrEqual(512 * 1024);
  });

  test("a write to a socket that is closed answers less than nothing", async () => {
    let accepted: Socket | undefined;
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open(socket) {
          accepted = socket;
        },
        data() {},
      },
    });
    ends.push(() => listener.stop(true));
    const client = await Bun.connect({ hostname: "127.0.0.1", port: listener.port, socket: { data() {} } });
    ends.push(() => client.terminate());
    await until("it is accepted", () => accepted !== undefined);
    accepted!.terminate();
    expect(accepted!.write(new Uint8Array(3), 0, 3)).toBe(-1);
  });

  test("immediates run after all sockets that were ready have been read", async () => {
    const heard: string[] = [];
    let waiting = 0;
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (_, chunk) => {
          heard.push(chunk.toString());
          if (waiting++ === 0) setImmediate(() => heard.push("turn"));
        },
      },
    });
    ends.push(() => listener.stop(true));
    const connect = () => Bun.connect({ hostname: "127.0.0.1", port: listener.port, socket: { data() {} } });
    const clients = [await connect(), await connect(), await connect()];
    ends.push(() => clients.map((client) => client.terminate()));
    for (const client of clients) client.write("x");
    await until("the turn is over", () => heard.includes("turn"));
    expect(heard).toEqual(["x", "x", "x", "turn"]);
  });
});

const noCertificates = whyNoCertificates();
if (noCertificates !== undefined) console.error(`SKIPPED TLS in mid-stream: ${noCertificates}`);

describe.skipIf(noCertificates !== undefined)(`TLS in mid-stream ${noCertificates ?? ""}`.trim(), () => {
  let dir: string;
  let tls: { cert: string; key: string; ca: string };
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-runtime-"));
    const { cert, key, ca } = await tlsOf(new Authority(dir, "ours").tls("box"));
    tls = { cert: cert!, key: key!, ca: ca! };
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  interface Side {
    name: string;
    events: string[];
    secure?: Socket<Side>;
    raw?: Socket<Side>;
  }

  /** Upgrades and notes what is called for what. */
  function upgrade(socket: Socket<Side>, isServer: boolean, more: object = {}): void {
    const { events } = socket.data;
    const inner: Side = { name: "inner", events };
    const outer = socket.data;
    const options: TLSUpgradeOptions<Side> & { isServer: boolean } = {
      isServer,
      data: inner,
      tls: { ...tls, ...(isServer ? {} : { serverName: "localhost" }), ...more },
      socket: {
        handshake: (it, success, error) =>
          void events.push(
            `${it.data.name} handshake ${success} ${it.authorized} ${error?.message ?? ""}`.trim(),
          ),
        data: (it, chunk) => void events.push(`${it.data.name} ${chunk}`),
        close: (it) => void events.push(`${it.data.name} close`),
      },
    };
    const [raw, secure] = socket.upgradeTLS<Side>(options);
    outer.raw = raw;
    outer.secure = secure;
    raw.data = { name: "muted", events };
  }

  /** A listener that speaks in clear first and then TLS, and a client that follows. */
  async function pair(server: object = {}, client: object = {}) {
    const accepted: Side = { name: "outer", events: [] };
    const dialled: Side = { name: "outer", events: [] };
    const outer = {
      data: (it: Socket<Side>, chunk: Buffer) =>
        void it.data.events.push(`${it.data.name} ${chunk.length} bytes`),
      close: (it: Socket<Side>) => void it.data.events.push(`${it.data.name} close`),
    };
    const listener = Bun.listen<Side>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        ...outer,
        open: (socket) => {
          socket.data = accepted;
          upgrade(socket, true, server);
          accepted.raw!.write("clear");
        },
      },
    });
    ends.push(() => listener.stop(true));
    await Bun.connect<Side>({
      hostname: "127.0.0.1",
      port: listener.port,
      data: dialled,
      socket: {
        ...outer,
        data: (socket, chunk) => {
          if (socket.data !== dialled) return outer.data(socket, chunk);
          dialled.events.push(`outer ${chunk}`);
          upgrade(socket, false, client);
        },
      },
    });
    ends.push(() => dialled.secure?.terminate());
    await until("both have shaken hands, or one has gone", () => {
      const done = ({ events }: Side) => events.some((event) => / handshake | close/.test(event));
      return done(accepted) && done(dialled);
    });
    return { accepted, dialled };
  }

  const without = (events: string[], name: string): string[] =>
    events.filter((event) => !event.startsWith(name));

  test("an accepted and a dialled socket are upgraded, and clear text can still go out before the handshake", async () => {
    const { accepted, dialled } = await pair();
    accepted.secure!.write("from the server");
    dialled.secure!.write("from the client");
    await until("both have heard", () =>
      [accepted, dialled].every(({ events }) => events.some((event) => event.includes("from the"))),
    );
    expect(without(accepted.events, "muted").map((event) => event.slice(0, 40).trim())).toEqual([
      "inner handshake true false unable to get",
      "inner from the client",
    ]);
    expect(without(dialled.events, "muted")).toEqual([
      "outer clear",
      "inner handshake true true",
      "inner from the server",
    ]);
  });

  test("the handlers of the outer socket go on being called with ciphertext, under the data given to it", async () => {
    const { accepted, dialled } = await pair();
    for (const { events } of [accepted, dialled]) {
      expect(events.some((event) => /^muted \d+ bytes$/.test(event))).toBe(true);
      expect(events.some((event) => /^outer \d+ bytes$/.test(event))).toBe(false);
    }
  });

  test("closing one end closes both sockets of both ends", async () => {
    const { accepted, dialled } = await pair();
    accepted.secure!.end();
    for (const { events } of [accepted, dialled]) {
      await until("both close", () => events.includes("muted close") && events.includes("inner close"));
    }
  });

  test("a client whose certificate is wanted and that has none fails the handshake of the server", async () => {
    const demand = { requestCert: true, rejectUnauthorized: true };
    const { accepted } = await pair(demand, { cert: undefined, key: undefined });
    const [handshake] = without(accepted.events, "muted");
    expect(handshake).toMatch(/^inner handshake false false .*PEER_DID_NOT_RETURN_A_CERTIFICATE/);
  });

  test("a server whose authority is not known fails the handshake of the client", async () => {
    const { dialled } = await pair({}, { ca: undefined });
    expect(without(dialled.events, "muted")[1]).toMatch(/^inner handshake false false /);
  });

  test("a client that does not mind is told of a failure, too, but TLS is up", async () => {
    const { accepted, dialled } = await pair({}, { serverName: "elsewhere", rejectUnauthorized: false });
    expect(without(dialled.events, "muted")[1]).toMatch(/^inner handshake false false /);
    expect(dialled.secure!.getCipher().name).toBeString();
    dialled.secure!.write("all the same");
    await until("it arrives", () => accepted.events.includes("inner all the same"));
  });

  test("both ends can be asked for certificate, version and cipher", async () => {
    const { accepted, dialled } = await pair({ requestCert: true, rejectUnauthorized: true });
    for (const { secure } of [accepted, dialled]) {
      expect(secure!.getPeerX509Certificate().subjectAltName).toBe("IP Address:127.0.0.1, DNS:localhost");
      expect(secure!.getTLSVersion()).toBe("TLSv1.3");
      expect(secure!.getCipher().standardName).toMatch(
        /^TLS_(AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20)/,
      );
      expect(secure!.remoteAddress).toBe("127.0.0.1");
    }
  });

  test("there is no TLS inside TLS: the upgrade answers undefined", async () => {
    const { dialled } = await pair();
    expect(dialled.secure!.upgradeTLS({ tls, socket: { data() {} } }) as unknown).toBeUndefined();
  });
});

describe("WebSockets", () => {
  const MESSAGE = 65_536;

  /** A server whose `open` is given, and its port. */
  function serve(websocket: Bun.WebSocketHandler<undefined>): number {
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request, it) => (it.upgrade(request) ? undefined : new Response("", { status: 400 })),
      websocket: { backpressureLimit: 0, idleTimeout: 0, ...websocket },
    });
    ends.push(() => server.stop(true));
    return server.port!;
  }

  /** A client over TCP that upgrades and then reads only when it is told to. */
  async function slowClient(port: number) {
    const frames = { bytes: 0, closed: false };
    const reader = new FrameBytes();
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (it) => {
          const key = "Sec-WebSocket-Key: qNrNZDoJNiJ9xdIS0AXrJA==\r\nSec-WebSocket-Version: 13";
          it.write(
            `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n\r\n`,
          );
          it.pause();
        },
        data: (_, chunk) => reader.feed(chunk),
        close: () => {
          frames.closed = true;
        },
      },
    });
    ends.push(() => socket.terminate());
    return { socket, reader, frames };
  }

  /** Payloads of binary frames of a server, which does not mask, joined. */
  class FrameBytes {
    readonly payload = new Reader();
    #left = Buffer.alloc(0);
    #inHead = true;
    #owed = 0;

    feed(chunk: Uint8Array): void {
      let rest = Buffer.concat([this.#left, chunk]);
      if (this.#inHead) {
        const end = rest.indexOf("\r\n\r\n");
        if (end >= 0) rest = rest.subarray(end + 4);
        this.#inHead = end < 0;
      }
      while (!this.#inHead && rest.length > 0) {
        if (this.#owed === 0) {
          const length = rest.length < 2 ? 0 : rest[1]! & 0x7f;
          const head = length === 127 ? 10 : length === 126 ? 4 : 2;
          if (rest.length < head) break;
          this.#owed = head === 10 ? rest.readUInt32BE(6) : head === 4 ? rest.readUInt16BE(2) : length;
          rest = rest.subarray(head);
        }
        const here = rest.subarray(0, this.#owed);
        this.payload.feed(here);
        this.#owed -= here.length;
        rest = rest.subarray(here.length);
      }
      this.#left = Buffer.from(rest);
    }
  }

  test("a server's send to a peer that does not read answers -1 and keeps all of it, drain follows", async () => {
    const count = 300;
    const seen = { statuses: new Set<number>(), buffered: 0, drains: 0 };
    const shared = new Uint8Array(MESSAGE);
    const port = serve({
      open(socket) {
        for (let i = 0; i < count; i++) {
          // The same memory each time, as an egress does it: what was sent must have been copied.
          shared.set(patterned(i * MESSAGE, MESSAGE));
          seen.statuses.add(socket.sendBinary(shared));
        }
        seen.buffered = socket.getBufferedAmount();
      },
      drain() {
        seen.drains++;
      },
      message() {},
    });
    const { socket, reader } = await slowClient(port);
    await until("the server has sent", () => seen.statuses.size > 0);
    expect(seen.statuses).toEqual(new Set([MESSAGE, -1]));
    expect(seen.buffered).toBeGreaterThan(0);
    socket.resume();
    await until("all bytes are here", () => reader.payload.bytes >= count * MESSAGE);
    expect([reader.payload.firstWrong, reader.payload.bytes]).toEqual([-1, count * MESSAGE]);
    expect(seen.drains).toBeGreaterThan(0);
  });

  test("a server's close lets everything leave that was sent before", async () => {
    const count = 300;
    const port = serve({
      open(socket) {
        for (let i = 0; i < count; i++) socket.sendBinary(patterned(i * MESSAGE, MESSAGE));
        socket.close(1000);
      },
      message() {},
    });
    const { socket, reader, frames } = await slowClient(port);
    socket.resume();
    await until("it is closed", () => frames.closed);
    // The close frame is read as two bytes more: its status.
    expect(reader.payload.bytes).toBe(count * MESSAGE + 2);
  });

  test("a client's bufferedAmount grows when the server does not read, falls to nothing after, and nothing is lost", async () => {
    const count = 300;
    const reader = new Reader();
    let accepted: ServerWebSocket<undefined> | undefined;
    const port = serve({
      open(socket) {
        accepted = socket;
      },
      message: (_, message) => reader.feed(message as Buffer),
    });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
    ends.push(() => socket.terminate());
    await until("it is open", () => socket.readyState === WebSocket.OPEN && accepted !== undefined);
    const shared = new Uint8Array(MESSAGE);
    let most = 0;
    // In one go: the server of this same process cannot read meanwhile.
    for (let i = 0; i < count; i++) {
      shared.set(patterned(i * MESSAGE, MESSAGE));
      socket.send(shared);
      most = Math.max(most, socket.bufferedAmount);
    }
    expect(most).toBeGreaterThan(MESSAGE);
    await until("all bytes are here", () => reader.bytes >= count * MESSAGE);
    expect([reader.firstWrong, reader.bytes]).toEqual([-1, count * MESSAGE]);
    expect(socket.bufferedAmount).toBe(0);
  });

  test.each([false, true])("a client takes a message of 40 MiB, deflated %p", async (deflate) => {
    const bytes = 40 * MIB;
    const port = serve({
      perMessageDeflate: deflate,
      open: (socket) => void socket.sendBinary(new Uint8Array(bytes), deflate),
      message() {},
    });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: deflate });
    ends.push(() => socket.terminate());
    socket.binaryType = "arraybuffer";
    let heard = -1;
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      heard = data.byteLength;
    };
    await until("the message is here", () => heard >= 0);
    expect(heard).toBe(bytes);
  });

  test("deflate is agreed with both no_context_takeover parameters, as nats-server demands", async () => {
    const port = serve({ perMessageDeflate: true, message() {} });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: true });
    ends.push(() => socket.terminate());
    await until("it is open", () => socket.readyState === WebSocket.OPEN);
    expect(socket.extensions).toBe(
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    );
  });
});
