// One appliance without sockets, and the peers that talk to it by text in virtual time: what the session
// tests drive.

import type { Millis } from "../../src/base/clock.ts";
import { Log } from "../../src/base/log.ts";
import { SeededRandom } from "../../src/base/random.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import type { ClientSession } from "../../src/client/session.ts";
import { Core } from "../../src/core/core.ts";
import type { AccountsOptions } from "../../src/core/directory.ts";
import type { CoreOptions } from "../../src/core/options.ts";
import type { TrafficOptions } from "../../src/forward/traffic-options.ts";
import type { GatewayInbound } from "../../src/gateway/inbound.ts";
import type { GatewayOptions } from "../../src/gateway/options.ts";
import type { GatewayOutbound } from "../../src/gateway/outbound.ts";
import type { DialRequest } from "../../src/gateway/remotes.ts";
import type { LeafListenOptions, LeafOptions, LeafRemoteOptions } from "../../src/leaf/options.ts";
import type { LeafDialRequest } from "../../src/leaf/remotes.ts";
import type { LeafSession } from "../../src/leaf/session.ts";
import type { LeafSolicited } from "../../src/leaf/solicited.ts";
import { Count } from "../../src/peer/counters.ts";
import type { Egress } from "../../src/peer/egress.ts";
import type { Session } from "../../src/peer/session.ts";
import type { CertificateNames, LeafTransport } from "../../src/peer/transport.ts";
import { Peer } from "./peer.ts";

export interface BoxOptions {
  readonly seed?: number;
  readonly accounts?: Partial<AccountsOptions>;
  readonly traffic?: readonly TrafficOptions[];
  readonly client?: Partial<Omit<ClientOptions, "authRequired" | "asksSignatures" | "webSocket">>;
  /** null: the box has no gateways. */
  readonly gateway?: Partial<GatewayOptions> | null;
  readonly leaf?: Partial<Omit<LeafOptions, "listen" | "remotes">> & {
    readonly listen?: Partial<LeafListenOptions>;
    readonly remotes?: readonly Partial<LeafRemoteOptions>[];
  };
  /** Accounts that are not known are asked for, and wait in `fetches`. */
  readonly fetchesAccounts?: boolean;
  /** Simple messages go by the express lane. */
  readonly express?: boolean;
  readonly maxConnections?: number;
  readonly clientWriteDeadlineMillis?: Millis;
  readonly gatewayWriteDeadlineMillis?: Millis;
}

/** The server id whose hash stands in the replies that the box maps. */
export const SERVER_ID = "NBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXBOXA";
export const SERVER_NAME = "box-1";
/** hash6("A") and hash6(SERVER_ID), then hash4("A"). Source: gateway.md §4.2, §4.6. */
export const MAPPED = "_GR_.NUmM6c.";
export const OLD_MAPPED = "$GR.559a.";

const ACCOUNTS: AccountsOptions = {
  names: ["$G", "ACC", "ACC2"],
  systemAccount: "$SYS",
  users: [
    { user: "g", password: "g", account: "$G" },
    { user: "a", password: "a", account: "ACC" },
    { user: "b", password: "b", account: "ACC2" },
    { user: "s", password: "s", account: "$SYS" },
  ],
  token: null,
  noAuthUser: "g",
};

const CLIENT: Omit<ClientOptions, "authRequired" | "asksSignatures" | "webSocket"> = {
  serverId: SERVER_ID,
  serverName: SERVER_NAME,
  version: "2.15.2",
  cluster: "A",
  host: "127.0.0.1",
  port: 4222,
  maxPayload: 1_048_576,
  maxControlLine: 4_096,
  maxSubscriptions: 0,
  maxSubjectTokens: 0,
  authTimeoutMillis: 2_000,
  pingMillis: 120_000,
  pingMax: 2,
  pendingMax: 64 * 1024 * 1024,
};

