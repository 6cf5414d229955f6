// Several systems under load in turn, round by round (A B A B), each bound to the same core and judged by its
// CPU time. What is compared and how it is shown is the suite's.

import { copiesOf, type LoadSpec, peersOf } from "./frames.ts";
import { LOAD_GATEWAY } from "./handshakes.ts";
import { type ListenPorts, Load, type Round } from "./load.ts";
import type { Pinning } from "./machine.ts";
import { type Child, cpuMicros } from "./process.ts";
import type { Tls } from "./raw-end.ts";
import { type Spread, spread } from "./stats.ts";
import { freePorts, type System, startSystem } from "./systems.ts";
import { benchTls } from "./tls.ts";

/** Who takes part: a load, and what is started to carry it. */
export interface Contestant {
  readonly name: string;
  readonly spec: LoadSpec;
  /** Where it and its load run, when not where the others do. */
  readonly pinned?: Pinning | null;
  /** Starts it, its remote gateway or its target being `loadPort`; null where the load needs nobody. */
  start(loadPort: number, seat: number, cores: string | null): Promise<Carrier>;
}

/** What was started. */
export interface Carrier {
  /** Its processes; none where the load sends to itself. */
  readonly children: readonly Child[];
  readonly ports: ListenPorts;
}

export interface Method {
  readonly rounds: number;
  readonly roundMillis: number;
  readonly warmUpMillis: number;
  /** Before each round, uncounted: what a system let go of while others had their turn is back by then. */
  readonly leadMillis: number;
  readonly pinned: Pinning | null;
}

/** One round of one contestant. CPU time is of all its processes, user and system, by the message that
 *  arrived. */
export interface Sample {
  readonly cpuMicros: number;
  /** The same of each process. */
  readonly each: readonly number[];
  /** The same of the load. */
  readonly loadMicros: number;
  /** Messages a second that arrived. */
  readonly rate: number;
  /** Share of one core that it used while the load ran; well below 1 means that the load was the limit. */
  readonly busy: number;
  readonly round: Round;
}

/** So many messages warm a system up: by then what is hot in it is compiled. */
const WARM_MESSAGES = 50_000;
const WARM_TURNS_MAX = 3;

/** One round of one load. */
export type Turn = (load: Load, contestant: Contestant) => Promise<Round>;

interface Bout {
  readonly contestant: Contestant;
  readonly carrier: Carrier;
  readonly load: Load;
  readonly samples: Sample[];
}

/**
 * Answers the samples of each contestant, in their order. `turn` is what a round does, as fast as possible
 * when not said. Fails when a contestant cannot be started, or a message is lost, doubled or changed.
 */
export async function contest(
  contestants: readonly Contestant[],
  method: Method,
  turn: Turn = (load) => load.run(method.roundMillis),
): Promise<Sample[][]> {
  const bouts: Bout[] = [];
  try {
    // Fresh processes for each case: nothing that an earlier case left behind tilts a later one.
    const begun = await Promise.allSettled(contestants.map((one, seat) => begin(one, seat, method)));
    for (const one of begun) if (one.status === "fulfilled") bouts.push(one.value);
    for (const one of begun) if (one.status === "rejected") throw one.reason;
    for (const bout of bouts) await readied(bout, method);
    for (let round = 0; round < method.rounds; round++) {
      for (const bout of bouts) bout.samples.push(await sample(bout, method.leadMillis, turn));
    }
    return bouts.map(({ samples }) => samples);
  } finally {
    await Promise.all(
      bouts.map(async ({ load, carrier }) => {
        await load.stop();
        await Promise.all(carrier.children.map((child) => child.stop()));
      }),
    );
  }
}

/** A system that knows NATS, between the load's clients or leafs and the load's gateway. */
export function natsContestant(system: System, spec: LoadSpec): Contestant {
  return {
    name: system.name,
    spec,
    async start(loadPort, seat, cores) {
      const tls = tlsOf(spec);
      const config = {
        serverName: `bench-${seat}`,
        gateway: "A",
        remotes: { [LOAD_GATEWAY]: loadPort },
        ports: freePorts(),
        ...(tls === null || spec.tls === undefined ? {} : { tls: { [spec.tls]: tls } }),
        // nats-server wants its system account named where there are leafs and gateways.
        ...(hasLeaf(spec) ? { leafCompression: spec.compression ?? "off", systemAccount: "SYS" } : {}),
      };
      const running = await startSystem(system, config, cores);
      return { children: [running], ports: running.ports };
    },
  };
}

/** The spread of a figure over the rounds. */
export function spreadBy(samples: readonly Sample[], of: (sample: Sample) => number): Spread {
  return spread(samples.map(of));
}

/** How many times as much `of` is in the first as in the second, round by round. */
export function ratioBy(
  over: readonly Sample[],
  under: readonly Sample[],
  of: (sample: Sample) => number,
): Spread {
  return spread(over.map((sample, round) => of(sample) / of(under[round]!)));
}

async function begin(contestant: Contestant, seat: number, method: Method): Promise<Bout> {
  const pinned = contestant.pinned === undefined ? method.pinned : contestant.pinned;
  const load = new Load(pinned?.load ?? null);
  try {
    const loadPort = await load.listen(contestant.spec, tlsOf(contestant.spec));
    const carrier = await contestant.start(loadPort, seat, pinned?.system ?? null);
    return { contestant, carrier, load, samples: [] };
  } catch (error) {
    await load.stop();
    throw error;
  }
}

/** Connects the load, proves by an exact comparison that it is forwarded, and warms the system up; under that
 *  load each S2 block is decoded and held against its checksum. */
async function readied({ contestant, carrier, load }: Bout, method: Method): Promise<void> {
  try {
    await load.connect(carrier.ports);
    await load.verify();
    let sent = 0;
    for (let turn = 0; turn < WARM_TURNS_MAX && sent < WARM_MESSAGES; turn++) {
      sent += (await load.run(method.warmUpMillis, true)).sent;
    }
  } catch (error) {
    throw new Error(`${contestant.name}: ${(error as Error).message}`);
  }
}

async function sample({ contestant, carrier, load }: Bout, lead: number, turn: Turn): Promise<Sample> {
  if (lead > 0) await load.run(lead);
  const used = (): number[] => [load.pid, ...carrier.children.map(({ pid }) => pid)].map(cpuMicros);
  const before = used();
  const round = await turn(load, contestant);
  const [loaded = 0, ...each] = used().map((micros, at) => micros - before[at]!);
  const micros = each.reduce((sum, one) => sum + one, 0);
  if (round.arrived !== round.sent * copiesOf(contestant.spec)) {
    throw new Error(`${contestant.name}: ${round.sent} messages sent, ${round.arrived} arrived`);
  }
  return {
    cpuMicros: micros / round.arrived,
    each: each.map((one) => one / round.arrived),
    loadMicros: loaded / round.arrived,
    rate: (round.arrived * 1e9) / round.nanos,
    busy: (micros * 1e3) / round.nanos,
    round,
  };
}

function tlsOf(spec: LoadSpec): Tls | null {
  return spec.tls === undefined ? null : benchTls();
}

function hasLeaf(spec: LoadSpec): boolean {
  const { from, to } = peersOf(spec.direction);
  return from === "leaf" || to === "leaf";
}
