// What does a forwarded message cost, in the box and in an unmodified nats-server? Both get the same load
// from the same generator in turn (A B A B), each bound to the same core, and are judged by their CPU time.

import type { LoadSpec } from "../lib/frames.ts";
import { LOAD_GATEWAY } from "../lib/handshakes.ts";
import { Load } from "../lib/load.ts";
import { type Machine, machineNotes, machineText, type Pinning, pinning } from "../lib/machine.ts";
import { cpuMicros } from "../lib/process.ts";
import { type Spread, spread } from "../lib/stats.ts";
import { box, freePorts, natsServer, type Running, type System, startSystem } from "../lib/systems.ts";
import { grouped, table } from "../lib/table.ts";
import { caseName, forwardCases } from "./forward-cases.ts";

export interface ForwardOptions {
  /** Fewer cases and shorter rounds: under a minute. */
  readonly quick: boolean;
  /** nats-server against itself: whatever differs from 1 is the error of the method. */
  readonly self: boolean;
  /** Only cases whose name holds this text. */
  readonly only: string;
}

/** Figures of one system in one case. */
interface Figures {
  /** CPU time of the process, user and system, in microseconds a message. */
  readonly cpuMicros: Spread;
  /** Messages a second that arrived at the sink. */
  readonly rate: Spread;
  /** Share of one core that it used while the load ran; well below 1 means that the load was the limit. */
  readonly busy: Spread;
}

interface CaseResult {
  readonly name: string;
  readonly spec: LoadSpec;
  readonly nats: Figures | null;
  readonly box: Figures | null;
  /** CPU time of nats-server over that of the box, round by round: 3 means that the box needs a third. */
  readonly ratio: Spread | null;
  /** Why the case does not count, null when it does. */
  readonly failure: string | null;
}

export interface ForwardReport {
  readonly suite: "forward";
  readonly machine: Machine;
  readonly systems: { readonly nats: string; readonly box: string };
  readonly method: { readonly rounds: number; readonly roundMillis: number; readonly natsMode: string };
  readonly cases: readonly CaseResult[];
}

interface Method {
  readonly rounds: number;
  readonly roundMillis: number;
  readonly warmUpMillis: number;
  readonly pinned: Pinning | null;
}

/** One round of one system. */
interface Sample {
  readonly cpuMicros: number;
  readonly rate: number;
  readonly busy: number;
}

/** A system under load with the process that loads it. */
interface Bout {
  readonly system: System;
  readonly running: Running;
  readonly load: Load;
  readonly samples: Sample[];
}

/** Below this share of its core a system could have taken more. */
const BUSY_MIN = 0.9;

const FULL = { rounds: 5, roundMillis: 600, warmUpMillis: 500 } as const;
const QUICK = { rounds: 3, roundMillis: 400, warmUpMillis: 300 } as const;

/** Runs the suite, with progress on stderr. Fails when a system is missing; failed cases are reported. */
export async function forward(options: ForwardOptions): Promise<ForwardReport> {
  const nats = natsServer();
  if (nats === undefined) throw new Error("there is no nats-server to compare with; set $NATS_SERVER");
  // At its best bound to one core with one scheduler thread: everything else would flatter us.
  const best = { ...nats, env: { GOMAXPROCS: "1" } };
  const systems = { nats: best, box: options.self ? { ...best, name: "nats-server again" } : box() };
  const method = { ...(options.quick ? QUICK : FULL), pinned: pinning() };
  const wanted = forwardCases(options.quick).filter((spec) => caseName(spec).includes(options.only));
  if (wanted.length === 0) throw new Error(`no case has "${options.only}" in its name`);
  const cases: CaseResult[] = [];
  for (const [at, spec] of wanted.entries()) {
    process.stderr.write(`[${at + 1}/${wanted.length}] ${caseName(spec)} … `);
    const result = await compared(spec, systems, method);
    cases.push(result);
    process.stderr.write(`${outcome(result)}\n`);
  }
  return {
    suite: "forward",
    machine: machineNotes(method.pinned),
    systems: { nats: titleOf(systems.nats), box: titleOf(systems.box) },
    method: { rounds: method.rounds, roundMillis: method.roundMillis, natsMode: "GOMAXPROCS=1" },
    cases,
  };
}

/** The report as a table for the terminal, with what one must know to read it. */
export function forwardText(report: ForwardReport): string {
  const { machine, systems, method } = report;
  const rows = report.cases.map(({ name, nats, box, ratio }) =>
    nats === null || box === null || ratio === null
      ? [name, "FAILED"]
      : [
          name,
          nats.cpuMicros.median.toFixed(3),
          box.cpuMicros.median.toFixed(3),
          ratioText(ratio),
          rateText(nats),
          rateText(box),
        ],
  );
  const head = ["case", "nats µs/msg", "box µs/msg", "nats ÷ box [min–max]", "nats msg/s ", "box msg/s "];
  return [
    "",
    machineText(machine),
    `nats     ${systems.nats} with ${method.natsMode}, its best mode on one core`,
    `box      ${systems.box}`,
    `method   medians of ${method.rounds} rounds of ${method.roundMillis} ms in turn; CPU is user and`,
    "         system time of the process over the messages counted at the sink; above 1 favours the box",
    "",
    table(head, rows, ["left", "right", "right", "right", "right", "right"]),
    "",
    "* the load was the limit, not the system, which had its core idle for a part of the time",
    ...report.cases.filter((one) => one.failure !== null).map((one) => `FAILED ${one.name}: ${one.failure}`),
  ].join("\n");
}

/** Whether every message of every case arrived, once and as it was sent. */
export function forwardHeld(report: ForwardReport): boolean {
  return report.cases.every((result) => result.failure === null);
}

async function compared(
  spec: LoadSpec,
  systems: { nats: System; box: System },
  method: Method,
): Promise<CaseResult> {
  const bouts: Bout[] = [];
  const base = { name: caseName(spec), spec };
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
    const name = `bench-${seat === 0 ? "nats" : "box"}`;
    const config = {
      serverName: name,
      gateway: "A",
      remotes: { [LOAD_GATEWAY]: loadPort },
      ports: freePorts(),
    };
    const running = await startSystem(system, config, method.pinned?.system ?? null);
    return { system, running, load, samples: [] };
  } catch (error) {
    await load.stop();
    throw error;
  }
}

/** Connects the load, proves by an exact comparison that it is forwarded, and warms the system up. */
async function readied(bout: Bout, method: Method): Promise<void> {
  const { system, running, load } = bout;
  try {
    await load.connect(running.ports.client, running.ports.gateway);
    await load.verify();
    await load.run(method.warmUpMillis);
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
  };
}

function figures(samples: readonly Sample[]): Figures {
  return {
    cpuMicros: spread(samples.map((one) => one.cpuMicros)),
    rate: spread(samples.map((one) => one.rate)),
    busy: spread(samples.map((one) => one.busy)),
  };
}

function outcome(result: CaseResult): string {
  return result.ratio === null ? `FAILED: ${result.failure}` : `${ratioText(result.ratio)}×`;
}

function ratioText(ratio: Spread): string {
  return `${ratio.median.toFixed(2)} [${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}]`;
}

/** Messages a second, marked where the system was not the limit. */
function rateText(figures: Figures): string {
  return grouped(figures.rate.median) + (figures.busy.median < BUSY_MIN ? "*" : " ");
}

function titleOf(system: System): string {
  return `${system.name} ${system.version}`;
}
