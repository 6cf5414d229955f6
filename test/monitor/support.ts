// A core without sockets, fed by bytes, and what the views ask of the world around it.

import type { Millis } from "../../src/base/clock.ts";
import { Log, SILENT } from "../../src/base/log.ts";
import { SeededRandom } from "../../src/base/random.ts";
import type { ClientSession } from "../../src/client/session.ts";
import { Core } from "../../src/core/core.ts";
import type { CoreOptions } from "../../src/core/options.ts";
import type { GatewayInbound } from "../../src/gateway/inbound.ts";
import type { GatewayOutbound } from "../../src/gateway/outbound.ts";
import type { DialRequest } from "../../src/gateway/remotes.ts";
import type { LeafListenOptions, LeafOptions, LeafRemoteOptions } from "../../src/leaf/options.ts";
import type { LeafDialRequest } from "../../src/leaf/remotes.ts";
import type { LeafSession } from "../../src/leaf/session.ts";
import type { LeafSolicited } from "../../src/leaf/solicited.ts";
import type { MonitorSource } from "../../src/monitor/source.ts";
import type { Session } from "../../src/peer/session.ts";
import type { LeafTransport } from "../../src/peer/transport.ts";

export const START: Millis = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const SERVER_ID = "NTESTSERVER";

const CLIENT_OPTIONS = {
  serverId: SERVER_ID,
  serverName: "box",
  version: "2.15.2",
  cluster: "HOME",
  host: "127.0.0.1",
  port: 4222,
  maxPayload: 1_048_576,
  maxControlLine: 4_096,
  maxSubscriptions: 0,
  maxSubjectTokens: 0,
  authTimeoutMillis: 2_000,
  pingMillis: 120_000,
  pingMax: 2,
  pendingMax: 67_108_864,
};

const IDENTITY = {
  serverId: SERVER_ID,
  serverName: "box",
  version: "2.15.2",
  gateway: "HOME",
  host: "127.0.0.1",
  port: 7222,
  url: "127.0.0.1:7222",
  maxPayload: 1_048_576,
  authRequired: false,
  tlsRequired: false,
};

const remote = (name: string, port: number) => ({
  name,
  urls: [{ host: "127.0.0.1", port, user: null, password: null }],
});

const COMPRESSION = { mode: "accept", rttThresholdsMillis: [10, 50, 100] } as const;

const LISTEN: LeafListenOptions = {
  host: "127.0.0.1",
  port: 7422,
  urls: ["127.0.0.1:7422"],
  webSocketUrls: [],
  authTimeoutMillis: 2_000,
  compression: COMPRESSION,
  minVersion: null,
  isolate: false,
  tlsRequired: false,
  tlsVerify: false,
  handshakeFirst: false,
  verifyAndMap: false,
  authorization: null,
};

const LEAF: LeafOptions = {
  identity: {
    serverId: SERVER_ID,
    serverName: "box",
    version: "2.15.2",
    cluster: "HOME",
    maxPayload: 1_048_576,
  },
  limits: { pingMillis: 120_000, pingMax: 2, pendingMax: 67_108_864, maxControlLine: 65_536 },
  listen: LISTEN,
  remotes: [],
};

/** A hub to dial; the user and password of its URL are to be seen nowhere. */
const HUB: LeafRemoteOptions = {
  index: 0,
  urls: [{ scheme: "nats", host: "hub.example", port: 7422, path: "", user: "u", password: "secret" }],
  account: "$G",
  credentials: null,
  nkeySeed: null,
  denyImports: [],
  denyExports: [],
  hub: false,
  isolate: false,
  requestIsolation: false,
  disabled: false,
  noRandomize: true,
  ignoreDiscovered: false,
  firstInfoTimeoutMillis: 1_000,
  dialTimeoutMillis: 1_000,
  reconnectMillis: 1_000,
  compression: { ...COMPRESSION, mode: "off" },
  tlsRequired: false,
  handshakeFirst: false,
  webSocketCompression: false,
  proxy: null,
};

