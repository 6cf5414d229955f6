// A suite of cases that the box and an unmodified nats-server go through in turn, and its report. Which
// cases, and what is shown of them, is the suite's.

import { type CaseResult, compared, type Figures } from "./duel.ts";
import type { LoadSpec } from "./frames.ts";
import { type Machine, machineNotes, machineText, pinning } from "./machine.ts";
import type { Spread } from "./stats.ts";
import { box, natsServer, type System } from "./systems.ts";
import { grouped, type Side, table } from "./table.ts";

export interface SuiteOptions {
  /** Fewer cases and shorter rounds: under a minute. */
  readonly quick: boolean;
  /** nats-server against itself: whatever differs from 1 is the error of the method. */
  readonly self: boolean;
  /** Only cases whose name holds this text. */
  readonly only: string;
}

export interface SuiteReport {
  readonly suite: string;
  readonly machine: Machine;
  readonly systems: { readonly nats: string; readonly box: string };
  readonly method: { readonly rounds: number; readonly roundMillis: number; readonly natsMode: string };
  readonly cases: readonly CaseResult[];
}

export interface Times {
  readonly rounds: number;
  readonly roundMillis: number;
  readonly warmUpMillis: number;
}

export interface Suite {
  readonly name: string;
  readonly cases: readonly LoadSpec[];
  readonly nameOf: (spec: LoadSpec) => string;
  readonly times: Times;
}

/** Runs the suite, with progress on stderr. Fails when a system is missing; failed cases are reported. */
export async function runSuite(suite: Suite, { self, only }: SuiteOptions): Promise<SuiteReport> {
  const nats = natsServer();
  if (nats === undefined) throw new Error("there is no nats-server to compare with; set $NATS_SERVER");
  // At its best bound to one core with one scheduler thread: everything else would flatter us.
  const best = { ...nats, env: { GOMAXPROCS: "1" } };
  const systems = { nats: best, box: self ? { ...best, name: "nats-server again" } : box() };
  const method = { ...suite.times, pinned: pinning() };
  const wanted = suite.cases.filter((spec) => suite.nameOf(spec).includes(only));
  if (wanted.length === 0) throw new Error(`no case has "${only}" in its name`);
  const cases: CaseResult[] = [];
  for (const [at, spec] of wanted.entries()) {
    process.stderr.write(`[${at + 1}/${wanted.length}] ${suite.nameOf(spec)} … `);
    const result = await compared(suite.nameOf(spec), spec, systems, method);
    cases.push(result);
    process.stderr.write(`${outcome(result)}\n`);
  }
  return {
    suite: suite.name,
    machine: machineNotes(method.pinned),
    systems: { nats: titleOf(systems.nats), box: titleOf(systems.box) },
    method: { rounds: method.rounds, roundMillis: method.roundMillis, natsMode: "GOMAXPROCS=1" },
    cases,
  };
}

/** The report for the terminal: `tables`, and what one must know to read them. */
export function suiteText(
  { machine, systems, method, cases }: SuiteReport,
  tables: readonly string[],
): string {
  return [
    "",
    machineText(machine),
    `nats     ${systems.nats} with ${method.natsMode}, its best mode on one core`,
    `box      ${systems.box}`,
    `method   medians of ${method.rounds} rounds of ${method.roundMillis} ms in turn; CPU is user and`,
    "         system time of the process over the messages counted at the sink; above 1 favours the box",
    ...tables.flatMap((each) => ["", each]),
    "",
    "* the load was the limit, not the system, which had its core idle for a part of the time",
    ...cases.filter((one) => one.failure !== null).map((one) => `FAILED ${one.name}: ${one.failure}`),
  ].join("\n");
}

/** Whether every message of every case arrived, once and as it was sent. */
export function suiteHeld(report: SuiteReport): boolean {
  return report.cases.every((result) => result.failure === null);
}

const HEAD = ["case", "nats µs/msg", "box µs/msg", "nats ÷ box [min–max]", "nats msg/s ", "box msg/s "];

/** A row a case; `more` are columns beside those of every suite. */
export function casesTable(
  cases: readonly CaseResult[],
  more: readonly string[] = [],
  moreOf: (nats: Figures, box: Figures) => readonly string[] = () => [],
): string {
  const head = [...HEAD, ...more];
  const sides: Side[] = head.map((_, column) => (column === 0 ? "left" : "right"));
  const rows = cases.map(({ name, nats, box: ours, ratio }) => {
    if (nats === null || ours === null || ratio === null) return [name, "FAILED"];
    const row = [name, cpuText(nats), cpuText(ours), ratioText(ratio), rateText(nats), rateText(ours)];
    return [...row, ...moreOf(nats, ours)];
  });
  return table(head, rows, sides);
}

/** Below this share of its core a system could have taken more. */
const BUSY_MIN = 0.9;

function outcome(result: CaseResult): string {
  return result.ratio === null ? `FAILED: ${result.failure}` : `${ratioText(result.ratio)}×`;
}

function cpuText(figures: Figures): string {
  return figures.cpuMicros.median.toFixed(3);
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
