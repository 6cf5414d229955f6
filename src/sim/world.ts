// Regions, users, network and faults in one virtual time, made and run from a seed, and judged.

import type { Millis } from "../base/clock.ts";
import { below, SeededRandom } from "../base/random.ts";
import type { Actor } from "./actor.ts";
import { Beliefs } from "./beliefs.ts";
import { Box, CLIENT_PORT, GATEWAY_PORT } from "./box.ts";
import { type BoxLeafOptions, LEAF_PORT } from "./box-leaf.ts";
import { Checker, type Owed } from "./checker.ts";
import { VirtualClock } from "./clock.ts";
import { type Fault, planFaults } from "./faults.ts";
import { LeafBeliefs } from "./leaf-beliefs.ts";
import { LeafTap } from "./leaf-tap.ts";
import { Ledger, type Who } from "./ledger.ts";
import { ModelClient } from "./model-client.ts";
import { ModelLeafServer } from "./model-leaf.ts";
import type { LeafDial } from "./model-leaf-link.ts";
import { ModelServer } from "./model-server.ts";
import { ModelUser } from "./model-user.ts";
import { type Connection, Network } from "./network.ts";
import type { LinkPlan, Plan, RegionPlan } from "./plan.ts";
import { Topology } from "./topology.ts";
import { Trace } from "./trace.ts";
import { Wiretap } from "./wiretap.ts";
import { Workload } from "./workload.ts";

export interface Report {
  readonly violations: readonly string[];
  readonly owed: Owed;
  readonly deliveries: number;
  readonly crossed: number;
  /** Accounts that a model of the old kind switched. */
  readonly switches: number;
  readonly trace: Trace;
}

/** Before users act, so that all are connected. */
const WARM_MILLIS = 3_000;
/** After users have acted: everything on its way arrives, the last dial succeeds. */
const QUIET_MILLIS = 15_000;
/** A client that means no good does not read until long after the end. */
const RUDE_MILLIS = 10_000_000;

export class World {
  readonly clock = new VirtualClock();
  readonly trace = new Trace(this.clock);
  readonly ledger = new Ledger(this.clock, (line) => this.trace.add(line));
  readonly boxes = new Map<string, Box>();
  readonly models = new Map<string, ModelServer>();
  readonly leafs = new Map<string, ModelLeafServer>();
  readonly topology: Topology;
  readonly actors: Actor[] = [];
  readonly network: Network;
  readonly #random: SeededRandom;

  constructor(readonly plan: Plan) {
    this.#random = new SeededRandom(plan.seed);
    this.network = new Network(this.clock, this.#fork(), this.trace);
    this.topology = new Topology(plan.regions, plan.links);
    this.#listenIn();
    for (const region of plan.regions) {
      if (region.kind === "box") this.#addBox(region);
      else if (region.kind === "leaf") this.#addLeaf(region);
      else this.#addModel(region);
    }
  }

  #listenIn(): void {
    const { clock, ledger, network, topology } = this;
    if (this.plan.ring === true) return;
    network.watch = (connection, { from, to, port }) => {
      if (port === GATEWAY_PORT) new Wiretap(clock, ledger, network, topology, connection, from, to);
      if (port === LEAF_PORT) new LeafTap(clock, ledger, network, topology, connection, from, to);
    };
  }

  #fork(): SeededRandom {
    return new SeededRandom(this.#random.uint32());
  }