export const OPTIONS: CoreOptions = {
  accounts: {
    names: ["$G", "SHOP", "$SYS"],
    systemAccount: "$SYS",
    users: [
      { user: "ann", password: "a", account: "$G" },
      { user: "sam", password: "s", account: "SHOP" },
    ],
    token: null,
    noAuthUser: null,
  },
  client: CLIENT_OPTIONS,
  gateway: {
    identity: IDENTITY,
    user: null,
    password: null,
    remotes: [remote("EAST", 7001), remote("WEST", 7002)],
    rejectUnknown: false,
    rules: { others: null, remotes: new Map() },
    verifyAndMap: false,
    knownHosts: null,
    authTimeoutMillis: 2_000,
    interestOnlyThreshold: 1_000,
    pingMillis: 15_000,
    pingMax: 2,
    connectRetries: 0,
    connectBackoff: false,
    pendingMax: 67_108_864,
  },
  maxConnections: 65_536,
  clientWriteDeadlineMillis: 10_000,
  gatewayWriteDeadlineMillis: 10_000,
  leaf: LEAF,
  leafWriteDeadlineMillis: 10_000,
  cacheSlots: 64,
  arenaBytes: 8 * 1024 * 1024,
};

/** A box that dials hubs, with what is special about each. */
export function dialing(...remotes: readonly Partial<LeafRemoteOptions>[]): CoreOptions {
  const hubs = remotes.map((remote, index) => ({ ...HUB, index, ...remote }));
  return { ...OPTIONS, leaf: { ...LEAF, remotes: hubs } };
}

/** A box that accepts leafs, with what is special about it. */
export function listening(listen: Partial<LeafListenOptions>): CoreOptions {
  return { ...OPTIONS, leaf: { ...LEAF, listen: { ...LISTEN, ...listen } } };
}

/** A box whose transports are function calls and whose clock is turned by hand. */
export class Box {
  now = START;
  readonly core: Core;
  readonly dials: DialRequest[] = [];
  readonly leafDials: LeafDialRequest<LeafSolicited>[] = [];
  readonly source: MonitorSource;
  notReady: string | null = null;
  #port = 40_000;

  constructor(options: CoreOptions = OPTIONS) {
    const clock = { now: (): Millis => this.now };
    this.core = new Core(options, {
      clock,
      random: new SeededRandom(7),
      log: new Log(SILENT, clock),
      dial: (request) => this.dials.push(request),
      dialLeaf: (request) => this.leafDials.push(request),
      passwordMatches: (given, wanted) => given === wanted,
    });
    this.source = {
      core: this.core,
      facts: () => ({
        clientListen: { host: "127.0.0.1", port: 4_222 },
        connectUrls: ["127.0.0.1:4222"],
        gateway:
          options.gateway === null
            ? null
            : {
                listen: { host: "127.0.0.1", port: 7_222 },
                advertise: "",
                tlsTimeoutMillis: 0,
                writeDeadlineMillis: 10_000,
                tlsCertNotAfter: null,
              },
        leaf: options.leaf && {
          listener: options.leaf.listen && {
            listen: { host: "127.0.0.1", port: 7_422 },
            tlsTimeoutMillis: 2_000,
            tlsCertNotAfter: null,
          },
          remoteTlsTimeoutMillis: options.leaf.remotes.map(({ tlsRequired }) => (tlsRequired ? 3_000 : 0)),
        },
        configLoadedAt: START,
        configDigest: "sha256:00",
        productName: "isthmus",
        productVersion: "0.1.0",
        tags: [],
      }),
      process: () => ({ memBytes: 12_345, cpuPercent: 1.5, cores: 2 }),
      notReady: () => this.notReady,
      tls: () => null,
    };
  }

