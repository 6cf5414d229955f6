// How fast, how cheap and how gentle is the switch of accounts to interest-only, in the box and in an
// unmodified nats-server, at either end?

import { accountName } from "../lib/far-region.ts";
import { LOAD_GATEWAY } from "../lib/handshakes.ts";
import { machineText } from "../lib/machine.ts";
import { type Ratio, ratiosTable, type Series } from "../lib/ratios.ts";
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
import { type Case, transitionCases } from "./cases.ts";
import { lossesOf, natsLossesOf, ratiosOf, seriesOf } from "./figures.ts";
import type { Answer, Question } from "./questions.ts";

export interface Options {
  readonly quick: boolean;
  readonly self: boolean;
  readonly only: string;
}

export interface CaseResult {
  readonly spec: Case;
  readonly turns: Turns<unknown>;
}

export interface Report extends Heading {
  readonly suite: "transition";
  readonly ratios: readonly Ratio[];
  readonly series: readonly Series[];
  /** What nats-server lost while it switched: told, not held against anybody. */
  readonly remarks: readonly string[];
  /** Why the run does not count: a system that failed, a message that the box lost or sent twice. */
  readonly failures: readonly string[];
  readonly cases: readonly CaseResult[];
}

const PLAYER = new URL("player.ts", import.meta.url).pathname;

export async function run({ quick, self, only }: Options): Promise<Report> {
  const systems = pair(self);
  const cases = transitionCases(quick).filter(({ name }) => name.includes(only));
  if (cases.length === 0) throw new Error(`no case has "${only}" in its name`);
  const results: CaseResult[] = [];
  for (const [at, spec] of cases.entries()) {
    process.stderr.write(`[${at + 1}/${cases.length}] ${spec.name} … `);
    const turns = await inTurn(["nats", "box"], spec.rounds, (seat) => sampled(systems, seat, spec));
    const result = { spec, turns };
    results.push(result);
    process.stderr.write(`${outcome(result)}\n`);
  }
  return {
    suite: "transition",
    ...headingOf(systems),
    ratios: results.flatMap(ratiosOf),
    series: results.flatMap(seriesOf),
    remarks: results.flatMap(natsLossesOf),
    failures: results.flatMap(lossesOf),
    cases: results,
  };
}

export function text(report: Report): string {
  return [
    "",
    machineText(report.machine),
    `nats     ${report.systems.nats} with GOMAXPROCS=1, its best mode on one core`,
    `box      ${report.systems.box}`,
    "method   medians, a fresh warmed-up process for each sample, in turn; above 1× favours the box",
    "",
    ratiosTable(report.ratios),
    "",
    ...report.remarks,
    ...report.failures.map((failure) => `FAILED ${failure}`),
  ].join("\n");
}

async function sampled(systems: Pair, seat: Seat, spec: Case): Promise<Answer> {
  const player = new Worker<Question, Answer>(PLAYER, systems.pinned?.load ?? null);
  try {
    const old = spec.kind === "told" && spec.spec.live;
    const port = (await player.ask({ ask: "listen", old })) as number;
    const setting = {
      accounts: Array.from({ length: accountsOf(spec) }, (_, index) => accountName(index)),
      farGateway: port,
      farName: LOAD_GATEWAY,
      ...(spec.kind === "threshold" ? { gatewayKeys: { interest_only_threshold: 1_000 } } : {}),
    };
    return await withSystem(systems, seat, setting, async ({ pid, ports }) => {
      const place = { pid, client: ports.client, gateway: ports.gateway, monitor: ports.monitor };
      return player.ask({ ask: spec.kind, place, spec: spec.spec } as Question);
    });
  } finally {
    await player.stop();
  }
}

function accountsOf(spec: Case): number {
  if (spec.kind === "churn") return 1;
  return spec.spec.accounts;
}

function outcome(result: CaseResult): string {
  const [first] = ratiosOf(result);
  const failures = lossesOf(result);
  if (failures.length > 0) return `FAILED: ${failures[0]}`;
  return first?.ratio == null ? "done" : `${first.ratio.toFixed(1)}× ${first.unit}`;
}
