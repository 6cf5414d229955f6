// A live set-up of several regions for the dashboard's tests and pictures: a box in the middle, regions
// around it, edge servers below it, and users who talk.

import type { NatsConnection } from "@nats-io/transport-node";
import { leafsLinked } from "../support/leafz.ts";
import { Member } from "../support/member.ts";
import { type ClusterSpec, SuperCluster } from "../support/peers.ts";
import { freePort } from "../support/ports.ts";

export const HOME = "frankfurt";
export const ACCOUNTS = ["ORDERS", "SENSORS", "BILLING"] as const;

type Account = (typeof ACCOUNTS)[number];

/** Who publishes what where, and how many a second. */
interface Talk {
  readonly at: string;
  readonly account: Account;
  readonly subject: string;
  readonly bytes: number;
  readonly perSecond: number;
}

const TALKS: readonly Talk[] = [
  { at: HOME, account: "ORDERS", subject: "orders.eu.placed", bytes: 220, perSecond: 420 },
  { at: HOME, account: "ORDERS", subject: "orders.audit.local", bytes: 90, perSecond: 60 },
  { at: HOME, account: "BILLING", subject: "billing.invoice", bytes: 800, perSecond: 25 },
  { at: "virginia", account: "ORDERS", subject: "orders.us.placed", bytes: 240, perSecond: 260 },
  { at: "singapore", account: "ORDERS", subject: "orders.ap.placed", bytes: 200, perSecond: 90 },
];

const LISTENERS: readonly (readonly [at: string, account: Account, subject: string, queue?: string])[] = [
  [HOME, "ORDERS", "orders.us.>"],
  [HOME, "ORDERS", "orders.ap.>"],
  [HOME, "SENSORS", "sensors.>"],
  ["virginia", "ORDERS", "orders.eu.>"],
  ["virginia", "ORDERS", "orders.ap.placed"],
  ["virginia", "ORDERS", "orders.*.cancelled", "refunds"],
  ["virginia", "ORDERS", "orders.eu.placed", "warehouse"],
  ["virginia", "ORDERS", "stock.>"],
  ["virginia", "BILLING", "billing.>"],
  ["singapore", "ORDERS", "orders.eu.placed"],
  ["singapore", "SENSORS", "sensors.*.temperature"],
];

export interface Spoke {
  readonly name: string;
  readonly account: Account;
  /** Messages a second that it sends. */
  readonly perSecond: number;
}

export class Regions {
  readonly #timers: Timer[] = [];

  private constructor(
    readonly world: SuperCluster,
    private readonly spokes: readonly Member[],
  ) {}

  get box(): Member {
    return this.world.member(HOME);
  }

  get url(): string {
    return `${this.box.monitorUrl}/ui/`;
  }

  /** The regions beside the box, and spokes of the box; all linked. */
  static async up(regions: readonly ClusterSpec[], spokes: readonly Spoke[] = []): Promise<Regions> {
    const leafPort = freePort();
    const leafnodes = { listen: `127.0.0.1:${leafPort}`, compression: "s2_fast" };
    const home: ClusterSpec = { name: HOME, kind: "box", accounts: ACCOUNTS, top: { leafnodes } };
    const all = [home, ...regions.map((spec) => ({ accounts: ACCOUNTS, ...spec }))];
    const world = await SuperCluster.start(...all);
    const members = spokes.map(({ name, account }) => spokeOf(name, account, leafPort, world.dir));
    const regionsUp = new Regions(world, members);
    try {
      await world.meshed();
      await Promise.all(members.map((member) => member.start()));
      await leafsLinked({ solicitors: members, acceptors: [world.member(HOME)], links: 1, account: "$G" });
    } catch (error) {
      await regionsUp.close();
      throw error;
    }
    return regionsUp;
  }

  /** Everybody listens and talks until `close`; `speed` multiplies what is sent. */
  async talk(spokes: readonly Spoke[] = [], speed = 1): Promise<void> {
    for (const [at, account, subject, queue] of LISTENERS) {
      if (!this.#has(at)) continue;
      const client = await this.world.client(at, {
        account,
        more: { name: `${subject.split(".")[0]}-worker` },
      });
      client.subscribe(subject, { callback: () => {}, ...(queue === undefined ? {} : { queue }) });
    }
    for (const talk of TALKS) {
      if (!this.#has(talk.at)) continue;
      const { at, account } = talk;
      const client = await this.world.client(at, {
        account,
        more: { name: `${talk.subject.split(".")[0]}-api` },
      });
      this.#speak(client, talk.subject, talk.bytes, talk.perSecond * speed);
    }
    for (const [i, { name, perSecond }] of spokes.entries()) {
      const client = await this.#clientOf(this.spokes[i]!);
      this.#speak(client, `sensors.${name}.temperature`, 120, perSecond * speed);
    }
  }

  /** Nobody talks any more. */
  quiet(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  async close(): Promise<void> {
    this.quiet();
    await Promise.all(this.#clients.map((client) => client.close().catch(() => {})));
    await Promise.all(this.spokes.map((member) => member.stop()));
    await this.world.close();
  }

  readonly #clients: NatsConnection[] = [];

  async #clientOf(member: Member): Promise<NatsConnection> {
    const { connect } = await import("@nats-io/transport-node");
    const client = await connect({ servers: `127.0.0.1:${member.ports.client}`, maxReconnectAttempts: -1 });
    this.#clients.push(client);
    return client;
  }

  #has(cluster: string): boolean {
    return this.world.members().some(({ name, running }) => name === `${cluster}1` && running);
  }

  /** A little more and less than asked for, as real users are. */
  #speak(client: NatsConnection, subject: string, bytes: number, perSecond: number): void {
    const payload = new Uint8Array(bytes).fill(0x61);
    let owed = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const wave = 1 + 0.35 * Math.sin(now / 7_000 + perSecond) + 0.15 * Math.sin(now / 1_900);
      owed += ((now - last) / 1_000) * perSecond * wave;
      last = now;
      for (; owed >= 1; owed--) if (!client.isClosed()) client.publish(subject, payload);
    }, 100);
    this.#timers.push(timer);
  }
}

function spokeOf(name: string, account: Account, hubPort: number, dir: string): Member {
  const ports = { client: freePort(), monitor: freePort(), gateway: 0 };
  const url = `nats-leaf://${account}-user:${account}-pass@127.0.0.1:${hubPort}`;
  const config = {
    server_name: name,
    listen: `127.0.0.1:${ports.client}`,
    http: `127.0.0.1:${ports.monitor}`,
    leafnodes: { remotes: [{ url, compression: "s2_fast" }] },
  };
  return new Member(name, "2.15", ports, config, dir);
}