  /** With faults little may wait, so that what happens then is seen; without, nothing may be dropped. */
  #addBox({ name, accounts, gateway = true }: RegionPlan): void {
    const { faults, boxThreshold } = this.plan;
    const { meshed } = this.topology;
    const others = meshed.filter((other) => other !== name);
    const options = {
      region: name,
      cluster: this.topology.clusterOf(name),
      accounts,
      gateway,
      // The first region is known to all, and the others learn of each other through it.
      remotes: name === meshed[0] ? others : meshed.slice(0, 1),
      interestOnlyThreshold: boxThreshold,
      pendingMax: (faults ? 384 : 65_536) * 1024,
      writeDeadlineMillis: below(this.#random, 2) === 0 ? 2_000 : 10_000,
      leaf: this.#leafOptions(name),
    };
    const { clock, network, ledger } = this;
    const box = new Box(clock, this.#fork(), network, ledger, options, (line) => this.trace.add(line));
    this.boxes.set(name, box);
    this.#users(
      name,
      accounts,
      (who) => new ModelClient(clock, this.#fork(), ledger, network, who, CLIENT_PORT),
    );
  }

  /** Draws nothing where there are no links. */
  #leafOptions(place: string): BoxLeafOptions {
    const links = this.#linksOf(place);
    const { compression = "off" } = this.plan;
    if (links.length === 0) return { links, compression, pingMillis: 0, reconnectMillis: 0 };
    const pingMillis = below(this.#random, 2) === 0 ? 3_000 : 120_000;
    return { links, compression, pingMillis, reconnectMillis: 300 + below(this.#random, 700) };
  }

  #linksOf(place: string): LinkPlan[] {
    return (this.plan.links ?? []).filter(({ spoke, hub }) => spoke === place || hub === place);
  }

  #addLeaf({ name, accounts }: RegionPlan): void {
    const { clock, network, ledger, topology } = this;
    const cluster = topology.clusterOf(name);
    const answersConnect = below(this.#random, 3) > 0;
    const mayLoop = this.plan.ring === true;
    const options = { place: name, cluster, accounts, answersConnect, mayLoop, port: LEAF_PORT };
    const model = new ModelLeafServer(clock, this.#fork(), network, ledger, options);
    this.leafs.set(name, model);
    this.#users(name, accounts, (who) => new ModelUser(model, ledger, who));
  }

  /** What the modelled server of a place solicits. */
  #dialsOf(place: string): LeafDial[] {
    return this.#linksOf(place).flatMap(({ spoke, hub, accounts, dialer = "spoke", isolated }) => {
      const isHub = dialer === "hub";
      if ((isHub ? hub : spoke) !== place) return [];
      const to = isHub ? spoke : hub;
      const [isolates, asksIsolation] = [isolated === "dialer", isolated === "acceptor"];
      return accounts.map((account) => ({ to, account, isHub, isolates, asksIsolation }));
    });
  }

  #addModel({ name, kind, accounts }: RegionPlan): void {
    const { clock, network, ledger } = this;
    const options = { region: name, accounts, isNew: kind === "iom", threshold: this.plan.modelThreshold };
    const model = new ModelServer(clock, this.#fork(), network, ledger, { ...options, port: GATEWAY_PORT });
    this.models.set(name, model);
    this.#users(name, accounts, (who) => new ModelUser(model, ledger, who));
  }

