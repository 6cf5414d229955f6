// What does a forwarded message cost, in the box and in an unmodified nats-server? Both get the same load
// from the same generator in turn (A B A B), each bound to the same core, and are judged by their CPU time.

import type { SuiteOptions } from "../lib/report.ts";
import { casesTable, runSuite, type SuiteReport, suiteText } from "../lib/suite.ts";
import { forwardCases } from "./forward-cases.ts";
import { times } from "./times.ts";

export async function forward(options: SuiteOptions): Promise<SuiteReport> {
  const cases = forwardCases(options.quick);
  return runSuite({ name: "forward", cases, ...times(options.quick) }, options);
}

export function forwardText(report: SuiteReport): string {
  return suiteText(report, [casesTable(report.cases)]);
}
