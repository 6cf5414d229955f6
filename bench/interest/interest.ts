// How fast, and in how little memory, is the interest of remote clusters taken in and looked through, in the
// box and in an unmodified nats-server, and does anybody feel it?

import { accountName } from "../lib/far-region.ts";
import { LOAD_GATEWAY } from "../lib/handshakes.ts";
import { machineText } from "../lib/machine.ts";
import { figureText, type Ratio, ratioOf, ratiosTable } from "../lib/ratios.ts";
import { spread } from "../lib/stats.ts";
import { grouped, table } from "../lib/table.ts";
import {
  type Heading,
  headingOf,
  inTurn,
  type Pair,
  pair,
  type Seat,
  type Turns,
  withSystem,
} from "../lib/turns.ts";
import { Worker } from "../lib/worker.ts";
import type { MatchSample, MatchSpec } from "./match.ts";
import type { Answer, Question, TakingSample, TakingSpec } from "./questions.ts";

export interface Options {
  readonly quick: boolean;
  readonly self: boolean;
  readonly only: string;
}

interface Taking {
  readonly name: string;
  readonly spec: TakingSpec;
  readonly rounds: number;
  readonly seats: readonly Seat[];
  readonly removes: boolean;
}

export interface TakingResult {
  readonly spec: Taking;
  readonly turns: Turns<TakingSample>;
}

export interface Report extends Heading {
  readonly suite: "interest";
  readonly ratios: readonly Ratio[];
  readonly failures: readonly string[];
  readonly takings: readonly TakingResult[];
  readonly matches: readonly { readonly entries: number; readonly sample: MatchSample }[];
}

const PLAYER = new URL("player.ts", import.meta.url).pathname;
const MATCHER = new URL("match.ts", import.meta.url).pathname;
const BOTH: readonly Seat[] = ["nats", "box"];

/** nats-server would take half a minute and 5 GB for five million. */
function takings(quick: boolean): Taking[] {
  const taking = (
    accounts: number,
    subjects: number,
    rounds: number,
    seats: readonly Seat[],
    removes = true,
  ) => {
    const name = `${grouped(accounts * subjects)} entries in ${grouped(accounts)} accounts`;
    return { name, spec: { accounts, subjects }, rounds, seats, removes };
  };
  if (quick) return [taking(100, 100, 2, BOTH), taking(1_000, 200, 1, BOTH)];
  return [taking(100, 100, 3, BOTH), taking(1_000, 1_000, 2, BOTH), taking(1_000, 5_000, 1, ["box"], false)];
}

export async function run({ quick, self, only }: Options): Promise<Report> {
  const systems = pair(self);
  const results: TakingResult[] = [];
  for (const spec of takings(quick).filter(({ name }) => name.includes(only))) {
    process.stderr.write(`${spec.name} … `);
    const turns = await inTurn(spec.seats, spec.rounds, (seat) => sampled(systems, seat, spec));
    results.push({ spec, turns });
    process.stderr.write("done\n");
  }
  const matches = [];
  for (const entries of quick ? [10_000, 200_000] : [10_000, 1_000_000, 5_000_000]) {
    process.stderr.write(`match among ${grouped(entries)} … `);
    matches.push({ entries, sample: await matched(systems, { entries }) });
    process.stderr.write("done\n");
  }
  const failures = results.flatMap(({ spec, turns }) =>
    BOTH.flatMap((seat) =>
      turns.failures[seat] === null ? [] : [`${spec.name}, ${seat}: ${turns.failures[seat]}`],
    ),
  );
  const ratios = results.flatMap(ratiosOf);
  return { suite: "interest", ...headingOf(systems), ratios, failures, takings: results, matches };
}

export function text(report: Report): string {
  const head = ["in process, the box's store", "hit ns", "miss ns", "hit, three shapes ns", "B an entry"];
  const rows = report.matches.map(({ entries, sample }) => [
    `${grouped(entries)} entries`,
    figureText(sample.hitNanos),
    figureText(sample.missNanos),
    figureText(sample.wildNanos),
    figureText(sample.entryBytes),
  ]);
  return [
    "",
    machineText(report.machine),
    `nats     ${report.systems.nats} with GOMAXPROCS=1, its best mode on one core`,
    `box      ${report.systems.box}`,
    "method   medians, a fresh warmed-up process for each sample, in turn; above 1× favours the box. Pauses are",
    "         answers to a client's PING, one planned each millisecond, that came more than 5 ms late",
    "",
    ratiosTable(report.ratios),
    "",
    table(head, rows, ["left", "right", "right", "right", "right"]),
    "",
    ...report.failures.map((failure) => `FAILED ${failure}`),
  ].join("\n");
}

function ratiosOf({ spec, turns }: TakingResult): Ratio[] {
  const row = (
    what: string,
    unit: string,
    better: Ratio["better"],
    of: (sample: TakingSample) => number | null,
    target: number | null = null,
  ): Ratio => {
    const [nats, box] = BOTH.map((seat) => {
      const values = turns[seat].map(of).filter((value) => value !== null);
      return values.length === 0 ? null : spread(values).median;
    });
    return ratioOf(`${spec.name}: ${what}`, unit, better, nats!, box!, target);
  };
  return [
    row("lines taken in", "lines/s", "higher", ({ lines, seconds }) => lines / seconds, 10),
    row("CPU a line", "µs", "lower", ({ cpuMicrosLine }) => cpuMicrosLine),
    ...(spec.removes
      ? [row("CPU a line of RS-", "µs", "lower", ({ removed }) => removed?.cpuMicrosLine ?? null)]
      : []),
    row("memory an entry", "B", "lower", ({ entryBytes }) => entryBytes, 8),
    row("probe p99 before", "µs", "lower", ({ before }) => before.p99),
    row("probe p99 during", "µs", "lower", ({ during }) => during.p99),
    row("probe max before", "µs", "lower", ({ before }) => before.max),
    row("probe max during", "µs", "lower", ({ during }) => during.max),
    row("probes later than 5 ms", "", "lower", ({ pauses }) => pauses),
  ];
}

async function sampled(systems: Pair, seat: Seat, { spec, removes }: Taking): Promise<TakingSample> {
  const player = new Worker<Question, Answer>(PLAYER, systems.pinned?.load ?? null);
  try {
    const farGateway = (await player.ask({ ask: "listen" })) as number;
    const setting = { accounts: [accountName(0)], farGateway, farName: LOAD_GATEWAY };
    return await withSystem(systems, seat, setting, async ({ pid, ports }) => {
      const place = { pid, client: ports.client, gateway: ports.gateway, monitor: ports.monitor };
      return (await player.ask({ ask: "take", place, spec, removes })) as TakingSample;
    });
  } finally {
    await player.stop();
  }
}

async function matched({ pinned }: Pair, spec: MatchSpec): Promise<MatchSample> {
  const matcher = new Worker<MatchSpec, MatchSample>(MATCHER, pinned?.system ?? null);
  try {
    return await matcher.ask(spec);
  } finally {
    await matcher.stop();
  }
}