const GATEWAY: GatewayOptions = {
  identity: {
    serverId: SERVER_ID,
    serverName: SERVER_NAME,
    version: "2.15.2",
    gateway: "A",
    host: "127.0.0.1",
    port: 7222,
    url: "127.0.0.1:7222",
    maxPayload: 1_048_576,
    authRequired: false,
    tlsRequired: false,
  },
  user: null,
  password: null,
  verifyAndMap: false,
  knownHosts: null,
  remotes: [],
  rejectUnknown: false,
  rules: { others: null, remotes: new Map() },
  authTimeoutMillis: 2_000,
  interestOnlyThreshold: 1_000,
  pingMillis: 15_000,
  pingMax: 2,
  connectRetries: 0,
  connectBackoff: false,
  pendingMax: 64 * 1024 * 1024,
};

const COMPRESSION = { mode: "off", rttThresholdsMillis: [10, 50, 100] } as const;

const LEAF_LISTEN: LeafListenOptions = {
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

const LEAF_REMOTE: LeafRemoteOptions = {
  index: 0,
  urls: [{ scheme: "nats", host: "hub", port: 7422, path: "", user: null, password: null }],
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
  compression: COMPRESSION,
  tlsRequired: false,
  handshakeFirst: false,
  webSocketCompression: false,
  proxy: null,
};

function leafOptions(given: BoxOptions["leaf"] = {}): LeafOptions {
  return {
    identity: {
      serverId: SERVER_ID,
      serverName: SERVER_NAME,
      version: "2.15.2",
      cluster: "A",
      maxPayload: 1_048_576,
    },
    limits: { pingMillis: 120_000, pingMax: 2, pendingMax: 64 * 1024 * 1024, maxControlLine: 65_536 },
    ...given,
    listen: { ...LEAF_LISTEN, ...given.listen },
    remotes: (given.remotes ?? []).map((remote, index) => ({ ...LEAF_REMOTE, index, ...remote })),
  };
}

/** A gateway URL as `remotes` of the options takes it. */
export const url = (host: string, port = 7222) => ({ host, port, user: null, password: null });

/** More steps than any test's time has deadlines: a clock that does not move on is a hot loop. */
const STEPS_MAX = 200_000;

export class Box {
  readonly core: Core;
  now: Millis = 1_000_000;
  /** Dials that the core asked for and nobody answered yet. */
  readonly dials: DialRequest[] = [];
  /** The same for hubs. */
  readonly leafDials: LeafDialRequest<LeafSolicited>[] = [];
  /** Keys of accounts that the core asked for. */
  readonly fetches: string[] = [];
  /** How many were asked for at all. */
  dialCount = 0;
  /** `level message` of every line. */
  readonly log: string[] = [];
  readonly #peers = new Map<Egress, Peer<Session>>();
  #port = 40_000;

  constructor(options: BoxOptions = {}) {
    const clock = { now: () => this.now };
    const all: CoreOptions = {
      accounts: { ...ACCOUNTS, ...options.accounts },
      traffic: options.traffic ?? [],
      client: { ...CLIENT, ...options.client },
      gateway: options.gateway === null ? null : { ...GATEWAY, ...options.gateway },
      leaf: leafOptions(options.leaf),
      leafWriteDeadlineMillis: 10_000,
      maxConnections: options.maxConnections ?? 100,
      clientWriteDeadlineMillis: options.clientWriteDeadlineMillis ?? 10_000,
      gatewayWriteDeadlineMillis: options.gatewayWriteDeadlineMillis ?? 10_000,
      cacheSlots: 1_024,
      express: options.express ?? false,
      arenaBytes: 4 * 1024 * 1024,
    };
    this.core = new Core(all, {
      clock,
      random: new SeededRandom(options.seed ?? 1),
      log: new Log({ write: (level, _at, message) => this.log.push(`${level} ${message}`) }, clock, "debug"),
      dial: (request) => {
        this.dialCount++;
        this.dials.push(request);
      },
      dialLeaf: (request) => this.leafDials.push(request),
      passwordMatches: (given, wanted) => given === wanted,
      ...(options.fetchesAccounts ? { fetchAccount: (key: string) => void this.fetches.push(key) } : {}),
    });
  }

  /** A client that has heard INFO and said nothing. */
  rawClient(): Peer<ClientSession> {
    return this.#join(this.core.acceptClient(this.#address(), this.now));
  }

  /** A client that is logged in and has heard everything so far. */
  client(connect: object = {}): Peer<ClientSession> {
    const peer = this.rawClient();
    const asked = { verbose: false, pedantic: false, headers: true, no_responders: true, ...connect };
    peer.says(`CONNECT ${JSON.stringify(asked)}`);
    peer.hears();
    return peer;
  }

  /** A dialer that has heard our INFO and said nothing. */
  rawInbound(certificate: CertificateNames | null = null): Peer<GatewayInbound> {
    return this.#join(this.core.acceptGateway(this.#address(), this.now, certificate));
  }

  /** A remote that dialled us and is registered; what it was told is still to be heard. */
  inbound(gateway: string, info: object = {}): Peer<GatewayInbound> {
    const peer = this.rawInbound();
    peer.hears();
    peer.says(`CONNECT ${JSON.stringify({ gateway })}`, infoOf(gateway, info));
    return peer;
  }

  /** The dial of this remote that waits, taken from the list. */
  takeDial(remote: string): DialRequest {
    const at = this.dials.findIndex((request) => request.remote === remote);
    if (at < 0) throw new Error(`no dial of ${remote} waits`);
    return this.dials.splice(at, 1)[0]!;
  }

  /** The far end of a dial that succeeds; it has said nothing. */
  rawOutbound(remote: string): Peer<GatewayOutbound> {
    if (this.core.remotes?.all.has(remote) === false) {
      this.core.remotes.learn(remote, [`${remote.toLowerCase()}:7222`], this.now);
    }
    if (!this.dials.some((request) => request.remote === remote)) this.core.start(this.now);
    return this.#join(this.core.dialed(this.takeDial(remote), this.#address(), this.now));
  }

  /** A remote that we dialled and that has said who it is; our CONNECT and INFO are heard. */
  outbound(gateway: string, info: object = {}): Peer<GatewayOutbound> {
    const peer = this.rawOutbound(gateway);
    peer.says(infoOf(gateway, info), "PING");
    peer.hears();
    return peer;
  }

  /** A leaf that dialled us, has heard INFO and said nothing. */
  rawLeaf(transport: Partial<LeafTransport> = {}): Peer<LeafSession> {
    const how = { secure: false, webSocket: false, certificate: null, ...transport };
    return this.#join(this.core.acceptLeaf(this.#address(), this.now, how));
  }

  /** A spoke of ours that is registered and has heard all of our interest. */
  spoke(name: string, connect: object = {}): Peer<LeafSession> {
    const peer = this.rawLeaf();
    peer.hears();
    peer.says(connectOf(name, connect));
    peer.hears();
    return peer;
  }

  /** A hub that was dialled and has said nothing. */
  rawHub(): Peer<LeafSession> {
    if (this.leafDials.length === 0) this.core.start(this.now);
    const request = this.leafDials.shift();
    if (request === undefined) throw new Error("no dial of a hub waits");
    const how = { secure: false, webSocket: false, certificate: null };
    return this.#join(this.core.leafDialed(request, this.#address(), this.now, how));
  }

  /** A hub of ours: the handshake is done, and it has heard all of our interest. */
  hub(name: string, info: object = {}, second: object = {}): Peer<LeafSession> {
    const peer = this.rawHub();
    peer.says(leafInfoOf(name, info));
    peer.hears();
    peer.says(leafInfoOf(name, { ...info, connect_info: true, remote_account: "HUB", ...second }));
    peer.hears();
    return peer;
  }

  /** The waiting dial of this remote fails. */
  failDial(remote: string, why = "connection refused"): void {
    this.core.dialFailed(this.takeDial(remote), why, this.now);
    this.settle();
  }

  /** Time passes; every deadline on the way is kept. */
  wait(millis: Millis): void {
    const until = this.now + millis;
    for (let steps = 0; ; steps++) {
      if (steps > STEPS_MAX) throw new Error("the clock does not move on: a hot loop");
      this.now = Math.min(until, Math.max(this.core.deadline, this.now));
      this.core.tick(this.now);
      this.settle();
      if (this.now >= until && this.core.deadline > until) return;
    }
  }

  /** Hands everybody what waits for them, as far as they read, and ends what wants to be ended. */
  settle(): void {
    const { list } = this.core.dirties;
    for (let i = 0; i < list.length; i++) {
      const egress = list[i]!;
      egress.dirty = false;
      this.#peers.get(egress)?.flush();
    }
    list.length = 0;
  }

  /** The log lines that contain all of these texts. */
  logged(...texts: string[]): string[] {
    return this.log.filter((line) => texts.every((text) => line.includes(text)));
  }

  /** Messages that were not written because too much was waiting. */
  get dropped(): number {
    return this.core.totals()[Count.Dropped]!;
  }

  account(name: string): number {
    return this.core.accounts.idOf(name);
  }

  #address() {
    return { ip: "10.0.0.1", port: ++this.#port };
  }

  #join<S extends Session>(session: S): Peer<S> {
    const peer = new Peer(this, session);
    this.#peers.set(session.egress, peer as unknown as Peer<Session>);
    this.settle();
    return peer;
  }
}