  client(user = "ann", name = "", password = user[0]!): ClientSession {
    const session = this.core.acceptClient({ ip: "127.0.0.1", port: this.#port++ }, this.now);
    const connect = { user, pass: password, name, lang: "ts", version: "1.0", protocol: 1 };
    this.feed(session, `CONNECT ${JSON.stringify(connect)}\r\n`);
    return session;
  }

  /** The oldest open dial to `name` succeeds and the remote says who it is; silent without `hello`. */
  dialed(name: string, hello = true): GatewayOutbound {
    const at = this.dials.findIndex((request) => request.remote === name);
    const [request] = this.dials.splice(at, 1);
    const session = this.core.dialed(request!, { ip: "127.0.0.1", port: request!.url.port }, this.now);
    if (hello) this.feed(session, `INFO ${JSON.stringify(gatewayInfo(name))}\r\nPING\r\n`);
    return session;
  }

  accepted(name: string): GatewayInbound {
    const session = this.core.acceptGateway({ ip: "127.0.0.1", port: this.#port++ }, this.now);
    this.feed(
      session,
      `CONNECT ${JSON.stringify({ gateway: name })}\r\nINFO ${JSON.stringify(gatewayInfo(name))}\r\n`,
    );
    return session;
  }

  /** A leaf that dialled us and has said nothing. */
  rawLeaf(transport: Partial<LeafTransport> = {}): LeafSession {
    const how = { secure: false, webSocket: false, certificate: null, ...transport };
    return this.core.acceptLeaf({ ip: "127.0.0.1", port: this.#port++ }, this.now, how);
  }

  /** A spoke of ours. */
  spoke(name: string, user = "ann", connect: object = {}): LeafSession {
    const session = this.rawLeaf();
    this.feed(session, leafConnectLine(name, user, connect));
    return session;
  }

  /** The oldest open dial of a hub succeeds, and the hub says who it is; silent without `hello`. */
  hub(name: string, hello = true): LeafSession {
    const request = this.leafDials.shift()!;
    const how = { secure: false, webSocket: false, certificate: null };
    const session = this.core.leafDialed(request, { ip: "10.0.0.9", port: 7_422 }, this.now, how);
    if (!hello) return session;
    this.feed(session, `INFO ${JSON.stringify(leafInfo(name))}\r\n`);
    this.feed(session, `INFO ${JSON.stringify({ ...leafInfo(name), connect_info: true })}\r\n`);
    return session;
  }

  feed(session: Session, bytes: string | Uint8Array): void {
    session.receive(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, this.now);
  }

  /** What a session has left to be sent is taken by its transport. */
  flush(session: Session): void {
    for (let head = session.egress.head(); head !== null; head = session.egress.head()) {
      session.egress.consumed(head.to - head.from);
    }
    session.flushed(this.now);
  }

  /** start or complete of the account, as the remote sends it. */
  command(session: GatewayOutbound, command: 2 | 3, account: string): void {
    const payload = Buffer.from(account).toString("base64");
    const info = { ...gatewayInfo(session.gateway), gateway_cmd: command, gateway_cmd_payload: payload };
    this.feed(session, `INFO ${JSON.stringify(info)}\r\n`);
  }
}

function gatewayInfo(gateway: string): object {
  return {
    server_id: `N${gateway}`,
    server_name: `${gateway.toLowerCase()}-1`,
    version: "2.15.2",
    proto: 3,
    headers: true,
    gateway,
    gateway_urls: ["127.0.0.1:7009"],
    gateway_url: "127.0.0.1:7009",
    gateway_nrp: true,
    gateway_iom: true,
  };
}

/** What a nats-server that is a spoke says, logged in as `user`. */
export function leafConnectLine(name: string, user: string, more: object = {}): string {
  const connect = {
    version: "2.15.2",
    server_id: `N${name}`,
    name,
    cluster: `${name}-cluster`,
    user,
    pass: user[0],
    headers: true,
    compress_mode: "off",
    remote_account: "THEIRS",
    ...more,
  };
  return `CONNECT ${JSON.stringify(connect)}\r\n`;
}

function leafInfo(name: string): object {
  return {
    server_id: `N${name}`,
    server_name: name,
    version: "2.15.2",
    headers: true,
    max_payload: 1_048_576,
    client_id: 7,
    nonce: "abcdefghijklmno",
    cluster: `${name}-cluster`,
    leafnode_urls: ["10.0.0.10:7422"],
    info_on_connect: true,
    remote_account: "HUBS",
  };
}
