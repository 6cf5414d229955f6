// A suite of cases that the box and an unmodified nats-server go through in turn, and its report. Which
// cases, and what is shown of them, is the suite's.

import { type Case, type CaseResult, compared, type Figures, ratioOf } from "./duel.ts";
import { machineNotes, machineText, pinning } from "./machine.ts";
import { isWanted, type Report, type SuiteOptions } from "./report.ts";
import type { Spread } from "./stats.ts";
import { pair, titleOf } from "./systems.ts";
import { grouped, type Side, table } from "./table.ts";

export interface SuiteReport extends Report {
  readonly systems: { readonly nats: string; readonly box: string };
  readonly method: { readonly main: Times; readonly side: Times; readonly natsMode: string };
  readonly cases: readonly CaseResult[];
}

export interface Times {
  readonly rounds: number;
  readonly roundMillis: number;
  readonly warmUpMillis: number;
  readonly leadMillis: number;
}

export interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
  readonly main: Times;
  readonly side: Times;
}

/** Runs the suite, with progress on stderr. Fails when a system is missing; failed cases are reported. */
export async function runSuite(suite: Suite, { self, only }: SuiteOptions): Promise<SuiteReport> {
  const systems = pair(self);
  const pinned = pinning();
  const wanted = suite.cases.filter(({ name }) => isWanted(name, only));
  if (wanted.length === 0) throw new Error(`no case has "${only}" in its name`);
  const cases: CaseResult[] = [];
  for (const [at, one] of wanted.entries()) {
    process.stderr.write(`[${at + 1}/${wanted.length}] ${one.name} … `);
    const result = await compared(one, systems, { ...(one.isSide ? suite.side : suite.main), pinned });
    cases.push(result);
    process.stderr.write(`${outcome(result)}\n`);
  }
  return {
    suite: suite.name,
    machine: machineNotes(pinned),
    systems: { nats: titleOf(systems.nats), box: titleOf(systems.box) },
    method: { main: suite.main, side: suite.side, natsMode: "GOMAXPROCS=1" },
    cases,
    ratios: cases.map(ratioOf),
    failures: cases.flatMap(({ name, failure }) => (failure === null ? [] : [`${name}: ${failure}`])),
  };
}

/** The report for the terminal: `tables`, and what one must know to read them. */
export function suiteText(
  { machine, systems, method, failures }: SuiteReport,
  tables: readonly string[],
): string {
  const { main, side } = method;
  return [
    "",
    machineText(machine),
    `nats     ${systems.nats} with ${method.natsMode}, its best mode on one core`,
    `box      ${systems.box}`,
    `method   medians of ${main.rounds} rounds of ${main.roundMillis} ms in turn, of side rows`,
    `         ${side.rounds} of ${side.roundMillis} ms; CPU is user and system time of the process over the`,
    "         messages counted at the sink; above 1 favours the box",
    ...tables.flatMap((each) => ["", each]),
    "",
    "* the load was the limit, not the system, which had its core idle for a part of the time",
    ...(failures ?? []).map((failure) => `FAILED ${failure}`),
  ].join("\n");
}

const HEAD = [
  "case",
  "nats µs/msg",
  "box µs/msg",
  "nats ÷ box [min–max]",
  "target",
  "nats msg/s ",
  "box msg/s ",
];

/** A row a case; `more` are columns beside those of every suite. */
export function casesTable(
  cases: readonly CaseResult[],
  more: readonly string[] = [],
  moreOf: (nats: Figures, box: Figures) => readonly string[] = () => [],
): string {
  const head = [...HEAD, ...more];
  const sides: Side[] = head.map((_, column) => (column === 0 ? "left" : "right"));
  const rows = cases.map(({ name, nats, box: ours, ratio, target }) => {
    if (nats === null || ours === null || ratio === null) return [name, "FAILED"];
    const wanted = target === null ? "" : `≥ ${target}`;
    const figures = [cpuText(nats), cpuText(ours), ratioText(ratio), wanted, rateText(nats), rateText(ours)];
    return [name, ...figures, ...moreOf(nats, ours)];
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