/** The INFO of a nats-server that announces all its interest by itself; `more` overrides. */
export function infoOf(gateway: string, more: object = {}): string {
  return `INFO ${JSON.stringify({
    server_id: `N${gateway}`,
    server_name: `server-of-${gateway}`,
    version: "2.15.2",
    headers: true,
    gateway,
    gateway_urls: [`${gateway.toLowerCase()}:7222`],
    gateway_nrp: true,
    gateway_iom: true,
    ...more,
  })}`;
}

/** The INFO of a nats-server's leaf port. */
export function leafInfoOf(name: string, more: object = {}): string {
  return `INFO ${JSON.stringify({
    server_id: `N${name}`,
    server_name: name,
    version: "2.15.2",
    proto: 1,
    headers: true,
    max_payload: 1_048_576,
    client_id: 7,
    nonce: "abcdefghijklmno",
    cluster: name,
    leafnode_urls: [`${name}:7422`],
    info_on_connect: true,
    ...more,
  })}`;
}

/** The CONNECT of a nats-server that is a spoke. */
export function connectOf(name: string, more: object = {}): string {
  return `CONNECT ${JSON.stringify({
    version: "2.15.2",
    server_id: `N${name}`,
    name,
    cluster: name,
    headers: true,
    compress_mode: "off",
    remote_account: "$G",
    ...more,
  })}`;
}

/** Commands 2 and 3 as an acceptor says them. */
export const start = (gateway: string, account: string) => command(gateway, 2, account);
export const complete = (gateway: string, account: string) => command(gateway, 3, account);

function command(gateway: string, code: number, account: string): string {
  const payload = Buffer.from(account).toString("base64");
  return `INFO ${JSON.stringify({ server_id: "", gateway, gateway_cmd: code, gateway_cmd_payload: payload })}`;
}

/** What a peer that was announced interest heard, INFO commands made readable: `start $G`, `RS+ $G foo`, … */
export function readable(lines: readonly string[]): string[] {
  return lines.map((line) => {
    if (!line.startsWith("INFO ")) return line;
    const info = JSON.parse(line.slice(5)) as Record<string, string | number | string[]>;
    const account = Buffer.from(String(info["gateway_cmd_payload"] ?? ""), "base64").toString();
    if (info["gateway_cmd"] === 2) return `start ${account}`;
    if (info["gateway_cmd"] === 3) return `complete ${account}`;
    if (info["gateway_cmd"] === 1) return `gossip ${info["gateway"]} ${String(info["gateway_urls"])}`;
    return `INFO of ${info["gateway"]}`;
  });
}
