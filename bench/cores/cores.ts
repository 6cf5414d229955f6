// What would more than one core bring? Two processes of the box share a load that one has alone otherwise,
// beside nats-server with one and with two threads. Why so: docs/decisions/0009-more-cores.md.

import type { LoadSpec } from "../lib/frames.ts";
import { machineNotes, machineText, pinning, spreadPinning } from "../lib/machine.ts";
import { type Ratio, ratioOf } from "../lib/ratios.ts";
import { isWanted, type Report, type SuiteOptions } from "../lib/report.ts";
import { pair } from "../lib/systems.ts";
import {
  CLUSTERS,
  type ForwardRow,
  forwardRow,
  forwardTable,
  GO_ONE,
  GO_TWO,
  ONE,
  systemsText,
} from "./forwarding.ts";
import { type HandoverRow, handover, handoverTable } from "./handover.ts";
import { type SpreadRow, spreads, spreadTable } from "./spread.ts";

export interface CoresReport extends Report {
  readonly systems: { readonly nats: string; readonly box: string };
  readonly forwarding: readonly ForwardRow[];
  readonly handover: readonly HandoverRow[];
  readonly spread: readonly SpreadRow[];
}

const LOAD = { size: 128, subjects: 10_000, connections: 32 } as const;
const LOADS: readonly (readonly [name: string, spec: LoadSpec])[] = [
  ["client→gateway 128 B", { direction: "client-to-gateway", ...LOAD }],
  ["gateway→client 128 B", { direction: "gateway-to-client", ...LOAD }],
];
const HANDOVER = "hand-over";
const SPREAD = "spread";

export async function run({ quick, self, only }: SuiteOptions): Promise<CoresReport> {
  const systems = pair(self);
  const pinned = pinning();
  const times = { roundMillis: quick ? 150 : 400, warmUpMillis: 300, leadMillis: 50 };
  const method = { rounds: quick ? 3 : 7, ...times, pinned };
  const forwarding: ForwardRow[] = [];
  const failures: string[] = [];
  let [handovers, spreading]: [HandoverRow[], SpreadRow[]] = [[], []];
  const take = async (name: string, make: () => Promise<void>): Promise<void> => {
    if (!isWanted(name, only)) return;
    process.stderr.write(`${name} …\n`);
    try {
      await make();
    } catch (error) {
      failures.push(`${name}: ${(error as Error).message}`);
    }
  };
  for (const [name, spec] of LOADS) {
    await take(name, async () => {
      forwarding.push(await forwardRow(name, spec, systems, method));
    });
  }
  await take(HANDOVER, async () => {
    handovers = await handover([16, 128, 1_024], quick ? 3 : 7, quick ? 60 : 150, spreadPinning(2));
  });
  await take(SPREAD, async () => {
    spreading = await spreads([32, 1_000], quick ? 5 : 15);
  });
  return {
    suite: "cores",
    machine: machineNotes(pinned),
    systems: systemsText(systems),
    forwarding,
    handover: handovers,
    spread: spreading,
    ratios: forwarding.flatMap(ratiosOf),
    failures,
  };
}

export function text(report: CoresReport): string {
  const { forwarding, handover: handovers, spread, failures } = report;
  return [
    "",
    machineText(report.machine),
    "method   what has two cores shares them with the load, so msg/s here is what was left to it; with a",
    "         core each, the busiest process is the limit: a second over its CPU time a message",
    ...forwarding.flatMap((row) => ["", forwardTable(row)]),
    ...(handovers.length === 0 ? [] : ["", handoverTable(handovers)]),
    ...(spread.length === 0 ? [] : ["", spreadTable(spread)]),
    ...(failures ?? []).map((failure) => `FAILED ${failure}`),
  ].join("\n");
}

/** One core beside one core, and two beside two. */
function ratiosOf({ name, entries }: ForwardRow): Ratio[] {
  const possible = (who: string): number | null =>
    entries.find((entry) => entry.name === who)?.possible.median ?? null;
  const row = (cores: string, nats: string, box: string): Ratio =>
    ratioOf(`${name}, ${cores}`, "messages/s", "higher", possible(nats), possible(box));
  return [row("1 core", GO_ONE, ONE), row("2 cores", GO_TWO, CLUSTERS)];
}
