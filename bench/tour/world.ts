// What the failure tour happens to: a box between two regions, a hub above it and an edge below it, all of
// them real servers on the loopback. Gateways and the hub have TLS and a password, so that both can be wrong.

import { Authority } from "../../test/support/certificates.ts";
import { LinkTap } from "../../test/support/link-tap.ts";
import { type JsonObject, Member, type MemberPorts } from "../../test/support/member.ts";
import { freePort } from "../../test/support/ports.ts";
import { until } from "../../test/support/wait.ts";
import { ServerWorld } from "../../test/support/world.ts";

const LOGIN = { user: "tour", password: "tour" } as const;

/** A real nats-server of this line stands for every server that is not the box. */
export const PEERS = "2.15";

/** Short, so that a tour is. Defaults of the box are 2 minutes, 2 and 10 seconds. */
const HASTE: JsonObject = { ping_interval: "1s", ping_max: 5, write_deadline: "1s", max_pending: 1_048_576 };

type Server = "east" | "west" | "north" | "hub" | "edge";

interface Place extends MemberPorts {
  readonly leaf: number;
}

export class TourWorld extends ServerWorld {
  /** Every byte between the box and west passes it, whoever dialled. */
  readonly wire: LinkTap;
  readonly certificates: Authority;
  readonly #places: Readonly<Record<Server, Place>>;
  readonly #wells = new Map<Server, JsonObject>();

  static async up(): Promise<TourWorld> {
    const world = new TourWorld();
    try {
      await world.startAll();
      await world.well();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  private constructor() {
    super();
    this.certificates = new Authority(this.dir, "tour");
    const place = (): Place => {
      return { client: freePort(), monitor: freePort(), gateway: freePort(), leaf: freePort() };
    };
    this.#places = { east: place(), west: place(), north: place(), hub: place(), edge: place() };
    this.wire = new LinkTap(this.#places.west.gateway);
    this.#add("east", "box", {
      ...this.#region("east", { west: this.wire.port, north: this.#places.north.gateway }),
      ...HASTE,
      log_format: "json",
      leafnodes: {
        listen: `127.0.0.1:${this.#places.east.leaf}`,
        authorization: LOGIN,
        remotes: [this.#hubRemote()],
      },
    });
    const home = { east: this.#places.east.gateway };
    this.#add("west", PEERS, this.#region("west", home, `127.0.0.1:${this.wire.port}`));
    this.#add("north", PEERS, this.#region("north", home));
    const listen = `127.0.0.1:${this.#places.hub.leaf}`;
    const tls = this.certificates.tls("hub");
    this.#add("hub", PEERS, { leafnodes: { listen, tls, authorization: LOGIN } });
    this.#add("edge", PEERS, { leafnodes: this.edgeLeafs(LOGIN.password) });
  }

  get box(): Member {
    return this.member("east");
  }

  /** How the box names a hub. */
  hubName(server: "hub" | "edge"): string {
    return `127.0.0.1:${this.#places[server].leaf}`;
  }

  /** The leafnodes block of edge, which shows the box this password. */
  edgeLeafs(password: string): JsonObject {
    const url = `nats-leaf://${LOGIN.user}:${password}@127.0.0.1:${this.#places.east.leaf}`;
    return { listen: this.hubName("edge"), remotes: [{ url }] };
  }

  /** Another configuration of a server that is no box, as it should not be. */
  async spoil(server: Server, change: (config: JsonObject) => JsonObject): Promise<void> {
    await this.member(server).stop();
    await this.member(server).reconfigured(change);
  }

  /** As it was in the beginning. */
  restore(server: Server): Promise<void> {
    return this.spoil(server, () => this.#wells.get(server)!);
  }

  /** The box dials edge too, which has dialled it already. */
  async closeRing(): Promise<void> {
    const ring = { url: `nats-leaf://${this.hubName("edge")}` };
    await this.#remotes([this.#hubRemote(), ring]);
  }

  openRing(): Promise<void> {
    return this.#remotes([this.#hubRemote()]);
  }

  /** Waits until no link of the box is down. */
  async well(): Promise<void> {
    await until(
      "every link is up",
      async () => {
        const answer = await fetch(`${this.box.monitorUrl}/healthz?details=1`, { keepalive: false });
        return ((await answer.json()) as { details?: unknown }).details === undefined;
      },
      30_000,
    );
  }

  override async close(): Promise<void> {
    this.wire.close();
    await super.close();
  }

  async #remotes(remotes: readonly JsonObject[]): Promise<void> {
    const said = await this.box.reload((config) => {
      return { ...config, leafnodes: { ...(config["leafnodes"] as JsonObject), remotes } };
    });
    if (said.includes("Not reloaded")) throw new Error(said);
  }

  #hubRemote(): JsonObject {
    const url = `tls://${LOGIN.user}:${LOGIN.password}@${this.hubName("hub")}`;
    return { url, tls: { ca_file: this.certificates.certificate } };
  }

  /** `advertise`: where others are told to dial it. */
  #region(name: Server, remotes: Readonly<Record<string, number>>, advertise?: string): JsonObject {
    return {
      gateway: {
        name,
        listen: `127.0.0.1:${this.#places[name].gateway}`,
        ...(advertise === undefined ? {} : { advertise }),
        authorization: LOGIN,
        tls: this.certificates.tls(name),
        gateways: Object.entries(remotes).map(([to, port]) => {
          return { name: to, urls: [`nats://127.0.0.1:${port}`] };
        }),
      },
    };
  }

  #add(name: Server, kind: Member["kind"], own: JsonObject): void {
    const ports = this.#places[name];
    const config: JsonObject = {
      server_name: name,
      listen: `127.0.0.1:${ports.client}`,
      http: `127.0.0.1:${ports.monitor}`,
      ...own,
    };
    this.#wells.set(name, config);
    this.grown.set(name, { members: [new Member(name, kind, ports, config, this.dir)], taps: [] });
  }
}
