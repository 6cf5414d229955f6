// Everything about listeners changes while the box runs, with a region, leafs over TCP and over WebSocket and
// clients connected to it: nobody is cut, no message is lost, and what cannot be done is not begun.

import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as dialTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as dialTls } from "node:tls";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { Authority, whyNoCertificates } from "../support/certificates.ts";
import { HAS_STAND_IN, type JsonObject, Member, whyAbsent } from "../support/member.ts";
import { freePort } from "../support/ports.ts";
import { guardProcesses } from "../support/process.ts";
import { until, within } from "../support/wait.ts";

setDefaultTimeout(60_000);
guardProcesses();

const why = whyNoCertificates() ?? whyAbsent("2.15");
if (why !== undefined) console.error(`SKIPPED listeners that change: ${why}`);

/** Bytes of a message. */
const BODY = new Uint8Array(2_000);

// nats-server refuses most of this, so there is no stand-in to compare with.
describe.skipIf(HAS_STAND_IN || why !== undefined)(`listeners that change ${why ?? ""}`.trim(), () => {
  let dir: string;
  let one: JsonObject;
  let other: JsonObject;
  let peer: JsonObject;
  let box: Member;
  let at: Record<"client" | "monitor" | "gateway" | "leaf" | "webSocket" | "https", number>;
  const members: Member[] = [];
  const clients: NatsConnection[] = [];

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "isthmus-listeners-"));
    const authority = new Authority(dir, "authority");
    one = authority.tls("one");
    other = authority.tls("other");
    peer = authority.tls("peer");
  });
  beforeEach(() => start());
  afterEach(async () => {
    for (const client of clients.splice(0)) await within("it closes", client.close(), 2_000).catch(() => {});
    await Promise.all(members.splice(0).map((member) => member.stop()));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function client(port: number, more: object = {}): Promise<NatsConnection> {
    const made = await connect({ servers: `127.0.0.1:${port}`, reconnect: false, timeout: 5_000, ...more });
    clients.push(made);
    return made;
  }

  /** The box in clear, a region beside it, a leaf over TCP and one over WebSocket. */
  async function start(): Promise<void> {
    at = {
      ...{ client: freePort(), monitor: freePort(), gateway: freePort(), leaf: freePort() },
      ...{ webSocket: freePort(), https: freePort() },
    };
    const portsOf = () => ({ client: freePort(), monitor: freePort(), gateway: freePort() });
    const [peerAt, tcpAt, webAt] = [portsOf(), portsOf(), portsOf()];
    const gateway = (name: string, port: number, remote: string, remotePort: number): JsonObject => ({
      name,
      listen: `127.0.0.1:${port}`,
      gateways: [{ name: remote, urls: [`nats://127.0.0.1:${remotePort}`] }],
    });
    const edge = (name: string, ports: { client: number }, url: string): JsonObject => ({
      server_name: name,
      listen: `127.0.0.1:${ports.client}`,
      leafnodes: { remotes: [{ url }] },
    });
    box = new Member(
      "BOX",
      "box",
      at,
      {
        server_name: "BOX",
        listen: `127.0.0.1:${at.client}`,
        http: `127.0.0.1:${at.monitor}`,
        gateway: gateway("BOX", at.gateway, "PEER", peerAt.gateway),
        leafnodes: { listen: `127.0.0.1:${at.leaf}` },
        websocket: { listen: `127.0.0.1:${at.webSocket}`, no_tls: true },
      },
      dir,
    );
    const peerConfig = {
      server_name: "PEER",
      listen: `127.0.0.1:${peerAt.client}`,
      gateway: gateway("PEER", peerAt.gateway, "BOX", at.gateway),
    };
    members.push(box, new Member("PEER", "2.15", peerAt, peerConfig, dir));
    members.push(new Member("TCP", "2.15", tcpAt, edge("TCP", tcpAt, `nats://127.0.0.1:${at.leaf}`), dir));
    members.push(new Member("WEB", "2.15", webAt, edge("WEB", webAt, `ws://127.0.0.1:${at.webSocket}`), dir));
    await Promise.all(members.map((member) => member.start()));
  }

  /** Messages from a client of the box to clients everywhere, until `end` has seen that all came, and that
   *  all connections are those of the beginning. */
  async function load(): Promise<{ end(): Promise<void> }> {
    const near = await client(at.client);
    const ends = await Promise.all(members.map(({ ports }) => client(ports.client)));
    const counts = ends.map((each) => {
      const count = { heard: 0, first: false };
      each.subscribe("flow", {
        callback: (_, { data }) => {
          if (data.length === BODY.length) count.heard++;
          else count.first = true;
        },
      });
      return count;
    });
    await until("everybody hears", () => {
      near.publish("flow", "hello");
      return counts.every(({ first }) => first);
    });
    await until("both regions have dialled each other", () =>
      connections().then(
        () => true,
        () => false,
      ),
    );
    const before = await connections();
    let sent = 0;
    const flow = setInterval(() => {
      for (let i = 0; i < 20; i++, sent++) near.publish("flow", BODY);
    }, 10);
    const end = async (): Promise<void> => {
      const until500 = sent + 500;
      await until("the load goes on", () => sent >= until500);
      clearInterval(flow);
      await until("all that was sent is heard by all", () => counts.every(({ heard }) => heard === sent));
      expect(await connections()).toEqual(before);
      expect(box.log).not.toMatch(/connection closed.*(PEER|Account)/);
    };
    return { end };
  }

  async function monitored(path: string): Promise<Record<string, JsonObject>> {
    return (await fetch(`${box.monitorUrl}${path}`)).json() as Promise<Record<string, JsonObject>>;
  }

  /** What connects the box, by its ids. */
  async function connections(): Promise<unknown> {
    const [gatewayz, leafz] = await Promise.all([monitored("/gatewayz"), monitored("/leafz")]);
    const leafs = leafz["leafs"] as unknown as JsonObject[];
    const inbound = gatewayz["inbound_gateways"]!["PEER"] as unknown as { connection: JsonObject }[];
    const outbound = gatewayz["outbound_gateways"]!["PEER"] as unknown as { connection: JsonObject };
    return {
      leafs: leafs.map(({ id, name }) => [id, name]),
      inbound: inbound.map(({ connection }) => connection["cid"]),
      outbound: outbound.connection["cid"],
    };
  }

  /** What a new connection meets: the name in the certificate, "clear", or why there is none. */
  function met(port: number, asked: JsonObject = peer, tls: object = {}): Promise<string> {
    const [cert, key, ca] = ["cert_file", "key_file", "ca_file"].map((which) =>
      asked[which] === undefined ? undefined : readFileSync(String(asked[which]), "utf8"),
    );
    return new Promise((answer) => {
      const options = {
        host: "localhost",
        port,
        cert: cert!,
        key: key!,
        ca: ca!,
        servername: "localhost",
        ...tls,
      };
      const socket = dialTls(options, () => {
        const name = String(socket.getPeerCertificate().subject.CN);
        // Who is refused hears it after the handshake of TLS 1.3.
        const timer = setTimeout(() => over(name), 200);
        socket.on("close", () => {
          clearTimeout(timer);
          over("refused");
        });
      });
      const over = (said: string): void => {
        answer(said);
        socket.destroy();
      };
      socket.on("error", () => over("refused"));
    });
  }

  /** Every TCP listener here begins with TLS, so that nothing but a certificate tells them apart. */
  const speaking =
    (tls: JsonObject, more: JsonObject = {}) =>
    (config: JsonObject): JsonObject => {
      const first = { ...tls, handshake_first: true };
      return {
        ...config,
        tls: first,
        https: `127.0.0.1:${at.https}`,
        gateway: { ...(config["gateway"] as JsonObject), tls },
        leafnodes: { ...(config["leafnodes"] as JsonObject), tls: first },
        websocket: { listen: `127.0.0.1:${at.webSocket}`, tls },
        ...more,
      };
    };

  const LISTENERS = ["client", "gateway", "leaf", "webSocket"] as const;

  test("TLS is switched on, changed and switched off at every listener, and nobody who is there feels it", async () => {
    const { end } = await load();
    expect(await box.reload(speaking(one))).toContain("Reloaded");
    for (const which of [...LISTENERS, "https"] as const) {
      expect([which, await met(at[which])]).toEqual([which, "one"]);
    }
    expect((await monitored("/varz"))["gateway"]).toHaveProperty("tls_cert_not_after");
    expect(await box.reload(speaking({ ...other, verify: true, min_version: "1.3" }))).toContain("Reloaded");
    for (const which of LISTENERS) {
      expect([which, await met(at[which])]).toEqual([which, "other"]);
      expect([which, await met(at[which], {}, { rejectUnauthorized: false })]).toEqual([which, "refused"]);
      expect([which, await met(at[which], peer, { maxVersion: "TLSv1.2" })]).toEqual([which, "refused"]);
    }
    const clear = await box.reload(({ tls: _t, https: _h, ...config }) => {
      const { tls: _g, ...gateway } = config["gateway"] as JsonObject;
      const { tls: _l, ...leafnodes } = config["leafnodes"] as JsonObject;
      const websocket = { listen: `127.0.0.1:${at.webSocket}`, no_tls: true };
      return { ...config, gateway, leafnodes, websocket };
    });
    for (const key of ["tls", "gateway.tls", "leafnodes.tls"])
      expect(clear).toContain(`removed ${key} (at once`);
    expect(await met(at.https)).toBe("refused");
    await client(at.client);
    await end();
  });

  test("WebSocket, monitoring, log and pid file move, come and go while everything else goes on", async () => {
    const { end } = await load();
    const moved = { http: freePort(), webSocket: freePort() };
    const [logFile, pidFile] = [join(dir, "box.log"), join(dir, "box.pid")];
    // Member.reload reads what the box says where it has said it until then.
    await box.reload((config) => ({
      ...config,
      http: `127.0.0.1:${moved.http}`,
      http_base_path: "/nats",
      websocket: { listen: `127.0.0.1:${moved.webSocket}`, no_tls: true, compression: true },
      pid_file: pidFile,
      ports_file_dir: dir,
    }));
    const portsFile = join(dir, `isthmus_${box.process.pid}.ports`);
    expect(JSON.parse(readFileSync(portsFile, "utf8"))).toMatchObject({
      monitoring: [`http://127.0.0.1:${moved.http}`],
      websocket: [`ws://127.0.0.1:${moved.webSocket}`],
    });
    expect((await fetch(`http://127.0.0.1:${moved.http}/nats/varz`)).status).toBe(200);
    expect(
      await fetch(`${box.monitorUrl}/varz`).then(
        () => "open",
        () => "closed",
      ),
    ).toBe("closed");
    expect(await upgrade(moved.webSocket)).toBe(101);
    expect(await upgrade(at.webSocket)).toBe(0);
    expect(Number(readFileSync(pidFile, "utf8"))).toBe(box.process.pid);
    await box.reload(({ pid_file: _, ports_file_dir: _p, http_base_path: _b, ...config }) => ({
      ...config,
      http: `127.0.0.1:${at.monitor}`,
      websocket: {
        listen: `127.0.0.1:${moved.webSocket}`,
        no_tls: true,
        allowed_origins: "https://a.example",
      },
      log_format: "json",
      logtime: false,
    }));
    expect([existsSync(pidFile), existsSync(portsFile)]).toEqual([false, false]);
    expect(await upgrade(moved.webSocket, "https://b.example")).toBe(403);
    expect(await upgrade(moved.webSocket, "https://a.example")).toBe(101);
    await box.reload(({ websocket: _, ...config }) => ({ ...config, debug: true }));
    expect(await upgrade(moved.webSocket)).toBe(0);
    expect(box.log).toContain('{"level":"info","message":"Reloaded: ');
    await end();
    const file = box.process.logged(/nothing has changed: .*no-such/);
    await Promise.all([
      file,
      box.reload((config) => ({ ...config, log_file: join(dir, "no-such", "x.log") })),
    ]);
    await reloadInto(logFile);
    expect(readFileSync(logFile, "utf8")).toContain("Reloaded: 1 changes");
  });

  /** The box says in the new file that it has taken it up. */
  async function reloadInto(logFile: string): Promise<void> {
    const file = join(dir, "BOX.yaml");
    const config = JSON.parse(readFileSync(file, "utf8")) as JsonObject;
    writeFileSync(file, JSON.stringify({ ...config, log_file: logFile }));
    box.process.signal("SIGHUP");
    await until(
      "the file is written",
      () => existsSync(logFile) && readFileSync(logFile, "utf8").includes("Reloaded"),
    );
  }

  /** The status of the answer to a request for WebSocket; 0 when nobody answers. */
  function upgrade(port: number, origin?: string): Promise<number> {
    return new Promise((answer) => {
      const socket = dialTcp(port, "127.0.0.1", () => {
        const asked = ["GET / HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"];
        asked.push("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        if (origin !== undefined) asked.push(`Origin: ${origin}`);
        socket.write(`${asked.join("\r\n")}\r\n\r\n`);
      });
      socket.once("data", (chunk) => {
        answer(Number(chunk.toString("latin1").split(" ")[1]));
        socket.destroy();
      });
      socket.on("error", () => answer(0));
    });
  }

  test("what fails half-way leaves everything as it was, whichever part it is", async () => {
    const { end } = await load();
    const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
    const there = `127.0.0.1:${taken.port}`;
    try {
      const free = freePort();
      const tries: readonly [JsonObject, RegExp][] = [
        [{ listen: there }, /Error listening for client connections/],
        [{ websocket: { listen: there, no_tls: true } }, /Error listening for websocket connections/],
        [{ http: there }, /Error starting the http monitor/],
        [{ tls: { ...one, key_file: other["key_file"]! } }, /TLS of clients: the key is not that of/],
        [{ pid_file: join(dir, "no-such", "pid") }, /no-such/],
      ];
      for (const [wrong, said] of tries) {
        const right = {
          http: `127.0.0.1:${free}`,
          // A listener that must be closed before it can be opened as it is wanted.
          websocket: { listen: `127.0.0.1:${at.webSocket}`, tls: one },
          tls: { ...one, handshake_first: true },
          no_auth_user: "nobody",
          authorization: { users: [{ user: "nobody", password: "x" }] },
        };
        const kept = JSON.parse(readFileSync(join(dir, "BOX.yaml"), "utf8")) as JsonObject;
        const answer = await box.reload((config) => ({ ...config, ...right, ...wrong }));
        expect(answer).toMatch(said);
        expect(answer).toContain("Not reloaded, nothing has changed");
        expect(await upgrade(at.webSocket)).toBe(101);
        expect((await fetch(`${box.monitorUrl}/healthz`)).status).toBe(200);
        expect(
          await fetch(`http://127.0.0.1:${free}/`).then(
            () => "open",
            () => "closed",
          ),
        ).toBe("closed");
        await client(at.client);
        expect(await box.reload(() => kept)).toContain("Reloaded: nothing has changed");
      }
    } finally {
      taken.stop(true);
    }
    await end();
  });

  test("limits hold for who is connected: clients hear of it, and links lose nothing", async () => {
    const { end } = await load();
    const own = await client(at.client);
    expect(own.info!.max_payload).toBe(1_048_576);
    const limits = { max_payload: 3_000, ping_interval: "1s", max_pending: "8MB", write_deadline: "3s" };
    expect(await box.reload((config) => ({ ...config, ...limits }))).toContain("Reloaded");
    await until("the client has heard of it", () => own.info!.max_payload === 3_000);
    expect(() => own.publish("flow", new Uint8Array(3_001))).toThrow();
    await end();
  });

  test("listeners exchange their ports", async () => {
    const { end } = await load();
    const said = await box.reload((config) => ({
      ...config,
      listen: `127.0.0.1:${at.leaf}`,
      leafnodes: { listen: `127.0.0.1:${at.client}` },
    }));
    expect(said).toContain("Reloaded: 2 changes");
    await client(at.leaf);
    await end();
  });
});
