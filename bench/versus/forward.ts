// What does a forwarded message cost, in the box and in an unmodified nats-server? Both get the same load
// from the same generator in turn (A B A B), each bound to the same core, and are judged by their CPU time.

import type { Direction } from "../lib/frames.ts";
import type { Series } from "../lib/ratios.ts";
import type { SuiteOptions } from "../lib/report.ts";
import { casesTable, runSuite, type SuiteReport, suiteText } from "../lib/suite.ts";
import { forwardCases } from "./forward-cases.ts";
import { times } from "./times.ts";

export async function forward(options: SuiteOptions): Promise<SuiteReport> {
  const cases = forwardCases(options.quick);
  const report = await runSuite({ name: "forward", cases, ...times(options.quick) }, options);
  const directions = ["client-to-gateway", "gateway-to-client"] as const;
  return { ...report, series: directions.flatMap((direction) => throughput(report, direction)) };
}

/** Messages a second over their size, of the rows in which nothing else is out of the usual. */
function throughput({ cases }: SuiteReport, direction: Direction): Series[] {
  const usual = cases
    .filter(({ spec, name }) => spec.direction === direction && !name.includes(","))
    .sort((a, b) => a.spec.size - b.spec.size);
  if (usual.length < 2) return [];
  const title = `Throughput, ${direction.replace("-to-", " to ")}`;
  return (["nats", "box"] as const).map((who) => ({
    name: `${title}: ${who === "nats" ? "nats-server" : "box"}`,
    unit: "messages/s",
    xUnit: "B",
    points: usual.flatMap((one): [number, number][] => {
      const rate = one[who]?.rate.median;
      return rate === undefined ? [] : [[one.spec.size, rate]];
    }),
  }));
}

export function forwardText(report: SuiteReport): string {
  return suiteText(report, [casesTable(report.cases)]);
}