  #users(region: string, accounts: readonly string[], make: (who: Who) => Actor): void {
    for (const account of accounts) {
      for (let i = 0; i < this.plan.users; i++) {
        const name = `${region}${account}${i}`;
        const echo = below(this.#random, 4) > 0;
        // A user of a modelled server takes all headers.
        const headers = this.models.has(region) || this.leafs.has(region) || below(this.#random, 4) > 0;
        this.actors.push(make({ name, region, account, echo, headers }));
      }
    }
  }

  run(): Report {
    this.start();
    this.act();
    return this.judge();
  }

  /** All come up and find each other. */
  start(): void {
    const { meshed } = this.topology;
    for (const box of this.boxes.values()) box.start();
    for (const [name, model] of this.models) model.start(meshed.filter((other) => other !== name));
    for (const [name, leaf] of this.leafs) leaf.start(this.#dialsOf(name));
    for (const actor of this.actors) if (actor instanceof ModelClient) actor.connect();
    this.pass(WARM_MILLIS);
  }

  /** Users do what is theirs, faults happen. */
  act(): void {
    const { plan, clock } = this;
    const began = clock.now();
    const faultsEnd = began + (plan.faults ? plan.faultMillis : 0);
    if (plan.faults) this.#planFaults(began, faultsEnd);
    new Workload(clock, this.#fork(), this.actors, plan).start(faultsEnd + plan.calmMillis);
    clock.runUntil(faultsEnd + plan.calmMillis);
  }

  pass(millis: Millis): void {
    this.clock.runUntil(this.clock.now() + millis);
  }

  actor(name: string): Actor {
    return this.actors.find(({ party }) => party.name === name)!;
  }

  /** Lets all become quiet, and says what was wrong. */
  judge(): Report {
    const { plan, clock, ledger, topology } = this;
    this.pass(QUIET_MILLIS);
    const owed = new Checker(ledger, this.network, topology, clock.now()).judge();
    const leafBeliefs = new LeafBeliefs(ledger, this);
    leafBeliefs.judge();
    new Beliefs(ledger, this, leafBeliefs.truth).judge();
    if (!plan.faults) this.#nobodyLeft();
    let switches = 0;
    for (const model of this.models.values()) {
      switches += model.switches;
      for (const acceptor of model.acceptors) switches += acceptor.switches;
    }
    const { violations, deliveries, crossed } = ledger;
    return { violations, owed, deliveries, crossed, switches, trace: this.trace };
  }

  /** Without faults no connection ends. */
  #nobodyLeft(): void {
    for (const { party } of this.actors) {
      if (party.drops.length > 0) this.ledger.fail(`${party.name} lost its connection without a fault`);
    }
    for (const [name, { core }] of this.boxes) {
      for (const { session, reason } of core.closed.toArray()) {
        if (reason !== "Duplicate Remote Gateway")
          this.ledger.fail(`${name} closed ${session.name}: ${reason}`);
      }
    }
    for (const { name, losses } of this.leafs.values())
      if (losses > 0) this.ledger.fail(`${name} lost ${losses} leaf links without a fault`);
  }

  #planFaults(from: Millis, to: Millis): void {
    const { names, pairs, links } = this.topology;
    const joined = links.length === 0 ? null : pairs;
    for (const fault of planFaults(this.#fork(), names, [...this.boxes.keys()], joined, from, to)) {
      this.clock.at(fault.at, () => this.#happen(fault));
    }
  }

  #happen({ kind, between: [a, b], millis }: Fault): void {
    const path = this.network.path(a, b);
    if (kind === "cut") this.network.cut(path);
    else if (kind === "stall" || kind === "client-stall") this.network.stall(path, millis);
    else if (kind === "partition") this.network.partition(path, millis);
    else if (kind === "forsake") this.network.forsake(path, millis, ({ port }) => port === LEAF_PORT);
    else if (kind.startsWith("client-")) {
      const clients = [...path.connections];
      const chosen = clients[below(this.#random, Math.max(1, clients.length))];
      if (kind === "client-cut") this.network.cut(path, (connection) => connection === chosen);
      else if (chosen !== undefined) this.#deafen(chosen, kind === "client-rude", millis);
    } else this.#down(a, millis, kind === "restart");
  }

  /** A client does not read, and perhaps breaks the protocol before it reads again. */
  #deafen(connection: Connection, isRude: boolean, millis: Millis): void {
    const client = this.actors.find(
      (actor) => actor instanceof ModelClient && actor.holds(connection.dialer),
    );
    if (!(client instanceof ModelClient)) return;
    this.trace.add(`${isRude ? "rude" : "deaf"} ${client.party.name} for ${millis}`);
    const now = this.clock.now();
    client.party.deaf.push([now, now + (isRude ? RUDE_MILLIS : millis)]);
    connection.deafen(isRude ? RUDE_MILLIS : millis);
    if (isRude) this.clock.after(millis, () => client.misbehave());
  }

  #down(region: string, millis: Millis, politely: boolean): void {
    const box = this.boxes.get(region)!;
    if (!box.isUp) return;
    this.trace.add(`${politely ? "restart" : "crash"} ${region} for ${millis}`);
    this.network.outage(region, millis);
    box.stop(politely);
    this.clock.after(millis, () => box.start());
  }
}
