// A region served by the appliance itself: a core with a simulated driver, which can be switched off and on
// again.

import { LARGE_BLOCK_BYTES, LISTING_SLICE_BYTES } from "../base/limits.ts";
import { Log, SILENT } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { makeServerId } from "../base/server-id.ts";
import { Core } from "../core/core.ts";
import type { CoreOptions } from "../core/options.ts";
import type { GatewayOptions } from "../gateway/options.ts";
import { type BoxLeafOptions, LEAF_PORT, leafOptions } from "./box-leaf.ts";
import type { VirtualClock } from "./clock.ts";
import { SimDriver } from "./driver.ts";
import type { Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";
import { serverName } from "./plan.ts";

export const GATEWAY_PORT = 7222;
export const CLIENT_PORT = 4222;
const MAX_PAYLOAD = 1_048_576;
const ARENA_BYTES = 2 * 1024 * 1024;

export interface BoxOptions {
  readonly region: string;
  readonly cluster: string;
  readonly accounts: readonly string[];
  /** Takes part in the gateways. */
  readonly gateway: boolean;
  /** Configured remotes; others are learned. */
  readonly remotes: readonly string[];
  readonly interestOnlyThreshold: number;
  /** Bytes that may wait for a peer. */
  readonly pendingMax: number;
  readonly writeDeadlineMillis: number;
  readonly leaf: BoxLeafOptions;
}

export class Box {
  driver!: SimDriver;
  isUp = false;

  constructor(
    private readonly clock: VirtualClock,
    private readonly random: Random,
    private readonly network: Network,
    private readonly ledger: Ledger,
    readonly options: BoxOptions,
    private readonly trace: (line: string) => void,
  ) {}

  get core(): Core {
    return this.driver.core;
  }

  start(): void {
    const { clock, random, network } = this;
    const { region } = this.options;
    const driver = new SimDriver(clock, network, region);
    const sink = {
      ...SILENT,
      write: (_: string, _at: number, text: string) => this.trace(`${region}: ${text}`),
    };
    driver.core = new Core(coreOptions(this.options, makeServerId(random)), {
      clock,
      random,
      log: new Log(sink, clock),
      dial: (request) => driver.dial(request),
      dialLeaf: (request) => driver.dialLeaf(request),
      passwordMatches: (given, wanted) => given === wanted,
    });
    driver.beforeTurn = () => this.#measure();
    driver.listen("client", CLIENT_PORT);
    if (driver.core.gateways !== null) driver.listen("gateway", GATEWAY_PORT);
    if (driver.core.options.leaf?.listen != null) driver.listen("leaf", LEAF_PORT);
    this.driver = driver;
    this.isUp = true;
    driver.start();
  }

  /** Ends without a word to anybody, or with one. */
  stop(politely: boolean): void {
    this.isUp = false;
    this.network.stopListening(this.options.region, CLIENT_PORT);
    this.network.stopListening(this.options.region, GATEWAY_PORT);
    this.network.stopListening(this.options.region, LEAF_PORT);
    if (politely) {
      this.core.stop();
      this.driver.turn();
    }
    this.driver.crash();
  }

  /** Every queue is within its bound: what is allowed to wait, the blocks that are open, and a slice of a
   *  list. */
  #measure(): void {
    const bound = this.options.pendingMax + 2 * LARGE_BLOCK_BYTES + LISTING_SLICE_BYTES;
    for (const session of this.core.sessions.values()) {
      const { pendingBytes } = session.egress;
      if (pendingBytes > bound) this.ledger.fail(`${pendingBytes} bytes wait for ${session.name}`);
    }
  }
}

interface Identity {
  readonly serverId: string;
  readonly serverName: string;
  readonly version: string;
}

function coreOptions(options: BoxOptions, serverId: string): CoreOptions {
  const { region, cluster, accounts, pendingMax, writeDeadlineMillis, leaf } = options;
  const identity = { serverId, serverName: serverName(region), version: "2.15.2" };
  return {
    accounts: {
      names: ["$G", ...accounts],
      systemAccount: "$SYS",
      users: accounts.map((account) => ({ user: account, password: account, account })),
      token: null,
      noAuthUser: null,
    },
    client: {
      ...identity,
      cluster,
      host: region,
      port: CLIENT_PORT,
      maxPayload: MAX_PAYLOAD,
      maxControlLine: 4_096,
      maxSubscriptions: 0,
      maxSubjectTokens: 0,
      authTimeoutMillis: 2_000,
      pingMillis: 20_000,
      pingMax: 2,
      pendingMax,
    },
    gateway: options.gateway ? gatewayOptions(options, identity) : null,
    maxConnections: 1_000,
    clientWriteDeadlineMillis: writeDeadlineMillis,
    leaf: leafOptions(region, leaf, { ...identity, cluster, maxPayload: MAX_PAYLOAD }, pendingMax),
    leafWriteDeadlineMillis: writeDeadlineMillis,
    gatewayWriteDeadlineMillis: writeDeadlineMillis,
    cacheSlots: 64, // Few, so that answers give way all the time.
    arenaBytes: ARENA_BYTES,
  };
}

function gatewayOptions(options: BoxOptions, identity: Identity): GatewayOptions {
  const { region, remotes, pendingMax, interestOnlyThreshold } = options;
  return {
    identity: {
      ...identity,
      gateway: region,
      host: region,
      port: GATEWAY_PORT,
      url: `${region}:${GATEWAY_PORT}`,
      maxPayload: MAX_PAYLOAD,
      authRequired: false,
      tlsRequired: false,
    },
    user: null,
    password: null,
    remotes: remotes.map((name) => ({
      name,
      urls: [{ host: name, port: GATEWAY_PORT, user: null, password: null }],
    })),
    rejectUnknown: false,
    rules: { others: null, remotes: new Map() },
    verifyAndMap: false,
    knownHosts: null,
    authTimeoutMillis: 2_000,
    interestOnlyThreshold,
    pingMillis: 15_000,
    pingMax: 2,
    connectRetries: 5,
    connectBackoff: false,
    pendingMax,
  };
}
