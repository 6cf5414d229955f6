// What becomes of a load when two processes share it: what a message costs in each, and so how many there
// would be with a core for each of them and others for the load.

import { type Contestant, contest, type Method, type Sample, spreadBy } from "../lib/contest.ts";
import type { LoadSpec } from "../lib/frames.ts";
import { type Spread, spread } from "../lib/stats.ts";
import { type Pair, titleOf } from "../lib/systems.ts";
import { grouped, table } from "../lib/table.ts";
import { alone, clusters, hubAndSpoke, onTwoCores } from "./teams.ts";

export interface Entry {
  readonly name: string;
  /** CPU-µs a message, of all processes together and of each. */
  readonly cpuMicros: Spread;
  readonly each: readonly number[];
  readonly loadMicros: number;
  /** Messages a second as they were, with the load on the same cores. */
  readonly rate: Spread;
  /** And as they would be, were the busiest process the limit. Of a process on two cores: were both busy. */
  readonly possible: Spread;
}

export interface ForwardRow {
  readonly name: string;
  readonly entries: readonly Entry[];
}

export const ONE = "box, 1 process";
export const CLUSTERS = "box, 2 processes, each a cluster";
const SHARED = "box, hub and spoke, half of the clients each";
const BEHIND = "box, hub and spoke, all clients at the spoke";
export const GO_ONE = "nats-server, GOMAXPROCS=1";
export const GO_TWO = "nats-server, GOMAXPROCS=2";

export async function forwardRow(
  name: string,
  spec: LoadSpec,
  systems: Pair,
  method: Method,
): Promise<ForwardRow> {
  const twoThreads = { ...systems.nats, env: { GOMAXPROCS: "2" } };
  const contestants: Contestant[] = [
    alone(ONE, systems.box, spec),
    clusters(CLUSTERS, spec),
    hubAndSpoke(SHARED, spec, false),
    hubAndSpoke(BEHIND, spec, true),
    alone(GO_ONE, systems.nats, spec),
    onTwoCores(GO_TWO, twoThreads, spec),
  ];
  const samples = await contest(contestants, method);
  return { name, entries: contestants.map((one, at) => entryOf(one.name, samples[at]!)) };
}

function entryOf(name: string, samples: readonly Sample[]): Entry {
  const processes = samples[0]!.each.map((_, at) => spreadBy(samples, ({ each }) => each[at]!).median);
  const cores = name === GO_TWO ? 2 : 1;
  return {
    name,
    cpuMicros: spreadBy(samples, ({ cpuMicros }) => cpuMicros),
    each: processes,
    loadMicros: spreadBy(samples, ({ loadMicros }) => loadMicros).median,
    rate: spreadBy(samples, ({ rate }) => rate),
    possible: spread(samples.map(({ each }) => (cores * 1e6) / Math.max(...each))),
  };
}

export function forwardTable({ name, entries }: ForwardRow): string {
  const head = [
    name,
    "CPU-µs/msg [min–max]",
    "of each process",
    "load µs/msg",
    "msg/s here",
    "msg/s with a core each",
  ];
  const rows = entries.map(({ name: who, cpuMicros: cpu, each, loadMicros, rate, possible }) => [
    who,
    `${cpu.median.toFixed(3)} [${cpu.min.toFixed(3)}–${cpu.max.toFixed(3)}]`,
    each.map((one) => one.toFixed(3)).join(" + "),
    loadMicros.toFixed(3),
    grouped(rate.median),
    grouped(possible.median),
  ]);
  return table(head, rows, ["left", "right", "right", "right", "right", "right"]);
}

export function systemsText({ nats, box }: Pair): { nats: string; box: string } {
  return { nats: titleOf(nats), box: titleOf(box) };
}
