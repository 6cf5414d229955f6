// One load through two systems in turn (A B A B), each bound to the same core and judged by its CPU time.
// What is compared and how it is shown is the suite's.

import { type Compression, type LoadSpec, peersOf } from "./frames.ts";
import { LOAD_GATEWAY } from "./handshakes.ts";
import { Load, type Round } from "./load.ts";
import type { Pinning } from "./machine.ts";
import { cpuMicros } from "./process.ts";
import { type Spread, spread } from "./stats.ts";
import { freePorts, type Running, type System, startSystem } from "./systems.ts";

/** Figures of one system in one case. */
export interface Figures {
  /** CPU time of the process, user and system, in microseconds a message. */
  readonly cpuMicros: Spread;
  /** Messages a second that arrived at the sink. */
  readonly rate: Spread;
  /** Share of one core that it used while the load ran; well below 1 means that the load was the limit. */
  readonly busy: Spread;
  /** Bytes a message on the wire of the leaf hop: those that the system sent, or where the sink is no leaf,
   *  those that it was sent. */
  readonly leafBytes: Spread | null;
  /** Bytes that an S2 block of the system is once decoded: what it compressed in one go. */
  readonly blockBytes: Spread | null;
}

export interface CaseResult {
  readonly name: string;
  readonly spec: LoadSpec;
  readonly nats: Figures | null;
  readonly box: Figures | null;
  /** CPU time of nats-server over that of the box, round by round: 3 means that the box needs a third. */
  readonly ratio: Spread | null;
  /** Why the case does not count, null when it does. */
  readonly failure: string | null;
}

export interface Method {
  readonly rounds: number;
  readonly roundMillis: number;
  readonly warmUpMillis: number;
  readonly pinned: Pinning | null;
}

/** The two that are compared; "box" is whoever stands at its place. */
export interface Duellists {
  readonly nats: System;
  readonly box: System;
}

/** One round of one system. */
interface Sample {
  readonly cpuMicros: number;
  readonly rate: number;
  readonly busy: number;
  readonly leafBytes: number | null;
  readonly blockBytes: number | null;
}

/** A system under load with the process that loads it. */
interface Bout {
  readonly system: System;
  readonly spec: LoadSpec;
  readonly running: Running;
  readonly load: Load;
  readonly samples: Sample[];
}

/** Runs the case; what goes wrong in it is its result. */
export async function compared(
  name: string,
  spec: LoadSpec,
  systems: Duellists,
  method: Method,
): Promise<CaseResult> {
  const bouts: Bout[] = [];
  const base = { name, spec };
  try {
    // Fresh processes for each case: nothing that an earlier case left behind tilts a later one.
    for (const system of [systems.nats, systems.box])
      bouts.push(await begin(system, spec, bouts.length, method));
    for (const bout of bouts) await readied(bout, method);
    for (let round = 0; round < method.rounds; round++) {
      for (const bout of bouts) bout.samples.push(await sample(bout, method.roundMillis));
    }
    const [nats, ours] = [bouts[0]!.samples, bouts[1]!.samples];
    const ratio = spread(nats.map((one, round) => one.cpuMicros / ours[round]!.cpuMicros));
    return { ...base, nats: figures(nats), box: figures(ours), ratio, failure: null };
  } catch (error) {
    return { ...base, nats: null, box: null, ratio: null, failure: (error as Error).message };
  } finally {
    for (const bout of bouts) {
      await bout.load.stop();
      await bout.running.stop();
    }
  }
}

async function begin(system: System, spec: LoadSpec, seat: number, method: Method): Promise<Bout> {
  const load = new Load(method.pinned?.load ?? null);
  try {
    const loadPort = await load.listen(spec);
    const config = {
      serverName: `bench-${seat === 0 ? "nats" : "box"}`,
      gateway: "A",
      remotes: { [LOAD_GATEWAY]: loadPort },
      ports: freePorts(),
      ...(hasLeaf(spec) ? leafConfig(spec.compression ?? "off") : {}),
    };
    const running = await startSystem(system, config, method.pinned?.system ?? null);
    return { system, spec, running, load, samples: [] };
  } catch (error) {
    await load.stop();
    throw error;
  }
}

/** nats-server wants its system account named where there are leafs and gateways. */
function leafConfig(compression: Compression): { leafCompression: Compression; systemAccount: string } {
  return { leafCompression: compression, systemAccount: "SYS" };
}

/** Connects the load, proves by an exact comparison that it is forwarded, and warms the system up; under that
 *  load each S2 block is decoded and held against its checksum. */
async function readied(bout: Bout, method: Method): Promise<void> {
  const { system, running, load, spec } = bout;
  const { client, gateway, leaf } = running.ports;
  try {
    await (hasLeaf(spec) ? load.connect(client, gateway, leaf) : load.connect(client, gateway));
    await load.verify();
    await load.run(method.warmUpMillis, true);
  } catch (error) {
    throw new Error(`${system.name}: ${(error as Error).message}`);
  }
}

async function sample(bout: Bout, millis: number): Promise<Sample> {
  const before = cpuMicros(bout.running.pid);
  const round = await bout.load.run(millis);
  const used = cpuMicros(bout.running.pid) - before;
  if (round.arrived !== round.sent) {
    throw new Error(`${bout.system.name}: ${round.sent} messages sent, ${round.arrived} arrived`);
  }
  return {
    cpuMicros: used / round.arrived,
    rate: (round.arrived * 1e9) / round.nanos,
    busy: (used * 1e3) / round.nanos,
    leafBytes: leafBytesOf(bout.spec, round),
    blockBytes: round.blocks === 0 ? null : round.plainBytes / round.blocks,
  };
}

function leafBytesOf(spec: LoadSpec, round: Round): number | null {
  const { from, to } = peersOf(spec.direction);
  if (to === "leaf") return round.arrivedBytes / round.arrived;
  return from === "leaf" ? round.sentBytes / round.sent : null;
}

function hasLeaf(spec: LoadSpec): boolean {
  const { from, to } = peersOf(spec.direction);
  return from === "leaf" || to === "leaf";
}

function figures(samples: readonly Sample[]): Figures {
  return {
    cpuMicros: spread(samples.map((one) => one.cpuMicros)),
    rate: spread(samples.map((one) => one.rate)),
    busy: spread(samples.map((one) => one.busy)),
    leafBytes: spreadOf(samples.map((one) => one.leafBytes)),
    blockBytes: spreadOf(samples.map((one) => one.blockBytes)),
  };
}

function spreadOf(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : spread(known);
}
