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
import type { MonitorSource } from "../../src/monitor/source.ts";
import type { Session } from "../../src/peer/session.ts";

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
  cacheSlots: 64,
  arenaBytes: 8 * 1024 * 1024,
};

/** A box whose transports are function calls and whose clock is turned by hand. */
export class Box {
  now = START;
  readonly core: Core;
  readonly dials: DialRequest[] = [];
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
    if (hello) this.feed(session, `INFO ${JSON.stringify(gatewayInfo(name))}\r\n`);
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

  feed(session: Session, bytes: string): void {
    session.receive(new TextEncoder().encode(bytes), this.now);
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
